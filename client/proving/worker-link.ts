import type * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ProofProgress } from '../prover.ts'
import { SILENT_SECONDS } from './download.ts'
import { reportShape } from './protocol.ts'
import type { ReportedFailure, WorkerReport, WorkerRequest } from './protocol.ts'

// One living worker. It is never waited for without a limit, and the first thing that is wrong with
// it ends it: the next job gets a new one.

/** What is used of a `Worker`. */
export type WorkerLike = Pick<Worker, 'postMessage' | 'terminate' | 'addEventListener'>

type JobRequest = Exclude<WorkerRequest, { kind: 'open' }>
type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never

/** Something to be done, and how to read what comes of it. */
export interface Job<T> {
  readonly request: DistributiveOmit<JobRequest, 'job'>
  readonly result: z.ZodMiniType<T>
  readonly progress?: ProofProgress | undefined
}

/** Seconds until the worker's script, 0.5 MB, has come over a slow line (100 kbit/s) and runs. */
export const LOAD_SECONDS = 60

/** Seconds without progress of a download: after the download has given up by itself. */
export const DOWNLOAD_SECONDS = 2 * SILENT_SECONDS

/**
 * Seconds of computing, from the witness on: `eligibility-3` takes some 10 s on one core of 2020;
 * a phone that is ten times slower still has three times what it needs.
 */
export const COMPUTE_SECONDS = 300

/** Seconds of checking one proof, which takes 0.1 s. */
export const VERIFY_SECONDS = 30

export class WorkerLink {
  readonly #worker: WorkerLike
  #isReady = false
  #isEnded = false
  #jobs = 0
  #running: Running | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(worker: WorkerLike, open: Extract<WorkerRequest, { kind: 'open' }>) {
    this.#worker = worker
    worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => this.#hear(data))
    worker.addEventListener('messageerror', () => this.#fail('sent what cannot be read'))
    worker.addEventListener('error', (event) => {
      // It is dealt with here; the browser would show it as an error of the page as well.
      event.preventDefault()
      this.#fail(this.#isReady ? 'stopped with an error' : 'could not be loaded')
    })
    worker.postMessage(open)
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Does one job; only after the one before has ended. */
  run<T>(job: Job<T>): Promise<T> {
    if (this.#isEnded || this.#running !== undefined) throw new TypeError('the worker is not free')
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#jobs += 1
    this.#running = {
      number: this.#jobs,
      kind: job.request.kind,
      isComputing: false,
      progress: job.progress,
      finish: (result) => this.#read(job.result, result, resolve),
      reject,
    }
    this.#worker.postMessage({ ...job.request, job: this.#jobs })
    this.#startClock()
    return promise
  }

  /** Ends the worker; the job it has, if any, fails with this error. */
  end(error: Error): void {
    clearTimeout(this.#timer)
    this.#isEnded = true
    this.#worker.terminate()
    this.#release()?.reject(error)
  }

  #hear(data: unknown): void {
    if (this.#isEnded) return
    const read = reportShape.safeParse(data)
    if (!read.success) this.#fail('sent what it never sends')
    else if (read.data.kind === 'ready') this.#becomeReady()
    else this.#hearOfJob(read.data)
  }

  #becomeReady(): void {
    this.#isReady = true
    if (this.#running !== undefined) this.#startClock()
  }

  #hearOfJob(report: Exclude<WorkerReport, { kind: 'ready' }>): void {
    const running = this.#running
    if (!this.#isReady || running?.number !== report.job) {
      this.#fail('spoke of something that it was not asked for')
    } else if (report.kind === 'progress') this.#pass(running, report)
    else if (report.kind === 'done') running.finish(report.result)
    else this.#passFailure(report)
  }

  #pass(running: Running, { stage, fraction }: Extract<WorkerReport, { kind: 'progress' }>): void {
    if (stage === 'artifacts') this.#limit(DOWNLOAD_SECONDS, 'the download does not go on')
    else if (!running.isComputing) {
      running.isComputing = true
      this.#limit(COMPUTE_SECONDS, TOO_LONG)
    }
    running.progress?.(stage, fraction)
  }

  #read<T>(shape: z.ZodMiniType<T>, result: unknown, resolve: (value: T) => void): void {
    const read = shape.safeParse(result)
    if (!read.success) {
      this.#fail('gave a result that is none')
      return
    }
    this.#release()
    resolve(read.data)
  }

  #passFailure({ failure, message }: ReportedFailure): void {
    if (failure === 'internal') this.#fail('stopped with an error')
    else if (failure === 'wrong-call') this.#release()?.reject(new TypeError(message))
    else this.#release()?.reject(new ZerocardError(failure, message))
  }

  #startClock(): void {
    if (!this.#isReady) this.#limit(LOAD_SECONDS, 'it was not loaded in time')
    else if (this.#running?.kind === 'verify') this.#limit(VERIFY_SECONDS, TOO_LONG)
    else this.#limit(DOWNLOAD_SECONDS, 'it does not answer')
  }

  #limit(seconds: number, trouble: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#fail(`was ended: ${trouble} (${seconds} s)`)
    }, seconds * 1000)
  }

  #fail(trouble: string): void {
    this.end(new ZerocardError('PROVING_FAILED', `the proving worker ${trouble}`))
  }

  #release(): Running | undefined {
    clearTimeout(this.#timer)
    const running = this.#running
    this.#running = undefined
    return running
  }
}

const TOO_LONG = 'it computes longer than any device needs'

interface Running {
  readonly number: number
  readonly kind: JobRequest['kind']
  isComputing: boolean
  readonly progress: ProofProgress | undefined
  readonly finish: (result: unknown) => void
  readonly reject: (error: Error) => void
}
