import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { findAttribute, policyVocabulary } from '../../core/policy/attributes.ts'
import { policyPurpose, pseudonymRule } from '../../core/policy/policy.ts'
import { schemaWords } from '../../core/schema.ts'
import { requestSentence } from '../openid4vp.ts'
import type { PresentationRequest } from '../openid4vp.ts'
import type { TrustList } from '../../core/trust.ts'
import { emptyMemory, judgeRequest, rememberAnswer } from '../guard/judge.ts'
import type { Finding } from '../guard/judge.ts'
import type { Holder, RevocationSource } from '../holder.ts'
import { selectCredentials } from '../selection.ts'
import type { ChosenCredential } from '../selection.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'
import type { Language, RequestView } from './types.ts'
import { nextUses } from './uses.ts'
import type { Use } from './uses.ts'

// A request that was read, judged and tried on the holder's credentials, before anybody consents.

/** Everything that is known of a request when its consent screen is shown. */
export interface OpenRequest {
  readonly request: PresentationRequest
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

/** What is remembered of a host that never asked before. */
export function siteOf(keep: Keep, { verifier: { host, name } }: PresentationRequest): Site {
  return keep.get('site', host) ?? { name, answered: 0, memory: emptyMemory }
}

/**
 * Judges a request by what its site has asked before. The judgement does not depend on anything
 * about the holder: else it would be an answer.
 *
 * @returns The findings, and the change by which the site's question is remembered.
 */
export function judged(
  keep: Keep,
  request: PresentationRequest,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
): { readonly findings: readonly Finding[]; readonly remembered: Change } {
  const site = siteOf(keep, request)
  const { policy, schemas } = request
  const asked = { policy, schemas, trust, asOf: dayFromUnixSeconds(now) }
  const { findings, next } = judgeRequest(asked, site.memory)
  const value = { ...site, name: request.verifier.name, memory: next }
  return { findings, remembered: { kind: 'site', id: request.verifier.host, value } }
}

/** What is remembered of a site that has just been answered. */
export function answeredSite(
  keep: Keep,
  request: PresentationRequest,
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
 * @throws ZerocardError with the codes of `selectCredentials`, or `USE_EXHAUSTED`.
 */
export async function choose(
  keep: Keep,
  holder: Holder,
  request: Pick<PresentationRequest, 'policy' | 'schemas' | 'audience'>,
  trust: Readonly<Record<string, TrustList>>,
  now: number,
  revocations: RevocationSource,
): Promise<Choice> {
  const { policy, schemas, audience } = request
  const [first = ''] = Object.keys(policy.credentials)
  const kind = policy.credentials[first]?.schema
  const counted = holder.credentials.filter(({ credential }) => credential.schema === kind)
  const uses = nextUses(keep, policy, audience, counted)
  const credentials = holder.credentials.filter(
    (held) => uses === undefined || !counted.includes(held) || uses.has(held),
  )
  const asOf = dayFromUnixSeconds(now)
  const chosen = await selectCredentials(
    { ...holder, credentials },
    { policy, schemas, audience, asOf, trust },
    revocations,
  )
  const counter = chosen[first]?.held
  const use = counter === undefined ? undefined : uses?.get(counter)
  return { credentials: chosen, ...(use === undefined ? {} : { use }) }
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
  now: number,
  language: Language,
): RequestView {
  const { request, trust, findings, choice } = open
  const { verifier, policy, expiresAt } = request
  const sentence = requestSentence(request, dayFromUnixSeconds(now), trust, language)
  return {
    id,
    verifier,
    policy: policy.id,
    purpose: policyPurpose(policy, language),
    ...sentence,
    disclosed: typeof choice === 'string' ? [] : disclosedOf(request, choice, language),
    recognition: recognitionOf(request),
    askedBefore: site.answered,
    ...(site.lastAt === undefined ? {} : { lastAskedAt: site.lastAt }),
    findings,
    ...(typeof choice === 'string' ? { obstacle: choice } : {}),
    isPrepared,
    expiresAt,
  }
}

function recognitionOf({ policy }: PresentationRequest): RequestView['recognition'] {
  const rule = pseudonymRule(policy)
  if (rule === undefined) return 'none'
  if (rule.shared) return 'shared'
  return rule.isRepeatable ? 'always' : 'once'
}

function disclosedOf(
  { policy, schemas }: PresentationRequest,
  { credentials }: Choice,
  language: Language,
): RequestView['disclosed'] {
  const vocabulary = policyVocabulary(policy.credentials, schemas)
  return policy.disclose.map((path) => {
    const [alias = '', name = ''] = path.split('.')
    const { title } = findAttribute(vocabulary, path, path)
    const schema = schemas.get(policy.credentials[alias]?.schema ?? '')
    const words = schema && schemaWords(schema, language).attributes.get(name)
    const value = credentials[alias]?.held.credential.attributes[name] ?? ''
    return { title: words?.title ?? title, value }
  })
}
