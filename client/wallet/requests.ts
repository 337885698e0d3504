import type { AttributeValue } from '../../core/attribute.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { policyPurpose, pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { schemaHash, schemaWords } from '../../core/schema.ts'
import { requestSentence } from '../openid4vp.ts'
import type { AskedRequest } from '../openid4vp.ts'
import { isLoopback } from '../http.ts'
import type { TrustList } from '../../core/trust.ts'
import { emptyMemory, judgeRequest, rememberAnswer } from '../guard/judge.ts'
import type { Finding } from '../guard/judge.ts'
import type { Holder, RevocationSource } from '../holder.ts'
import { selectCredentials } from '../selection.ts'
import type { ChosenCredential } from '../selection.ts'
import type { Change, DocumentOf } from './documents.ts'
import { keptCredentials, knownSchemas } from './holding.ts'
import type { Keep } from './keep.ts'
import type { Language, RequestView } from './types.ts'
import { nextUses } from './uses.ts'
import { judgeListed } from './witnesses.ts'
import type { Use } from './uses.ts'

// A request that was read, judged and tried on the holder's credentials, before anybody consents.

/** A request, however it came. */
export interface WalletRequest extends AskedRequest {
  /** Absent: it came over the network, from the host itself. */
  readonly counter?: { readonly isVerified: boolean }
}

/** Everything that is known of a request when its consent screen is shown. */
export interface OpenRequest {
  readonly request: WalletRequest
  readonly trust: Readonly<Record<string, TrustList>>
  readonly findings: readonly Finding[]
  /** The credentials that would be used and the code that would be shown; or what is in the way. */
  readonly choice: Choice | ErrorCode
}

export interface Choice {
  readonly credentials: Readonly<Record<string, ChosenCredential>>
  readonly use?: Use
}

export type Site = DocumentOf<'site'>

/**
 * Whose questions are counted together. All that nobody is known to have signed are: else whoever
 * makes them up would take another name for each.
 */
export function siteIdOf({ verifier: { host }, counter }: WalletRequest): string {
  return counter?.isVerified === false ? UNVERIFIED : siteName(host)
}

/**
 * The name of a host without its port, and without a last dot, which means the same: else a machine
 * would have 65,535 names. On this machine ports tell sites apart: those of a town that somebody
 * tries out, for example.
 */
export function siteName(host: string): string {
  const url = new URL(`https://${host}`)
  return isLoopback(url) ? url.host : url.hostname.replace(/\.$/, '')
}

/** No host has this name. */
const UNVERIFIED = '?'

/** What is remembered of a host that never asked before. */
export function siteOf(keep: Keep, request: WalletRequest): Site {
  const { name } = request.verifier
  return keep.get('site', siteIdOf(request)) ?? { name, answered: 0, memory: emptyMemory }
}

/**
 * Judges a request by what its site has asked before. The judgement does not depend on anything
 * about the holder: else it would be an answer.
 *
 * @returns The findings, and the change by which the site's question is remembered.
 */
export function judged(
  keep: Keep,
  request: WalletRequest,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
): { readonly findings: readonly Finding[]; readonly remembered: Change } {
  const site = siteOf(keep, request)
  const { policy, schemas } = request
  const asked = { policy, schemas, trust, asOf: dayFromUnixSeconds(now) }
  const { findings, next } = judgeRequest(asked, site.memory)
  const value = { ...site, name: request.verifier.name, memory: next }
  const remembered: Change = { kind: 'site', id: siteIdOf(request), value }
  return { findings: [...signatureFindings(request), ...findings], remembered }
}

/**
 * A code of the holder's at a host would be shown to whoever claims to be that host: that is not for
 * the person to accept.
 */
function signatureFindings({ counter, policy, verifier }: WalletRequest): Finding[] {
  if (counter?.isVerified !== false) return []
  const level = pseudonymRule(policy) === undefined ? 'warn' : 'refuse'
  return [{ code: 'UNVERIFIED_VERIFIER', level, value: verifier.host }]
}

/** What is remembered of a site that has just been answered. */
export function answeredSite(
  keep: Keep,
  request: WalletRequest,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
): Site {
  const site = siteOf(keep, request)
  const { policy, schemas } = request
  const asked = { policy, schemas, trust, asOf: dayFromUnixSeconds(now) }
  const memory = rememberAnswer(asked, site.memory)
  return { ...site, memory, answered: site.answered + 1, lastAt: now }
}

/**
 * Tries which credentials would answer a request.
 *
 * @param revocations - By default, what is not known to be revoked is taken to be good: nobody is
 *   asked before there is a consent.
 * @throws ZerocardError with the codes of `selectCredentials`, `USE_EXHAUSTED`, or `SCHEMA_INVALID`
 *   if the verifier's schema is not the wallet's.
 */
export async function choose(
  keep: Keep,
  holder: Holder,
  request: Pick<AskedRequest, 'policy' | 'schemas' | 'audience'>,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
  revocations: RevocationSource,
): Promise<Choice> {
  const { policy, schemas, audience } = request
  assertSameSchemas(keep, request)
  const [first = ''] = Object.keys(policy.credentials)
  const kind = policy.credentials[first]?.schema
  const counted = holder.credentials.filter(({ credential }) => credential.schema === kind)
  const uses = nextUses(keep, policy, audience, counted)
  const judged = await judgeIssuersOf(keep, holder, policy, trust, now)
  const credentials = holder.credentials.filter(
    (held) =>
      !judged.has(held.credential.issuer) &&
      (uses === undefined || !counted.includes(held) || uses.has(held)),
  )
  const asOf = dayFromUnixSeconds(now)
  const chosen = await selectCredentials(
    { ...holder, credentials },
    { policy, schemas, audience, asOf, trust },
    revocations,
  ).catch((error: unknown) => {
    // What would have served, but for its issuer.
    const [code] = judged.values()
    if (code === undefined || !(error instanceof ZerocardError)) throw error
    throw new ZerocardError(code, 'what the issuer publishes is not what others see')
  })
  const counter = chosen[first]?.held
  const use = counter === undefined ? undefined : uses?.get(counter)
  return { credentials: chosen, ...(use === undefined ? {} : { use }) }
}

/** Issuers of the holder that are not to be proved under these lists, and why. */
async function judgeIssuersOf(
  keep: Keep,
  { credentials }: Holder,
  policy: Policy,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
): Promise<ReadonlyMap<string, ErrorCode>> {
  const found = new Map<string, ErrorCode>()
  const kinds = new Set(Object.values(policy.credentials).map(({ schema }) => schema))
  const asked = credentials.filter(({ credential }) => kinds.has(credential.schema))
  for (const issuer of new Set(asked.map(({ credential }) => credential.issuer))) {
    for (const list of Object.values(trust)) {
      const code = await judgeListed(keep, list, issuer, now)
      if (code !== undefined && found.get(issuer) !== 'LOG_FORKED') found.set(issuer, code)
    }
  }
  return found
}

/** A verifier that means something else by the name of a schema is not answered about it. */
function assertSameSchemas(
  keep: Keep,
  { policy, schemas }: Pick<AskedRequest, 'policy' | 'schemas'>,
): void {
  const known = knownSchemas(keptCredentials(keep))
  for (const { schema: id } of Object.values(policy.credentials)) {
    const [own, asked] = [known.get(id), schemas.get(id)]
    if (own && asked && schemaHash(own) !== schemaHash(asked)) {
      throw new ZerocardError('SCHEMA_INVALID', `the verifier has another ${id} than you`)
    }
  }
}

/** The same, with what is in the way as its code. */
export async function tryToChoose(
  ...parameters: Parameters<typeof choose>
): Promise<Choice | ErrorCode> {
  try {
    return await choose(...parameters)
  } catch (error) {
    if (error instanceof ZerocardError) return error.code
    throw error
  }
}

/** What a consent screen shows. */
export function requestView(
  id: string,
  open: OpenRequest,
  site: Site,
  isPrepared: boolean,
  asOf: Day,
  language: Language,
): RequestView {
  const { request, trust, findings, choice } = open
  const { verifier, policy, expiresAt } = request
  const sentence = requestSentence(request, asOf, trust, language)
  return {
    id,
    kind: request.counter === undefined ? 'online' : 'counter',
    isVerified: request.counter?.isVerified !== false,
    verifier,
    ...(request.page === undefined ? {} : { page: request.page }),
    policy: policy.id,
    purpose: policyPurpose(policy, language),
    ...sentence,
    disclosed: typeof choice === 'string' ? [] : disclosedOf(request, choice, language),
    titles: titlesOf(request, language),
    recognition: recognitionOf(request),
    askedBefore: site.answered,
    ...(site.lastAt === undefined ? {} : { lastAskedAt: site.lastAt }),
    findings,
    ...(typeof choice === 'string' ? { obstacle: choice } : {}),
    isPrepared,
    expiresAt,
  }
}

function recognitionOf({ policy }: AskedRequest): RequestView['recognition'] {
  const rule = pseudonymRule(policy)
  if (rule === undefined) return 'none'
  if (rule.shared) return 'shared'
  return rule.isRepeatable ? 'always' : 'once'
}

/** Values that an answer with these credentials would show, in the policy's order. */
export function disclosedValues(
  { policy }: Pick<AskedRequest, 'policy'>,
  { credentials }: Choice,
): readonly AttributeValue[] {
  return policy.disclose.map((path) => {
    const [alias = '', name = ''] = path.split('.')
    return credentials[alias]?.held.credential.attributes[name] ?? ''
  })
}

function disclosedOf(
  request: AskedRequest,
  { credentials }: Choice,
  language: Language,
): RequestView['disclosed'] {
  const titles = titlesOf(request, language)
  return request.policy.disclose.map((path) => {
    const [alias = '', name = ''] = path.split('.')
    const value = credentials[alias]?.held.credential.attributes[name] ?? ''
    return { title: titles[path] ?? name, value }
  })
}

/** By the schemas that the policy names: another card may have an attribute of the same name. */
function titlesOf({ policy, schemas }: AskedRequest, language: Language): RequestView['titles'] {
  const entries = Object.entries(policy.credentials).flatMap(([alias, { schema: id }]) => {
    const schema = schemas.get(id)
    if (schema === undefined) return []
    const { title, attributes } = schemaWords(schema, language)
    const named = [...attributes].map(([name, words]) => [`${alias}.${name}`, words.title] as const)
    return [[alias, title] as const, ...named]
  })
  return Object.fromEntries(entries)
}
