import type { Kysely, Transaction } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import { Rollback, openDatabase } from '../storage/database.ts'
import type { Database, DatabaseOptions } from '../storage/database.ts'
import { claimTag } from './tags.ts'
import { credentialOf, rowOf } from './issued.ts'
import type { IssuedCredential, RecordOutcome } from './issued.ts'
import { ISSUER_COMPONENT } from './tables.ts'
import type { IssuerTables } from './tables.ts'

export type IssuerQuery = Kysely<IssuerTables>
export type IssuerTransaction = Transaction<IssuerTables>

/** More changes for the same transaction; an error undoes all of them. */
export type Alongside = (transaction: IssuerTransaction) => Promise<void>

/** Row that says whose database this is. Whoever updates it waits for whoever did so before. */
const ISSUER_SETTING = 'issuer'

/**
 * An issuer's memory of who was issued what. Every method is one atomic step, also between
 * processes.
 */
export class IssuerStore {
  readonly issuer: string
  readonly database: Database<IssuerTables>

  private constructor(issuer: string, database: Database<IssuerTables>) {
    this.issuer = issuer
    this.database = database
  }

  /**
   * Opens the memory of an issuer; one that is new belongs to this issuer from now on.
   *
   * @param url - As for `openDatabase`; `sqlite::memory:` for one that ends with the process.
   * @throws ZerocardError with the codes of `openDatabase`, or `DATABASE_INVALID` if it belongs to
   *   another issuer.
   */
  static async open(
    url: string,
    issuer: string,
    options: DatabaseOptions = {},
  ): Promise<IssuerStore> {
    const database = await openDatabase<IssuerTables>(url, ISSUER_COMPONENT, options)
    try {
      const owner = await settingOf(database.query, ISSUER_SETTING, () => issuer)
      if (owner === issuer) return new IssuerStore(issuer, database)
      throw new ZerocardError(
        'DATABASE_INVALID',
        `the database belongs to the issuer ${owner}, not to ${issuer}`,
      )
    } catch (error) {
      await database.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.database.close()
  }

  /** The tag a person has now; undefined for one who was never issued anything or has recovered. */
  async tagOf(subject: string): Promise<bigint | undefined> {
    const row = await this.database.query
      .selectFrom('issuer_people')
      .select('tag')
      .where('subject', '=', subject)
      .executeTakeFirst()
    return row?.tag === undefined || row.tag === null ? undefined : BigInt(row.tag)
  }

  /** The person behind a tag, and whether the tag was given up in a recovery. */
  async ownerOf(
    tag: bigint,
  ): Promise<{ readonly subject: string; readonly isRetired: boolean } | undefined> {
    const row = await this.database.query
      .selectFrom('issuer_tags')
      .select(['subject', 'retired_at'])
      .where('tag', '=', String(tag))
      .executeTakeFirst()
    return row && { subject: row.subject, isRetired: row.retired_at !== null }
  }

  async findByCommitment(commitment: bigint): Promise<IssuedCredential | undefined> {
    const row = await this.database.query
      .selectFrom('issuer_credentials')
      .selectAll()
      .where('commitment', '=', String(commitment))
      .executeTakeFirst()
    return row && credentialOf(row)
  }

  /** Usually one: numbers are unique for each key, and drawn from 2^40. */
  async listByNumber(schema: string, number: bigint): Promise<readonly IssuedCredential[]> {
    const rows = await this.database.query
      .selectFrom('issuer_credentials')
      .selectAll()
      .where('schema', '=', schema)
      .where('revocation_id', '=', Number(number))
      .execute()
    return rows.map(credentialOf)
  }

  /** Oldest first. */
  async listBySubject(subject: string): Promise<readonly IssuedCredential[]> {
    const rows = await this.database.query
      .selectFrom('issuer_credentials')
      .selectAll()
      .where('subject', '=', subject)
      .orderBy('issued_at')
      .orderBy('commitment')
      .execute()
    return rows.map(credentialOf)
  }

  /**
   * Keeps a credential and, with the first of a person, the tag: both or neither.
   *
   * @param alongside - Done before, in the same transaction.
   */
  async record(
    issued: IssuedCredential,
    tag: bigint,
    alongside: Alongside = () => Promise.resolve(),
  ): Promise<RecordOutcome> {
    return this.database.transact(async (transaction): Promise<RecordOutcome> => {
      await alongside(transaction)
      const outcome = await claimTag(transaction, issued.subject, tag)
      if (outcome !== 'claimed') throw new Rollback<RecordOutcome>(outcome)
      const row = await transaction
        .insertInto('issuer_credentials')
        .values(rowOf(issued))
        .onConflict((conflict) => conflict.doNothing())
        .returning('commitment')
        .executeTakeFirst()
      if (row !== undefined) return 'recorded'
      const taken = await transaction
        .selectFrom('issuer_credentials')
        .select('commitment')
        .where('commitment', '=', String(issued.commitment))
        .executeTakeFirst()
      throw new Rollback<RecordOutcome>(taken === undefined ? 'number-taken' : 'commitment-taken')
    })
  }

  /**
   * Marks a credential.
   *
   * @param now - Seconds since 1970-01-01 UTC.
   * @returns False if it is unknown or was revoked before.
   */
  async revoke(keyId: string, number: bigint, now: number): Promise<boolean> {
    const row = await this.database.query
      .updateTable('issuer_credentials')
      .set({ revoked_at: now })
      .where('key_id', '=', keyId)
      .where('revocation_id', '=', Number(number))
      .where('revoked_at', 'is', null)
      .returning('commitment')
      .executeTakeFirst()
    return row !== undefined
  }
}

/** A setting that is made once, by whoever comes first. */
export async function settingOf(
  query: IssuerQuery,
  name: string,
  make: () => string,
): Promise<string> {
  await query
    .insertInto('issuer_settings')
    .values({ name, value: make() })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await query
    .selectFrom('issuer_settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.value
}

/** Until the transaction ends, no other that calls this goes on: for keys and epochs. */
export async function holdLock(transaction: IssuerTransaction): Promise<void> {
  await transaction
    .updateTable('issuer_settings')
    .set((row) => ({ value: row.ref('value') }))
    .where('name', '=', ISSUER_SETTING)
    .execute()
}
