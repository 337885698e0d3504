import { ZerocardError } from '../../core/errors.ts'
import type { AcceptedRoot } from '../../core/verify.ts'
import { openDatabase } from '../storage/database.ts'
import type { Database } from '../storage/database.ts'
import { sessionFromRow, sessionToRow } from './session.ts'
import type { Session } from './session.ts'
import { addDeliveries, consumeNonce, isBanned, recordUse, reject } from './settlement.ts'
import type { Ending, ScopedName, Settlement, SettlementOutcome } from './settlement.ts'
import { VERIFIER_COMPONENT } from './tables.ts'
import type { PolicyRow, VerifierTables } from './tables.ts'

/** Answers that may be refused before a session is. */
export const MAX_ATTEMPTS = 3

/** A verifier's memory. Every method is one atomic step, also between processes. */
export class VerifierStore {
  readonly #database: Database<VerifierTables>

  constructor(database: Database<VerifierTables>) {
    this.#database = database
  }

  /**
   * Opens a verifier's memory.
   *
   * @param url - `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
   * @throws ZerocardError with `CONFIG_INVALID` or `DATABASE_INVALID`.
   */
  static async open(url: string): Promise<VerifierStore> {
    return new VerifierStore(await openDatabase<VerifierTables>(url, VERIFIER_COMPONENT))
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  /**
   * Keeps a policy under its id. One that was never asked may be replaced.
   *
   * @throws ZerocardError with `CONFLICT` if another one of this id was asked before.
   */
  async putPolicy(row: Omit<PolicyRow, 'used_at'>): Promise<void> {
    const { id, hash, policy, schemas } = row
    const kept = await this.#database.query
      .insertInto('verifier_policies')
      .values({ ...row, used_at: null })
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet({ hash, policy, schemas })
          // The same hash with other bytes: titles, which mean nothing to a proof.
          .where((row) =>
            row.or([
              row('verifier_policies.used_at', 'is', null),
              row('verifier_policies.hash', '=', hash),
            ]),
          ),
      )
      .returning('id')
      .executeTakeFirst()
    if (kept === undefined) throw policyConflict(id)
  }

  async findPolicy(id: string): Promise<PolicyRow | undefined> {
    return this.#database.query
      .selectFrom('verifier_policies')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst()
  }

  /**
   * Keeps a new session; its policy does not change any more.
   *
   * @param isUsed - Whether the policy is known to have been used, which then is not written again.
   * @throws ZerocardError with `CONFLICT` if the policy is no longer the one the session names.
   */
  async addSession(session: Session, isUsed = false): Promise<void> {
    const row = sessionToRow(session)
    if (isUsed) {
      await this.#database.query.insertInto('verifier_sessions').values(row).execute()
      return
    }
    await this.#database.transact(async (transaction) => {
      const policy = await transaction
        .updateTable('verifier_policies')
        .set((row) => ({ used_at: row.fn.coalesce('used_at', row.val(session.createdAt)) }))
        .where('id', '=', session.policy)
        .where('hash', '=', session.policyHash)
        .returning('id')
        .executeTakeFirst()
      if (policy === undefined) throw policyConflict(session.policy)
      await transaction.insertInto('verifier_sessions').values(row).execute()
    })
  }

  async findSession(id: string): Promise<Session | undefined> {
    return (await this.findSessions([id]))[0]
  }

  /** @param code - As `parseShortCode` gives it. */
  async findSessionByCode(code: string): Promise<Session | undefined> {
    const row = await this.#database.query
      .selectFrom('verifier_sessions')
      .selectAll()
      .where('short_code', '=', code)
      .executeTakeFirst()
    return row === undefined ? undefined : sessionFromRow(row)
  }

  /** In no order; ids that are unknown are left out. */
  async findSessions(ids: readonly string[]): Promise<Session[]> {
    const rows = await this.#database.query
      .selectFrom('verifier_sessions')
      .selectAll()
      .where('id', 'in', ids)
      .execute()
    return rows.map(sessionFromRow)
  }

  /**
   * Consumes the session's nonce and records the name and the result, all or nothing, so that of
   * two equal presentations that arrive at once exactly one is accepted.
   */
  async settle(settlement: Settlement): Promise<SettlementOutcome> {
    return this.#database.transact(async (transaction): Promise<SettlementOutcome> => {
      const { sessionId, name, deliveries = [] } = settlement
      if (!(await consumeNonce(transaction, settlement))) return 'nonce-used'
      const isReturning = name !== undefined && (await recordUse(transaction, settlement, name))
      if (isReturning) {
        await transaction
          .updateTable('verifier_sessions')
          .set({ is_returning: 1 })
          .where('id', '=', sessionId)
          .execute()
      }
      await addDeliveries(transaction, deliveries)
      return isReturning ? 'returning' : 'accepted'
    })
  }

  /** Whether a name would be refused now: for an early answer, decided again in {@link settle}. */
  async judgeName(
    { scope, pseudonym }: ScopedName,
    now: number,
  ): Promise<'banned' | 'used' | 'fresh'> {
    if (await isBanned(this.#database.query, { scope, pseudonym }, now)) return 'banned'
    const use = await this.#database.query
      .selectFrom('verifier_uses')
      .select('seen_at')
      .where('scope', '=', String(scope))
      .where('pseudonym', '=', String(pseudonym))
      .executeTakeFirst()
    return use === undefined ? 'fresh' : 'used'
  }

  /**
   * Counts a refused answer; the last one that is allowed ends the session.
   *
   * @returns Whether the session ended with this one.
   */
  async countAttempt({ sessionId, now, error, deliveries = [] }: Ending): Promise<boolean> {
    return this.#database.transact(async (transaction) => {
      const counted = await transaction
        .updateTable('verifier_sessions')
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), error }))
        .where('id', '=', sessionId)
        .where('status', '=', 'pending')
        .returning('attempts')
        .executeTakeFirst()
      if (counted === undefined || counted.attempts < MAX_ATTEMPTS) return false
      return reject(transaction, { sessionId, now, error, deliveries })
    })
  }

  /** Ends a session that the wallet does not answer. @returns Whether it was open. */
  async reject(ending: Ending): Promise<boolean> {
    return this.#database.transact((transaction) => reject(transaction, ending))
  }

  /** Keeps a root of a trust list; of a root that is known, the later time. */
  async addTrustRoot(list: string, { root, madeAt }: AcceptedRoot): Promise<void> {
    await this.#database.query
      .insertInto('verifier_trust_roots')
      .values({ list, root: String(root), made_at: madeAt })
      .onConflict((conflict) =>
        conflict
          .columns(['list', 'root'])
          .doUpdateSet({ made_at: madeAt })
          .where('verifier_trust_roots.made_at', '<', madeAt),
      )
      .execute()
  }

  /**
   * Forgets the roots of a list that is configured differently than before: whoever was taken off
   * it is not trusted any more, however long `freshness` is.
   *
   * @param source - Names the configuration of the list.
   */
  async useTrustSource(list: string, source: string): Promise<void> {
    await this.#database.transact(async (transaction) => {
      const changed = await transaction
        .insertInto('verifier_trust_sources')
        .values({ list, source })
        .onConflict((conflict) =>
          conflict
            .column('list')
            .doUpdateSet({ source })
            .where('verifier_trust_sources.source', '!=', source),
        )
        .returning('list')
        .executeTakeFirst()
      if (changed === undefined) return
      await transaction.deleteFrom('verifier_trust_roots').where('list', '=', list).execute()
    })
  }

  /** Newest first. */
  async trustRoots(list: string): Promise<readonly AcceptedRoot[]> {
    return (await this.trustRootsOf([list]))[list] ?? []
  }

  /** Roots of several lists, each newest first; lists without one are left out. */
  async trustRootsOf(
    lists: readonly string[],
  ): Promise<Readonly<Record<string, readonly AcceptedRoot[]>>> {
    if (lists.length === 0) return {}
    const rows = await this.#database.query
      .selectFrom('verifier_trust_roots')
      .selectAll()
      .where('list', 'in', lists)
      .orderBy('made_at', 'desc')
      .execute()
    const groups = Map.groupBy(rows, ({ list }) => list)
    return Object.fromEntries(
      Array.from(groups, ([list, group]) => [
        list,
        group.map(({ root, made_at }) => ({ root: BigInt(root), madeAt: made_at })),
      ]),
    )
  }

  /** The key of this name; the given one if there was none. */
  async keepKey(id: string, jwk: object, now: number): Promise<unknown> {
    await this.#database.query
      .insertInto('verifier_keys')
      .values({ id, jwk: JSON.stringify(jwk), created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const row = await this.#database.query
      .selectFrom('verifier_keys')
      .select('jwk')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return JSON.parse(row.jwk) as unknown
  }
}

function policyConflict(id: string): ZerocardError {
  return new ZerocardError(
    'CONFLICT',
    `another policy ${id} was asked before; give the new one a new version`,
  )
}
