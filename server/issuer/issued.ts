import { createHash } from 'node:crypto'
import type { Selectable } from 'kysely'
import { concatBytes, toBase64url, utf8 } from '../../core/bytes.ts'
import type { Day } from '../../core/dates.ts'
import type { Point } from '../../core/eddsa.ts'
import { fieldToBytes } from '../../core/field.ts'
import type { IssuerTables } from './tables.ts'

/** One credential that was signed. Attributes are not in it: those are in the records. */
export interface IssuedCredential {
  /** The person, by the issuer's own number. */
  readonly subject: string
  /** Schema id. */
  readonly schema: string
  /** The key that signed; see {@link keyIdOf}. */
  readonly keyId: string
  /** The holder's commitment. No two credentials of an issuer have the same. */
  readonly commitment: bigint
  /** The field element that was signed; tells whether a repeated application is the same one. */
  readonly message: bigint
  /** Unique per key. */
  readonly revocationId: bigint
  readonly validFrom: Day
  readonly validUntil: Day
  /** Seconds since 1970-01-01 UTC. */
  readonly issuedAt: number
  /** Likewise; absent while the credential is good. */
  readonly revokedAt?: number
}

/** Why a credential could not be recorded; nothing was changed then. */
export type RecordOutcome =
  | 'recorded'
  /** The person is known by another tag. */
  | 'tag-differs'
  /** The tag belongs to another person. */
  | 'tag-taken'
  /** The tag was the person's own until a recovery. */
  | 'tag-retired'
  | 'commitment-taken'
  | 'number-taken'

type CredentialRow = Selectable<IssuerTables['issuer_credentials']>

/** A short name of a signing key that follows from the key. */
export function keyIdOf({ x, y }: Point): string {
  const bytes = concatBytes(utf8('zerocard/key-id/1'), fieldToBytes(x), fieldToBytes(y))
  return toBase64url(createHash('sha256').update(bytes).digest().subarray(0, KEY_ID_BYTES))
}

const KEY_ID_BYTES = 16

export function credentialOf(row: CredentialRow): IssuedCredential {
  return {
    subject: row.subject,
    schema: row.schema,
    keyId: row.key_id,
    commitment: BigInt(row.commitment),
    message: BigInt(row.message),
    revocationId: BigInt(row.revocation_id),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    issuedAt: row.issued_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  }
}

export function rowOf(issued: IssuedCredential): CredentialRow {
  return {
    commitment: String(issued.commitment),
    subject: issued.subject,
    schema: issued.schema,
    key_id: issued.keyId,
    message: String(issued.message),
    revocation_id: Number(issued.revocationId),
    valid_from: issued.validFrom,
    valid_until: issued.validUntil,
    issued_at: issued.issuedAt,
    revoked_at: issued.revokedAt ?? null,
  }
}
