import { createReadStream } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Manifest } from '../../core/manifest.ts'
import { listen } from '../../server/http/listen.ts'
import type { RunningService } from '../../server/http/listen.ts'
import type { ArtifactPlace } from './artifacts.ts'
import { readServedFiles } from './wallet-serve-files.ts'
import type { Encoding, ServedFile } from './wallet-serve-files.ts'
import { rangeOf } from './wallet-serve-range.ts'

// Serves the wallet's page and what it proves with. Files and nothing else: no cookie, no form, no
// log. Whoever runs it could see who loads the wallet, so it writes down nobody.

export interface WalletServerOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Folder with the page's files. */
  readonly web: string
  readonly place: ArtifactPlace
  readonly manifest: Manifest
  /** The manifest's file. */
  readonly manifestBytes: Buffer
  /** Origins of trust list operators that the page is told to compare with. */
  readonly witnesses?: readonly string[]
}

/** A year, the most that RFC 9111 lets caches count on. */
const LASTING = 'public, max-age=31536000, immutable'
/** Kept, and asked for with its ETag each time. */
const CHECKED = 'no-cache'

/** @throws ZerocardError with `CONFIG_INVALID` if the address cannot be had. */
export async function startWalletServer(options: WalletServerOptions): Promise<RunningService> {
  const files = readServedFiles(options)
  const headers = pageHeaders(options.host)
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A visitor who goes away in the middle is no failure.
    answer(files, headers, request, response).catch(() => response.destroy())
  }
  return listen(
    handle,
    options,
    () => undefined,
    () => Promise.resolve(),
  )
}

/** @param host - What the server listens on: on this machine, services of this machine may be asked. */
export function pageHeaders(host: string): Readonly<Record<string, string>> {
  const isLocal = ['localhost', '127.0.0.1', '::1'].includes(host)
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      `connect-src 'self' https:${isLocal ? ' http://localhost:*' : ''}`,
      "worker-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    // Sites lead here by a link or a redirect, which this lets pass. A site that opens the wallet in
    // a window gets no handle on it.
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': [
      'camera=(self)',
      'clipboard-write=(self)',
      'publickey-credentials-create=(self)',
      'publickey-credentials-get=(self)',
      ...['display-capture', 'geolocation', 'microphone', 'payment', 'usb'].map(
        (feature) => `${feature}=()`,
      ),
    ].join(', '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
}

async function answer(
  files: ReadonlyMap<string, ServedFile>,
  headers: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  const { path, query } = addressOf(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    tell(request, response, 405, 'This server only hands out files.')
    return
  }
  const file = files.get(path === '/' ? '/index.html' : path)
  if (file === undefined) tell(request, response, 404, 'There is nothing at this address.')
  else await send(file, query, request, response)
}

/** Names are compared as they come: no decoding, so no second way to write one. */
function addressOf({ url = '' }: IncomingMessage): {
  readonly path: string
  readonly query: string
} {
  const at = url.indexOf('?')
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) }
}

function tell(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  line: string,
): void {
  const text = `${line}\n`
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(request.method === 'HEAD' ? undefined : text)
}

async function send(
  file: ServedFile,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const encoding = encodingFor(file, request)
  const etag = `"${file.sha256.slice(0, 32)}${encoding === undefined ? '' : `-${encoding}`}"`
  const isLasting = file.isLasting || query === `sha256=${file.sha256}`
  response.setHeader('etag', etag)
  response.setHeader('cache-control', isLasting ? LASTING : CHECKED)
  response.setHeader('accept-ranges', 'bytes')
  if (file.packed !== undefined) response.setHeader('vary', 'accept-encoding')
  if (names(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end()
    return
  }
  response.setHeader('content-type', file.type)
  if (encoding !== undefined && file.packed !== undefined) {
    const bytes = await file.packed(encoding)
    response.writeHead(200, { 'content-encoding': encoding, 'content-length': bytes.length })
    response.end(request.method === 'HEAD' ? undefined : bytes)
    return
  }
  await sendPart(file, etag, request, response)
}

async function sendPart(
  file: ServedFile,
  etag: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { range, 'if-range': condition } = request.headers
  // Only an equal tag proves that the beginning somebody has belongs to this content.
  const isSame = condition === undefined || condition === etag
  const wanted = request.method === 'GET' && isSame ? rangeOf(range, file.size) : undefined
  if (wanted === 'none') {
    response.writeHead(416, { 'content-range': `bytes */${file.size}`, 'content-length': 0 }).end()
    return
  }
  const { first, last } = wanted ?? { first: 0, last: file.size - 1 }
  response.writeHead(wanted === undefined ? 200 : 206, {
    'content-length': last - first + 1,
    ...(wanted === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${file.size}` }),
  })
  if (request.method === 'HEAD') response.end()
  else if ('bytes' in file.content) response.end(file.content.bytes.subarray(first, last + 1))
  else await pipeline(createReadStream(file.content.path, { start: first, end: last }), response)
}

/** A part of a file is a part of the plain one, so that it fits to what was there before. */
function encodingFor(file: ServedFile, request: IncomingMessage): Encoding | undefined {
  if (file.packed === undefined || request.headers.range !== undefined) return undefined
  const accepted = (request.headers['accept-encoding'] ?? '')
    .split(',')
    .filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
    .map((one) => one.split(';')[0]?.trim().toLowerCase())
  return (['br', 'gzip'] as const).find((encoding) => accepted.includes(encoding))
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function names(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')))
}
