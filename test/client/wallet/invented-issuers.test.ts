import { beforeEach, describe, expect, test } from 'vitest'
import { listedAt } from '../../../client/selection.ts'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { fieldText } from '../../../core/presentation.ts'
import { schemaHash } from '../../../core/schema.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../../core/sorted-set.ts'
import { signStatus } from '../../../core/status.ts'
import { buildTrust } from '../../../core/trust.ts'
import type { TrustedIssuer } from '../../../core/trust.ts'
import { NOW, PERSON, trustIn } from '../../support/world.ts'
import { TestLog } from '../../support/test-log.ts'
import { ISSUER } from '../fake-issuer.ts'
import { json, text } from '../fake-services.ts'
import { SHOP } from '../fake-verifier.ts'
import { WalletWorld } from './wallet-world.ts'

// A verifier that makes its own list, with issuers and revocations of its own making.

const FAKE = 'https://registry.shop.example'

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.withCredential()
})

/** An entry for the real issuer's key, with documents that somebody else signs. */
async function entry(
  issuer: string,
  set: SortedSet,
  epoch = 1,
): Promise<TrustedIssuer & { readonly jwk: PublicJwk }> {
  const { publicKey, privateKey } = await generateSigningKey()
  const { key } = world.issuer.issuer.signer
  const hash = { schema: PERSON.id, schemaHash: schemaHash(PERSON) }
  const keys = [{ key, ...hash, revocationRoot: set.root, revoked: set.size }]
  const times = { issuedAt: NOW, expiresAt: NOW + 86_400 }
  const log = new TestLog().before(epoch)
  const status = await signStatus({ issuer, epoch, ...times, log, keys }, privateKey)
  return { issuer, jwk: await publicJwk(publicKey), schemas: [PERSON.id], status }
}

async function publish(...issuers: TrustedIssuer[]): Promise<void> {
  const list = await buildTrust('registries', issuers, NOW)
  world.verifier.network.pages.set(`${SHOP}/trust/registries`, async () =>
    text(await world.verifier.trustList(list), 'application/jwt'),
  )
}

/** Revocations under whatever name; a wallet that comes for them is seen. */
function serveSet(host: string, set: SortedSet): void {
  const url = `${host}/status/sets/${fieldText(set.root)}`
  world.verifier.network.pages.set(url, () => json(set.publish()))
}

const ask = () => wallet.readRequest(world.verifier.link, 'en')
const hostsAsked = () => new Set(world.sent.map(({ url }) => new URL(url).host))
const others = SortedSet.from(REVOCATION_SHAPE, [5n, 77n])

describe('a list of a verifier’s own making', () => {
  test('with the issuer’s key under another name does not lead the wallet there', async () => {
    serveSet(FAKE, others)
    await publish(await entry(FAKE, others))
    const view = await ask()
    expect(view.obstacle).toBe('ISSUER_UNTRUSTED')
    await wallet.answer(view).catch(() => undefined)
    expect(hostsAsked()).toEqual(new Set(['shop.example']))
  })

  test('with the issuer’s name and documents of somebody else is good for nothing', async () => {
    serveSet(ISSUER, others)
    await publish(await entry(ISSUER, others))
    const view = await ask()
    expect(view.obstacle).toBe('ISSUER_UNTRUSTED')
    await wallet.answer(view).catch(() => undefined)
    expect(hostsAsked()).toEqual(new Set(['shop.example']))
  })

  test('that changes after an answer leads the wallet nowhere in idle moments', async () => {
    await wallet.answer(await ask())
    serveSet(FAKE, others)
    await publish(await entry(FAKE, others))
    world.sent.length = 0
    await wallet.prepare()
    expect(hostsAsked()).toEqual(new Set(['shop.example', 'registry.example']))
    serveSet(ISSUER, others)
    await publish(await entry(ISSUER, others))
    world.sent.length = 0
    await wallet.prepare()
    const asked = world.sent.map(({ url }) => url)
    expect(asked.filter((url) => url.includes(fieldText(others.root)))).toEqual([])
  })
})

describe('an issuer’s own words', () => {
  test('count against a list that has other revocations for the same epoch', async () => {
    const { issuer } = world.issuer
    await wallet.prepare()
    expect((await ask()).obstacle).toBeUndefined()
    const published = issuer.revoked
    issuer.revoked = others
    const [same, next] = [await issuer.listing(NOW, 1), await issuer.listing(NOW, 2)]
    issuer.revoked = published
    await publish(same)
    expect((await ask()).obstacle).toBe('LOG_FORKED')
    await publish(next)
    expect((await ask()).obstacle).toBe('LOG_FORKED')
  })

  test('tell its new key, which the wallet learns in an idle moment', async () => {
    const empty = SortedSet.from(REVOCATION_SHAPE, [])
    const renewed = await entry(ISSUER, empty, 2)
    await publish(renewed)
    expect((await ask()).obstacle).toBe('ISSUER_UNTRUSTED')
    world.issuer.changes.document = (document) => ({ ...document, jwk: renewed.jwk })
    world.issuer.network.pages.set(`${ISSUER}/status`, () =>
      text(renewed.status, 'application/jwt'),
    )
    await wallet.prepare()
    expect((await ask()).obstacle).toBeUndefined()
  })

  test('are not needed by who has none: only the name has to be the same', async () => {
    const { issuer } = world.issuer
    const { credential, blinding } = issuer.issue(1n, {
      birthDate: '1990-05-17',
      region: 'DE-BY',
      householdSize: 3,
      isStudent: false,
      personId: 'P-1',
    })
    const list = await trustIn('registries', issuer)
    const { jwk } = issuer
    const stranger = await publicJwk((await generateSigningKey()).publicKey)
    expect(listedAt({ credential, blinding }, PERSON, list)).toBe(0)
    const renamed = await buildTrust('registries', [await entry(FAKE, others)], NOW)
    expect(listedAt({ credential, blinding }, PERSON, renamed)).toBe(-1)
    expect(listedAt({ credential, blinding, origin: { jwk } }, PERSON, list)).toBe(0)
    expect(listedAt({ credential, blinding, origin: { jwk: stranger } }, PERSON, list)).toBe(-1)
  })
})
