import * as z from '../zod.ts'
import { canonicalJson, concatBytes, utf8 } from '../bytes.ts'
import { sha256 } from '../hash.ts'
import { readableText } from '../plain-text.ts'
import { byLanguage, wordFor } from '../translations.ts'
import type { PolicyCredentials, PolicyVocabulary, SchemaSource } from './attributes.ts'
import { findAttribute, policyVocabulary } from './attributes.ts'
import type { Rule } from './rule.ts'
import { parseRule } from './rule.ts'
import { isObject, policyInvalid, quoted, readStrict } from './strict-json.ts'

/** What a verifier asks. Made by {@link parsePolicy}: defaults filled in, one form for one value. */
export interface Policy {
  /** Name and version, like `winter-fuel@1`. */
  readonly id: string
  /** For the holder, at consent. */
  readonly purpose: string
  /** The purpose in further languages, by tag like `zh-Hans`. */
  readonly purposes?: Readonly<Record<string, string>>
  /** In the order of the circuit's slots. */
  readonly credentials: PolicyCredentials
  /** Absent: valid credentials are enough. */
  readonly where?: Rule
  /** Paths of the attributes the verifier is to learn. */
  readonly disclose: readonly string[]
  readonly once?: OnceRule
  readonly recognise?: RecogniseRule
  /** How old an accepted trust root may be, like `24h`. */
  readonly freshness: string
}

/** Each pseudonym is accepted once, and there are `limit` of them. */
export interface OnceRule {
  readonly scope: string
  readonly limit: number
  /** Whose pseudonyms: the person's, or the first credential's. */
  readonly per: 'person' | 'credential'
  /** Whether the scope is the same at every verifier, or this verifier's own. */
  readonly shared: boolean
}

/** One pseudonym, welcome every time. */
export interface RecogniseRule {
  readonly scope: string
}

const MAX_CREDENTIALS = 3
const ALIAS = /^[a-z][A-Za-z0-9]*$/
const SECONDS = { m: 60, h: 3600, d: 86_400 } as const

const purpose = readableText(200)
const scope = readableText(100)
const policyShape = z.strictObject({
  id: z.string().check(z.maxLength(100), z.regex(/^[a-z][a-z0-9-]*@[1-9][0-9]*$/)),
  purpose,
  purposes: z.exactOptional(byLanguage(purpose)),
  credentials: z.record(
    z.string().check(z.maxLength(40), z.regex(ALIAS)),
    z.strictObject({ schema: z.string(), trust: z.string().check(z.maxLength(200)) }),
  ),
  where: z.exactOptional(z.unknown()),
  disclose: z._default(z.array(z.string()), []),
  once: z.exactOptional(
    z.strictObject({
      scope,
      limit: z._default(z.int().check(z.minimum(1), z.maximum(65_535)), 1),
      per: z._default(z.enum(['person', 'credential']), 'person'),
      shared: z._default(z.boolean(), false),
    }),
  ),
  recognise: z.exactOptional(z.strictObject({ scope })),
  freshness: z._default(z.string().check(z.regex(/^[1-9][0-9]{0,3}[mhd]$/)), '24h'),
})

/**
 * Reads a policy from JSON, strictly: unknown members, attributes and schemas are refused.
 *
 * @returns The policy with defaults filled in and values in canonical form; reading that again
 * gives the same.
 * @throws ZerocardError with `POLICY_INVALID`; the message starts with the place, like
 * `policy.where.any[1].age: no attribute "birthdate" in schema person/1`.
 */
export function parsePolicy(json: unknown, schemas: SchemaSource): Policy {
  const { where, ...rest } = readStrict(policyShape, json, 'policy')
  assertCredentials(json, rest.credentials)
  const vocabulary = policyVocabulary(rest.credentials, schemas)
  assertDisclosed(rest.disclose, vocabulary)
  if (rest.once && rest.recognise)
    throw policyInvalid('policy.recognise', 'expected once or recognise, not both')
  return {
    ...rest,
    ...(where === undefined ? {} : { where: parseRule(where, vocabulary, 'policy.where') }),
  }
}

/**
 * Names a policy in a presentation: 32 bytes of SHA-256 over everything in it. The order of JSON
 * members does not matter, except that of the credentials, which is the order of the slots.
 */
export function policyHash(policy: Policy): Uint8Array {
  const whole = { ...policy, slots: Object.keys(policy.credentials) }
  return sha256(concatBytes(utf8('zerocard/policy/1'), utf8(canonicalJson(whole))))
}

/** What a policy is for, in a language; its author's own words where there is no translation. */
export function policyPurpose({ purpose, purposes }: Policy, language: string): string {
  return wordFor(purposes, language) ?? purpose
}

/** What the pseudonym of a policy means; undefined if it asks for none. */
export function pseudonymRule(policy: Policy): (OnceRule & { isRepeatable: boolean }) | undefined {
  if (policy.once) return { ...policy.once, isRepeatable: false }
  if (!policy.recognise) return undefined
  return {
    scope: policy.recognise.scope,
    limit: 1,
    per: 'person',
    shared: false,
    isRepeatable: true,
  }
}

/** How old an accepted trust root may be. */
export function freshnessSeconds({ freshness }: Policy): number {
  const unit = freshness.slice(-1) as keyof typeof SECONDS
  return Number(freshness.slice(0, -1)) * SECONDS[unit]
}

function assertCredentials(json: unknown, credentials: PolicyCredentials): void {
  const count = Object.keys(credentials).length
  // zod leaves out a member called __proto__ without a word.
  const given = isObject(json) && isObject(json['credentials']) ? json['credentials'] : {}
  if (count < 1 || count > MAX_CREDENTIALS || Object.keys(given).length !== count) {
    throw policyInvalid(
      'policy.credentials',
      `expected 1 to ${String(MAX_CREDENTIALS)} credentials`,
    )
  }
  for (const [alias, { trust }] of Object.entries(credentials)) {
    // Names every object answers to: harmless here, a trap wherever aliases are looked up.
    if (alias in {}) throw policyInvalid(`policy.credentials.${alias}`, 'is a reserved name')
    if (!/^[a-z][a-z0-9-]*$/.test(trust) && !isHttpsUrl(trust)) {
      throw policyInvalid(`policy.credentials.${alias}.trust`, 'expected a name or an https URL')
    }
  }
  const schemas = Object.values(credentials).map(({ schema }) => schema)
  if (new Set(schemas).size !== schemas.length) {
    // One credential could fill both places: nothing in the proof says that they are two.
    throw policyInvalid('policy.credentials', 'expected at most one credential of each schema')
  }
}

function isHttpsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, href, username, hash } = new URL(text)
  // Only the form a browser would write itself: what is shown is what is fetched.
  const isOwnForm = href === text || href === `${text}/`
  return protocol === 'https:' && isOwnForm && username === '' && hash === ''
}

function assertDisclosed(paths: readonly string[], vocabulary: PolicyVocabulary): void {
  paths.forEach((path, i) => {
    const at = `policy.disclose[${String(i)}]`
    findAttribute(vocabulary, path, at)
    if (paths.indexOf(path) !== i) throw policyInvalid(at, `${quoted(path)} is in the list twice`)
  })
}
