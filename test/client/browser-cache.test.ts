import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser, BrowserContext } from 'playwright-core'
import { createWalletHttp } from '../../client/http.ts'
import { fetchTrustList } from '../../client/trust-lists.ts'
import { launchBrowser } from '../support/browser.ts'

// What a real browser makes of what the wallet passes to `fetch`: a service that could mark the
// browser with an ETag, or with a list of its own for each visitor, would know who comes again.

let browser: Browser
let context: BrowserContext
/** The marks that browsers brought back, one for each request that came. */
const brought: (string | undefined)[] = []
let visitors = 0

const operator = createServer((request, response) => {
  const mark = request.headers['if-none-match']
  brought.push(mark)
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('content-type', 'application/json')
  const isLasting = request.url?.startsWith('/lasting') === true
  response.setHeader('cache-control', isLasting ? 'max-age=31536000, immutable' : 'no-cache')
  response.setHeader('etag', mark ?? `"visitor-${String(++visitors)}"`)
  response.statusCode = mark === undefined ? 200 : 304
  response.end(mark === undefined ? JSON.stringify({ visitor: visitors }) : undefined)
})
const wallet = createServer((_, response) => {
  response.setHeader('content-type', 'text/html')
  response.end('<!doctype html><title>wallet</title>')
})

beforeAll(async () => {
  for (const server of [operator, wallet])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await launchBrowser()
  context = await browser.newContext()
})

afterAll(async () => {
  await browser.close()
  operator.close()
  wallet.close()
})

const originOf = (server: typeof wallet) =>
  `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

/** What the wallet passes to `fetch` for a list. */
async function walletInit(): Promise<RequestInit> {
  const seen: RequestInit[] = []
  const fetch = (_: string, init: RequestInit) => {
    seen.push(init)
    return Promise.resolve(Response.json({}))
  }
  const http = createWalletHttp({ fetch })
  await fetchTrustList('https://shop.example', 'https://shop.example/r', http).catch(
    () => undefined,
  )
  const { signal: _, ...init } = seen[0] ?? {}
  return init
}

/** Two visits, each in a page of its own. @returns What the operator could tell them by. */
async function visits(path: string, init: RequestInit) {
  brought.length = 0
  const texts: string[] = []
  for (let visit = 0; visit < 2; visit++) {
    const page = await context.newPage()
    await page.goto(originOf(wallet))
    texts.push(
      await page.evaluate(
        async ([url, options]) => (await fetch(url, JSON.parse(options) as RequestInit)).text(),
        [originOf(operator) + path, JSON.stringify(init)] as const,
      ),
    )
    // The browser from npm ends with its last page.
    if (visit === 0) await page.goto('about:blank')
  }
  return { marks: brought.filter((mark) => mark !== undefined), isSame: texts[0] === texts[1] }
}

test('a browser brings no operator anything back from an earlier visit', async () => {
  const init = await walletInit()
  expect(await visits('/list', init)).toEqual({ marks: [], isSame: false })
  expect(await visits('/lasting', init)).toEqual({ marks: [], isSame: false })
})

test('with its cache it would', async () => {
  const init: RequestInit = { ...(await walletInit()), cache: 'default' }
  expect((await visits('/list-2', init)).marks).toHaveLength(1)
  expect(await visits('/lasting-2', init)).toEqual({ marks: [], isSame: true })
})
