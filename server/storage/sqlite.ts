import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import type { Component } from './migrate.ts'

// node:sqlite as kysely wants it. State of one process or several on one machine, in one file.

/** Milliseconds to wait for another process that is writing. */
const BUSY_TIMEOUT = 10_000
const IN_MEMORY = ':memory:'
/** Prepared statements to keep; there are fewer different ones than this. */
const MAX_STATEMENTS = 500

/**
 * Opens a state file, or makes it, readable for its owner only. Commits reach the disk before they
 * return.
 *
 * @throws ZerocardError with `DATABASE_INVALID` if the file cannot be opened or is of another kind.
 */
export function openSqliteFile(path: string, component: Component): SqliteDatabase {
  try {
    // SQLite gives the files it makes beside this one the same mode.
    if (path !== IN_MEMORY) closeSync(openSync(path, 'a', 0o600))
    const database = new DatabaseSync(path)
    try {
      prepareFile(database, path, component)
      return adapted(database)
    } catch (error) {
      database.close()
      throw error
    }
  } catch (cause) {
    if (cause instanceof ZerocardError) throw cause
    const message = `${path}: cannot be read as ${component.title}`
    throw new ZerocardError('DATABASE_INVALID', message, { cause })
  }
}

function prepareFile(database: DatabaseSync, path: string, component: Component): void {
  database.exec(`PRAGMA busy_timeout = ${String(BUSY_TIMEOUT)}`)
  database.exec('BEGIN IMMEDIATE')
  const id = pragma(database, 'application_id')
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()
  if (id !== component.applicationId && (id !== 0 || tables?.['count'] !== 0)) {
    throw new ZerocardError('DATABASE_INVALID', `${path}: not ${component.title}`)
  }
  if (id === 0) database.exec(`PRAGMA application_id = ${String(component.applicationId)}`)
  database.exec('COMMIT')
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

function adapted(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => {
      database.close()
    },
    prepare: (text) => {
      // A transaction that begins with reading could not always go on to writing.
      const sql = text === 'begin' ? 'begin immediate' : text
      const known = statements.get(sql)
      if (known !== undefined) return known
      const statement = adaptedStatement(database.prepare(sql))
      if (statements.size < MAX_STATEMENTS) statements.set(sql, statement)
      return statement
    },
  }
}

function adaptedStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => [
    ...(parameters as readonly SQLInputValue[]),
  ]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<never>,
  }
}
