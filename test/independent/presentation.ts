import { dayOf, dayOfSeconds, encode, schemaHash } from './attributes.ts'
import { SHAPES, compile, fieldsOf } from './compiler.ts'
import type { Comparison, Program, Shape } from './compiler.ts'
import { isProven } from './groth16.ts'
import type { Key } from './groth16.ts'
import { canonical, list, literal, members, natural, text } from './json.ts'
import type { Members } from './json.ts'
import { readJwk, readJws, thumbprint } from './jws.ts'
import {
  base64url,
  bigEndian,
  bytesOf,
  fieldOfBytes,
  hash,
  hashToField,
  mod,
  utf8,
} from './numbers.ts'
import { must, refuse, slips } from './refused.ts'
import { LOOKUPS, rootOf } from './sets.ts'

// A presentation, and the public signals that it has to prove.

/** What a verifier knows by itself. */
export interface Verifier {
  /** As it was written. */
  readonly policy: Members
  readonly schemas: readonly Members[]
  readonly audience: string
  readonly nonce: string
  readonly now: number
  /** Roots with the time they were made, by name of the credential. */
  readonly trust: ReadonlyMap<string, readonly { readonly root: bigint; readonly madeAt: number }[]>
  /** Circuit of each accepted key. */
  readonly keys: readonly { readonly circuit: string; readonly key: Key }[]
  /** For rules that the compiler here does not know. */
  readonly program?: Program
}

export interface Proven {
  readonly pseudonym?: string
  readonly disclosed: ReadonlyMap<string, unknown>
}

const LIFETIME = 300
const SECONDS = new Map([
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

export function openPresentation(jws: unknown, verifier: Verifier): Proven {
  const { header, payload, isSignedBy } = readJws(jws, 16 * 1024)
  const jwk = readJwk(members(header, 'alg typ jwk').get('jwk'))
  literal(header.get('alg'), 'ES256')
  must(header.get('typ') === 'zerocard+jwt' || slips('typ not compared'), 'another kind')
  const claims = members(
    payload,
    'aud nonce iat policy circuit asOf trust pseudonym? disclosed? proof',
  )
  const policy = filled(verifier.policy)
  const aliases = [...(policy.get('credentials') as Members).keys()]
  const shapeName = aliases.length === 1 ? 'eligibility-1' : 'eligibility-3'
  const key = keyOf(claims, verifier, shapeName)
  checkAddress(claims, verifier, policy)
  const asOf = checkTimes(claims, verifier.now)
  const roots = rootsOf(claims, verifier, policy, aliases)
  const pseudonym = pseudonymOf(claims, policy)
  const disclosed = disclosedOf(claims, policy)
  must(isSignedBy(jwk), 'the signature is wrong')
  const signals = signalsOf(policy, verifier, {
    shape: SHAPES[shapeName] ?? refuse('no such circuit'),
    aliases,
    asOf,
    roots,
    disclosed,
    pseudonym: pseudonym ?? 0n,
    presenter: slips('presenter not bound') ? 0n : bigEndian(thumbprint(jwk).slice(0, 31)),
  })
  must(isProven(key, signals, claims.get('proof')), 'the proof is wrong')
  return {
    ...(pseudonym === undefined ? {} : { pseudonym: String(pseudonym) }),
    disclosed,
  }
}

function keyOf(claims: Members, { keys }: Verifier, circuit: string): Key {
  const named = keys.find(({ key }) => key.id === claims.get('circuit'))
  const any = slips('key not looked up') ? keys.find((one) => one.circuit === circuit) : undefined
  const found = any ?? named
  must(found?.circuit === circuit, 'an unknown key')
  return found.key
}

function checkAddress(claims: Members, { audience, nonce }: Verifier, policy: Members): void {
  text(claims.get('aud'), 1, 500)
  text(claims.get('nonce'), 1, 200)
  must(claims.get('aud') === audience || slips('audience not compared'), 'for another verifier')
  must(claims.get('nonce') === nonce || slips('nonce not compared'), 'another nonce')
  const isAnswer = claims.get('policy') === policyHash(policy)
  must(isAnswer || slips('policy not compared'), 'another policy')
}

function checkTimes(claims: Members, now: number): number {
  const age = Math.abs(now - natural(claims.get('iat')))
  must(age <= LIFETIME || slips('time not compared'), 'not signed now')
  const asOf = dayOf(claims.get('asOf'))
  const today = dayOfSeconds(now)
  must(asOf === today || asOf === today - 1 || slips('day not compared'), 'another day')
  return asOf
}

function rootsOf(
  claims: Members,
  { trust, now }: Verifier,
  policy: Members,
  aliases: readonly string[],
): bigint[] {
  const freshness = policy.get('freshness') as string
  const seconds = Number(freshness.slice(0, -1)) * (SECONDS.get(freshness.slice(-1)) ?? 0)
  const given = list(claims.get('trust'), aliases.length, aliases.length).map(fieldOfBytes)
  aliases.forEach((alias, i) => {
    const known = trust.get(alias)?.find(({ root }) => root === given[i])
    must(known !== undefined || slips('root not compared'), 'an unknown root')
    const isFresh = known === undefined || known.madeAt >= now - seconds
    must(isFresh || slips('root age ignored'), 'a root that is too old')
  })
  return given
}

function pseudonymOf(claims: Members, policy: Members): bigint | undefined {
  const isAsked = policy.has('once') || policy.has('recognise')
  must(isAsked === claims.has('pseudonym'), 'a name that was not asked for, or none')
  if (!isAsked) return undefined
  const pseudonym = fieldOfBytes(claims.get('pseudonym'))
  must(pseudonym !== 0n || slips('pseudonym zero accepted'), 'no name')
  return pseudonym
}

function disclosedOf(claims: Members, policy: Members): ReadonlyMap<string, unknown> {
  const asked = policy.get('disclose') as readonly string[]
  const given = claims.get('disclosed') ?? new Map<string, unknown>()
  must(given instanceof Map, 'no object')
  const disclosed = given as ReadonlyMap<string, unknown>
  const isAll = asked.every((path) => disclosed.has(path))
  must(isAll, 'what was asked for is missing')
  must(disclosed.size === asked.length || slips('disclosed not compared'), 'more than was asked')
  return new Map(
    asked.map((path) => {
      const value = disclosed.get(path)
      return [path, typeof value === 'string' ? value.normalize('NFC') : value]
    }),
  )
}

interface Facts {
  readonly shape: Shape
  readonly aliases: readonly string[]
  readonly asOf: number
  readonly roots: readonly bigint[]
  readonly disclosed: ReadonlyMap<string, unknown>
  readonly pseudonym: bigint
  readonly presenter: bigint
}

function signalsOf(policy: Members, verifier: Verifier, facts: Facts): bigint[] {
  const { shape, aliases, asOf } = facts
  const schemas = new Map(verifier.schemas.map((schema) => [schema.get('id'), schema]))
  const fields = fieldsOf(policy, schemas)
  const disclosed = [...facts.disclosed].map(([path, value]): Comparison => {
    const { selector, type } = fields.get(path) ?? refuse('no such attribute')
    return { left: selector, right: 16 * shape.slots, mask: 2, constant: encode(type, value) }
  })
  const program = verifier.program ?? compile(policy, fields, shape, asOf, disclosed)
  const slots = Array.from({ length: shape.slots }, (_, slot) => (slot < aliases.length ? slot : 0))
  const credentials = policy.get('credentials') as ReadonlyMap<string, Members>
  const hashes = aliases.map((alias) => {
    const schema = schemas.get(credentials.get(alias)?.get('schema'))
    return schemaHash(schema ?? refuse('no such schema'))
  })
  const naming = namingOf(policy, verifier.audience)
  return [
    facts.pseudonym,
    BigInt(asOf),
    ...slots.map((slot) => hashes[slot] ?? 0n),
    ...slots.map((slot) => facts.roots[slot] ?? 0n),
    ...wordsOf(program, shape, naming.isPerCredential),
    naming.scope,
    naming.limit,
    facts.presenter,
  ]
}

/** The three words, the constants and the roots of the look-ups. */
function wordsOf(program: Program, shape: Shape, isPerCredential: boolean): bigint[] {
  const { bits } = shape
  const comparisons = filledUp(program.comparisons, shape.comparisons, {
    left: 0,
    right: 16 * shape.slots,
    mask: 7,
    constant: 0n,
  })
  const lookups = filledUp(program.lookups, shape.lookups, { attribute: 0, values: [] })
  const weights = filledUp(program.weights, 4, { attribute: 0, times: 0n })
  const masks = program.terms.map((term) =>
    [...new Set(term)].reduce((sum, bit) => sum + (1n << BigInt(bit)), 0n),
  )
  return [
    packed([
      ...comparisons.flatMap(({ left, right, mask }): [number, number][] => [
        [left, bits],
        [right, bits],
        [mask, 3],
      ]),
      ...lookups.map(({ attribute }): [number, number] => [attribute, bits]),
      [isPerCredential ? 1 : 0, 1],
    ]),
    packed(
      weights.flatMap(({ attribute, times }): [number | bigint, number][] => [
        [attribute, bits],
        [times < 0n ? -times : times, 32],
        [times < 0n ? 1 : 0, 1],
      ]),
    ),
    packed(
      filledUp(masks, shape.terms, masks[0] ?? 0n).map((mask) => [
        mask,
        shape.comparisons + 2 * shape.lookups,
      ]),
    ),
    ...comparisons.map(({ constant }) => mod(constant)),
    ...lookups.map(({ values }) => rootOf(LOOKUPS, values)),
  ]
}

/** The first number in the lowest bits. */
function packed(numbers: readonly (readonly [number | bigint, number])[]): bigint {
  return numbers.reduceRight((word, [value, width]) => (word << BigInt(width)) + BigInt(value), 0n)
}

function filledUp<T>(items: readonly T[], length: number, filling: T): readonly T[] {
  return [...items, ...Array<T>(length - items.length).fill(filling)]
}

function namingOf(policy: Members, audience: string) {
  const rule = (policy.get('once') ?? policy.get('recognise')) as Members | undefined
  if (rule === undefined) return { scope: 0n, limit: 1n, isPerCredential: false }
  const scope = rule.get('scope') as string
  const isShared = rule.get('shared') === true
  const words = isShared ? ['shared', scope] : ['site', audience, scope]
  return {
    scope: hashToField('zerocard/scope/1', ...words),
    limit: BigInt((rule.get('limit') as number | undefined) ?? 1),
    isPerCredential: rule.get('per') === 'credential',
  }
}

/** The policy with the members that its author left out. */
function filled(policy: Members): Members {
  const whole = new Map<string, unknown>([['disclose', []], ['freshness', '24h'], ...policy])
  const once = policy.get('once') as Members | undefined
  const defaults = [
    ['limit', 1],
    ['per', 'person'],
    ['shared', false],
  ] as const
  if (once !== undefined) whole.set('once', new Map<string, unknown>([...defaults, ...once]))
  if (policy.has('where')) whole.set('where', filledRule(policy.get('where')))
  return whole
}

function filledRule(rule: unknown): unknown {
  if (Array.isArray(rule)) return rule.map(filledRule)
  if (!(rule instanceof Map)) return rule
  const given = [...(rule as Members)].map(([name, value]): [string, unknown] => [
    name,
    ['all', 'any', 'of', 'not', 'sum'].includes(name) ? filledRule(value) : value,
  ])
  const isSummand = rule.has('attribute') && rule.size <= 2 && (rule.has('times') || rule.size < 2)
  return new Map<string, unknown>([
    ...(rule.has('age') ? [['leapDay', 'mar1'] as const] : []),
    ...(isSummand ? [['times', 1] as const] : []),
    ...given,
  ])
}

/** The name of a policy in a presentation. */
export function policyHash(policy: Members): string {
  const slots = [...(policy.get('credentials') as Members).keys()]
  const whole = new Map<string, unknown>([...policy, ['slots', slots]])
  return base64url(hash(utf8('zerocard/policy/1'), utf8(canonical(whole))))
}

/** For vectors of policies by themselves. */
export function hashOfPolicy(policy: Members): string {
  return policyHash(filled(policy))
}

/** A 32-byte name in base64url. */
export function checkName(name: unknown): void {
  must(bytesOf(name).length === 32, 'not 32 bytes')
}
