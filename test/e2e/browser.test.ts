import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleForBrowser, launchBrowser, serveFiles } from '../support/browser.ts'
import { readArtifact } from '../support/tools.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

let browser: Browser

beforeAll(async () => {
  browser = await launchBrowser()
}, 60_000)

afterAll(async () => {
  await browser.close()
})

describe('core and holder in Chromium', () => {
  test('prove and verify under a strict content security policy', async () => {
    const script = await bundleForBrowser(here('browser-page.ts'))
    const site = await serveFiles({
      '/': () =>
        '<!doctype html><title>zerocard</title><script type="module" src="/page.js"></script>',
      '/page.js': () => script,
      '/eligibility-1.wasm': () => readArtifact('eligibility-1', 'wasm'),
      '/eligibility-1.zkey': () => readArtifact('eligibility-1', 'zkey'),
      '/eligibility-1.vkey.json': () => readArtifact('eligibility-1', 'vkey.json'),
    })
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404'))
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(site.origin)
    await page.waitForFunction('globalThis.proveAndVerify !== undefined')
    const result = await page.evaluate('proveAndVerify()')
    site.close()
    expect(result).toMatchObject({ policy: 'test@1' })
    expect(complaints).toEqual([])
  }, 120_000)

  test('import nothing of Node', () => {
    for (const folder of ['core', 'core/policy', 'client']) {
      for (const file of readdirSync(here(`../../${folder}`)).filter((name) =>
        name.endsWith('.ts'),
      )) {
        const source = readFileSync(here(`../../${folder}/${file}`), 'utf8')
        expect(source, `${folder}/${file}`).not.toMatch(
          /from 'node:|\bBuffer\.|\bprocess\.|require\(/,
        )
      }
    }
  })
})
