import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serveSite } from '../../scripts/bench/browser/site.ts'
import type { Site } from '../../scripts/bench/browser/site.ts'
import { buildWeb } from '../../scripts/build/web/web.ts'
import { projectAt } from '../../scripts/build/project.ts'
import { bundleForBrowser, launchBrowser } from '../support/browser.ts'
import { readArtifact } from '../support/tools.ts'

const ROOT = join(import.meta.dirname, '../..')
const HTML =
  '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>'

let browser: Browser
let site: Site
let page: Page
let complaints: string[]
/** Paths of artefacts that were asked for. */
let asked: string[]

beforeAll(async () => {
  await buildWeb(projectAt(ROOT))
  const script = await bundleForBrowser(join(import.meta.dirname, 'prover-worker-page.ts'))
  site = await serveSite((path) => {
    if (path === '/index.html') return Buffer.from(HTML)
    if (path === '/page.js') return script
    if (path === '/prover.worker.js') return readFileSync(join(ROOT, 'artifacts/web', path))
    if (path === '/broken.js') return Buffer.from('throw new Error("broken")')
    if (path === '/rude.js') return Buffer.from('postMessage({ kind: "ready" }); postMessage(1)')
    if (path === '/artifacts/manifest.json')
      return readFileSync(join(ROOT, 'circuits/manifest.json'))
    return path.startsWith('/artifacts/') ? readFileSync(join(ROOT, path)) : undefined
  })
  browser = await launchBrowser()
  page = await browser.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (pathname.startsWith('/artifacts/')) asked.push(pathname)
  })
}, 120_000)

afterAll(async () => {
  await browser.close()
  site.close()
})

beforeEach(async () => {
  complaints = []
  asked = []
  await page.goto(site.origin, { waitUntil: 'networkidle' })
})

const open = (workerUrl = '/prover.worker.js') => page.evaluate(`open_('${workerUrl}')`)
const enrol = (stopAt = '') => page.evaluate(`enrol('${stopAt}')`)
const close = () => page.evaluate('close_()')

describe('a proving worker in Chromium', () => {
  test('stops in the middle of a proof, and then makes another; a second visit downloads nothing', async () => {
    expect(await open()).toBe('done')
    expect(await enrol('artifacts')).toBe('ABORTED')
    expect(await enrol('proof')).toBe('ABORTED')
    expect(await enrol()).toBe('done')
    await close()
    await page.goto(site.origin, { waitUntil: 'networkidle' })
    await page.context().route('**/artifacts/**', (route) => route.abort())
    asked = []
    expect(await open()).toBe('done')
    expect(await enrol()).toBe('done')
    await close()
    await page.context().unrouteAll()
    expect(asked.filter((path) => !path.endsWith('/manifest.json'))).toEqual([])
    expect(complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([])
  })

  test('uses nothing of a file that is not the listed one', async () => {
    await page.evaluate('caches.delete("zerocard-artifacts-1")')
    const zkey = readArtifact('enrolment', 'zkey')
    const body = Buffer.from(zkey.with(1000, zkey[1000]! ^ 1))
    await page.context().route('**/*.zkey', (route) => route.fulfill({ body }))
    expect(await open()).toBe('done')
    expect(await enrol()).toBe('ARTIFACT_INVALID')
    await page.context().unrouteAll()
    expect(await enrol()).toBe('done')
    await close()
  })

  test.each([
    ['is not there', '/no-such-file.js'],
    ['throws when it is loaded', '/broken.js'],
    ['says what it should not', '/rude.js'],
  ])('that %s fails the call, and does not hang', async (_, url) => {
    expect(await open(url)).toBe('done')
    expect(await enrol()).toBe('PROVING_FAILED')
    await close()
  })
})
