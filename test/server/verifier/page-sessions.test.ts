import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWalletHttp } from '../../../client/http.ts'
import { readRequestLink } from '../../../client/request-link.ts'
import { readShortCode, resolveShortCode } from '../../../client/short-code.ts'
import { generateSigningKey, publicJwk, readJws, signJws } from '../../../core/jws.ts'
import { RESULT_TYP, verifyResultToken } from '../../../core/result-token.ts'
import type { ResultExpectation, ResultKey } from '../../../core/result-token.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW } from '../../support/world.ts'
import { ORIGIN, POLICIES, SECRET_REGION, Shop, tokenOf } from './shop.ts'
import type { Answer, Created, WalletRequest } from './shop.ts'

// Pages that ask by themselves, the codes that people type, and the results that sites are handed.

const PAGE = 'https://pages.example'
const NARROW = 'https://narrow.example'
const STRICT = 'https://strict.example'
const plain = POLICIES.plain.id
let shop: Shop

beforeAll(async () => {
  shop = await Shop.open({
    pageOrigins: [
      PAGE,
      { origin: NARROW, policies: [plain] },
      { origin: STRICT, returnPaths: ['/shop', '/a%20b'] },
    ],
    walletLink: 'https://wallet.example/#',
  })
  return () => shop.close()
})
beforeEach(() => {
  shop.clock.now = NOW
})

interface PageSession extends Created {
  readonly shortCode?: string
  readonly expiresIn: number
}

const refused = ({ status, json }: Answer): [number, unknown] => [status, json['code']]

const ask = (body: object, origin?: string): Promise<Answer> =>
  shop.call('POST', '/v1/page-sessions', {
    body: { policy: plain, flow: 'cross-device', ...body },
    headers: origin === undefined ? {} : { origin },
  })

async function begin(body: object = {}): Promise<PageSession> {
  const { status, json } = await ask(body, PAGE)
  expect(status).toBe(201)
  return json as unknown as PageSession
}

/** Lets a wallet answer. @returns The response code it is given, if any. */
async function prove(session: Created, pseudonym?: bigint): Promise<string | undefined> {
  const request = await shop.fetchRequest(session)
  const changes = pseudonym === undefined ? {} : { pseudonym }
  const { status, json } = await shop.answer(request, await shop.present(request, changes))
  expect(status).toBe(200)
  const uri = json['redirect_uri']
  return typeof uri === 'string' ? new URL(uri).hash.slice('#responseCode='.length) : undefined
}

const result = ({ id, token }: Created, code?: string): Promise<Answer> =>
  shop.call(
    'GET',
    `/v1/sessions/${id}/result${code === undefined ? '' : `?responseCode=${code}`}`,
    {
      token,
    },
  )

async function keys(): Promise<readonly ResultKey[]> {
  const { json } = await shop.call('GET', '/v1/result-keys')
  return json['keys'] as ResultKey[]
}

describe('a page', () => {
  test('of a listed origin begins a session without an operator, and may read the answer', async () => {
    const { status, headers, json } = await ask({}, PAGE)
    expect(status).toBe(201)
    expect(headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(headers.get('vary')).toBe('origin')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(json).toMatchObject({ expiresIn: 300 })
    expect(json['shortCode']).toMatch(/^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]$/)
  })

  test('of any other origin, or of none, begins nothing', async () => {
    for (const origin of [
      'https://evil.example',
      `${PAGE}.evil.example`,
      'null',
      ORIGIN,
      undefined,
    ]) {
      const answer = await ask({}, origin)
      expect(refused(answer)).toEqual([403, 'FORBIDDEN'])
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('is told before it asks whether it may', async () => {
    const preflight = (origin: string): Promise<Answer> =>
      shop.call('OPTIONS', '/v1/page-sessions', { headers: { origin } })
    const allowed = await preflight(PAGE)
    expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(allowed.headers.get('access-control-allow-headers')).toContain('content-type')
    const other = await preflight('https://evil.example')
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
    expect(other.headers.get('access-control-allow-headers')).toBeNull()
  })

  test('asks only what its origin may ask, and leads back only to itself', async () => {
    expect((await ask({}, NARROW)).status).toBe(201)
    expect(refused(await ask({ policy: POLICIES.login.id }, NARROW))).toEqual([403, 'FORBIDDEN'])
    expect(refused(await ask({ policy: 'none@1' }, PAGE))).toEqual([404, 'NOT_FOUND'])
    const back = (returnTo?: string): Promise<Answer> =>
      ask({ flow: 'same-device', ...(returnTo === undefined ? {} : { returnTo }) }, PAGE)
    expect((await back(`${PAGE}/shop?x=1`)).status).toBe(201)
    for (const returnTo of [
      undefined,
      `${NARROW}/`,
      `${ORIGIN}/`,
      `${PAGE}/#x`,
      'javascript:1',
      `blob:${PAGE}/x`,
    ]) {
      expect(refused(await back(returnTo))).toEqual([400, 'INPUT_INVALID'])
    }
  })

  test('with named paths leads back to exactly these', async () => {
    const back = (path: string, origin = STRICT): Promise<Answer> =>
      ask({ flow: 'same-device', returnTo: origin + path }, origin)
    for (const path of ['/shop', '/shop?step=2', '/x/../shop', '/a b']) {
      expect((await back(path)).status).toBe(201)
    }
    const others = ['', '/', '/shop/', '/SHOP', '/shop/out', '/out?to=/shop', '/%73hop', '//shop']
    for (const path of others) {
      expect(refused(await back(path))).toEqual([400, 'INPUT_INVALID'])
      expect((await back(path, PAGE)).status).toBe(201)
    }
  })

  test.each([
    ['\\\\@evil.example/', '//@evil.example/'],
    ['\\evil', '/evil'],
    ['/a\nb\t?x=\n1', '/ab?x=1'],
    ['/a b?q=“', '/a%20b?q=%E2%80%9C'],
  ])('leads back to what was checked, as browsers write it: %j', async (path, written) => {
    const session = await begin({ flow: 'same-device', returnTo: PAGE + path })
    const request = await shop.fetchRequest(session)
    const { json } = await shop.answer(request, await shop.present(request, {}))
    const uri = String(json['redirect_uri'])
    expect(uri.slice(0, uri.indexOf('#'))).toBe(PAGE + written)
    expect(new URL(uri)).toMatchObject({ origin: PAGE, href: uri })
  })

  test('is named to the wallet in the signed request, if it is not the verifier’s own', async () => {
    const session = await begin()
    const metaOf = (request: WalletRequest) => request.dcql_query.credentials[0]!.meta
    expect(metaOf(await shop.fetchRequest(session))).toMatchObject({ page: PAGE })
    const own = await shop.fetchRequest(await shop.create('plain'))
    expect(metaOf(own)).not.toHaveProperty('page')
  })

  test('cannot ask in the way of a direct presentation, nor with a challenge of any kind', async () => {
    for (const body of [{ flow: 'direct' }, { challenge: 'a b' }, { challenge: '' }, { more: 1 }]) {
      expect(refused(await ask(body, PAGE))).toEqual([400, 'INPUT_INVALID'])
    }
  })

  test('learns nothing of a code on another device in its own browser', async () => {
    const session = await begin({ flow: 'same-device', returnTo: `${PAGE}/` })
    expect(session.shortCode).toBeUndefined()
  })
})

describe('a wallet link that ends in #', () => {
  test('has everything behind it, where the wallet finds it and its host does not', async () => {
    const { walletLink, requestUri } = await begin()
    expect(new URL(walletLink)).toMatchObject({ origin: 'https://wallet.example', search: '' })
    expect(readRequestLink(walletLink)).toMatchObject({ verifier: ORIGIN, requestUri })
  })
})

describe('a code that is typed', () => {
  const http = createWalletHttp({
    fetch: (url, init) => fetch(url.replace(ORIGIN, shop.url), init),
  })
  const typed = (code: string): string => `shop.example ${code.toLowerCase()}`

  test('leads to the question, while it is open', async () => {
    const session = await begin()
    const code = readShortCode(typed(session.shortCode ?? ''))
    expect(code.verifier).toBe(ORIGIN)
    expect(await resolveShortCode(code, http)).toBe(session.walletLink)
    shop.clock.now += 301
    expect(await verdictOf(() => resolveShortCode(code, http))).toBe('NOT_FOUND')
  })

  test('leads nowhere once the question is answered, nor with a typing mistake', async () => {
    const session = await begin()
    const { code } = readShortCode(typed(session.shortCode ?? ''))
    await prove(session)
    expect(refused(await shop.call('GET', `/v1/codes/${code}`))).toEqual([404, 'NOT_FOUND'])
    const wrong = `${code.slice(0, 8)}${code.endsWith('A') ? 'B' : 'A'}`
    expect(refused(await shop.call('GET', `/v1/codes/${wrong}`))).toEqual([400, 'INPUT_INVALID'])
  })

  test('is refused when the host leads to a question of somebody else', async () => {
    const session = await begin()
    const { code } = readShortCode(typed(session.shortCode ?? ''))
    const relay = createWalletHttp({
      fetch: (url, init) => fetch(url.replace('https://evil.example', shop.url), init),
    })
    const elsewhere = { verifier: 'https://evil.example', code }
    expect(await verdictOf(() => resolveShortCode(elsewhere, relay))).toBe('ADDRESS_REFUSED')
  })
})

describe('a result', () => {
  const expectation = async (): Promise<ResultExpectation> => ({
    issuer: ORIGIN,
    audience: PAGE,
    policy: plain,
    nonce: 'visit-1',
    keys: await keys(),
    now: NOW,
  })

  async function tokenOfPlain(): Promise<string> {
    const session = await begin({ challenge: 'visit-1' })
    await prove(session)
    const { status, headers, text } = await result(session)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/jwt; charset=utf-8'])
    return text
  }

  test('tells the site what was proven', async () => {
    const session = await begin({ challenge: 'visit-1' })
    await prove(session)
    const { text } = await result(session)
    expect(await verifyResultToken(text, await expectation())).toEqual({
      issuer: ORIGIN,
      audience: PAGE,
      session: session.id,
      policy: plain,
      asOf: '2026-11-22',
      verifiedAt: NOW,
      expiresAt: NOW + 300,
      nonce: 'visit-1',
    })
  })

  test('has the name and the values that the policy asks for', async () => {
    const login = await begin({ policy: POLICIES.login.id })
    await prove(login, 99n)
    const photo = await begin({ policy: POLICIES.photo.id })
    await prove(photo)
    const { nonce: _, ...expected } = await expectation()
    const read = async (session: Created, policy: string): Promise<unknown> =>
      verifyResultToken((await result(session)).text, { ...expected, policy })
    expect(await read(login, POLICIES.login.id)).toMatchObject({
      pseudonym: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
      isReturning: false,
    })
    expect(await read(photo, POLICIES.photo.id)).toMatchObject({
      disclosed: { 'person.region': SECRET_REGION },
    })
  })

  const OTHERS: readonly (readonly [string, string, Partial<ResultExpectation>])[] = [
    ['to another verifier', 'ISSUER_UNTRUSTED', { issuer: 'https://other.example' }],
    ['for another page', 'AUDIENCE_MISMATCH', { audience: NARROW }],
    ['to another policy', 'POLICY_MISMATCH', { policy: 'plain@2' }],
    ['to another challenge', 'NONCE_MISMATCH', { nonce: 'visit-2' }],
    ['of too long ago', 'PRESENTATION_EXPIRED', { now: NOW + 331 }],
    [
      'of too long ago, though later is allowed',
      'PRESENTATION_EXPIRED',
      { now: NOW + 331, maxAge: 9_999 },
    ],
    ['older than the site allows', 'PRESENTATION_EXPIRED', { now: NOW + 91, maxAge: 60 }],
    ['of the future', 'PRESENTATION_EXPIRED', { now: NOW - 31 }],
    ['under no key that is known', 'KEY_UNKNOWN', { keys: [] }],
  ]
  test.for(OTHERS)('is refused %s', async ([, code, change]) => {
    const token = await tokenOfPlain()
    const expected = await expectation()
    expect(await verdictOf(() => verifyResultToken(token, { ...expected, ...change }))).toBe(code)
  })

  test('without a challenge does not stand in for one with it', async () => {
    const session = await begin()
    await prove(session)
    const { text } = await result(session)
    const expected = await expectation()
    expect(await verdictOf(() => verifyResultToken(text, expected))).toBe('NONCE_MISMATCH')
  })

  test('is refused when it was made or changed by anybody else', async () => {
    const token = await tokenOfPlain()
    const expected = await expectation()
    const [head = '', body = '', signature = ''] = token.split('.')
    const { payload } = readJws(token, 'SIGNATURE_INVALID')
    const kid = expected.keys[0]?.kid
    const encode = (json: unknown): string =>
      Buffer.from(JSON.stringify(json)).toString('base64url')
    const { privateKey } = await generateSigningKey()
    const changed = encode({ ...(payload as object), sub: 'x' })
    const forgeries = {
      changed: `${head}.${changed}.${signature}`,
      'without algorithm': `${encode({ alg: 'none', typ: RESULT_TYP, kid })}.${body}.`,
      'by another key': await signJws({ typ: RESULT_TYP, kid }, payload, privateKey),
      'no token': 'token',
      'too long': `${token}${'A'.repeat(17_000)}`,
    }
    for (const [name, forgery] of Object.entries(forgeries)) {
      const refusal = await verdictOf(() => verifyResultToken(forgery, expected))
      expect([name, refusal]).toEqual([name, 'SIGNATURE_INVALID'])
    }
  })

  test('is not mistaken for another document of the same key', async () => {
    const pair = await generateSigningKey()
    const key: ResultKey = { ...(await publicJwk(pair.publicKey)), kid: 'one' }
    const { payload } = readJws(await tokenOfPlain(), 'SIGNATURE_INVALID')
    const expected = { ...(await expectation()), keys: [key] }
    const sign = (typ: string): Promise<string> =>
      signJws({ typ, kid: 'one' }, payload, pair.privateKey)
    expect(await verifyResultToken(await sign(RESULT_TYP), expected)).toMatchObject({
      policy: plain,
    })
    const other = await sign('oauth-authz-req+jwt')
    expect(await verdictOf(() => verifyResultToken(other, expected))).toBe('SIGNATURE_INVALID')
  })

  test('cannot be had before there is an answer, after a refusal, or by somebody else', async () => {
    const open = await begin()
    expect(refused(await result(open))).toEqual([404, 'NOT_FOUND'])
    const request = await shop.fetchRequest(open)
    await shop.post(request, { error: 'access_denied', state: request.state })
    expect((await shop.view(open)).json).toMatchObject({ status: 'rejected' })
    expect(refused(await result(open))).toEqual([404, 'NOT_FOUND'])
    const proven = await begin()
    await prove(proven)
    const stolen = { ...proven, token: tokenOf('site') }
    expect(refused(await result(stolen))).toEqual([401, 'UNAUTHORIZED'])
    expect((await result(proven)).status).toBe(200)
  })

  test('of the same device needs what the wallet brought back', async () => {
    const session = await begin({ flow: 'same-device', returnTo: `${PAGE}/` })
    const code = await prove(session)
    expect(refused(await result(session))).toEqual([404, 'NOT_FOUND'])
    expect(refused(await result(session, 'A'.repeat(22)))).toEqual([403, 'FORBIDDEN'])
    expect((await result(session, code)).status).toBe(200)
  })

  test('of a session that a server began is for the verifier itself', async () => {
    const session = await shop.create('plain')
    await prove(session)
    const { nonce: _, ...expected } = await expectation()
    const { text } = await result(session)
    expect(await verdictOf(() => verifyResultToken(text, expected))).toBe('AUDIENCE_MISMATCH')
    expect(await verifyResultToken(text, { ...expected, audience: ORIGIN })).toMatchObject({
      session: session.id,
    })
  })
})

test('whoever asks or guesses without end has to wait', async () => {
  const limits = { requestsPerMinute: 1_000, failuresPerMinute: 0 }
  const limited = await Shop.open({ pageOrigins: [PAGE], limits })
  const statuses: number[] = []
  for (let i = 0; i < 21; i++) {
    statuses.push((await limited.call('GET', '/v1/codes/22222222A')).status)
  }
  expect(statuses.slice(0, 20)).not.toContain(429)
  expect(statuses[20]).toBe(429)
  expect((await limited.call('GET', '/v1/policies')).status).toBe(200)
  await limited.close()
})

test('a verifier without pages of its own lets none of its origin ask', async () => {
  const alone = await Shop.open()
  const body = { policy: plain, flow: 'cross-device' }
  const answer = await alone.call('POST', '/v1/page-sessions', {
    body,
    headers: { origin: ORIGIN },
  })
  expect(refused(answer)).toEqual([403, 'FORBIDDEN'])
  await alone.close()
})
