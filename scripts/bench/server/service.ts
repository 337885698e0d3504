import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { startProcess } from '../../zerocard/town/process.ts'
import { writeJson } from '../../zerocard/files.ts'
import { hashToken } from '../../../server/http/access.ts'

/** A service in a process of its own, for measuring. */
export interface MeasuredService {
  readonly origin: string
  /** Has every role. */
  readonly token: string
  /** Resident memory, in bytes. */
  rss(): number
  stop(): Promise<void>
}

const TOKEN = 'zct_bench'
const HOST = '127.0.0.1'
const MAX_LOOKS = 300

/** Starts an issuer or a verifier without limits on requests, its log going nowhere near a disk. */
export async function startMeasured(
  kind: 'issuer' | 'verifier',
  folder: string,
  config: object,
  roles: readonly string[],
  database: string,
): Promise<MeasuredService> {
  const port = await freePort()
  const origin = `http://${HOST}:${String(port)}`
  const path = join(folder, `${kind}.json`)
  const whole = {
    displayName: 'Bench',
    baseUrl: origin,
    listen: `${HOST}:${String(port)}`,
    database,
    log: 'error',
    limits: { requestsPerMinute: 0, failuresPerMinute: 0 },
    tokens: [{ name: 'bench', roles, sha256: hashToken(TOKEN) }],
    ...config,
  }
  writeJson(path, whole, 0o600)
  const process = await startProcess({
    title: `The measured ${kind}`,
    args: [kind, 'serve', '--config', path],
    log: join(folder, `${kind}.log`),
    environment: { ZEROCARD_KEY_PASSPHRASE: 'bench' },
  })
  await ready(origin)
  return {
    origin,
    token: TOKEN,
    rss: () => residentBytes(process.pid ?? 0),
    stop: () => process.stop(),
  }
}

/** A verifier listens before it has looked at its trust lists. */
async function ready(origin: string): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    if ((await fetch(`${origin}/readyz`)).ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new TypeError(`${origin} does not get ready`)
}

/** Serves one document to whoever asks. @returns Its origin and what ends it. */
export async function serveDocument(
  document: (origin: string) => Promise<string>,
): Promise<{ readonly origin: string; readonly stop: () => void }> {
  let text = ''
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/jwt').end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  const origin = `http://${HOST}:${String((server.address() as AddressInfo).port)}`
  text = await document(origin)
  return {
    origin,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** As Linux tells it (proc(5), VmRSS, in kB). */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
}
