import type { Database } from '../storage/database.ts'
import type { ScopedName } from './settlement.ts'
import type { VerifierTables } from './tables.ts'

/** A name that is refused in one scope; whose it is nobody knows. Times are seconds since 1970. */
export interface Ban extends ScopedName {
  readonly id: string
  /** The policy by which the scope was named; the ban holds for every policy of the scope. */
  readonly policy: string
  /** When it ends by itself; absent: never. */
  readonly until?: number
  /** For moderators. */
  readonly reason: string
  readonly createdAt: number
}

/** Bans a page of {@link BanList.list} has at most. */
export const BANS_PER_PAGE = 500

/** The bans of a verifier. {@link VerifierStore.settle} enforces them. */
export class BanList {
  readonly #database: Database<VerifierTables>

  constructor(database: Database<VerifierTables>) {
    this.#database = database
  }

  /** Bans a name; of one that is banned already, end and reason are replaced and the id stays. */
  async ban(ban: Ban): Promise<Ban> {
    const { until = null, reason } = ban
    const row = await this.#database.query
      .insertInto('verifier_bans')
      .values({
        id: ban.id,
        policy: ban.policy,
        scope: String(ban.scope),
        pseudonym: String(ban.pseudonym),
        until,
        reason,
        created_at: ban.createdAt,
      })
      .onConflict((conflict) =>
        conflict.columns(['scope', 'pseudonym']).doUpdateSet({ until, reason }),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
    return banFromRow(row)
  }

  /**
   * Bans that hold at `now`, in the order of their ids.
   *
   * @param after - The last id of the page before.
   */
  async list(now: number, after = ''): Promise<Ban[]> {
    const rows = await this.#database.query
      .selectFrom('verifier_bans')
      .selectAll()
      .where('id', '>', after)
      .where((row) => row.or([row('until', 'is', null), row('until', '>', now)]))
      .orderBy('id')
      .limit(BANS_PER_PAGE)
      .execute()
    return rows.map(banFromRow)
  }

  /** @returns Whether there was such a ban. */
  async lift(id: string): Promise<boolean> {
    const row = await this.#database.query
      .deleteFrom('verifier_bans')
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }
}

function banFromRow(row: VerifierTables['verifier_bans']): Ban {
  return {
    id: row.id,
    policy: row.policy,
    scope: BigInt(row.scope),
    pseudonym: BigInt(row.pseudonym),
    ...(row.until === null ? {} : { until: row.until }),
    reason: row.reason,
    createdAt: row.created_at,
  }
}
