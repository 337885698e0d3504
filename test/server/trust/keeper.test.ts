import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import { buildTrust } from '../../../core/trust.ts'
import type { TrustList } from '../../../core/trust.ts'
import { openTrustList, signTrustList } from '../../../core/trust-list.ts'
import * as z from '../../../core/zod.ts'
import { createLogger } from '../../../server/http/log.ts'
import { Metrics } from '../../../server/http/metrics.ts'
import { startTrustKeeper, trustConfigShape } from '../../../server/trust/index.ts'
import type { TrustConfig, TrustKeeper, TrustKeeperOptions } from '../../../server/trust/index.ts'
import { createPostgresDatabase } from '../../support/postgres.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { StatusServer, TextServer } from './town.ts'

const OPERATOR = 'https://trust.example'
const LIST = 'registries'
const DAY = 86_400

const folder = mkdtempSync(join(tmpdir(), 'zerocard-test-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

let files = 0
const newFile = () => Promise.resolve(`sqlite:${join(folder, `${++files}.sqlite`)}`)

let registry: StatusServer
let office: StatusServer
let now: number
let log: string
let keepers: TrustKeeper[]

beforeEach(async () => {
  ;[registry, office] = await Promise.all([StatusServer.start(), StatusServer.start()])
  now = NOW
  log = ''
  keepers = []
  await registry.publish(1, NOW)
  await office.publish(1, NOW)
})

afterEach(async () => {
  await Promise.all(keepers.map((keeper) => keeper.close()))
  await Promise.all([registry.close(), office.close()])
})

function configOf(changes: object = {}): TrustConfig {
  return z.strictObject(trustConfigShape).parse({
    trust: { [LIST]: { issuers: [registry.entry, office.entry] } },
    allowPrivateAddresses: true,
    ...changes,
  })
}

async function keep(
  databaseUrl: string,
  options: Partial<TrustKeeperOptions> = {},
): Promise<TrustKeeper> {
  const keeper = await startTrustKeeper({
    config: configOf(),
    databaseUrl,
    operator: OPERATOR,
    clock: () => now,
    logger: createLogger('test', 'info', { write: (line: string) => void (log += line) }),
    ...options,
  })
  keepers.push(keeper)
  return keeper
}

/** Takes a keeper that ends before the test does. */
async function end(keeper: TrustKeeper): Promise<void> {
  keepers = keepers.filter((one) => one !== keeper)
  await keeper.close()
}

const outcomes = async (keeper: TrustKeeper) =>
  (await keeper.refresh()).map(({ outcome }) => outcome)

const issuersOf = async (keeper: TrustKeeper) =>
  (await keeper.current(LIST))?.issuers.map(({ issuer }) => issuer).sort()

const both = () => [registry.origin, office.origin].sort()

describe.each([
  ['SQLite', newFile],
  ['PostgreSQL', () => createPostgresDatabase(inject('postgresUrl'))],
])('a trust keeper in %s', (_, newUrl) => {
  test('makes a list out of what its issuers publish, signs it and tells of it first', async () => {
    const told: TrustList[] = []
    const keeper = await keep(await newUrl(), {
      onTrust: async (trust) => {
        expect(await keeper.newest(LIST)).toBeUndefined()
        told.push(trust)
      },
    })
    await keeper.refresh()
    const { jws, root, madeAt } = (await keeper.newest(LIST))!
    const expected = { operator: OPERATOR, jwk: keeper.jwk, name: LIST }
    const list = await openTrustList(jws, expected, now)
    expect(list.issuers.map(({ issuer }) => issuer)).toEqual(both())
    expect([root, madeAt, list.expiresAt]).toEqual([String(list.root), NOW, NOW + DAY])
    expect(told.map((trust) => trust.root)).toEqual([list.root])
  })

  test('makes a new one when revocations or times change, and none when nothing does', async () => {
    const keeper = await keep(await newUrl())
    await keeper.refresh()
    const first = (await keeper.newest(LIST))!
    expect(await outcomes(keeper)).toEqual(['unchanged', 'unchanged'])
    expect((await keeper.newest(LIST))!.jws).toBe(first.jws)

    now += 60
    await registry.publish(2, now)
    expect((await outcomes(keeper)).toSorted()).toEqual(['new', 'unchanged'])
    const second = (await keeper.newest(LIST))!
    expect(second.root).toBe(first.root)
    expect(second.jws).not.toBe(first.jws)

    await registry.revokeAndPublish(3, now)
    await keeper.refresh()
    const third = (await keeper.newest(LIST))!
    expect(third.root).not.toBe(first.root)
    // Of a root, the first signature stays.
    expect((await keeper.withRoot(LIST, BigInt(first.root)))!.jws).toBe(first.jws)
    expect((await keeper.withRoot(LIST, BigInt(third.root)))!.jws).toBe(third.jws)
    expect(await keeper.withRoot(LIST, 5n)).toBeUndefined()
  })

  test('never goes back to an earlier epoch, also after a restart', async () => {
    const url = await newUrl()
    const keeper = await keep(url)
    const old = registry.text
    await registry.revokeAndPublish(2, NOW)
    await keeper.refresh()
    const { root } = (await keeper.newest(LIST))!
    registry.text = old
    expect(await outcomes(keeper)).toContain('rollback')
    expect((await keeper.newest(LIST))!.root).toBe(root)
    await end(keeper)
    const next = await keep(url)
    expect(await outcomes(next)).toContain('rollback')
    expect((await next.newest(LIST))!.root).toBe(root)
    expect(log).toContain('an older document')
  })

  test('refuses a second document for one epoch and says so', async () => {
    const keeper = await keep(await newUrl())
    await keeper.refresh()
    const { root } = (await keeper.newest(LIST))!
    await registry.revokeAndPublish(1, NOW)
    expect(await outcomes(keeper)).toContain('equivocation')
    expect((await keeper.newest(LIST))!.root).toBe(root)
    expect(log).toContain('two different documents')
    // Only the signature is another one: the same document.
    registry.revocationRoot--
    await registry.publish(1, NOW)
    expect(await outcomes(keeper)).toContain('known')
  })

  test('is in use after a restart although no issuer answers', async () => {
    const url = await newUrl()
    const keeper = await keep(url)
    await keeper.refresh()
    const before = await keeper.newest(LIST)
    await end(keeper)
    registry.text = office.text = undefined
    const told: bigint[] = []
    const next = await keep(url, {
      onTrust: ({ root }) => Promise.resolve(void told.push(root)),
    })
    expect(await next.newest(LIST)).toEqual(before)
    expect(next.jwk).toEqual(keeper.jwk)
    expect(told.map(String)).toEqual([before!.root])
    expect(await outcomes(next)).toEqual(['failed', 'failed'])
    expect(await next.newest(LIST)).toEqual(before)
  })

  test('offers a list only once it was taken into use', async () => {
    const url = await newUrl()
    const keeper = await keep(url, { onTrust: () => Promise.reject(new Error('no')) })
    await keeper.refresh()
    expect(await keeper.newest(LIST)).toBeUndefined()
    expect(await verdictOf(() => keeper.ready())).toBe('UNAVAILABLE')
    await end(keeper)
    registry.text = office.text = undefined
    const next = await keep(url)
    expect(await issuersOf(next)).toEqual(both())
  })

  test('works beside others on one database', async () => {
    const url = await newUrl()
    const told: string[][] = [[], [], []]
    const many = await Promise.all(
      told.map((roots) =>
        keep(url, { onTrust: ({ root }) => Promise.resolve(void roots.push(String(root))) }),
      ),
    )
    expect(new Set(many.map(({ jwk }) => jwk.x)).size).toBe(1)
    for (let epoch = 2; epoch < 8; epoch++) {
      await registry.revokeAndPublish(epoch, ++now)
      await Promise.all(many.map((keeper) => keeper.refresh()))
      const offered = await Promise.all(many.map((keeper) => keeper.newest(LIST)))
      expect(new Set(offered.map((list) => list!.jws)).size).toBe(1)
      // Each has told its own listener of the list that is offered.
      expect(told.map((roots) => roots.at(-1))).toEqual(offered.map((list) => list!.root))
    }
    expect(log).not.toContain('"level":50')
  })

  test('forgets old roots when they have been kept long enough', async () => {
    const config = configOf({ trustOptions: { keepRoots: '2d' } })
    const keeper = await keep(await newUrl(), { config })
    await keeper.refresh()
    const { root, jws } = (await keeper.newest(LIST))!
    now += 60
    await registry.revokeAndPublish(2, now)
    await keeper.refresh()
    now += 3 * DAY
    await registry.publish(3, now)
    await office.publish(2, now)
    now -= 60
    await keeper.refresh()
    expect((await keeper.withRoot(LIST, BigInt(root)))?.jws).toBe(jws)
    now += 60
    await keeper.refresh()
    expect(await keeper.withRoot(LIST, BigInt(root))).toBeUndefined()
    expect(await issuersOf(keeper)).toEqual(both())
  })
})

describe('a trust keeper', () => {
  test('uses the last document of an issuer that is down, and leaves it out when that expires', async () => {
    await office.publish(2, NOW, 600)
    const metrics = new Metrics()
    const keeper = await keep(await newFile(), { metrics })
    await keeper.refresh()
    office.text = undefined
    now += 599
    await registry.revokeAndPublish(2, now)
    expect((await outcomes(keeper)).toSorted()).toEqual(['failed', 'new'])
    expect(await issuersOf(keeper)).toEqual(both())

    now += 1
    // Out of date, and not offered even before anybody has looked.
    expect(await keeper.current(LIST)).toBeUndefined()
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual([registry.origin])
    expect(await keeper.states()).toMatchObject([{ missing: [office.origin] }])
    expect((await metrics.text()).text).toMatch(/zerocard_trust_issuers_missing 1\n/)
    expect(log).toContain('lacks issuers')
    expect(await verdictOf(() => keeper.ready())).toBe('accepted')

    await office.publish(3, now)
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual(both())
  })

  test('offers nothing when no document is valid any more', async () => {
    const keeper = await keep(await newFile())
    await keeper.refresh()
    expect(await verdictOf(() => keeper.ready())).toBe('accepted')
    registry.text = office.text = undefined
    now += DAY
    for (let i = 0; i < 2; i++) {
      expect(await keeper.newest(LIST)).toBeUndefined()
      expect(await keeper.current(LIST)).toBeUndefined()
      expect(await verdictOf(() => keeper.ready())).toBe('UNAVAILABLE')
      await keeper.refresh()
    }
  })

  test('leaves out documents older than policies want, however long they are valid', async () => {
    await registry.publish(2, NOW, 10 * DAY)
    await office.publish(2, NOW + 60, 10 * DAY)
    const usual = await keep(await newFile())
    const patient = await keep(await newFile(), { freshness: { [LIST]: 2 * DAY } })
    const all = () => Promise.all([usual, patient].map((keeper) => keeper.refresh()))
    await all()
    expect((await usual.newest(LIST))!.expiresAt).toBe(NOW + DAY)
    expect((await patient.newest(LIST))!.expiresAt).toBe(NOW + 2 * DAY)
    now += DAY
    await all()
    expect(await issuersOf(usual)).toEqual([office.origin])
    expect(await issuersOf(patient)).toEqual(both())
  })

  test('refuses what is not a valid document of its issuer', async () => {
    const keeper = await keep(await newFile())
    await keeper.refresh()
    const { jws } = (await keeper.newest(LIST))!
    registry.text = office.text
    expect(await outcomes(keeper)).toContain('invalid')
    await registry.publish(2, NOW - 2 * DAY)
    expect(await outcomes(keeper)).toContain('invalid')
    await registry.publish(2, NOW + 301)
    expect(await outcomes(keeper)).toContain('invalid')
    registry.text = 'x'.repeat(64 * 1024 + 1)
    expect(await outcomes(keeper)).toContain('failed')
    expect((await keeper.newest(LIST))!.jws).toBe(jws)
    await registry.publish(2, NOW)
    expect(await outcomes(keeper)).toContain('new')
  })

  test('does not let an issuer stop others by naming a key of theirs', async () => {
    const keeper = await keep(await newFile())
    await keeper.refresh()
    office.signer = registry.signer
    now += 60
    await office.publish(2, now)
    await registry.revokeAndPublish(2, now)
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual([registry.origin])
    expect((await keeper.current(LIST))!.statuses[0]!.epoch).toBe(2)
    expect(log).toContain('names a key of another issuer')
  })

  test('does not let an issuer stop others by naming its own key twice', async () => {
    const keeper = await keep(await newFile())
    await keeper.refresh()
    office.others = [office.signer]
    now += 60
    await office.publish(2, now, 700)
    await registry.revokeAndPublish(2, now)
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual([registry.origin])
    // Nor does what is left out say when the list ends.
    expect((await keeper.newest(LIST))!.expiresAt).toBe(now + DAY)
    expect((await keeper.current(LIST))!.statuses[0]!.epoch).toBe(2)
    expect(log).toContain('or a key twice')
    office.others = []
    await office.publish(3, now)
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual(both())
  })

  test('does not let issuers stop others by naming more keys than fit', async () => {
    const many = await Promise.all(Array.from({ length: 4 }, () => StatusServer.start()))
    const issuers = [registry, ...many].map(({ entry }) => entry)
    const keeper = await keep(await newFile(), {
      config: configOf({ trust: { [LIST]: { issuers } } }),
    })
    await Promise.all(many.map((one) => one.publish(1, NOW)))
    await keeper.refresh()
    expect(await issuersOf(keeper)).toHaveLength(5)
    now += 60
    await registry.revokeAndPublish(2, now)
    for (const [i, one] of many.entries()) {
      // The last names the most.
      one.others = Array.from({ length: 127 + i }, () => publicKeyOf(generatePrivateKey()))
      await one.publish(2, now)
    }
    await keeper.refresh()
    const rest = [registry, ...many.slice(0, 3)].map(({ origin }) => origin)
    expect(await issuersOf(keeper)).toEqual(rest.sort())
    expect(log).toContain('names more keys than fit')
    const { issuers: listed, statuses } = (await keeper.current(LIST))!
    const at = listed.findIndex(({ issuer }) => issuer === registry.origin)
    expect(statuses[at]!.epoch).toBe(2)
    await Promise.all(many.map((one) => one.close()))
  })

  test.each([
    ['ends at once', 0, 2],
    ['is as old as policies bear', DAY - 2, 2 * DAY],
  ])('does not let an issuer end a list by a document that %s', async (_, age, validFor) => {
    const keeper = await keep(await newFile())
    await keeper.refresh()
    await office.publish(2, now - age, validFor)
    await keeper.refresh()
    now += 3
    expect(await issuersOf(keeper)).toEqual([registry.origin])
    expect(log).toContain('as good as over')
    await office.publish(3, now)
    await keeper.refresh()
    expect(await issuersOf(keeper)).toEqual(both())
  })

  test('takes an issuer with another key for another issuer', async () => {
    const url = await newFile()
    const keeper = await keep(url)
    await registry.publish(9, NOW)
    await keeper.refresh()
    await end(keeper)
    const replaced = { ...registry.entry, jwk: office.jwk }
    const config = configOf({ trust: { [LIST]: { issuers: [replaced, office.entry] } } })
    const next = await keep(url, { config })
    expect((await outcomes(next)).toSorted()).toEqual(
      ['invalid', 'unchanged'].toSorted().with(1, 'known'),
    )
    expect(await issuersOf(next)).toEqual([office.origin])
  })

  test('refuses private addresses and plain http unless it is told otherwise', async () => {
    const config = configOf({ allowPrivateAddresses: false })
    expect(await verdictOf(() => keep('sqlite::memory:', { config }))).toBe('CONFIG_INVALID')
    const entry = { ...registry.entry, issuer: 'https://registry.example' }
    const far = configOf({
      allowPrivateAddresses: false,
      trust: { [LIST]: { issuers: [entry] } },
    })
    const keeper = await keep('sqlite::memory:', {
      config: far,
      lookup: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    })
    expect(await outcomes(keeper)).toEqual(['failed'])
    expect(log).toContain('ADDRESS_REFUSED')
  })

  test('looks by itself, at its start and again when a source failed', async () => {
    const { text } = registry
    registry.text = undefined
    const keeper = await keep(await newFile())
    await expect.poll(() => keeper.current(LIST)).toBeDefined()
    expect(await issuersOf(keeper)).toEqual([office.origin])
    registry.text = text
    await expect.poll(() => issuersOf(keeper)).toEqual(both())
  })

  test('ends while a source lets it wait', async () => {
    const silent = await TextServer.listening()
    silent.on('request', () => undefined)
    const { port } = silent.address() as { port: number }
    const entry = { ...registry.entry, issuer: `http://127.0.0.1:${port}` }
    const config = configOf({ trust: { [LIST]: { issuers: [entry] } } })
    const keeper = await keep(await newFile(), { config })
    const look = keeper.refresh()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const start = performance.now()
    await end(keeper)
    expect(performance.now() - start).toBeLessThan(2_000)
    await look
    await new Promise((resolve) => silent.close(resolve))
  })
})

describe('a list that another operator keeps', () => {
  let source: TextServer
  let upstream: TrustKeeper

  beforeEach(async () => {
    source = await TextServer.start()
    upstream = await keep(await newFile())
    await upstream.refresh()
    source.text = (await upstream.newest(LIST))!.jws
  })
  afterEach(() => source.close())

  const follow = (url: string, changes: object = {}) =>
    keep(url, {
      operator: 'https://shop.example',
      config: configOf({
        trust: {
          [LIST]: { from: source.origin, operator: OPERATOR, jwk: upstream.jwk, ...changes },
        },
      }),
    })

  test('is taken over and signed anew, and is there after a restart', async () => {
    const url = await newFile()
    const keeper = await follow(url)
    expect(await outcomes(keeper)).toEqual(['new'])
    const { jws, root } = (await keeper.newest(LIST))!
    expect(root).toBe((await upstream.newest(LIST))!.root)
    const own = { operator: 'https://shop.example', jwk: keeper.jwk, name: LIST }
    expect((await openTrustList(jws, own, now)).issuers).toHaveLength(2)
    expect(await outcomes(keeper)).toEqual(['unchanged'])
    source.text = undefined
    await end(keeper)
    const next = await follow(url)
    expect((await next.newest(LIST))!.jws).toBe(jws)
    now += DAY
    await next.refresh()
    expect(await next.newest(LIST)).toBeUndefined()
  })

  test('is out of date when its operator says so, however long its documents are valid', async () => {
    const { privateKey, publicKey } = await generateSigningKey()
    const trust = (await upstream.current(LIST))!
    const claims = { iss: OPERATOR, iat: NOW, exp: NOW + 60 }
    source.text = await signTrustList(trust, claims, privateKey)
    const keeper = await follow(await newFile(), { jwk: await publicJwk(publicKey) })
    await keeper.refresh()
    expect((await keeper.newest(LIST))!.expiresAt).toBe(NOW + 60)
    now += 60
    await keeper.refresh()
    expect(await keeper.newest(LIST)).toBeUndefined()
    // Not even a keeper that makes a list anew takes the issuers from it.
    expect(await keeper.states()).toMatchObject([{ issuers: [], missing: [] }])
  })

  test('is refused when it is older than before, of another operator, key or name', async () => {
    const url = await newFile()
    const keeper = await follow(url)
    const old = source.text
    now += 60
    await registry.revokeAndPublish(2, now)
    await upstream.refresh()
    source.text = (await upstream.newest(LIST))!.jws
    expect(await outcomes(keeper)).toEqual(['new'])
    const { root } = (await keeper.newest(LIST))!
    source.text = old
    expect(await outcomes(keeper)).toEqual(['rollback'])
    expect((await keeper.newest(LIST))!.root).toBe(root)
    for (const changes of [{ operator: 'https://x.example' }, { jwk: registry.jwk }]) {
      expect(await outcomes(await follow(await newFile(), changes))).toEqual(['invalid'])
    }
    const renamed = await keep(await newFile(), {
      config: configOf({
        trust: { other: { from: source.origin, operator: OPERATOR, jwk: upstream.jwk } },
      }),
    })
    expect(await outcomes(renamed)).toEqual(['invalid'])
  })

  test('cannot bring back an issuer’s earlier epoch', async () => {
    // One list asks the registry itself, the other comes from an operator that is behind.
    const config = configOf({
      trust: {
        own: { issuers: [registry.entry] },
        [LIST]: { from: source.origin, operator: OPERATOR, jwk: upstream.jwk },
      },
    })
    await registry.revokeAndPublish(5, NOW)
    const newer = registry.text!
    const keeper = await keep(await newFile(), { config })
    expect(await outcomes(keeper)).toEqual(['new', 'new'])
    const { root } = (await keeper.newest(LIST))!
    const documents = [
      { ...registry.entry, status: newer },
      { ...office.entry, status: office.text! },
    ]
    expect(root).toBe(String((await buildTrust(LIST, documents, NOW)).root))
  })
})
