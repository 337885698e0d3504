import * as z from './zod.ts'
import type { AttributeValue } from './attribute.ts'
import { isoFromDay, dayFromIso } from './dates.ts'
import type { Day } from './dates.ts'
import { toBase64url } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { fieldFromHash, fieldToBytes, fieldFromBytes } from './field.ts'
import { fromBase64url } from './bytes.ts'
import { readWith } from './json.ts'
import { COORDINATE, jwkThumbprint, readJws, signJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'

// What travels: a compact JWS under a key that is used once. The proof inside is bound to that
// key, the signature binds the key to one verifier's nonce.

/** `typ` of a presentation. */
export const PRESENTATION_TYP = 'zerocard+jwt'

/** Longer texts are refused unread. A presentation has about 900 bytes before disclosed values. */
export const MAX_PRESENTATION_BYTES = 16 * 1024

/** What a presentation says of itself. Nothing of it is believed before `verifyPresentation`. */
export interface PresentationClaims {
  /** Who it is for: the verifier's origin or other fixed name. */
  readonly audience: string
  readonly nonce: string
  /** When it was signed, seconds since 1970-01-01 UTC. */
  readonly issuedAt: number
  /** base64url SHA-256 of the policy answered. */
  readonly policy: string
  /** Id of the verification key, base64url. */
  readonly circuit: string
  readonly asOf: Day
  /** Trust roots used, one for each credential of the policy, in its order. */
  readonly trustRoots: readonly bigint[]
  /** Absent if the policy asks for none. */
  readonly pseudonym?: bigint
  /** Values the policy asked to see, by path. */
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
  /** Compressed proof, base64url. */
  readonly proof: string
}

export interface Presentation {
  readonly claims: PresentationClaims
  /** The one-time key, from the header. */
  readonly jwk: PublicJwk
}

const base64url = (length: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${String(length)}}$`)))

const coordinate = z.string().check(z.regex(COORDINATE))

const headerJson = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal(PRESENTATION_TYP),
  jwk: z.strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: coordinate,
    y: coordinate,
  }),
})

const payloadJson = z.strictObject({
  aud: z.string().check(z.minLength(1), z.maxLength(500)),
  nonce: z.string().check(z.minLength(1), z.maxLength(200)),
  iat: z.int().check(z.nonnegative()),
  policy: base64url(43),
  circuit: base64url(43),
  asOf: z.string().check(z.maxLength(10)),
  trust: z.array(base64url(43)).check(z.minLength(1), z.maxLength(3)),
  pseudonym: z.exactOptional(base64url(43)),
  disclosed: z.exactOptional(
    z.record(
      z.string().check(z.maxLength(200)),
      z.union([z.string().check(z.maxLength(1024)), z.int(), z.boolean()]),
    ),
  ),
  proof: base64url(171),
})

/** The thumbprint that a proof binds: the first 31 bytes of the key's RFC 7638 SHA-256. */
export async function presenterOf(jwk: PublicJwk): Promise<bigint> {
  return fieldFromHash(await jwkThumbprint(jwk))
}

/** Signs a presentation with the one-time key that its proof is bound to. */
export async function signPresentation(
  claims: PresentationClaims,
  jwk: PublicJwk,
  privateKey: CryptoKey,
): Promise<string> {
  const payload = {
    aud: claims.audience,
    nonce: claims.nonce,
    iat: claims.issuedAt,
    policy: claims.policy,
    circuit: claims.circuit,
    asOf: isoFromDay(claims.asOf),
    trust: claims.trustRoots.map(fieldText),
    ...(claims.pseudonym === undefined ? {} : { pseudonym: fieldText(claims.pseudonym) }),
    ...(claims.disclosed === undefined ? {} : { disclosed: claims.disclosed }),
    proof: claims.proof,
  }
  return signJws({ typ: PRESENTATION_TYP, jwk }, payload, privateKey)
}

/**
 * Reads a presentation strictly: unknown members, other types, other lengths are refused.
 *
 * @throws ZerocardError with `PRESENTATION_INVALID`, naming the member.
 */
export function parsePresentation(text: string): Presentation {
  if (typeof text !== 'string' || text.length > MAX_PRESENTATION_BYTES) {
    throw new ZerocardError('PRESENTATION_INVALID', 'the presentation is too large')
  }
  const { header, payload } = readJws(text, 'PRESENTATION_INVALID')
  const { jwk } = readWith(headerJson, header, 'PRESENTATION_INVALID', 'header')
  const claims = readWith(payloadJson, payload, 'PRESENTATION_INVALID', 'presentation')
  return {
    jwk,
    claims: {
      audience: claims.aud,
      nonce: claims.nonce,
      issuedAt: claims.iat,
      policy: claims.policy,
      circuit: claims.circuit,
      asOf: readMember('asOf', () => dayFromIso(claims.asOf)),
      trustRoots: claims.trust.map((root) => readMember('trust', () => fieldFromText(root))),
      ...(claims.pseudonym === undefined
        ? {}
        : { pseudonym: readMember('pseudonym', () => fieldFromText(claims.pseudonym ?? '')) }),
      ...(claims.disclosed === undefined ? {} : { disclosed: claims.disclosed }),
      proof: claims.proof,
    },
  }
}

function readMember<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new ZerocardError('PRESENTATION_INVALID', `presentation.${name}: not canonical`, {
      cause,
    })
  }
}

/** A field element as 43 characters: 32 big-endian bytes in base64url, one text per element. */
export function fieldText(value: bigint): string {
  return toBase64url(fieldToBytes(value))
}

/** Reads {@link fieldText} back. @throws ZerocardError with `ENCODING_INVALID` or `FIELD_INVALID`. */
export function fieldFromText(text: string): bigint {
  return fieldFromBytes(fromBase64url(text))
}
