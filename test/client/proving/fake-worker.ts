import type { Prover } from '../../../client/prover.ts'
import { serveProving } from '../../../client/proving/worker-host.ts'
import type { WorkerLike } from '../../../client/proving/worker-link.ts'
import type { FakeCaches, FakeOrigin } from './fake-origin.ts'

// Workers in this thread: messages are cloned and arrive later, as between threads.

type Listener = (event: { readonly data: unknown; preventDefault(): void }) => void

/** The page's end of a worker that a test plays. */
export class FakeWorker implements WorkerLike {
  readonly received: Record<string, unknown>[] = []
  isTerminated = false
  readonly #listeners = new Map<string, Listener>()
  readonly #hear: (message: Record<string, unknown>) => void

  /** @param hear - Called with each message that the page sends. */
  constructor(hear: (message: Record<string, unknown>) => void = () => undefined) {
    this.#hear = hear
  }

  addEventListener(type: string, listener: unknown): void {
    this.#listeners.set(type, listener as Listener)
  }

  postMessage(message: unknown): void {
    const copy = structuredClone(message) as Record<string, unknown>
    this.received.push(copy)
    queueMicrotask(() => {
      if (!this.isTerminated) this.#hear(copy)
    })
  }

  terminate(): void {
    this.isTerminated = true
  }

  /** What the page hears. */
  say(message: unknown): void {
    this.emit('message', structuredClone(message))
  }

  emit(type: 'message' | 'error' | 'messageerror', data?: unknown): void {
    this.#listeners.get(type)?.({ data, preventDefault: () => undefined })
  }
}

/** A worker that runs the real worker's side over a prover of the test. */
export function hostedWorker(prover: Prover, origin: FakeOrigin, caches: FakeCaches): FakeWorker {
  let listener: ((event: { readonly data: unknown }) => void) | undefined
  const worker = new FakeWorker((data) => {
    try {
      listener?.({ data })
    } catch {
      worker.emit('error')
    }
  })
  const port = {
    postMessage: (message: unknown) => {
      const copy: unknown = structuredClone(message)
      queueMicrotask(() => {
        if (!worker.isTerminated) worker.say(copy)
      })
    },
    addEventListener: (_: string, added: typeof listener) => {
      listener = added
    },
  }
  const means = { fetch: origin.fetch, caches, proverOver: () => prover }
  queueMicrotask(() => serveProving(port, means))
  return worker
}
