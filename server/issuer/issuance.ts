import * as z from '../../core/zod.ts'
import { credentialToJson } from '../../core/credential.ts'
import type { Credential } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { OauthError } from '../http/oauth-error.ts'
import { ApplicationRefused } from './issuer.ts'
import type { Application, Issuer } from './issuer.ts'
import { isSpent, spendNonce } from './nonces.ts'
import type { Nonces } from './nonces.ts'
import { findAccess, redeem } from './offers.ts'
import type { OfferFacts } from './offers.ts'
import { findRecord, holdRecord, validityOf } from './people.ts'
import type { PersonRecord } from './people.ts'
import { MAX_PROOF_JWT, openProofJwt } from './proof-jwt.ts'
import type { WalletProof } from './proof-jwt.ts'
import type { Alongside, IssuerStore, IssuerTransaction } from './store.ts'

export interface IssuanceOptions {
  readonly issuer: Issuer
  readonly store: IssuerStore
  readonly nonces: Nonces
  /** Schema ids by the names that OpenID messages have for them. */
  readonly configurations: ReadonlyMap<string, string>
  /** Days a credential is good if its record does not say. */
  readonly credentialDays: number
}

/** A credential request (OpenID4VCI 1.0, 8.2); what else is in it is ignored, as it says. */
const requestShape = z.looseObject({
  credential_configuration_id: z.string().check(z.maxLength(200)),
  proofs: z.optional(z.unknown()),
  credential_response_encryption: z.optional(z.unknown()),
})
const proofsShape = z.strictObject({
  jwt: z.array(z.string().check(z.maxLength(MAX_PROOF_JWT))).check(z.length(1)),
})

/** The credential endpoint: from a wallet's request to a signed credential. */
export class Issuance {
  readonly #options: IssuanceOptions

  constructor(options: IssuanceOptions) {
    this.#options = options
  }

  /**
   * Answers a credential request. The same request with the same token, but for its nonce, gets
   * the same credential.
   *
   * @param now - Seconds since 1970-01-01 UTC.
   * @throws OauthError with an error of OpenID4VCI 1.0, 8.3.1, or `invalid_token`.
   */
  async answer(
    token: string,
    body: unknown,
    now: number,
  ): Promise<{ readonly credential: object; readonly schema: string }> {
    const { store } = this.#options
    const access = await findAccess(store.database.query, token, now)
    if (access === undefined) throw denied('invalid_token', 'UNAUTHORIZED', 'the token is not good')
    const jwt = this.#readRequest(body, access)
    const proof = await named('invalid_proof', () =>
      openProofJwt(jwt, this.#options.issuer.issuer, now),
    )
    const expiresAt = await this.#checkNonce(proof.nonce, now)
    const record = await this.#recordFor(access)
    const application = await this.#applicationFor(access, record, proof, now)
    const credential = await this.#grant(application, now, async (transaction) => {
      // What is signed is what the register says when it is recorded. Records are held before offers,
      // as where offers are made: the other way round, both would wait for each other.
      if (!(await holdRecord(transaction, record, access.schema))) {
        throw denied('credential_request_denied', 'CONFLICT', 'the record has changed; ask again')
      }
      await settle(transaction, access, proof, expiresAt)
    })
    return { credential: credentialToJson(credential), schema: access.schema }
  }

  #readRequest(body: unknown, access: OfferFacts): string {
    const request = readAs(requestShape, body, 'invalid_credential_request', 'body')
    if (request.credential_response_encryption !== undefined) {
      const message = 'answers are not encrypted here beyond TLS'
      throw denied('invalid_encryption_parameters', 'INPUT_INVALID', message)
    }
    const id = request.credential_configuration_id
    const schema = this.#options.configurations.get(id)
    if (schema === undefined) {
      throw denied('unknown_credential_configuration', 'INPUT_INVALID', 'no such configuration')
    }
    if (schema !== access.schema) {
      throw denied('credential_request_denied', 'FORBIDDEN', 'the offer is for another credential')
    }
    const [jwt = ''] = readAs(proofsShape, request.proofs, 'invalid_proof', 'proofs').jwt
    return jwt
  }

  async #checkNonce(nonce: string, now: number): Promise<number> {
    const expiresAt = this.#options.nonces.expiryOf(nonce, now)
    if (expiresAt === undefined) throw nonceRefused()
    if (await isSpent(this.#options.store.database.query, nonce)) throw nonceRefused()
    return expiresAt
  }

  async #recordFor({ subject, schema }: OfferFacts): Promise<PersonRecord> {
    const record = await findRecord(this.#options.store.database.query, subject, schema)
    if (record !== undefined) return record
    throw denied('credential_request_denied', 'CONFLICT', 'there is no record to sign any more')
  }

  async #applicationFor(
    { subject, schema }: OfferFacts,
    record: PersonRecord,
    { nonce, request }: WalletProof,
    now: number,
  ): Promise<Application> {
    const { store, credentialDays } = this.#options
    // A request that is repeated after midnight gets the same days as before.
    const granted = await store.findByCommitment(request.commitment)
    const { validFrom, validUntil } = granted ?? validityOf(record, now, credentialDays)
    return { subject, schema, attributes: record.attributes, validFrom, validUntil, request, nonce }
  }

  async #grant(application: Application, now: number, alongside: Alongside): Promise<Credential> {
    const { issuer } = this.#options
    try {
      return await issuer.issue(await issuer.check(application), now, alongside)
    } catch (error) {
      throw refusalOf(error)
    }
  }
}

/** What becomes used with a credential, in the transaction that records it. */
async function settle(
  transaction: IssuerTransaction,
  access: OfferFacts,
  { nonce, request }: WalletProof,
  expiresAt: number,
): Promise<void> {
  if (!(await spendNonce(transaction, nonce, expiresAt))) throw nonceRefused()
  if (!(await redeem(transaction, access.hash, request.commitment))) {
    const message = 'the offer was used for another request, or taken back'
    throw denied('credential_request_denied', 'CONFLICT', message)
  }
}

/** Errors of the issuer by the names of the specification. Who it is about is not told. */
function refusalOf(error: unknown): unknown {
  if (!(error instanceof ZerocardError) || error instanceof OauthError) return error
  if (error instanceof ApplicationRefused) {
    return denied('credential_request_denied', error.code, REASONS[error.reason])
  }
  if (error.code === 'ENROLMENT_INVALID') return new OauthError('invalid_proof', error)
  const isOurs = error.code === 'ATTRIBUTE_INVALID' || error.code === 'CREDENTIAL_INVALID'
  return isOurs ? new OauthError('credential_request_denied', error) : error
}

const REASONS: Readonly<Record<ApplicationRefused['reason'], string>> = {
  'tag-differs': 'this person has another secret: restore it, or let it be recovered',
  'tag-taken': 'this secret belongs to another person',
  'tag-retired': 'this secret was given up as lost; make a new one',
  'commitment-taken': 'this request was answered before, with another credential',
}

function nonceRefused(): OauthError {
  return denied('invalid_nonce', 'NONCE_USED', 'the nonce is not good: used, expired or not ours')
}

function denied(error: string, code: ErrorCode, message: string): OauthError {
  return new OauthError(error, new ZerocardError(code, message))
}

async function named<T>(error: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof ZerocardError ? new OauthError(error, cause) : cause
  }
}

function readAs<T extends z.ZodMiniType>(
  shape: T,
  value: unknown,
  error: string,
  what: string,
): z.output<T> {
  try {
    return readWith(shape, value, 'INPUT_INVALID', what)
  } catch (cause) {
    throw cause instanceof ZerocardError ? new OauthError(error, cause) : cause
  }
}
