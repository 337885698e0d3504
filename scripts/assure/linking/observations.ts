import { parsePresentation } from '../../../core/presentation.ts'
import { REVOCATION_SHAPE, shardPrefix } from '../../../core/sorted-set.ts'
import type { OpenedAnswers } from './dossiers.ts'
import type { Exchange } from './record.ts'
import type { Evidence, Participant } from './scenario.ts'
import type { IssuerName } from './town.ts'

// What the services can measure of an issuance or a visit besides its content: sizes, orders, times,
// headers, and who asked for which part of the revocations around that time.

/** One issuance or one visit. */
export interface Observation {
  readonly holder: number
  readonly kind: 'issuance' | 'visit'
  /** Verifier and policy; what is alike in these could not be told apart by what was asked. */
  readonly question: string
  /** What was shown on purpose. */
  readonly shown: string
  readonly day: number
  /** Seconds since 1970-01-01 UTC. */
  readonly begins: number
  readonly ends: number
  /** Whatever is the same or not the same. */
  readonly marks: Readonly<Record<Mark, string>>
  /** Whatever is more or less, in its own unit. */
  readonly measures: Readonly<Record<Measure, number>>
  /** Of an issuance: whose it is, and which part of the revocations its credential is in. */
  readonly issuer?: string
  readonly part?: string
}

export const MARKS = ['order', 'headerNames', 'headerValues', 'forms', 'root', 'claims'] as const
export type Mark = (typeof MARKS)[number]

export const MEASURES = [
  'requests',
  'requestBytes',
  'answerBytes',
  'headerBytes',
  'formBytes',
  'firstByteOfKey',
  'firstByteOfProof',
  'lastByteOfProof',
  'firstByteOfNonce',
  'clock',
  'secondOfDay',
  'duration',
] as const
export type Measure = (typeof MEASURES)[number]

/** Somebody asked an issuer for something that it publishes. */
export interface IssuerRequest {
  readonly at: number
  readonly issuer: string
  /** Issuer and part, of a part of the revocations. */
  readonly part?: string
}

export function observationsOf(evidence: Evidence, answers: OpenedAnswers): Observation[] {
  const byHolder = Map.groupBy(evidence.exchanges, ({ holder }) => holder)
  const all = evidence.participants.flatMap((participant) => {
    const own = byHolder.get(participant.number) ?? []
    return [
      ...participant.issuers.map((issuer) => issuanceOf(participant, issuer, own)),
      ...visitsOf(participant, own, answers),
    ]
  })
  const usual = usualRoots(all)
  return all.map((one) => {
    const root = usual.get(one.day) === one.marks.root ? 'usual' : 'other'
    return { ...one, marks: { ...one.marks, root } }
  })
}

/** Of each day the trust root that most proofs of the day speak of. */
function usualRoots(all: readonly Observation[]): ReadonlyMap<number, string> {
  const days = Map.groupBy(all, ({ day }) => day)
  return new Map(
    [...days].map(([day, own]) => {
      const byRoot = [...Map.groupBy(own, ({ marks }) => marks.root)]
      const [most] = byRoot.toSorted(([, a], [, b]) => b.length - a.length)
      return [day, most?.[0] ?? ''] as const
    }),
  )
}

/** Everything that issuers were asked of what they publish, by whom they do not know. */
export function issuerRequests({ exchanges }: Pick<Evidence, 'exchanges'>): IssuerRequest[] {
  return exchanges.flatMap(({ url, service, at }) => {
    const { pathname } = new URL(url)
    if (!pathname.startsWith('/status')) return []
    const prefix = /^\/status\/shards\/[^/]+\/([0-9]+)$/.exec(pathname)?.[1]
    return [
      { at, issuer: service, ...(prefix === undefined ? {} : { part: `${service}/${prefix}` }) },
    ]
  })
}

function issuanceOf(
  { number }: Participant,
  issuer: IssuerName,
  own: readonly Exchange[],
): Observation {
  const seen = own.filter(({ episode }) => episode === `issuance-${issuer}`)
  const last = seen.at(-1)
  const [{ credential }] = (JSON.parse(last?.answer ?? '') as IssuedJson).credentials
  const jwt = (JSON.parse(last?.body ?? '') as AskedJson).proofs.jwt[0]
  const { jwk, payload } = jwsOf(jwt)
  const { iat, nonce, zerocard } = payload as unknown as KeyProofJson
  const prefix = shardPrefix(REVOCATION_SHAPE, BigInt(credential.revocationId))
  return {
    ...common(number, seen, { jwk, iat, nonce, proof: zerocard.proof }),
    kind: 'issuance',
    question: issuer,
    shown: '',
    issuer,
    part: `${issuer}/${String(prefix)}`,
  }
}

/** As an issuer answers. */
export interface IssuedJson {
  readonly credentials: readonly [{ readonly credential: { readonly revocationId: string } }]
}
interface AskedJson {
  readonly proofs: { readonly jwt: readonly [string] }
}
interface KeyProofJson {
  readonly iat: number
  readonly nonce: string
  readonly zerocard: { readonly proof: string }
}

function visitsOf(
  { number, region, visits }: Participant,
  own: readonly Exchange[],
  answers: OpenedAnswers,
): Observation[] {
  return visits.map(({ episode, session, verifier, policy }) => {
    // What the wallet asked of others meanwhile, this verifier has not seen.
    const seen = own.filter((one) => one.episode === episode && one.service === verifier)
    const opened = answers.get(session)
    const presentation = opened?.presentation ?? ''
    const { claims, jwk } = parsePresentation(presentation)
    const { issuedAt: iat, nonce, proof } = claims
    return {
      ...common(number, seen, { jwk, iat, nonce, proof, payload: opened?.plain ?? '' }),
      kind: 'visit',
      question: `${verifier} ${policy}`,
      shown: policy === 'region@1' ? region : '',
    }
  })
}

interface Opened {
  readonly jwk: { readonly x: string }
  readonly iat: number
  readonly nonce: string
  readonly proof: string
  readonly payload?: string
}

function common(
  holder: number,
  seen: readonly Exchange[],
  opened: Opened,
): Omit<Observation, 'kind' | 'question' | 'shown'> {
  const begins = seen[0]?.at ?? 0
  const ends = seen.at(-1)?.at ?? 0
  return {
    holder,
    day: Math.floor(begins / 86_400),
    begins,
    ends,
    marks: marksOf(seen, opened),
    measures: measuresOf(seen, opened, begins, ends),
  }
}

function marksOf(seen: readonly Exchange[], { payload = '' }: Opened): Observation['marks'] {
  const headers = seen.map((one) => one.headers.map(([name]) => name).join())
  const last = seen.at(-1)
  return {
    order: seen.map(({ url, method }) => `${method} ${kindOfPath(url)}`).join(),
    headerNames: headers.join(';'),
    headerValues: (last?.headers ?? []).map(([, value]) => withoutToken(value)).join(),
    forms: seen.map(({ body }) => [...new URLSearchParams(body).keys()].join()).join(';'),
    root: /"trust":\["([^"]*)"/.exec(decoded(payload))?.[1] ?? '',
    claims: (decoded(payload).match(/"[a-zA-Z0-9_]+":/g) ?? []).join(''),
  }
}

function measuresOf(
  seen: readonly Exchange[],
  { jwk, iat, nonce, proof, payload = '' }: Opened,
  begins: number,
  ends: number,
): Observation['measures'] {
  const sum = (of: (one: Exchange) => number) => seen.reduce((all, one) => all + of(one), 0)
  const last = seen.at(-1)
  const proofBytes = Buffer.from(proof, 'base64url')
  return {
    requests: seen.length,
    requestBytes: sum(({ url, body }) => url.length + body.length),
    answerBytes: payload.length,
    headerBytes: sum(({ headers }) => headers.join().length),
    formBytes: last?.body.length ?? 0,
    clock: statedTime(last, iat) - ends,
    secondOfDay: begins % 86_400,
    duration: ends - begins,
    firstByteOfKey: Buffer.from(jwk.x, 'base64url')[0] ?? 0,
    firstByteOfProof: proofBytes[0] ?? 0,
    lastByteOfProof: proofBytes.at(-1) ?? 0,
    firstByteOfNonce: nonce.charCodeAt(0),
  }
}

/** A JWS's key and payload; whoever got it has checked it. */
function jwsOf(text: string) {
  const part = (place: number): unknown =>
    JSON.parse(Buffer.from(text.split('.')[place] ?? '', 'base64url').toString())
  const { jwk } = part(0) as { readonly jwk: { readonly x: string } }
  return { jwk, payload: part(1) as Record<string, unknown> }
}

/** A presentation's claims within the opened answer. */
function decoded(payload: string): string {
  const [, middle = ''] = /\.([A-Za-z0-9_-]+)\./.exec(payload) ?? []
  return Buffer.from(middle, 'base64url').toString()
}

/** Whatever names the time of the device: a field or a header, or else the signed claim. */
function statedTime(last: Exchange | undefined, iat: number): number {
  const fields = [...new URLSearchParams(last?.body)].map(([, value]) => value)
  const headers = (last?.headers ?? []).map(([, value]) => value)
  const time = [...fields, ...headers].find((text) => /^1[0-9]{9}$/.test(text))
  return time === undefined ? iat : Number(time)
}

function kindOfPath(url: string): string {
  return new URL(url).pathname.replaceAll(/[A-Za-z0-9_-]{32,}/g, '*')
}

function withoutToken(value: string): string {
  return value.startsWith('Bearer ') ? 'Bearer' : value
}
