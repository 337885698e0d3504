import * as z from './zod.ts'
import type { AttributeValue } from './attribute.ts'
import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'
import { readJws, signJws, verifyJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'

// What a page hands to its site's server: the verifier's signed word that a question was answered.
// The page cannot make one, and neither can whoever runs the page's scripts.

/** `typ` of a result token. */
export const RESULT_TYP = 'zerocard-result+jwt'

/** Characters of the longest token that is read. */
const MAX_LENGTH = 16 * 1024

const text = z.string().check(z.minLength(1), z.maxLength(2_000))
const seconds = z.int().check(z.nonnegative())

/** What the site's page may add to a question, to know the answer as one to it. */
export const challengeText = z
  .string()
  .check(z.regex(/^[A-Za-z0-9._~-]{1,200}$/, 'expected up to 200 letters, digits and . _ ~ -'))

const resultJson = z.strictObject({
  iss: text,
  aud: text,
  sub: text,
  jti: text,
  policy: text,
  asOf: z.string().check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)),
  verifiedAt: seconds,
  iat: seconds,
  exp: seconds,
  nonce: z.optional(challengeText),
  pseudonym: z.optional(text),
  isReturning: z.optional(z.boolean()),
  disclosed: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
})

/** A key that verifiers sign results with, as they publish it. */
export interface ResultKey extends PublicJwk {
  readonly kid: string
}

/** What was proven to a verifier. Times are seconds since 1970-01-01 UTC. */
export interface ProvenResult {
  /** The verifier's origin. */
  readonly issuer: string
  /** Origin of the page that asked. */
  readonly audience: string
  /** The session: one answer has one, however many tokens are made of it. */
  readonly session: string
  /** Id of the policy, like `over-18@1`. */
  readonly policy: string
  /** The day the proof speaks of, like `2026-11-22`. */
  readonly asOf: string
  readonly verifiedAt: number
  readonly expiresAt: number
  /** The page's challenge, if it gave one. */
  readonly nonce?: string
  /** The holder's name here: 43 characters of base64url. */
  readonly pseudonym?: string
  readonly isReturning?: boolean
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
}

/** What a site's server asked for, and whose word it takes. */
export interface ResultExpectation {
  /** The verifier's origin. */
  readonly issuer: string
  /** Origin of the site's own page. */
  readonly audience: string
  readonly policy: string
  /** The challenge that this visitor's page was given. Without it any answer will do. */
  readonly nonce?: string
  readonly keys: readonly ResultKey[]
  /** Seconds since 1970-01-01 UTC. */
  readonly now: number
  /** Seconds since the proof was accepted; by default 300. */
  readonly maxAge?: number
}

const MAX_AGE = 300

/** Seconds by which the clocks of a site and its verifier may differ. */
const SKEW = 30

/**
 * Checks the token that a page sent. One answer gives as many tokens as a page likes: a site at
 * which an answer counts once remembers `session`.
 *
 * @throws ZerocardError with `SIGNATURE_INVALID`, `KEY_UNKNOWN`, `ISSUER_UNTRUSTED` for another
 *   verifier, `AUDIENCE_MISMATCH`, `POLICY_MISMATCH`, `NONCE_MISMATCH` or `PRESENTATION_EXPIRED`.
 */
export async function verifyResultToken(
  token: string,
  expectation: ResultExpectation,
): Promise<ProvenResult> {
  if (token.length > MAX_LENGTH) throw refusal('SIGNATURE_INVALID', 'the token is too long')
  const key = keyOf(token, expectation.keys)
  const payload = await verifyJws(token, key, RESULT_TYP, 'SIGNATURE_INVALID')
  const result = resultOf(readWith(resultJson, payload, 'SIGNATURE_INVALID', 'result'))
  assertExpected(result, expectation)
  return result
}

/** Signs what was proven. @param id - Names this token. */
export async function signResultToken(
  result: ProvenResult & { readonly issuedAt: number; readonly id: string },
  { kid }: ResultKey,
  privateKey: CryptoKey,
): Promise<string> {
  const { issuer, audience, session, expiresAt, issuedAt, id, ...facts } = result
  const claims = {
    iss: issuer,
    aud: audience,
    sub: session,
    jti: id,
    iat: issuedAt,
    exp: expiresAt,
  }
  return signJws({ typ: RESULT_TYP, kid }, { ...claims, ...facts }, privateKey)
}

function keyOf(token: string, keys: readonly ResultKey[]): PublicJwk {
  const { header } = readJws(token, 'SIGNATURE_INVALID')
  const named = readWith(z.looseObject({ kid: text }), header, 'SIGNATURE_INVALID', 'header')
  const key = keys.find(({ kid }) => kid === named.kid)
  if (key === undefined) throw refusal('KEY_UNKNOWN', 'the token is signed by an unknown key')
  const { kty, crv, x, y } = key
  return { kty, crv, x, y }
}

function resultOf(json: z.output<typeof resultJson>): ProvenResult {
  const { nonce, pseudonym, isReturning, disclosed } = json
  return {
    issuer: json.iss,
    audience: json.aud,
    session: json.sub,
    policy: json.policy,
    asOf: json.asOf,
    verifiedAt: json.verifiedAt,
    expiresAt: json.exp,
    ...(nonce === undefined ? {} : { nonce }),
    ...(pseudonym === undefined ? {} : { pseudonym }),
    ...(isReturning === undefined ? {} : { isReturning }),
    ...(disclosed === undefined ? {} : { disclosed }),
  }
}

function assertExpected(result: ProvenResult, expectation: ResultExpectation): void {
  const { issuer, audience, policy, nonce, now, maxAge = MAX_AGE } = expectation
  if (result.issuer !== issuer) throw refusal('ISSUER_UNTRUSTED', `expected a token of ${issuer}`)
  if (result.audience !== audience) {
    throw refusal('AUDIENCE_MISMATCH', `expected a token for ${audience}`)
  }
  if (result.policy !== policy) throw refusal('POLICY_MISMATCH', `expected an answer to ${policy}`)
  if (nonce !== undefined && result.nonce !== nonce) {
    throw refusal('NONCE_MISMATCH', 'the token answers another challenge')
  }
  const isOver = now >= result.expiresAt + SKEW || now - result.verifiedAt > maxAge + SKEW
  if (isOver || result.verifiedAt > now + SKEW) {
    throw refusal('PRESENTATION_EXPIRED', 'the token is not good at this time')
  }
}

function refusal(code: ZerocardError['code'], message: string): ZerocardError {
  return new ZerocardError(code, message)
}
