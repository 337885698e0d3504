import * as z from '../../core/zod.ts'
import type { Point } from '../../core/eddsa.ts'
import { assertPublicKey } from '../../core/eddsa.ts'
import type { EnrolmentRequest } from '../../core/enrolment.ts'
import { ZerocardError } from '../../core/errors.ts'
import { decimal, point, readWith } from '../../core/json.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { parseSchema } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { VerificationRequest } from '../../server/verifier/verifier.ts'
import { ONE_LINE } from './output.ts'

// The JSON files that one party writes and another reads, apart from those that core/ defines.

/** What everybody may know of an issuer. */
export interface IssuerFile {
  readonly issuer: string
  /** Signs status documents. */
  readonly jwk: PublicJwk
  /** Sign credentials; of several keys of one schema the first signs now. */
  readonly keys: readonly { readonly schema: string; readonly key: Point }[]
  readonly schemas: readonly Schema[]
}

/** A holder's request for a credential. */
export interface EnrolmentFile extends EnrolmentRequest {
  readonly issuer: string
  readonly nonce: string
}

/** A verifier's question as a holder reads it: the policy is not checked yet. */
export interface RequestFile {
  readonly id: string
  readonly nonce: string
  readonly audience: string
  readonly policy: unknown
  /** Seconds since 1970-01-01 UTC: the time that the answer repeats. */
  readonly issuedAt: number
  readonly expiresAt: number
}

const ISSUER_FORMAT = 'zerocard-issuer/1'
const ENROLMENT_FORMAT = 'zerocard-enrolment/1'
const REQUEST_FORMAT = 'zerocard-request/1'

const name = z.string().check(z.minLength(1), z.maxLength(200))
/** Who somebody is. It is shown, and must not make lines of its own. */
const party = z
  .string()
  .check(z.minLength(1), z.maxLength(500), z.regex(ONE_LINE, 'expected one line'))
const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'expected 32 bytes in base64url'))
const jwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: base64url,
  y: base64url,
})
const issuerShape = z.strictObject({
  format: z.literal(ISSUER_FORMAT, `expected ${ISSUER_FORMAT}`),
  issuer: party.check(z.maxLength(200)),
  jwk,
  keys: z.array(z.strictObject({ schema: z.string(), key: point })).check(z.minLength(1)),
  schemas: z.array(z.unknown()),
})
const enrolmentShape = z.strictObject({
  format: z.literal(ENROLMENT_FORMAT, `expected ${ENROLMENT_FORMAT}`),
  issuer: party.check(z.maxLength(200)),
  nonce: name,
  commitment: decimal,
  tag: decimal,
  proof: z.string().check(z.maxLength(1000)),
})
const requestShape = z.strictObject({
  format: z.literal(REQUEST_FORMAT, `expected ${REQUEST_FORMAT}`),
  id: name,
  nonce: name,
  audience: party,
  issuedAt: z.int().check(z.nonnegative()),
  expiresAt: z.int().check(z.nonnegative()),
  policy: z.unknown(),
})

export function issuerToJson({ issuer, jwk: documentKey, keys, schemas }: IssuerFile): object {
  return {
    format: ISSUER_FORMAT,
    issuer,
    jwk: documentKey,
    keys: keys.map(({ schema, key }) => ({ schema, key: pointToJson(key) })),
    schemas,
  }
}

/**
 * Reads an issuer's public file. Every key is checked, and has its schema in the file.
 *
 * @throws ZerocardError with `INPUT_INVALID`, `SCHEMA_INVALID` or `KEY_INVALID`.
 */
export function parseIssuerFile(json: unknown): IssuerFile {
  const {
    issuer,
    jwk: documentKey,
    keys,
    schemas,
  } = readWith(issuerShape, json, 'INPUT_INVALID', 'issuer')
  const parsed = schemas.map(parseSchema)
  for (const { schema, key } of keys) {
    assertPublicKey(key)
    if (parsed.filter(({ id }) => id === schema).length !== 1) {
      throw new ZerocardError(
        'INPUT_INVALID',
        `issuer.keys: expected the schema ${schema} once in the file`,
      )
    }
  }
  if (new Set(keys.map(({ key }) => `${key.x},${key.y}`)).size !== keys.length) {
    throw new ZerocardError('INPUT_INVALID', 'issuer.keys: a key is there twice')
  }
  return { issuer, jwk: documentKey, keys, schemas: parsed }
}

export function enrolmentToJson({ issuer, nonce, commitment, tag, proof }: EnrolmentFile): object {
  return {
    format: ENROLMENT_FORMAT,
    issuer,
    nonce,
    commitment: String(commitment),
    tag: String(tag),
    proof,
  }
}

/** @throws ZerocardError with `INPUT_INVALID`. */
export function parseEnrolmentFile(json: unknown): EnrolmentFile {
  const { format: _, ...file } = readWith(enrolmentShape, json, 'INPUT_INVALID', 'enrolment')
  return file
}

export function requestToJson({
  id,
  nonce,
  audience,
  policy,
  createdAt,
  expiresAt,
}: VerificationRequest): object {
  return {
    format: REQUEST_FORMAT,
    id,
    nonce,
    audience,
    issuedAt: createdAt,
    expiresAt,
    policy,
  }
}

/** @throws ZerocardError with `INPUT_INVALID`. */
export function parseRequestFile(json: unknown): RequestFile {
  const { format: _, ...file } = readWith(requestShape, json, 'INPUT_INVALID', 'request')
  return file
}

export function pointToJson({ x, y }: Point): { x: string; y: string } {
  return { x: String(x), y: String(y) }
}
