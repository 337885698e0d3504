import type { WalletFlow } from '../verifier/session.ts'

// Which questions a browser was asked by the gate of a policy. A cookie holds what opens a session's
// result, and nothing about the person; scripts of the page cannot read it.

/** Where the wallet is: in this browser, or elsewhere. Each has a question of its own. */
export type GateFlow = WalletFlow

/** A browser's session for one policy. */
export interface BrowserSession {
  readonly id: string
  readonly token: string
  /** Brought back by the wallet, in the same-device flow. */
  readonly code?: string
}

const PART = /^[A-Za-z0-9_-]{1,200}$/

/** Seconds that a browser keeps it; the server judges how long the result counts. */
const MAX_AGE = 86_400

/** The cookies of one gate; those of another policy or another flow have other names. */
export class GateCookie {
  readonly #name: string
  readonly #isHttps: boolean

  constructor(policy: string, flow: GateFlow, isHttps: boolean) {
    // A name with this prefix is only ever set by this very host, over https (RFC 6265bis, 4.1.3.2).
    this.#name = `${isHttps ? '__Host-' : ''}zerocard-${policy.replace('@', '.')}-${flow}`
    this.#isHttps = isHttps
  }

  /** @param header - The request's `cookie`. */
  read(header: string | undefined): BrowserSession | undefined {
    for (const pair of (header ?? '').split(';')) {
      const at = pair.indexOf('=')
      if (pair.slice(0, at).trim() !== this.#name) continue
      const value = pair.slice(at + 1).trim()
      const [id = '', token = '', code, ...rest] = value.split('.')
      const parts = code === undefined ? [id, token] : [id, token, code]
      if (rest.length > 0 || !parts.every((part) => PART.test(part))) return undefined
      return code === undefined ? { id, token } : { id, token, code }
    }
    return undefined
  }

  /** The `set-cookie` that keeps a session. */
  write({ id, token, code }: BrowserSession): string {
    return this.#set([id, token, ...(code === undefined ? [] : [code])].join('.'), MAX_AGE)
  }

  /** The `set-cookie` that forgets it. */
  clear(): string {
    return this.#set('', 0)
  }

  #set(value: string, maxAge: number): string {
    const attributes = [
      `${this.#name}=${value}`,
      'Path=/',
      `Max-Age=${String(maxAge)}`,
      'HttpOnly',
      // Sent when the wallet leads back here, and not with requests that other sites make.
      'SameSite=Lax',
      ...(this.#isHttps ? ['Secure'] : []),
    ]
    return attributes.join('; ')
  }
}
