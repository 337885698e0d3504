import { exclusively } from '../../client/storage/lock.ts'
import { openIndexedDb } from '../../client/storage/indexed-db.ts'
import { webAuthnPrf } from '../../client/storage/passkey.ts'
import type { RecordStore } from '../../client/storage/record-store.ts'
import { askForPersistence, estimate } from '../../client/storage/persistence.ts'
import type { ScryptCost } from '../../client/storage/stretch.ts'
import { Vault } from '../../client/storage/vault.ts'
import { ZerocardError } from '../../core/errors.ts'
import * as z from '../../core/zod.ts'

// Runs inside a page: the wallet's storage, one call of the test at a time.

let store: RecordStore
let vault: Vault
let isLost = false
const prf = webAuthnPrf({ site: 'Zerocard wallet', user: 'This browser' })

async function codeOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
    return 'accepted'
  } catch (error) {
    if (error instanceof ZerocardError) return error.code
    throw error
  }
}

/** How often the page could show something new while an action ran. */
async function framesDuring(action: () => Promise<unknown>): Promise<number> {
  let frames = 0
  let isOver = false
  const count = (): void => {
    frames++
    if (!isOver) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  await action()
  isOver = true
  return frames
}

Object.assign(globalThis, {
  storage: {
    open: async (cost?: ScryptCost) => {
      store = await openIndexedDb('zerocard', () => (isLost = true))
      vault = await Vault.open(store, cost === undefined ? {} : { cost })
      return vault.state
    },
    create: (passphrase: string) => framesDuring(() => vault.create(passphrase)),
    unlock: (passphrase: string) => codeOf(() => vault.unlock(passphrase)),
    lock: () => vault.lock(),
    state: () => vault.state,
    isLost: () => isLost,
    write: (name: string, value: unknown) => codeOf(() => vault.write([{ name, value }])),
    read: async (name: string) => (await vault.read(name, z.unknown())) ?? null,
    destroy: () => codeOf(() => vault.destroy()),
    addPasskey: () => codeOf(() => vault.addPasskey(prf)),
    unlockWithPasskey: () => codeOf(() => vault.unlockWithPasskey(prf)),
    /** As many bytes as asked for, in one transaction, over what is there. */
    fill: (bytes: number) =>
      codeOf(() =>
        store.write([
          { key: 'small', value: new Uint8Array(10) },
          { key: 'large', value: crypto.getRandomValues(new Uint8Array(65_536)) },
          ...Array.from({ length: Math.ceil(bytes / 65_536) }, (_, i) => ({
            key: `large/${String(i)}`,
            value: crypto.getRandomValues(new Uint8Array(65_536)),
          })),
        ]),
      ),
    keys: async () => (await store.entries()).map(([key]) => key),
    dump: async () =>
      (await store.entries()).map(([key, value]) => [key, String.fromCharCode(...value)]),
    /** Adds one to a number, with a pause in which another tab could come between. */
    increase: (times: number) =>
      Promise.all(
        Array.from({ length: times }, () =>
          exclusively('counter', async () => {
            const count = (await vault.read('counter', z.number())) ?? 0
            await new Promise((resolve) => setTimeout(resolve, 1))
            await vault.write([{ name: 'counter', value: count + 1 }])
          }),
        ),
      ).then(() => undefined),
    persistence: async () => ({ kept: await askForPersistence(), room: await estimate() }),
  },
})
