import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import type { Database } from './database.ts'

/** The tables of one service and how they came to be what they are. */
export interface Component {
  /** Key of its row in the table of versions. */
  readonly name: string
  /** For messages, like `an issuer register`. */
  readonly title: string
  /** SQLite's `application_id`, so that no file is taken for another. */
  readonly applicationId: number
  /**
   * Steps from an empty database to today's tables, each a list of statements; only ever added to.
   * A database has the version that is the number of steps it has seen.
   */
  readonly migrations: readonly (readonly string[])[]
}

interface VersionTable {
  readonly zerocard_versions: { readonly component: string; readonly version: number }
}

const MAX_TRIES = 10

/**
 * Brings the tables up to date, under a lock: of several programs that start at once one does it.
 *
 * @throws ZerocardError with `DATABASE_INVALID` if the tables are newer than this program.
 */
export async function migrate(database: Database<never>, component: Component): Promise<void> {
  const versions = database as unknown as Database<VersionTable>
  await makeVersionTable(versions.query)
  await versions.transact(async (transaction) => {
    const { name, title, migrations } = component
    await transaction
      .insertInto('zerocard_versions')
      .values({ component: name, version: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    const version = await lockVersion(transaction, name, database.kind)
    if (version > migrations.length) {
      throw new ZerocardError(
        'DATABASE_INVALID',
        `${title}: the database has version ${String(version)}, this program knows up to ` +
          `${String(migrations.length)}; use the newer program`,
      )
    }
    for (const statement of migrations.slice(version).flat()) {
      await sql.raw(statement).execute(transaction)
    }
    await transaction
      .updateTable('zerocard_versions')
      .set({ version: migrations.length })
      .where('component', '=', name)
      .execute()
  })
}

async function makeVersionTable(query: Kysely<VersionTable>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await sql`CREATE TABLE IF NOT EXISTS zerocard_versions (
        component TEXT PRIMARY KEY, version INTEGER NOT NULL)`.execute(query)
      return
    } catch (error) {
      // PostgreSQL lets two programs both find that the table does not exist.
      if (tries >= MAX_TRIES) throw error
      await new Promise((resolve) => setTimeout(resolve, 20 * tries))
    }
  }
}

async function lockVersion(
  transaction: Transaction<VersionTable>,
  component: string,
  kind: Database<never>['kind'],
): Promise<number> {
  const row = transaction
    .selectFrom('zerocard_versions')
    .select('version')
    .where('component', '=', component)
  // In SQLite the transaction itself is the lock.
  const locked = kind === 'postgres' ? row.forUpdate() : row
  return (await locked.executeTakeFirstOrThrow()).version
}
