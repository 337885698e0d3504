import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import encodeQR from 'qr'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundleForBrowser, launchBrowser } from '../support/browser.ts'
import { SCENES } from '../client/app/scenes.ts'

// The wallet's page as a browser shows it, under the policy that it is served with, and a wallet
// behind it that has no cryptography.

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const STATIC = here('../../client/app/static')

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' https: http://localhost:*",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
}

const AXE = readFileSync(here('../../node_modules/axe-core/axe.min.js'), 'utf8')
/** The narrowest screen that text has to fit (WCAG 2.2, 1.4.10). */
const NARROW = { width: 320, height: 640 }
const LINK = '/?client_id=a&request_uri=b&request_uri_method=post'

let browser: Browser
let page: Page
let origin: string
let close: () => void
let complaints: string[]
let asked: string[]

beforeAll(async () => {
  const script = await bundleForBrowser(here('app-page.ts'))
  ;({ origin, close } = await serve(script))
  browser = await launchBrowser()
  page = await browser.newPage({ viewport: NARROW, reducedMotion: 'reduce' })
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => asked.push(request.url()))
}, 60_000)

afterAll(async () => {
  await browser.close()
  close()
})

beforeEach(async () => {
  complaints = []
  asked = []
  await open('/')
})

describe('the wallet’s page', () => {
  // Every screen in both languages and both colours; no colour depends on the language.
  for (const [language, theme] of [
    ['en', 'light'],
    ['zh-Hans', 'dark'],
  ] as const) {
    test(`is accessible and fits 320 px on every screen: ${language}, ${theme}`, async () => {
      // By the browser's own tools, which no policy of a page concerns.
      await page.evaluate(AXE)
      const found: string[] = []
      for (const name of Object.keys(SCENES)) {
        await page.evaluate(`showScene('${name}', '${language}', '${theme}')`)
        found.push(...(await faultsOf(name)))
      }
      expect(found).toEqual([])
      expect(await page.evaluate('document.documentElement.lang')).toBe(language)
      expect(complaints).toEqual([])
    })
  }

  test('says of a card whose issuer told two stories that it is not used, and of no other', async () => {
    const standings = async (scene: string) => {
      await page.evaluate(`showScene('${scene}', 'en', 'light')`)
      return page.locator('.standing').allTextContents()
    }
    expect(await standings('cards-forked')).toEqual(['Not used'])
    expect(await page.getByRole('button', { name: 'Save the proof' }).count()).toBe(1)
    expect(await standings('cards')).toEqual(['Valid', 'Expired', 'Revoked', 'Not valid yet'])
    expect(await page.getByRole('button', { name: 'Save the proof' }).count()).toBe(0)
  })

  test('turns with the direction of the language', async () => {
    for (const name of ['elaborate', 'cards', 'settings', 'phrase']) {
      await page.evaluate(`showScene('${name}', 'en', 'light')`)
      await page.evaluate("document.documentElement.dir = 'rtl'")
      expect(await overflow(), name).toBe(false)
    }
  })

  test('leads from the first visit to an answer by keyboard alone', async () => {
    await open(LINK)
    await page.evaluate('start(false)')
    expect(await page.evaluate('location.href')).toBe(`${origin}/#/cards`)
    await activate('Make a wallet')
    await type('Passphrase', 'correct horse battery')
    await type('The same again', 'correct horse battery')
    await page.keyboard.press('Enter')
    await heading('Your 24 words')
    const words = await page.locator('.phrase li').allTextContents()
    expect(words).toHaveLength(24)
    await activate('I have written them down')
    for (const label of await page.locator('form label').allTextContents()) {
      await type(label, words[Number(/\d+/.exec(label)?.[0]) - 1] ?? '')
    }
    await page.keyboard.press('Enter')
    await heading('shop.example asks you something')
    // Refusing comes first in the order of the keyboard, and looks the same.
    await focusOn('Refuse')
    const refuse = await looks()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Agree and prove')
    expect(await looks()).toEqual(refuse)
    await page.keyboard.press('Enter')
    await heading('Answered')
    expect(await page.evaluate("callsOf().filter((call) => call.method === 'answer').length")).toBe(
      1,
    )
    expect(complaints).toEqual([])
  })

  test('shows a request that was put behind the address to no server', async () => {
    await open('/')
    asked = []
    await page.evaluate(`location.hash = '${LINK.slice(1)}'`)
    await page.evaluate('start(true)')
    await heading('shop.example asks you something')
    expect(asked).toEqual([])
    expect(await page.evaluate('location.href')).not.toContain('client_id')
  })

  test('ties what is wrong to its field, and puts the focus there', async () => {
    await page.evaluate("showScene('unlock', 'en', 'light')")
    await type('Passphrase', 'wrong')
    await page.keyboard.press('Enter')
    await page.locator('[role=alert]').waitFor()
    const field = page.locator('#passphrase')
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    const described = (await field.getAttribute('aria-describedby')) ?? ''
    expect(await page.locator(`#${described}`).textContent()).toContain('Nothing is lost.')
    expect(await page.evaluate('document.activeElement.id')).toBe('passphrase')
  })

  test('asks before it removes, and gives the focus back when the answer is no', async () => {
    await page.evaluate("showScene('cards', 'en', 'light')")
    await focusOn('Remove: Person')
    await page.keyboard.press('Enter')
    expect(await page.locator('dialog').getAttribute('open')).not.toBeNull()
    await page.keyboard.press('Escape')
    expect(await page.locator('dialog').getAttribute('open')).toBeNull()
    expect(await focused()).toBe('Remove: Person')
    expect(await page.evaluate('callsOf()')).toEqual([])
  })

  test('can be told to stop while it proves', async () => {
    await page.evaluate("showScene('request', 'en', 'light')")
    await page.evaluate("hold('answer')")
    await activate('Agree and prove')
    await heading('Making the proof')
    await activate('Cancel')
    await heading('shop.example asks you something')
    expect(await page.locator('.said').textContent()).toContain('Cancelled.')
  })

  test('agrees to nothing while a warning is not accepted', async () => {
    await page.evaluate("showScene('elaborate', 'en', 'light')")
    await activate('Agree and prove')
    expect(await page.evaluate('callsOf()')).toEqual([])
    await page.locator('.finding input').nth(1).press('Space')
    await activate('Agree and prove')
    await heading('Answered')
  })

  test('calls attributes as the question does, not as some card does', async () => {
    await page.evaluate("showScene('elaborate', 'en', 'light')")
    const findings = await page.locator('.findings').innerText()
    expect(findings).toContain('place of residence')
    expect(findings).toContain('day of birth')
    expect(findings).not.toContain('date of birth')
  })

  test('says on whose page a question was asked, where that is not the host that asks', async () => {
    await page.evaluate("showScene('elaborate', 'en', 'light')")
    const who = page.locator('.who')
    expect(await who.innerText()).toContain('on a page of apply.benefits.government.example')
    await page.evaluate("showScene('request', 'en', 'light')")
    expect(await who.innerText()).not.toContain('on a page of')
  })

  test('names the host that a button leads to', async () => {
    await page.evaluate("showScene('answered', 'en', 'light')")
    await page.getByRole('button', { name: 'Go to shop.example' }).waitFor()
    expect(await page.locator('main').innerText()).toContain('taken back to shop.example')
    await page.evaluate("showScene('answered-elsewhere', 'en', 'light')")
    await page.getByRole('button', { name: 'Go to pages.example' }).waitFor()
    expect(await page.locator('main').innerText()).toContain(
      'shop.example wants to lead you on to pages.example.',
    )
  })

  test('puts the host of an issuer first, and what it calls itself into quotation marks', async () => {
    await page.evaluate("showScene('cards', 'en', 'light')")
    const issuer = page.locator('.card dd').first()
    expect(await issuer.locator('strong').innerText()).toBe('registry.example')
    expect(await issuer.locator('q').innerText()).toMatch(/Civil registry of Anytown/)
    expect(await issuer.innerText()).toMatch(/^registry\.example\n/)
  })

  test('reads a QR code from a picture, and says so if there is none', async () => {
    await page.evaluate("showScene('scan', 'en', 'light')")
    const picture = (bytes: Uint8Array) =>
      page.locator('#picture').setInputFiles({
        name: 'code.gif',
        mimeType: 'image/gif',
        buffer: Buffer.from(bytes),
      })
    await picture(Uint8Array.of(1, 2, 3))
    await page.getByText('There is no QR code to be read in this picture.').waitFor()
    await picture(encodeQR(`https://wallet.example${LINK}`, 'gif', { scale: 6 }))
    await heading('shop.example asks you something')
    expect(complaints).toEqual([])
  })

  test('says what to do if the camera is not allowed', async () => {
    await page.evaluate("showScene('scan', 'en', 'light')")
    await activate('Use the camera')
    await page.locator('#problem-camera').waitFor()
    expect(await page.locator('video').count()).toBe(0)
  })
})

/** What axe finds, and what does not fit, on one screen. */
async function faultsOf(name: string): Promise<string[]> {
  const violations = await page.evaluate<string[]>(`
    axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`)
  const wide = (await overflow()) ? ['wider than the screen'] : []
  return [...violations, ...wide].map((fault) => `${name}: ${fault}`)
}

function overflow(): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
}

async function open(path: string): Promise<void> {
  await page.goto(origin + path)
  await page.waitForFunction('globalThis.showScene !== undefined')
}

/** Waits for a screen, whose heading has the focus. */
async function heading(text: string): Promise<void> {
  await page.locator('h1', { hasText: text }).waitFor()
  expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
}

/** Goes through the page by Tab until something with this name has the focus. */
async function focusOn(name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused()) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not get to ${name}`)
}

async function activate(name: string): Promise<void> {
  await focusOn(name)
  await page.keyboard.press('Enter')
}

async function type(label: string, text: string): Promise<void> {
  await focusOn(label)
  await page.keyboard.type(text)
}

/** What has the focus: by its label, or what is written on it. */
function focused(): Promise<string> {
  return page.evaluate<string>(`{
    const element = document.activeElement
    const text = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent
    text.trim().replace(/\\s+/g, ' ')
  }`)
}

/** Size and colours of what has the focus. */
function looks(): Promise<unknown> {
  return page.evaluate(`{
    const style = getComputedStyle(document.activeElement)
    const { width, height } = document.activeElement.getBoundingClientRect();
    [Math.round(width), Math.round(height), style.color, style.backgroundColor, style.border, style.font]
  }`)
}

async function serve(script: Uint8Array): Promise<{ origin: string; close: () => void }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const name = pathname === '/' ? 'index.html' : pathname.slice(1)
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('content-type', type)
    try {
      response.end(name === 'wallet.js' ? script : readFileSync(join(STATIC, name)))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { origin: `http://localhost:${String(port)}`, close: () => server.close() }
}
