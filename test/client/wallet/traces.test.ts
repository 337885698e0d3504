import { describe, expect, test } from 'vitest'
import { siteName } from '../../../client/wallet/requests.ts'
import { PERSON } from '../../support/world.ts'
import { verdictOf } from '../../support/refusal.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

// What a wallet shows of itself, unasked, and what a browser would show for it.

async function wallets() {
  const [holder, stranger] = [await WalletWorld.create(), await WalletWorld.create()]
  const empty = await stranger.open()
  await empty.create(PASSPHRASE)
  return [
    { world: holder, wallet: await holder.withCredential() },
    { world: stranger, wallet: empty },
  ] as const
}

const member = {
  id: 'club/1',
  title: 'Club',
  attributes: [{ name: 'level', type: 'integer', title: 'level' }],
}
const otherPerson = { ...PERSON, attributes: PERSON.attributes.slice(0, 1) }

describe('a request that means something else by the name of a schema', () => {
  test.each([
    ['beside the one it asks for', { schemas: [otherPerson, member], policy: club() }],
    ['in what it asks for', { schemas: [otherPerson] }],
  ])('%s is met by the same steps, whoever has a card of it', async (_, meta) => {
    const seen = []
    for (const { world, wallet } of await wallets()) {
      world.verifier.meta = meta
      const verdict = await verdictOf(() => wallet.readRequest(world.verifier.link, 'en'))
      seen.push([verdict, world.sent.map(({ url }) => url)])
    }
    expect(seen[0]).toEqual(seen[1])
  })

  test('is not answered, and the holder knows why', async () => {
    const [{ world, wallet }] = await wallets()
    world.verifier.meta = { schemas: [otherPerson] }
    const view = await wallet.readRequest(world.verifier.link, 'en')
    expect(view.obstacle).toBe('SCHEMA_INVALID')
    world.sent.length = 0
    expect(await verdictOf(() => wallet.answer(view))).toBe('SCHEMA_INVALID')
    expect(world.sent).toEqual([])
  })
})

test('nothing that anybody sends is kept in the browser’s cache', async () => {
  const world = await WalletWorld.create()
  const wallet = await world.open()
  await wallet.create(PASSPHRASE)
  await wallet.takeOffer(await wallet.readOffer(world.issuer.link), '123456')
  await wallet.prepare()
  await wallet.answer(await wallet.readRequest(world.verifier.link, 'en'))
  await world.revokeAll()
  await wallet.prepare()
  const kinds = ['/trust/', '/.well-known/zerocard-trust', '/status/sets/', '/status']
  for (const kind of kinds) expect(world.sent.map(({ url }) => url).join()).toContain(kind)
  expect(new Set(world.sent.map(({ cache }) => cache))).toEqual(new Set(['no-store']))
})

test('a host is one site on all its ports and with a dot at its end; this machine is not', () => {
  const names = ['shop.example', 'shop.example:8443', 'shop.example.', 'shop.example.:8443']
  expect(new Set(names.map(siteName))).toEqual(new Set(['shop.example']))
  expect(siteName('a.shop.example')).toBe('a.shop.example')
  expect(siteName('localhost:4180')).toBe('localhost:4180')
  expect(siteName('127.0.0.1:4181')).toBe('127.0.0.1:4181')
})

function club() {
  const credentials = { club: { schema: 'club/1', trust: 'registries' } }
  return { id: 'club@1', purpose: 'Join', credentials }
}
