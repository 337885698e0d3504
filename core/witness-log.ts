import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'
import { signJws, verifyJws } from './jws.ts'
import type { PublicJwk } from './jws.ts'
import { logHash } from './log.ts'
import type { LogHash } from './log.ts'
import { MAX_STATUS_BYTES } from './status.ts'
import * as z from './zod.ts'

// What an operator has seen of the issuers whose documents it collects, signed: for whoever wants to
// know whether others were shown the same.

/** `typ` of the signed statement. */
export const WITNESS_TYP = 'zerocard-log+jwt'

/** Texts over this size are refused unread. */
export const MAX_WITNESS_BYTES = 4 * 1024 * 1024

/** The newest documents of all issuers, over this size, are refused unread. */
export const MAX_NEWEST_BYTES = 4 * 1024 * 1024

/** Issuers that a witness speaks of, at most. */
export const MAX_WITNESSED_ISSUERS = 2_048

/** Documents of an issuer that are named: the newest of more than a day of hourly ones. */
export const WITNESSED_DOCUMENTS = 32

/** Seconds by which a witness's clock may be ahead. */
const MAX_CLOCK_SKEW = 300

/** What was seen of one issuer under one key. */
export interface WitnessedIssuer {
  readonly issuer: string
  /** RFC 7638 thumbprint of the key that signs the documents, base64url. */
  readonly key: string
  /** The newest last. Times are seconds since 1970-01-01 UTC. */
  readonly documents: readonly {
    readonly epoch: number
    /** What stands for the document in the issuer's log. */
    readonly hash: LogHash
    readonly seenAt: number
  }[]
}

/** The newest document of a log that a witness has followed. */
export interface SeenDocument {
  readonly issuer: string
  /** As in {@link WitnessedIssuer}. */
  readonly key: string
  /** As its issuer signed it. */
  readonly document: string
}

export interface WitnessStatement {
  /** The witness's origin. */
  readonly witness: string
  /** Seconds since 1970-01-01 UTC. */
  readonly issuedAt: number
  readonly issuers: readonly WitnessedIssuer[]
}

const seconds = z.int().check(z.nonnegative())

const statementJson = z.strictObject({
  iss: z.string().check(z.minLength(1), z.maxLength(200)),
  iat: seconds,
  issuers: z
    .array(
      z.strictObject({
        issuer: z.string().check(z.minLength(1), z.maxLength(200)),
        key: logHash,
        documents: z
          .array(
            z.strictObject({ epoch: z.int().check(z.positive()), hash: logHash, seenAt: seconds }),
          )
          .check(z.minLength(1), z.maxLength(WITNESSED_DOCUMENTS)),
      }),
    )
    .check(z.maxLength(MAX_WITNESSED_ISSUERS)),
})

const newestJson = z.strictObject({
  documents: z
    .array(
      z.strictObject({
        issuer: z.string().check(z.minLength(1), z.maxLength(200)),
        key: logHash,
        document: z.string().check(z.maxLength(MAX_STATUS_BYTES)),
      }),
    )
    .check(z.maxLength(MAX_WITNESSED_ISSUERS)),
})

/** Signs what a witness has seen (P-256). @returns A compact JWS. */
export async function signWitness(
  { witness, issuedAt, issuers }: WitnessStatement,
  privateKey: CryptoKey,
): Promise<string> {
  return signJws({ typ: WITNESS_TYP }, { iss: witness, iat: issuedAt, issuers }, privateKey)
}

/**
 * Opens what a witness says.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with `TRUST_INVALID`.
 */
export async function openWitness(
  text: string,
  { witness, jwk }: { readonly witness: string; readonly jwk: PublicJwk },
  now: number,
): Promise<WitnessStatement> {
  if (text.length > MAX_WITNESS_BYTES) throw invalid('the witness says too much')
  const payload = await verifyJws(text, jwk, WITNESS_TYP, 'TRUST_INVALID')
  const { iss, iat, issuers } = readWith(statementJson, payload, 'TRUST_INVALID', 'witness')
  if (iss !== witness) throw invalid(`expected what ${witness} has seen, got that of ${iss}`)
  if (iat > now + MAX_CLOCK_SKEW) throw invalid(`what ${iss} has seen is from the future`)
  return { witness: iss, issuedAt: iat, issuers }
}

/**
 * Reads the newest documents that a witness has; their signatures are whoever's to check who uses them.
 *
 * @throws ZerocardError with `TRUST_INVALID`.
 */
export function parseNewest(json: unknown): readonly SeenDocument[] {
  return readWith(newestJson, json, 'TRUST_INVALID', 'newest documents').documents
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('TRUST_INVALID', message)
}
