import { beforeEach, describe, expect, test } from 'vitest'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { verdictOf } from '../../support/refusal.ts'
import { ISSUER } from '../fake-issuer.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.open()
  await wallet.create(PASSPHRASE)
})

const take = async (code = '123456') =>
  wallet.takeOffer(await wallet.readOffer(world.issuer.link), code)

describe('a credential', () => {
  test('is taken by its offer and shown as a card', async () => {
    expect(wallet.kindOf(world.issuer.link)).toBe('offer')
    const offer = await wallet.readOffer(world.issuer.link)
    expect(offer).toMatchObject({ issuer: ISSUER, configuration: 'person-1' })
    expect(JSON.stringify(offer)).not.toContain(world.issuer.code)
    const card = await wallet.takeOffer(offer, '123456')
    expect(card).toMatchObject({
      issuer: ISSUER,
      issuerName: 'Civil registry',
      schema: 'person/1',
      standing: 'valid',
    })
    expect(card.attributes.find(({ name }) => name === 'birthDate')?.value).toBe('1990-05-17')
    expect(wallet.state.credentials).toEqual([card])
    expect(wallet.state.history).toMatchObject([{ kind: 'received', host: 'registry.example' }])
    expect(wallet.state.pending).toEqual([])
  })

  test('is not taken with a wrong code, and can still be with the right one', async () => {
    expect(await verdictOf(() => take('000000'))).toBe('INPUT_INVALID')
    expect(wallet.state.credentials).toEqual([])
    await take()
    expect(wallet.state.credentials).toHaveLength(1)
    expect(wallet.state.pending).toEqual([])
  })

  test('whose answer got lost is asked for again, and is the same', async () => {
    world.issuer.lost.add('credential')
    expect(await verdictOf(() => take())).toBe('FETCH_FAILED')
    const [pending] = wallet.state.pending
    expect(pending).toMatchObject({ issuer: ISSUER, configuration: 'person-1' })
    wallet.lock()
    wallet = await world.open()
    await wallet.unlock(PASSPHRASE)
    await wallet.resume(pending?.id ?? '')
    expect(new Set(world.issuer.proofs.map(({ zerocard }) => zerocard.commitment)).size).toBe(1)
    expect(wallet.state).toMatchObject({ credentials: [{ schema: 'person/1' }], pending: [] })
  })

  test('that was begun can be given up', async () => {
    world.issuer.lost.add('credential')
    await verdictOf(() => take())
    await wallet.forgetPending(wallet.state.pending[0]?.id ?? '')
    expect(wallet.state.pending).toEqual([])
    expect(await verdictOf(() => wallet.resume('unknown'))).toBe('NOT_FOUND')
  })

  test('is removed, and the history says so', async () => {
    const { id } = await take()
    await wallet.removeCredential(id)
    expect(wallet.state.credentials).toEqual([])
    expect(wallet.state.history.map(({ kind }) => kind).sort()).toEqual(['received', 'removed'])
    expect(await verdictOf(() => wallet.removeCredential(id))).toBe('NOT_FOUND')
  })

  test('stays to be had when the taking is stopped', async () => {
    const controller = new AbortController()
    world.whileProving = () => {
      controller.abort()
      return Promise.resolve()
    }
    const offer = await wallet.readOffer(world.issuer.link)
    const taking = () => wallet.takeOffer(offer, '123456', undefined, controller.signal)
    expect(await verdictOf(taking)).toBe('ABORTED')
    expect(world.issuer.proofs).toEqual([])
    world.whileProving = () => Promise.resolve()
    await wallet.resume(wallet.state.pending[0]?.id ?? '')
    expect(wallet.state.credentials).toHaveLength(1)
  })
})

describe('the standing of credentials', () => {
  test('is asked ahead of time, and shown when one is revoked', async () => {
    await take()
    await wallet.prepare()
    expect(wallet.state.credentials[0]?.standing).toBe('valid')
    world.sent.length = 0
    world.down.add(ISSUER)
    await wallet.prepare()
    expect(wallet.state.credentials[0]?.standing).toBe('valid')
    world.down.clear()
    await world.revokeAll()
    await wallet.prepare()
    expect(wallet.state.credentials[0]?.standing).toBe('revoked')
  })

  test('follows the days', async () => {
    await take()
    world.now += 91 * 86_400
    await wallet.unlock(PASSPHRASE)
    expect(wallet.state.credentials[0]?.standing).toBe('expired')
  })
})
