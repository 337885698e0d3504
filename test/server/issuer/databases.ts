import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { createPostgresDatabase } from '../../support/postgres.ts'

/** Makers of empty databases, one a kind, for `describe.each`. */
export function databaseKinds(): [string, () => Promise<string>][] {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-issuer-'))
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })
  return [
    ['SQLite', () => Promise.resolve(`sqlite:${join(folder, `${randomUUID()}.sqlite`)}`)],
    ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
  ]
}
