import type { IssuerTransaction } from './store.ts'

/**
 * Makes a tag the one of a person, or finds that it is. The person's row stays locked until the
 * transaction ends, so two requests for one person come one after the other.
 */
export async function claimTag(
  transaction: IssuerTransaction,
  subject: string,
  tag: bigint,
): Promise<'claimed' | 'tag-differs' | 'tag-taken' | 'tag-retired'> {
  const text = String(tag)
  if (!(await takeTag(transaction, subject, text))) return 'tag-differs'
  await transaction
    .insertInto('issuer_tags')
    .values({ tag: text, subject, retired_at: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const owner = await transaction
    .selectFrom('issuer_tags')
    .select(['subject', 'retired_at'])
    .where('tag', '=', text)
    .executeTakeFirstOrThrow()
  if (owner.subject !== subject) return 'tag-taken'
  if (owner.retired_at !== null) return 'tag-retired'
  await transaction
    .updateTable('issuer_people')
    .set({ tag: text })
    .where('subject', '=', subject)
    .execute()
  return 'claimed'
}

/** Takes back the tag of a person whom {@link lockPerson} has locked: nobody can use it again. */
export async function retireTag(
  transaction: IssuerTransaction,
  subject: string,
  now: number,
): Promise<void> {
  await transaction
    .updateTable('issuer_people')
    .set({ tag: null })
    .where('subject', '=', subject)
    .execute()
  await transaction
    .updateTable('issuer_tags')
    .set({ retired_at: now })
    .where('subject', '=', subject)
    .where('retired_at', 'is', null)
    .execute()
}

/** @returns The person's tag, null if there is none now; undefined for an unknown person. */
export async function lockPerson(
  transaction: IssuerTransaction,
  subject: string,
): Promise<string | null | undefined> {
  const row = await transaction
    .updateTable('issuer_people')
    .set((row) => ({ tag: row.ref('tag') }))
    .where('subject', '=', subject)
    .returning('tag')
    .executeTakeFirst()
  return row?.tag
}

/** Locks the person; false if there is another tag already. */
async function takeTag(
  transaction: IssuerTransaction,
  subject: string,
  tag: string,
): Promise<boolean> {
  await transaction
    .insertInto('issuer_people')
    .values({ subject, tag: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const current = await lockPerson(transaction, subject)
  return current === null || current === tag
}
