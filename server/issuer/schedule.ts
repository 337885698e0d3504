import { ZerocardError } from '../../core/errors.ts'
import { MAX_CLOCK_SKEW } from '../../core/status.ts'
import { newestEpoch } from './epochs.ts'
import type { Epoch } from './epochs.ts'
import { keyIdOf } from './issued.ts'
import type { PublishedKey, Publication, Publisher } from './publisher.ts'
import type { IssuerStore } from './store.ts'
import { UNGUARDED } from './witnessed.ts'
import type { PublishingGuard } from './witnessed.ts'

/** Decides when an epoch is due. */
export class PublishingSchedule {
  readonly #store: IssuerStore
  readonly #publisher: Publisher
  readonly #times: { readonly publishEvery: number; readonly validFor: number }
  readonly #clock: () => number
  readonly #guard: PublishingGuard

  constructor(
    store: IssuerStore,
    publisher: Publisher,
    times: { readonly publishEvery: number; readonly validFor: number },
    clock: () => number,
    guard = UNGUARDED,
  ) {
    this.#store = store
    this.#publisher = publisher
    this.#times = times
    this.#clock = clock
    this.#guard = guard
  }

  /** @throws ZerocardError with `UNAVAILABLE` while nothing must be published. */
  async assertMayPublish(): Promise<void> {
    await this.#guard.assertWhole()
  }

  /** Makes an epoch now. @throws As {@link assertMayPublish}. */
  async publish(): Promise<Publication> {
    await this.assertMayPublish()
    return this.#publisher.publish(this.#clock(), this.#times.validFor)
  }

  /**
   * Makes an epoch if there is none, the newest is old, or names other keys than there are.
   *
   * @throws As {@link assertMayPublish}.
   */
  async publishIfDue(): Promise<Publication | undefined> {
    await this.assertMayPublish()
    const now = this.#clock()
    return this.#publisher.publishIf(
      (newest, keys) => this.#isDue(newest, keys, now),
      now,
      this.#times.validFor,
    )
  }

  /**
   * @throws ZerocardError with `UNAVAILABLE` while there is no status document that is valid, or the
   *   newest is known not to be the one that the world has seen.
   */
  async assertPublished(): Promise<void> {
    if (this.#guard.refusal !== undefined) throw this.#guard.refusal
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
