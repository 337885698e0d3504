import type { AcceptedKeys } from '../../../../core/verify.ts'
import { listen } from '../../../../server/http/listen.ts'
import type { RunningService } from '../../../../server/http/listen.ts'
import { EXTRAS } from './behaviours.ts'
import { readSitesFile } from './config.ts'
import { createPortal } from './portal.ts'
import { openSite } from './site.ts'

/**
 * Starts the portal and all sites in one process, each on a port of its own.
 *
 * @param path - File that `startTown` writes.
 * @param keys - Verification keys to accept, by id.
 * @throws ZerocardError with `CONFIG_INVALID` if an address cannot be had, or as `zerocard()`.
 */
export async function startSites(path: string, keys: AcceptedKeys): Promise<RunningService> {
  const file = readSitesFile(path)
  const running: RunningService[] = []
  const close = async (): Promise<void> => {
    await Promise.all(running.map((service) => service.close()))
  }
  try {
    for (const facts of file.sites) {
      const site = openSite(facts, file.portal, keys, EXTRAS[facts.name])
      try {
        await site.ready
        running.push(await serve(site.app, site.origin, () => site.close()))
      } catch (error) {
        await site.close().catch(() => undefined)
        throw error
      }
    }
    running.push(await serve(createPortal(file), file.portal, () => Promise.resolve()))
  } catch (error) {
    await close()
    throw error
  }
  return { address: file.portal, close }
}

function serve(
  app: Parameters<typeof listen>[0],
  origin: string,
  close: () => Promise<void>,
): Promise<RunningService> {
  const { hostname, port } = new URL(origin)
  return listen(app, { host: hostname, port: Number(port) }, () => undefined, close)
}
