import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ZerocardError } from '../../core/errors.ts'

export interface ListenOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Milliseconds in which a request's headers must have arrived; the whole of it: twice that. */
  readonly patience?: number
}

/** A service that answers. */
export interface RunningService {
  /** Where it listens, like `http://127.0.0.1:4001`. */
  readonly address: string
  /**
   * Ends the service: no new connections, requests in flight are finished (as long as
   * {@link GRACE} allows), then `afterwards` runs.
   */
  close(): Promise<void>
}

/** Milliseconds; more than any honest client on a bad line needs for 16 KiB. */
const PATIENCE = 10_000
/** Longer than the usual idle time of a proxy, so that it is the proxy who hangs up. */
const KEEP_ALIVE_TIMEOUT = 65_000
const MAX_HEADER_BYTES = 16 * 1024
const MAX_CONNECTIONS = 10_000
/** Milliseconds that requests in flight have to finish when the service ends. */
export const GRACE = 10_000
/** Milliseconds between two looks for connections that have nothing to do any more. */
const SWEEP = 20

/**
 * Serves `handle` until it is closed.
 *
 * @param beforehand - Told that the end has come, while requests are still answered: to end streams.
 * @param afterwards - Run when the last request is done: closes what the service used.
 * @throws ZerocardError with `CONFIG_INVALID` if the address cannot be had.
 */
export async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  { host, port, patience = PATIENCE }: ListenOptions,
  beforehand: () => void,
  afterwards: () => Promise<void>,
): Promise<RunningService> {
  const server = createServer(
    {
      headersTimeout: patience,
      requestTimeout: 2 * patience,
      connectionsCheckingInterval: patience / 4,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    handle,
  )
  server.maxConnections = MAX_CONNECTIONS
  await started(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  let closing: Promise<void> | undefined
  return {
    address: `http://${name}:${String(actual)}`,
    close: () => (closing ??= end(server, beforehand, afterwards)),
  }
}

async function started(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const reason = REASONS[code] ?? 'cannot be listened on'
    throw new ZerocardError('CONFIG_INVALID', `listen: ${host} port ${String(port)} ${reason}`, {
      cause,
    })
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another program',
  EADDRNOTAVAIL: 'is not an address of this machine',
  EACCES: 'may not be used by this account',
}

async function end(
  server: Server,
  beforehand: () => void,
  afterwards: () => Promise<void>,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  beforehand()
  // A connection whose request was in flight becomes idle later, and would stay open for the next.
  const sweep = setInterval(() => {
    server.closeIdleConnections()
  }, SWEEP)
  const hurry = setTimeout(() => {
    server.closeAllConnections()
  }, GRACE)
  await closed
  clearInterval(sweep)
  clearTimeout(hurry)
  await afterwards()
}
