import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as z from '../../../core/zod.ts'
import { toBase64url, toHex, utf8 } from '../../../core/bytes.ts'
import { openIndexedDb } from '../../../client/storage/indexed-db.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import type { RecordStore } from '../../../client/storage/record-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { verdictOf } from '../../support/refusal.ts'
import { fakePasskeys } from './fake-passkey.ts'

/** Milliseconds instead of a second; test/client/storage/stretch.test.ts is about the real one. */
const QUICK = { cost: { N: 16, r: 8, p: 1 } }
const PASSPHRASE = 'correct horse battery staple'
const OTHER = 'another one'

const text = z.string()
const anything = z.unknown()

let store: RecordStore
let vault: Vault

beforeEach(async () => {
  store = memoryStore()
  vault = await Vault.open(store, QUICK)
  await vault.create(PASSPHRASE)
})
afterEach(() => vi.restoreAllMocks())

const open = (from: RecordStore = store): Promise<Vault> => Vault.open(from, QUICK)

async function opened(from: RecordStore = store, passphrase = PASSPHRASE): Promise<Vault> {
  const other = await open(from)
  await other.unlock(passphrase)
  return other
}

describe('a vault', () => {
  test('is empty, then open, then locked, then open again', async () => {
    const fresh = await open(memoryStore())
    expect(fresh.state).toBe('empty')
    await fresh.create(PASSPHRASE)
    expect(fresh.state).toBe('open')
    fresh.lock()
    expect(fresh.state).toBe('locked')
    await fresh.unlock(PASSPHRASE)
    expect(fresh.state).toBe('open')
    expect((await open()).state).toBe('locked')
  })

  test('keeps documents by name, for the next page too', async () => {
    await vault.write([
      { name: 'card/1', value: { a: [1, 2.5, null, 'é'] } },
      { name: 'card/2', value: 'two' },
    ])
    const next = await opened()
    expect(await next.read('card/1', anything)).toEqual({ a: [1, 2.5, null, 'é'] })
    expect(await next.read('card/2', text)).toBe('two')
    expect(await next.read('card/3', text)).toBeUndefined()
  })

  test('lists documents by the beginning of their names', async () => {
    const names = ['card/b', 'card/a', 'history/1', 'card', 'header']
    await vault.write(names.map((name) => ({ name, value: `this is ${name}` })))
    expect(await vault.list('card/', text)).toEqual([
      ['card/a', 'this is card/a'],
      ['card/b', 'this is card/b'],
    ])
    expect((await vault.list('', text)).map(([name]) => name)).toEqual([...names].sort())
    expect(await vault.list('none', text)).toEqual([])
  })

  test('replaces and removes documents, together or not at all', async () => {
    await vault.write([
      { name: 'a', value: 'before' },
      { name: 'b', value: 'before' },
    ])
    const tooLarge = 'x'.repeat(17 * 1024 * 1024)
    const failing = [
      { name: 'a', value: undefined },
      { name: 'b', value: tooLarge },
    ]
    expect(await verdictOf(() => vault.write(failing))).toBe('INPUT_TOO_LARGE')
    for (const value of [() => 1, 1n, Symbol('x')]) {
      const odd = [
        { name: 'a', value: 'after' },
        { name: 'c', value },
      ]
      await expect(vault.write(odd)).rejects.toThrow(TypeError)
    }
    expect(await vault.list('', text)).toEqual([
      ['a', 'before'],
      ['b', 'before'],
    ])
    await vault.write([
      { name: 'a', value: undefined },
      { name: 'b', value: 'after' },
    ])
    expect(await vault.list('', text)).toEqual([['b', 'after']])
  })

  test('refuses a document that has not the shape that is asked for', async () => {
    await vault.write([{ name: 'a', value: 7 }])
    expect(await verdictOf(() => vault.read('a', text))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => vault.list('', text))).toBe('STORAGE_FAILED')
    expect(await vault.read('a', z.number())).toBe(7)
  })

  test('gives nothing while it is locked', async () => {
    await vault.write([{ name: 'a', value: 'secret' }])
    vault.lock()
    expect(await verdictOf(() => vault.read('a', text))).toBe('LOCKED')
    expect(await verdictOf(() => vault.list('', text))).toBe('LOCKED')
    expect(await verdictOf(() => vault.write([{ name: 'a', value: 1 }]))).toBe('LOCKED')
    expect(await verdictOf(() => vault.addPasskey(fakePasskeys()))).toBe('LOCKED')
    expect(await verdictOf(() => vault.removePasskey())).toBe('LOCKED')
    expect(await (await opened()).read('a', text)).toBe('secret')
  })

  test('is opened by its passphrase only, however the keyboard composes it', async () => {
    const fresh = memoryStore()
    await (await open(fresh)).create('Café ½')
    for (const passphrase of ['Café ½', 'Cafe\u0301 1\u20442']) {
      expect(await verdictOf(() => opened(fresh, passphrase))).toBe('accepted')
    }
    for (const passphrase of ['Cafe ½', 'café ½', 'Café ½ ', '', '\ud800', 'x'.repeat(100_000)]) {
      expect(await verdictOf(() => opened(fresh, passphrase))).toBe('UNLOCK_FAILED')
    }
  })

  test('stays as it was after a wrong passphrase', async () => {
    expect(await verdictOf(() => vault.unlock(OTHER))).toBe('UNLOCK_FAILED')
    expect(vault.state).toBe('open')
    vault.lock()
    expect(await verdictOf(() => vault.unlock(OTHER))).toBe('UNLOCK_FAILED')
    expect(vault.state).toBe('locked')
  })

  test('is not made twice, and never without a passphrase', async () => {
    await vault.write([{ name: 'a', value: 'first' }])
    expect(await verdictOf(() => vault.create(OTHER))).toBe('CONFLICT')
    const fresh = memoryStore()
    const tabs = await Promise.all([open(fresh), open(fresh)])
    const verdicts = await Promise.all(tabs.map((tab) => verdictOf(() => tab.create(OTHER))))
    expect(verdicts.sort()).toEqual(['CONFLICT', 'accepted'])
    expect(tabs.map(({ state }) => state).sort()).toEqual(['locked', 'open'])
    await expect((await open(memoryStore())).create('')).rejects.toThrow(TypeError)
    expect(await (await opened()).read('a', text)).toBe('first')
  })

  test('is made together with its first documents or not at all', async () => {
    const fresh = memoryStore()
    const made = await open(fresh)
    await expect(made.create(PASSPHRASE, [{ name: 'a', value: 1n }])).rejects.toThrow(TypeError)
    expect(made.state).toBe('empty')
    expect(await fresh.entries()).toEqual([])
    await made.create(PASSPHRASE, [{ name: 'a', value: 'first' }])
    expect(await (await opened(fresh)).read('a', text)).toBe('first')
  })

  test('is gone after it is destroyed, and another can be made', async () => {
    await vault.write([{ name: 'a', value: 'secret' }])
    await vault.destroy()
    expect(vault.state).toBe('empty')
    expect(await store.entries()).toEqual([])
    await vault.create(OTHER)
    expect(await vault.read('a', text)).toBeUndefined()
  })

  test('tells how far the passphrase is', async () => {
    const told: number[] = []
    await vault.changePassphrase(PASSPHRASE, OTHER, (fraction) => void told.push(fraction))
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told[0]).toBeLessThan(0.1)
    expect(told.at(-1)).toBe(1)
  })
})

describe('another passphrase', () => {
  test('opens the vault from then on, and the old one does not', async () => {
    await vault.write([{ name: 'a', value: 'kept' }])
    const locked = await open()
    await locked.changePassphrase(PASSPHRASE, OTHER)
    expect(locked.state).toBe('locked')
    expect(await verdictOf(() => opened())).toBe('UNLOCK_FAILED')
    expect(await (await opened(store, OTHER)).read('a', text)).toBe('kept')
    // A tab that was open does not notice, and one that was locked reads the new header.
    expect(await vault.read('a', text)).toBe('kept')
    expect(await verdictOf(() => vault.unlock(PASSPHRASE))).toBe('UNLOCK_FAILED')
  })

  test('is not taken without the old one', async () => {
    expect(await verdictOf(() => vault.changePassphrase(OTHER, OTHER))).toBe('UNLOCK_FAILED')
    await expect(vault.changePassphrase(PASSPHRASE, '')).rejects.toThrow(TypeError)
    expect(await verdictOf(() => opened())).toBe('accepted')
  })

  test('that cannot be stored leaves the old one', async () => {
    vi.spyOn(store, 'write').mockRejectedValueOnce(new TypeError('no disk'))
    await expect(vault.changePassphrase(PASSPHRASE, OTHER)).rejects.toThrow(TypeError)
    expect(await verdictOf(() => opened())).toBe('accepted')
    expect(await verdictOf(() => opened(store, OTHER))).toBe('UNLOCK_FAILED')
  })

  test('and a passkey, changed in two tabs at once, are both there', async () => {
    const passkeys = fakePasskeys()
    const tab = await opened()
    await Promise.all([vault.changePassphrase(PASSPHRASE, OTHER), tab.addPasskey(passkeys)])
    const next = await open()
    await next.unlockWithPasskey(passkeys)
    await next.unlock(OTHER)
    expect(await verdictOf(() => next.unlock(PASSPHRASE))).toBe('UNLOCK_FAILED')
  })
})

describe('a passkey', () => {
  const passkeys = fakePasskeys()

  test('opens the vault beside the passphrase, until it is removed', async () => {
    await vault.write([{ name: 'a', value: 'kept' }])
    expect(vault.hasPasskey).toBe(false)
    await vault.addPasskey(passkeys)
    expect(vault.hasPasskey).toBe(true)
    const next = await open()
    expect(next.hasPasskey).toBe(true)
    await next.unlockWithPasskey(passkeys)
    expect(await next.read('a', text)).toBe('kept')
    expect(await verdictOf(() => opened())).toBe('accepted')
    await next.removePasskey()
    expect(next.hasPasskey).toBe(false)
    expect(await verdictOf(async () => (await open()).unlockWithPasskey(passkeys))).toBe(
      'UNLOCK_FAILED',
    )
    expect(await verdictOf(() => opened())).toBe('accepted')
  })

  test('still opens it after the passphrase has changed', async () => {
    await vault.addPasskey(passkeys)
    await vault.changePassphrase(PASSPHRASE, OTHER)
    vault.lock()
    await vault.unlockWithPasskey(passkeys)
    expect(vault.state).toBe('open')
  })

  test('of somebody else does not open it', async () => {
    await vault.addPasskey(passkeys)
    vault.lock()
    expect(await verdictOf(() => vault.unlockWithPasskey(fakePasskeys()))).toBe('ABORTED')
    const wrong = { ...passkeys, evaluate: () => Promise.resolve(new Uint8Array(32)) }
    expect(await verdictOf(() => vault.unlockWithPasskey(wrong))).toBe('UNLOCK_FAILED')
    expect(vault.state).toBe('locked')
  })

  test('that was not made leaves everything as it was', async () => {
    const declined = { ...passkeys, register: () => Promise.reject(new RangeError('declined')) }
    await expect(vault.addPasskey(declined)).rejects.toThrow(RangeError)
    expect(vault.hasPasskey).toBe(false)
    expect(await verdictOf(() => opened())).toBe('accepted')
  })

  test('is not added to a vault that was locked while the person was asked', async () => {
    const slow = {
      ...passkeys,
      register: () => {
        vault.lock()
        return passkeys.register()
      },
    }
    expect(await verdictOf(() => vault.addPasskey(slow))).toBe('LOCKED')
    expect((await open()).hasPasskey).toBe(false)
  })
})

describe('two tabs with one database', () => {
  test('see what the other one wrote', async () => {
    const name = 'two tabs'
    const first = await open(await openIndexedDb(name))
    await first.create(PASSPHRASE)
    const second = await opened(await openIndexedDb(name))
    await first.write([{ name: 'a', value: 'from the first' }])
    expect(await second.read('a', text)).toBe('from the first')
    await second.write([{ name: 'a', value: undefined }])
    expect(await first.read('a', text)).toBeUndefined()
  })

  test('do not go on with what the other one has destroyed', async () => {
    const name = 'one is destroyed'
    const first = await open(await openIndexedDb(name))
    await first.create(PASSPHRASE)
    const second = await opened(await openIndexedDb(name))
    await first.destroy()
    await first.create(PASSPHRASE)
    expect(await verdictOf(() => second.write([{ name: 'a', value: 1 }]))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => second.unlock(PASSPHRASE))).toBe('STORAGE_FAILED')
    expect(await first.list('', text)).toEqual([])
  })
})

describe('what lies in the database', () => {
  const SECRETS = ['holder-secret-123456789', '1984-03-12', 'https://shop.example', 'card/person/1']

  test('shows no secret and no name, in no common form, and no passphrase', async () => {
    const database = await openIndexedDb('dump')
    const full = await open(database)
    await full.create(PASSPHRASE)
    await full.addPasskey(fakePasskeys())
    await full.write(SECRETS.map((secret) => ({ name: secret, value: { secret } })))
    await full.changePassphrase(PASSPHRASE, OTHER)
    const dump = (await database.entries()).flatMap(([key, value]) => [
      Buffer.from(key),
      Buffer.from(value),
    ])
    for (const secret of [...SECRETS, PASSPHRASE, OTHER]) {
      for (const form of formsOf(secret)) {
        expect(dump.filter((bytes) => bytes.includes(form))).toEqual([])
      }
    }
    // The search finds what is there.
    expect(dump.filter((bytes) => bytes.includes('"kdf":"scrypt"'))).toHaveLength(1)
    expect(await full.list('', anything)).toHaveLength(SECRETS.length)
  })

  test('is of one length for documents of about one length', async () => {
    await vault.write([
      { name: 'a', value: 'Li' },
      { name: 'a longer name', value: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(5) },
      { name: 'long', value: 'x'.repeat(1000) },
      { name: 'longer', value: 'x'.repeat(1900) },
    ])
    const lengths = (await records(store)).map(([, { length }]) => length).sort((a, b) => a - b)
    expect(lengths).toEqual([540, 540, 2076, 2076])
  })

  test('is different each time, and in each vault', async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 3; i++) {
      await vault.write([{ name: 'a', value: 'same' }])
      for (const [, value] of await records(store)) seen.add(toHex(value))
    }
    const second = memoryStore()
    const other = await open(second)
    await other.create(PASSPHRASE)
    await other.write([{ name: 'a', value: 'same' }])
    for (const [, value] of await records(second)) seen.add(toHex(value))
    expect(seen.size).toBe(4)
    const keys = [...(await records(store)), ...(await records(second))].map(([key]) => key)
    expect(new Set(keys).size).toBe(2)
  })

  test('has no key that the page could read or give away', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const deriveKey = vi.spyOn(crypto.subtle, 'deriveKey')
    await opened()
    const calls = [...importKey.mock.results, ...deriveKey.mock.results]
    const raws = await Promise.all(calls.map(({ value }) => value as Promise<CryptoKey>))
    expect(raws.length).toBeGreaterThanOrEqual(4)
    expect(raws.filter(({ extractable }) => extractable)).toEqual([])
  })
})

describe('a database that somebody has written in', () => {
  let header: Uint8Array

  beforeEach(async () => {
    await vault.addPasskey(fakePasskeys())
    await vault.write([
      { name: 'a', value: 'the first' },
      { name: 'b', value: 'the second' },
    ])
    header = (await store.get('header'))!
  })

  test('is refused for every altered byte of the header', async () => {
    for (let at = 0; at < header.length; at++) {
      const altered = Uint8Array.from(header)
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8))
      await store.write([{ key: 'header', value: altered }])
      expect(await verdictOf(() => open()), `byte ${String(at)}`).toBe('STORAGE_FAILED')
      expect(await verdictOf(() => vault.unlock(PASSPHRASE))).toBe('STORAGE_FAILED')
    }
  })

  test('is refused for every altered byte of the header under a hash that fits', async () => {
    const verdicts = new Set<string>()
    // Every second one: each number and each base64url text is met.
    for (let at = 32; at < header.length; at += 2) {
      const altered = Uint8Array.from(header)
      altered[at] = (altered[at] ?? 0) ^ 1
      await store.write([{ key: 'header', value: await rehashed(altered) }])
      verdicts.add(await verdictOf(() => opened()))
    }
    expect([...verdicts].sort()).toEqual(['STORAGE_FAILED', 'UNLOCK_FAILED'])
  })

  test('is refused for every shortened header', async () => {
    for (let length = 0; length < header.length; length += 7) {
      await store.write([{ key: 'header', value: header.slice(0, length) }])
      expect(await verdictOf(() => open())).toBe('STORAGE_FAILED')
      await store.write([{ key: 'header', value: await rehashed(header.slice(0, length)) }])
      expect(await verdictOf(() => open())).toBe('STORAGE_FAILED')
    }
  })

  test('is refused without its header, and not taken for an empty one', async () => {
    await store.write([{ key: 'header', value: undefined }])
    expect(await verdictOf(() => open())).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => vault.unlock(PASSPHRASE))).toBe('STORAGE_FAILED')
    expect(await records(store)).toHaveLength(2)
  })

  test('is refused with a cheaper or a ruinous passphrase, or members that are not known', async () => {
    const plain = JSON.parse(new TextDecoder().decode(header.subarray(32))) as {
      passphrase: { cost: object }
    }
    const withCost = (cost: object): object => ({
      ...plain,
      passphrase: { ...plain.passphrase, cost: { ...plain.passphrase.cost, ...cost } },
    })
    const altered = [
      ...[8, 0, -1, 17, 2 ** 19, 2 ** 40, 1.5, '16'].map((N) => withCost({ N })),
      ...[withCost({ r: 1 }), withCost({ r: 1024 }), withCost({ p: 2 ** 20 })],
      ...[{ ...plain, isUnlocked: true }, { ...plain, version: 2 }, [plain], null],
    ]
    for (const value of altered) {
      const bytes = new Uint8Array([...new Uint8Array(32), ...utf8(JSON.stringify(value))])
      await store.write([{ key: 'header', value: await rehashed(bytes) }])
      expect(await verdictOf(() => opened()), JSON.stringify(value)).toBe('STORAGE_FAILED')
    }
    // A cost that is allowed makes another key.
    const bytes = new Uint8Array([
      ...new Uint8Array(32),
      ...utf8(JSON.stringify(withCost({ N: 32 }))),
    ])
    await store.write([{ key: 'header', value: await rehashed(bytes) }])
    expect(await verdictOf(() => opened())).toBe('UNLOCK_FAILED')
  })

  test('as tests write it is refused by a wallet', async () => {
    expect(await verdictOf(() => Vault.open(store))).toBe('STORAGE_FAILED')
  })

  test('is refused for every altered byte of a record', async () => {
    const key = (await records(store))[0]![0]
    const record = (await store.get(key))!
    // One of each 7 bytes: IV, text, padding and tag are all among them.
    for (let at = 0; at < record.length; at += 7) {
      const altered = Uint8Array.from(record)
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8))
      await store.write([{ key, value: altered }])
      expect(await verdictOf(() => vault.list('', text)), `byte ${String(at)}`).toBe(
        'STORAGE_FAILED',
      )
    }
    for (const length of [0, 11, 12, 27, 28, record.length - 1]) {
      await store.write([{ key, value: record.slice(0, length) }])
      expect(await verdictOf(() => vault.list('', text))).toBe('STORAGE_FAILED')
    }
    const names = await Promise.all(
      ['a', 'b'].map((name) => verdictOf(() => vault.read(name, text))),
    )
    expect(names.sort()).toEqual(['STORAGE_FAILED', 'accepted'])
  })

  test('is refused for a record in the place of another', async () => {
    const [[first, one], [second, two]] = (await records(store)) as [Entry, Entry]
    await store.write([
      { key: first, value: two },
      { key: second, value: one },
    ])
    expect(await verdictOf(() => vault.read('a', text))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => vault.read('b', text))).toBe('STORAGE_FAILED')
    await store.write([
      { key: first, value: one },
      { key: second, value: two },
      { key: 'x'.repeat(43), value: one },
    ])
    expect(await verdictOf(() => vault.list('', text))).toBe('STORAGE_FAILED')
    expect(await vault.read('a', text)).toBe('the first')
  })

  test('is refused for a record or a header of another vault', async () => {
    const foreign = memoryStore()
    const other = await open(foreign)
    await other.create(OTHER)
    await other.write([{ name: 'a', value: 'foreign' }])
    const [[, record]] = (await records(foreign)) as [Entry]
    const own = (await records(store)).map(([key]) => ({ key, value: record }))
    const before = await store.entries()
    await store.write(own)
    expect(await verdictOf(() => vault.read('a', text))).toBe('STORAGE_FAILED')
    await store.write(before.map(([key, value]) => ({ key, value })))
    await store.write([{ key: 'header', value: await foreign.get('header') }])
    // With a passphrase of the attacker's the wallet opens, but not what was in it.
    const replaced = await opened(store, OTHER)
    expect(await verdictOf(() => replaced.list('', text))).toBe('STORAGE_FAILED')
    expect(await replaced.read('a', text)).toBeUndefined()
    // And a tab that is open does not help to seal its key for the attacker.
    expect(await verdictOf(() => vault.addPasskey(fakePasskeys()))).toBe('STORAGE_FAILED')
    expect(await verdictOf(() => vault.removePasskey())).toBe('STORAGE_FAILED')
  })

  test('with a passkey slipped in or taken out is refused', async () => {
    const plain = JSON.parse(new TextDecoder().decode(header.subarray(32))) as {
      passkey?: { sealed: string }
    }
    const { passkey, ...without } = plain
    const sealed = toBase64url(crypto.getRandomValues(new Uint8Array(60)))
    for (const value of [without, { ...without, passkey: { ...passkey, sealed } }]) {
      const bytes = new Uint8Array([...new Uint8Array(32), ...utf8(JSON.stringify(value))])
      await store.write([{ key: 'header', value: await rehashed(bytes) }])
      expect(await verdictOf(() => opened())).toBe('STORAGE_FAILED')
    }
  })

  test('put back to an earlier time asks for the passphrase of that time', async () => {
    await vault.changePassphrase(PASSPHRASE, OTHER)
    await store.write([{ key: 'header', value: header }])
    expect(await verdictOf(() => opened(store, OTHER))).toBe('UNLOCK_FAILED')
    expect(await verdictOf(() => opened())).toBe('accepted')
  })
})

type Entry = readonly [string, Uint8Array]

async function records(from: RecordStore): Promise<readonly Entry[]> {
  return (await from.entries()).filter(([key]) => key !== 'header')
}

/** What an attacker writes who knows the format: the hash in front needs no secret. */
async function rehashed(header: Uint8Array): Promise<Uint8Array> {
  const json = Uint8Array.from(header.subarray(32))
  const hash = await crypto.subtle.digest('SHA-256', json)
  return Uint8Array.of(...new Uint8Array(hash), ...json)
}

/** Base64 in its three alignments, without the characters that depend on what is beside. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  const hex = bytes.toString('hex')
  const url = base64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))
  return [secret, hex, hex.toUpperCase(), ...base64, ...url]
}
