import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { UnitResult } from './results.ts'
import type { Answer, Order } from './worker.ts'

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** Megabytes of heap for a worker: constraint systems of 46,000 constraints, several times over. */
const HEAP_MB = 6144

/** Who is told how the orders go, by their index. */
export interface Listener {
  done(index: number, result: UnitResult): void
  /** @param words - What the worker said, with the place in the program. */
  failed(index: number, words: string): void
  /** @param share - How far the order is, 0 to 1. */
  advanced(index: number, share: number): void
}

/**
 * Does all orders in `size` processes, each one order at a time. An order that fails does not keep
 * the others from being done.
 *
 * @throws The signal's reason if it is aborted.
 */
export async function doAll(
  orders: readonly Order[],
  size: number,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const queue = orders.map((order, index) => ({ order, index }))
  const serve = async (): Promise<void> => {
    let worker = new Worker(signal)
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { order, index } = next
      try {
        listener.done(index, await worker.do(order, (share) => listener.advanced(index, share)))
      } catch (error) {
        signal.throwIfAborted()
        listener.failed(index, error instanceof Error ? error.message : String(error))
        worker.end()
        worker = new Worker(signal)
      }
    }
    worker.end()
  }
  await Promise.all(Array.from({ length: Math.min(size, orders.length) }, serve))
  signal.throwIfAborted()
}

class Worker {
  readonly #process: ChildProcess = fork(WORKER, {
    execArgv: [`--max-old-space-size=${String(HEAP_MB)}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })

  constructor(signal: AbortSignal) {
    const end = (): void => this.end()
    signal.addEventListener('abort', end)
    this.#process.once('exit', () => signal.removeEventListener('abort', end))
  }

  do(order: Order, onShare: (share: number) => void): Promise<UnitResult> {
    const { promise, resolve, reject } = Promise.withResolvers<UnitResult>()
    const hear = (answer: Answer): void => {
      if ('share' in answer) onShare(answer.share)
      else if ('error' in answer) reject(new Error(answer.error))
      else resolve(answer)
    }
    const ended = (): void => reject(new Error('the process ended without a result'))
    this.#process.on('message', hear)
    this.#process.once('exit', ended)
    this.#process.send(order)
    return promise.finally(() => {
      this.#process.off('message', hear)
      this.#process.off('exit', ended)
    })
  }

  end(): void {
    this.#process.kill('SIGKILL')
  }
}
