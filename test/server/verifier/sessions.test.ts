import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { fieldText } from '../../../core/presentation.ts'
import { NOW } from '../../support/world.ts'
import { encryptJwe } from '../../../core/jwe.ts'
import { ORIGIN, RETURN, SECRET_REGION, Shop, tokenOf } from './shop.ts'
import type { Answer, Created } from './shop.ts'

// Who learns what of a session.

let shop: Shop

beforeAll(async () => {
  shop = await Shop.open()
  return () => shop.close()
})
beforeEach(() => {
  shop.clock.now = NOW
})

const refused = ({ status, json }: Answer): [number, unknown] => [status, json['code']]

/** Lets a wallet answer. @returns The response code it is given, if any. */
async function prove(session: Created, pseudonym?: bigint): Promise<string | undefined> {
  const request = await shop.fetchRequest(session)
  const changes = pseudonym === undefined ? {} : { pseudonym }
  const { status, json } = await shop.answer(request, await shop.present(request, changes))
  expect(status).toBe(200)
  const uri = json['redirect_uri']
  return typeof uri === 'string' ? new URL(uri).hash.slice('#responseCode='.length) : undefined
}

describe("a session's token", () => {
  test('opens this session and no other', async () => {
    const [one, other] = [await shop.create('plain'), await shop.create('plain')]
    expect((await shop.view(one)).json).toMatchObject({ id: one.id, status: 'pending' })
    const path = `/v1/sessions/${one.id}`
    for (const suffix of ['', '/events']) {
      const ask = (token?: string): Promise<Answer> =>
        shop.call('GET', path + suffix, token === undefined ? {} : { token })
      expect(refused(await ask())).toEqual([401, 'UNAUTHORIZED'])
      expect(refused(await ask(other.token))).toEqual([401, 'UNAUTHORIZED'])
      expect(refused(await ask(tokenOf('site')))).toEqual([401, 'UNAUTHORIZED'])
    }
    const forget = await shop.call('DELETE', path, { token: other.token })
    expect(refused(forget)).toEqual([401, 'UNAUTHORIZED'])
    expect((await shop.view(one)).status).toBe(200)
    const unknown = await shop.view({ ...one, id: 'x'.repeat(32) })
    expect(refused(unknown)).toEqual([404, 'NOT_FOUND'])
  })

  test('is not in the link that the wallet gets, nor is it the id', async () => {
    const session = await shop.create('plain')
    expect(session.token).toMatch(/^[A-Za-z0-9_-]{32}$/)
    for (const text of [session.id, session.walletLink, session.requestUri, session.qr]) {
      expect(text).not.toContain(session.token)
    }
  })

  test('forgets the session', async () => {
    const session = await shop.create('plain')
    const answer = await shop.call('DELETE', `/v1/sessions/${session.id}`, { token: session.token })
    expect(answer.status).toBe(204)
    expect(refused(await shop.view(session))).toEqual([404, 'NOT_FOUND'])
  })

  test('opens the values that were disclosed', async () => {
    const session = await shop.create('photo')
    await prove(session)
    expect((await shop.view(session)).json).toMatchObject({
      status: 'verified',
      disclosed: { 'person.region': SECRET_REGION },
    })
  })

  test('tells the name a holder has here, and whether it came before', async () => {
    for (const isReturning of [false, true]) {
      const session = await shop.create('login')
      await prove(session, 77n)
      const { json } = await shop.view(session)
      expect(json).toMatchObject({ status: 'verified', isReturning })
      expect(json['pseudonym']).toBe(fieldText(77n))
    }
  })
})

test('an answer whose reply got lost can be sent again, and gets the same reply', async () => {
  const session = await shop.create('once', 'same-device')
  const request = await shop.fetchRequest(session)
  const presentation = await shop.present(request, { pseudonym: 4711n })
  const token = { vp_token: { eligibility: [presentation] }, state: request.state }
  const form = { response: await encryptJwe(token, request.client_metadata.jwks!.keys[0]!) }
  const first = await shop.post(request, form)
  expect([first.status, (await shop.post(request, form)).json]).toEqual([200, first.json])
  const other = { response: await encryptJwe(token, request.client_metadata.jwks!.keys[0]!) }
  const refused = await shop.post(request, other)
  expect([refused.status, refused.json['code']]).toEqual([409, 'NONCE_USED'])
})

describe('the result of a same-device session', () => {
  test('is for the browser that brings the code from the wallet (N29)', async () => {
    const session = await shop.create('once', 'same-device')
    const code = await prove(session, 100n)
    expect(code).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect((await shop.view(session)).json).toMatchObject({ status: 'pending' })
    expect(refused(await shop.view(session, 'A'.repeat(22)))).toEqual([403, 'FORBIDDEN'])
    expect((await shop.view(session, code)).json).toMatchObject({ status: 'verified' })
  })

  test('looks unanswered to whoever began it and passed the link on (N29)', async () => {
    const session = await shop.create('photo', 'same-device')
    await prove(session)
    const { json } = await shop.view(session)
    expect(json).toEqual({
      id: session.id,
      status: 'pending',
      policy: 'photo@1',
      expiresAt: session.expiresAt,
    })
    shop.clock.now = session.expiresAt
    expect((await shop.view(session)).json).toMatchObject({ status: 'expired' })
  })

  test('is not opened by a wrong code, nor by that of another session', async () => {
    const [one, other] = [
      await shop.create('plain', 'same-device'),
      await shop.create('plain', 'same-device'),
    ]
    await prove(one)
    const code = await prove(other)
    expect(refused(await shop.view(one, code))).toEqual([403, 'FORBIDDEN'])
    expect(refused(await shop.view(one, 'A'.repeat(22)))).toEqual([403, 'FORBIDDEN'])
    expect(refused(await shop.view(one, 'short'))).toEqual([400, 'INPUT_INVALID'])
    // The code alone opens nothing.
    const path = `/v1/sessions/${other.id}?responseCode=${code!}`
    expect(refused(await shop.call('GET', path))).toEqual([401, 'UNAUTHORIZED'])
  })

  test('leads back to where the site said, and the code is in no part that servers see', async () => {
    const session = await shop.create('plain', 'same-device')
    const request = await shop.fetchRequest(session)
    const { json } = await shop.answer(request, await shop.present(request))
    const uri = new URL(String(json['redirect_uri']))
    expect(uri.origin + uri.pathname).toBe(RETURN)
    expect(uri.search).toBe('')
  })

  test.each([
    ['elsewhere', 'https://evil.example/done'],
    ['to an origin that begins alike', `${new URL(RETURN).origin}.evil.example/`],
    ['to another port', 'https://pages.example:8443/done'],
    ['without TLS', 'http://pages.example/done'],
    ['with a name in it', 'https://me@pages.example/done'],
    ['with a fragment', `${RETURN}#x`],
    ['to a script', 'javascript:alert(1)'],
    ['nowhere', 'not a URL'],
  ])('never leads %s', async (_, returnTo) => {
    const body = { policy: 'plain@1', flow: 'same-device', returnTo }
    const answer = await shop.call('POST', '/v1/sessions', { token: tokenOf('site'), body })
    expect(refused(answer)).toEqual([400, 'INPUT_INVALID'])
  })

  test('needs a place to lead to, and leads to none in the other flow', async () => {
    const ask = (body: object): Promise<Answer> =>
      shop.call('POST', '/v1/sessions', { token: tokenOf('site'), body })
    const policy = 'plain@1'
    expect((await ask({ policy, flow: 'same-device' })).status).toBe(400)
    expect((await ask({ policy, flow: 'cross-device', returnTo: RETURN })).status).toBe(400)
    const own = await ask({ policy, flow: 'same-device', returnTo: `${ORIGIN}/done` })
    expect(own.status).toBe(201)
  })
})

describe('the events of a session', () => {
  test('are how it stands, and how it ended', async () => {
    const session = await shop.create('photo')
    const stream = await listen(session)
    expect(await stream.next()).toMatchObject({ status: 'pending' })
    await prove(session)
    expect(await stream.next()).toMatchObject({
      status: 'verified',
      disclosed: { 'person.region': SECRET_REGION },
    })
    expect(await stream.next()).toBeUndefined()
  })

  test('end with its time', async () => {
    const session = await shop.create('plain')
    const stream = await listen(session)
    await stream.next()
    shop.clock.now = session.expiresAt
    expect(await stream.next()).toMatchObject({ status: 'expired' })
    expect(await stream.next()).toBeUndefined()
  })

  test('end when it is forgotten', async () => {
    const session = await shop.create('plain')
    const stream = await listen(session)
    await stream.next()
    await shop.call('DELETE', `/v1/sessions/${session.id}`, { token: session.token })
    expect(await stream.next()).toBeUndefined()
  })

  test('tell of a same-device session only to who has the code (N29)', async () => {
    const session = await shop.create('plain', 'same-device')
    const stream = await listen(session)
    await stream.next()
    const code = await prove(session)
    const next = stream.next()
    const isSilent = await Promise.race([
      next.then(() => false),
      new Promise((resolve) => setTimeout(() => resolve(true), 1_600)),
    ])
    expect(isSilent).toBe(true)
    const own = await listen(session, `?responseCode=${code!}`)
    expect(await own.next()).toMatchObject({ status: 'verified' })
    expect(await own.next()).toBeUndefined()
    shop.clock.now = session.expiresAt
    expect(await next).toMatchObject({ status: 'expired' })
  })

  test('are told to everybody else if one listens with a wrong code', async () => {
    const session = await shop.create('plain', 'same-device')
    const wrong = await listen(session, `?responseCode=${'A'.repeat(22)}`)
    expect(await wrong.next()).toMatchObject({ status: 'pending' })
    const other = await shop.create('plain')
    const stream = await listen(other)
    expect(await stream.next()).toMatchObject({ status: 'pending' })
    await prove(session)
    await prove(other)
    expect(await stream.next()).toMatchObject({ status: 'verified' })
    expect(await wrong.next()).toBeUndefined()
  })

  test('are told to sixteen at most at once', async () => {
    const session = await shop.create('plain')
    const streams = await Promise.all(Array.from({ length: 16 }, () => listen(session)))
    await Promise.all(streams.map((stream) => stream.next()))
    const path = `/v1/sessions/${session.id}/events`
    const one = await shop.call('GET', path, { token: session.token })
    expect(refused(one)).toEqual([503, 'OVERLOADED'])
    await shop.call('DELETE', `/v1/sessions/${session.id}`, { token: session.token })
    expect(await Promise.all(streams.map((stream) => stream.next()))).toEqual(
      streams.map(() => undefined),
    )
  })

  test('end with the service', async () => {
    const other = await Shop.open()
    const stream = await listen(await other.create('plain'), '', other)
    await stream.next()
    const closed = other.close()
    expect(await stream.next()).toBeUndefined()
    await closed
  })
})

test('the link is a QR code as well, while the session is open', async () => {
  const session = await shop.create('plain')
  const path = new URL(session.qr).pathname
  const answer = await shop.call('GET', path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch('image/svg+xml')
  expect(answer.text).toMatch(/^<svg/)
  await prove(session)
  expect(refused(await shop.call('GET', path))).toEqual([410, 'SESSION_EXPIRED'])
})

test('there are only so many open sessions', async () => {
  const small = await Shop.open({ maxOpenSessions: 3 })
  for (let i = 0; i < 3; i++) await small.create('plain')
  const body = { policy: 'plain@1', flow: 'cross-device' }
  const ask = (): Promise<Answer> =>
    small.call('POST', '/v1/sessions', { token: tokenOf('site'), body })
  const full = await ask()
  expect(refused(full)).toEqual([503, 'OVERLOADED'])
  expect(full.headers.get('retry-after')).toBe('2')
  small.clock.now += 300
  expect((await ask()).status).toBe(201)
  await small.close()
})

/** Reads the events of a session one by one; undefined at the end. */
async function listen(
  { id, token }: Created,
  query = '',
  at = shop,
): Promise<{ next: () => Promise<unknown> }> {
  const response = await fetch(new URL(`/v1/sessions/${id}/events${query}`, at.url), {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.headers.get('content-type')).toMatch('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<unknown> => {
    for (;;) {
      const found = /^event: session\ndata: (.*)\n\n/.exec(text)
      if (found !== null) {
        text = text.slice(found[0].length)
        return JSON.parse(found[1] ?? '') as unknown
      }
      const { done, value } = await reader.read()
      if (done) return undefined
      text += value
    }
  }
  return { next }
}
