import { IncomingMessage, Server } from 'node:http'

/** A request as a server got it, to the last byte. */
export interface Received {
  /** The server's, as the client wrote it. */
  readonly host: string
  readonly method: string
  readonly url: string
  /** Names as sent and values, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Complete once it was answered. */
  body: Buffer
}

type Emit = (this: unknown, event: string | symbol, ...parameters: unknown[]) => boolean

/**
 * Records what browsers send to any server of this process: pages, workers and service workers
 * alike, because it looks where the bytes arrive.
 *
 * @returns All that has come, which grows, and what ends it.
 */
export function recordRequests(): { readonly received: Received[]; readonly stop: () => void } {
  const received: Received[] = []
  const emitter = Server.prototype as { emit: Emit }
  const { emit } = emitter
  emitter.emit = function (this: unknown, event, ...parameters) {
    const [request] = parameters
    if (event === 'request' && request instanceof IncomingMessage && isFromBrowser(request)) {
      received.push(watched(request))
    }
    return emit.call(this, event, ...parameters)
  }
  const stop = (): void => {
    emitter.emit = emit
  }
  return { received, stop }
}

/** Services of the town talk to each other as well. */
function isFromBrowser({ headers }: IncomingMessage): boolean {
  return headers['user-agent']?.includes('Chrome/') === true
}

function watched(request: IncomingMessage): Received {
  const { rawHeaders, method = '', url = '', headers } = request
  const pairs = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? ''] as const] : [],
  )
  const entry: Received = {
    host: headers.host ?? '',
    method,
    url,
    headers: pairs,
    body: Buffer.alloc(0),
  }
  const push = request.push.bind(request)
  request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk instanceof Uint8Array) entry.body = Buffer.concat([entry.body, chunk])
    return push(chunk, encoding)
  }
  return entry
}
