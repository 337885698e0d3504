import { REVOCATION_SHAPE } from '../../core/sorted-set.ts'
import type { SortedSet } from '../../core/sorted-set.ts'
import { buildSet } from './set-threads.ts'
import type { IssuerQuery } from './store.ts'

interface KnownSet {
  readonly set: SortedSet
  readonly numbers: ReadonlySet<bigint>
  /** Of the revocations in the set, seconds since 1970-01-01 UTC. */
  readonly latest: number
}

/**
 * Seconds before the latest known revocation in which another may still turn up: it was written by
 * a transaction that took longer, or by a machine whose clock is behind. A number that turns up
 * later than that is found as well, since the counts differ.
 */
const OVERLAP = 600

/**
 * The sets of revoked numbers, by key. What was read before is kept, so that a new epoch costs what
 * has changed.
 */
export class RevokedSets {
  readonly #known = new Map<string, KnownSet>()

  /** The set as the database has it now. The same numbers give the same object. */
  async read(query: IssuerQuery, keyId: string): Promise<SortedSet> {
    const before = this.#known.get(keyId)
    const count = await countRevoked(query, keyId)
    const known =
      (before && (await extended(query, keyId, before, count))) ?? (await readAll(query, keyId))
    this.#known.set(keyId, known)
    return known.set
  }
}

async function extended(
  query: IssuerQuery,
  keyId: string,
  known: KnownSet,
  count: number,
): Promise<KnownSet | undefined> {
  const rows = await revoked(query, keyId, known.latest - OVERLAP)
  const added = rows.filter(({ number }) => !known.numbers.has(number))
  if (known.set.size + added.length !== count) return undefined
  if (added.length === 0) return known
  const numbers = added.map(({ number }) => number)
  return {
    set: known.set.insertAll(numbers),
    numbers: new Set([...known.numbers, ...numbers]),
    latest: latestOf(added, known.latest),
  }
}

async function readAll(query: IssuerQuery, keyId: string): Promise<KnownSet> {
  const rows = await revoked(query, keyId, 0)
  const numbers = new Set(rows.map(({ number }) => number))
  const set = await buildSet(REVOCATION_SHAPE, [...numbers])
  return { set, numbers, latest: latestOf(rows, 0) }
}

async function revoked(
  query: IssuerQuery,
  keyId: string,
  since: number,
): Promise<{ readonly number: bigint; readonly at: number }[]> {
  const rows = await query
    .selectFrom('issuer_credentials')
    .select(['revocation_id', 'revoked_at'])
    .where('key_id', '=', keyId)
    .where('revoked_at', '>=', since)
    .execute()
  return rows.map((row) => ({ number: BigInt(row.revocation_id), at: row.revoked_at ?? 0 }))
}

async function countRevoked(query: IssuerQuery, keyId: string): Promise<number> {
  const { count } = await query
    .selectFrom('issuer_credentials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('key_id', '=', keyId)
    .where('revoked_at', 'is not', null)
    .executeTakeFirstOrThrow()
  return count
}

function latestOf(rows: readonly { readonly at: number }[], start: number): number {
  return rows.reduce((latest, { at }) => Math.max(latest, at), start)
}
