import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleScript } from '../../build/web/bundle.ts'
import { serveSite } from './site.ts'
import type { Site } from './site.ts'

// The wallet as a site would serve it, with one page more that measures.

const ROOT = join(import.meta.dirname, '../../..')

/** The page that measures. */
export const BENCH_PAGE = '/bench.html'

const html = (script: string): Uint8Array =>
  Buffer.from(
    '<!doctype html><title>bench</title><link rel="icon" href="data:,">' +
      `<script type="module" src="/${script}"></script>`,
  )

/** Whether there is a wallet's page to visit. */
export function hasWallet(): boolean {
  return existsSync(join(ROOT, 'artifacts/web/index.html'))
}

export async function serveBench(): Promise<Site> {
  const script = await bundled('page.ts', 'bench.js')
  return serveSite((path) => {
    if (path === BENCH_PAGE) return html('bench.js')
    if (path === '/bench.js') return script
    if (path === '/artifacts/manifest.json') return fileAt('circuits/manifest.json')
    return fileAt(path.startsWith('/artifacts/') ? path : join('artifacts/web', path))
  })
}

/** Workers of {@link serveColdBench}, by whose prover they have. */
export const COLD_WORKERS = { own: '/cold-own.js', snarkjs: '/cold-snarkjs.js' } as const

/** A page that starts workers. */
export async function serveColdBench(): Promise<Site> {
  const [page, own, snarkjs] = await Promise.all([
    bundled('cold-page.ts', 'cold-page.js'),
    bundled('cold-own.ts', 'cold-own.js'),
    bundled('cold-snarkjs.ts', 'cold-snarkjs.js'),
  ])
  const files = new Map<string, Uint8Array | undefined>([
    [BENCH_PAGE, html('cold-page.js')],
    ['/cold-page.js', page],
    [COLD_WORKERS.own, own],
    [COLD_WORKERS.snarkjs, snarkjs],
  ])
  return serveSite(
    (path) => files.get(path) ?? (path.startsWith('/artifacts/') ? fileAt(path) : undefined),
  )
}

async function bundled(source: string, output: string): Promise<Uint8Array | undefined> {
  const { files } = await bundleScript(ROOT, {
    source: `scripts/bench/browser/${source}`,
    output,
    format: 'module',
    external: [],
    isSplit: false,
  })
  return files.get(output)
}

function fileAt(path: string): Uint8Array | undefined {
  const whole = join(ROOT, path)
  return existsSync(whole) ? readFileSync(whole) : undefined
}
