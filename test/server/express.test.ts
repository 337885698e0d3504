import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireProof, zerocard } from '../../server/express/index.ts'
import type { Mounted } from '../../server/express/index.ts'
import { forgeProof } from '../support/forgery.ts'
import { acceptedKeys, keys } from '../support/tools.ts'
import { NOW } from '../support/world.ts'
import { answerTo } from './verifier/counter-answer.ts'
import { ORIGIN, POLICIES, Shop, startIssuer, tokenOf, writeConfig } from './verifier/shop.ts'

// A site with a protected route, its visitors' browsers, and a wallet that forges its proofs under
// the development keys: all checks are real, and no proof takes seconds.

/** Its pages may ask by themselves. */
const PARTNER = 'https://partner.example'
const folder = mkdtempSync(join(tmpdir(), 'zerocard-site-'))
const clock = { now: NOW }
const log: string[] = []
let server: Server
let mounted: Mounted
let site: string
let wallet: Shop

beforeAll(async () => {
  const issuer = await startIssuer()
  const config = writeConfig(folder, await issuer.listing(), { pageOrigins: [PARTNER] })
  mounted = zerocard({
    config,
    keys: acceptedKeys,
    environment: {},
    clock: () => clock.now,
    log: { write: (line) => void log.push(line) },
  })
  const app = express()
  app.use(mounted)
  app.get('/open', (_request, response) => void response.send('open to all'))
  app.get('/wine', requireProof(POLICIES.plain.id, { maxAge: 600 }), (request, response) => {
    response.json(request.eligibility)
  })
  app.use('/any', requireProof(POLICIES.plain.id))
  app.get('/out', (request, response) => {
    response.redirect(request.originalUrl.slice('/out?to='.length))
  })
  app.get('/club', requireProof(POLICIES.login.id), (request, response) => {
    response.json(request.eligibility)
  })
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  site = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  wallet = Shop.attach(site)
  await mounted.ready
  for (let i = 0; i < 100 && (await wallet.call('GET', '/readyz')).status !== 200; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return async () => {
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
    await mounted.close()
    await issuer.close()
  }
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** A browser: keeps cookies, asks for pages. */
class Browser {
  cookies = new Map<string, string>()

  async go(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(site + path, {
      redirect: 'manual',
      ...init,
      headers: {
        accept: 'text/html',
        ...(init.headers as Record<string, string> | undefined),
        cookie: this.#cookie(),
      },
    })
    for (const text of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (text.split(';')[0] ?? '').split('=')
      this.cookies.set(name, value)
    }
    return response
  }

  post(name: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    return this.go(`/zerocard/gate/${name}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
  }

  #cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** Answers the wallet link of a page or a redirect. @returns Where the wallet is sent back to. */
async function answer(walletLink: string): Promise<string | undefined> {
  const requestUri = new URL(walletLink).searchParams.get('request_uri') ?? ''
  const request = await wallet.fetchRequest({ requestUri } as never)
  const presentation = await wallet.present(request, {}, (signals) =>
    forgeProof(keys['eligibility-1'].key, signals),
  )
  const { status, json } = await wallet.answer(request, presentation)
  expect(status).toBe(200)
  return json['redirect_uri'] as string | undefined
}

function linkIn(page: string): string {
  const link = /<code>(openid4vp:[^<]+)<\/code>/.exec(page)?.[1] ?? ''
  return link.replaceAll('&#38;', '&')
}

const open = (browser: Browser, path: string): Promise<Response> =>
  browser.go('/zerocard/gate/open', {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ policy: POLICIES.plain.id, path }),
  })

describe('a protected route', () => {
  test('tells a program what it needs', async () => {
    const response = await fetch(`${site}/wine`, { headers: { accept: 'application/json' } })
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { code: 'PROOF_REQUIRED', policy: POLICIES.plain.id },
    ])
    expect(response.headers.get('www-authenticate')).toContain(POLICIES.plain.id)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('shows a browser what is asked, and opens when a phone has answered', async () => {
    const browser = new Browser()
    const page = await browser.go('/wine?vintage=2019')
    const text = await page.text()
    expect(page.status).toBe(401)
    expect(text).toContain('18')
    expect(text).toContain('data-path="/wine?vintage=2019"')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    await answer(linkIn(text))
    expect(await (await browser.post('status', { policy: POLICIES.plain.id })).json()).toEqual({
      status: 'verified',
    })
    const inside = await browser.go('/wine')
    expect([inside.status, await inside.json()]).toEqual([
      200,
      { policy: POLICIES.plain.id, asOf: '2026-11-22', verifiedAt: NOW },
    ])
  })

  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans', '请您证明一件事'],
    ['fr-FR,zh-TW;q=0.5', 'zh-Hans', '请您证明一件事'],
    ['fr-FR,en;q=0.5,zh;q=0.4', 'en', 'asks you to prove something'],
    ['fr', 'en', 'asks you to prove something'],
  ])('asks a browser that prefers %s in %s', async (accepted, language, heading) => {
    const page = await new Browser().go('/wine', { headers: { 'accept-language': accepted } })
    const text = await page.text()
    expect(text).toContain(`<html lang="${language}">`)
    expect(text).toContain(heading)
    expect(text.includes('You prove')).toBe(language === 'en')
    expect(page.headers.get('vary')).toContain('accept-language')
  })

  test('asks again with the same question while that is open', async () => {
    const browser = new Browser()
    const first = linkIn(await (await browser.go('/wine')).text())
    const second = linkIn(await (await browser.go('/wine')).text())
    expect(second).toBe(first)
    expect(linkIn(await (await new Browser().go('/wine')).text())).not.toBe(first)
  })

  test('closes again when the proof is too old', async () => {
    const browser = new Browser()
    await answer(linkIn(await (await browser.go('/wine')).text()))
    clock.now = NOW + 599
    expect((await browser.go('/wine')).status).toBe(200)
    clock.now = NOW + 600
    expect((await browser.go('/wine')).status).toBe(401)
    clock.now = NOW
  })

  test('never names a place on another host, whatever the visitor asked for', async () => {
    const headers = { accept: 'text/html' }
    for (const path of ['//evil.example/any', '/any//evil.example']) {
      const text = await (await fetch(site + path, { headers })).text()
      expect(text).not.toMatch(/data-path="[/\\\\]{2}/)
    }
  })

  test('opens for one browser and for no cache', async () => {
    const browser = new Browser()
    await answer(linkIn(await (await browser.go('/wine')).text()))
    const { headers } = await browser.go('/wine')
    expect(headers.get('cache-control')).toContain('private')
    expect(headers.get('vary')?.toLowerCase()).toContain('cookie')
  })

  test('is not opened by the proof of another policy', async () => {
    const browser = new Browser()
    await answer(linkIn(await (await browser.go('/wine')).text()))
    const [value = ''] = browser.cookies.values()
    browser.cookies.set('__Host-zerocard-login.1-cross-device', value)
    expect((await browser.go('/club')).status).toBe(401)
  })

  test('is not opened by what somebody answered to a page of another origin', async () => {
    const policy = POLICIES.plain.id
    const returnTo = `${PARTNER}/back`
    for (const [flow, more] of [
      ['cross-device', {}],
      ['same-device', { returnTo }],
    ] as const) {
      const { status, json } = await wallet.call('POST', '/v1/page-sessions', {
        headers: { origin: PARTNER },
        body: { policy, flow, ...more },
      })
      expect(status).toBe(201)
      const back = await answer(String(json['walletLink']))
      const code = back?.split('#responseCode=')[1]
      const key = [json['id'], json['token'], ...(code === undefined ? [] : [code])].join('.')
      const partner = new Browser()
      partner.cookies.set(`__Host-zerocard-plain.1-${flow}`, key)
      expect((await partner.go('/wine')).status).toBe(401)
    }
  })

  test('is not opened by what somebody answered at a counter', async () => {
    const { json } = await wallet.call('POST', '/v1/sessions', {
      token: tokenOf('site'),
      body: { policy: POLICIES.plain.id, flow: 'counter' },
    })
    const { id, token, counterCode } = json as Record<string, string>
    const presentation = await answerTo(wallet, counterCode ?? '')
    const path = `/v1/sessions/${id ?? ''}/presentation`
    const taken = await wallet.call('POST', path, { token: token ?? '', body: { presentation } })
    expect(taken.json).toMatchObject({ status: 'verified' })
    const clerk = new Browser()
    for (const flow of ['cross-device', 'same-device']) {
      clerk.cookies.set(`__Host-zerocard-plain.1-${flow}`, `${id ?? ''}.${token ?? ''}`)
    }
    expect((await clerk.go('/wine')).status).toBe(401)
  })

  test('knows a holder again where the policy says so', async () => {
    const visits = []
    for (let i = 0; i < 2; i++) {
      const browser = new Browser()
      await answer(linkIn(await (await browser.go('/club')).text()))
      visits.push(await (await browser.go('/club')).json())
    }
    expect(visits).toMatchObject([{ isReturning: false }, { isReturning: true }])
  })

  test.each(['', 'a', 'a.b', 'a.b.c.d', `${'x'.repeat(32)}.${'y'.repeat(32)}`, '..', 'é.é'])(
    'is not opened by the cookie %j',
    async (value) => {
      const browser = new Browser()
      browser.cookies.set('__Host-zerocard-plain.1-cross-device', encodeURIComponent(value))
      expect((await browser.go('/wine')).status).toBe(401)
    },
  )

  test('leaves other routes alone', async () => {
    const response = await fetch(`${site}/open`)
    expect([response.status, await response.text()]).toEqual([200, 'open to all'])
    expect(response.headers.get('x-request-id')).toBeNull()
    expect((await fetch(`${site}/nothing`)).headers.get('x-request-id')).toBeNull()
  })
})

describe('in one and the same browser', () => {
  test('the wallet is opened, brings a code back, and the route is open', async () => {
    const browser = new Browser()
    const leaving = await open(browser, '/wine')
    expect(leaving.status).toBe(303)
    const back = await answer(leaving.headers.get('location') ?? '')
    expect(back).toMatch(
      new RegExp(`^${ORIGIN}/zerocard/gate/return[?]policy=plain%401&path=%2Fwine#responseCode=`),
    )
    expect((await browser.go('/wine')).status).toBe(401)
    await open(browser, '/wine')
  })

  test('the code opens it for the browser that began', async () => {
    const browser = new Browser()
    const back = (await answer((await open(browser, '/wine')).headers.get('location') ?? '')) ?? ''
    const code = back.split('#responseCode=')[1] ?? ''
    const told = await browser.post('code', { policy: POLICIES.plain.id, code })
    expect(await told.json()).toEqual({ status: 'verified' })
    expect((await browser.go('/wine')).status).toBe(200)
  })

  test('and for no other: neither for who passed the link on nor for who answered it', async () => {
    const [attacker, victim] = [new Browser(), new Browser()]
    const link = (await open(attacker, '/wine')).headers.get('location') ?? ''
    const code = ((await answer(link)) ?? '').split('#responseCode=')[1] ?? ''
    expect((await attacker.go('/wine')).status).toBe(401)
    const told = await attacker.post('status', { policy: POLICIES.plain.id })
    expect(await told.json()).toEqual({ status: 'pending' })
    expect((await victim.post('code', { policy: POLICIES.plain.id, code })).status).toBe(404)
    expect((await victim.go('/wine')).status).toBe(401)
  })

  test('the code goes to no page of the site, which could redirect it to somebody else', async () => {
    const attacker = new Browser()
    const path = '/out?to=https://evil.example/'
    const back = (await answer((await open(attacker, path)).headers.get('location') ?? '')) ?? ''
    const victim = new Browser()
    const { origin, pathname, search } = new URL(back)
    const page = await victim.go(pathname + search)
    expect([origin, page.status, page.headers.get('location')]).toEqual([ORIGIN, 200, null])
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toContain(`data-path="${path}"`)
  })

  test.each([
    ['plain@1', '//evil.example/'],
    ['plain@1', 'https://evil.example/'],
    ['plain@1', 'javascript:alert(1)'],
    ['"><script>', '/wine'],
  ])('the page that takes the code goes on from %j to no %j', async (policy, path) => {
    const query = new URLSearchParams({ policy, path })
    const page = await new Browser().go(`/zerocard/gate/return?${query.toString()}`)
    expect(page.status).toBe(400)
  })

  test('an address that is too long for a wallet leads back to the beginning of the site', async () => {
    const path = `/wine?${'x%20'.repeat(450)}`
    const link = (await open(new Browser(), path)).headers.get('location') ?? ''
    const back = (await answer(link)) ?? ''
    expect(back.length).toBeLessThanOrEqual(2_000)
    expect(new URL(back).searchParams.get('path')).toBe('/')
  })

  test('a wrong code opens nothing', async () => {
    const browser = new Browser()
    await answer((await open(browser, '/wine')).headers.get('location') ?? '')
    const code = 'A'.repeat(22)
    expect((await browser.post('code', { policy: POLICIES.plain.id, code })).status).toBe(403)
    expect((await browser.go('/wine')).status).toBe(401)
  })

  test('a code that could be more than a code is not kept', async () => {
    const browser = new Browser()
    await open(browser, '/wine')
    const before = [...browser.cookies]
    const policy = POLICIES.plain.id
    for (const code of ['x; Domain=example', 'a.b', 'A'.repeat(22)]) {
      const status = code.length === 22 ? 200 : 400
      expect((await browser.post('code', { policy, code })).status).toBe(status)
    }
    expect([...browser.cookies]).toEqual(before)
  })

  test('after coming back without an answer, a phone can answer a question of its own', async () => {
    const browser = new Browser()
    await open(browser, '/wine')
    await answer(linkIn(await (await browser.go('/wine')).text()))
    expect((await browser.go('/wine')).status).toBe(200)
  })

  test.each(['//evil.example/', '/\\evil.example', 'https://evil.example/', 'wine', '/a b'])(
    'it does not lead to %j',
    async (path) => {
      expect((await open(new Browser(), path)).status).toBe(400)
    },
  )

  test('pages of other sites can begin nothing', async () => {
    const response = await new Browser().go('/zerocard/gate/open', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ policy: POLICIES.plain.id, path: '/wine' }),
    })
    expect(response.status).toBe(403)
  })
})

test('the log has neither tokens nor codes nor paths of visitors', () => {
  // Other lines name issuers by their origins, which here are addresses of this machine.
  const text = log.filter((line) => line.includes('"msg":"request"')).join('')
  expect(text).toContain('/zerocard/gate/open')
  expect(text).not.toMatch(/responseCode|vintage|127\.0\.0\.1/)
})

test('a site with too many visitors says so to them', async () => {
  const other = await startIssuer()
  const own = mkdtempSync(join(tmpdir(), 'zerocard-site-'))
  const limits = { requestsPerMinute: 3, failuresPerMinute: 0 }
  const config = writeConfig(own, await other.listing(), { limits })
  const gate = zerocard({
    config,
    keys: acceptedKeys,
    environment: {},
    log: { write: () => undefined },
  })
  const app = express()
  app.use(gate)
  app.get('/wine', requireProof(POLICIES.plain.id))
  const busy = createServer(app)
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve))
  const { port } = busy.address() as AddressInfo
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) {
    const visit = fetch(`http://127.0.0.1:${String(port)}/wine`, {
      headers: { accept: 'text/html' },
    })
    statuses.push((await visit).status)
  }
  expect(statuses).toEqual([401, 401, 401, 429, 429])
  busy.close()
  busy.closeAllConnections()
  await gate.close()
  await other.close()
  rmSync(own, { recursive: true })
})

test('without a verifier in front, a protected route fails instead of opening', async () => {
  const app = express()
  app.get('/wine', requireProof('plain@1'), (_request, response) => void response.send('inside'))
  app.use(((error, _request, response, _next) => {
    response.status(500).send(String(error))
  }) as express.ErrorRequestHandler)
  const alone = createServer(app)
  await new Promise<void>((resolve) => alone.listen(0, '127.0.0.1', resolve))
  const { port } = alone.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${String(port)}/wine`)
  expect([response.status, await response.text()]).toEqual([
    500,
    expect.stringContaining('zerocard('),
  ])
  alone.close()
  alone.closeAllConnections()
})
