import type { Database } from '../storage/database.ts'
import type { TrustListRow, TrustTables } from './tables.ts'

/** What is known of a list without its text, which can be large. */
export type ListVersion = Omit<TrustListRow, 'jws'>

const COLUMNS = [
  'list',
  'version',
  'root',
  'sources',
  'issuers',
  'made_at',
  'expires_at',
  'accepted_at',
] as const

/** The lists that were made, version by version. */
export class TrustLists {
  readonly #database: Database<TrustTables>
  /** Texts never change, and the newest is asked for all the time. */
  readonly #texts = new Map<string, { readonly version: number; readonly jws: string }>()

  constructor(database: Database<TrustTables>) {
    this.#database = database
  }

  /** The newest version, accepted or not. */
  async newest(list: string): Promise<ListVersion | undefined> {
    return this.#versions(list).executeTakeFirst()
  }

  /** The newest version that may be offered, however old it is. */
  async accepted(list: string): Promise<ListVersion | undefined> {
    return this.#versions(list).where('accepted_at', 'is not', null).executeTakeFirst()
  }

  /** The first version with this root, which does not change any more. */
  async withRoot(list: string, root: string): Promise<ListVersion | undefined> {
    return this.#database.query
      .selectFrom('trust_lists')
      .select(COLUMNS)
      .where('list', '=', list)
      .where('root', '=', root)
      .where('accepted_at', 'is not', null)
      .orderBy('version')
      .limit(1)
      .executeTakeFirst()
  }

  /** @returns The signed text, or undefined if the version is not kept any more. */
  async text({
    list,
    version,
  }: Pick<ListVersion, 'list' | 'version'>): Promise<string | undefined> {
    const known = this.#texts.get(list)
    if (known?.version === version) return known.jws
    const row = await this.#database.query
      .selectFrom('trust_lists')
      .select('jws')
      .where('list', '=', list)
      .where('version', '=', version)
      .executeTakeFirst()
    if (row !== undefined && version > (known?.version ?? 0)) {
      this.#texts.set(list, { version, jws: row.jws })
    }
    return row?.jws
  }

  /** @returns False if another process was faster: the version exists. */
  async add(row: TrustListRow): Promise<boolean> {
    const added = await this.#database.query
      .insertInto('trust_lists')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('version')
      .executeTakeFirst()
    return added !== undefined
  }

  /** From now on the version may be offered. */
  async accept({ list, version }: ListVersion, now: number): Promise<void> {
    await this.#database.query
      .updateTable('trust_lists')
      .set({ accepted_at: now })
      .where('list', '=', list)
      .where('version', '=', version)
      .where('accepted_at', 'is', null)
      .execute()
  }

  /**
   * Forgets versions that expired before `before`: of a root that is still in use all but the first,
   * which is what its address shows; of other roots all. The newest version always stays.
   */
  async forget(list: string, before: number): Promise<void> {
    const newest = await this.newest(list)
    if (newest === undefined) return
    const old = this.#database.query
      .deleteFrom('trust_lists')
      .where('list', '=', list)
      .where('version', '<', newest.version)
      .where('expires_at', '<', before)
    const rows = this.#database.query.selectFrom('trust_lists').where('list', '=', list)
    const firsts = rows.select(({ fn }) => fn.min('version').as('version')).groupBy('root')
    await old.where('version', 'not in', firsts).execute()
    const inUse = rows.select('root').where('expires_at', '>=', before)
    await old.where('root', 'not in', inUse).where('root', '!=', newest.root).execute()
  }

  #versions(list: string) {
    return this.#database.query
      .selectFrom('trust_lists')
      .select(COLUMNS)
      .where('list', '=', list)
      .orderBy('version', 'desc')
      .limit(1)
  }
}
