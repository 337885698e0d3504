import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import type { CircuitName } from '../../../client/index.ts'
import { exact, medianOf, rounded } from '../figure.ts'
import type { Figure } from '../figure.ts'
import { BENCH_PAGE, COLD_WORKERS, hasWallet, serveBench, serveColdBench } from './bench-site.ts'
import { launchChromium } from './chromium.ts'
import { proofInputs } from './inputs.ts'
import { megabytesAtMost, megabytesNow, slowDown } from './renderers.ts'
import type { Site } from './site.ts'

// What a person's browser does and downloads, in the Chromium of npm.

const PROOFS = 5
const SLOW_PROOFS = 3
const COLD_ROUNDS = 5
const MANY_PROOFS = 100
const PRESENTATIONS = 50
/** How much slower a cheap phone is than the machine of a developer, as browsers' tools have it. */
const THROTTLE = 4

const ELEMENT = join(import.meta.dirname, '../../../artifacts/web/zero-card.js')

type Prove = (circuit: CircuitName) => Promise<number>

export async function* browserFigures(): AsyncGenerator<Figure> {
  yield* inBrowser(async function* ({ page, site, prove, walletBytes }) {
    yield* memoryAndBytes(site, prove, walletBytes, () =>
      page.evaluate(() => (globalThis as unknown as BenchPage).endWorker()),
    )
    yield* times(page, prove)
  })
}

/** Memory of the page and its workers after more and more proofs by the same worker. */
export async function* memoryFigures(): AsyncGenerator<Figure> {
  yield* inBrowser(async function* ({ prove }) {
    const before = megabytesNow()
    for (let proofs = 1; proofs <= MANY_PROOFS; proofs++) {
      await prove('eligibility-1')
      if (proofs % (MANY_PROOFS / 5) !== 0) continue
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      yield exact(`growth.browser.${proofs}.mb`, rounded(megabytesNow() - before), 'MB')
    }
  })
}

interface Bench {
  readonly page: Page
  readonly site: Site
  readonly prove: Prove
  /** Of opening the wallet. */
  readonly walletBytes: number
}

async function* inBrowser(
  measure: (bench: Bench) => AsyncGenerator<Figure>,
): AsyncGenerator<Figure> {
  const inputs = await proofInputs()
  const site = await serveBench()
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    const walletBytes = await bytesOfVisit(page, site)
    await page.goto(site.origin + BENCH_PAGE, { waitUntil: 'networkidle' })
    const prove: Prove = (circuit) =>
      page.evaluate(([name, json]) => (globalThis as unknown as BenchPage).timeProof(name, json), [
        circuit,
        inputs[circuit],
      ] as const)
    yield* measure({ page, site, prove, walletBytes })
  } finally {
    await browser.close()
    site.close()
  }
}

/** From the start of a worker that has loaded nothing to its first proof, beside snarkjs by turns. */
export async function* coldFigures(): AsyncGenerator<Figure> {
  const inputs = await proofInputs()
  const site = await serveColdBench()
  const browser = await launchChromium()
  try {
    for (const circuit of ['eligibility-1', 'eligibility-3'] as const) {
      const page = await browser.newPage()
      await page.goto(site.origin + BENCH_PAGE, { waitUntil: 'networkidle' })
      const time = (script: string): Promise<number> =>
        page.evaluate(
          (parameters) => (globalThis as unknown as ColdPage).timeColdProof(...parameters),
          [circuit, inputs[circuit], script] as const,
        )
      const [own, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < COLD_ROUNDS; round++) {
        own.push(await time(COLD_WORKERS.own))
        theirs.push(await time(COLD_WORKERS.snarkjs))
      }
      yield medianOf(`cold.browser.${circuit}.ms`, 'ms', own)
      yield medianOf(`cold.browser.snarkjs.${circuit}.ms`, 'ms', theirs)
      await page.close()
    }
  } finally {
    await browser.close()
    site.close()
  }
}

/** What `cold-page.ts` puts into its page. */
interface ColdPage {
  readonly timeColdProof: (circuit: string, inputs: string, script: string) => Promise<number>
}

/** Bytes of the element as sites fetch it. */
// eslint-disable-next-line @typescript-eslint/require-await -- a measurement is a generator of promises
export async function* elementFigures(): AsyncGenerator<Figure> {
  if (!existsSync(ELEMENT)) return
  yield exact('element.bytes', brotliCompressSync(readFileSync(ELEMENT)).length, 'bytes')
}

/** What `page.ts` puts into the page. */
interface BenchPage {
  readonly timeProof: (circuit: CircuitName, inputs: string) => Promise<number>
  readonly endWorker: () => void
  readonly timePresentation: (runs: number) => Promise<number[]>
}

/** Bytes of opening the wallet, before anything is proved. */
async function bytesOfVisit(page: Page, site: Site): Promise<number> {
  if (hasWallet()) await page.goto(site.origin, { waitUntil: 'networkidle' })
  return site.bytesSent()
}

async function* memoryAndBytes(
  site: Site,
  prove: Prove,
  walletBytes: number,
  endWorker: () => Promise<void>,
): AsyncGenerator<Figure> {
  const before = { bytes: site.bytesSent(), megabytes: megabytesNow() }
  // A first visit enrols, then proves: both circuits come with it.
  await prove('enrolment')
  await prove('eligibility-1')
  const bytes = walletBytes + site.bytesSent() - before.bytes
  yield exact('browser.first-visit.bytes', bytes, 'bytes')
  await prove('eligibility-1')
  const more = (megabytes: number): number => rounded(megabytes - before.megabytes)
  yield exact('browser.peak.mb', more(megabytesAtMost()), 'MB')
  yield exact('browser.idle-worker.mb', more(megabytesNow()), 'MB')
  await endWorker()
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  yield exact('browser.ended-worker.mb', more(megabytesNow()), 'MB')
}

/** Until the memory of a worker that was ended is given back. */
const SETTLE_MS = 2000

async function* times(page: Page, prove: Prove): AsyncGenerator<Figure> {
  await prove('eligibility-1')
  yield medianOf('browser.prove.ms', 'ms', await repeat(PROOFS, prove))
  const release = slowDown(THROTTLE)
  try {
    const slow = await repeat(SLOW_PROOFS, prove)
    yield medianOf(`browser.prove.throttled${THROTTLE}x.ms`, 'ms', slow)
  } finally {
    release()
  }
  const presentations = await page.evaluate(
    (runs) => (globalThis as unknown as BenchPage).timePresentation(runs),
    PRESENTATIONS,
  )
  yield medianOf('browser.present-prepared.ms', 'ms', presentations)
}

async function repeat(runs: number, prove: Prove): Promise<number[]> {
  const results: number[] = []
  for (let i = 0; i < runs; i++) results.push(await prove('eligibility-1'))
  return results
}
