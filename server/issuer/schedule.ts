import { ZerocardError } from '../../core/errors.ts'
import { MAX_CLOCK_SKEW } from '../../core/status.ts'
import { newestEpoch } from './epochs.ts'
import type { Epoch } from './epochs.ts'
import { keyIdOf } from './issued.ts'
import type { PublishedKey, Publication, Publisher } from './publisher.ts'
import type { IssuerStore } from './store.ts'

/** Decides when an epoch is due. */
export class PublishingSchedule {
  readonly #store: IssuerStore
  readonly #publisher: Publisher
  readonly #times: { readonly publishEvery: number; readonly validFor: number }
  readonly #clock: () => number

  constructor(
    store: IssuerStore,
    publisher: Publisher,
    times: { readonly publishEvery: number; readonly validFor: number },
    clock: () => number,
  ) {
    this.#store = store
    this.#publisher = publisher
    this.#times = times
    this.#clock = clock
  }

  /** Makes an epoch now. */
  async publish(): Promise<Publication> {
    return this.#publisher.publish(this.#clock(), this.#times.validFor)
  }

  /** Makes an epoch if there is none, the newest is old, or names other keys than there are. */
  async publishIfDue(): Promise<Publication | undefined> {
    const now = this.#clock()
    return this.#publisher.publishIf(
      (newest, keys) => this.#isDue(newest, keys, now),
      now,
      this.#times.validFor,
    )
  }

  /** @throws ZerocardError with `UNAVAILABLE` while there is no status document that is valid. */
  async assertPublished(): Promise<void> {
    const newest = await newestEpoch(this.#store.database.query)
    const now = this.#clock()
    if (newest === undefined || newest.expiresAt <= now || isAhead(newest, now)) {
      throw new ZerocardError('UNAVAILABLE', 'there is no valid status document')
    }
  }

  /** Seconds since the newest status document was made; NaN if there is none. */
  async age(): Promise<number> {
    const newest = await newestEpoch(this.#store.database.query)
    return newest === undefined ? NaN : this.#clock() - newest.issuedAt
  }

  #isDue(newest: Epoch | undefined, keys: readonly PublishedKey[], now: number): boolean {
    if (newest?.isInLog !== true || isAhead(newest, now)) return true
    if (now - newest.issuedAt >= this.#times.publishEvery) return true
    const named = keys.map(({ key }) => keyIdOf(key))
    return named.sort().join() !== [...newest.keyIds].sort().join()
  }
}

/** Made by a clock that was wrong: nobody takes such a document. */
function isAhead({ issuedAt }: Epoch, now: number): boolean {
  return issuedAt > now + MAX_CLOCK_SKEW
}
