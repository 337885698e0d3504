import type { Day } from '../core/dates.ts'

// What an issuer has to remember. It never keeps attributes: those are in the issuer's own register.

/** One credential that was signed. */
export interface IssuedCredential {
  /** The person, by the issuer's own number. */
  readonly subject: string
  /** Schema id; an issuer has one signing key for each. */
  readonly schema: string
  /** The holder's commitment. No two credentials of an issuer have the same. */
  readonly commitment: bigint
  /** The field element that was signed; tells whether a repeated application is the same one. */
  readonly message: bigint
  /** Unique per schema. */
  readonly revocationId: bigint
  readonly validFrom: Day
  readonly validUntil: Day
  /** Seconds since 1970-01-01 UTC; absent while the credential is good. */
  readonly revokedAt?: number
}

/** Why a credential could not be recorded; nothing was changed then. */
export type RecordOutcome =
  | 'recorded'
  /** The person is known by another tag. */
  | 'tag-differs'
  /** The tag belongs to another person. */
  | 'tag-taken'
  | 'commitment-taken'
  | 'number-taken'

/** An issuer's memory. Every method is one atomic step, also between processes. */
export interface IssuerStore {
  /** The enrolment tag of a person; undefined for a person who was never issued anything. */
  tagOf(subject: string): Promise<bigint | undefined>
  /** The person behind a tag. */
  subjectOf(tag: bigint): Promise<string | undefined>
  findByCommitment(commitment: bigint): Promise<IssuedCredential | undefined>
  findByNumber(schema: string, revocationId: bigint): Promise<IssuedCredential | undefined>
  /** Oldest first. */
  listBySubject(subject: string): Promise<readonly IssuedCredential[]>
  /** Keeps a credential and, with the first of a person, the tag: both or neither. */
  record(issued: IssuedCredential, tag: bigint): Promise<RecordOutcome>
  /** Marks a credential; false if it is unknown or was revoked before. */
  revoke(schema: string, revocationId: bigint, now: number): Promise<boolean>
  /** Ascending. */
  revokedNumbers(schema: string): Promise<readonly bigint[]>
  /** A number larger than any it gave before. */
  nextEpoch(): Promise<number>
}
