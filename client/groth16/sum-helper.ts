import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { ENGINE_KINDS } from './engine.ts'
import type { EngineKind } from './engine.ts'

import type { Step } from './multiexp.ts'
import { SUM_NAMES } from './proof-sums.ts'
import type { SumName, Sums } from './proof-sums.ts'
import type { ProvingKey } from './proving-key.ts'
import { loadHere } from './sum-thread.ts'
import type { SumThread } from './sum-thread.ts'

// A second thread that computes some of the sums. It is given the parts of keys that it needs, and
// for each proof the witness; it shares no memory.

/**
 * Seconds without a word, loading or computing: a step of `eligibility-3`, the tenth of a sum, takes
 * 0.2 s on one core of 2020.
 */
export const SILENT_SECONDS = 30

/** What is used of a worker. */
export interface HelperPort {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'error' | 'messageerror', listener: (event: Event) => void): void
  terminate(): unknown
  /** Told whether something is waited for; in Node, what keeps the process alive. */
  readonly setBusy?: (isBusy: boolean) => void
}

const bytes = z.instanceof(Uint8Array)
const field = z.bigint()
const name = z.enum(SUM_NAMES)
const requestShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('load'),
    job: z.int(),
    names: z.array(name),
    kinds: z.exactOptional(z.array(z.enum(ENGINE_KINDS))),
    key: z.strictObject({
      ...{ wires: z.int(), publicSignals: z.int(), log: z.int() },
      ...{ alpha: bytes, beta2: bytes, delta2: bytes, coefficients: bytes },
      ...{ a: bytes, b2: bytes, c: bytes, d: bytes, h: bytes },
    }),
  }),
  z.strictObject({
    kind: z.literal('sum'),
    job: z.int(),
    /** The job that loaded the key. */
    loaded: z.int(),
    witness: z.instanceof(Uint32Array),
    blinding: z.strictObject({ scale: field, shift: field }),
  }),
])
type HelperRequest = z.output<typeof requestShape>

const coordinates = z.readonly(z.array(field))
const point = z.union([z.undefined(), z.strictObject({ x: coordinates, y: coordinates })])
const sumsShape = z.strictObject({
  a: z.exactOptional(point),
  b: z.exactOptional(point),
  c: z.exactOptional(point),
  d: z.exactOptional(point),
  shifted: z.exactOptional(point),
})
const reportShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('step'), job: z.int(), part: z.number() }),
  z.strictObject({ kind: z.literal('done'), job: z.int(), sums: sumsShape }),
  z.strictObject({ kind: z.literal('failed'), job: z.int() }),
])
type HelperReport = z.output<typeof reportShape>

/** The helper's side. */
export function serveSums(
  port: Pick<HelperPort, 'addEventListener'> & { postMessage(message: HelperReport): void },
): void {
  const threads = new Map<number, Promise<SumThread>>()
  port.addEventListener('message', ({ data }) => {
    const request = requestShape.parse(data)
    void perform(request).then(
      (sums) => port.postMessage({ kind: 'done', job: request.job, sums }),
      // What went wrong is found out by whoever does it again, without a helper.
      () => port.postMessage({ kind: 'failed', job: request.job }),
    )
  })
  const perform = async (request: HelperRequest): Promise<Sums> => {
    if (request.kind === 'load') {
      const thread = loadHere(request.key, request.names, request.kinds)
      threads.set(request.job, thread)
      await thread
      return {}
    }
    const { job, loaded, witness, blinding } = request
    const thread = await threads.get(loaded)
    if (thread === undefined) throw new TypeError('no such key was loaded')
    return thread.compute(witness, blinding, (part) => {
      port.postMessage({ kind: 'step', job, part })
    })
  }
}

/** This side of a helper. What is wrong with it fails everything that it was asked. */
export class SumHelper {
  readonly #port: HelperPort
  readonly #waiting = new Map<number, Waiting>()
  #jobs = 0
  #hasFailed = false

  constructor(port: HelperPort) {
    this.#port = port
    port.addEventListener('message', ({ data }) => this.#hear(data))
    for (const type of ['error', 'messageerror'] as const) {
      port.addEventListener(type, (event) => {
        event.preventDefault()
        this.#fail()
      })
    }
  }

  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** @throws ZerocardError with `PROVING_FAILED`. */
  async load(
    key: ProvingKey,
    names: readonly SumName[],
    kinds?: readonly EngineKind[],
  ): Promise<SumThread> {
    const loaded = this.#jobs + 1
    await this.#ask({
      kind: 'load',
      names: [...names],
      key: partsFor(key, names),
      ...(kinds === undefined ? {} : { kinds: [...kinds] }),
    })
    return {
      names,
      compute: (witness, { scale, shift }, step) =>
        this.#ask(
          { kind: 'sum', loaded, witness: witness.slice(), blinding: { scale, shift } },
          names,
          step,
        ),
    }
  }

  end(): void {
    this.#port.terminate()
    this.#fail()
  }

  #ask(
    request: Unnumbered<HelperRequest>,
    names: readonly SumName[] = [],
    step: Step = () => undefined,
  ): Promise<Sums> {
    if (this.#hasFailed) return Promise.reject(failed())
    const job = (this.#jobs += 1)
    return new Promise((resolve, reject) => {
      const isAnswer = (sums: Sums): boolean =>
        Object.keys(sums).sort().join() === keysOf(names).join()
      this.#watch(job, { resolve, reject, step, isAnswer, timer: undefined })
      this.#port.setBusy?.(true)
      try {
        this.#port.postMessage({ ...request, job })
      } catch {
        this.#fail()
      }
    })
  }

  #hear(data: unknown): void {
    const read = reportShape.safeParse(data)
    if (!read.success) {
      this.#fail()
      return
    }
    const report = read.data
    const waiting = this.#waiting.get(report.job)
    // Of a job whose watcher has stopped it, reports still come.
    if (waiting === undefined) return
    if (report.kind === 'failed' || (report.kind === 'done' && !waiting.isAnswer(report.sums))) {
      this.#fail()
      return
    }
    if (report.kind === 'done') {
      this.#settle(report.job)
      waiting.resolve(report.sums)
      return
    }
    this.#watch(report.job, waiting)
    try {
      waiting.step(report.part)
    } catch (error) {
      this.#settle(report.job)
      waiting.reject(error)
    }
  }

  #settle(job: number): void {
    clearTimeout(this.#waiting.get(job)?.timer)
    this.#waiting.delete(job)
    if (this.#waiting.size === 0) this.#port.setBusy?.(false)
  }

  /** From here on, it has to be heard of again within the limit. */
  #watch(job: number, waiting: Waiting): void {
    clearTimeout(waiting.timer)
    const timer = setTimeout(() => this.#fail(), SILENT_SECONDS * 1000)
    this.#waiting.set(job, { ...waiting, timer })
  }

  #fail(): void {
    this.#hasFailed = true
    this.#port.setBusy?.(false)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(failed())
    }
    this.#waiting.clear()
    this.#port.terminate()
  }
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'job'> : never

interface Waiting {
  readonly resolve: (sums: Sums) => void
  readonly reject: (error: unknown) => void
  readonly step: Step
  /** Whether it is what was asked for. */
  readonly isAnswer: (sums: Sums) => boolean
  readonly timer: ReturnType<typeof setTimeout> | undefined
}

const NOTHING = new Uint8Array()

type CopiedKey = Extract<HelperRequest, { kind: 'load' }>['key']

/** What is not needed is not copied. */
function partsFor(key: ProvingKey, names: readonly SumName[]): CopiedKey {
  // Copied, because a view takes all that lies around it with it.
  const when = (wanted: SumName, part: Uint8Array): Uint8Array<ArrayBuffer> =>
    names.includes(wanted) ? part.slice() : NOTHING
  const { wires, publicSignals, log, alpha, beta2, delta2 } = key
  return {
    ...{ wires, publicSignals, log },
    ...{ alpha: alpha.slice(), beta2: beta2.slice(), delta2: delta2.slice() },
    coefficients: when('c', key.coefficients),
    a: when('a', key.a),
    b2: when('b', key.b2),
    c: when('c', key.c),
    d: when('d', key.d),
    h: when('c', key.h),
  }
}

/** Of the sums that come for these names. */
function keysOf(names: readonly SumName[]): string[] {
  return [...names, ...(names.includes('a') ? ['shifted'] : [])].sort()
}

function failed(): ZerocardError {
  return new ZerocardError('PROVING_FAILED', 'a second thread of the prover failed')
}
