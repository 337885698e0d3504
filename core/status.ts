import * as z from './zod.ts'
import { assertPublicKey } from './eddsa.ts'
import type { Point } from './eddsa.ts'
import { ZerocardError } from './errors.ts'
import { decimal, point, readWith } from './json.ts'
import { signJws, verifyJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'
import { MAX_LOG_SIZE, logHash } from './log.ts'
import type { LogHash } from './log.ts'

// What an issuer publishes once an epoch, the same for everybody: the keys it signs with and, per
// key, the root of the set of revoked credentials.

/** `typ` of the signed document. */
export const STATUS_TYP = 'zerocard-status+jwt'

/** Documents over this size are refused before they are parsed. */
export const MAX_STATUS_BYTES = 64 * 1024

/** Seconds by which an issuer's clock may be ahead. */
export const MAX_CLOCK_SKEW = 300

/** One signing key of an issuer. It signs credentials of one schema. */
export interface IssuerKeyStatus {
  readonly key: Point
  /** Schema id, and the hash that names its exact content. */
  readonly schema: string
  readonly schemaHash: bigint
  /** Root of the sorted set of revoked numbers. */
  readonly revocationRoot: bigint
  /** How many numbers the set holds. */
  readonly revoked: number
}

/** An issuer's published state. Times are seconds since 1970-01-01 UTC. */
export interface StatusDocument {
  readonly issuer: string
  /** Grows by one with each document; a smaller one than seen before is a rollback. */
  readonly epoch: number
  readonly issuedAt: number
  readonly expiresAt: number
  /** Root of the log of all documents before this one, which are `epoch - 1`. */
  readonly log: LogHash
  readonly keys: readonly IssuerKeyStatus[]
}

/** Whose document it must be, and the key that must have signed it. */
export interface StatusIssuer {
  readonly issuer: string
  readonly jwk: PublicJwk
}

const seconds = z.int().check(z.nonnegative())

const statusJson = z.strictObject({
  iss: z.string().check(z.minLength(1), z.maxLength(200)),
  epoch: z.int().check(z.positive(), z.maximum(MAX_LOG_SIZE)),
  iat: seconds,
  exp: seconds,
  log: logHash,
  keys: z
    .array(
      z.strictObject({
        key: point,
        schema: z.string().check(z.maxLength(100)),
        schemaHash: decimal,
        revocationRoot: decimal,
        revoked: z.int().check(z.nonnegative()),
      }),
    )
    .check(z.minLength(1), z.maxLength(512)),
})

/** Signs a status document with the issuer's document key (P-256). */
export async function signStatus(status: StatusDocument, privateKey: CryptoKey): Promise<string> {
  const payload = {
    iss: status.issuer,
    epoch: status.epoch,
    iat: status.issuedAt,
    exp: status.expiresAt,
    log: status.log,
    keys: status.keys.map(({ key, schema, schemaHash, revocationRoot, revoked }) => ({
      key: { x: key.x.toString(), y: key.y.toString() },
      schema,
      schemaHash: schemaHash.toString(),
      revocationRoot: revocationRoot.toString(),
      revoked,
    })),
  }
  return signJws({ typ: STATUS_TYP }, payload, privateKey)
}

/**
 * Checks a status document: the issuer's signature, its time, and that every key is sound.
 *
 * @param issuer - Whose document it must be, and the key that must have signed it.
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with `STATUS_INVALID`, `STATUS_STALE` or `KEY_INVALID`.
 */
export async function openStatus(
  text: string,
  issuer: StatusIssuer,
  now: number,
): Promise<StatusDocument> {
  const status = await readStatus(text, issuer, now)
  for (const { key } of status.keys) assertPublicKey(key)
  return status
}

/**
 * The same, but for the keys, each of which takes milliseconds to check: for whoever uses none of
 * them, or few.
 *
 * @throws ZerocardError with `STATUS_INVALID` or `STATUS_STALE`.
 */
export async function readStatus(
  text: string,
  issuer: StatusIssuer,
  now: number,
): Promise<StatusDocument> {
  const status = await readOldStatus(text, issuer)
  const { epoch, issuedAt, expiresAt } = status
  if (now >= expiresAt || issuedAt > now + MAX_CLOCK_SKEW) {
    throw new ZerocardError(
      'STATUS_STALE',
      `the status document of ${status.issuer}, epoch ${String(epoch)}, is not valid now`,
    )
  }
  return status
}

/**
 * The same, whenever it was valid: for what an issuer has said once.
 *
 * @throws ZerocardError with `STATUS_INVALID`.
 */
export async function readOldStatus(text: string, issuer: StatusIssuer): Promise<StatusDocument> {
  if (text.length > MAX_STATUS_BYTES)
    throw new ZerocardError('STATUS_INVALID', 'the status document is too large')
  const payload = await verifyJws(text, issuer.jwk, STATUS_TYP, 'STATUS_INVALID')
  const read = readWith(statusJson, payload, 'STATUS_INVALID', 'status')
  const { iss, epoch, iat, exp, log, keys } = read
  if (iss !== issuer.issuer) {
    throw new ZerocardError(
      'STATUS_INVALID',
      `expected a status document of ${issuer.issuer}, got one of ${iss}`,
    )
  }
  return { issuer: iss, epoch, issuedAt: iat, expiresAt: exp, log, keys }
}
