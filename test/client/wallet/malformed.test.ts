import { beforeEach, describe, expect, test } from 'vitest'
import type { Wallet } from '../../../client/wallet/wallet.ts'
import { malformed } from '../../support/malformed.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { ISSUER } from '../fake-issuer.ts'
import type { Page } from '../fake-services.ts'
import { json } from '../fake-services.ts'
import { SHOP } from '../fake-verifier.ts'
import { PASSPHRASE, WalletWorld } from './wallet-world.ts'

// What malformed answers leave behind in a wallet: nothing that it did not have before, and nothing
// that it cannot open again.

let world: WalletWorld
let wallet: Wallet

beforeEach(async () => {
  world = await WalletWorld.create()
  wallet = await world.open()
  await wallet.create(PASSPHRASE)
})

let codes = 0

/** A new offer each time: what a code was redeemed for, the wallet does not ask for again. */
async function take(): Promise<void> {
  world.issuer.code = `code-${codes++}`
  await wallet.takeOffer(await wallet.readOffer(world.issuer.link), '123456')
}

async function reopen(): Promise<void> {
  wallet.lock()
  wallet = await world.open()
  await wallet.unlock(PASSPHRASE)
}

const bytesPage =
  (bytes: Uint8Array<ArrayBuffer>): Page =>
  () =>
    new Response(bytes, { headers: { 'content-type': 'application/json' } })

describe('an issuance that a malformed answer ends', () => {
  const ANSWERS: readonly (readonly [string, string, () => object])[] = [
    ['metadata', '/.well-known/openid-credential-issuer', () => world.issuer.metadata()],
    ['token metadata', '/.well-known/oauth-authorization-server', () => world.issuer.server()],
    ['document', '/.well-known/zerocard-issuer', () => world.issuer.document()],
    [
      'token',
      '/token',
      () => ({ access_token: 'T', token_type: 'Bearer', expires_in: 600, scope: 'a' }),
    ],
    ['nonce', '/nonce', () => ({ c_nonce: 'nonce-1', zerocard_now: NOW })],
    ['credential', '/credential', () => ({ credentials: [{ credential: {} }] })],
  ]

  test.each(ANSWERS)(
    '(%s) leaves the wallet as it was, and it can begin again',
    async (...given) => {
      const [, path, good] = given
      const { pages } = world.issuer.network
      const honest = pages.get(ISSUER + path)!
      const before = wallet.state
      let refused = 0
      for (const { kind, bytes } of malformed(good(), 7, 60)) {
        pages.set(ISSUER + path, bytesPage(bytes))
        if ((await verdictOf(take)) === 'accepted') {
          await wallet.removeCredential(wallet.state.credentials[0]?.id ?? '')
          continue
        }
        refused++
        expect(wallet.state.credentials, kind).toEqual([])
        expect(wallet.state.pending.length, kind).toBe(1)
        await reopen()
        await wallet.forgetPending(wallet.state.pending[0]?.id ?? '')
      }
      expect(refused).toBeGreaterThan(20)
      pages.set(ISSUER + path, honest)
      expect(wallet.state).toMatchObject({ credentials: before.credentials, pending: [] })
      await take()
      await reopen()
      expect(wallet.state.credentials).toMatchObject([{ schema: 'person/1', issuer: ISSUER }])
    },
  )

  test('is opened again also if its token never ends', async () => {
    world.issuer.changes.token = (answer) => ({ ...answer, expires_in: Number.MAX_SAFE_INTEGER })
    world.issuer.lost.add('credential')
    expect(await verdictOf(take)).toBe('FETCH_FAILED')
    await reopen()
    await wallet.resume(wallet.state.pending[0]?.id ?? '')
    expect(wallet.state.credentials).toHaveLength(1)
  })
})

describe('a wallet with a credential', () => {
  beforeEach(async () => {
    await take()
    world.now += 60
  })

  test('has forgotten nothing after a request whose DID document is malformed', async () => {
    const { pages } = world.verifier.network
    const url = `${SHOP}/.well-known/did.json`
    const honest = pages.get(url)!
    const before = JSON.stringify(wallet.state)
    let refused = 0
    for (const { kind, bytes } of malformed(world.verifier.didDocument(), 7, 60)) {
      pages.set(url, bytesPage(bytes))
      if ((await verdictOf(() => wallet.readRequest(world.verifier.link, 'en'))) === 'accepted') {
        continue
      }
      refused++
      expect(JSON.stringify(wallet.state), kind).toBe(before)
    }
    expect(refused).toBeGreaterThan(20)
    pages.set(url, honest)
    await reopen()
    const view = await wallet.readRequest(world.verifier.link, 'en')
    expect(view.obstacle).toBeUndefined()
  })

  test('is not told by an issuer that it is locked', async () => {
    for (const code of ['LOCKED', 'STORAGE_FAILED']) {
      world.issuer.network.pages.set(`${ISSUER}/status`, () => json({ status: 400, code }, 400))
      expect(await verdictOf(() => wallet.prepare())).toBe('accepted')
    }
  })
})
