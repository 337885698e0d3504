// Which session of a policy this browser has. The cookie holds what opens the session's result, and
// nothing about the person; scripts of the page cannot read it.

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

/** Policies differ in the cookie's name, so that one does not replace another. */
export function cookieName(policy: string, isHttps: boolean): string {
  // A name with this prefix is only ever set by this very host, over https (RFC 6265bis, 4.1.3.2).
  return `${isHttps ? '__Host-' : ''}zerocard-${policy.replace('@', '.')}`
}

export function readCookie(
  header: string | undefined,
  policy: string,
  isHttps: boolean,
): BrowserSession | undefined {
  const name = cookieName(policy, isHttps)
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (pair.slice(0, at).trim() !== name) continue
    const [id = '', token = '', code, ...rest] = pair
      .slice(at + 1)
      .trim()
      .split('.')
    const parts = code === undefined ? [id, token] : [id, token, code]
    if (rest.length > 0 || !parts.every((part) => PART.test(part))) return undefined
    return code === undefined ? { id, token } : { id, token, code }
  }
  return undefined
}

export function writeCookie(
  policy: string,
  { id, token, code }: BrowserSession,
  isHttps: boolean,
): string {
  const value = [id, token, ...(code === undefined ? [] : [code])].join('.')
  const attributes = [
    `${cookieName(policy, isHttps)}=${value}`,
    'Path=/',
    `Max-Age=${String(MAX_AGE)}`,
    'HttpOnly',
    // Sent when the wallet leads back here, and not with requests that other sites make.
    'SameSite=Lax',
    ...(isHttps ? ['Secure'] : []),
  ]
  return attributes.join('; ')
}
