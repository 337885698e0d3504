import { ShellCache } from './shell-cache.ts'

// Serves the wallet's page from what is kept. Never touches another origin.

/** What is used of a service worker's surroundings; the library of types has them for workers only. */
interface Surroundings {
  readonly location: { readonly origin: string }
  readonly skipWaiting: () => Promise<void>
  readonly clients: {
    readonly claim: () => Promise<void>
    readonly matchAll: (options: { readonly type: 'window' }) => Promise<readonly unknown[]>
  }
  readonly addEventListener: (type: string, listener: (event: WorkerEvent) => void) => void
}

interface WorkerEvent {
  readonly request: Request
  readonly data: unknown
  readonly source: { readonly postMessage: (message: unknown) => void } | null
  readonly waitUntil: (work: Promise<unknown>) => void
  readonly respondWith: (response: Promise<Response>) => void
}

const worker = globalThis as unknown as Surroundings
const shell = new ShellCache({
  caches,
  fetch: (url, init) => fetch(url, init),
  origin: worker.location.origin,
})

worker.addEventListener('install', (event) => {
  event.waitUntil(shell.install().then(() => worker.skipWaiting()))
})

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim())
})

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  const isForeign = origin !== worker.location.origin || request.method !== 'GET'
  // Circuits and keys are kept by the wallet itself, which checks them.
  if (isForeign || pathname.startsWith('/artifacts/')) return
  event.respondWith(respond(request))
})

worker.addEventListener('message', (event) => {
  if (event.data === 'check') event.waitUntil(check(event))
  if (event.data === 'change') {
    event.waitUntil(shell.change().then(() => event.source?.postMessage('changed')))
  }
})

async function respond(request: Request): Promise<Response> {
  if (request.mode === 'navigate') await changeUnseen()
  return (await shell.respond(request)) ?? fetch(request)
}

/** While no page is open, a version that waits disturbs nobody. */
async function changeUnseen(): Promise<void> {
  const open = await worker.clients.matchAll({ type: 'window' })
  if (open.length === 0) await shell.change()
}

/** Without a network there is nothing newer. */
async function check({ source }: WorkerEvent): Promise<void> {
  if (await shell.update().catch(() => false)) source?.postMessage('update')
}
