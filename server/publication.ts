import type { Point } from '../core/eddsa.ts'
import { schemaHash } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import { REVOCATION_SHAPE, SHARD_LEVELS, SortedSet } from '../core/sorted-set.ts'
import type { SetShard } from '../core/sorted-set.ts'
import { signStatus } from '../core/status.ts'
import type { StatusDocument } from '../core/status.ts'
import type { IssuerStore } from './issuer-store.ts'

/** Who publishes, and with which key it signs documents (P-256). */
export interface Publisher {
  readonly issuer: string
  readonly keys: readonly { readonly key: Point; readonly schema: Schema }[]
  readonly store: IssuerStore
  readonly documentKey: CryptoKey
}

/** What an issuer publishes for one epoch; nothing in it depends on who reads it. */
export interface Publication {
  readonly status: StatusDocument
  /** The status, signed: a compact JWS. */
  readonly document: string
  /** The revoked numbers, by schema id. */
  readonly sets: ReadonlyMap<string, SortedSet>
}

/** Shards of one set. */
export const SHARDS = 8 ** SHARD_LEVELS

/**
 * Makes the next epoch of an issuer.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @param validFor - Seconds until the document must be replaced.
 * @throws ZerocardError with `SET_FULL` if a bucket of revoked numbers overflows.
 */
export async function makePublication(
  publisher: Publisher,
  now: number,
  validFor: number,
): Promise<Publication> {
  const { issuer, store, documentKey } = publisher
  const sets = new Map<string, SortedSet>()
  for (const { schema } of publisher.keys) {
    sets.set(schema.id, SortedSet.from(REVOCATION_SHAPE, await store.revokedNumbers(schema.id)))
  }
  const keys = publisher.keys.map(({ key, schema }) => {
    const { root, size } = sets.get(schema.id) as SortedSet
    const hash = schemaHash(schema)
    return { key, schema: schema.id, schemaHash: hash, revocationRoot: root, revoked: size }
  })
  const epoch = await store.nextEpoch()
  const status = { issuer, epoch, issuedAt: now, expiresAt: now + validFor, keys }
  return { status, document: await signStatus(status, documentKey), sets }
}

/** All shards of a set, by prefix. */
export function* shardsOf(set: SortedSet): Generator<readonly [prefix: number, shard: SetShard]> {
  for (let prefix = 0; prefix < SHARDS; prefix++) yield [prefix, set.shard(prefix)]
}
