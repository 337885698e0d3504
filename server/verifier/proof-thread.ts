import { Worker } from 'node:worker_threads'
import type { ProofBatch, ProofTask, Ready, WorkerKeys } from './proof.worker.ts'

export interface ProofThreadOptions {
  readonly url: URL
  readonly keys: WorkerKeys
  /** Called once if the thread is lost: crashed, late, or with an answer that is none. */
  readonly onLost: (thread: ProofThread) => void
}

/** Starting an engine and preparing keys takes well under a second, on a busy machine several. */
const START_TIMEOUT_MS = 30_000

interface Question {
  readonly resolve: (message: unknown) => void
  readonly reject: (cause: Error) => void
  readonly timer: NodeJS.Timeout
}

/** A worker thread, never asked two things at once. What it says is believed only if well-formed. */
export class ProofThread {
  /** Settles once: the keys are prepared, or the thread was lost before. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #onLost: (thread: ProofThread) => void
  #question: Question | undefined
  #batches = 0
  #isOver = false

  constructor({ url, keys, onLost }: ProofThreadOptions) {
    this.#onLost = onLost
    this.#worker = new Worker(url, { workerData: keys })
    this.#worker.on('message', (message) => this.#hear(message))
    this.#worker.on('messageerror', (error) => this.#lose(error))
    this.#worker.on('error', (error) => this.#lose(toError(error)))
    this.#worker.on('exit', (code) => this.#lose(new Error(`the thread ended with ${code}`)))
    this.ready = this.#awaitReady()
  }

  /**
   * Judges a batch.
   *
   * @returns One verdict for each task. Rejects if the thread was lost instead; it has then been
   *   terminated.
   */
  async verify(tasks: readonly ProofTask[], timeoutMs: number): Promise<readonly boolean[]> {
    const batch: ProofBatch = { number: this.#batches, tasks }
    this.#batches += 1
    const answer = this.#answer(timeoutMs)
    this.#worker.postMessage(batch)
    const message = await answer
    if (!isAnswerTo(batch, message)) throw this.#lose(new Error('the answer is not one'))
    return message.verdicts
  }

  /** Ends the thread on purpose; `onLost` is not called. */
  async end(): Promise<void> {
    this.#isOver = true
    await this.#worker.terminate()
  }

  async #awaitReady(): Promise<void> {
    const message = await this.#answer(START_TIMEOUT_MS)
    if (message !== ('ready' satisfies Ready)) throw this.#lose(new Error('not ready'))
  }

  #answer(timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const isLate = (): Error => this.#lose(new Error(`no answer within ${timeoutMs} ms`))
      this.#question = { resolve, reject, timer: setTimeout(isLate, timeoutMs) }
    })
  }

  #hear(message: unknown): void {
    const question = this.#takeQuestion()
    if (question === undefined) this.#lose(new Error('an answer without a question'))
    else question.resolve(message)
  }

  /** Terminating stops also a thread that never returns to its event loop. */
  #lose(cause: Error): Error {
    this.#takeQuestion()?.reject(cause)
    if (!this.#isOver) {
      this.#isOver = true
      void this.#worker.terminate()
      this.#onLost(this)
    }
    return cause
  }

  #takeQuestion(): Question | undefined {
    const question = this.#question
    this.#question = undefined
    clearTimeout(question?.timer)
    return question
  }
}

function isAnswerTo(
  { number, tasks }: ProofBatch,
  message: unknown,
): message is { readonly verdicts: readonly boolean[] } {
  if (typeof message !== 'object' || message === null) return false
  if (!('number' in message) || !('verdicts' in message) || message.number !== number) return false
  const { verdicts } = message
  if (!Array.isArray(verdicts) || verdicts.length !== tasks.length) return false
  // Not `every`, which would skip the holes of a sparse array.
  return Array.from(verdicts as unknown[]).every((verdict) => typeof verdict === 'boolean')
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
