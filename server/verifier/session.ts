import type { Day } from '../../core/dates.ts'
import type { SessionRow } from './tables.ts'

/**
 * Where the wallet is: in the browser that asks, or elsewhere, as on a phone that scanned a code.
 * `counter`: on a phone in front of a clerk, who scans its answer. `direct`: no wallet protocol, the
 * answer is brought by the caller itself.
 */
export type Flow = WalletFlow | 'counter' | 'direct'

/** Those in which wallets send their answer. */
export type WalletFlow = 'same-device' | 'cross-device'

export type SessionStatus = 'pending' | 'verified' | 'rejected' | 'expired'

/** A question a verifier has put, as it is kept. Times are seconds since 1970-01-01 UTC. */
export interface Session {
  readonly id: string
  readonly tokenHash?: string
  /** Random; answers are bound to it. */
  readonly nonce: string
  readonly audience: string
  readonly policy: string
  readonly policyHash: string
  readonly flow: Flow
  readonly returnTo?: string
  readonly createdAt: number
  readonly expiresAt: number
  /** When it got its answer; no second one is accepted. */
  readonly answeredAt?: number
  /** `pending` also of one whose time has passed: see {@link statusAt}. */
  readonly status: SessionStatus
  /** Answers that were refused. */
  readonly attempts: number
  /** Code of the last refusal, or the wallet's own word. */
  readonly error?: string
  readonly responseCodeHash?: string
  readonly asOf?: Day
  readonly pseudonym?: bigint
  readonly isReturning?: boolean
  readonly result?: string
  readonly resultKey?: string
  readonly encryptionKey?: string
  /** Origin of the page that began it without its site's server. */
  readonly pageOrigin?: string
  /** What that page wants to find in the result. */
  readonly challenge?: string
  /** For people to type. */
  readonly shortCode?: string
}

export function statusAt({ status, expiresAt }: Session, now: number): SessionStatus {
  return status === 'pending' && now >= expiresAt ? 'expired' : status
}

export function sessionToRow(session: Session): SessionRow {
  return {
    id: session.id,
    token_hash: session.tokenHash ?? null,
    nonce: session.nonce,
    audience: session.audience,
    policy: session.policy,
    policy_hash: session.policyHash,
    flow: session.flow,
    return_to: session.returnTo ?? null,
    created_at: session.createdAt,
    expires_at: session.expiresAt,
    answered_at: session.answeredAt ?? null,
    ends_at: session.answeredAt ?? session.expiresAt,
    status: session.status,
    attempts: session.attempts,
    error: session.error ?? null,
    response_code_hash: session.responseCodeHash ?? null,
    as_of: session.asOf ?? null,
    pseudonym: session.pseudonym === undefined ? null : String(session.pseudonym),
    is_returning: session.isReturning === undefined ? null : Number(session.isReturning),
    result: session.result ?? null,
    result_key: session.resultKey ?? null,
    encryption_key: session.encryptionKey ?? null,
    page_origin: session.pageOrigin ?? null,
    challenge: session.challenge ?? null,
    short_code: session.shortCode ?? null,
  }
}

export function sessionFromRow(row: SessionRow): Session {
  return {
    id: row.id,
    nonce: row.nonce,
    audience: row.audience,
    policy: row.policy,
    policyHash: row.policy_hash,
    flow: row.flow as Flow,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    status: row.status as SessionStatus,
    attempts: row.attempts,
    ...present('tokenHash', row.token_hash),
    ...present('returnTo', row.return_to),
    ...present('answeredAt', row.answered_at),
    ...present('error', row.error),
    ...present('responseCodeHash', row.response_code_hash),
    ...present('asOf', row.as_of),
    ...present('pseudonym', row.pseudonym === null ? null : BigInt(row.pseudonym)),
    ...present('isReturning', row.is_returning === null ? null : row.is_returning === 1),
    ...present('result', row.result),
    ...present('resultKey', row.result_key),
    ...present('encryptionKey', row.encryption_key),
    ...present('pageOrigin', row.page_origin),
    ...present('challenge', row.challenge),
    ...present('shortCode', row.short_code),
  }
}

function present<K extends string, T>(name: K, value: T | null): Partial<Record<K, T>> {
  return value === null ? {} : ({ [name]: value } as Record<K, T>)
}
