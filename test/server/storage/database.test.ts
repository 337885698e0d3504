import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Component } from '../../../server/storage/migrate.ts'
import { Rollback, openDatabase } from '../../../server/storage/database.ts'
import type { Database } from '../../../server/storage/database.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { verdictOf } from '../../support/refusal.ts'

interface Tables {
  readonly things: { readonly id: string; readonly amount: number }
}

const COMPONENT: Component = {
  name: 'test',
  title: 'a test database',
  applicationId: 0x7a_63_74_31,
  migrations: [
    ['CREATE TABLE things (id TEXT PRIMARY KEY)'],
    ['ALTER TABLE things ADD COLUMN amount BIGINT NOT NULL DEFAULT 0'],
  ],
}

const folder = mkdtempSync(join(tmpdir(), 'zerocard-test-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
let files = 0

describe.each([
  ['SQLite', () => Promise.resolve(`sqlite:${join(folder, `${String(++files)}.sqlite`)}`)],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a database in %s', (_, newUrl) => {
  let url: string
  let database: Database<Tables>
  beforeAll(async () => {
    url = await newUrl()
    database = await openDatabase<Tables>(url, COMPONENT)
    return () => database.close()
  })

  const amountOf = async (id: string): Promise<number | undefined> =>
    (
      await database.query
        .selectFrom('things')
        .select('amount')
        .where('id', '=', id)
        .executeTakeFirst()
    )?.amount

  test('keeps what a transaction changed, and numbers are numbers', async () => {
    const result = await database.transact(async (transaction) => {
      await transaction
        .insertInto('things')
        .values({ id: 'a', amount: 2 ** 40 })
        .execute()
      return 'done'
    })
    expect(result).toBe('done')
    expect(await amountOf('a')).toBe(2 ** 40)
  })

  test('keeps nothing of a transaction that fails or is rolled back', async () => {
    await expect(
      database.transact(async (transaction) => {
        await transaction.insertInto('things').values({ id: 'b', amount: 1 }).execute()
        throw new Error('on purpose')
      }),
    ).rejects.toThrow('on purpose')
    const value = await database.transact(async (transaction): Promise<string> => {
      await transaction.insertInto('things').values({ id: 'b', amount: 1 }).execute()
      throw new Rollback('undone')
    })
    expect(value).toBe('undone')
    expect(await amountOf('b')).toBeUndefined()
  })

  test('runs transactions that meet one after the other', async () => {
    await database.query.insertInto('things').values({ id: 'counter', amount: 0 }).execute()
    const other = await openDatabase<Tables>(url, COMPONENT)
    const increments = Array.from({ length: 40 }, (_unused, i) =>
      (i % 2 === 0 ? database : other).transact((transaction) =>
        transaction
          .updateTable('things')
          .set(({ eb }) => ({ amount: eb('amount', '+', 1) }))
          .where('id', '=', 'counter')
          .execute(),
      ),
    )
    await Promise.all(increments)
    await other.close()
    expect(await amountOf('counter')).toBe(40)
  })

  test('is brought up to date once, by whichever of many programs comes first', async () => {
    const fresh = await newUrl()
    const all = await Promise.all(
      Array.from({ length: 8 }, () => openDatabase<Tables>(fresh, COMPONENT)),
    )
    await all[0]!.query.insertInto('things').values({ id: 'x', amount: 1 }).execute()
    await Promise.all(all.map((one) => one.close()))
  })

  test('takes the steps that are new and keeps what is there', async () => {
    const fresh = await newUrl()
    const old = { ...COMPONENT, migrations: COMPONENT.migrations.slice(0, 1) }
    const before = await openDatabase<{ things: { id: string } }>(fresh, old)
    await before.query.insertInto('things').values({ id: 'kept' }).execute()
    await before.close()
    const after = await openDatabase<Tables>(fresh, COMPONENT)
    expect(await after.query.selectFrom('things').selectAll().execute()).toEqual([
      { id: 'kept', amount: 0 },
    ])
    await after.close()
    expect(await verdictOf(() => openDatabase(fresh, old))).toBe('DATABASE_INVALID')
  })

  test('keeps nothing of a step that fails', async () => {
    const fresh = await newUrl()
    const broken = { ...COMPONENT, migrations: [['CREATE TABLE things (id TEXT)', 'NOT SQL']] }
    expect(await verdictOf(() => openDatabase(fresh, broken))).toBe('DATABASE_INVALID')
    await (await openDatabase(fresh, COMPONENT)).close()
  })
})

describe('a SQLite file', () => {
  test('is for its owner only', async () => {
    const path = join(folder, 'mode.sqlite')
    await (await openDatabase(`sqlite:${path}`, COMPONENT)).close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('of another component is refused', async () => {
    const url = `sqlite:${join(folder, 'other.sqlite')}`
    await (await openDatabase(url, COMPONENT)).close()
    const other = { ...COMPONENT, applicationId: 1 }
    expect(await verdictOf(() => openDatabase(url, other))).toBe('DATABASE_INVALID')
  })
})

test('a database that cannot be reached is an error without its password', async () => {
  const url = 'postgres://user:hidden-word@127.0.0.1:1/none'
  const error: unknown = await openDatabase(url, COMPONENT).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ code: 'DATABASE_INVALID' })
  expect(String(error)).not.toContain('hidden-word')
  expect(await verdictOf(() => openDatabase('mysql://x', COMPONENT))).toBe('CONFIG_INVALID')
})
