import { deleteDB, openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import { storageError, storageFailed } from './record-store.ts'
import type { RecordChange, RecordStore } from './record-store.ts'

// Records in IndexedDB. The one file that knows idb.

/** Bytes by key. */
interface Schema extends DBSchema {
  readonly records: { readonly key: string; readonly value: unknown }
}
type Connection = IDBPDatabase<Schema>

const VERSION = 1
const RECORDS = 'records'

/**
 * A tab that the browser has frozen can keep a removed database half alive, and whoever opens it
 * waits. Milliseconds; an ordinary opening takes some ten.
 */
const MAX_OPENING = 10_000

/**
 * Opens a database of this origin, or makes an empty one.
 *
 * @param onLost - Told once if another tab removes or upgrades the database, or the browser takes
 *   it away: every later call throws `STORAGE_FAILED`, and only a new opening helps.
 * @throws ZerocardError with `STORAGE_FAILED`.
 */
export async function openIndexedDb(name: string, onLost?: () => void): Promise<RecordStore> {
  const store = new IndexedDbStore(name, onLost)
  await store.check()
  return store
}

class IndexedDbStore implements RecordStore {
  readonly #name: string
  readonly #onLost: (() => void) | undefined
  #connection: Promise<Connection> | undefined
  #isClosed = false

  constructor(name: string, onLost: (() => void) | undefined) {
    this.#name = name
    this.#onLost = onLost
  }

  /** Whether there is a database, and of this shape. */
  async check(): Promise<void> {
    await this.#attempt((database) => database.count(RECORDS))
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#attempt(async (database) => {
      const value = await database.get(RECORDS, key)
      return value === undefined ? undefined : bytesOf(value)
    })
  }

  async entries(): Promise<readonly (readonly [string, Uint8Array<ArrayBuffer>])[]> {
    return this.#attempt(async (database) => {
      const { store } = database.transaction(RECORDS)
      const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()])
      return keys.map((key, i) => [key, bytesOf(values[i])] as const)
    })
  }

  async write(changes: readonly RecordChange[]): Promise<void> {
    await this.#attempt((database) => writeAll(database, changes))
  }

  async destroy(): Promise<void> {
    // Emptied first: a tab that does not let go can delay the removal, but has nothing left to keep.
    const isEmptied = await this.#attempt((database) => empty(database)).then(
      () => true,
      () => false,
    )
    await this.#disconnect()
    try {
      await remove(this.#name, isEmptied)
    } catch (error) {
      throw storageError(error)
    }
  }

  close(): void {
    this.#isClosed = true
    void this.#disconnect()
  }

  async #attempt<T>(action: (database: Connection) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw storageFailed('the database was closed, here or by another tab')
    try {
      return await action(await this.#connected())
    } catch (error) {
      throw storageError(error)
    }
  }

  async #connected(): Promise<Connection> {
    this.#connection ??= connect(this.#name, () => this.#lose())
    try {
      return await this.#connection
    } catch (error) {
      this.#connection = undefined
      throw error
    }
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection
    this.#connection = undefined
    await connection?.then(
      (database) => database.close(),
      () => undefined,
    )
  }

  #lose(): void {
    if (this.#isClosed) return
    this.close()
    this.#onLost?.()
  }
}

async function connect(name: string, onLost: () => void): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>()
  const late = setTimeout(() => reject(storageFailed('the database does not open')), MAX_OPENING)
  const opening = openDB<Schema>(name, VERSION, {
    upgrade: (database) => void database.createObjectStore(RECORDS),
    blocked: () => reject(storageFailed('another tab keeps an older version open')),
    // Letting go at once is what keeps the other tab from waiting for this one.
    blocking: onLost,
    terminated: onLost,
  })
  opening.then(resolve, reject)
  try {
    return await promise
  } catch (error) {
    // One that comes after all is not kept: it would stand in the way of other tabs.
    opening.then(
      (database) => database.close(),
      () => undefined,
    )
    throw error
  } finally {
    clearTimeout(late)
  }
}

async function writeAll(database: Connection, changes: readonly RecordChange[]): Promise<void> {
  // Strict: resolves when the bytes are on the disk, not when the system has promised to put them there.
  const transaction = database.transaction(RECORDS, 'readwrite', { durability: 'strict' })
  const { store } = transaction
  const requests: Promise<unknown>[] = []
  try {
    for (const { key, value } of changes) {
      // A copy: of a part of a buffer the whole buffer would be stored.
      requests.push(value === undefined ? store.delete(key) : store.put(value.slice(), key))
    }
  } catch (error) {
    transaction.abort()
    await Promise.allSettled([...requests, transaction.done])
    throw error
  }
  // The end of the transaction tells why it failed; its requests may only tell that it did.
  await Promise.allSettled(requests)
  await transaction.done
}

async function empty(database: Connection): Promise<void> {
  const transaction = database.transaction(RECORDS, 'readwrite', { durability: 'strict' })
  await transaction.store.clear()
  await transaction.done
}

async function remove(name: string, isEmptied: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  deleteDB(name, {
    blocked: () => {
      if (isEmptied) resolve(undefined)
      else reject(storageFailed('another tab keeps the database open'))
    },
  }).then(() => resolve(undefined), reject)
  await promise
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> {
  if (!(value instanceof Uint8Array)) throw storageFailed('a record is not of bytes')
  return Uint8Array.from(value)
}
