import type { AttributeValue } from '../../core/attribute.ts'
import { REVOCATION_BITS, credentialMessage } from '../../core/credential.ts'
import type { Credential, CredentialBody } from '../../core/credential.ts'
import type { Day } from '../../core/dates.ts'
import type { Point, Signature } from '../../core/eddsa.ts'
import { verifyEnrolment } from '../../core/enrolment.ts'
import type { EnrolmentRequest } from '../../core/enrolment.ts'
import { ZerocardError } from '../../core/errors.ts'
import { verifyGroth16 } from '../../core/groth16.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import type { Schema } from '../../core/schema.ts'
import { keyIdOf } from './issued.ts'
import type { IssuedCredential, RecordOutcome } from './issued.ts'
import { Salts } from './salts.ts'
import type { Alongside, IssuerStore } from './store.ts'

/** Signs field elements, here or in another machine that keeps the private key. */
export interface CredentialSigner {
  readonly key: Point
  sign(message: bigint): Signature | Promise<Signature>
}

/** A signing key with the one schema it signs. */
export interface IssuerKey {
  readonly schema: Schema
  readonly signer: CredentialSigner
  /** Signs only again what it signed before. Of the others there is one for a schema. */
  readonly isRetired?: boolean
}

export interface IssuerOptions {
  /** The issuer's name, as trust lists know it: an https URL or another fixed text. */
  readonly issuer: string
  /** The keys, or where to ask for them whenever they are needed. */
  readonly keys: readonly IssuerKey[] | (() => Promise<readonly IssuerKey[]>)
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

/** An application that speaks against what was issued before. */
export class ApplicationRefused extends ZerocardError {
  readonly reason: Reason

  constructor(reason: Reason, subject: string) {
    super('ENROLMENT_INVALID', `${subject} ${REASONS[reason]}`)
    this.reason = reason
  }
}

type Reason = Exclude<RecordOutcome, 'recorded' | 'number-taken'>

const REASONS: Readonly<Record<Reason, string>> = {
  'tag-differs': 'is known by another secret: one person keeps one secret',
  'tag-taken': 'comes with a secret that belongs to another person',
  'tag-retired': 'comes with a secret that was given up as lost',
  'commitment-taken': 'comes with a request that was answered before with another credential',
}

/** Signs credentials, one person one secret. Has no clock and no files: state is in its store. */
export class Issuer {
  readonly issuer: string
  readonly #keys: () => Promise<readonly IssuerKey[]>
  readonly #store: IssuerStore
  readonly #enrolmentKey: VerificationKey
  readonly #verifyProof: ProofVerifier
  readonly #salts: Salts

  constructor({ issuer, keys, store, enrolmentKey, verifyProof = verifyGroth16 }: IssuerOptions) {
    this.issuer = issuer
    if (typeof keys === 'function') this.#keys = keys
    else {
      assertOneForEach(keys)
      this.#keys = () => Promise.resolve(keys)
    }
    this.#store = store
    this.#salts = new Salts(store)
    this.#enrolmentKey = enrolmentKey
    this.#verifyProof = verifyProof
  }

  /**
   * Checks an application and changes nothing: that the values fit the schema, that the person
   * comes with the same secret as before, that nobody else has that secret, and that whoever
   * applies knows it. An application that was granted before is good again, if it is the same.
   *
   * @throws ZerocardError with `ATTRIBUTE_INVALID`, `CREDENTIAL_INVALID` or `ENROLMENT_INVALID`;
   *   the last as {@link ApplicationRefused} where something speaks against it but the proof.
   */
  async check(application: Application): Promise<CheckedApplication> {
    const { subject, request, nonce } = application
    const { schema } = await this.#keyFor(application.schema)
    credentialMessage(schema, await this.#bodyOf(application, 0n))
    const granted = await this.#store.findByCommitment(request.commitment)
    if (granted === undefined) await this.#checkPerson(subject, request.tag)
    else await this.#assertSame(application, granted, schema)
    // Also of what was granted before: a commitment alone must not fetch somebody's attributes.
    const expected = { issuer: this.issuer, nonce }
    await verifyEnrolment(request, expected, this.#enrolmentKey, this.#verifyProof)
    return { ...application, [checked]: true }
  }

  /**
   * Grants an application: draws a revocation number, records the credential, signs it. Recorded
   * first, so a credential that exists can always be revoked; signing is deterministic, so granting
   * the same application again gives the same credential.
   *
   * @param now - Seconds since 1970-01-01 UTC.
   * @param alongside - Changes that belong to the grant: they happen with it or not at all.
   * @throws ZerocardError with `ENROLMENT_INVALID` if something came in between the check and now.
   */
  async issue(
    application: CheckedApplication,
    now: number,
    alongside?: Alongside,
  ): Promise<Credential> {
    for (;;) {
      const granted = await this.#store.findByCommitment(application.request.commitment)
      if (granted !== undefined) return this.#issueAgain(application, granted, alongside)
      const key = await this.#keyFor(application.schema)
      const issued = await this.#issuedOf(application, key, now)
      const outcome = await this.#store.record(issued, application.request.tag, alongside)
      if (outcome === 'recorded') return this.#sign(application, key, issued)
      const isRace = outcome === 'number-taken' || (await this.#isGranted(application))
      if (!isRace) throw new ApplicationRefused(outcome, application.subject)
    }
  }

  async #issueAgain(
    application: Application,
    granted: IssuedCredential,
    alongside: Alongside | undefined,
  ): Promise<Credential> {
    const keys = await this.#keys()
    const key = keys.find(({ signer }) => keyIdOf(signer.key) === granted.keyId)
    if (key === undefined) throw noKey(this.issuer, granted.schema)
    await this.#assertSame(application, granted, key.schema)
    if (alongside !== undefined) await this.#store.database.transact(alongside)
    return this.#sign(application, key, granted)
  }

  async #sign(
    application: Application,
    { schema, signer }: IssuerKey,
    { revocationId, message }: IssuedCredential,
  ): Promise<Credential> {
    const signature = await signer.sign(message)
    const body = await this.#bodyOf(application, revocationId)
    return { ...body, issuer: this.issuer, schema: schema.id, key: signer.key, signature }
  }

  async #issuedOf(
    application: Application,
    { schema, signer }: IssuerKey,
    now: number,
  ): Promise<IssuedCredential> {
    const { subject, request, validFrom, validUntil } = application
    const revocationId = drawRevocationId()
    return {
      subject,
      schema: schema.id,
      keyId: keyIdOf(signer.key),
      commitment: request.commitment,
      message: credentialMessage(schema, await this.#bodyOf(application, revocationId)),
      revocationId,
      validFrom,
      validUntil,
      issuedAt: now,
    }
  }

  async #assertSame(
    application: Application,
    granted: IssuedCredential,
    schema: Schema,
  ): Promise<void> {
    const body = await this.#bodyOf(application, granted.revocationId)
    const isSame =
      granted.revokedAt === undefined &&
      granted.subject === application.subject &&
      granted.schema === application.schema &&
      granted.message === credentialMessage(schema, body)
    if (!isSame) throw new ApplicationRefused('commitment-taken', application.subject)
  }

  /** What is signed: the register's values, and pictures with what nobody else could foresee. */
  async #bodyOf(
    { attributes, validFrom, validUntil, request: { commitment } }: Application,
    revocationId: bigint,
  ): Promise<CredentialBody> {
    const salted = await this.#salts.apply(attributes, { commitment, revocationId })
    return { attributes: salted, commitment, revocationId, validFrom, validUntil }
  }

  async #isGranted({ request }: Application): Promise<boolean> {
    return (await this.#store.findByCommitment(request.commitment)) !== undefined
  }

  async #checkPerson(subject: string, tag: bigint): Promise<void> {
    if (((await this.#store.tagOf(subject)) ?? tag) !== tag)
      throw new ApplicationRefused('tag-differs', subject)
    const owner = await this.#store.ownerOf(tag)
    if (owner === undefined) return
    if (owner.subject !== subject) throw new ApplicationRefused('tag-taken', subject)
    if (owner.isRetired) throw new ApplicationRefused('tag-retired', subject)
  }

  async #keyFor(schema: string): Promise<IssuerKey> {
    const keys = await this.#keys()
    const key = keys.find((one) => one.schema.id === schema && one.isRetired !== true)
    if (key === undefined) throw noKey(this.issuer, schema)
    return key
  }
}

function assertOneForEach(keys: readonly IssuerKey[]): void {
  const schemas = keys.filter((key) => key.isRetired !== true).map(({ schema }) => schema.id)
  if (new Set(schemas).size !== schemas.length) throw new TypeError('two keys for one schema')
}

function noKey(issuer: string, schema: string): ZerocardError {
  return new ZerocardError('CREDENTIAL_INVALID', `${issuer} has no key for the schema ${schema}`)
}

/** A number nobody can guess: 40 random bits. */
function drawRevocationId(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(REVOCATION_BITS / 8))
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}
