import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { ZerocardError } from '../core/errors.ts'

// State of one process or several on one machine, in one file. The only file that knows how a
// database is opened.

/** What a file holds; kept in its header, so that no file is taken for another. */
export interface DatabaseKind {
  readonly name: string
  /** SQLite's `application_id`. */
  readonly id: number
  /** Statements that make the tables; run once. */
  readonly tables: string
}

/** Milliseconds to wait for another process that is writing. */
const BUSY_TIMEOUT = 10_000

/**
 * Opens a state file, or makes it, readable for its owner only. Commits reach the disk before they
 * return.
 *
 * @throws ZerocardError with `INPUT_INVALID` if the file is damaged or of another kind.
 */
export function openDatabase(path: string, kind: DatabaseKind): DatabaseSync {
  // SQLite gives the files it makes beside this one the same mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${String(BUSY_TIMEOUT)}`)
    inTransaction(database, () => {
      prepareTables(database, path, kind)
    })
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    return database
  } catch (cause) {
    database.close()
    if (cause instanceof ZerocardError) throw cause
    throw new ZerocardError('INPUT_INVALID', `${path}: cannot be read as ${kind.name}`, { cause })
  }
}

/** Runs `work` so that all of its changes happen or none, and nobody else's in between. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function prepareTables(database: DatabaseSync, path: string, kind: DatabaseKind): void {
  const id = Number(database.prepare('PRAGMA application_id').get()?.['application_id'])
  if (id === kind.id) return
  const tables = Number(
    database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'],
  )
  if (id !== 0 || tables !== 0)
    throw new ZerocardError('INPUT_INVALID', `${path}: not ${kind.name}`)
  database.exec(kind.tables)
  database.exec(`PRAGMA application_id = ${String(kind.id)}`)
}
