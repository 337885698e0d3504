import type { Dialect, Kysely, LogEvent, Transaction } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import type { Component } from './migrate.ts'

// The state of a service in SQLite or PostgreSQL. Statements stay in the subset that both have, and
// that databases which speak PostgreSQL's protocol (CockroachDB, YugabyteDB, Citus) have as well.
//
// What talks to them is loaded when one is opened: many commands open none, and start in half the time.

export type DatabaseKind = 'sqlite' | 'postgres'

/** A database with the tables of one component, at the version this program knows. */
export interface Database<Tables> {
  readonly kind: DatabaseKind
  /** For statements that are a whole step each. */
  readonly query: Kysely<Tables>
  /**
   * Runs `work` in one transaction: all of its changes happen or none. It is run again when the
   * database asks for that, so it must change nothing outside the database.
   */
  transact<T>(work: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Thrown in a transaction to undo its changes and to make `value` its result. */
export class Rollback<T> extends Error {
  readonly value: T

  constructor(value: T) {
    super('rolled back on purpose')
    this.value = value
  }
}

export interface DatabaseOptions {
  /** Told of every statement after it, `begin` and `commit` included. */
  readonly observe?: (event: LogEvent) => void
  /** Connections to PostgreSQL; SQLite has one. */
  readonly connections?: number
}

/** PostgreSQL's codes for "somebody else was faster, try again": serialization failure, deadlock. */
const RETRY_CODES: ReadonlySet<unknown> = new Set(['40001', '40P01'])
const MAX_TRIES = 20
/** Milliseconds; doubled with each try, up to the second figure, and drawn below it. */
const RETRY_DELAY = [5, 200] as const
const CONNECTIONS = 10
/** Milliseconds. */
const CONNECT_TIMEOUT = 5_000
const STATEMENT_TIMEOUT = 10_000

/**
 * Opens a database and brings its tables up to date.
 *
 * @param url - `sqlite:PATH` (made if it does not exist), `sqlite::memory:`, or `postgres://…`.
 * @throws ZerocardError with `CONFIG_INVALID` for another URL, `DATABASE_INVALID` if the database
 *   holds something else, is newer than this program or cannot be reached.
 */
export async function openDatabase<Tables>(
  url: string,
  component: Component,
  options: DatabaseOptions = {},
): Promise<Database<Tables>> {
  const kind = databaseKind(url)
  const [{ Kysely }, { migrate }] = await Promise.all([import('kysely'), import('./migrate.ts')])
  const dialect =
    kind === 'sqlite'
      ? await sqliteDialect(url.slice('sqlite:'.length), component)
      : await postgresDialect(url, options)
  const { observe } = options
  const query = new Kysely<Tables>({ dialect, ...(observe === undefined ? {} : { log: observe }) })
  const transact = async <T>(
    work: (transaction: Transaction<Tables>) => Promise<T>,
  ): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await query.transaction().execute(work)
      } catch (error) {
        if (error instanceof Rollback) return error.value as T
        if (tries >= MAX_TRIES || !isRetryable(error)) throw error
        await pause(tries)
      }
    }
  }
  const database = { kind, query, transact, close: () => query.destroy() }
  try {
    await migrate(database as unknown as Database<never>, component)
    return database
  } catch (cause) {
    await query.destroy()
    if (cause instanceof ZerocardError) throw cause
    const reason = cause instanceof Error ? cause.message : 'unknown reason'
    throw new ZerocardError('DATABASE_INVALID', `the database cannot be used: ${reason}`, { cause })
  }
}

/** @throws ZerocardError with `CONFIG_INVALID`. The message does not repeat the URL: it may hold a password. */
export function databaseKind(url: string): DatabaseKind {
  if (/^sqlite:.+/.test(url)) return 'sqlite'
  if (/^postgres(ql)?:\/\/.+/.test(url)) return 'postgres'
  throw new ZerocardError('CONFIG_INVALID', 'database: expected sqlite:PATH or postgres://…')
}

async function sqliteDialect(path: string, component: Component): Promise<Dialect> {
  const { openSqliteFile } = await import('./sqlite.ts')
  return openSqliteFile(path, component)
}

async function postgresDialect(
  url: string,
  { connections = CONNECTIONS }: DatabaseOptions,
): Promise<Dialect> {
  const [{ default: pg }, { PostgresDialect }] = await Promise.all([import('pg'), import('kysely')])
  // Every BIGINT here is a time or a count, far below 2^53.
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, Number)
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    statement_timeout: STATEMENT_TIMEOUT,
    application_name: 'zerocard',
    types,
  })
  // A connection that ends while idle is replaced by the pool; a query that needs one says so itself.
  pool.on('error', () => undefined)
  // One that ends between two statements of a transaction belongs to nobody who listens.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new PostgresDialect({ pool })
}

function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && RETRY_CODES.has(error.code)
}

async function pause(tries: number): Promise<void> {
  const longest = Math.min(RETRY_DELAY[0] * 2 ** tries, RETRY_DELAY[1])
  await new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}
