import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleScript } from '../../build/web/bundle.ts'
import { serveSite } from './site.ts'
import type { Site } from './site.ts'

// The wallet as a site would serve it, with one page more that measures.

const ROOT = join(import.meta.dirname, '../../..')

/** The page that measures. */
export const BENCH_PAGE = '/bench.html'

const BENCH_HTML =
  '<!doctype html><title>bench</title><link rel="icon" href="data:,">' +
  '<script type="module" src="/bench.js"></script>'

/** Whether there is a wallet's page to visit. */
export function hasWallet(): boolean {
  return existsSync(join(ROOT, 'artifacts/web/index.html'))
}

export async function serveBench(): Promise<Site> {
  const script = await bundleScript(ROOT, {
    source: 'scripts/bench/browser/page.ts',
    output: 'bench.js',
    format: 'module',
    external: [],
    isSplit: false,
  })
  return serveSite((path) => {
    if (path === BENCH_PAGE) return Buffer.from(BENCH_HTML)
    if (path === '/bench.js') return script.files.get('bench.js')
    if (path === '/artifacts/manifest.json') return fileAt('circuits/manifest.json')
    return fileAt(path.startsWith('/artifacts/') ? path : join('artifacts/web', path))
  })
}

function fileAt(path: string): Uint8Array | undefined {
  const whole = join(ROOT, path)
  return existsSync(whole) ? readFileSync(whole) : undefined
}
