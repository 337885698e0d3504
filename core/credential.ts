import * as z from './zod.ts'
import { ATTRIBUTE_BITS, MAX_ATTRIBUTE } from './attribute.ts'
import type { AttributeValue } from './attribute.ts'
import { DAY_BITS, dayFromIso, isoFromDay } from './dates.ts'
import type { Day } from './dates.ts'
import { assertPublicKey, signPoseidon, verifyPoseidon } from './eddsa.ts'
import type { Point, Signature } from './eddsa.ts'
import { ZerocardError } from './errors.ts'
import { parseField } from './field.ts'
import { TAG, poseidon } from './hash.ts'
import { decimal, point, readWith } from './json.ts'
import { ATTRIBUTE_SLOTS, encodeAttributes, schemaHash } from './schema.ts'
import type { Schema } from './schema.ts'
import { byName } from './translations.ts'

/** Digits of a revocation number; the same in circuits/credential.circom. */
export const REVOCATION_BITS = 40

/** What an issuer signs about one holder. */
export interface CredentialBody {
  /** Values by attribute name, in their plain form. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** The holder's commitment, from its enrolment request. */
  readonly commitment: bigint
  /** Random, unique per issuer key; below 2^40. */
  readonly revocationId: bigint
  readonly validFrom: Day
  readonly validUntil: Day
}

/** A signed credential. Only the holder keeps it; no part of it is ever shown. */
export interface Credential extends CredentialBody {
  /** Who issued it, as the trust lists name it. */
  readonly issuer: string
  /** Schema id, such as `person/1`. */
  readonly schema: string
  readonly key: Point
  readonly signature: Signature
}

/** An issuer that can sign. The key never leaves the process that holds it. */
export interface IssuerSigner {
  readonly issuer: string
  readonly key: Point
  sign(message: bigint): Signature
}

/** Wraps a private key; the public key is checked at once. */
export function issuerSigner(issuer: string, privateKey: Uint8Array, key: Point): IssuerSigner {
  assertPublicKey(key)
  return { issuer, key, sign: (message) => signPoseidon(privateKey, message) }
}

/**
 * Signs attributes for the holder of a commitment.
 *
 * @throws ZerocardError with `ATTRIBUTE_INVALID` if a value does not fit the schema,
 *   `CREDENTIAL_INVALID` if the dates or the revocation number are out of range.
 */
export function issueCredential(
  signer: IssuerSigner,
  schema: Schema,
  body: CredentialBody,
): Credential {
  const signature = signer.sign(credentialMessage(schema, body))
  return { ...body, issuer: signer.issuer, schema: schema.id, key: signer.key, signature }
}

/**
 * Checks what a holder was given: that the issuer's key is sound and signed exactly this.
 *
 * @throws ZerocardError with `KEY_INVALID`, `CREDENTIAL_INVALID` or `SIGNATURE_INVALID`.
 */
export function checkCredential(credential: Credential, schema: Schema): void {
  assertPublicKey(credential.key)
  if (credential.schema !== schema.id) {
    throw new ZerocardError(
      'CREDENTIAL_INVALID',
      `expected a credential of ${schema.id}, got ${credential.schema}`,
    )
  }
  if (
    !verifyPoseidon(credential.key, credentialMessage(schema, credential), credential.signature)
  ) {
    throw new ZerocardError(
      'SIGNATURE_INVALID',
      `the issuer's signature of the ${schema.id} credential does not verify`,
    )
  }
}

/**
 * The field element an issuer signs: a Poseidon hash over the schema, the commitment, the
 * validity and revocation number in one element, and the attributes two to an element.
 */
export function credentialMessage(schema: Schema, body: CredentialBody): bigint {
  assertBody(body)
  const values = encodeAttributes(schema, body.attributes)
  const dates = BigInt(body.validFrom) + (BigInt(body.validUntil) << BigInt(DAY_BITS))
  const pairs = Array.from({ length: ATTRIBUTE_SLOTS / 2 }, (_, i) => {
    const [low, high] = [values[2 * i] as bigint, values[2 * i + 1] as bigint]
    if (low >= MAX_ATTRIBUTE || high >= MAX_ATTRIBUTE) throw new TypeError('attribute out of range')
    return low + (high << BigInt(ATTRIBUTE_BITS))
  })
  return poseidon([
    TAG.credential,
    schemaHash(schema),
    body.commitment,
    body.revocationId + (dates << BigInt(REVOCATION_BITS)),
    ...pairs,
  ])
}

function assertBody(body: CredentialBody): void {
  const isDay = (day: number): boolean => Number.isInteger(day) && day >= 0 && day < 2 ** DAY_BITS
  if (!isDay(body.validFrom) || !isDay(body.validUntil) || body.validFrom > body.validUntil) {
    throw new ZerocardError(
      'CREDENTIAL_INVALID',
      'the validity of a credential must begin before it ends',
    )
  }
  if (body.revocationId < 0n || body.revocationId >= 1n << BigInt(REVOCATION_BITS)) {
    throw new ZerocardError('CREDENTIAL_INVALID', 'the revocation number is out of range')
  }
  parseField(body.commitment.toString())
}

/** The format's name and version in the JSON form. */
export const CREDENTIAL_FORMAT = 'zerocard-credential/1'

const credentialJson = z.strictObject({
  format: z.literal(CREDENTIAL_FORMAT),
  issuer: z.string().check(z.maxLength(200)),
  schema: z.string().check(z.maxLength(100)),
  key: point,
  commitment: decimal,
  revocationId: decimal,
  validFrom: z.string(),
  validUntil: z.string(),
  attributes: byName(z.union([z.string(), z.number(), z.boolean()])),
  signature: z.strictObject({ r8: point, s: decimal }),
})

/**
 * Reads a credential from its JSON form. Says nothing about its signature: see {@link checkCredential}.
 *
 * @throws ZerocardError with `CREDENTIAL_INVALID`, naming the member that is wrong.
 */
export function parseCredential(json: unknown): Credential {
  const {
    format: _,
    validFrom,
    validUntil,
    ...rest
  } = readWith(credentialJson, json, 'CREDENTIAL_INVALID', 'credential')
  return { ...rest, validFrom: dayFromIso(validFrom), validUntil: dayFromIso(validUntil) }
}

/** The JSON form: numbers of the field as decimals, days as ISO dates. */
export function credentialToJson(credential: Credential): Record<string, unknown> {
  const { key, signature } = credential
  return {
    format: CREDENTIAL_FORMAT,
    issuer: credential.issuer,
    schema: credential.schema,
    key: pointToJson(key),
    commitment: credential.commitment.toString(),
    revocationId: credential.revocationId.toString(),
    validFrom: isoFromDay(credential.validFrom),
    validUntil: isoFromDay(credential.validUntil),
    attributes: credential.attributes,
    signature: { r8: pointToJson(signature.r8), s: signature.s.toString() },
  }
}

function pointToJson({ x, y }: Point): { x: string; y: string } {
  return { x: x.toString(), y: y.toString() }
}
