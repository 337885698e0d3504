import { storageError, storageFailed } from './record-store.ts'
import type { RecordStore } from './record-store.ts'

type Records = ReadonlyMap<string, Uint8Array<ArrayBuffer>>

/** Records that end with the page: for tests, and for whoever wants to leave nothing behind. */
export function memoryStore(): RecordStore {
  let records: Records | undefined = new Map()
  const open = (): Records => {
    if (records === undefined) throw storageFailed('the store was closed')
    return records
  }
  // Each call reads when it is made and fails by its promise, like a database.
  return {
    get: (key) => attempt(() => open().get(key)?.slice()),
    entries: () => attempt(() => sorted(open())),
    write: (changes) =>
      attempt(() => {
        const next = new Map(open())
        for (const { key, value } of changes) {
          if (value === undefined) next.delete(key)
          else next.set(key, Uint8Array.from(value.slice()))
        }
        records = next
      }),
    destroy: () =>
      attempt(() => {
        records = new Map()
      }),
    close: () => {
      records = undefined
    },
  }
}

function sorted(records: Records): (readonly [string, Uint8Array<ArrayBuffer>])[] {
  return [...records]
    .map(([key, value]) => [key, value.slice()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

async function attempt<T>(action: () => T): Promise<T> {
  try {
    return await Promise.resolve(action())
  } catch (error) {
    throw storageError(error)
  }
}
