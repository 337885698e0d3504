import { ZerocardError } from '../../core/errors.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import type { Manifest } from '../../core/manifest.ts'
import type { CircuitName, ProofProgress, ProvenSignals, Prover } from '../prover.ts'
import type { CircuitInputs } from '../witness.ts'
import { aborted, assertNotAborted, unlessAborted } from './abort.ts'
import { prefetchedShape, provenShape, verdictShape } from './protocol.ts'
import { spawnWorker } from './spawn.ts'
import { WorkerLink } from './worker-link.ts'
import type { Job, WorkerLike } from './worker-link.ts'

export interface WorkerProverOptions {
  /** URL of the folder of artefacts, as `WebArtifacts.base`. */
  readonly base: string
  /** As `WebArtifacts.manifest`; without it the worker fetches its own. */
  readonly manifest?: Manifest
  /** Where the site serves `prover.worker.js` itself; by default the bundler knows. */
  readonly workerUrl?: string | URL
  /** Starts the worker in another way. */
  readonly spawn?: () => WorkerLike
  /** Seconds without a job after which the worker is ended; see {@link IDLE_SECONDS}. */
  readonly idleSeconds?: number
}

/** A prover in a worker. One job at a time, the others wait. */
export interface WorkerProver extends Prover {
  /**
   * @throws ZerocardError with `PROVING_FAILED` if the worker fails, and the codes of the worker's
   *   own prover and artefacts: `FETCH_FAILED`, `ARTIFACT_INVALID`. `ABORTED` at once when the
   *   signal says so; the worker ends with it, and with it every secret it was given.
   */
  prove(
    circuit: CircuitName,
    inputs: CircuitInputs,
    progress?: ProofProgress,
    signal?: AbortSignal,
  ): Promise<ProvenSignals>
  /** As `verifyGroth16`, out of the way of the page. */
  readonly verify: (
    key: VerificationKey,
    publicSignals: readonly bigint[],
    proof: string,
  ) => Promise<boolean>
  /**
   * Brings the files of a circuit into the browser's cache.
   *
   * @param progress - Told the fraction of the bytes that are here, from 0 to 1.
   */
  prefetch(
    circuit: CircuitName,
    progress?: (fraction: number) => void,
    signal?: AbortSignal,
  ): Promise<void>
  /** Ends the worker now, and with it everything it was given; the next job starts another. */
  release(): void
  /** Ends the worker for good. Jobs that were not done throw `ABORTED`, later calls `TypeError`. */
  close(): void
}

/**
 * A worker that has made a proof of `eligibility-1` keeps some 160 MB (230 MB while it proves), of
 * which its end gives 130 MB back: `npm run bench -- --only browser.`. To start again takes half a
 * second.
 */
export const IDLE_SECONDS = 30

/** The worker is started by the first job, and again by the next after it had to be ended. */
export function createWorkerProver(options: WorkerProverOptions): WorkerProver {
  const jobs = new JobQueue(options)
  return {
    prove: (circuit, inputs, progress, signal) =>
      jobs.run(
        {
          request: { kind: 'prove', circuit, inputs: copyOf(inputs) },
          result: provenShape,
          progress,
        },
        signal,
      ),
    verify: (key, publicSignals, proof) =>
      jobs.run({
        request: { kind: 'verify', key: plainKey(key), signals: [...publicSignals], proof },
        result: verdictShape,
      }),
    async prefetch(circuit, progress, signal) {
      const request = { kind: 'prefetch', circuit } as const
      const told: ProofProgress = (_stage, fraction) => progress?.(fraction)
      await jobs.run({ request, result: prefetchedShape, progress: told }, signal)
    },
    release: () => jobs.release(),
    close: () => jobs.close(),
  }
}

class JobQueue {
  readonly #options: WorkerProverOptions
  #link: WorkerLink | undefined
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #isClosed = false
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(options: WorkerProverOptions) {
    this.#options = options
  }

  async run<T>(job: Job<T>, signal?: AbortSignal): Promise<T> {
    this.#assertOpen(new TypeError('the prover is closed'))
    assertNotAborted(signal)
    const before = this.#last
    const turn = Promise.withResolvers<undefined>()
    this.#last = before.then(() => turn.promise)
    clearTimeout(this.#idle)
    this.#waiting += 1
    try {
      await unlessAborted(before, signal)
      this.#assertOpen(aborted())
      return await this.#perform(job, signal)
    } finally {
      turn.resolve(undefined)
      this.#waiting -= 1
      if (this.#waiting === 0) this.#rest()
    }
  }

  release(): void {
    this.#link?.end(aborted())
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#idle)
    this.#link?.end(aborted())
  }

  #assertOpen(error: Error): void {
    if (this.#isClosed) throw error
  }

  async #perform<T>(job: Job<T>, signal: AbortSignal | undefined): Promise<T> {
    const link = this.#living()
    const stop = (): void => link.end(aborted())
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await link.run(job)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  #living(): WorkerLink {
    if (this.#link?.isEnded !== false) this.#link = startWorker(this.#options)
    return this.#link
  }

  #rest(): void {
    if (this.#isClosed) return
    const { idleSeconds = IDLE_SECONDS } = this.#options
    this.#idle = setTimeout(() => this.#link?.end(aborted()), idleSeconds * 1000)
  }
}

function startWorker({ spawn, workerUrl, base, manifest }: WorkerProverOptions): WorkerLink {
  const start = spawn ?? (workerUrl === undefined ? spawnWorker : () => workerAt(workerUrl))
  const folder = base.endsWith('/') ? base : `${base}/`
  try {
    return new WorkerLink(start(), {
      kind: 'open',
      base: folder,
      ...(manifest === undefined ? {} : { manifest }),
    })
  } catch (cause) {
    throw new ZerocardError('PROVING_FAILED', 'the proving worker cannot be started', { cause })
  }
}

function workerAt(url: string | URL): Worker {
  return new Worker(url, { type: 'module' })
}

/** Structured clone takes no more than this: no getters, no prototypes. */
function copyOf(inputs: CircuitInputs): Record<string, bigint | bigint[]> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value : [...value],
    ]),
  )
}

type Pair = [bigint, bigint]
const pair = ([a, b]: readonly [bigint, bigint]): Pair => [a, b]
const pairs = ([a, b]: readonly [Readonly<Pair>, Readonly<Pair>]): [Pair, Pair] => [
  pair(a),
  pair(b),
]

function plainKey({ publicSignals, alpha, beta, gamma, delta, inputs }: VerificationKey) {
  return {
    publicSignals,
    alpha: pair(alpha),
    beta: pairs(beta),
    gamma: pairs(gamma),
    delta: pairs(delta),
    inputs: inputs.map(pair),
  }
}
