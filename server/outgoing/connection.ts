import { lookup as systemLookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'
import { request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { addressKind } from './address.ts'
import { failed, refused } from './failure.ts'

export interface ConnectionOptions {
  /** Whether addresses of private networks and of this machine, and plain http, are allowed. */
  readonly allowPrivate: boolean
  /** Milliseconds until a connection stands, by default 3,000. */
  readonly connectTimeout?: number
  /** Resolves names; another than the system's is for tests. */
  readonly lookup?: (hostname: string) => Promise<readonly LookupAddress[]>
}

const CONNECT_TIMEOUT = 3_000
const MAX_HEADER_BYTES = 16 * 1024

/** @throws ZerocardError with `ADDRESS_REFUSED` if one address of the host is not allowed. */
export async function resolve(
  { hostname }: URL,
  { lookup = lookupAll, allowPrivate }: ConnectionOptions,
): Promise<readonly LookupAddress[]> {
  // A URL has its IPv4 addresses in dotted decimals by now, whatever form they were written in.
  const literal = hostname.replace(/^\[|\]$/g, '')
  const family = isIP(literal)
  const addresses = family === 0 ? await lookup(hostname) : [{ address: literal, family }]
  if (addresses.length === 0) throw failed('has no address')
  for (const { address } of addresses) {
    const kind = addressKind(address)
    if (kind === 'refused' || (kind === 'private' && !allowPrivate)) {
      throw refused('leads to an address that is not of the public internet')
    }
  }
  return addresses
}

async function lookupAll(hostname: string): Promise<readonly LookupAddress[]> {
  return systemLookup(hostname, { all: true, order: 'verbatim' })
}

/**
 * Sends a request to one of the addresses that were checked.
 *
 * @throws ZerocardError with `FETCH_FAILED`, or an error of the system.
 */
export async function connect(
  url: URL,
  addresses: readonly LookupAddress[],
  { method, headers }: { method: string; headers: Readonly<Record<string, string>> },
  body: string | undefined,
  { connectTimeout = CONNECT_TIMEOUT }: ConnectionOptions,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const options: RequestOptions = {
    method,
    headers: { 'user-agent': 'zerocard', 'accept-encoding': 'identity', ...headers, ...length },
    // A connection of its own for each exchange: none is left that was checked long ago.
    agent: false,
    lookup: answerWith(addresses),
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
  }
  const isHttps = url.protocol === 'https:'
  const request = isHttps ? httpsRequest(url, options) : httpRequest(url, options)
  limitConnecting(request, isHttps ? 'secureConnect' : 'connect', connectTimeout)
  return new Promise((resolveResponse, reject) => {
    request.on('response', resolveResponse)
    // Stays: an error after the answer began is told to its reader, here it must have a listener.
    request.on('error', reject)
    request.end(body)
  })
}

/** Gives node's connections the addresses that were checked. */
function answerWith(addresses: readonly LookupAddress[]): LookupFunction {
  const [first] = addresses
  return (_hostname, { all }, callback) => {
    if (all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
}

function limitConnecting(request: ClientRequest, event: string, timeout: number): void {
  const tooLate = setTimeout(() => {
    request.destroy(failed('cannot be reached'))
  }, timeout)
  const stop = (): void => {
    clearTimeout(tooLate)
  }
  request.once('socket', (socket) => socket.once(event, stop))
  request.once('close', stop)
}
