import { createServer } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SILENT } from '../../../scripts/zerocard/progress.ts'
import { PORTS } from '../../../scripts/zerocard/town/plan.ts'
import { startTown } from '../../../scripts/zerocard/town/town.ts'
import { launchHere } from '../../scripts/town-support/local.ts'

/** In the deep run every page is looked at in every width and colour. */
export const isDeep = process.env['ZEROCARD_DEEP'] === '1'

/** A town with its wallet, in this process. */
export interface World {
  readonly folder: string
  /** The origin of a place of the town. */
  readonly at: (name: string) => string
  readonly stop: () => Promise<void>
}

/** The wallet's files, as they are built and served. */
const WEB = fileURLToPath(new URL('../../../artifacts/web', import.meta.url))

/** Behind the ports that `npm start` takes, and apart for files that run at the same time. */
const FIRST_PORT = 4216
const LANES = 8

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-stories-'))
  const options = { launch: launchHere(WEB), crowd: 10 }
  const town = await startTown(join(folder, 'town'), await freePorts(), SILENT, options)
  const addresses = new Map([...town.services, ...town.places].map((one) => [one.name, one.origin]))
  return {
    folder,
    at: (name) => {
      const origin = addresses.get(name)
      if (origin === undefined) throw new TypeError(`the town has no ${name}`)
      return origin
    },
    stop: async () => {
      await town.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** First of as many ports as a town takes; others on this machine may have a town, too. */
async function freePorts(): Promise<number> {
  const lane = Number(process.env['VITEST_POOL_ID'] ?? 1) % LANES
  for (let turn = 0; turn < 10; turn++) {
    const first = FIRST_PORT + (turn * LANES + lane) * (PORTS + 1)
    const ports = Array.from({ length: PORTS }, (_, i) => first + i)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first
  }
  throw new Error('no ports for a town')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, 'localhost', () => server.close(() => resolve(true)))
  })
}
