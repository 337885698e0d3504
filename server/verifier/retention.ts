import { sql } from 'kysely'
import { dayFromUnixSeconds, isoFromDay } from '../../core/dates.ts'
import type { Database } from '../storage/database.ts'
import { addDeliveries } from './settlement.ts'
import type { CountRow, DeliveryRow, VerifierTables } from './tables.ts'

/** As long as the database is there: what `once` means. */
export const FOREVER = 'forever'

/** How long what is kept. Seconds. */
export interface Retention {
  /** Sessions and messages about them, from their end. */
  readonly sessions: number
  /** Names that were used, from their first use. */
  readonly uses: number | typeof FOREVER
  /** Roots of trust lists: as long as any policy accepts one. */
  readonly trustRoots: number
}

/** Sessions by the day they began, the policy and how they ended. */
export interface SessionCount {
  readonly day: string
  readonly policy: string
  readonly outcome: string
  readonly sessions: number
}

type VerifierDatabase = Database<VerifierTables>

/** Seconds. */
const DAY = 86_400
/** Both databases divide integers to integers. */
const unixDay = sql<number>`(created_at / ${sql.lit(DAY)})`

/** Rows in one transaction, so that nobody waits long for it. */
const BATCH = 500

/**
 * Deletes what has been kept long enough, and says of sessions nobody answered that they have ended.
 * Several processes may do it at once.
 *
 * @param announce - The messages to send about a session that expired.
 */
export async function sweep(
  database: VerifierDatabase,
  retention: Retention,
  now: number,
  announce: (session: ExpiredSession) => readonly DeliveryRow[] = () => [],
): Promise<void> {
  await inBatches(() => expire(database, now, announce))
  await inBatches(() => deleteSessions(database, now - retention.sessions))
  const { query } = database
  await query
    .deleteFrom('verifier_deliveries')
    .where('done_at', '<=', now - retention.sessions)
    .execute()
  // Of targets that are no longer configured: nobody sends these any more, nor gives them up.
  await query
    .deleteFrom('verifier_deliveries')
    .where('created_at', '<=', now - 2 * DAY)
    .execute()
  if (retention.uses !== FOREVER) {
    await query
      .deleteFrom('verifier_uses')
      .where('seen_at', '<=', now - retention.uses)
      .execute()
  }
  await query.deleteFrom('verifier_bans').where('until', '<=', now).execute()
  await query
    .deleteFrom('verifier_trust_roots')
    .where('made_at', '<', now - retention.trustRoots)
    .execute()
}

export interface ExpiredSession {
  readonly id: string
  readonly policy: string
  readonly flow: string
}

/** Forgets one session, now. @returns Whether there was one. */
export async function deleteSession(database: VerifierDatabase, id: string): Promise<boolean> {
  return database.transact(async (transaction) => {
    const rows = await transaction
      .deleteFrom('verifier_sessions')
      .where('id', '=', id)
      .returning(['created_at', 'policy', 'status'])
      .execute()
    await addCounts(transaction, rows)
    return rows.length > 0
  })
}

/** Counts of all sessions there ever were. */
export async function countSessions({ query }: VerifierDatabase): Promise<SessionCount[]> {
  const counts = new Counts()
  const gone = await query.selectFrom('verifier_counts').selectAll().execute()
  for (const { day, policy, outcome, sessions } of gone) counts.add(day, policy, outcome, sessions)
  const kept = await query
    .selectFrom('verifier_sessions')
    .select(({ fn }) => [
      unixDay.as('day'),
      'policy',
      'status',
      fn.countAll<number>().as('sessions'),
    ])
    .groupBy([unixDay, 'policy', 'status'])
    .execute()
  for (const { day, policy, status, sessions } of kept) {
    counts.add(dayFromUnixSeconds(day * DAY), policy, status, sessions)
  }
  return counts.rows().map(({ day, ...count }) => ({ day: isoFromDay(day), ...count }))
}

async function inBatches(work: () => Promise<number>): Promise<void> {
  while ((await work()) === BATCH);
}

async function expire(
  database: VerifierDatabase,
  now: number,
  announce: (session: ExpiredSession) => readonly DeliveryRow[],
): Promise<number> {
  return database.transact(async (transaction) => {
    const rows = await transaction
      .updateTable('verifier_sessions')
      .set({ status: 'expired', encryption_key: null, result_key: null })
      .where('id', 'in', (query) =>
        query
          .selectFrom('verifier_sessions')
          .select('id')
          .where('status', '=', 'pending')
          .where('ends_at', '<=', now)
          .limit(BATCH),
      )
      .where('status', '=', 'pending')
      .returning(['id', 'policy', 'flow'])
      .execute()
    await addDeliveries(transaction, rows.flatMap(announce))
    return rows.length
  })
}

async function deleteSessions(database: VerifierDatabase, until: number): Promise<number> {
  return database.transact(async (transaction) => {
    const rows = await transaction
      .deleteFrom('verifier_sessions')
      .where('id', 'in', (query) =>
        query
          .selectFrom('verifier_sessions')
          .select('id')
          .where('status', 'in', ['verified', 'rejected', 'expired'])
          .where('ends_at', '<=', until)
          .limit(BATCH),
      )
      .returning(['created_at', 'policy', 'status'])
      .execute()
    await addCounts(transaction, rows)
    return rows.length
  })
}

async function addCounts(
  transaction: Pick<VerifierDatabase['query'], 'insertInto'>,
  rows: readonly {
    readonly created_at: number
    readonly policy: string
    readonly status: string
  }[],
): Promise<void> {
  const counts = new Counts()
  for (const { created_at, policy, status } of rows) {
    counts.add(dayFromUnixSeconds(created_at), policy, status, 1)
  }
  for (const row of counts.rows()) {
    await transaction
      .insertInto('verifier_counts')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['day', 'policy', 'outcome']).doUpdateSet((known) => ({
          sessions: known('verifier_counts.sessions', '+', row.sessions),
        })),
      )
      .execute()
  }
}

class Counts {
  readonly #rows = new Map<string, CountRow>()

  /** @param status - Of the session; one that is open counts as `pending`. */
  add(day: number, policy: string, status: string, sessions: number): void {
    const key = `${day} ${policy} ${status}`
    const known = this.#rows.get(key)?.sessions ?? 0
    this.#rows.set(key, { day, policy, outcome: status, sessions: known + sessions })
  }

  /** Always in one order, so that transactions that write them cannot wait for each other. */
  rows(): CountRow[] {
    return [...this.#rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }
}
