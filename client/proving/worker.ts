import { serveSums } from '../groth16/sum-helper.ts'
import type { HelperPort } from '../groth16/sum-helper.ts'
import { browserCaches } from './content-cache.ts'
import { serveProving } from './worker-host.ts'

// The module that runs in the worker, and, as a helper of it, in another.

const HELPER_NAME = 'zerocard-helper'

function spawnHelper(): HelperPort | undefined {
  // Some browsers do not let a worker start another; and one core is not made faster by two threads.
  if (typeof Worker === 'undefined' || navigator.hardwareConcurrency < 2) return undefined
  return new Worker(location.href, { type: 'module', name: HELPER_NAME })
}

if (self.name === HELPER_NAME) {
  serveSums(globalThis)
} else {
  serveProving(globalThis, {
    fetch: (url, init) => fetch(url, init),
    caches: browserCaches(),
    spawnHelper,
  })
}
