import * as z from '../../core/zod.ts'
import type { EnrolmentRequest } from '../../core/enrolment.ts'
import { ZerocardError } from '../../core/errors.ts'
import { decimal, readWith } from '../../core/json.ts'
import { readJws, verifyJws } from '../../core/jws.ts'
import { PROOF_TYP } from '../../core/openid.ts'

/** Seconds by which a wallet's clock may be off, to either side. */
const CLOCK_SKEW = 300

/** Characters; an honest one has about a thousand. */
export const MAX_PROOF_JWT = 8_000

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))

// The specification's members are read loosely, as it says; ours strictly.
const headerShape = z.looseObject({
  typ: z.literal(PROOF_TYP),
  alg: z.literal('ES256'),
  jwk: z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
    d: z.optional(z.undefined()),
  }),
  kid: z.optional(z.undefined()),
  x5c: z.optional(z.undefined()),
  trust_chain: z.optional(z.undefined()),
})

const payloadShape = z.looseObject({
  aud: z.string(),
  iat: z.int(),
  nonce: z.string().check(z.maxLength(200)),
  zerocard: z.strictObject({
    commitment: decimal,
    tag: decimal,
    proof: z.string().check(z.maxLength(1000)),
  }),
})

/** What a wallet's proof says, once it is known to be whole. */
export interface WalletProof {
  readonly nonce: string
  readonly request: EnrolmentRequest
}

/**
 * Checks everything about a proof JWT but its nonce and the enrolment proof in it. The key in its
 * header is made for this one request: it says that nothing was changed on the way, not who asks.
 *
 * @throws ZerocardError with `ENROLMENT_INVALID`.
 */
export async function openProofJwt(
  text: string,
  issuer: string,
  now: number,
): Promise<WalletProof> {
  if (text.length > MAX_PROOF_JWT) throw invalid('the proof is too large')
  const { header } = readJws(text, 'ENROLMENT_INVALID')
  const { jwk } = readWith(headerShape, header, 'ENROLMENT_INVALID', 'proof header')
  const key = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }
  const signed = await verifyJws(text, key, PROOF_TYP, 'ENROLMENT_INVALID')
  const payload = readWith(payloadShape, signed, 'ENROLMENT_INVALID', 'proof')
  if (payload.aud !== issuer) throw invalid('the proof is for another issuer')
  if (Math.abs(payload.iat - now) > CLOCK_SKEW) {
    throw invalid('the proof was not made now; is the clock of the device right?')
  }
  return { nonce: payload.nonce, request: payload.zerocard }
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('ENROLMENT_INVALID', message)
}
