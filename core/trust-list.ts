import * as z from './zod.ts'
import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'
import { signJws, verifyJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'
import { openTrust, trustToJson } from './trust.ts'
import type { TrustList } from './trust.ts'

// A trust list with its operator's signature around it, as it is fetched. The issuers' signatures
// are inside: the operator is believed for the choice of issuers and for nothing else.

/** `typ` of the signed list. */
export const TRUST_LIST_TYP = 'zerocard-trust+jwt'

/** Texts over this size are refused unread: 512 status documents of the largest size fit. */
export const MAX_TRUST_LIST_BYTES = 32 * 1024 * 1024

/** Seconds by which an operator's clock may be ahead. */
const MAX_CLOCK_SKEW = 300

/** What an operator's signature says besides the list. Times are seconds since 1970-01-01 UTC. */
export interface TrustListClaims {
  /** The operator's origin. */
  readonly iss: string
  readonly iat: number
  readonly exp: number
}

/** A trust list that its operator signed, opened. */
export interface SignedTrustList extends TrustList {
  readonly operator: string
  readonly issuedAt: number
  /** From then on the list is out of date. */
  readonly expiresAt: number
}

/** Whose list it must be. */
export interface ExpectedTrustList {
  /** The operator's origin, and the key that must have signed. */
  readonly operator: string
  readonly jwk: PublicJwk
  /** Name of the list, where one was asked for. */
  readonly name?: string
}

const signedJson = z.strictObject({
  iss: z.string().check(z.minLength(1), z.maxLength(200)),
  iat: z.int().check(z.nonnegative()),
  exp: z.int().check(z.nonnegative()),
  list: z.looseObject({ name: z.string() }),
})

/** Signs a trust list with the operator's key (P-256). @returns A compact JWS. */
export async function signTrustList(
  list: TrustList,
  { iss, iat, exp }: TrustListClaims,
  privateKey: CryptoKey,
): Promise<string> {
  return signJws({ typ: TRUST_LIST_TYP }, { iss, iat, exp, list: trustToJson(list) }, privateKey)
}

/**
 * Opens a signed trust list: the operator's signature first, then its time, then every issuer's
 * signature and the root.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with `TRUST_INVALID` if it is too large, of another operator, of another
 *   name, expired or from the future; else as `openTrust`.
 */
export async function openTrustList(
  text: string,
  { operator, jwk, name }: ExpectedTrustList,
  now: number,
): Promise<SignedTrustList> {
  if (text.length > MAX_TRUST_LIST_BYTES) throw invalid('the trust list is too large')
  const payload = await verifyJws(text, jwk, TRUST_LIST_TYP, 'TRUST_INVALID')
  const { iss, iat, exp, list } = readWith(signedJson, payload, 'TRUST_INVALID', 'trust list')
  if (iss !== operator) throw invalid(`expected a trust list of ${operator}, got one of ${iss}`)
  if (name !== undefined && list.name !== name) {
    throw invalid(`expected the trust list ${name}, got ${list.name}`)
  }
  if (now >= exp) throw invalid(`the trust list ${list.name} of ${iss} has expired`)
  if (iat > now + MAX_CLOCK_SKEW) {
    throw invalid(`the trust list ${list.name} of ${iss} is from the future`)
  }
  const trust = await openTrust(list, now)
  return { ...trust, operator: iss, issuedAt: iat, expiresAt: exp }
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('TRUST_INVALID', message)
}
