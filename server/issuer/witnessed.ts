import { ZerocardError } from '../../core/errors.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { documentHash } from '../../core/status-log.ts'
import { MAX_WITNESS_BYTES, openWitness } from '../../core/witness-log.ts'
import type { WitnessStatement } from '../../core/witness-log.ts'
import type { Outgoing } from '../outgoing/fetch.ts'
import { keyId } from '../trust/documents.ts'
import { findEpoch, newestEpoch } from './epochs.ts'
import type { IssuerStore } from './store.ts'

/**
 * Seconds. A witness signs anew each minute; something in between may keep for another what it said,
 * and clocks differ.
 */
const MAX_AGE = 600

/** Says whether the database has all that the world has seen of an issuer. */
export interface PublishingGuard {
  /** @throws ZerocardError with `UNAVAILABLE` while nothing must be published. */
  assertWhole(): Promise<void>
  /** Why nothing is published, if the database is known not to be whole. */
  readonly refusal: ZerocardError | undefined
}

/** For an issuer that has no witness to ask. */
export const UNGUARDED: PublishingGuard = {
  assertWhole: () => Promise.resolve(),
  refusal: undefined,
}

export interface GuardOptions {
  readonly store: IssuerStore
  /** The key that signs the issuer's documents. */
  readonly jwk: PublicJwk
  readonly witness: { readonly origin: string; readonly jwk: PublicJwk }
  readonly outgoing: Outgoing
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
}

/**
 * Compares the database with what a witness has seen, until they agree once. From a database that was
 * put back and lacks epochs, an issuer would tell a second story, and could never take it back.
 */
export class WitnessGuard implements PublishingGuard {
  readonly #options: GuardOptions
  #isWhole = false
  #refusal: ZerocardError | undefined

  constructor(options: GuardOptions) {
    this.#options = options
  }

  get refusal(): ZerocardError | undefined {
    return this.#refusal
  }

  async assertWhole(): Promise<void> {
    if (this.#isWhole) return
    const { clock, witness } = this.#options
    const statement = await this.#ask()
    const lacking = await this.#lacking(statement)
    this.#refusal = lacking === undefined ? undefined : lacks(witness.origin, lacking)
    if (this.#refusal !== undefined) throw this.#refusal
    // That nothing was lacking long ago says nothing of what was published since.
    if (statement.issuedAt < clock() - MAX_AGE) {
      const message = 'nothing is published before the witness has said what it has seen by now'
      throw new ZerocardError('UNAVAILABLE', message)
    }
    this.#isWhole = true
  }

  async #ask(): Promise<WitnessStatement> {
    const { outgoing, witness, clock } = this.#options
    const { origin, jwk } = witness
    const wanted = { type: 'application/jwt', maxBytes: MAX_WITNESS_BYTES, etag: undefined }
    try {
      const answer = await outgoing.get(`${origin}/.well-known/zerocard-log`, wanted)
      if (answer === 'unchanged') throw new TypeError('nothing was said of what is known')
      return await openWitness(answer.text.trim(), { witness: origin, jwk }, clock())
    } catch (cause) {
      if (!(cause instanceof ZerocardError)) throw cause
      const message = `nothing is published before the witness has answered: ${cause.message}`
      throw new ZerocardError('UNAVAILABLE', message, { cause })
    }
  }

  /** The last epoch that the witness has seen and the database has not, or has with another content. */
  async #lacking({ issuers }: WitnessStatement): Promise<number | undefined> {
    const { store, jwk } = this.#options
    const key = await keyId(jwk)
    const { query } = store.database
    const last = (await newestEpoch(query))?.epoch ?? 0
    const seen = issuers.find((one) => one.issuer === store.issuer && one.key === key)
    for (const { epoch, hash } of seen?.documents.toReversed() ?? []) {
      const own = epoch > last ? undefined : await findEpoch(query, epoch)
      if (own === undefined || documentHash(own.document) !== hash) return epoch
    }
    return undefined
  }
}

function lacks(witness: string, epoch: number): ZerocardError {
  const text = String(epoch)
  return new ZerocardError(
    'UNAVAILABLE',
    `nothing is published: ${witness} has seen epoch ${text}, which this database does not have; put back all epochs up to it`,
  )
}
