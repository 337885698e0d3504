import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterEach, beforeAll, beforeEach, afterAll, describe, expect, test } from 'vitest'
import { bundleForBrowser, launchBrowser, serveFiles } from '../support/browser.ts'

// The wallet's storage in a real browser under a strict policy. Tabs are pages of one context.

const PASSPHRASE = 'correct horse battery staple'
/** Milliseconds instead of a second; one test takes what a wallet takes. */
const QUICK = { N: 16, r: 8, p: 1 }

let site: { origin: string; close: () => void }
let browser: Browser
let context: BrowserContext
let complaints: string[]

beforeAll(async () => {
  const page = fileURLToPath(new URL('vault-page.ts', import.meta.url))
  const script = await bundleForBrowser(page)
  site = await serveFiles({
    '/': () => '<!doctype html><title>vault</title><script type="module" src="/page.js"></script>',
    '/page.js': () => script,
    '/favicon.ico': () => '',
  })
}, 60_000)
afterAll(() => site.close())

beforeEach(async () => {
  browser = await launchBrowser()
  context = await browser.newContext()
  complaints = []
})
afterEach(async () => {
  await browser.close()
  expect(complaints).toEqual([])
})

/** A tab of the wallet, with its storage open. */
async function tab(cost: object = QUICK): Promise<Page> {
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(site.origin)
  await page.waitForFunction('globalThis.storage !== undefined')
  await call(page, 'open', cost)
  return page
}

function call(page: Page, name: string, ...given: unknown[]): Promise<unknown> {
  return page.evaluate(`storage.${name}(${given.map((value) => JSON.stringify(value)).join(',')})`)
}

describe('the vault in Chromium', () => {
  test('keeps documents sealed, for the next visit, and leaves the page alive meanwhile', async () => {
    const page = await tab({ N: 2 ** 17, r: 8, p: 1 })
    expect(await call(page, 'create', PASSPHRASE)).toBeGreaterThan(3)
    expect(await call(page, 'write', 'card/1', { birthDate: '1984-03-12' })).toBe('accepted')
    const dump = (await call(page, 'dump')) as [string, string][]
    expect(dump).toHaveLength(2)
    expect(JSON.stringify(dump)).not.toMatch(/1984-03-12|card\/1/)
    await page.reload()
    await page.waitForFunction('globalThis.storage !== undefined')
    expect(await call(page, 'open')).toBe('locked')
    expect(await call(page, 'unlock', PASSPHRASE)).toBe('accepted')
    expect(await call(page, 'read', 'card/1')).toEqual({ birthDate: '1984-03-12' })
    const { kept, room } = (await call(page, 'persistence')) as { kept: unknown; room: object }
    expect([typeof kept, Object.keys(room)]).toEqual(['boolean', ['used', 'quota']])
  }, 60_000)

  test('is one for two tabs, which take turns, until one of them destroys it', async () => {
    const first = await tab()
    const second = await tab()
    await call(first, 'create', PASSPHRASE)
    expect(await call(second, 'unlock', PASSPHRASE)).toBe('accepted')
    await call(first, 'write', 'a', 'from the first')
    expect(await call(second, 'read', 'a')).toBe('from the first')
    await Promise.all([call(first, 'increase', 10), call(second, 'increase', 10)])
    expect(await call(first, 'read', 'counter')).toBe(20)
    expect(await call(first, 'destroy')).toBe('accepted')
    expect(await call(first, 'state')).toBe('empty')
    expect(await call(second, 'isLost')).toBe(true)
    expect(await call(second, 'write', 'a', 1)).toBe('STORAGE_FAILED')
    expect(await call(first, 'keys')).toEqual([])
  }, 60_000)

  test('without room says so and keeps what was there', async () => {
    // Before the first writing: the browser remembers for a while how much room there was.
    const devtools = await context.newCDPSession(await context.newPage())
    await devtools.send('Storage.overrideQuotaForOrigin', {
      origin: site.origin,
      quotaSize: 1_000_000,
    })
    const page = await tab()
    await call(page, 'create', PASSPHRASE)
    expect(await call(page, 'fill', 4_000_000)).toBe('STORAGE_FULL')
    expect(await call(page, 'keys')).toEqual(['header'])
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.origin })
    expect(await call(page, 'fill', 100_000)).toBe('accepted')
  }, 60_000)

  test('is opened by a passkey that makes keys, and by no other', async () => {
    const page = await tab()
    const devtools = await context.newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await call(page, 'create', PASSPHRASE)
    const without = await authenticator(devtools, false)
    expect(await call(page, 'addPasskey')).toBe('UNAVAILABLE')
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: without })
    const own = await authenticator(devtools, true)
    expect(await call(page, 'addPasskey')).toBe('accepted')
    await call(page, 'lock')
    expect(await call(page, 'unlockWithPasskey')).toBe('accepted')
    expect(await call(page, 'state')).toBe('open')
    await call(page, 'lock')
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId: own, isUserVerified: false })
    expect(await call(page, 'unlockWithPasskey')).toBe('ABORTED')
    await devtools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: own })
    await authenticator(devtools, true)
    expect(await call(page, 'unlockWithPasskey')).toBe('ABORTED')
    expect(await call(page, 'state')).toBe('locked')
  }, 60_000)
})

async function authenticator(devtools: CDPSession, hasPrf: boolean): Promise<string> {
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf,
      automaticPresenceSimulation: true,
      isUserVerified: true,
    },
  })
  return authenticatorId
}
