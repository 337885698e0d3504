import { beforeEach, describe, expect, test } from 'vitest'
import { secretFromPhrase } from '../../../client/phrase.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { Keep } from '../../../client/wallet/keep.ts'
import { keptShards } from '../../../client/wallet/standing.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { credentialToJson } from '../../../core/credential.ts'
import { fieldText } from '../../../core/presentation.ts'
import { WHOLE_SET_SIZE } from '../../../core/sorted-set.ts'
import { signStatus } from '../../../core/status.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { schemaHash } from '../../../core/schema.ts'
import { signTrustList } from '../../../core/trust-list.ts'
import { buildTrust } from '../../../core/trust.ts'
import type { TrustedIssuer } from '../../../core/trust.ts'
import { verdictOf } from '../../support/refusal.ts'
import { TestLog } from '../../support/test-log.ts'
import { ADULT, NOW, PERSON, TestIssuer } from '../../support/world.ts'
import { ISSUER } from '../fake-issuer.ts'
import { json, text } from '../fake-services.ts'
import { SHOP } from '../fake-verifier.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

// Whom a wallet asks, around an answer and ahead of time.

const CONSULATE = 'https://consulate.example'
const EMBASSY = 'https://embassy.example'
const WITNESS = 'https://witness.example'
const COST = { N: 2 ** 4, r: 8, p: 1 }

let world: WalletWorld
let wallet: Wallet
let others: TestIssuer[]

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
  others = [await TestIssuer.create(CONSULATE, PERSON), await TestIssuer.create(EMBASSY, PERSON)]
})

const setUrl = ({ issuer, revoked }: TestIssuer) =>
  `${issuer}/status/sets/${fieldText(revoked.root)}`
const all = () => [world.issuer.issuer, ...others]

/** The shop's list names these issuers, which serve their revocations. */
async function publish(issuers = all(), ...more: TrustedIssuer[]): Promise<void> {
  const listed = await Promise.all(issuers.map((one) => one.listing()))
  const list = await buildTrust('registries', [...listed, ...more], NOW)
  const { pages } = world.verifier.network
  const signed = await world.verifier.trustList(list)
  pages.set(`${SHOP}/trust/registries`, () => text(signed, 'application/jwt'))
  for (const one of issuers) {
    const set = one.revoked.publish()
    pages.set(setUrl(one), () => json(set))
  }
}

/** Sets that were asked for since the last time. */
function setsAsked(): string[] {
  const urls = world.sent.splice(0).map(({ url }) => url)
  expect(urls.filter((url) => url.includes('/shards/'))).toEqual([])
  return urls.filter((url) => url.includes('/status/'))
}

const answer = async () => wallet.answer(await wallet.readRequest(world.verifier.link, 'en'))

describe('after a consent', () => {
  test('all issuers of a list are asked for their revocations, whosever card is used', async () => {
    await publish()
    const view = await wallet.readRequest(world.verifier.link, 'en')
    expect(setsAsked()).toEqual([])
    await wallet.answer(view)
    expect(setsAsked().sort()).toEqual(all().map(setUrl).sort())
  })

  test('only those are asked again that have new ones', async () => {
    await publish()
    await answer()
    setsAsked()
    await answer()
    expect(setsAsked()).toEqual([])
    const [consulate] = others
    consulate!.revoked = consulate!.revoked.insert(7n)
    await publish()
    await answer()
    expect(setsAsked()).toEqual([setUrl(consulate!)])
  })

  test('what was fetched ahead for the own card is no reason to leave its issuer out', async () => {
    await wallet.prepare()
    setsAsked()
    await publish()
    await answer()
    expect(setsAsked().sort()).toEqual(all().map(setUrl).sort())
  })

  test('an issuer that does not answer is in nobody’s way', async () => {
    await publish()
    world.down.add(EMBASSY)
    await answer()
    expect(wallet.state.history[0]).toMatchObject({ kind: 'answered' })
  })

  test.each([
    ['does not answer', () => Promise.reject(new TypeError('connection refused'))],
    ['answers something else', () => json('no set')],
  ])(
    'one that %s is not asked a second time, as only by a wallet with its card',
    async (_, page) => {
      await publish()
      const { pages } = world.issuer.network
      const good = pages.get(setUrl(world.issuer.issuer))!
      pages.set(setUrl(world.issuer.issuer), page)
      expect(await verdictOf(answer)).toBe('FETCH_FAILED')
      expect(setsAsked().sort()).toEqual(all().map(setUrl).sort())
      pages.set(setUrl(world.issuer.issuer), good)
      await wallet.prepare()
      await answer()
      expect(wallet.state.history[0]).toMatchObject({ kind: 'answered' })
    },
  )

  test('what the own card’s issuer publishes later is no reason to ask it again alone', async () => {
    await publish()
    await answer()
    const [own] = all()
    const before = own!.revoked
    for (let i = 0; i < 5; i++) {
      own!.revoked = own!.revoked.insert(100n + BigInt(i))
      const { status } = await own!.listing()
      const set = own!.revoked.publish()
      world.issuer.network.pages.set(setUrl(own!), () => json(set))
      world.issuer.network.pages.set(`${ISSUER}/status`, () => text(status, 'application/jwt'))
      world.issuer.network.pages.set(`${ISSUER}/status/log/0`, () => json(own!.log.tile(0)))
      world.now += 1
      await wallet.prepare()
    }
    own!.revoked = before
    setsAsked()
    await answer()
    expect(setsAsked()).toEqual([])
  })

  test('with a proof made ahead nobody is asked, also not about a card that it is not of', async () => {
    await addCardOf(others[1]!)
    await publish()
    world.down.add(EMBASSY)
    await answer()
    await answer()
    await wallet.prepare()
    const view = await wallet.readRequest(world.verifier.link, 'en')
    setsAsked()
    expect(await wallet.answer(view)).toMatchObject({ wasPrepared: true })
    expect(setsAsked()).toEqual([])
  })

  test.each(['registry', 'http://strange.example'])('one of the name %s is not', async (name) => {
    const strange = await TestIssuer.create(name, PERSON)
    await publish(all(), await strange.listing())
    await answer()
    expect(setsAsked().sort()).toEqual(all().map(setUrl).sort())
  })

  test('they are asked in no order', async () => {
    const firsts = new Set<string>()
    for (let i = 0n; firsts.size < 3 && i < 60n; i++) {
      for (const one of all()) one.revoked = one.revoked.insert(i + 1n)
      await publish()
      await answer()
      firsts.add(new URL(setsAsked()[0] ?? '').origin)
    }
    expect(firsts).toEqual(new Set([ISSUER, CONSULATE, EMBASSY]))
  })

  test('of a list with too much to fetch the own issuer alone is asked', async () => {
    await publish(all(), await largeIssuer())
    await answer()
    expect(setsAsked()).toEqual([setUrl(world.issuer.issuer)])
  })
})

test('revocations of an issuer are kept under four roots, and sixty-four in all', async () => {
  const shards = keptShards(new Keep(await openVault()), () => (world.now += 1))
  for (let i = 0; i < 6; i++) await shards.set(`${ISSUER}/${String(i)}`, 'a set', 'one place')
  const isKept = async (url: string) => (await shards.get(url)) !== undefined
  expect(await isKept(`${ISSUER}/1`)).toBe(false)
  expect(await isKept(`${ISSUER}/2`)).toBe(true)
  for (let i = 0; i < 63; i++) await shards.set(`${CONSULATE}/${String(i)}`, 'a', String(i))
  expect([await isKept(`${ISSUER}/4`), await isKept(`${ISSUER}/5`)]).toEqual([false, true])
})

test('a set that was asked for with others stays one, whatever is fetched for the own cards', async () => {
  const keep = new Keep(await openVault())
  const clock = () => (world.now += 1)
  const url = `${ISSUER}/listed`
  await keptShards(keep, clock, true).set(url, 'no set', 'one place')
  const ahead = keptShards(keep, clock)
  await ahead.set(url, 'a set', 'one place')
  for (let i = 0; i < 70; i++) await ahead.set(`${ISSUER}/${String(i)}`, 'a set', 'one place')
  expect(keep.get('shard', url)).toMatchObject({ text: 'a set', isListed: true })
})

describe('ahead of time', () => {
  test('hosts are asked one by one, in no order', async () => {
    const own = await world.open({ witnesses: [WITNESS] })
    await own.unlock(PASSPHRASE)
    await own.answer(await own.readRequest(world.verifier.link, 'en'))
    const orders = new Set<string>()
    for (let round = 0; orders.size < 6 && round < 200; round++) {
      world.now += 700
      world.verifier.payload = { iat: world.now, exp: world.now + 300 }
      const hosts: string[] = []
      let isMore = true
      while (isMore) {
        world.sent.length = 0
        isMore = await own.prepareNext()
        const asked = new Set(world.sent.map(({ url }) => new URL(url).origin))
        expect(asked.size).toBe(1)
        hosts.push(...asked)
      }
      expect(hosts.toSorted()).toEqual([ISSUER, SHOP, WITNESS])
      orders.add(hosts.join())
    }
    expect(orders.size).toBe(6)
  })

  test('an issuer is asked for nothing that only a list has named: it would know whose visitor asks', async () => {
    await publish()
    await answer()
    const own = world.issuer.issuer
    own.revoked = own.revoked.insert(100n)
    await publish()
    setsAsked()
    await wallet.prepare()
    expect(setsAsked()).not.toContain(setUrl(own))
    await answer()
    expect(setsAsked()).toEqual([setUrl(own)])
  })

  test.each([
    ['all', 2, 1],
    ['the cards’', 17, 1],
    ['the cards’', 2, WHOLE_SET_SIZE],
  ])(
    'an issuer is asked under %s keys, if it has %i with %i revoked each',
    async (which, count, size) => {
      const own = world.issuer.issuer
      const roots = Array.from({ length: count }, (_, i) => BigInt(i + 1))
      const sets = roots.map((id) => own.revoked.insert(id))
      const strange = await Promise.all(roots.map(() => TestIssuer.create(ISSUER, PERSON)))
      const keys = [own, ...strange.slice(1)].map(({ signer }, i) => ({
        ...{ key: signer.key, schema: PERSON.id, schemaHash: schemaHash(PERSON) },
        ...{ revocationRoot: sets[i]!.root, revoked: size },
      }))
      const { publicKey, privateKey } = await generateSigningKey()
      const times = { issuedAt: NOW, expiresAt: NOW + 86_400, log: new TestLog().before(1) }
      const status = await signStatus({ issuer: ISSUER, epoch: 1, ...times, keys }, privateKey)
      const jwk = await publicJwk(publicKey)
      const { pages } = world.issuer.network
      world.issuer.changes.document = (document) => ({ ...document, jwk })
      pages.set(`${ISSUER}/status`, () => text(status, 'application/jwt'))
      const urls = sets.map(({ root }) => `${ISSUER}/status/sets/${fieldText(root)}`)
      // The own one fails: asked for again, it would show which it is.
      for (const [i, set] of sets.entries()) {
        pages.set(urls[i]!, () => json(i === 0 ? 'no set' : set.publish()))
      }
      await wallet.prepare()
      expect(setsAsked().sort()).toEqual((which === 'all' ? urls : urls.slice(0, 1)).sort())
    },
  )

  test('an address with a query is not asked again', async () => {
    const url = `${SHOP}/trust/registries?visitor=7`
    const { pages } = world.verifier.network
    pages.set(url, pages.get(`${SHOP}/trust/registries`)!)
    world.verifier.meta = { trust: { registries: url } }
    await answer()
    world.sent.length = 0
    await wallet.prepare()
    expect(world.sent.filter((one) => one.url.startsWith(SHOP))).toEqual([])
  })

  test('a list is renewed for two months after the last answer under it, and then no more', async () => {
    const renewed = async (epoch: number): Promise<boolean> => {
      const list = await buildTrust(
        'registries',
        [await world.issuer.issuer.listing(world.now, epoch)],
        world.now,
      )
      const times = { iat: world.now, exp: world.now + 300 }
      const signed = await signTrustList(list, { iss: SHOP, ...times }, world.verifier.signingKey)
      const { pages } = world.verifier.network
      pages.set(`${SHOP}/trust/registries`, () => text(signed, 'application/jwt'))
      world.sent.length = 0
      await wallet.prepare()
      return world.sent.some(({ url }) => url === `${SHOP}/trust/registries`)
    }
    await answer()
    for (let epoch = 2; epoch < 8; epoch++) {
      expect(await renewed(epoch)).toBe(true)
      world.now += 10 * 86_400
    }
    world.now += 1
    expect(await renewed(8)).toBe(false)
  })

  test('a host is asked nothing more when somebody begins something, but again the next time', async () => {
    const { pages } = world.issuer.network
    const url = `${ISSUER}/.well-known/zerocard-issuer`
    const page = pages.get(url)!
    const begun = new AbortController()
    pages.set(url, (body, headers) => {
      begun.abort()
      return page(body, headers)
    })
    await wallet.prepareNext(begun.signal)
    expect(world.sent.map((one) => one.url)).toEqual([url])
    await wallet.prepareNext()
    expect(setsAsked()).toEqual([setUrl(world.issuer.issuer)])
  })

  test('one issuer is asked once, however many of its cards there are', async () => {
    await wallet.prepare()
    expect(world.sent.filter(({ url }) => url === `${ISSUER}/status`)).toHaveLength(1)
  })

  test('proofs that somebody has just asked for are made first, and nobody is asked', async () => {
    await answer()
    await wallet.keepReady('shop.example', 'over-18@1', 1)
    world.sent.length = 0
    expect(await wallet.prepareNext()).toBe(true)
    expect([world.sent, wallet.state.prepared[0]?.ready]).toEqual([[], 1])
  })
})

/** The wallet, with another card beside its own. */
async function addCardOf(issuer: TestIssuer): Promise<void> {
  const vault = await Vault.open(world.store, { cost: COST })
  await vault.unlock(PASSPHRASE)
  const keep = new Keep(vault)
  await keep.load()
  const [, first] = keep.all('credential')[0]!
  const secret = secretFromPhrase(keep.get('identity', 'own')!.phrase)
  const { credential, blinding } = issuer.issue(secret, ADULT)
  const { jwk } = issuer
  const own = { credential: credentialToJson(credential), blinding: String(blinding) }
  await keep.write([
    { kind: 'credential', id: 'another', value: { ...first, ...own, origin: { jwk } } },
  ])
  wallet = await world.open()
  await wallet.unlock(PASSPHRASE)
}

async function openVault(): Promise<Vault> {
  const vault = await Vault.open(memoryStore(), { cost: COST })
  await vault.create(PASSPHRASE, [])
  return vault
}

/** Says that more are revoked than everybody fetches. */
async function largeIssuer(): Promise<TrustedIssuer> {
  const { publicKey, privateKey } = await generateSigningKey()
  const issuer = 'https://large.example'
  const { signer } = await TestIssuer.create(issuer, PERSON)
  const set = { revocationRoot: 5n, revoked: WHOLE_SET_SIZE + 1 }
  const keys = [{ key: signer.key, schema: PERSON.id, schemaHash: schemaHash(PERSON), ...set }]
  const times = { issuedAt: NOW, expiresAt: NOW + 86_400 }
  const log = new TestLog().before(1)
  const status = await signStatus({ issuer, epoch: 1, ...times, log, keys }, privateKey)
  return { issuer, jwk: await publicJwk(publicKey), schemas: [PERSON.id], status }
}
