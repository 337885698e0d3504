import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { requireProof, zerocard } from '../../server/express/index.ts'
import type { Mounted } from '../../server/express/index.ts'
import { Shop, startIssuer, writeConfig } from '../server/verifier/shop.ts'
import { launchBrowser } from '../support/browser.ts'
import { forgeProof } from '../support/forgery.ts'
import { acceptedKeys, keys } from '../support/tools.ts'
import { NOW } from '../support/world.ts'

// The page in front of a protected route, in a real browser. The wallet forges its proofs under the
// development keys; everything else is as it is for a visitor.

const WELCOME = 'Welcome inside'
const folder = mkdtempSync(join(tmpdir(), 'zerocard-gate-'))
let server: Server
let mounted: Mounted
let closeIssuer: () => Promise<void>
let origin: string
let wallet: Shop
let browser: Browser
let page: Page
let complaints: string[]

beforeAll(async () => {
  const app = express()
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://localhost:${String((server.address() as AddressInfo).port)}`
  const issuer = await startIssuer()
  closeIssuer = issuer.close
  mounted = zerocard({
    config: writeConfig(folder, await issuer.listing(), { baseUrl: origin }),
    keys: acceptedKeys,
    environment: {},
    clock: () => NOW,
    log: { write: () => undefined },
  })
  app.use(mounted)
  app.get('/wine', requireProof('plain@1'), (_request, response) => void response.send(WELCOME))
  wallet = Shop.attach(origin)
  await mounted.ready
  while ((await wallet.call('GET', '/readyz')).status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await mounted.close()
  await closeIssuer()
  rmSync(folder, { recursive: true })
})

beforeEach(async () => {
  // A browser in one process, as this one is, ends with its first context.
  browser = await launchBrowser()
  page = await (await browser.newContext()).newPage()
  complaints = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${origin}/wine`)
})
afterEach(async () => {
  await browser.close()
})

/** Answers a wallet link. @returns Where the wallet is sent back to. */
async function answer(walletLink: string): Promise<string | undefined> {
  const requestUri = new URL(walletLink).searchParams.get('request_uri') ?? ''
  const request = await wallet.fetchRequest({ requestUri } as never)
  const claims = { audience: origin }
  const presentation = await wallet.present(request, claims, (signals) =>
    forgeProof(keys['eligibility-1'].key, signals),
  )
  const { status, json } = await wallet.answer(request, presentation)
  expect(status).toBe(200)
  return json['redirect_uri'] as string | undefined
}

/** What the button does, up to where the browser would leave for the wallet. */
async function leaveForWallet(): Promise<string> {
  const response = await page.request.post(`${origin}/zerocard/gate/open`, {
    form: { policy: 'plain@1', path: '/wine' },
    headers: { 'sec-fetch-site': 'same-origin' },
    maxRedirects: 0,
  })
  return response.headers()['location'] ?? ''
}

const inside = (): Promise<void> => page.getByText(WELCOME).waitFor({ timeout: 20_000 })

describe('a visitor', () => {
  test('reads what is asked, and gets in when a phone has answered', async () => {
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('Shop')
    await page.getByText('You are 18 or older', { exact: false }).waitFor()
    await page.getByText('The code as a link').click()
    await answer(await page.locator('code').innerText())
    await inside()
    // A refusal is an answer with status 401, which browsers write down themselves.
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([])
  })

  test('gets in when the wallet leads back to the page that is still open', async () => {
    const back = await answer(await leaveForWallet())
    await page.evaluate(`location.assign(${JSON.stringify(back)})`)
    await inside()
    expect(page.url()).toBe(`${origin}/wine`)
  })

  test('comes back to where they were going if the wallet has not answered', async () => {
    await page.goto(`${origin}/zerocard/gate/return?policy=plain%401&path=%2Fwine`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(page.url()).toBe(`${origin}/wine`)
  })

  test('gets in when the wallet leads back from a page of its own', async () => {
    const walletLink = await leaveForWallet()
    await page.goto('about:blank')
    await page.goto((await answer(walletLink)) ?? '')
    await inside()
    expect(page.url()).toBe(`${origin}/wine`)
  })

  test('with a code that is not theirs stays outside', async () => {
    await leaveForWallet()
    await page.goto('about:blank')
    const back = `${origin}/zerocard/gate/return?policy=plain%401&path=%2Fwine`
    const sent = page.waitForResponse((response) => response.url().endsWith('/gate/code'))
    await page.goto(`${back}#responseCode=${'A'.repeat(22)}`)
    await sent
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.getByText(WELCOME).count()).toBe(0)
  })
})
