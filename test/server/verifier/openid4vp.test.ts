import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ZerocardError } from '../../../core/errors.ts'
import { encryptJwe, generateEncryptionKey } from '../../../core/jwe.ts'
import type { PresentationClaims } from '../../../core/presentation.ts'
import { keys } from '../../support/tools.ts'
import { NOW, TODAY } from '../../support/world.ts'
import { ORIGIN, POLICIES, RETURN, Shop, tokenOf } from './shop.ts'
import type { Answer, WalletRequest } from './shop.ts'

// What wallets and those who pretend to be one send to a running verifier. The judge of proofs
// believes everything, so each refusal here is by a check before it, unless it says otherwise.

const DAY = 86_400
let shop: Shop
let open: Shop

beforeAll(async () => {
  shop = await Shop.open()
  open = await Shop.open({ responseMode: 'direct_post' })
  return async () => {
    await shop.close()
    await open.close()
  }
})
beforeEach(() => {
  shop.clock.now = NOW
  shop.judge.calls = 0
  shop.judge.verify = () => true
})

const refused = ({ status, json }: Answer): [number, unknown] => [status, json['code']]
const ask = async (policy: keyof typeof POLICIES = 'plain', at = shop): Promise<WalletRequest> =>
  at.fetchRequest(await at.create(policy))

describe('a request object', () => {
  test('says what is asked, by whom and for whom, and repeats the nonce of the wallet', async () => {
    const session = await shop.create('plain')
    const { iat, exp, client_metadata, ...request } = await shop.fetchRequest(session, 'w-1')
    const clientId = 'decentralized_identifier:did:web:shop.example'
    expect(request).toMatchObject({
      response_type: 'vp_token',
      response_mode: 'direct_post.jwt',
      client_id: clientId,
      aud: 'https://self-issued.me/v2',
      response_uri: `${ORIGIN}/oid4vp/response/${session.id}`,
      state: session.id,
      wallet_nonce: 'w-1',
      dcql_query: {
        credentials: [
          {
            id: 'eligibility',
            format: 'dc+zkp',
            meta: {
              policy: POLICIES.plain,
              schemas: [{ id: 'person/1' }],
              trust: { registries: `${ORIGIN}/trust/registries` },
              circuits: [keys['eligibility-1'].id],
            },
          },
        ],
      },
    })
    expect([iat, exp]).toEqual([NOW, session.expiresAt])
    expect(request.nonce).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(client_metadata).toMatchObject({
      client_name: 'Shop',
      vp_formats_supported: { 'dc+zkp': {} },
      encrypted_response_enc_values_supported: ['A256GCM'],
    })
    const link = new URL(session.walletLink)
    expect(Object.fromEntries(link.searchParams)).toEqual({
      client_id: clientId,
      request_uri: `${ORIGIN}/oid4vp/request/${session.id}`,
      request_uri_method: 'post',
    })
  })

  test('comes by GET as well, with the media type of signed requests, to pages of any origin', async () => {
    const { requestUri } = await shop.create('plain')
    const answer = await shop.call('GET', new URL(requestUri).pathname)
    expect(answer.headers.get('content-type')).toMatch(/^application\/oauth-authz-req\+jwt/)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await shop.fetchSigned(answer.text)).not.toHaveProperty('wallet_nonce')
  })

  test('has a key of its own, of which the private half stays here', async () => {
    const requests = [await ask(), await ask()]
    const found = requests.map(({ client_metadata }) => client_metadata.jwks!.keys[0]!)
    expect(found[0]!.x).not.toBe(found[1]!.x)
    for (const key of found) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    }
    expect((await ask('plain', open)).client_metadata).not.toHaveProperty('jwks')
  })

  test('is not to be had of an unknown, an answered or an expired session', async () => {
    const path = (id: string): string => `/oid4vp/request/${id}`
    expect(refused(await shop.call('GET', path('x'.repeat(32))))).toEqual([404, 'NOT_FOUND'])
    expect(refused(await shop.call('GET', path('short')))).toEqual([400, 'INPUT_INVALID'])
    const session = await shop.create('plain')
    const request = await shop.fetchRequest(session)
    await shop.answer(request, await shop.present(request))
    expect(refused(await shop.call('GET', path(session.id)))).toEqual([409, 'NONCE_USED'])
    const late = await shop.create('plain')
    shop.clock.now = late.expiresAt
    expect(refused(await shop.call('GET', path(late.id)))).toEqual([410, 'SESSION_EXPIRED'])
  })
})

describe('an answer', () => {
  test.each([
    ['encrypted', () => shop],
    ['in clear, where the verifier says so', () => open],
  ])('is accepted %s', async (_, at) => {
    const session = await at().create('plain')
    const request = await at().fetchRequest(session)
    const { status, json } = await at().answer(request, await at().present(request))
    expect([status, json]).toEqual([200, {}])
    expect((await at().view(session)).json).toEqual({
      id: session.id,
      status: 'verified',
      policy: 'plain@1',
      expiresAt: session.expiresAt,
      verifiedAt: NOW,
      asOf: '2026-11-22',
    })
  })

  test('is accepted once, and the same body again is not (N25)', async () => {
    const request = await ask()
    const presentation = await shop.present(request)
    expect((await shop.answer(request, presentation)).status).toBe(200)
    expect(refused(await shop.answer(request, presentation))).toEqual([409, 'NONCE_USED'])
    expect(shop.judge.calls).toBe(1)
  })

  test('of many at once is accepted once (N30)', async () => {
    const request = await ask('once')
    const presentation = await shop.present(request, { pseudonym: 30n })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.answer(request, presentation)),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ json }) => json['code'] === 'NONCE_USED')).toHaveLength(19)
  })

  test('is accepted once from each holder, where each counts once', async () => {
    const [one, other] = [await ask('once'), await ask('once')]
    await shop.answer(one, await shop.present(one, { pseudonym: 7n }))
    shop.judge.calls = 0
    const again = await shop.answer(other, await shop.present(other, { pseudonym: 7n }))
    expect(refused(again)).toEqual([409, 'PSEUDONYM_USED'])
    // Found out before the proof was looked at.
    expect(shop.judge.calls).toBe(0)
    expect((await shop.answer(other, await shop.present(other, { pseudonym: 8n }))).status).toBe(
      200,
    )
  })

  test.each<[string, Partial<PresentationClaims>, number, string]>([
    ['to another nonce (N26)', { nonce: 'another' }, 422, 'NONCE_MISMATCH'],
    ['for another verifier (N26)', { audience: 'https://other.example' }, 422, 'AUDIENCE_MISMATCH'],
    ['to another policy (N26)', { policy: 'A'.repeat(43) }, 422, 'POLICY_MISMATCH'],
    ['under an unknown key (N26, N38)', { circuit: 'A'.repeat(43) }, 422, 'KEY_UNKNOWN'],
    ['under the key of another circuit', { circuit: keys.enrolment.id }, 422, 'KEY_UNKNOWN'],
    ['of the day before yesterday (N36)', { asOf: TODAY - 2 }, 422, 'DATE_REFUSED'],
    ['of tomorrow (N36)', { asOf: TODAY + 1 }, 422, 'DATE_REFUSED'],
    ['signed too early (N36)', { issuedAt: NOW - 301 }, 422, 'PRESENTATION_EXPIRED'],
    ['signed too late (N36)', { issuedAt: NOW + 301 }, 422, 'PRESENTATION_EXPIRED'],
    ['under an unknown trust root (N37)', { trustRoots: [9n] }, 422, 'TRUST_ROOT_UNKNOWN'],
    ['under two trust roots', { trustRoots: [9n, 9n] }, 422, 'TRUST_ROOT_UNKNOWN'],
    ['with a name that nobody asked for (N20)', { pseudonym: 5n }, 400, 'PRESENTATION_INVALID'],
    ['with values nobody asked for', { disclosed: { a: 1 } }, 400, 'PRESENTATION_INVALID'],
    ['with a short proof (N22)', { proof: 'AAAA' }, 400, 'PRESENTATION_INVALID'],
  ])('is refused %s', async (_, changes, status, code) => {
    const request = await ask()
    const answer = await shop.answer(request, await shop.present(request, changes))
    expect(refused(answer)).toEqual([status, code])
    expect(answer.json['error']).toBe('invalid_request')
    expect(shop.judge.calls).toBe(0)
  })

  test.each([
    ['five minutes before (N36)', { issuedAt: NOW - 300 }],
    ['five minutes after (N36)', { issuedAt: NOW + 300 }],
    ['of yesterday (N36)', { asOf: TODAY - 1 }],
  ])('is accepted %s', async (_, changes) => {
    const request = await ask()
    expect((await shop.answer(request, await shop.present(request, changes))).status).toBe(200)
  })

  test('is refused without a name that was asked for, and with the name 0', async () => {
    const request = await ask('once')
    const { pseudonym: _name, ...plain } = { pseudonym: 1n }
    const without = await shop.answer(await ask('plain'), await shop.present(request, plain))
    expect(refused(without)).toEqual([422, 'NONCE_MISMATCH'])
    const zero = await shop.answer(request, await shop.present(request, { pseudonym: 0n }))
    expect(refused(zero)).toEqual([400, 'PRESENTATION_INVALID'])
  })

  test.each([
    ['another signature', (text: string) => text.slice(0, -8) + 'AAAAAAAA', 422],
    ['no signature', (text: string) => text.split('.').slice(0, 2).join('.'), 400],
    ['another claim', (text: string) => swapPayload(text, { iat: NOW + 1 }), 422],
    ['an unknown claim (N23)', (text: string) => swapPayload(text, { extra: 1 }), 400],
    ['a number for a nonce (N21)', (text: string) => swapPayload(text, { nonce: 1 }), 400],
    ['a root in hex (N21)', (text: string) => swapPayload(text, { trust: ['0x05'] }), 400],
    ['a root at the order (N21)', (text: string) => swapPayload(text, { trust: [ORDER] }), 400],
  ])('is refused with %s', async (_, change, status) => {
    const request = await ask()
    const answer = await shop.answer(request, change(await shop.present(request)))
    expect(answer.status).toBe(status)
    expect(shop.judge.calls).toBe(0)
  })

  test('is refused if the proof is bad, and the third refusal ends the session (N27)', async () => {
    shop.judge.verify = () => false
    const session = await shop.create('plain')
    const request = await shop.fetchRequest(session)
    for (let i = 0; i < 3; i++) {
      const answer = await shop.answer(request, await shop.present(request))
      expect(refused(answer)).toEqual([422, 'PROOF_INVALID'])
    }
    expect((await shop.view(session)).json).toMatchObject({
      status: 'rejected',
      error: 'PROOF_INVALID',
    })
    shop.judge.verify = () => true
    const right = await shop.answer(request, await shop.present(request))
    expect(refused(right)).toEqual([410, 'SESSION_EXPIRED'])
    expect(shop.judge.calls).toBe(3)
  })

  test('costs at most three looks at proofs, also if a hundred come at once', async () => {
    shop.judge.verify = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return false
    }
    const request = await ask()
    const presentation = await shop.present(request)
    await Promise.all(Array.from({ length: 100 }, () => shop.answer(request, presentation)))
    expect(shop.judge.calls).toBe(3)
  })

  test('that meets a full queue is told to come back, and counts for nothing', async () => {
    shop.judge.verify = () => {
      throw new ZerocardError('OVERLOADED', 'too many proofs are waiting')
    }
    const request = await ask()
    for (let i = 0; i < 4; i++) {
      const answer = await shop.answer(request, await shop.present(request))
      expect(refused(answer)).toEqual([503, 'OVERLOADED'])
      expect(answer.json['error']).toBe('temporarily_unavailable')
      expect(answer.headers.get('retry-after')).toBe('2')
    }
    shop.judge.verify = () => true
    expect((await shop.answer(request, await shop.present(request))).status).toBe(200)
  })

  test('is refused when it comes too late, or to nothing (N27)', async () => {
    const request = await ask()
    const presentation = await shop.present(request)
    shop.clock.now = NOW + 300
    expect(refused(await shop.answer(request, presentation))).toEqual([410, 'SESSION_EXPIRED'])
    const nowhere = { ...request, response_uri: `${ORIGIN}/oid4vp/response/${'x'.repeat(32)}` }
    expect(refused(await shop.answer(nowhere, presentation))).toEqual([404, 'NOT_FOUND'])
  })

  test('is refused under a trust root that is too old (N37)', async () => {
    const request = await ask()
    const root = await shop.root()
    shop.clock.now = NOW + DAY + 1
    const session = await shop.create('plain')
    const later = await shop.fetchRequest(session)
    const changes = { trustRoots: [root], asOf: TODAY + 1 }
    const answer = await shop.answer(later, await shop.present(later, changes))
    expect(refused(answer)).toEqual([422, 'TRUST_ROOT_UNKNOWN'])
    expect((await shop.call('GET', '/readyz')).status).toBe(503)
    expect(request.nonce).not.toBe(later.nonce)
  })
})

describe('an envelope', () => {
  const envelopes: [
    string,
    (request: WalletRequest, presentation: string) => Promise<Form> | Form,
  ][] = [
    ['in clear, where it is to be encrypted', (request, p) => clear(request, [p])],
    ['for another key', async (request, p) => sealed(request, token([p]), 'other')],
    ['of another state', (request, p) => sealed({ ...request, state: 'x' }, token([p]))],
    ['without an answer', (request) => sealed(request, {})],
    ['with two presentations', (request, p) => sealed(request, token([p, p]))],
    ['with none', (request) => sealed(request, token([]))],
    ['with a text for a list', (request, p) => sealed(request, token(p))],
    ['with an object for a text', (request) => sealed(request, token([{}]))],
    ['to another query', (request, p) => sealed(request, { vp_token: { other: [p] } })],
    [
      'to two queries',
      (request, p) => sealed(request, { vp_token: { eligibility: [p], other: [p] } }),
    ],
    ['that is no JWE', () => ({ response: 'a.b.c.d.e' })],
    ['that is empty', () => ({})],
  ]

  test.each(envelopes)('%s is refused, and counts for nothing', async (_, make) => {
    const session = await shop.create('plain')
    const request = await shop.fetchRequest(session)
    const presentation = await shop.present(request)
    for (let i = 0; i < 4; i++) {
      const answer = await shop.post(request, await make(request, presentation))
      expect(refused(answer)).toEqual([400, 'INPUT_INVALID'])
    }
    expect(shop.judge.calls).toBe(0)
    expect((await shop.answer(request, presentation)).status).toBe(200)
  })

  test('may have members of other specifications', async () => {
    const request = await ask()
    const answer = { ...token([await shop.present(request)]), presentation_submission: {} }
    const { response } = await sealed(request, answer)
    expect((await shop.post(request, { response: response!, extra: '1' })).status).toBe(200)
  })

  test('in clear is read as strictly', async () => {
    const request = await ask('plain', open)
    const presentation = await open.present(request)
    const texts = [
      JSON.stringify({ eligibility: [presentation, presentation] }),
      `{"eligibility":["${presentation}"],"eligibility":["${presentation}"]}`,
      `{"eligibility":["${presentation}"],"__proto__":{}}`,
      '['.repeat(40) + ']'.repeat(40),
      presentation,
    ]
    for (const text of texts) {
      const answer = await open.post(request, { vp_token: text, state: request.state })
      expect(refused(answer), text.slice(0, 20)).toEqual([400, 'INPUT_INVALID'])
    }
    const response = await encryptJwe({}, (await generateEncryptionKey('x')).publicJwk)
    expect((await open.post(request, { response })).status).toBe(400)
    expect((await open.answer(request, presentation)).status).toBe(200)
  })
})

describe('a wallet that does not answer', () => {
  test.each([
    ['access_denied', 'access_denied'],
    ['wallet_unavailable', 'wallet_unavailable'],
    ['my_own_word', 'access_denied'],
  ])('ends the session with %s', async (error, told) => {
    const session = await shop.create('plain')
    const request = await shop.fetchRequest(session)
    const answer = await shop.post(request, { error, state: request.state })
    expect([answer.status, answer.json]).toEqual([200, {}])
    expect((await shop.view(session)).json).toMatchObject({ status: 'rejected', error: told })
    const late = await shop.answer(request, await shop.present(request))
    expect(refused(late)).toEqual([410, 'SESSION_EXPIRED'])
  })

  test('may say so encrypted, and sends the browser back without a code', async () => {
    const request = await shop.fetchRequest(await shop.create('plain', 'same-device'))
    const { json } = await shop.post(request, await sealed(request, { error: 'access_denied' }))
    expect(json).toEqual({ redirect_uri: RETURN })
  })

  test('ends nothing with another state', async () => {
    const request = await ask()
    const answer = await shop.post(request, { error: 'access_denied', state: 'x' })
    expect(refused(answer)).toEqual([400, 'INPUT_INVALID'])
    expect((await shop.answer(request, await shop.present(request))).status).toBe(200)
  })
})

describe('a malformed body (N23)', () => {
  const form = 'application/x-www-form-urlencoded'
  type Body = string | Uint8Array
  /** Either the body, or what becomes of an honest one, which is right in everything else. */
  const bodies: [
    string,
    Body | ((honest: string) => Body),
    Record<string, string>,
    number,
    string,
  ][] = [
    ['of 16 KiB and a byte', (honest) => padded(honest, 16_385), {}, 413, 'INPUT_TOO_LARGE'],
    ['of 10 MB', `response=${'a'.repeat(10_000_000)}`, {}, 413, 'INPUT_TOO_LARGE'],
    ['with a field twice', (honest) => `${honest}&${honest}`, {}, 400, 'INPUT_INVALID'],
    ['with __proto__', '__proto__=a&state=b', {}, 400, 'INPUT_INVALID'],
    ['with constructor', 'constructor=a', {}, 400, 'INPUT_INVALID'],
    ['compressed', gzipSync, { 'content-encoding': 'gzip' }, 415, 'MEDIA_TYPE'],
    ['of JSON', '{"response":"a"}', { 'content-type': 'application/json' }, 415, 'MEDIA_TYPE'],
    ['of no type', new Uint8Array([97]), { 'content-type': '' }, 415, 'MEDIA_TYPE'],
    ['with NUL bytes', 'response=a%00b.c.d.e.f', {}, 400, 'INPUT_INVALID'],
    ['of NUL bytes', new Uint8Array(100), {}, 400, 'INPUT_INVALID'],
    ['that is not UTF-8', new Uint8Array([0xff, 0xfe]), {}, 400, 'INPUT_INVALID'],
    ['of nothing', '', {}, 400, 'INPUT_INVALID'],
  ]

  test.each(bodies)('%s is refused unread', async (_, body, headers, status, code) => {
    const request = await ask()
    const path = new URL(request.response_uri).pathname
    const right = await sealed(request, token([await shop.present(request)]))
    const answer = await shop.call('POST', path, {
      body: typeof body === 'function' ? body(new URLSearchParams(right).toString()) : body,
      headers: { 'content-type': form, ...headers },
    })
    expect(refused(answer)).toEqual([status, code])
    expect(shop.judge.calls).toBe(0)
  })

  const questions: [string, string, number, string][] = [
    ['nested', '['.repeat(10_000), 400, 'INPUT_INVALID'],
    ['with a member twice', '{"policy":"a@1","policy":"plain@1"}', 400, 'INPUT_INVALID'],
    ['with __proto__', '{"__proto__":{"policy":"plain@1"}}', 400, 'INPUT_INVALID'],
    ['with an unknown member', question({ extra: 1 }), 400, 'INPUT_INVALID'],
    ['with a number for a text', question({ policy: 1 }), 400, 'INPUT_INVALID'],
    ['with an unknown flow', question({ flow: 'direct' }), 400, 'INPUT_INVALID'],
    ['of an unknown policy', question({ policy: 'other@1' }), 404, 'NOT_FOUND'],
    ['too large', question({ policy: 'a'.repeat(17_000) }), 413, 'INPUT_TOO_LARGE'],
  ]

  test.each(questions)('%s asks nothing', async (_, body, status, code) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await shop.call('POST', '/v1/sessions', {
      token: tokenOf('site'),
      body,
      headers,
    })
    expect(refused(answer)).toEqual([status, code])
    expect(answer.headers.get('content-type')).toMatch('application/problem+json')
  })
})

type Form = Record<string, string>

/** The order of the field: not a canonical element. */
const ORDER = 'MGROcuExoCm4UEW2gYFYXSgz6Eh5uXCRQ-H1k_AAAAE'

function question(changes: object): string {
  return JSON.stringify({ policy: 'plain@1', flow: 'cross-device', ...changes })
}

function token(eligibility: unknown): object {
  return { vp_token: { eligibility } }
}

function clear({ state }: WalletRequest, presentations: readonly string[]): Form {
  return { vp_token: JSON.stringify({ eligibility: presentations }), state }
}

/** The same answer, with a member of another specification, so that it has this length. */
function padded(form: string, length: number): string {
  return `${form}&more=`.padEnd(length, 'a')
}

async function sealed(request: WalletRequest, answer: object, kid?: string): Promise<Form> {
  const key = request.client_metadata.jwks!.keys[0]!
  const payload = { state: request.state, ...answer }
  return { response: await encryptJwe(payload, kid === undefined ? key : { ...key, kid }) }
}

/** The same signature around other claims. */
function swapPayload(text: string, changes: object): string {
  const [header, payload = '', signature] = text.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const swapped = Buffer.from(JSON.stringify({ ...claims, ...changes })).toString('base64url')
  return [header, swapped, signature].join('.')
}

test('who was seen elsewhere cannot be found out without a proof', async () => {
  for (const [policy, verdict] of [
    ['once', 'PSEUDONYM_USED'],
    ['shared', 'PROOF_INVALID'],
  ] as const) {
    shop.judge.verify = () => true
    const first = await ask(policy)
    const name = { pseudonym: 1234n }
    expect((await shop.answer(first, await shop.present(first, name))).status).toBe(200)
    shop.judge.verify = () => false
    const probe = await ask(policy)
    expect(refused(await shop.answer(probe, await shop.present(probe, name)))[1]).toBe(verdict)
  }
})
