import { browserCaches } from './content-cache.ts'
import { serveProving } from './worker-host.ts'

// The module that runs in the worker.

serveProving(globalThis, {
  fetch: (url, init) => fetch(url, init),
  caches: browserCaches(),
})
