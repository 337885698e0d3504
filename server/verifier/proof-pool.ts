import { availableParallelism } from 'node:os'
import { ZerocardError } from '../../core/errors.ts'
import { assertSignals } from '../../core/groth16.ts'
import { verificationKeyId } from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import { ProofThread } from './proof-thread.ts'
import type { ProofTask, WorkerKeys } from './proof.worker.ts'

export interface ProofPoolOptions {
  /** The keys that proofs will be judged against. */
  readonly keys: AcceptedKeys
  /** Threads; by default one for each core but one, which is the event loop's. */
  readonly workers?: number
  /** Proofs that may wait for a thread; by default 64. */
  readonly queueLimit?: number
  /** Proofs that a thread takes at once; by default 64. */
  readonly batchLimit?: number
  /** Time a thread has for a batch, besides 20 ms for each proof in it; by default 2000. */
  readonly timeoutMs?: number
  /** The program of the threads; another than the default is for tests. */
  readonly workerUrl?: URL
}

export interface ProofPoolStats {
  /** Proofs that no thread has taken yet. */
  readonly waiting: number
  /** Proofs that a thread has taken. */
  readonly running: number
  /** Proofs that got a verdict, whichever. */
  readonly verified: number
  /** Batches that these came in. */
  readonly batches: number
  /** Proofs refused because the queue was full. */
  readonly rejectedFull: number
  /** Threads started in place of lost ones. */
  readonly restarts: number
}

/** Judges proofs in threads of its own. */
export interface ProofPool {
  /**
   * Judges a proof, as `verifyGroth16` does. Rejects with a ZerocardError with `OVERLOADED` if the
   * queue is full or the thread was lost, neither of which says anything about the proof; with a
   * TypeError for an unknown key, wrong public signals, or after `close`.
   */
  readonly verify: (
    key: VerificationKey,
    publicSignals: readonly bigint[],
    proof: string,
  ) => Promise<boolean>
  /** Finishes what is queued, then ends the threads. */
  readonly close: () => Promise<void>
  readonly stats: () => ProofPoolStats
}

/**
 * Starts threads that verify proofs. A free thread takes at once whatever waits, so batches are of
 * one proof under light load and grow with the load.
 *
 * @throws TypeError if a number is not a positive integer.
 */
export function createProofPool(options: ProofPoolOptions): ProofPool {
  const pool = new Pool(options)
  return {
    verify: (key, publicSignals, proof) => pool.verify(key, publicSignals, proof),
    close: () => pool.close(),
    stats: () => pool.stats(),
  }
}

/** Added to the time limit of a batch for each proof: several times what one takes. */
const TIMEOUT_PER_PROOF_MS = 20

interface Job {
  readonly task: ProofTask
  readonly resolve: (isValid: boolean) => void
  readonly reject: (error: ZerocardError) => void
}

class Pool {
  readonly #keys: WorkerKeys
  /** Ids of the very objects in the options; other ones are named by their content. */
  readonly #ids: ReadonlyMap<VerificationKey, string>
  readonly #limits: { workers: number; queue: number; batch: number; timeoutMs: number }
  readonly #workerUrl: URL
  readonly #threads = new Set<ProofThread>()
  readonly #idle = new Set<ProofThread>()
  readonly #waiting: Job[] = []
  readonly #counts = { running: 0, verified: 0, batches: 0, rejectedFull: 0, started: 0 }
  #closing: PromiseWithResolvers<void> | undefined

  constructor(options: ProofPoolOptions) {
    this.#keys = new Map(Array.from(options.keys, ([id, { key }]) => [id, key]))
    this.#ids = new Map(Array.from(this.#keys, ([id, key]) => [key, id]))
    this.#limits = {
      workers: positive(options.workers ?? Math.max(1, availableParallelism() - 1), 'workers'),
      queue: positive(options.queueLimit ?? 64, 'queueLimit'),
      batch: positive(options.batchLimit ?? 64, 'batchLimit'),
      timeoutMs: positive(options.timeoutMs ?? 2000, 'timeoutMs'),
    }
    this.#workerUrl = options.workerUrl ?? new URL('./proof.worker.ts', import.meta.url)
    this.#startMissing()
  }

  async verify(
    key: VerificationKey,
    publicSignals: readonly bigint[],
    proof: string,
  ): Promise<boolean> {
    const task = this.#readTask(key, publicSignals, proof)
    if (this.#closing !== undefined) throw new TypeError('the pool is closed')
    if (this.#waiting.length >= this.#limits.queue) {
      this.#counts.rejectedFull += 1
      throw overloaded('too many proofs are waiting')
    }
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    this.#waiting.push({ task, resolve, reject })
    this.#startMissing()
    this.#dispatch()
    return promise
  }

  close(): Promise<void> {
    this.#closing ??= Promise.withResolvers()
    this.#endIfDone()
    return this.#closing.promise
  }

  stats(): ProofPoolStats {
    const { started, ...counts } = this.#counts
    const restarts = started - this.#limits.workers
    return { waiting: this.#waiting.length, ...counts, restarts }
  }

  #readTask(key: VerificationKey, publicSignals: readonly bigint[], proof: string): ProofTask {
    const keyId = this.#ids.get(key) ?? verificationKeyId(key)
    if (!this.#keys.has(keyId)) throw new TypeError(`key ${keyId} is not one of the pool`)
    assertSignals(key, publicSignals)
    // In a thread a wrong type would be a crash, and lose the proofs of others.
    if (typeof proof !== 'string' || publicSignals.some((signal) => typeof signal !== 'bigint')) {
      throw new TypeError('expected public signals as bigints and the proof as a string')
    }
    return { keyId, publicSignals: [...publicSignals], proof }
  }

  /** Called when there is work for them, so that threads that cannot live are not started forever. */
  #startMissing(): void {
    while (this.#threads.size < this.#limits.workers) {
      const onLost = (lost: ProofThread): void => this.#forget(lost)
      const thread = new ProofThread({ url: this.#workerUrl, keys: this.#keys, onLost })
      this.#counts.started += 1
      this.#threads.add(thread)
      const begin = (): void => {
        this.#idle.add(thread)
        this.#dispatch()
      }
      thread.ready.then(begin, (cause: unknown) => this.#giveUp(cause))
    }
  }

  #forget(lost: ProofThread): void {
    this.#threads.delete(lost)
    this.#idle.delete(lost)
  }

  /** Where no thread is left to wait for, nobody shall wait. */
  #giveUp(cause: unknown): void {
    if (this.#threads.size > 0) return
    for (const { reject } of this.#waiting.splice(0)) {
      reject(overloaded('no thread could be started', cause))
    }
    this.#endIfDone()
  }

  #dispatch(): void {
    for (const thread of this.#idle) {
      if (this.#waiting.length === 0) return
      this.#idle.delete(thread)
      void this.#run(thread, this.#waiting.splice(0, this.#limits.batch))
    }
  }

  async #run(thread: ProofThread, jobs: readonly Job[]): Promise<void> {
    const timeoutMs = this.#limits.timeoutMs + TIMEOUT_PER_PROOF_MS * jobs.length
    const tasks = jobs.map(({ task }) => task)
    this.#counts.running += jobs.length
    try {
      const verdicts = await thread.verify(tasks, timeoutMs)
      this.#counts.verified += jobs.length
      this.#counts.batches += 1
      jobs.forEach(({ resolve }, i) => resolve(verdicts[i] === true))
      this.#idle.add(thread)
    } catch (cause) {
      for (const { reject } of jobs) reject(overloaded('the proof got no verdict', cause))
      if (this.#closing === undefined || this.#waiting.length > 0) this.#startMissing()
    }
    this.#counts.running -= jobs.length
    this.#dispatch()
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (this.#closing === undefined || this.#waiting.length + this.#counts.running > 0) return
    const ended = Promise.all(Array.from(this.#threads, (thread) => thread.end()))
    this.#threads.clear()
    this.#idle.clear()
    ended.then(() => this.#closing?.resolve(), this.#closing.reject)
  }
}

function positive(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new TypeError(`${name}: expected a positive integer, got ${value}`)
}

function overloaded(what: string, cause?: unknown): ZerocardError {
  return new ZerocardError('OVERLOADED', `${what}: try again`, { cause })
}
