import { ZerocardError } from '../../core/errors.ts'
import { credentialOf } from './issued.ts'
import type { IssuedCredential } from './issued.ts'
import { withdrawOffers } from './offers.ts'
import type { IssuerStore, IssuerTransaction } from './store.ts'
import { lockPerson } from './tags.ts'

/** Which credentials to take back: a person's, of one schema or all, or one by its number. */
export type RevocationOrder =
  | { readonly subject: string; readonly schema?: string | undefined }
  | {
      readonly number: bigint
      readonly schema: string
      readonly keyId?: string | undefined
    }

/**
 * Takes credentials back; it takes effect with the next epoch. With a person's, their open offers
 * are taken back as well.
 *
 * @returns Those that were good until now.
 * @throws ZerocardError with `NOT_FOUND` if there are none of this description, `CONFLICT` if two
 *   keys have given out the number.
 */
export async function revoke(
  store: IssuerStore,
  order: RevocationOrder,
  now: number,
): Promise<readonly IssuedCredential[]> {
  return 'number' in order ? revokeNumber(store, order, now) : revokePerson(store, order, now)
}

async function revokeNumber(
  store: IssuerStore,
  { number, schema, keyId }: Extract<RevocationOrder, { readonly number: bigint }>,
  now: number,
): Promise<readonly IssuedCredential[]> {
  const all = await store.listByNumber(schema, number)
  const [meant, other] = all.filter((one) => keyId === undefined || one.keyId === keyId)
  if (meant === undefined) throw new ZerocardError('NOT_FOUND', 'there is no such credential')
  if (other !== undefined) {
    throw new ZerocardError('CONFLICT', 'two keys gave out this number: say which key is meant')
  }
  const isNew = await store.revoke(meant.keyId, number, now)
  return isNew ? [{ ...meant, revokedAt: now }] : []
}

async function revokePerson(
  store: IssuerStore,
  { subject, schema }: Extract<RevocationOrder, { readonly subject: string }>,
  now: number,
): Promise<readonly IssuedCredential[]> {
  return store.database.transact(async (transaction) => {
    // First: a request that is being granted now has to be waited for, or to come too late.
    const withdrawn = await withdrawOffers(transaction, subject, schema)
    await lockPerson(transaction, subject)
    const update = transaction
      .updateTable('issuer_credentials')
      .set({ revoked_at: now })
      .where('subject', '=', subject)
      .where('revoked_at', 'is', null)
    const meant = schema === undefined ? update : update.where('schema', '=', schema)
    const revoked = (await meant.returningAll().execute()).map(credentialOf)
    const isNothing = withdrawn === 0 && revoked.length === 0
    if (isNothing && !(await isKnown(transaction, subject, schema))) {
      throw new ZerocardError('NOT_FOUND', 'there is no such credential')
    }
    return revoked
  })
}

async function isKnown(
  transaction: IssuerTransaction,
  subject: string,
  schema: string | undefined,
): Promise<boolean> {
  const own = transaction
    .selectFrom('issuer_credentials')
    .select('commitment')
    .where('subject', '=', subject)
  const meant = schema === undefined ? own : own.where('schema', '=', schema)
  return (await meant.executeTakeFirst()) !== undefined
}
