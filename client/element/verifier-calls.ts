import { isToken, readPageSession, readStanding } from './page-session.ts'
import type { PageFlow, PageSession, Standing } from './page-session.ts'
import { readEvents } from './event-stream.ts'
import { Trouble } from './trouble.ts'

/** What a page asks. */
export interface PageQuestion {
  /** Id of a policy, like `over-18@1`. */
  readonly policy: string
  readonly flow: PageFlow
  /** Where the wallet leads back to; in the same-device flow. */
  readonly returnTo?: string
  /** The site's own nonce, found again in the token. */
  readonly challenge?: string
}

/** What opens a session's result. */
export interface SessionKey {
  readonly id: string
  readonly token: string
  /** Brought back by the wallet, in the same-device flow. */
  readonly code?: string
}

/** Milliseconds until an answer must be there. */
const PATIENCE = 15_000
/** Characters of the longest answer that is read. */
const MAX_ANSWER = 64 * 1024

type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Calls one verifier, as a page of another origin may: no cookies, no referrer, no redirects. */
export class VerifierCalls {
  readonly #origin: string
  readonly #fetch: Fetch

  constructor(origin: string, fetch: Fetch = (url, init) => globalThis.fetch(url, init)) {
    this.#origin = origin
    this.#fetch = fetch
  }

  /** @throws Trouble */
  async begin(question: PageQuestion, signal: AbortSignal): Promise<PageSession> {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(question) }
    return readPageSession(await this.#json('/v1/page-sessions', init, signal))
  }

  /** @throws Trouble */
  async look(key: SessionKey, signal: AbortSignal): Promise<Standing> {
    return readStanding(await this.#json(pathOf(key), { headers: bearerOf(key) }, signal))
  }

  /**
   * Listens until the session ends, the verifier hangs up or `signal` says to stop.
   *
   * @returns The last that was heard; `pending` if that was nothing new.
   * @throws Trouble
   */
  async listen(key: SessionKey, signal: AbortSignal): Promise<Standing> {
    const headers = { ...bearerOf(key), accept: 'text/event-stream' }
    const response = await this.#ask(pathOf(key, '/events'), { headers }, signal)
    let last: Standing = { status: 'pending' }
    for await (const data of readEvents(response)) {
      last = readStanding(parse(data))
      if (last.status !== 'pending') break
    }
    return last
  }

  /** The signed result of a session that was verified. @throws Trouble */
  async result(key: SessionKey, signal: AbortSignal): Promise<string> {
    const path = pathOf(key, '/result')
    const text = await this.#text(path, { headers: bearerOf(key) }, signal)
    if (!isToken(text)) throw new Trouble('mistake')
    return text
  }

  async #json(path: string, init: RequestInit, signal: AbortSignal): Promise<unknown> {
    return parse(await this.#text(path, init, signal))
  }

  async #text(path: string, init: RequestInit, signal: AbortSignal): Promise<string> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
    const response = await this.#ask(path, init, patience)
    const text = await response.text().catch((cause: unknown) => {
      throw new Trouble('away', { cause })
    })
    if (text.length > MAX_ANSWER) throw new Trouble('mistake')
    return text
  }

  async #ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const response = await this.#fetch(`${this.#origin}${path}`, {
      ...init,
      signal,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    }).catch((cause: unknown) => {
      throw new Trouble('away', { cause })
    })
    if (response.ok) return response
    await response.body?.cancel()
    throw new Trouble(kindOf(response.status))
  }
}

function pathOf({ id, code }: SessionKey, action = ''): string {
  const query = code === undefined ? '' : `?responseCode=${encodeURIComponent(code)}`
  return `/v1/sessions/${encodeURIComponent(id)}${action}${query}`
}

function bearerOf({ token }: SessionKey): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

function kindOf(status: number): Trouble['kind'] {
  if (status >= 500) return 'away'
  if (status === 429) return 'busy'
  return status === 404 || status === 410 ? 'ended' : 'mistake'
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new Trouble('mistake', { cause })
  }
}
