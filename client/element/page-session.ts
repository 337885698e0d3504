import { Trouble } from './trouble.ts'

// What the verifier tells a page: read strictly enough that nothing unexpected is ever shown or
// followed. By hand, because a schema library would be half of the element.

/** Where the wallet is. */
export type PageFlow = 'cross-device' | 'same-device'

/** A question that waits for its answer. The token is a secret of this page. */
export interface PageSession {
  readonly id: string
  readonly token: string
  readonly walletLink: string
  /** `ABCD-EFGH-J`; absent on the same device. */
  readonly shortCode?: string
  /** Seconds. */
  readonly expiresIn: number
}

/** How a session stands. */
export interface Standing {
  readonly status: 'pending' | 'verified' | 'rejected' | 'expired'
  /** Code of the last refusal, or the wallet's own word. */
  readonly error?: string
}

const NAME = /^[A-Za-z0-9_-]{1,200}$/
const SPOKEN_CODE = /^[A-Z0-9-]{1,20}$/
/** Characters; a QR code holds less. */
const MAX_LINK = 2_000
/** Seconds; later than this nobody waits. */
const MAX_LIFETIME = 86_400
/** Schemes that run in the page that follows them. */
const SCRIPTS = ['javascript:', 'data:', 'blob:', 'vbscript:']
const STATUSES = ['pending', 'verified', 'rejected', 'expired'] as const

/** @throws Trouble for anything that is no session. */
export function readPageSession(json: unknown): PageSession {
  const { id, token, walletLink, shortCode, expiresIn } = membersOf(json)
  const isSession =
    isNamed(id) &&
    isNamed(token) &&
    isWalletLink(walletLink) &&
    typeof expiresIn === 'number' &&
    expiresIn >= 0 &&
    expiresIn <= MAX_LIFETIME
  if (!isSession) throw new Trouble('mistake')
  const session = { id, token, walletLink, expiresIn }
  if (shortCode === undefined) return session
  if (typeof shortCode !== 'string' || !SPOKEN_CODE.test(shortCode)) throw new Trouble('mistake')
  return { ...session, shortCode }
}

/** @throws Trouble for anything that is no standing. */
export function readStanding(json: unknown): Standing {
  const { status, error } = membersOf(json)
  const known = STATUSES.find((one) => one === status)
  if (known === undefined) throw new Trouble('mistake')
  return typeof error === 'string' ? { status: known, error } : { status: known }
}

/** Whether it is a compact JWS, of a length that a form may carry. */
export function isToken(text: string): boolean {
  return text.length <= 16_384 && /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text)
}

function membersOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null) throw new Trouble('mistake')
  return json as Record<string, unknown>
}

function isNamed(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

function isWalletLink(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_LINK || !URL.canParse(value)) return false
  return !SCRIPTS.includes(new URL(value).protocol)
}
