import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { CompiledQuery, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import type { Component } from './migrate.ts'

// node:sqlite as kysely wants it. State of one process or several on one machine, in one file.

/** Milliseconds to wait for another process that is writing, in all and between two tries. */
const BUSY_TIMEOUT = 10_000
const BUSY_PAUSE = 2
/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html): BUSY, LOCKED. */
const BUSY_CODES: ReadonlySet<number> = new Set([5, 6])
const IN_MEMORY = ':memory:'
/** Prepared statements to keep; there are fewer different ones than this. */
const MAX_STATEMENTS = 500

/**
 * Opens a state file, or makes it, readable for its owner only. Commits reach the disk before they
 * return.
 *
 * @throws ZerocardError with `DATABASE_INVALID` if the file cannot be opened or is of another kind.
 */
export async function openSqliteFile(path: string, component: Component): Promise<Dialect> {
  const database = openFile(path, component)
  try {
    await patiently(() => prepareFile(database, path, component))
    return {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new SqliteDriver(database),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    }
  } catch (error) {
    database.close()
    throw unreadable(path, component, error)
  }
}

function openFile(path: string, component: Component): DatabaseSync {
  try {
    // SQLite gives the files it makes beside this one the same mode.
    if (path !== IN_MEMORY) {
      closeSync(openSync(path, 'a', 0o600))
      chmodSync(path, 0o600)
    }
    return new DatabaseSync(path)
  } catch (error) {
    throw unreadable(path, component, error)
  }
}

function unreadable(path: string, component: Component, cause: unknown): ZerocardError {
  if (cause instanceof ZerocardError) return cause
  const message = `${path}: cannot be read as ${component.title}`
  return new ZerocardError('DATABASE_INVALID', message, { cause })
}

function prepareFile(database: DatabaseSync, path: string, component: Component): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const id = Number(database.prepare('PRAGMA application_id').get()?.['application_id'])
    const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()
    if (id !== component.applicationId && (id !== 0 || tables?.['count'] !== 0)) {
      throw new ZerocardError('DATABASE_INVALID', `${path}: not ${component.title}`)
    }
    if (id === 0) database.exec(`PRAGMA application_id = ${String(component.applicationId)}`)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
}

/** One connection; whoever comes while it is lent waits in line. */
class SqliteDriver implements Driver {
  readonly #database: DatabaseSync
  readonly #connection: SqliteConnection
  #line: Promise<void> = Promise.resolve()
  #release: () => void = () => undefined

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#connection = new SqliteConnection(database)
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#line
    let release = (): void => undefined
    this.#line = new Promise((resolve) => {
      release = resolve
    })
    await before
    this.#release = release
    return this.#connection
  }

  releaseConnection(): Promise<void> {
    this.#release()
    return Promise.resolve()
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // A transaction that begins with reading could not always go on to writing.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // On a full disk SQLite has done so itself; what went wrong is then told, not this.
    if (!this.#database.isTransaction) return
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  destroy(): Promise<void> {
    this.#database.close()
    return Promise.resolve()
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#statement(sql)
    const values = parameters as readonly SQLInputValue[]
    return patiently(() => {
      if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] }
      const { changes } = statement.run(...values)
      return { rows: [], numAffectedRows: BigInt(changes) }
    })
  }

  streamQuery(): never {
    throw new TypeError('queries are not streamed here')
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    if (this.#statements.size < MAX_STATEMENTS) this.#statements.set(sql, statement)
    return statement
  }
}

/** Tries again while another connection writes, and lets this process go on meanwhile. */
async function patiently<T>(work: () => T): Promise<T> {
  for (const start = performance.now(); ;) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || performance.now() - start > BUSY_TIMEOUT) throw error
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE * Math.random()))
    }
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // The low byte is the primary code.
  return BUSY_CODES.has(Number(error.errcode) & 0xff)
}
