import type { Session } from './session.ts'

// The page's side of its service worker: kept for offline use, told of new versions.

const SCRIPT = '/service-worker.js'

/** Keeps the page for offline use, and says so when a newer version is ready. */
export async function keepPage(session: Session, container: ServiceWorkerContainer): Promise<void> {
  container.addEventListener('message', ({ data }) => {
    if (data === 'update') session.update({ hasUpdate: true })
    if (data === 'changed') location.reload()
  })
  try {
    await container.register(SCRIPT)
    const { active } = await container.ready
    active?.postMessage('check')
  } catch {
    // A browser that allows no service worker still has a wallet, with a network.
  }
}

/** Goes over to the version that waits; the page is loaded anew when that is done. */
export function changeVersion(container: ServiceWorkerContainer | undefined): void {
  if (container?.controller) container.controller.postMessage('change')
  else location.reload()
}
