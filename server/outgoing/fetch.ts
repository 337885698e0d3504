import type { IncomingMessage } from 'node:http'
import { fromUtf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { connect, resolve } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { failed, failureAt, refused } from './failure.ts'

// How services fetch from and send to addresses of their configuration and of documents. Whoever
// chooses such an address chooses where this machine connects to, so a name is resolved once, every
// address it has must be allowed, and the connection goes to one that was checked.

export interface OutgoingOptions extends ConnectionOptions {
  /** Milliseconds for all of it, by default 10,000. */
  readonly timeout?: number
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal
}

/** What is fetched. */
export interface Wanted {
  /** Media type the answer must have, like `application/jwt`. */
  readonly type: string
  /** Bytes; a longer answer is refused without reading it to its end. */
  readonly maxBytes: number
  /** Entity tag of what is known already. */
  readonly etag?: string | undefined
}

export interface Fetched {
  readonly text: string
  readonly etag: string | undefined
}

export interface Outgoing {
  /**
   * Fetches a text. Redirects are not followed, compressed answers are not read.
   *
   * @returns `unchanged` if the server says that the entity tag is still right.
   * @throws ZerocardError with `ADDRESS_REFUSED` or `FETCH_FAILED`; the message names the origin
   *   only, and nothing that came from there.
   */
  get(url: string, wanted: Wanted): Promise<Fetched | 'unchanged'>
  /** Sends JSON. The answer's body is not read. @returns Its status. @throws As `get`. */
  post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number>
}

const TIMEOUT = 10_000
/** An entity tag is repeated to the server: not one of any length. */
const MAX_ETAG = 200

/** Makes a client that connects to allowed addresses only. */
export function createOutgoing(options: OutgoingOptions): Outgoing {
  return {
    get: (url, wanted) =>
      exchange(url, options, async (open) => {
        const { type, maxBytes, etag } = wanted
        const known = etag === undefined ? {} : { 'if-none-match': etag }
        const response = await open('GET', { accept: type, ...known })
        if (response.statusCode === 304 && etag !== undefined) return 'unchanged'
        checkAnswer(response, type)
        return { text: await readText(response, maxBytes), etag: etagOf(response) }
      }),
    post: (url, body, headers) =>
      exchange(url, options, async (open) => {
        const response = await open(
          'POST',
          { ...headers, 'content-type': 'application/json' },
          body,
        )
        return response.statusCode ?? 0
      }),
  }
}

type Open = (
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
) => Promise<IncomingMessage>

/** One exchange with a server; whatever becomes of it, nothing of it stays open. */
async function exchange<T>(
  text: string,
  options: OutgoingOptions,
  work: (open: Open) => Promise<T>,
): Promise<T> {
  const url = parseAddress(text, options.allowPrivate)
  const { timeout = TIMEOUT, signal } = options
  const end = new AbortController()
  const tooLate = setTimeout(() => {
    end.abort(failed('did not answer in time'))
  }, timeout)
  const giveUp = (): void => {
    end.abort(failed('was not waited for: the service is ending'))
  }
  signal?.addEventListener('abort', giveUp, { once: true })
  if (signal?.aborted === true) giveUp()
  try {
    const open: Open = async (method, headers, body) => {
      const addresses = await unlessAborted(resolve(url, options), end.signal)
      return connect(url, addresses, { method, headers }, body, options, end.signal)
    }
    return await unlessAborted(work(open), end.signal)
  } catch (error) {
    throw failureAt(url, end.signal.aborted ? end.signal.reason : error)
  } finally {
    clearTimeout(tooLate)
    signal?.removeEventListener('abort', giveUp)
    end.abort(failed('ended'))
  }
}

/** @throws ZerocardError with `ADDRESS_REFUSED`. */
function parseAddress(text: string, allowPrivate: boolean): URL {
  if (!URL.canParse(text)) throw new ZerocardError('ADDRESS_REFUSED', 'expected a URL')
  const url = new URL(text)
  const { protocol, username, password } = url
  if (protocol !== 'https:' && !(protocol === 'http:' && allowPrivate)) {
    throw failureAt(url, refused('is not https'))
  }
  if (username !== '' || password !== '')
    throw failureAt(url, refused('has a password in its address'))
  return url
}

function checkAnswer({ statusCode = 0, headers }: IncomingMessage, expected: string): void {
  if (statusCode >= 300 && statusCode < 400) throw failed('redirects, which is not followed')
  if (statusCode !== 200) throw failed(`answered with status ${statusCode}`)
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw failed('answered in an encoding that was not asked for')
  }
  // A type with parameters, like a charset, is the same type.
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== expected) throw failed(`answered with another type than ${expected}`)
}

async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = `answered with more than ${maxBytes} bytes`
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw failed(tooLarge)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxBytes) throw failed(tooLarge)
    chunks.push(chunk)
  }
  return fromUtf8(Buffer.concat(chunks))
}

function etagOf({ headers }: IncomingMessage): string | undefined {
  const { etag } = headers
  return etag !== undefined && etag.length <= MAX_ETAG ? etag : undefined
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolveWork, reject) => {
    const giveUp = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    work.then(resolveWork, reject)
  })
}
