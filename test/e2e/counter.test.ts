import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import express from 'express'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { counter, zerocard } from '../../server/express/index.ts'
import type { Mounted } from '../../server/express/index.ts'
import { answerTo } from '../server/verifier/counter-answer.ts'
import type { Making } from '../server/verifier/counter-answer.ts'
import { Shop, startIssuer, writeConfig } from '../server/verifier/shop.ts'
import { bundleForBrowser, launchBrowser } from '../support/browser.ts'
import { saltedPhotograph } from '../support/photograph.ts'
import { acceptedKeys } from '../support/tools.ts'
import { NOW } from '../support/world.ts'

// A clerk and a holder: the clerk's page of a real verifier, and the screen on which a wallet shows
// its answer. The proofs are forged under the development keys.

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const AXE = readFileSync(here('../../node_modules/axe-core/axe.min.js'), 'utf8')
const PHONE = { width: 360, height: 740 }
const DESK = { width: 1280, height: 900 }
const LOGIN = 'login=clerk'

let folder: string
let server: Server
let mounted: Mounted
let issuer: Awaited<ReturnType<typeof startIssuer>>
let shop: Shop
let origin: string
let browser: Browser
let context: BrowserContext
let clerk: Page
let complaints: string[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zerocard-counter-'))
  const script = join(folder, 'counter.js')
  await build({
    entryPoints: [here('../../client/counter/clerk.ts')],
    outfile: script,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  })
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://localhost:${String((server.address() as AddressInfo).port)}`
  issuer = await startIssuer()
  const config = writeConfig(folder, await issuer.listing(), {
    baseUrl: origin,
    walletLink: 'https://wallet.example/#',
  })
  mounted = zerocard({
    config,
    keys: acceptedKeys,
    environment: {},
    clock: () => NOW,
    log: { write: () => undefined },
    files: { counter: script },
  })
  server.on('request', await site())
  await mounted.ready
  shop = Shop.attach(origin)
  while ((await shop.call('GET', '/readyz')).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}, 60_000)
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await mounted.close()
  await issuer.close()
  rmSync(folder, { recursive: true })
})

/** The shop's pages for its clerks, behind a login, and a wallet's page. */
async function site(): Promise<express.Express> {
  const app = express()
  const wallet = await bundleForBrowser(here('app-page.ts'))
  app.use(mounted)
  app.use(['/clerk', '/clerk-photo'], (request, response, next) => {
    if (request.get('cookie')?.includes(LOGIN) === true) next()
    else response.status(401).send('log in')
  })
  app.all('/clerk', counter('plain@1'))
  app.all('/clerk-photo', counter('photo@1', { language: () => 'zh-Hans' }))
  app.get('/wallet.js', (_request, response) => void response.type('js').send(Buffer.from(wallet)))
  app.use((_request, response, next) => {
    response.set(
      'content-security-policy',
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; manifest-src 'self'",
    )
    next()
  })
  app.use(express.static(here('../../client/app/static')))
  return app
}

beforeEach(async () => {
  browser = await launchBrowser()
  context = await browser.newContext({
    viewport: DESK,
    deviceScaleFactor: 2,
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  await context.addCookies([{ name: 'login', value: 'clerk', url: origin }])
  clerk = await context.newPage()
  clerk.setDefaultTimeout(10_000)
  complaints = []
  clerk.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  clerk.on('pageerror', (error) => complaints.push(String(error)))
})
afterEach(async () => {
  await browser.close()
})

/** The question on the clerk's page, as its text. */
async function question(path = '/clerk'): Promise<string> {
  if (new URL(clerk.url(), origin).pathname !== path) await clerk.goto(origin + path)
  await clerk.locator('.qr svg').waitFor()
  return clerk.locator('#question').inputValue()
}

async function answer(making?: Making, path?: string): Promise<string> {
  return answerTo(shop, await question(path), making)
}

async function paste(text: string): Promise<void> {
  await clerk.locator('section.box').last().locator('summary').click()
  await clerk.locator('#answer').fill(text)
  await clerk.locator('form button').click()
}

const verdict = (): Promise<string> => clerk.locator('.verdict h1').innerText()

async function flaws(page = clerk): Promise<unknown> {
  await page.evaluate(AXE)
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`,
  )
}

/** A picture of the wallet's screen that shows an answer, as it is on a phone. */
async function pictureOf(presentation: string): Promise<string> {
  const phone = await context.newPage()
  await phone.setViewportSize(PHONE)
  await phone.goto(`${origin}/index.html`)
  await phone.evaluate(`showAnswer('${presentation}')`)
  await phone.locator('.shown-code svg').waitFor()
  expect(await flaws(phone)).toEqual([])
  const path = join(folder, 'phone.png')
  await phone.screenshot({ path })
  await phone.close()
  return path
}

describe('a clerk', () => {
  test('takes the answer from the screen of a phone, and says yes in words', async () => {
    const picture = await pictureOf(await answer())
    await clerk.locator('#picture').setInputFiles(picture)
    expect(await verdict()).toBe('YES')
    expect(await clerk.locator('.verdict').innerText()).toContain('Nothing else was learned')
    expect(await clerk.locator('h1').evaluate((h1) => h1 === document.activeElement)).toBe(true)
    expect(await flaws()).toEqual([])
    await clerk.getByRole('button', { name: 'Next person' }).click()
    await clerk.locator('.qr svg').waitFor()
    expect(complaints).toEqual([])
  })

  test('sees the photograph of the credential and nothing else, in Chinese', async () => {
    const photograph = saltedPhotograph()
    const making = { policy: 'photo', value: photograph } as const
    const picture = await pictureOf(await answer(making, '/clerk-photo'))
    expect(await flaws()).toEqual([])
    await clerk.locator('#picture').setInputFiles(picture)
    expect(await verdict()).toBe('是')
    const image = clerk.locator('img.photograph')
    expect(await image.getAttribute('src')).toBe(photograph)
    expect(await image.evaluate((img) => (img as HTMLImageElement).naturalWidth)).toBe(48)
    expect(await clerk.locator('dt').count()).toBe(1)
    expect(await flaws()).toEqual([])
    await clerk.getByRole('button', { name: '下一位' }).click()
    await clerk.locator('.qr svg').waitFor()
    expect(await clerk.content()).not.toContain(photograph.slice(60, 100))
    expect(complaints).toEqual([])
  })

  test('shows what is no photograph as text', async () => {
    const value = 'data:image/svg+xml,<svg onload=alert(1)>'
    await paste(await answer({ policy: 'photo', value }, '/clerk-photo'))
    expect(await verdict()).toBe('是')
    expect(await clerk.locator('img').count()).toBe(0)
    expect(await clerk.locator('dd').innerText()).toContain('onload')
  })

  test('says no to an answer that proves nothing, and why', async () => {
    const good = await answer()
    await paste(await answer({ claims: { proof: `${'QzXw'.repeat(42)}AAA` } }))
    expect(await verdict()).toBe('NO')
    expect(await flaws()).toEqual([])
    // What belongs to the person before is no answer for the next one.
    await clerk.getByRole('button', { name: 'Next person' }).click()
    await clerk.locator('.qr svg').waitFor()
    await paste(good)
    await clerk.getByRole('alert').waitFor()
    expect(await clerk.getByRole('alert').innerText()).toContain('is over')
  })

  test('is told what a wrong scan was, which counts as no answer', async () => {
    const code = await question()
    await paste(code)
    expect(await clerk.getByRole('alert').innerText()).toContain('This is the question')
    await clerk.locator('#answer').fill('https://example.org/')
    await clerk.locator('form button').click()
    await expect.poll(() => clerk.getByRole('alert').innerText()).toContain('no answer of a wallet')
    await clerk.locator('#answer').fill(await answer())
    await clerk.locator('form button').click()
    expect(await verdict()).toBe('YES')
  })

  test('without a camera is led to the other ways; a network that is down loses nothing', async () => {
    const good = await answer()
    await clerk.getByRole('button', { name: 'Use the camera' }).click()
    await clerk.getByRole('alert').waitFor()
    expect(await clerk.getByRole('alert').innerText()).toContain('no camera')
    expect(await clerk.locator('#answer').isVisible()).toBe(true)
    await context.setOffline(true)
    await clerk.locator('#answer').fill(good)
    await clerk.locator('form button').click()
    await expect.poll(() => clerk.getByRole('alert').innerText()).toContain('cannot be reached')
    await context.setOffline(false)
    await clerk.locator('form button').click()
    expect(await verdict()).toBe('YES')
  })

  test('changes the language, and the page fits 320 px', async () => {
    await question()
    await clerk.setViewportSize({ width: 320, height: 640 })
    await clerk.getByRole('button', { name: '简体中文' }).click()
    await clerk.getByRole('heading', { name: '1. 请对方扫描此码' }).waitFor()
    expect(await clerk.evaluate('document.documentElement.lang')).toBe('zh-Hans')
    expect(await clerk.evaluate('document.documentElement.scrollWidth')).toBe(320)
    expect(await flaws()).toEqual([])
  })

  test('who is not logged in gets nothing, nor does a page of another site', async () => {
    const body = JSON.stringify({ do: 'ask', language: 'en' })
    const post = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${origin}/clerk`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
    expect((await fetch(`${origin}/clerk`)).status).toBe(401)
    expect((await post({})).status).toBe(401)
    const foreign = await post({ cookie: LOGIN, 'sec-fetch-site': 'cross-site' })
    expect([foreign.status, ((await foreign.json()) as { code: string }).code]).toEqual([
      403,
      'FORBIDDEN',
    ])
    expect((await post({ cookie: LOGIN })).status).toBe(200)
    const page = await fetch(`${origin}/clerk`, { headers: { cookie: LOGIN } })
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
    expect(page.headers.get('permissions-policy')).toContain('camera=(self)')
  })
})
