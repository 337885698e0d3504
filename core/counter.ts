import * as z from './zod.ts'
import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'
import { readJws, signJws, verifyJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'
import { requestKeyId, shownText, webOrigin } from './openid.ts'
import { fieldFromText, fieldText } from './presentation.ts'

// A question for a counter: everything that a wallet without a network needs to answer, in one
// compact JWS that fits into a QR code. The answer is the presentation itself, in another code.

/** `typ` of a counter question. */
export const COUNTER_TYP = 'zerocard-counter+jwt'

/** The scheme of a question that is for any wallet. */
export const COUNTER_SCHEME = 'zerocard-counter:'

/** The parameter that has it in the address of a wallet's page. */
export const COUNTER_PARAMETER = 'counter'

/** Bytes that the largest QR code holds: version 40, level L, byte mode (ISO/IEC 18004, table 7). */
export const MAX_CODE_BYTES = 2_953

/** Characters of a question; what is left of the code is for the address of a wallet's page. */
export const MAX_QUESTION_LENGTH = 2_700

/** Seconds that a question is good for, at most. */
const MAX_LIFETIME = 3_600

const seconds = z.int().check(z.nonnegative())
const hash = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))

/** Members that other texts name, like schema ids and names of lists. */
const name = z.string().check(z.minLength(1), z.maxLength(200))

/** An object of a few members by name. */
const few = <T extends z.ZodMiniType>(value: T) =>
  z
    .record(name, value)
    .check(
      z.refine(
        (members) => Object.keys(members).length >= 1 && Object.keys(members).length <= 3,
        'expected 1 to 3 members',
      ),
    )

const headerJson = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal(COUNTER_TYP),
  kid: z.string().check(z.maxLength(400)),
})

const payloadJson = z.strictObject({
  iss: webOrigin,
  name: shownText,
  nonce: z.string().check(z.regex(/^[A-Za-z0-9_-]{22,64}$/)),
  iat: seconds,
  exp: seconds,
  policy: z.looseObject({ id: z.string() }),
  schemas: few(hash),
  trust: few(z.string().check(z.minLength(1), z.maxLength(1_000))),
  circuits: z.array(hash).check(z.minLength(1), z.maxLength(4)),
})

/** What a verifier asks at a counter. Times are seconds since 1970-01-01 UTC. */
export interface CounterQuestion {
  /** The verifier's origin, which the presentation is bound to. */
  readonly audience: string
  /** What it calls itself. */
  readonly name: string
  readonly nonce: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** As a policy is written; `parsePolicy` reads it. */
  readonly policy: unknown
  /** Hashes of the schemas that the policy names: who can answer has the schemas themselves. */
  readonly schemas: ReadonlyMap<string, bigint>
  /** Addresses of the trust lists that it names. */
  readonly trust: ReadonlyMap<string, string>
  /** Ids of the verification keys that the verifier accepts. */
  readonly circuits: readonly string[]
}

/** A question as it was read, before its signature was checked. */
export interface UncheckedQuestion {
  readonly question: CounterQuestion
  /** Name of the key in the verifier's DID document that must have signed it. */
  readonly kid: string
}

/**
 * Signs a question by the key that signs the verifier's request objects.
 *
 * @returns A compact JWS.
 * @throws ZerocardError with `POLICY_TOO_LARGE` if it would not fit into one QR code.
 */
export async function signCounterQuestion(
  question: CounterQuestion,
  privateKey: CryptoKey,
): Promise<string> {
  const { audience, name, nonce, issuedAt, expiresAt, policy, schemas, trust, circuits } = question
  const payload = {
    iss: audience,
    name,
    nonce,
    iat: issuedAt,
    exp: expiresAt,
    policy,
    schemas: Object.fromEntries([...schemas].map(([id, value]) => [id, fieldText(value)])),
    trust: Object.fromEntries(trust),
    circuits,
  }
  const text = await signJws({ typ: COUNTER_TYP, kid: requestKeyId(audience) }, payload, privateKey)
  if (text.length > MAX_QUESTION_LENGTH) {
    throw new ZerocardError(
      'POLICY_TOO_LARGE',
      `the question has ${text.length} characters; ${MAX_QUESTION_LENGTH} fit into a code`,
    )
  }
  return text
}

/**
 * Reads a question without believing it: its shape, that it names the key of the very host it says
 * it is from, and that it is neither old nor from the future.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @param skew - Seconds by which the verifier's clock may be ahead.
 * @throws ZerocardError with `REQUEST_INVALID` or `SESSION_EXPIRED`.
 */
export function readCounterQuestion(text: string, now: number, skew: number): UncheckedQuestion {
  if (text.length > MAX_QUESTION_LENGTH) throw invalid('the question is too large')
  const { header, payload } = readJws(text, 'REQUEST_INVALID')
  const { kid } = readWith(headerJson, header, 'REQUEST_INVALID', 'question header')
  const question = questionOf(readWith(payloadJson, payload, 'REQUEST_INVALID', 'question'))
  const { audience, issuedAt, expiresAt } = question
  if (kid !== requestKeyId(audience)) throw invalid('the question names the key of somebody else')
  if (issuedAt > now + skew) throw invalid('the question is from the future')
  if (expiresAt - issuedAt > MAX_LIFETIME) throw invalid('the question is open for too long')
  if (now >= expiresAt) throw new ZerocardError('SESSION_EXPIRED', 'the question has expired')
  return { question, kid }
}

/**
 * Checks a question's signature.
 *
 * @param jwk - The key of this name in the verifier's DID document.
 * @throws ZerocardError with `REQUEST_INVALID`.
 */
export async function checkCounterQuestion(text: string, jwk: PublicJwk): Promise<void> {
  await verifyJws(text, jwk, COUNTER_TYP, 'REQUEST_INVALID')
}

/**
 * The text of a code: a link to a wallet's page with the question behind the `#`, where it stays in
 * the browser; or the scheme that any wallet knows.
 *
 * @param walletLink - What wallet links of the verifier begin with.
 */
export function counterCode(question: string, walletLink: string): string {
  const url = new URL(walletLink)
  if (!/^https?:$/.test(url.protocol)) return COUNTER_SCHEME + question
  const text = `${url.origin}${url.pathname}#${COUNTER_PARAMETER}=${question}`
  if (text.length <= MAX_CODE_BYTES) return text
  throw new ZerocardError('POLICY_TOO_LARGE', 'the address of the wallet leaves no room in a code')
}

function questionOf(json: z.output<typeof payloadJson>): CounterQuestion {
  const { iss, name, nonce, iat, exp, policy, schemas, trust, circuits } = json
  return {
    audience: iss,
    name,
    nonce,
    issuedAt: iat,
    expiresAt: exp,
    policy,
    schemas: new Map(Object.entries(schemas).map(([id, text]) => [id, hashIn(text)])),
    trust: new Map(Object.entries(trust)),
    circuits,
  }
}

function hashIn(text: string): bigint {
  try {
    return fieldFromText(text)
  } catch (cause) {
    throw new ZerocardError('REQUEST_INVALID', 'question.schemas: not a hash', { cause })
  }
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('REQUEST_INVALID', message)
}
