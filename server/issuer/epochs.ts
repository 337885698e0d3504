import { ARITY } from '../../core/tree.ts'
import { SHARD_LEVELS } from '../../core/sorted-set.ts'
import type { SetShard, SortedSet } from '../../core/sorted-set.ts'
import type { MonthStatistics } from './statistics.ts'
import type { IssuerQuery, IssuerTransaction } from './store.ts'

// Published epochs, and the shards of the sets that their documents name.

/** When a document begins and ends, seconds since 1970-01-01 UTC. */
export interface EpochFacts {
  readonly epoch: number
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface Epoch extends EpochFacts {
  /** Compact JWS. */
  readonly document: string
  /** The keys that the document names. */
  readonly keyIds: readonly string[]
  /** As they were when the document was made. */
  readonly statistics: readonly MonthStatistics[]
}

/** Shards of one set. */
export const SHARDS = 8 ** SHARD_LEVELS

/**
 * Seconds for which shards stay after the last document that names their set: trust lists are made
 * of documents that were good then, and holders prove against them a while longer.
 */
const SHARD_MARGIN = 7 * 86_400

export async function newestEpoch(query: IssuerQuery): Promise<Epoch | undefined> {
  const row = await query
    .selectFrom('issuer_epochs')
    .selectAll()
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && epochOf(row)
}

export async function findEpoch(query: IssuerQuery, epoch: number): Promise<Epoch | undefined> {
  const row = await query
    .selectFrom('issuer_epochs')
    .selectAll()
    .where('epoch', '=', epoch)
    .executeTakeFirst()
  return row && epochOf(row)
}

/** Newest first. */
export async function listEpochs(query: IssuerQuery): Promise<readonly EpochFacts[]> {
  const rows = await query
    .selectFrom('issuer_epochs')
    .select(['epoch', 'issued_at', 'expires_at'])
    .orderBy('epoch', 'desc')
    .execute()
  return rows.map((row) => ({
    epoch: row.epoch,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  }))
}

/** A shard as JSON text. */
export async function findShard(
  query: IssuerQuery,
  root: bigint,
  prefix: number,
): Promise<string | undefined> {
  const row = await query
    .selectFrom('issuer_shards')
    .select('content')
    .where('root', '=', String(root))
    .where('first_prefix', '<=', prefix)
    .where('last_prefix', '>=', prefix)
    .executeTakeFirst()
  return row?.content
}

/** Writes an epoch; sets that were there before are left as they are. */
export async function recordEpoch(
  transaction: IssuerTransaction,
  { epoch, document, keyIds, issuedAt, expiresAt, statistics }: Epoch,
  sets: ReadonlyMap<bigint, SortedSet>,
): Promise<void> {
  await transaction
    .insertInto('issuer_epochs')
    .values({
      epoch,
      document,
      key_ids: keyIds.join(' '),
      statistics: JSON.stringify(statistics),
      issued_at: issuedAt,
      expires_at: expiresAt,
    })
    .execute()
  for (const [root, set] of sets) {
    await transaction
      .insertInto('issuer_epoch_roots')
      .values({ epoch, root: String(root) })
      .execute()
    if ((await findShard(transaction, root, 0)) !== undefined) continue
    const rows = [...distinctShards(set)].map((shard) => shardRow(root, shard))
    await transaction.insertInto('issuer_shards').values(rows).execute()
  }
}

/** Removes the shards of sets that no document names any more. */
export async function pruneShards(transaction: IssuerTransaction, now: number): Promise<void> {
  const named = transaction
    .selectFrom('issuer_epoch_roots')
    .innerJoin('issuer_epochs', 'issuer_epochs.epoch', 'issuer_epoch_roots.epoch')
    .select('issuer_epoch_roots.root')
    .where('issuer_epochs.expires_at', '>', now - SHARD_MARGIN)
  await transaction.deleteFrom('issuer_shards').where('root', 'not in', named).execute()
}

/** All shards of a set, by prefix. */
export function* shardsOf(set: SortedSet): Generator<readonly [prefix: number, shard: SetShard]> {
  for (let prefix = 0; prefix < SHARDS; prefix++) yield [prefix, set.shard(prefix)]
}

/** Every shard once, although a sparse one answers for several prefixes. */
function* distinctShards(set: SortedSet): Generator<SetShard> {
  for (let prefix = 0; prefix < SHARDS;) {
    const shard = set.shard(prefix)
    yield shard
    prefix += width(shard)
  }
}

function shardRow(
  root: bigint,
  shard: SetShard,
): { root: string; first_prefix: number; last_prefix: number; content: string } {
  const first = shard.prefix * width(shard)
  return {
    root: String(root),
    first_prefix: first,
    last_prefix: first + width(shard) - 1,
    content: JSON.stringify(shard),
  }
}

/** How many prefixes a shard covers. */
function width({ shardLevels }: SetShard): number {
  return ARITY ** (SHARD_LEVELS - shardLevels)
}

function epochOf(row: {
  readonly epoch: number
  readonly document: string
  readonly key_ids: string
  readonly statistics: string
  readonly issued_at: number
  readonly expires_at: number
}): Epoch {
  return {
    epoch: row.epoch,
    document: row.document,
    keyIds: row.key_ids.split(' '),
    statistics: JSON.parse(row.statistics) as readonly MonthStatistics[],
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
  }
}
