import { randomName } from './secrets.ts'
import type { Session } from './session.ts'
import type { DeliveryRow } from './tables.ts'

export const SESSION_EVENTS = ['session.verified', 'session.rejected', 'session.expired'] as const
export type SessionEvent = (typeof SESSION_EVENTS)[number]

/** Who is told that sessions have ended. */
export interface WebhookTarget {
  readonly url: string
  readonly events: readonly SessionEvent[]
}

/**
 * The messages about the end of a session, to be written in the transaction that ends it. They say
 * that it ended and how; what was learned is told to whoever has the session's token.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @param error - The code of a rejection.
 */
export function deliveriesOf(
  targets: readonly WebhookTarget[],
  type: SessionEvent,
  { id: session, policy, flow }: Pick<Session, 'id' | 'policy'> & { readonly flow: string },
  now: number,
  error?: string,
): DeliveryRow[] {
  const status = type.slice('session.'.length)
  const data = { session, policy, flow, status, ...(error === undefined ? {} : { error }) }
  const body = JSON.stringify({ type, timestamp: new Date(now * 1000).toISOString(), data })
  return targets
    .filter(({ events }) => events.includes(type))
    .map(({ url: target }) => ({
      id: `msg_${randomName()}`,
      target,
      body,
      attempts: 0,
      next_at: now,
      created_at: now,
      done_at: null,
    }))
}
