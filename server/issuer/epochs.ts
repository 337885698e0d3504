import { ARITY } from '../../core/tree.ts'
import { SHARD_LEVELS, WHOLE_SET_SIZE } from '../../core/sorted-set.ts'
import type { SetShard, SortedSet } from '../../core/sorted-set.ts'
import { ZerocardError } from '../../core/errors.ts'
import { addLeaf, EMPTY_LOG } from '../../core/log.ts'
import type { LogFrontier, LogHash, LogWindow } from '../../core/log.ts'
import { LOG_TILE, documentHash } from '../../core/status-log.ts'
import type { MonthStatistics } from './statistics.ts'
import type { IssuerQuery, IssuerTransaction } from './store.ts'

// Published epochs, and the sets that their documents name, whole and in shards.

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
  /** Absent for documents that were made before there was a log: no reader takes them. */
  readonly isInLog?: boolean
}

/** Shards of one set. */
export const SHARDS = 8 ** SHARD_LEVELS

/**
 * Seconds for which sets stay after the last document that names their set: trust lists are made
 * of documents that were good then, and holders prove against them a while longer.
 */
const SET_MARGIN = 7 * 86_400

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

/** A whole set as JSON text; undefined for one that is published in shards alone. */
export async function findSet(query: IssuerQuery, root: bigint): Promise<string | undefined> {
  const row = await query
    .selectFrom('issuer_sets')
    .select('content')
    .where('root', '=', String(root))
    .executeTakeFirst()
  return row?.content
}

/**
 * Writes an epoch; sets that were there before are left as they are.
 *
 * @param log - Of the documents before, as {@link logOf} gives it in the same transaction.
 */
export async function recordEpoch(
  transaction: IssuerTransaction,
  { epoch, document, keyIds, issuedAt, expiresAt, statistics }: Epoch,
  sets: ReadonlyMap<bigint, SortedSet>,
  log: LogFrontier,
): Promise<void> {
  await transaction
    .insertInto('issuer_epochs')
    .values({
      epoch,
      ...logColumns(addLeaf(log, documentHash(document)), document),
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
    await recordSet(transaction, root, set)
  }
}

async function recordSet(
  transaction: IssuerTransaction,
  root: bigint,
  set: SortedSet,
): Promise<void> {
  if (set.size <= WHOLE_SET_SIZE && (await findSet(transaction, root)) === undefined) {
    const row = { root: String(root), content: JSON.stringify(set.publish()) }
    await transaction.insertInto('issuer_sets').values(row).execute()
  }
  if ((await findShard(transaction, root, 0)) !== undefined) return
  const rows = [...distinctShards(set)].map((shard) => shardRow(root, shard))
  await transaction.insertInto('issuer_shards').values(rows).execute()
}

/**
 * The log of all documents so far. Documents of a database that was made before there was a log are
 * put into it here, so that this is a step of the transaction that adds the next.
 *
 * @throws ZerocardError with `DATABASE_INVALID` if one of them is missing.
 */
export async function logOf(transaction: IssuerTransaction): Promise<LogFrontier> {
  const last = await transaction
    .selectFrom('issuer_epochs')
    .select(['epoch', 'peaks'])
    .where('peaks', 'is not', null)
    .orderBy('epoch', 'desc')
    .limit(1)
    .executeTakeFirst()
  let log = frontierOf(last)
  const rest = await transaction
    .selectFrom('issuer_epochs')
    .select(['epoch', 'document'])
    .where('epoch', '>', log.size)
    .orderBy('epoch')
    .execute()
  for (const { epoch, document } of rest) {
    // Signed, a log with a gap would be another one than the world has seen, for ever.
    if (epoch !== log.size + 1) {
      throw new ZerocardError('DATABASE_INVALID', `epoch ${String(log.size + 1)} is not there`)
    }
    log = addLeaf(log, documentHash(document))
    const columns = logColumns(log, document)
    await transaction.updateTable('issuer_epochs').set(columns).where('epoch', '=', epoch).execute()
  }
  return log
}

/** A part of the log, as far as there is one: {@link LOG_TILE} documents. */
export async function findTile(query: IssuerQuery, tile: number): Promise<LogWindow | undefined> {
  const first = tile * LOG_TILE + 1
  const rows = await query
    .selectFrom('issuer_epochs')
    .select(['epoch', 'leaf', 'peaks'])
    .where('epoch', '>=', first - 1)
    .where('epoch', '<', first + LOG_TILE)
    .where('leaf', 'is not', null)
    .orderBy('epoch')
    .execute()
  const leaves = rows.flatMap(({ epoch, leaf }): LogHash[] => (epoch < first ? [] : [leaf ?? '']))
  const before = rows.find(({ epoch }) => epoch === first - 1)
  return leaves.length === 0 ? undefined : { base: frontierOf(before), leaves }
}

function frontierOf(
  row: { readonly epoch: number; readonly peaks: string | null } | undefined,
): LogFrontier {
  if (row === undefined) return EMPTY_LOG
  return { size: row.epoch, peaks: JSON.parse(row.peaks ?? '[]') as LogHash[] }
}

function logColumns(log: LogFrontier, document: string): { leaf: string; peaks: string } {
  return { leaf: documentHash(document), peaks: JSON.stringify(log.peaks) }
}

/** Removes sets that no document names any more. */
export async function pruneSets(transaction: IssuerTransaction, now: number): Promise<void> {
  const named = transaction
    .selectFrom('issuer_epoch_roots')
    .innerJoin('issuer_epochs', 'issuer_epochs.epoch', 'issuer_epoch_roots.epoch')
    .select('issuer_epoch_roots.root')
    .where('issuer_epochs.expires_at', '>', now - SET_MARGIN)
  for (const table of ['issuer_shards', 'issuer_sets'] as const) {
    await transaction.deleteFrom(table).where('root', 'not in', named).execute()
  }
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
  readonly leaf: string | null
}): Epoch {
  return {
    epoch: row.epoch,
    document: row.document,
    keyIds: row.key_ids.split(' '),
    statistics: JSON.parse(row.statistics) as readonly MonthStatistics[],
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    ...(row.leaf === null ? {} : { isInLog: true }),
  }
}
