import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { ELEMENT_BYTES } from '../../core/iden3/sections.ts'
import type { GroupName } from './fixed-base.ts'
import type { Chunk } from './keys.worker.ts'
import type { SharedBytes } from './setup.ts'

/** Scalars in a chunk: some 50 ms of work, so that threads finish at nearly the same time. */
const CHUNK = 1024

/** Beyond this, making the tables in every thread costs more than it gains. */
const MAX_THREADS = 8

const AFFINE_BYTES: Readonly<Record<GroupName, number>> = { g1: 64, g2: 128 }

interface Task {
  readonly chunk: Chunk
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Multiplies generators by scalars on several threads. The result does not depend on their number.
 * Threads start with the first call and run until {@link Multiplier.close}.
 */
export class Multiplier {
  readonly #threads: number
  readonly #queue: Task[] = []
  readonly #workers = new Set<Worker>()
  readonly #idle: Worker[] = []
  readonly #running = new Map<Worker, Task>()

  constructor(threads = availableParallelism()) {
    this.#threads = Math.max(1, Math.min(threads, MAX_THREADS))
  }

  /** @returns The products, as `FixedBase.multiply` describes them. */
  async multiply(group: GroupName, scalars: SharedBytes): Promise<SharedBytes> {
    const size = AFFINE_BYTES[group]
    const count = scalars.length / ELEMENT_BYTES
    const points = new Uint8Array(new SharedArrayBuffer(count * size))
    const chunks: Promise<void>[] = []
    for (let start = 0; start < count; start += CHUNK) {
      const end = Math.min(start + CHUNK, count)
      chunks.push(
        this.#enqueue({
          group,
          scalars: scalars.subarray(start * ELEMENT_BYTES, end * ELEMENT_BYTES),
          points: points.subarray(start * size, end * size),
        }),
      )
    }
    await Promise.all(chunks)
    return points
  }

  /** Ends the threads; whatever is still running is given up. */
  async close(): Promise<void> {
    const workers = [...this.#workers]
    this.#workers.clear()
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  #enqueue(chunk: Chunk): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ chunk, resolve, reject })
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? this.#start()
      if (worker === undefined) return
      const task = this.#queue.shift()
      if (task === undefined) return
      this.#running.set(worker, task)
      worker.postMessage(task.chunk)
    }
  }

  #start(): Worker | undefined {
    if (this.#workers.size >= this.#threads) return undefined
    const worker = new Worker(new URL('./keys.worker.ts', import.meta.url))
    this.#workers.add(worker)
    worker.on('message', () => {
      this.#running.get(worker)?.resolve()
      this.#running.delete(worker)
      this.#idle.push(worker)
      this.#dispatch()
    })
    worker.on('error', (error) => {
      this.#workers.delete(worker)
      this.#fail(error)
    })
    return worker
  }

  #fail(error: unknown): void {
    for (const task of [...this.#running.values(), ...this.#queue.splice(0)]) task.reject(error)
    this.#running.clear()
  }
}
