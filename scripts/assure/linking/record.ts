import { createWalletHttp } from '../../../client/http.ts'
import type { Fetch, WalletHttp } from '../../../client/http.ts'
import type { ServiceName, Town } from './town.ts'

// What the services get of a wallet: every request as the wallet's code hands it to the browser, and
// what was answered. What a browser adds by itself (its own headers, the connection) is its
// fingerprint, not the wallet's.

/** One request, with whom it came from: the audit knows, the services do not. */
export interface Exchange {
  readonly holder: number
  /** What the wallet was doing, like `visit-3`; see `episodes` in holder.ts. */
  readonly episode: string
  readonly service: ServiceName
  /** Seconds since 1970-01-01 UTC, by the services' clocks. */
  readonly at: number
  readonly method: string
  readonly url: string
  /** In the order in which they were given. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly status: number
  readonly answer: string
  /** As the service logs it. */
  readonly requestId: string
}

/** What a leak changes of a request and its answer; see leaks.ts. */
export type Tampering = (send: Fetch) => Fetch

/** All exchanges of a town, in the order in which they happened. */
export class Transcript {
  readonly exchanges: Exchange[] = []
  readonly #town: Town

  constructor(town: Town) {
    this.#town = town
  }

  /** The way of one wallet to the network. */
  http(holder: number, episode: () => string, tampering?: Tampering): WalletHttp {
    const recorded = this.#recorded(holder, episode)
    const fetch = tampering === undefined ? recorded : tampering(recorded)
    return createWalletHttp({ fetch, allowLoopback: true })
  }

  #recorded(holder: number, episode: () => string): Fetch {
    return async (url, init) => {
      const body = init.body === undefined || init.body === null ? '' : textOf(init.body)
      const response = await globalThis.fetch(url, init)
      const answer = await response.clone().text()
      this.exchanges.push({
        holder,
        episode: episode(),
        service: this.#town.serviceAt(url),
        at: this.#town.clock.now,
        method: init.method ?? 'GET',
        url,
        headers: Object.entries((init.headers ?? {}) as Readonly<Record<string, string>>),
        body,
        status: response.status,
        answer,
        requestId: response.headers.get('x-request-id') ?? '',
      })
      return response
    }
  }
}

function textOf(body: RequestInit['body']): string {
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('a wallet sends texts and forms')
}
