import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { build as viteBuild } from 'vite'
import webpack from 'webpack'
import { buildWeb } from '../../scripts/build/web/web.ts'
import { projectAt, readIfPresent } from '../../scripts/build/project.ts'
import { serveSite } from '../../scripts/bench/browser/site.ts'
import type { ReadFile } from '../../scripts/bench/browser/site.ts'
import { launchBrowser } from '../support/browser.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXAMPLES = join(ROOT, 'examples/bundlers')
const out = mkdtempSync(join(tmpdir(), 'zerocard-bundlers-'))

afterAll(() => {
  rmSync(out, { recursive: true })
})

/** Makes what each site serves, and says from which folders. */
const SITES: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  plain: () => Promise.resolve([join(EXAMPLES, 'plain'), join(ROOT, 'artifacts/web')]),
  async vite() {
    const outDir = join(out, 'vite')
    const configFile = join(EXAMPLES, 'vite/vite.config.js')
    await viteBuild({ configFile, logLevel: 'error', build: { outDir } })
    return [outDir]
  },
  async webpack() {
    const path = join(out, 'webpack')
    const config = await webpackConfig()
    // It is minified already; to do it again takes 20 s.
    const optimization = { minimize: false }
    await pack({ ...config, optimization, output: { ...config.output, path } })
    return [path, join(EXAMPLES, 'webpack')]
  },
}

/** A real proof each: without a bundler and with one, and in the deep run with the other as well. */
const BUILT = process.env['ZEROCARD_DEEP'] === '1' ? Object.keys(SITES) : ['plain', 'vite']

describe('a page proves in a worker, under the strict policy', () => {
  test.each(BUILT)('built with %s', async (name) => {
    await buildWeb(projectAt(ROOT))
    const folders = await SITES[name]!()
    const site = await serveSite(reading(folders))
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
          complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      const workers: string[] = []
      page.on('worker', (worker) => workers.push(worker.url()))
      await page.goto(site.origin)
      await page.locator('output', { hasText: 'verified' }).waitFor({ timeout: 60_000 })
      expect(complaints).toEqual([])
      // The prover, and its helper where there are cores for it.
      expect(workers.length).toBeGreaterThan(0)
      expect(new Set(workers.map((url) => new URL(url).origin))).toEqual(new Set([site.origin]))
    } finally {
      await browser.close()
      site.close()
    }
  })
})

async function webpackConfig(): Promise<webpack.Configuration> {
  const { href } = pathToFileURL(join(EXAMPLES, 'webpack/webpack.config.js'))
  return ((await import(href)) as { default: webpack.Configuration }).default
}

test('no script that a page loads at once has the prover in it', async () => {
  const { manifest } = await buildWeb(projectAt(ROOT))
  // A name that only the prover has.
  const hasProver = (name: string): boolean =>
    readFileSync(join(ROOT, 'artifacts/web', name), 'utf8').includes('fr_across_inverse')
  expect(Object.keys(manifest.files).filter(hasProver)).toEqual([
    'prover.worker.js',
    'zerocard-client-prover.js',
  ])
})

/** Files of the first folder that has them; circuits as they were built. */
function reading(folders: readonly string[]): ReadFile {
  return (path) => {
    if (path === '/artifacts/manifest.json') return file(join(ROOT, 'circuits/manifest.json'))
    if (path.startsWith('/artifacts/')) return file(join(ROOT, path))
    return folders.map((folder) => file(join(folder, path))).find((bytes) => bytes !== undefined)
  }
}

function file(path: string): Uint8Array | undefined {
  return readIfPresent(path) === undefined ? undefined : readFileSync(path)
}

function pack(config: webpack.Configuration): Promise<void> {
  return new Promise((resolve, reject) => {
    webpack(config, (error, stats) => {
      if (error) reject(error)
      else if (stats?.hasErrors() === true || stats?.hasWarnings() === true)
        reject(new Error(stats.toString('errors-warnings')))
      else resolve()
    })
  })
}
