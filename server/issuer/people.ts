import type { Insertable, Selectable } from 'kysely'
import type { AttributeValue } from '../../core/attribute.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { encodeAttributes } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import { InputProblems } from '../input-problems.ts'
import { parseRegister } from './register.ts'
import type { IssuerQuery, IssuerTransaction } from './store.ts'
import type { IssuerTables } from './tables.ts'

/** What an issuer knows of a person and signs when the person asks. */
export interface PersonRecord {
  readonly subject: string
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** Of the credential; undefined: the day it is issued. */
  readonly validFrom?: Day | undefined
  /** Undefined: as long after `validFrom` as is usual here. */
  readonly validUntil?: Day | undefined
}

/** Rows in one statement; with 6 values each far below what a statement may have. */
const BATCH = 500

/**
 * Adds people or changes what is known of them.
 *
 * @throws ZerocardError with `ATTRIBUTE_INVALID` or `CREDENTIAL_INVALID`.
 */
export async function register(
  query: IssuerQuery,
  schema: Schema,
  records: readonly PersonRecord[],
  now: number,
): Promise<void> {
  for (const record of records) assertRecord(schema, record)
  for (let at = 0; at < records.length; at += BATCH) {
    const rows = records.slice(at, at + BATCH).map((record) => rowOf(schema, record, now))
    await query
      .insertInto('issuer_records')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['subject', 'schema']).doUpdateSet((row) => ({
          attributes: row.ref('excluded.attributes'),
          valid_from: row.ref('excluded.valid_from'),
          valid_until: row.ref('excluded.valid_until'),
          updated_at: row.ref('excluded.updated_at'),
        })),
      )
      .execute()
    // SQLite answers at once, so nobody else would have a turn before the last row.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/**
 * Reads people from comma-separated values: `subject`, the attributes of the schema and, where
 * wanted, `validFrom` and `validUntil`.
 *
 * @throws ZerocardError with `INPUT_INVALID`, all bad lines in one {@link InputProblems}.
 */
export function parsePeople(text: string, schema: Schema): readonly PersonRecord[] {
  const rows = parseRegister(text, 'body', schema, ['validFrom', 'validUntil'])
  const problems = rows.flatMap((row) => {
    try {
      assertRecord(schema, row)
      return []
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      return [{ line: row.line, message: error.message }]
    }
  })
  if (problems.length > 0) throw new InputProblems('body', problems)
  return rows
}

export async function findRecord(
  query: IssuerQuery,
  subject: string,
  schema: string,
): Promise<PersonRecord | undefined> {
  const row = await query
    .selectFrom('issuer_records')
    .selectAll()
    .where('subject', '=', subject)
    .where('schema', '=', schema)
    .executeTakeFirst()
  return row && recordOf(row)
}

/**
 * Keeps others from changing a record until the transaction ends.
 *
 * @returns False if it is not what was read before.
 */
export async function holdRecord(
  transaction: IssuerTransaction,
  record: PersonRecord,
  schema: string,
): Promise<boolean> {
  const held = await lockRecord(transaction, record.subject, schema)
  return held !== undefined && JSON.stringify(held) === JSON.stringify(record)
}

/** A record that nobody else changes, offers or signs until the transaction ends. */
export async function lockRecord(
  transaction: IssuerTransaction,
  subject: string,
  schema: string,
): Promise<PersonRecord | undefined> {
  const row = await transaction
    .updateTable('issuer_records')
    .set((row) => ({ updated_at: row.ref('updated_at') }))
    .where('subject', '=', subject)
    .where('schema', '=', schema)
    .returningAll()
    .executeTakeFirst()
  return row && recordOf(row)
}

/** All records of a person, with the schema and the time of the last change. */
export async function listRecords(
  query: IssuerQuery,
  subject: string,
): Promise<
  readonly (PersonRecord & {
    readonly schema: string
    readonly updatedAt: number
  })[]
> {
  const rows = await query
    .selectFrom('issuer_records')
    .selectAll()
    .where('subject', '=', subject)
    .orderBy('schema')
    .execute()
  return rows.map((row) => ({
    ...recordOf(row),
    schema: row.schema,
    updatedAt: row.updated_at,
  }))
}

/** The days of a credential that is issued now. */
export function validityOf(
  record: PersonRecord,
  now: number,
  usualDays: number,
): { readonly validFrom: Day; readonly validUntil: Day } {
  const validFrom = record.validFrom ?? dayFromUnixSeconds(now)
  return { validFrom, validUntil: record.validUntil ?? validFrom + usualDays }
}

function assertRecord(schema: Schema, { attributes, validFrom, validUntil }: PersonRecord): void {
  encodeAttributes(schema, attributes)
  if (validFrom !== undefined && validUntil !== undefined && validFrom > validUntil) {
    throw new ZerocardError('CREDENTIAL_INVALID', 'validUntil is before validFrom')
  }
}

function rowOf(
  schema: Schema,
  { subject, attributes, validFrom, validUntil }: PersonRecord,
  now: number,
): Insertable<IssuerTables['issuer_records']> {
  return {
    subject,
    schema: schema.id,
    attributes: JSON.stringify(attributes),
    valid_from: validFrom ?? null,
    valid_until: validUntil ?? null,
    updated_at: now,
  }
}

function recordOf(row: Selectable<IssuerTables['issuer_records']>): PersonRecord {
  return {
    subject: row.subject,
    attributes: JSON.parse(row.attributes) as PersonRecord['attributes'],
    validFrom: row.valid_from ?? undefined,
    validUntil: row.valid_until ?? undefined,
  }
}
