import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { HelperPort } from '../../client/groth16/sum-helper.ts'

/** A second thread for proofs, which does not keep the process alive by itself. */
export function spawnHelper(): HelperPort | undefined {
  if (availableParallelism() < 2) return undefined
  const worker = new Worker(new URL('./sum-helper.worker.ts', import.meta.url))
  worker.unref()
  return {
    postMessage: (message) => worker.postMessage(message),
    addEventListener(type: string, listener: (event: never) => void) {
      worker.on(type, (data: unknown) => {
        listener((type === 'message' ? { data } : new Event(type)) as never)
      })
      // A thread that ends by itself will not answer either.
      if (type === 'error') worker.on('exit', () => listener(new Event(type) as never))
    },
    terminate: () => worker.terminate(),
    setBusy(isBusy) {
      if (isBusy) worker.ref()
      else worker.unref()
    },
  }
}
