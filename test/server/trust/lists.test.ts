import { beforeEach, describe, expect, inject, test } from 'vitest'
import { openDatabase } from '../../../server/storage/database.ts'
import { TrustLists } from '../../../server/trust/lists.ts'
import { TRUST_COMPONENT } from '../../../server/trust/tables.ts'
import type { TrustListRow, TrustTables } from '../../../server/trust/tables.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { NOW } from '../../support/world.ts'

const rowOf = (version: number, jws: string): TrustListRow => ({
  list: 'registries',
  version,
  root: '5',
  jws,
  sources: jws,
  issuers: '[]',
  made_at: NOW,
  expires_at: NOW + 60,
  accepted_at: null,
})

describe.each([
  ['SQLite', () => Promise.resolve('sqlite::memory:')],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('the versions of a list in %s', (_, newUrl) => {
  let lists: TrustLists

  beforeEach(async () => {
    const database = await openDatabase<TrustTables>(await newUrl(), TRUST_COMPONENT)
    lists = new TrustLists(database)
    return () => database.close()
  })

  test('are made once each, by whichever of many comes first', async () => {
    const rows = Array.from({ length: 8 }, (_unused, i) => rowOf(1, `text ${i}`))
    const added = await Promise.all(rows.map((row) => lists.add(row)))
    expect(added.filter(Boolean)).toHaveLength(1)
    const winner = rows[added.indexOf(true)]!
    expect(await lists.text({ list: 'registries', version: 1 })).toBe(winner.jws)
  })

  test('keep the time at which they were first accepted', async () => {
    await lists.add(rowOf(1, 'text'))
    const version = (await lists.newest('registries'))!
    expect(await lists.accepted('registries')).toBeUndefined()
    await lists.accept(version, NOW)
    await lists.accept(version, NOW + 1)
    expect(await lists.accepted('registries')).toMatchObject({ version: 1, accepted_at: NOW })
  })
})
