import { ZerocardError } from '../../core/errors.ts'
import type { Point } from '../../core/eddsa.ts'
import { logRoot } from '../../core/log.ts'
import { schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { SortedSet } from '../../core/sorted-set.ts'
import { MAX_CLOCK_SKEW, MAX_STATUS_BYTES, signStatus } from '../../core/status.ts'
import type { StatusDocument } from '../../core/status.ts'
import { Rollback } from '../storage/database.ts'
import { logOf, newestEpoch, pruneSets, recordEpoch } from './epochs.ts'
import type { Epoch } from './epochs.ts'
import { keyIdOf } from './issued.ts'
import { RevokedSets } from './revoked-sets.ts'
import { monthlyStatistics } from './statistics.ts'
import { holdLock } from './store.ts'
import type { IssuerQuery, IssuerStore, IssuerTransaction } from './store.ts'

/** A key that status documents name, with the schema it signs. */
export interface PublishedKey {
  readonly key: Point
  readonly schema: Schema
}

export interface PublisherOptions {
  readonly store: IssuerStore
  /** The keys, or where to ask for those of a moment (seconds since 1970-01-01 UTC). */
  readonly keys:
    | readonly PublishedKey[]
    | ((query: IssuerQuery, now: number) => Promise<readonly PublishedKey[]>)
  /** Signs documents (P-256). */
  readonly documentKey: CryptoKey
}

/** What an issuer publishes for one epoch; nothing in it depends on who reads it. */
export interface Publication {
  readonly status: StatusDocument
  /** The status, signed: a compact JWS. */
  readonly document: string
  /** The revoked numbers of every key in the document, by root. */
  readonly sets: ReadonlyMap<bigint, SortedSet>
}

/** Says whether an epoch is wanted, knowing the newest one and the keys that are to be named. */
export type IsDue = (newest: Epoch | undefined, keys: readonly PublishedKey[]) => boolean

/**
 * Makes epochs. Any number of publishers may work for one issuer: epochs are made one after the
 * other, each whole or not at all.
 */
export class Publisher {
  readonly #store: IssuerStore
  readonly #keys: (query: IssuerQuery, now: number) => Promise<readonly PublishedKey[]>
  readonly #documentKey: CryptoKey
  readonly #sets = new RevokedSets()

  constructor({ store, keys, documentKey }: PublisherOptions) {
    this.#store = store
    this.#keys = typeof keys === 'function' ? keys : () => Promise.resolve(keys)
    this.#documentKey = documentKey
  }

  /**
   * Makes the next epoch.
   *
   * @param now - Seconds since 1970-01-01 UTC.
   * @param validFor - Seconds until the document must be replaced.
   * @throws ZerocardError with `SET_FULL` if a bucket of revoked numbers overflows.
   */
  async publish(now: number, validFor: number): Promise<Publication> {
    const publication = await this.publishIf(() => true, now, validFor)
    if (publication === undefined) throw new TypeError('an epoch is always due here')
    return publication
  }

  /** Makes the next epoch if it is due by then; of several that ask at once, one makes it. */
  async publishIf(isDue: IsDue, now: number, validFor: number): Promise<Publication | undefined> {
    const { database } = this.#store
    const keys = await this.#keys(database.query, now)
    if (!isDue(await newestEpoch(database.query), keys)) return undefined
    // The long part of the work is done before anybody has to wait for it.
    await this.#readSets(database.query, keys)
    return database.transact((transaction) => this.#publish(transaction, isDue, now, validFor))
  }

  async #publish(
    transaction: IssuerTransaction,
    isDue: IsDue,
    now: number,
    validFor: number,
  ): Promise<Publication> {
    await holdLock(transaction)
    const newest = await newestEpoch(transaction)
    const keys = await this.#keys(transaction, now)
    if (!isDue(newest, keys)) throw new Rollback(undefined)
    const read = await this.#readSets(transaction, keys)
    // A clock that was set back must not make a new document look older than the one before.
    // One that was far ahead is left behind: readers refuse what it says of the future.
    const before = newest?.issuedAt ?? 0
    const issuedAt = before > now + MAX_CLOCK_SKEW ? now : Math.max(now, before)
    const log = await logOf(transaction)
    const status: StatusDocument = {
      issuer: this.#store.issuer,
      epoch: (newest?.epoch ?? 0) + 1,
      issuedAt,
      expiresAt: issuedAt + validFor,
      log: logRoot(log),
      keys: read.map(({ key, schema, set }) => ({
        key,
        schema: schema.id,
        schemaHash: schemaHash(schema),
        revocationRoot: set.root,
        revoked: set.size,
      })),
    }
    const document = await signStatus(status, this.#documentKey)
    if (document.length > MAX_STATUS_BYTES) {
      throw new ZerocardError('STATUS_INVALID', 'too many keys for one status document')
    }
    const sets = new Map(read.map(({ set }) => [set.root, set]))
    const statistics = await monthlyStatistics(transaction)
    const keyIds = keys.map(({ key }) => keyIdOf(key))
    await recordEpoch(transaction, { ...status, document, statistics, keyIds }, sets, log)
    await pruneSets(transaction, now)
    return { status, document, sets }
  }

  async #readSets(
    query: IssuerQuery,
    keys: readonly PublishedKey[],
  ): Promise<readonly (PublishedKey & { readonly set: SortedSet })[]> {
    const read: (PublishedKey & { set: SortedSet })[] = []
    for (const one of keys) {
      read.push({ ...one, set: await this.#sets.read(query, keyIdOf(one.key)) })
    }
    return read
  }
}
