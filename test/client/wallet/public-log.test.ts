import { beforeEach, describe, expect, test } from 'vitest'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { toBase64url } from '../../../core/bytes.ts'
import { generateSigningKey, jwkThumbprint, publicJwk } from '../../../core/jws.ts'
import { fieldText } from '../../../core/presentation.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../../core/sorted-set.ts'
import { readOldStatus } from '../../../core/status.ts'
import { checkFork, documentHash } from '../../../core/status-log.ts'
import { buildTrust } from '../../../core/trust.ts'
import type { TrustedIssuer } from '../../../core/trust.ts'
import { signWitness } from '../../../core/witness-log.ts'
import { verdictOf } from '../../support/refusal.ts'
import { TestLog } from '../../support/test-log.ts'
import { NOW } from '../../support/world.ts'
import { ISSUER } from '../fake-issuer.ts'
import { json, text } from '../fake-services.ts'
import { SHOP } from '../fake-verifier.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

// An issuer that shows one person, or one verifier, something else than the world.

const WITNESS = 'https://witness.example'
/** Seconds after which a witness is asked again. */
const WHILE = 700

let world: WalletWorld
let wallet: Wallet
/** What the witness has seen. */
let seen: TrustedIssuer[]

beforeEach(async () => {
  world = await WalletWorld.create()
  await world.withCredential()
  wallet = await world.open({ witnesses: [WITNESS] })
  await wallet.unlock(PASSPHRASE)
  await serveWitness()
})

async function serveWitness(): Promise<void> {
  const { privateKey, publicKey } = await generateSigningKey()
  const jwk = await publicJwk(publicKey)
  const { pages } = world.verifier.network
  seen = [await world.issuer.issuer.listing()]
  pages.set(`${WITNESS}/.well-known/zerocard-trust`, () => json({ jwk }))
  pages.set(`${WITNESS}/.well-known/zerocard-log`, async () => {
    const key = toBase64url(await jwkThumbprint(world.issuer.issuer.jwk))
    const documents = await Promise.all(
      seen.map(async (one) => ({
        epoch: (await readOldStatus(one.status, one)).epoch,
        hash: documentHash(one.status),
        seenAt: NOW,
      })),
    )
    const issuers = [{ issuer: ISSUER, key, documents }]
    return text(
      await signWitness({ witness: WITNESS, issuedAt: NOW, issuers }, privateKey),
      'application/jwt',
    )
  })
  pages.set(`${WITNESS}/log/newest`, async () => {
    const key = toBase64url(await jwkThumbprint(world.issuer.issuer.jwk))
    return json({
      documents: seen.slice(-1).map(({ status }) => ({ issuer: ISSUER, key, document: status })),
    })
  })
}

/** The witness has seen a document. */
function witnessSees(listing: TrustedIssuer): void {
  seen.push(listing)
}

/** The shop's list is made of this document. */
async function listed(listing: TrustedIssuer): Promise<void> {
  const list = await buildTrust('registries', [listing], NOW)
  world.verifier.network.pages.set(`${SHOP}/trust/registries`, async () =>
    text(await world.verifier.trustList(list), 'application/jwt'),
  )
  serveSet()
}

/** The issuer's own address shows this document. */
function published(listing: TrustedIssuer, log = world.issuer.issuer.log): void {
  const { pages } = world.issuer.network
  pages.set(`${ISSUER}/status`, () => text(listing.status, 'application/jwt'))
  pages.set(`${ISSUER}/status/log/0`, () => json(log.tile(0)))
  serveSet()
}

function serveSet(): void {
  const { revoked } = world.issuer.issuer
  const url = `${ISSUER}/status/sets/${fieldText(revoked.root)}`
  world.issuer.network.pages.set(url, () => json(revoked.publish()))
}

/** The same issuer with another story from here on: other documents under the same epochs. */
async function asTold<T>(log: TestLog, work: () => Promise<T>): Promise<T> {
  const { issuer } = world.issuer
  const [truth, revoked] = [issuer.log, issuer.revoked]
  issuer.log = log
  issuer.revoked = SortedSet.from(REVOCATION_SHAPE, [5n])
  try {
    return await work()
  } finally {
    issuer.log = truth
    issuer.revoked = revoked
  }
}

const listing = (epoch: number) => world.issuer.issuer.listing(NOW, epoch)
const ask = async () => {
  world.verifier.payload = { iat: world.now, exp: world.now + 300 }
  return wallet.readRequest(world.verifier.link, 'en')
}
const obstacle = async () => (await ask()).obstacle
const later = async (seconds = WHILE) => {
  world.now += seconds
  await wallet.prepare()
}

describe('a document of an issuer', () => {
  test('is proved under if a witness has seen it, and not if none has', async () => {
    await wallet.prepare()
    expect(await obstacle()).toBeUndefined()
    const next = await listing(2)
    await listed(next)
    world.now += 60
    expect(await obstacle()).toBe('LOG_UNWITNESSED')
    const view = await ask()
    expect(await verdictOf(() => wallet.answer(view))).toBe('LOG_UNWITNESSED')
    witnessSees(next)
    world.now += 30
    expect(await obstacle()).toBe('LOG_UNWITNESSED')
    world.now += 31
    expect(await obstacle()).toBeUndefined()
  })

  test('is not waited for longer than for a moment, and a silent witness not twice', async () => {
    wallet = await world.open({ witnesses: [WITNESS], patience: 5 })
    await wallet.unlock(PASSPHRASE)
    const page = `${WITNESS}/.well-known/zerocard-trust`
    const { pages } = world.verifier.network
    const known = pages.get(page)!
    const { promise, resolve } = Promise.withResolvers<undefined>()
    pages.set(page, async (...parameters) => {
      await promise
      return known(...parameters)
    })
    const isAsked = () => world.sent.splice(0).some(({ url }) => url === page)
    await listed(await listing(2))
    world.sent.length = 0
    expect([await obstacle(), isAsked()]).toEqual([undefined, true])
    world.now += 61
    expect([await obstacle(), isAsked()]).toEqual([undefined, false])
    world.now += 300
    expect([await obstacle(), isAsked()]).toEqual([undefined, true])
    // What comes late counts for the next question.
    resolve(undefined)
    await expect.poll(obstacle).toBe('LOG_UNWITNESSED')
  })

  test('that is behind what the witness has seen is one of its log', async () => {
    await wallet.prepare()
    seen = []
    const newest = await listing(2)
    witnessSees(newest)
    published(newest)
    await later()
    expect(await obstacle()).toBeUndefined()
    expect(wallet.state.forks).toEqual([])
  })

  test('is believed while no witness answers, or none knows the issuer, or none is asked', async () => {
    await wallet.prepare()
    await listed(await listing(2))
    world.down.add(WITNESS)
    world.now += WHILE
    expect(await obstacle()).toBeUndefined()
    world.down.clear()
    seen = []
    const { pages } = world.verifier.network
    pages.delete(`${WITNESS}/.well-known/zerocard-log`)
    world.now += WHILE
    expect(await obstacle()).toBeUndefined()
    wallet = await world.open()
    await wallet.unlock(PASSPHRASE)
    expect(await obstacle()).toBeUndefined()
  })
})

describe('an issuer that tells one verifier another story', () => {
  test('is found out by the next document that it publishes, and there is evidence', async () => {
    world.down.add(WITNESS)
    await wallet.prepare()
    const { log } = world.issuer.issuer
    const forked = await asTold(log.copy(), async () => {
      const told = await listing(2)
      await listed(told)
      return told
    })
    expect(await obstacle()).toBeUndefined()
    published(await listing(2))
    await later()
    const [fork] = wallet.state.forks
    expect(fork?.issuer).toBe(ISSUER)
    const { evidence, epochs } = await checkFork(JSON.parse(fork!.evidence))
    expect([evidence.because.kind, ...epochs]).toEqual(['same-epoch', 2, 2])
    expect([evidence.first, evidence.second]).toContain(forked.status)
    await listed(await listing(2))
    expect(await obstacle()).toBe('LOG_FORKED')
  })

  test('is found out also if it has published several documents since', async () => {
    world.down.add(WITNESS)
    await wallet.prepare()
    const { log } = world.issuer.issuer
    await asTold(log.copy(), async () => listed(await listing(2)))
    expect(await obstacle()).toBeUndefined()
    for (const epoch of [2, 3, 4]) await listing(epoch)
    published(await listing(5))
    await later()
    const { evidence } = await checkFork(JSON.parse(wallet.state.forks[0]!.evidence))
    expect(evidence.because.kind).toBe('left-out')
  })

  test('does not get an answer where a witness is asked', async () => {
    await wallet.prepare()
    const { log } = world.issuer.issuer
    await asTold(log.copy(), async () => listed(await listing(2)))
    witnessSees(await listing(2))
    world.now += WHILE
    expect(await obstacle()).toBe('LOG_UNWITNESSED')
    await later()
    expect(await obstacle()).toBe('LOG_FORKED')
  })
})

describe('an issuer that tells one person another story', () => {
  test('also at its own address is found out by what a witness has seen', async () => {
    await wallet.prepare()
    const twin = world.issuer.issuer.log.copy()
    await asTold(twin, async () => {
      const told = await listing(2)
      await listed(told)
      published(told, twin)
    })
    witnessSees(await listing(2))
    await later()
    expect(wallet.state.forks).toHaveLength(1)
    expect(await obstacle()).toBe('LOG_FORKED')
  })

  test('cannot take it back: a history that was rewritten is not the one that was kept', async () => {
    await wallet.prepare()
    for (const epoch of [2, 3]) await listing(epoch)
    published(await listing(4))
    await later()
    expect(wallet.state.forks).toEqual([])
    const rewritten = new TestLog()
    await asTold(rewritten, async () => published(await listing(6), rewritten))
    await later()
    const { evidence } = await checkFork(JSON.parse(wallet.state.forks[0]!.evidence))
    expect(evidence.because.kind).toBe('left-out')
  })

  test('keeps the evidence in the wallet’s backup', async () => {
    await wallet.prepare()
    const twin = world.issuer.issuer.log.copy()
    published(await listing(2))
    await later()
    await asTold(twin, async () => published(await listing(2), twin))
    await later()
    const before = wallet.state.forks
    const file = await wallet.exportBackup(PASSPHRASE)
    await wallet.destroy()
    await wallet.restoreBackup(file, PASSPHRASE, PASSPHRASE)
    expect(wallet.state.forks).toEqual(before)
    expect(before).toHaveLength(1)
  })
})

test('a witness that lies about every issuer does not learn whose cards a wallet has', async () => {
  await wallet.prepare()
  await asTold(new TestLog(), async () => witnessSees(await listing(1)))
  world.sent.length = 0
  world.now += WHILE
  await ask()
  await later()
  const asked = world.sent.map(({ url }) => url).filter((url) => url.startsWith(WITNESS))
  expect(new Set(asked)).toEqual(
    new Set([
      `${WITNESS}/.well-known/zerocard-trust`,
      `${WITNESS}/.well-known/zerocard-log`,
      `${WITNESS}/log/newest`,
    ]),
  )
  expect(asked.filter((url) => url.endsWith('/newest'))).toHaveLength(1)
})

test('a wallet without cards fetches what a witness has seen like any other', async () => {
  const stranger = await WalletWorld.create()
  const empty = await stranger.open({ witnesses: [WITNESS] })
  await empty.create(PASSPHRASE)
  for (const page of ['.well-known/zerocard-trust', '.well-known/zerocard-log', 'log/newest']) {
    const url = `${WITNESS}/${page}`
    stranger.verifier.network.pages.set(url, world.verifier.network.pages.get(url)!)
  }
  const asked = async (one: WalletWorld, by: Wallet) => {
    one.sent.length = 0
    await by.prepare()
    return one.sent.map(({ url }) => url).filter((url) => url.startsWith(WITNESS))
  }
  expect(await asked(stranger, empty)).toEqual(await asked(world, wallet))
})

test('a witness is asked the same by whoever holds what', async () => {
  const stranger = await WalletWorld.create()
  const empty = await stranger.open({ witnesses: [WITNESS] })
  await empty.create(PASSPHRASE)
  const asked = async (one: WalletWorld, by: Wallet) => {
    one.sent.length = 0
    await by.readRequest(one.verifier.link, 'en')
    return one.sent.map(({ url }) => url).sort()
  }
  stranger.verifier.network.pages.set(`${WITNESS}/.well-known/zerocard-trust`, () => json({}))
  world.verifier.network.pages.set(`${WITNESS}/.well-known/zerocard-trust`, () => json({}))
  expect(await asked(world, wallet)).toEqual(await asked(stranger, empty))
})
