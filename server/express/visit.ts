import { ZerocardError } from '../../core/errors.ts'
import type { SessionDesk, SessionView } from '../verifier/session-desk.ts'
import { GateCookie } from './cookie.ts'
import type { BrowserSession, GateFlow } from './cookie.ts'

/** A question that a browser was asked, and how it stands. */
export interface Asked {
  readonly own: BrowserSession
  readonly view: SessionView
}

/** What a browser was asked by the gate of a policy, by where the wallet is. */
export type Visit = { readonly [flow in GateFlow]?: Asked }

/** @param cookies - The request's `cookie` header. */
export async function visitOf(
  sessions: SessionDesk,
  policy: string,
  cookies: string | undefined,
  isHttps: boolean,
): Promise<Visit> {
  const visit: { [flow in GateFlow]?: Asked } = {}
  for (const flow of ['same-device', 'cross-device'] as const) {
    const own = new GateCookie(policy, flow, isHttps).read(cookies)
    const view = own && (await viewOf(sessions, own, { policy, flow }))
    if (own !== undefined && view !== undefined) visit[flow] = { own, view }
  }
  return visit
}

/**
 * The question that was answered well, if one was.
 *
 * @param after - Only later than this, seconds since 1970-01-01 UTC.
 */
export function verifiedOf(visit: Visit, after = -Infinity): SessionView | undefined {
  return Object.values(visit)
    .map(({ view }) => view)
    .find(({ status, verifiedAt = 0 }) => status === 'verified' && verifiedAt > after)
}

async function viewOf(
  sessions: SessionDesk,
  { id, token, code }: BrowserSession,
  { policy, flow }: { readonly policy: string; readonly flow: GateFlow },
): Promise<SessionView | undefined> {
  try {
    const session = await sessions.find(id, token)
    // What somebody answered to a clerk, or to a page that asks by itself, is for these alone: whoever
    // has such a session's token could bring it here as their own.
    const isOfGate = session.flow === flow && session.pageOrigin === undefined
    if (session.policy !== policy || !isOfGate) return undefined
    return await sessions.describe(session, token, code)
  } catch (error) {
    // An old cookie is no cookie.
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}
