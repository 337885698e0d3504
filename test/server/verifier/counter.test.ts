import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkCounterQuestion, readCounterQuestion } from '../../../core/counter.ts'
import { readCounterLink } from '../../../client/counter-link.ts'
import { verifyGroth16 } from '../../../core/groth16.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { saltedPhotograph, tinyPng } from '../../support/photograph.ts'
import { NOW } from '../../support/world.ts'
import { answerTo } from './counter-answer.ts'
import type { Making } from './counter-answer.ts'
import { ORIGIN, POLICIES, Shop, tokenOf } from './shop.ts'
import type { Answer } from './shop.ts'

// Questions at a counter: put by a site, answered by whoever scanned a wallet.

let shop: Shop
beforeAll(async () => {
  shop = await Shop.open({ walletLink: 'https://wallet.example/#' })
  return () => shop.close()
})
beforeEach(() => {
  shop.clock.now = NOW
  shop.judge.calls = 0
  shop.judge.verify = verifyGroth16
})

interface Counter {
  readonly id: string
  readonly token: string
  readonly counterCode: string
  readonly counterQr: string
  readonly expiresAt: number
}

const refused = ({ status, json }: Answer): [number, unknown] => [status, json['code']]

async function ask(policy: keyof typeof POLICIES = 'plain'): Promise<Counter> {
  const { status, json } = await shop.call('POST', '/v1/sessions', {
    token: tokenOf('site'),
    body: { policy: POLICIES[policy].id, flow: 'counter' },
  })
  expect(status).toBe(201)
  return json as unknown as Counter
}

const shown = (counter: Counter, making?: Making): Promise<string> =>
  answerTo(shop, counter.counterCode, making)

const bring = ({ id, token }: Pick<Counter, 'id' | 'token'>, presentation: unknown) =>
  shop.call('POST', `/v1/sessions/${id}/presentation`, { token, body: { presentation } })

describe('a question at a counter', () => {
  test('is signed by the key that the verifier publishes, and opens the wallet', async () => {
    const counter = await ask()
    expect(Object.keys(counter).sort()).toEqual(
      ['counterCode', 'counterQr', 'expiresAt', 'id', 'token'].sort(),
    )
    expect(counter.counterCode).toMatch(/^https:\/\/wallet\.example\/#counter=/)
    const { json } = await shop.call('GET', '/.well-known/did.json')
    const [method] = json['verificationMethod'] as { id: string; publicKeyJwk: PublicJwk }[]
    const text = readCounterLink(counter.counterCode)
    const { question, kid } = readCounterQuestion(text, NOW, 0)
    expect(method?.id).toBe(kid)
    await checkCounterQuestion(text, method!.publicKeyJwk)
    expect(question).toMatchObject({ audience: ORIGIN, name: 'Shop', expiresAt: counter.expiresAt })
  })

  test('is a picture for whoever has its address, until it is over', async () => {
    const { counterQr } = await ask()
    const { pathname } = new URL(counterQr)
    const { status, headers, text } = await shop.call('GET', pathname)
    expect([status, headers.get('content-type')?.split(';')[0]]).toEqual([200, 'image/svg+xml'])
    expect(text).toMatch(/^<svg/)
    shop.clock.now += 301
    expect(refused(await shop.call('GET', pathname))[1]).toBe('SESSION_EXPIRED')
  })

  test('is put by sites, not by pages, and leads nowhere', async () => {
    const body = { policy: POLICIES.plain.id, flow: 'counter' }
    const page = await shop.call('POST', '/v1/page-sessions', {
      body,
      headers: { origin: ORIGIN },
    })
    expect([400, 403]).toContain(page.status)
    expect(refused(await shop.call('POST', '/v1/sessions', { body }))[0]).toBe(401)
    const leading = { ...body, returnTo: 'https://pages.example/done' }
    expect(
      refused(await shop.call('POST', '/v1/sessions', { token: tokenOf('site'), body: leading })),
    ).toEqual([400, 'INPUT_INVALID'])
  })

  test('is no request for wallets on the network', async () => {
    const { id } = await ask()
    expect(
      refused(await shop.call('POST', `/oid4vp/request/${id}`, { body: new URLSearchParams() }))[0],
    ).toBe(404)
    const form = new URLSearchParams({ error: 'access_denied', state: id })
    expect((await shop.call('POST', `/oid4vp/response/${id}`, { body: form })).status).toBe(404)
  })
})

describe('what a clerk scanned', () => {
  test('settles the question, once', async () => {
    const counter = await ask()
    const presentation = await shown(counter)
    const { status, json } = await bring(counter, presentation)
    expect([status, json]).toEqual([
      200,
      expect.objectContaining({ id: counter.id, status: 'verified', asOf: '2026-11-22' }),
    ])
    expect(refused(await bring(counter, presentation))[1]).toBe('NONCE_USED')
    expect(refused(await bring(await ask(), presentation))[1]).toBe('NONCE_MISMATCH')
    expect(shop.judge.calls).toBe(1)
  })

  test('is refused for another question, audience or policy, too late, and too large', async () => {
    const counter = await ask()
    const wrong = await shown(await ask())
    expect(refused(await bring(counter, wrong))[1]).toBe('NONCE_MISMATCH')
    const elsewhere = await shown(counter, { claims: { audience: 'https://other.example' } })
    expect(refused(await bring(counter, elsewhere))[1]).toBe('AUDIENCE_MISMATCH')
    const { status } = await bring(counter, 'x'.repeat(16 * 1024 + 1))
    expect([400, 413]).toContain(status)
    const late = await ask()
    const good = await shown(late)
    shop.clock.now = late.expiresAt
    expect(refused(await bring(late, good))[1]).toBe('SESSION_EXPIRED')
    expect(shop.judge.calls).toBe(0)
  })

  test('is taken from nobody but who has the token of this question', async () => {
    const [counter, other] = [await ask(), await ask()]
    const presentation = await shown(counter)
    for (const token of [other.token, tokenOf('site')]) {
      expect(refused(await bring({ id: counter.id, token }, presentation))[0]).toBe(401)
    }
    expect((await bring(counter, presentation)).status).toBe(200)
  })

  test('is no way to answer the question of a wallet on the network', async () => {
    const session = await shop.create('plain')
    const presentation = await shown(await ask())
    expect(refused(await bring(session, presentation))).toEqual([409, 'CONFLICT'])
    expect((await shop.view(session)).json['status']).toBe('pending')
  })

  test('counts: the third refusal ends the question', async () => {
    const counter = await ask()
    const proofs = ['A', 'B', 'C'].map((letter) => letter.repeat(171))
    for (const proof of proofs) {
      const { status } = await bring(counter, await shown(counter, { claims: { proof } }))
      expect(status).toBeGreaterThanOrEqual(400)
    }
    expect(refused(await bring(counter, await shown(counter)))[1]).toBe('SESSION_EXPIRED')
  })

  test('with a code that was used is refused at every later question', async () => {
    const [one, other] = [await ask('once'), await ask('once')]
    expect((await bring(one, await shown(one, { policy: 'once', pseudonym: 9n }))).status).toBe(200)
    const again = await bring(other, await shown(other, { policy: 'once', pseudonym: 9n }))
    expect(refused(again)[1]).toBe('PSEUDONYM_USED')
  })

  test('shows the very photograph that the issuer signed; one byte of another is refused', async () => {
    const photograph = saltedPhotograph()
    const altered = saltedPhotograph(tinyPng(91))
    const counter = await ask('photo')
    const swapped = await shown(counter, {
      policy: 'photo',
      value: photograph,
      claims: { disclosed: { 'person.region': altered } },
    })
    expect(refused(await bring(counter, swapped))[1]).toBe('PROOF_INVALID')
    const unsalted = await shown(counter, {
      policy: 'photo',
      value: photograph,
      claims: { disclosed: { 'person.region': photograph.replace(';salt=A', ';salt=B') } },
    })
    expect(refused(await bring(counter, unsalted))[1]).toBe('PROOF_INVALID')
    const { status, json } = await bring(
      counter,
      await shown(counter, { policy: 'photo', value: photograph }),
    )
    expect([status, json['disclosed']]).toEqual([200, { 'person.region': photograph }])
    expect(shop.databaseBytes()).not.toContain(photograph.slice(40, 80))
  })
})
