import type { SessionKey } from './verifier-calls.ts'

// Away to the wallet and back, in one tab: what has to be remembered meanwhile, and what the wallet
// brings. Kept for this tab alone, and forgotten as soon as it is looked at.

/** Whose question the tab left with. */
export interface Departure {
  readonly verifier: string
  readonly policy: string
  /** The `id` of the element, where a page has several. */
  readonly element: string
}

const KEY = 'zerocard:departure'

/** As verifiers make it. */
const CODE = /^[A-Za-z0-9_-]{22}$/

/** Remembers a session until the wallet leads back. */
export function keepDeparture(departure: Departure, { id, token }: SessionKey): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ ...departure, id, token }))
  } catch {
    // Without storage the wallet can answer, and the page asks again.
  }
}

/** The session that this tab left with, if it was for this question; it is given once. */
export function takeDeparture({ verifier, policy, element }: Departure): SessionKey | undefined {
  const kept = readDeparture()
  const isOurs =
    kept?.['verifier'] === verifier && kept['policy'] === policy && kept['element'] === element
  const { id, token } = kept ?? {}
  if (!isOurs || typeof id !== 'string' || typeof token !== 'string') return undefined
  sessionStorage.removeItem(KEY)
  const code = takeCode()
  return code === undefined ? { id, token } : { id, token, code }
}

/** Whether the wallet has put something into the address. */
export function hasReturned(): boolean {
  return codeIn(location.hash) !== undefined
}

/** Takes the code out of the address, so that nobody copies it with the link. */
function takeCode(): string | undefined {
  const code = codeIn(location.hash)
  if (code !== undefined) {
    history.replaceState(history.state, '', `${location.pathname}${location.search}`)
  }
  return code
}

function codeIn(hash: string): string | undefined {
  const code = new URLSearchParams(hash.slice(1)).get('responseCode')
  return code !== null && CODE.test(code) ? code : undefined
}

function readDeparture(): Readonly<Record<string, unknown>> | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as unknown
    return typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
