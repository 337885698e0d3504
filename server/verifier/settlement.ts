import type { Transaction } from 'kysely'
import type { Day } from '../../core/dates.ts'
import { Rollback } from '../storage/database.ts'
import type { DeliveryRow, VerifierTables } from './tables.ts'

// The steps by which sessions end, each a part of one transaction of the store.

/** A holder's name in the scope of a policy. */
export interface ScopedName {
  readonly scope: bigint
  readonly pseudonym: bigint
}

/** What accepting an answer changes. Times are seconds since 1970-01-01 UTC. */
export interface Settlement {
  readonly sessionId: string
  readonly now: number
  readonly asOf: Day
  /** The holder's name, if the policy asks for one. */
  readonly name?: ScopedName & {
    /** Whether a name that was seen before is welcome. */
    readonly isRepeatable: boolean
  }
  /** Disclosed values, sealed. */
  readonly result?: string
  readonly responseCodeHash?: string
  /** Messages to send about it. */
  readonly deliveries?: readonly DeliveryRow[]
}

export type SettlementOutcome =
  | 'accepted'
  /** Accepted, and the name was seen before. */
  | 'returning'
  /** Nothing was changed: the session was answered before, or is unknown. */
  | 'nonce-used'
  /** Nothing was changed: the name was seen before and counts once. */
  | 'pseudonym-used'
  /** Nothing was changed: the name is banned. */
  | 'pseudonym-banned'

/** How a session ends without being verified. */
export interface Ending {
  readonly sessionId: string
  readonly now: number
  readonly error: string
  readonly deliveries?: readonly DeliveryRow[]
}

type Work = Transaction<VerifierTables>

export async function consumeNonce(transaction: Work, settlement: Settlement): Promise<boolean> {
  const { sessionId, now, asOf, name, result, responseCodeHash } = settlement
  const consumed = await transaction
    .updateTable('verifier_sessions')
    .set({
      status: 'verified',
      answered_at: now,
      ends_at: now,
      error: null,
      as_of: asOf,
      pseudonym: name === undefined ? null : String(name.pseudonym),
      is_returning: name === undefined ? null : 0,
      result: result ?? null,
      response_code_hash: responseCodeHash ?? null,
      encryption_key: null,
    })
    .where('id', '=', sessionId)
    .where('status', '=', 'pending')
    .returning('id')
    .executeTakeFirst()
  return consumed !== undefined
}

/** @returns Whether the name was seen before; rolls back if it is not welcome. */
export async function recordUse(
  transaction: Work,
  { now }: Settlement,
  name: NonNullable<Settlement['name']>,
): Promise<boolean> {
  if (await isBanned(transaction, name, now)) {
    throw new Rollback<SettlementOutcome>('pseudonym-banned')
  }
  const use = await transaction
    .insertInto('verifier_uses')
    .values({ scope: String(name.scope), pseudonym: String(name.pseudonym), seen_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning('seen_at')
    .executeTakeFirst()
  if (use !== undefined) return false
  if (!name.isRepeatable) throw new Rollback<SettlementOutcome>('pseudonym-used')
  return true
}

export async function isBanned(
  query: Pick<Work, 'selectFrom'>,
  { scope, pseudonym }: ScopedName,
  now: number,
): Promise<boolean> {
  const ban = await query
    .selectFrom('verifier_bans')
    .select('id')
    .where('scope', '=', String(scope))
    .where('pseudonym', '=', String(pseudonym))
    .where((row) => row.or([row('until', 'is', null), row('until', '>', now)]))
    .executeTakeFirst()
  return ban !== undefined
}

export async function reject(
  transaction: Work,
  { sessionId, now, error, deliveries = [] }: Ending,
): Promise<boolean> {
  const rejected = await transaction
    .updateTable('verifier_sessions')
    .set({
      status: 'rejected',
      answered_at: now,
      ends_at: now,
      error,
      encryption_key: null,
      result_key: null,
    })
    .where('id', '=', sessionId)
    .where('status', '=', 'pending')
    .returning('id')
    .executeTakeFirst()
  if (rejected !== undefined) await addDeliveries(transaction, deliveries)
  return rejected !== undefined
}

export async function addDeliveries(
  transaction: Work,
  deliveries: readonly DeliveryRow[],
): Promise<void> {
  if (deliveries.length === 0) return
  await transaction.insertInto('verifier_deliveries').values(deliveries).execute()
}
