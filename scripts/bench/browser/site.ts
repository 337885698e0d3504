import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { brotliCompressSync, constants } from 'node:zlib'

// Files on the loopback interface as a careful site serves them: compressed, with ranges and ETags,
// under the strict policy. It counts what goes over the line.

/** Nothing inline, no eval, no workers from blobs, nothing foreign. */
export const STRICT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' https: http://localhost:*",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

export interface Site {
  readonly origin: string
  /** Bytes sent until now: bodies as they were sent, and headers. */
  readonly bytesSent: () => number
  readonly close: () => void
}

/** The content at a path, or undefined. Asked once for each path. */
export type ReadFile = (path: string) => Uint8Array | undefined

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
}

/** Of 11: as good as a site can compress 24 MB without planning it. */
const BROTLI_QUALITY = 9

/** Serves files; `/` is `/index.html`. */
export async function serveSite(read: ReadFile): Promise<Site> {
  const known = new Map<string, ServedFile | undefined>()
  const sockets = new Set<Socket>()
  let closedBytes = 0
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    if (!known.has(path)) known.set(path, fileOf(path, read(path)))
    answer(known.get(path), request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      closedBytes += socket.bytesWritten
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${String(port)}`,
    bytesSent: () =>
      [...sockets].reduce((sum, { bytesWritten }) => sum + bytesWritten, closedBytes),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

interface ServedFile {
  readonly type: string
  readonly etag: string
  readonly bytes: Uint8Array
  readonly brotli: Uint8Array
}

function fileOf(path: string, bytes: Uint8Array | undefined): ServedFile | undefined {
  if (bytes === undefined) return undefined
  const type = TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY }
  return { type, etag, bytes, brotli: brotliCompressSync(bytes, { params }) }
}

function answer(
  file: ServedFile | undefined,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader('content-security-policy', STRICT_POLICY)
  if (file === undefined) {
    response.writeHead(404).end()
    return
  }
  response.setHeader('content-type', file.type)
  response.setHeader('vary', 'accept-encoding')
  const start = rangeStart(headers, file)
  if (start !== undefined) {
    const range = `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}`
    response.writeHead(206, { 'content-range': range, etag: file.etag })
    response.end(file.bytes.subarray(start))
  } else if (/\bbr\b/.test(headers['accept-encoding'] ?? '')) {
    response.writeHead(200, { 'content-encoding': 'br', etag: file.etag.replace(/"$/, '-br"') })
    response.end(file.brotli)
  } else response.writeHead(200, { etag: file.etag }).end(file.bytes)
}

function rangeStart(headers: IncomingMessage['headers'], file: ServedFile): number | undefined {
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1])
  const isSame = headers['if-range'] === undefined || headers['if-range'] === file.etag
  return isSame && start < file.bytes.length ? start : undefined
}
