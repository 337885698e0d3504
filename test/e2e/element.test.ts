import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readJws } from '../../core/jws.ts'
import { startSite } from '../element/site.ts'
import type { ElementSite } from '../element/site.ts'
import { launchBrowser } from '../support/browser.ts'

// `<zero-card>` on the example site, in a real browser. The wallet forges its proofs under the
// development keys; everything else is as it is for a visitor.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const BEGIN = '**/v1/page-sessions'

let site: ElementSite
let browser: Browser
let context: BrowserContext
let page: Page
let requested: Set<string>
let complaints: string[]

/** A page of another origin, which the verifier lists. */
let elsewhere: Server
let otherOrigin: string

beforeAll(async () => {
  elsewhere = createServer((_request, response) => {
    const policy = `default-src 'none'; script-src ${site.origin}; connect-src ${site.origin}`
    response.setHeader('content-security-policy', policy).setHeader('content-type', 'text/html')
    response.end(`<!doctype html><html lang="en"><title>A page</title>
      <script type="module" src="${site.origin}/zerocard/zero-card.js" crossorigin="anonymous"></script>
      <zero-card policy="plain@1" verifier="${site.origin}"></zero-card>`)
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  otherOrigin = `http://localhost:${String((elsewhere.address() as AddressInfo).port)}`
  site = await startSite({ pageOrigins: [otherOrigin] })
})
afterAll(async () => {
  elsewhere.closeAllConnections()
  elsewhere.close()
  await site.close()
})

beforeEach(async () => {
  // A browser in one process, as this one is, ends with its first context.
  browser = await launchBrowser()
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  requested = new Set()
  complaints = []
  page.on('request', (request) => requested.add(new URL(request.url()).origin))
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
})
afterEach(async () => {
  await browser.close()
})

const goHome = (): Promise<unknown> => page.goto(`${site.origin}/`)

/** Waits until an element stands so. Looks again and again: the page's policy forbids eval. */
async function stateIs(name: string, nth = 0): Promise<void> {
  const look = (): Promise<unknown> =>
    page.evaluate(`document.querySelectorAll('zero-card')[${String(nth)}]?.state`)
  await expect.poll(look, { timeout: 10_000, interval: 50 }).toBe(name)
}

/** The wallet's link behind the QR code. A page cannot read a picture, a test can look at the code. */
async function linkOf(nth = 0): Promise<string> {
  const text = await page.locator('zero-card [part=code]').nth(nth).innerText()
  const code = text.trim().split(/\s+/).at(-1)?.replaceAll('-', '') ?? ''
  const { json } = await site.wallet.shop.call('GET', `/v1/codes/${code}`)
  return String(json['walletLink'])
}

const enter = async (): Promise<string> => {
  await page.getByRole('button', { name: 'Enter' }).click()
  await page.waitForURL(`${site.origin}/enter`)
  return page.locator('body').innerText()
}

/** What axe finds wrong with the page. */
async function flaws(): Promise<unknown> {
  await page.evaluate(AXE)
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`,
  )
}

const changeLifetime = (seconds: number): Promise<unknown> =>
  page.route(BEGIN, async (route) => {
    const response = await route.fetch()
    const json = (await response.json()) as object
    await route.fulfill({ response, json: { ...json, expiresIn: seconds } })
  })

describe('a visitor with a phone', () => {
  test('scans, and the site lets them in', async () => {
    await goHome()
    await stateIs('asking')
    await page.getByRole('img', { name: /QR code/ }).waitFor()
    expect(await flaws()).toEqual([])
    await site.wallet.prove(await linkOf())
    await stateIs('verified')
    expect(await page.getByRole('status').innerText()).toContain('accepted')
    expect(await flaws()).toEqual([])
    expect(await enter()).toContain('You have proven plain@1')
    expect([...requested]).toEqual([site.origin])
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([])
  })

  test('does not get in with a token that somebody changed, or twice with the same', async () => {
    await goHome()
    await stateIs('asking')
    await site.wallet.prove(await linkOf())
    await stateIs('verified')
    const token = String(await page.evaluate(`document.querySelector('zero-card').token`))
    const [head = '', body = '', signature = ''] = token.split('.')
    const swapped = signature.startsWith('A') ? 'B' : 'A'
    const send = async (text: string): Promise<number> =>
      (await page.request.post(`${site.origin}/enter`, { form: { token: text } })).status()
    expect(await send(`${head}.${body}.${swapped}${signature.slice(1)}`)).toBe(403)
    expect(await send('')).toBe(403)
    expect(await send(token)).toBe(200)
    expect(await send(token)).toBe(403)
  })

  test('does not get in with the token of another visit', async () => {
    await goHome()
    await stateIs('asking')
    await site.wallet.prove(await linkOf())
    await stateIs('verified')
    const token = String(await page.evaluate(`document.querySelector('zero-card').token`))
    await page.reload()
    await stateIs('asking')
    const again = await page.request.post(`${site.origin}/enter`, { form: { token } })
    expect(again.status()).toBe(403)
  })

  test('cannot send the form before there is an answer', async () => {
    await goHome()
    await stateIs('asking')
    await page.getByRole('button', { name: 'Enter' }).click()
    expect(await page.evaluate(`document.querySelector('form').checkValidity()`)).toBe(false)
    expect(page.url()).toBe(`${site.origin}/`)
  })

  test('is told when the wallet says no, and when an answer is not accepted', async () => {
    await goHome()
    await page.evaluate(`window.told = []; addEventListener('zerocard-refused', (event) => {
      told.push(event.detail.reason) })`)
    await stateIs('asking')
    await site.wallet.decline(await linkOf())
    await stateIs('rejected')
    expect(await flaws()).toEqual([])
    await page.getByRole('button', { name: 'Try again' }).click()
    await stateIs('asking')
    await site.wallet.cheat(await linkOf())
    await stateIs('refused')
    expect(await flaws()).toEqual([])
    expect(await page.evaluate('told')).toEqual(['declined', 'refused'])
    expect(await page.evaluate(`document.querySelector('zero-card').token`)).toBeUndefined()
  })

  test('sees a new code when the old one has ended, and asks for more by a button', async () => {
    await changeLifetime(3)
    await goHome()
    await stateIs('asking')
    const first = await linkOf()
    await expect.poll(() => linkOf(), { timeout: 20_000 }).not.toBe(first)
    await page.unroute(BEGIN)
    await changeLifetime(0)
    await stateIs('expired')
    expect(await flaws()).toEqual([])
    await page.unroute(BEGIN)
    await page.getByRole('button', { name: 'Show a new code' }).click()
    await stateIs('asking')
    await site.wallet.prove(await linkOf())
    await stateIs('verified')
  })
})

describe('a visitor with the wallet in this browser', () => {
  const open = async (): Promise<string> => {
    await page.getByRole('button', { name: 'Open the wallet' }).click()
    await page.waitForURL(`${site.origin}/wallet#**`)
    return page.url()
  }

  test('goes there, comes back and gets in', async () => {
    await goHome()
    await stateIs('asking')
    const back = await site.wallet.prove(await open())
    await page.goto(back)
    await stateIs('verified')
    expect(page.url()).toBe(`${site.origin}/`)
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    expect([...requested]).toEqual([site.origin])
  })

  test('goes there, says no and is told', async () => {
    await goHome()
    await stateIs('asking')
    await page.goto(await site.wallet.decline(await open()))
    await stateIs('rejected')
  })

  test('comes back without an answer, or with a code of somebody else, and is asked again', async () => {
    for (const hash of ['', `#responseCode=${'A'.repeat(22)}`]) {
      await page.goto('about:blank')
      await goHome()
      await stateIs('asking')
      const link = await open()
      if (hash !== '') await site.wallet.prove(link)
      await page.goto(`${site.origin}/${hash}`)
      await stateIs('asking')
    }
  })

  test('can do all of it with the keyboard', async () => {
    await goHome()
    await stateIs('asking')
    await page.keyboard.press('Tab')
    expect(
      await page.evaluate(`document.querySelector('zero-card').shadowRoot.activeElement.localName`),
    ).toBe('button')
    await page.keyboard.press('Enter')
    await page.waitForURL(`${site.origin}/wallet#**`)
    await page.goto(await site.wallet.decline(page.url()))
    await stateIs('rejected')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await stateIs('asking')
    const focused = `document.querySelector('zero-card').shadowRoot.activeElement?.getAttribute('part')`
    expect(await page.evaluate(focused)).toBe('status')
  })
})

describe('while the verifier is away', () => {
  const away = (): Promise<unknown> => page.route('**/v1/**', (route) => route.abort())

  test('nobody goes on, until it is back', async () => {
    await away()
    await goHome()
    await stateIs('unavailable')
    expect(await page.getByRole('status').innerText()).not.toContain('go on')
    expect(await flaws()).toEqual([])
    expect(await page.evaluate(`document.querySelector('form').checkValidity()`)).toBe(false)
    await page.unroute('**/v1/**')
    await page.getByRole('button', { name: 'Try again' }).click()
    await stateIs('asking')
  })

  test('the page is told that somebody may go on, if it wants that', async () => {
    await away()
    await page.route(`${site.origin}/`, async (route) => {
      const response = await route.fetch()
      const body = (await response.text()).replace(
        '<zero-card',
        '<zero-card on-unavailable="defer"',
      )
      await route.fulfill({ response, body })
    })
    await goHome()
    await stateIs('unavailable')
    expect(await page.getByRole('status').innerText()).toContain('go on')
    expect(await flaws()).toEqual([])
    expect(await page.evaluate(`document.querySelector('form').checkValidity()`)).toBe(true)
    // The server has no token, and says so.
    await page.unroute('**/v1/**')
    expect(await enter()).toContain('needs a proof')
  })

  test('a refusal is no reason to go on', async () => {
    await goHome()
    await page.evaluate(`window.told = []; addEventListener('zerocard-unavailable', (event) => {
      told.push(event.detail.deferred) })
      const card = document.querySelector('zero-card')
      card.setAttribute('on-unavailable', 'defer'); card.setAttribute('policy', 'none@1')`)
    await stateIs('unavailable')
    expect(await page.evaluate('told')).toEqual([false])
    expect(await page.evaluate(`document.querySelector('form').checkValidity()`)).toBe(false)
  })
})

describe('a page', () => {
  test('of another origin asks, if the verifier lists it, and gets a token for itself', async () => {
    await page.goto(`${otherOrigin}/`)
    await stateIs('asking')
    await site.wallet.prove(await linkOf())
    await stateIs('verified')
    const token = String(await page.evaluate(`document.querySelector('zero-card').token`))
    expect(readJws(token, 'SIGNATURE_INVALID').payload).toMatchObject({
      iss: site.origin,
      aud: otherOrigin,
    })
    expect([...requested].sort()).toEqual([otherOrigin, site.origin].sort())
    // The same page under a name that is not listed.
    await page.goto(otherOrigin.replace('localhost', '127.0.0.1'))
    await stateIs('unavailable')
  })

  test('may have two elements, each with its own question', async () => {
    await goHome()
    await page.evaluate(`import('/zerocard/zero-card.js').then(({ mount }) => {
      window.card = mount('main', { policy: 'login@1', lang: 'zh-Hans', on: {
        'zerocard-verified': ({ policy }) => { window.verified = policy } } }) })`)
    await stateIs('asking', 0)
    await stateIs('asking', 1)
    expect(await flaws()).toEqual([])
    const [one, other] = [await linkOf(0), await linkOf(1)]
    expect(one).not.toBe(other)
    await site.wallet.prove(one)
    await stateIs('verified', 0)
    await stateIs('asking', 1)
    await page.evaluate('card.unmount()')
    expect(await page.locator('zero-card').count()).toBe(1)
  })

  test('speaks Chinese where the page or the element does', async () => {
    await goHome()
    await stateIs('asking')
    await page.evaluate(`document.querySelector('zero-card').setAttribute('lang', 'zh-CN')`)
    await page.getByRole('button', { name: '打开本设备上的钱包' }).waitFor()
    await page.evaluate(`document.querySelector('zero-card').removeAttribute('lang')`)
    await page.getByRole('button', { name: 'Open the wallet' }).waitFor()
    await page.evaluate(`document.documentElement.lang = 'zh-Hans';
      document.querySelector('zero-card').requestUpdate()`)
    await page.getByRole('button', { name: '打开本设备上的钱包' }).waitFor()
    expect(await flaws()).toEqual([])
  })

  test('is light or dark, wide or as narrow as 320 pixels, and nothing is cut off', async () => {
    await goHome()
    await stateIs('asking')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      for (const width of [320, 360, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect([width, overflow]).toEqual([width, 0])
        expect([colorScheme, width, await flaws()]).toEqual([colorScheme, width, []])
      }
      const background = await page.evaluate(
        `getComputedStyle(document.querySelector('zero-card').shadowRoot.querySelector('[part=card]')).backgroundColor`,
      )
      expect(background === 'rgb(255, 255, 255)').toBe(colorScheme === 'light')
    }
  })

  test('loads the file that its tag names, and no other', async () => {
    await goHome()
    await stateIs('asking')
    const tag = page.locator('script[integrity]')
    expect(await tag.getAttribute('integrity')).toMatch(/^sha384-/)
    await page.route('**/zero-card.js*', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `${await response.text()}\n//changed` })
    })
    await page.goto('about:blank')
    await goHome()
    await page.waitForLoadState('load')
    expect(await page.evaluate(`document.querySelector('zero-card').state`)).toBeUndefined()
    expect(complaints.join()).toContain('integrity')
  })
})

test('a handheld device is offered its own wallet first', async () => {
  const phone = await launchBrowser()
  const touch = await phone.newContext({
    viewport: { width: 360, height: 800 },
    hasTouch: true,
    isMobile: true,
  })
  const small = await touch.newPage()
  await small.goto(`${site.origin}/`)
  await small.getByRole('img', { name: /QR code/ }).waitFor()
  const top = async (selector: string): Promise<number> =>
    (await small.locator(`zero-card ${selector}`).boundingBox())?.y ?? NaN
  expect(await top('button')).toBeLessThan(await top('[part=qr]'))
  await phone.close()
})
