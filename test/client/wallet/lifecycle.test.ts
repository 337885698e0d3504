import { beforeEach, describe, expect, test } from 'vitest'
import { secretFromPhrase } from '../../../client/phrase.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { verdictOf } from '../../support/refusal.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

const NEXT = 'another long passphrase'

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
})

describe('a wallet', () => {
  test('is empty, then open, then locked, and knows nothing while it is', async () => {
    const other = await (await WalletWorld.create()).open()
    expect(other.state.status).toBe('empty')
    expect(wallet.state).toMatchObject({ status: 'open', isForgeable: true, isPhraseKept: false })
    wallet.lock()
    expect(wallet.state).toMatchObject({ status: 'locked', credentials: [], history: [] })
    expect(await verdictOf(() => wallet.revealPhrase(PASSPHRASE))).toBe('LOCKED')
    expect(wallet.state.status).toBe('locked')
    expect(await verdictOf(() => wallet.unlock('wrong'))).toBe('UNLOCK_FAILED')
    await wallet.unlock(PASSPHRASE)
    expect(wallet.state.credentials).toHaveLength(1)
  })

  test('that is locked while it is being opened stays locked', async () => {
    wallet.lock()
    const opening = verdictOf(() => wallet.unlock(PASSPHRASE))
    wallet.lock()
    expect(await opening).toBe('LOCKED')
    expect(wallet.state).toMatchObject({ status: 'locked', credentials: [] })
  })

  test('that is locked makes its prover forget', async () => {
    let released = 0
    wallet = await world.open({ release: () => void (released += 1) })
    wallet.lock()
    expect(released).toBe(1)
  })

  test('tells whoever listens, until they stop', async () => {
    const seen: string[] = []
    const stop = wallet.subscribe(({ status }) => seen.push(status))
    wallet.lock()
    await wallet.unlock(PASSPHRASE)
    stop()
    wallet.lock()
    expect(seen).toEqual(['locked', 'open'])
  })

  test('shows its words to whoever knows the passphrase', async () => {
    expect(await verdictOf(() => wallet.revealPhrase('wrong'))).toBe('UNLOCK_FAILED')
    const phrase = await wallet.revealPhrase(PASSPHRASE)
    expect(phrase.split(' ')).toHaveLength(24)
    await wallet.confirmPhraseKept()
    expect(wallet.state.isPhraseKept).toBe(true)
  })

  test('made of known words has the same secret; of wrong ones it is not made', async () => {
    const phrase = await wallet.revealPhrase(PASSPHRASE)
    const other = await (await WalletWorld.create()).open()
    const wrong = phrase.split(' ').toReversed().join(' ')
    expect(await verdictOf(() => other.create(NEXT, `${wrong} extra`))).toBe('PHRASE_INVALID')
    expect(other.state.status).toBe('empty')
    await other.create(NEXT, `  ${phrase.toUpperCase()} `)
    const restored = await other.revealPhrase(NEXT)
    expect(secretFromPhrase(restored)).toBe(secretFromPhrase(phrase))
  })

  test('is made once in a browser', async () => {
    const second = await world.open()
    expect(second.state.status).toBe('locked')
    expect(await verdictOf(() => second.create(NEXT))).toBe('CONFLICT')
  })

  test('changes its passphrase', async () => {
    expect(await verdictOf(() => wallet.changePassphrase('wrong', NEXT))).toBe('UNLOCK_FAILED')
    await wallet.changePassphrase(PASSPHRASE, NEXT)
    wallet.lock()
    expect(await verdictOf(() => wallet.unlock(PASSPHRASE))).toBe('UNLOCK_FAILED')
    await wallet.unlock(NEXT)
  })

  test('keeps settings also while it is locked, and refuses to keep nonsense', async () => {
    wallet.lock()
    await wallet.changeSettings({ theme: 'dark', language: 'zh-Hans' })
    expect(wallet.state.settings).toMatchObject({ theme: 'dark', language: 'zh-Hans' })
    await wallet.changeSettings({ lockAfter: 0 })
    expect(wallet.state.settings).toMatchObject({ theme: 'system', lockAfter: 10 })
  })

  test('sees what another tab has written', async () => {
    const listeners: (() => void)[] = []
    const tabs = {
      announce: () => {
        for (const listener of listeners) listener()
      },
      listen: (changed: () => void) => void listeners.push(changed),
    }
    const second = await world.open({ tabs })
    await second.unlock(PASSPHRASE)
    const first = await world.open({ tabs })
    await first.unlock(PASSPHRASE)
    await first.confirmPhraseKept()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(second.state.isPhraseKept).toBe(true)
  })

  test('that is deleted leaves nothing', async () => {
    await wallet.destroy()
    expect(wallet.state).toMatchObject({ status: 'empty', credentials: [] })
    expect(await world.store.entries()).toEqual([])
  })
})

describe('a backup', () => {
  test('brings everything back into another browser, under another passphrase', async () => {
    const file = await wallet.exportBackup('for the file')
    expect(wallet.state.backedUpAt).toBe(world.now)
    const other = await (await WalletWorld.create()).open()
    expect(await other.inspectBackup(file, 'for the file')).toEqual({
      madeAt: world.now,
      credentials: 1,
      history: 1,
    })
    await other.restoreBackup(file, 'for the file', NEXT)
    expect(other.state.credentials).toEqual(wallet.state.credentials)
    expect(await other.revealPhrase(NEXT)).toBe(await wallet.revealPhrase(PASSPHRASE))
  })

  test('with another passphrase, or damaged, changes nothing', async () => {
    const file = await wallet.exportBackup('for the file')
    const other = await (await WalletWorld.create()).open()
    expect(await verdictOf(() => other.restoreBackup(file, 'wrong', NEXT))).toBe('UNLOCK_FAILED')
    const damaged = file.slice(0, -1)
    const verdict = await verdictOf(() => other.restoreBackup(damaged, 'for the file', NEXT))
    expect(['BACKUP_INVALID', 'UNLOCK_FAILED']).toContain(verdict)
    expect(other.state.status).toBe('empty')
    expect(await verdictOf(() => wallet.restoreBackup(file, 'for the file', NEXT))).toBe('CONFLICT')
    expect(wallet.state.credentials).toHaveLength(1)
  })
})
