import { randomUUID } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'
import { makeOffer, withdrawOffers } from './offers.ts'
import type { NewOffer } from './offers.ts'
import { lockRecord } from './people.ts'
import type { IssuerStore, IssuerTransaction } from './store.ts'
import { lockPerson, retireTag } from './tags.ts'

// Whoever loses their secret loses their names with every site, too, and gets new ones: a way
// around "once per person". So it is rare, counted in public, and leaves nothing of the old behind.

export interface RecoveryTerms {
  /** Seconds that must lie between two recoveries of one person. */
  readonly recoverAfter: number
  readonly offerLifetime: number
}

export interface Recovery {
  readonly offer: NewOffer
  /** How many credentials were good until now. */
  readonly revoked: number
}

/**
 * Gives a person the right to a new secret: revokes all credentials, retires the old secret's tag,
 * takes back open offers and makes a new one. All of it or nothing.
 *
 * @throws ZerocardError with `NOT_FOUND` if there is no record to offer, `CONFLICT` for a person
 *   who has no secret, `RECOVERY_LIMITED` if the last recovery is not long ago.
 */
export async function recover(
  store: IssuerStore,
  person: { readonly subject: string; readonly schema: string },
  now: number,
  { recoverAfter, offerLifetime }: RecoveryTerms,
): Promise<Recovery> {
  return store.database.transact(async (transaction) => {
    const { subject, schema } = person
    // In the order in which issuing takes its locks.
    if ((await lockRecord(transaction, subject, schema)) === undefined) {
      throw new ZerocardError('NOT_FOUND', 'there is no such record')
    }
    await withdrawOffers(transaction, subject)
    const tag = await lockPerson(transaction, subject)
    await assertAllowed(transaction, subject, now - recoverAfter)
    if (tag === undefined || tag === null) {
      throw new ZerocardError('CONFLICT', 'there is no secret to recover; an offer is enough')
    }
    await retireTag(transaction, subject, now)
    const revoked = await revokeAll(transaction, subject, now)
    await transaction
      .insertInto('issuer_recoveries')
      .values({ id: randomUUID(), subject, recovered_at: now })
      .execute()
    return { offer: await makeOffer(transaction, person, now, offerLifetime), revoked }
  })
}

async function assertAllowed(
  transaction: IssuerTransaction,
  subject: string,
  since: number,
): Promise<void> {
  const recent = await transaction
    .selectFrom('issuer_recoveries')
    .select('id')
    .where('subject', '=', subject)
    .where('recovered_at', '>', since)
    .executeTakeFirst()
  if (recent === undefined) return
  throw new ZerocardError('RECOVERY_LIMITED', 'the last recovery of this person is not long ago')
}

async function revokeAll(
  transaction: IssuerTransaction,
  subject: string,
  now: number,
): Promise<number> {
  const rows = await transaction
    .updateTable('issuer_credentials')
    .set({ revoked_at: now })
    .where('subject', '=', subject)
    .where('revoked_at', 'is', null)
    .returning('commitment')
    .execute()
  return rows.length
}
