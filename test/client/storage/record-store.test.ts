import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openIndexedDb } from '../../../client/storage/indexed-db.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import type { RecordStore } from '../../../client/storage/record-store.ts'
import { verdictOf } from '../../support/refusal.ts'

const A = Uint8Array.of(1, 2, 3)
const B = Uint8Array.of(4)

let count = 0
const newName = (): string => `store-${String(count++)}`

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** Bytes that no database takes: their buffer belongs to somebody else by now. */
function detached(): Uint8Array {
  const bytes = new Uint8Array(8)
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
  return bytes
}

const kinds: [string, () => Promise<RecordStore>][] = [
  ['in memory', () => Promise.resolve(memoryStore())],
  ['in IndexedDB', () => openIndexedDb(newName())],
]

describe.each(kinds)('records %s', (_kind, open) => {
  test('are there after they were written, and nothing else is', async () => {
    const store = await open()
    await store.write([
      { key: 'b', value: B },
      { key: 'a', value: A },
    ])
    expect(await store.get('a')).toEqual(A)
    expect(await store.get('c')).toBeUndefined()
    expect(await store.entries()).toEqual([
      ['a', A],
      ['b', B],
    ])
  })

  test('are replaced and removed in the order of the changes', async () => {
    const store = await open()
    await store.write([{ key: 'a', value: A }])
    await store.write([
      { key: 'a', value: undefined },
      { key: 'b', value: A },
      { key: 'b', value: B },
      { key: 'never there', value: undefined },
    ])
    expect(await store.entries()).toEqual([['b', B]])
  })

  test('are all written or none, also those before the one that fails', async () => {
    const store = await open()
    await store.write([{ key: 'a', value: A }])
    const changes = [
      { key: 'a', value: undefined },
      { key: 'b', value: B },
      { key: 'c', value: detached() },
      { key: 'd', value: B },
    ]
    expect(await verdictOf(() => store.write(changes))).toBe('STORAGE_FAILED')
    expect(await store.entries()).toEqual([['a', A]])
    await store.write([{ key: 'b', value: B }])
    expect(await store.get('b')).toEqual(B)
  })

  test('are not changed by whoever wrote or read them', async () => {
    const store = await open()
    const mine = Uint8Array.from(A)
    await store.write([{ key: 'a', value: mine }])
    mine.fill(9)
    ;(await store.get('a'))?.fill(9)
    for (const [, value] of await store.entries()) value.fill(9)
    expect(await store.get('a')).toEqual(A)
  })

  test('are gone after the store is destroyed, which can be used anew', async () => {
    const store = await open()
    await store.write([{ key: 'a', value: A }])
    await store.destroy()
    expect(await store.entries()).toEqual([])
    await store.write([{ key: 'b', value: B }])
    expect(await store.entries()).toEqual([['b', B]])
  })

  test('cannot be reached through a closed store', async () => {
    const store = await open()
    await store.write([{ key: 'a', value: A }])
    store.close()
    expect(await verdictOf(() => store.get('a'))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => store.entries())).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => store.write([]))).toBe('STORAGE_FAILED')
  })
})

describe('a database', () => {
  test('keeps its records for the next one who opens it', async () => {
    const name = newName()
    const first = await openIndexedDb(name)
    await first.write([{ key: 'a', value: A }])
    first.close()
    expect(await (await openIndexedDb(name)).get('a')).toEqual(A)
  })

  test('is asked to put every change on the disk', async () => {
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const store = await openIndexedDb(newName())
    begin.mockClear()
    await store.write([{ key: 'a', value: A }])
    expect(begin.mock.calls).toEqual([['records', 'readwrite', { durability: 'strict' }]])
  })

  test('gets no more of a buffer than the part that is written', async () => {
    const name = newName()
    const store = await openIndexedDb(name)
    await store.write([{ key: 'a', value: new Uint8Array(1000).fill(7).subarray(10, 12) }])
    const raw = await rawly(name, 1)
    const request = raw.transaction('records').objectStore('records').get('a')
    await new Promise((resolve) => (request.onsuccess = resolve))
    expect((request.result as Uint8Array).buffer.byteLength).toBe(2)
    raw.close()
  })

  test('without room says so, and keeps nothing of what was too much', async () => {
    const store = await openIndexedDb(newName())
    await store.write([{ key: 'a', value: A }])
    // Browsers notice at a request or only at the end of the transaction.
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    put.mockImplementationOnce(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    expect(await verdictOf(() => store.write([{ key: 'b', value: B }]))).toBe('STORAGE_FULL')
    put.mockImplementationOnce(function (this: IDBObjectStore, ...given) {
      const request = this.add(...given)
      const transaction = this.transaction as unknown as { _abort: (name: string) => void }
      transaction._abort('QuotaExceededError')
      return request
    })
    const changes = [
      { key: 'b', value: B },
      { key: 'a', value: undefined },
    ]
    expect(await verdictOf(() => store.write(changes.slice(0, 1)))).toBe('STORAGE_FULL')
    put.mockRestore()
    expect(await store.entries()).toEqual([['a', A]])
  })

  test('can be destroyed while another tab has it open, which is told and fails from then on', async () => {
    const name = newName()
    const lost = vi.fn()
    const other = await openIndexedDb(name, lost)
    await other.write([{ key: 'a', value: A }])
    const store = await openIndexedDb(name)
    await store.destroy()
    expect(lost).toHaveBeenCalledOnce()
    expect(await verdictOf(() => other.write([{ key: 'a', value: A }]))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => other.get('a'))).toBe('STORAGE_FAILED')
    expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(name)
  })

  test('is emptied although a tab with another program does not let go of it', async () => {
    const name = newName()
    const store = await openIndexedDb(name)
    await store.write([{ key: 'a', value: A }])
    const stubborn = await rawly(name, 1)
    await store.destroy()
    const left = stubborn.transaction('records').objectStore('records').count()
    await new Promise((resolve) => (left.onsuccess = resolve))
    expect(left.result).toBe(0)
    stubborn.close()
  })

  test('gives way to a newer version of the wallet in another tab', async () => {
    const name = newName()
    const lost = vi.fn()
    const store = await openIndexedDb(name, lost)
    ;(await rawly(name, 2)).close()
    expect(lost).toHaveBeenCalledOnce()
    expect(await verdictOf(() => store.get('a'))).toBe('STORAGE_FAILED')
    // And an older wallet leaves a newer one's database alone.
    expect(await verdictOf(() => openIndexedDb(name))).toBe('STORAGE_FAILED')
  })

  test('of another program under its name is refused', async () => {
    const name = newName()
    ;(await rawly(name, 1)).close()
    expect(await verdictOf(() => openIndexedDb(name))).toBe('STORAGE_FAILED')
  })

  test('with something in it that is no bytes is refused', async () => {
    const name = newName()
    const store = await openIndexedDb(name)
    const raw = await rawly(name, 1)
    const done = raw.transaction('records', 'readwrite').objectStore('records').put('text', 'a')
    await new Promise((resolve) => (done.onsuccess = resolve))
    expect(await verdictOf(() => store.get('a'))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => store.entries())).toBe('STORAGE_FAILED')
  })

  test('that never opens is given up', async () => {
    vi.useFakeTimers()
    vi.spyOn(indexedDB, 'open').mockImplementation(() => new IDBOpenDBRequest())
    const verdict = verdictOf(() => openIndexedDb(newName()))
    await vi.advanceTimersByTimeAsync(10_000)
    vi.useRealTimers()
    expect(await verdict).toBe('STORAGE_FAILED')
  })

  test('is refused where the browser has none', async () => {
    vi.stubGlobal('indexedDB', undefined)
    expect(await verdictOf(() => openIndexedDb(newName()))).toBe('STORAGE_FAILED')
  })
})

function rawly(name: string, version: number): Promise<IDBDatabase> {
  const request = indexedDB.open(name, version)
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error(request.error?.name))
  })
}
