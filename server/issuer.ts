import type { AttributeValue } from '../core/attribute.ts'
import { REVOCATION_BITS, credentialMessage, issueCredential } from '../core/credential.ts'
import type { Credential, CredentialBody, IssuerSigner } from '../core/credential.ts'
import type { Day } from '../core/dates.ts'
import { verifyEnrolment } from '../core/enrolment.ts'
import type { EnrolmentRequest } from '../core/enrolment.ts'
import { ZerocardError } from '../core/errors.ts'
import { verifyGroth16 } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { VerificationKey } from '../core/groth16-key.ts'
import type { Schema } from '../core/schema.ts'
import type { IssuedCredential, IssuerStore, RecordOutcome } from './issuer-store.ts'

/** A signing key with the one schema it signs. */
export interface IssuerKey {
  readonly schema: Schema
  readonly signer: IssuerSigner
}

export interface IssuerOptions {
  /** The issuer's name, as trust lists know it: an https URL or another fixed text. */
  readonly issuer: string
  readonly keys: readonly IssuerKey[]
  readonly store: IssuerStore
  /** Judges the proofs of the `enrolment` circuit. */
  readonly enrolmentKey: VerificationKey
  /** By default the portable engine. */
  readonly verifyProof?: ProofVerifier
}

/** Somebody's wish for a credential, with what the issuer knows about that person. */
export interface Application {
  /** The person, by the issuer's own number. */
  readonly subject: string
  /** Schema id. */
  readonly schema: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly validFrom: Day
  readonly validUntil: Day
  readonly request: EnrolmentRequest
  /** The challenge the issuer gave out for this request. */
  readonly nonce: string
}

const checked: unique symbol = Symbol('checked')

/** An application with nothing against it. There is no way to obtain one but {@link Issuer.check}. */
export interface CheckedApplication extends Application {
  readonly [checked]: true
}

/** Signs credentials, one person one secret. Has no clock and no files: state is in its store. */
export class Issuer {
  readonly issuer: string
  readonly #keys: ReadonlyMap<string, IssuerKey>
  readonly #store: IssuerStore
  readonly #enrolmentKey: VerificationKey
  readonly #verifyProof: ProofVerifier

  constructor({ issuer, keys, store, enrolmentKey, verifyProof = verifyGroth16 }: IssuerOptions) {
    this.issuer = issuer
    this.#keys = new Map(keys.map((key) => [key.schema.id, key]))
    if (this.#keys.size !== keys.length) throw new TypeError('two keys for one schema')
    this.#store = store
    this.#enrolmentKey = enrolmentKey
    this.#verifyProof = verifyProof
  }

  /**
   * Checks an application and changes nothing: that the values fit the schema, that the person
   * comes with the same secret as before, that nobody else has that secret, and that whoever
   * applies knows it. An application that was granted before is good again, if it is the same.
   *
   * @throws ZerocardError with `ATTRIBUTE_INVALID`, `CREDENTIAL_INVALID` or `ENROLMENT_INVALID`.
   */
  async check(application: Application): Promise<CheckedApplication> {
    const { subject, request, nonce } = application
    credentialMessage(this.#keyFor(application.schema).schema, bodyOf(application, 0n))
    const granted = await this.#store.findByCommitment(request.commitment)
    if (granted === undefined) {
      await this.#checkPerson(subject, request.tag)
      const expected = { issuer: this.issuer, nonce }
      await verifyEnrolment(request, expected, this.#enrolmentKey, this.#verifyProof)
    } else {
      this.#assertSame(application, granted)
    }
    return { ...application, [checked]: true }
  }

  /**
   * Grants an application: draws a revocation number, records the credential, signs it. Recorded
   * first, so a credential that exists can always be revoked; signing is deterministic, so granting
   * the same application again gives the same credential.
   *
   * @throws ZerocardError with `ENROLMENT_INVALID` if something came in between the check and now.
   */
  async issue(application: CheckedApplication): Promise<Credential> {
    const { schema, signer } = this.#keyFor(application.schema)
    const granted = await this.#store.findByCommitment(application.request.commitment)
    if (granted !== undefined) this.#assertSame(application, granted)
    const revocationId = granted?.revocationId ?? (await this.#record(application, schema))
    return issueCredential(signer, schema, bodyOf(application, revocationId))
  }

  async #record(application: CheckedApplication, schema: Schema): Promise<bigint> {
    const { subject, request, validFrom, validUntil } = application
    for (;;) {
      const revocationId = drawRevocationId()
      const message = credentialMessage(schema, bodyOf(application, revocationId))
      const { commitment, tag } = request
      const issued = {
        subject,
        schema: schema.id,
        commitment,
        message,
        revocationId,
        validFrom,
        validUntil,
      }
      const outcome = await this.#store.record(issued, tag)
      if (outcome === 'recorded') return revocationId
      if (outcome !== 'number-taken') throw refusal(outcome, subject)
    }
  }

  async #checkPerson(subject: string, tag: bigint): Promise<void> {
    if (((await this.#store.tagOf(subject)) ?? tag) !== tag) throw refusal('tag-differs', subject)
    if (((await this.#store.subjectOf(tag)) ?? subject) !== subject)
      throw refusal('tag-taken', subject)
  }

  #assertSame(application: Application, granted: IssuedCredential): void {
    const { schema } = this.#keyFor(application.schema)
    const isSame =
      granted.subject === application.subject &&
      granted.schema === schema.id &&
      granted.message === credentialMessage(schema, bodyOf(application, granted.revocationId))
    if (!isSame) throw refusal('commitment-taken', application.subject)
  }

  #keyFor(schema: string): IssuerKey {
    const key = this.#keys.get(schema)
    if (key === undefined) {
      throw new ZerocardError(
        'CREDENTIAL_INVALID',
        `${this.issuer} has no key for the schema ${schema}`,
      )
    }
    return key
  }
}

/** A number nobody can guess: 40 random bits. */
function drawRevocationId(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(REVOCATION_BITS / 8))
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function bodyOf(application: Application, revocationId: bigint): CredentialBody {
  const { attributes, validFrom, validUntil, request } = application
  return { attributes, commitment: request.commitment, revocationId, validFrom, validUntil }
}

const REFUSALS: Readonly<Record<Exclude<RecordOutcome, 'recorded' | 'number-taken'>, string>> = {
  'tag-differs': 'is known by another secret: one person keeps one secret',
  'tag-taken': 'comes with a secret that belongs to another person',
  'commitment-taken': 'comes with a request that was answered before with another credential',
}

function refusal(outcome: keyof typeof REFUSALS, subject: string): ZerocardError {
  return new ZerocardError('ENROLMENT_INVALID', `${subject} ${REFUSALS[outcome]}`)
}
