import * as z from '../core/zod.ts'
import { concatBytes, fromUtf8 } from '../core/bytes.ts'
import { ZerocardError, isErrorCode } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'

// How a wallet talks to services that it does not trust: it sends what it means to and nothing else
// (no cookies, no referrer, no languages, no cache), goes where it was told and nowhere else (no
// redirects), and takes no more than it asked for, no longer than it can wait.

/** The platform's fetch, or one that behaves like it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface WalletHttpOptions {
  readonly fetch: Fetch
  /** Lets `http:` addresses of this machine pass, for development. */
  readonly allowLoopback?: boolean
  /** Seconds until an answer must be there as a whole. */
  readonly timeoutSeconds?: number
}

export interface WalletRequest {
  readonly url: string
  /** Media types the answer may have; the first is what is asked for. */
  readonly types: readonly [string, ...string[]]
  /** By default POST with a body, GET without. */
  readonly method?: 'GET' | 'POST'
  readonly body?: string | URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes of the longest answer. */
  readonly maxBytes?: number
  /**
   * By default nothing is taken from a cache or left in one: what a service left there would tell it
   * who comes again. Something else only for files of the page's own origin.
   */
  readonly cache?: RequestCache
}

/** What the holder's side of every exchange goes through. */
export interface WalletHttp {
  /**
   * Reads an address and says whether a wallet may go there: `https`, without a user's name.
   *
   * @throws ZerocardError with `ADDRESS_REFUSED`.
   */
  readonly address: (text: string) => URL
  /**
   * Asks and gives the text of the answer.
   *
   * @throws ZerocardError with `ADDRESS_REFUSED`; with the service's own code if it gives one of
   *   the list, and not about the wallet; `INPUT_INVALID` if it refuses in another way;
   *   `ENCODING_INVALID` for an answer that is no UTF-8; else `FETCH_FAILED`.
   */
  readonly request: (request: WalletRequest) => Promise<string>
}

/** Bytes of an answer, by default: what protocol.md allows a body. */
const MAX_ANSWER_BYTES = 16 * 1024

/** A phone on a bad line gets through; a service that holds a wallet for ever does not. */
const TIMEOUT_SECONDS = 15

const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'

/**
 * Codes that speak of the wallet itself. Said by a service they would be believed: a wallet that is
 * told it is locked stops what it does for others too.
 */
const OWN_CODES: readonly ErrorCode[] = [
  'ABORTED',
  'ADDRESS_REFUSED',
  'ARTIFACT_INVALID',
  'BACKUP_INVALID',
  'BUDGET_SPENT',
  'CONSENT_STALE',
  'LOCKED',
  'PHRASE_INVALID',
  'PROVING_FAILED',
  'STORAGE_FAILED',
  'STORAGE_FULL',
  'UNLOCK_FAILED',
  'USAGE',
  'USE_EXHAUSTED',
]

/** Hosts that are this machine, as `URL.hostname` writes them. */
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/

export function createWalletHttp(options: WalletHttpOptions): WalletHttp {
  const { fetch, allowLoopback = false, timeoutSeconds = TIMEOUT_SECONDS } = options
  const address = (text: string): URL => readAddress(text, allowLoopback)
  return {
    address,
    async request(request) {
      const { origin } = address(request.url)
      const signal = AbortSignal.timeout(timeoutSeconds * 1000)
      try {
        return await readAnswer(await fetch(request.url, initOf(request, signal)), request)
      } catch (cause) {
        if (cause instanceof ZerocardError) throw cause
        const trouble = signal.aborted ? 'did not answer in time' : 'cannot be reached'
        throw new ZerocardError('FETCH_FAILED', `${origin} ${trouble}`, { cause })
      }
    },
  }
}

/** The same, for an answer in JSON. */
export async function requestJson(
  http: WalletHttp,
  request: Omit<WalletRequest, 'types'> & Partial<Pick<WalletRequest, 'types'>>,
): Promise<unknown> {
  const text = await http.request({ types: [JSON_TYPE], ...request })
  return parseJson(text, 'FETCH_FAILED', `the answer of ${http.address(request.url).origin}`)
}

/** True for `http:` and `https:` addresses of this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname)
}

function readAddress(text: string, allowLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new ZerocardError('ADDRESS_REFUSED', 'an address is not a URL')
  const isAllowed =
    url.protocol === 'https:' || (url.protocol === 'http:' && allowLoopback && isLoopback(url))
  if (!isAllowed) {
    throw new ZerocardError('ADDRESS_REFUSED', `${url.origin}: expected an https address`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ZerocardError('ADDRESS_REFUSED', `${url.origin}: an address names a user`)
  }
  return url
}

function initOf(request: WalletRequest, signal: AbortSignal): RequestInit {
  const { types, body, headers, cache = 'no-store' } = request
  const { method = body === undefined ? 'GET' : 'POST' } = request
  return {
    method,
    // A browser would send the person's own list of languages, the same to everybody, and often rare.
    headers: { accept: types[0], 'accept-language': '*', ...headers },
    ...(body === undefined ? {} : { body }),
    redirect: 'error',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    cache,
    signal,
  }
}

async function readAnswer(response: Response, request: WalletRequest): Promise<string> {
  const { types, maxBytes = MAX_ANSWER_BYTES } = request
  const { origin } = new URL(request.url)
  if (response.redirected) throw failed(`${origin} sent the request on to another address`)
  if (response.status !== 200) throw await refusalOf(response, origin)
  if (!types.includes(mediaType(response))) {
    await response.body?.cancel()
    throw failed(`${origin} answered something else than ${types[0]}`)
  }
  return readText(response, maxBytes, origin)
}

/** Stops as soon as there is more than wanted, whatever the headers said. */
async function readText(response: Response, maxBytes: number, origin: string): Promise<string> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const part = await reader?.read()
    if (part?.value === undefined) break
    length += part.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw failed(`${origin} answered more than ${maxBytes} bytes`)
    }
    parts.push(part.value)
  }
  return fromUtf8(concatBytes(...parts))
}

/** The type without its parameters; another character set than UTF-8 makes it no known type. */
function mediaType(response: Response): string {
  const header = response.headers.get('content-type') ?? ''
  return /^([a-z0-9.+/-]+)( *; *charset="?utf-8"?)?$/i.exec(header)?.[1]?.toLowerCase() ?? ''
}

const refusalJson = z.object({ code: z.optional(z.unknown()), error: z.optional(z.unknown()) })

/**
 * A service's own code counts if it is one of the list and not about the wallet; its words are never
 * shown as ours.
 */
async function refusalOf(response: Response, origin: string): Promise<ZerocardError> {
  const status = response.status
  const unclear = failed(`${origin} answered with status ${status}`)
  if (![JSON_TYPE, PROBLEM_TYPE].includes(mediaType(response))) {
    await response.body?.cancel()
    return unclear
  }
  const text = await readText(response, MAX_ANSWER_BYTES, origin)
  const refusal = refusalJson.safeParse(parseJson(text, 'FETCH_FAILED', `the answer of ${origin}`))
  if (!refusal.success) return unclear
  const { code, error } = refusal.data
  if (isErrorCode(code) && !OWN_CODES.includes(code)) return refused(code, origin)
  return status < 500 && typeof error === 'string' ? refused('INPUT_INVALID', origin) : unclear
}

function refused(code: ErrorCode, origin: string): ZerocardError {
  return new ZerocardError(code, `${origin} refused the request: ${code}`)
}

function failed(message: string): ZerocardError {
  return new ZerocardError('FETCH_FAILED', message)
}
