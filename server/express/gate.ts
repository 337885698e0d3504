import type { Request, RequestHandler, Response } from 'express'
import type { AttributeValue } from '../../core/attribute.ts'
import { ZerocardError } from '../../core/errors.ts'
import { PROBLEM_TYPE } from '../http/problem.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import type { CreatedSession, SessionView } from '../verifier/session-desk.ts'
import { readCookie, writeCookie } from './cookie.ts'
import type { BrowserSession } from './cookie.ts'
import { PAGE_HEADERS, gatePage } from './gate-page.ts'
import { mountedIn } from './mount.ts'

/** What was proven by whoever makes a request. */
export interface Eligibility {
  /** Id of the policy, like `over-18@1`. */
  readonly policy: string
  /** The day the proof speaks of, like `2026-11-22`. */
  readonly asOf: string
  /** Seconds since 1970-01-01 UTC. */
  readonly verifiedAt: number
  /** The holder's name here, if the policy asks for one: 43 characters of base64url. */
  readonly pseudonym?: string
  /** Whether that name was seen before. */
  readonly isReturning?: boolean
  /** Attributes that the policy openly asks for. */
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
}

declare global {
  // express' own way to say what a middleware adds to requests.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** Set on every request that {@link requireProof} lets through. */
      eligibility: Eligibility
    }
  }
}

export interface GateOptions {
  /** Seconds that a proof opens the route for the browser that gave it; by default 900. */
  readonly maxAge?: number
}

const MAX_AGE = 900

/**
 * Lets a request pass if its browser has proven what a policy asks; shows how to prove it if not.
 * Programs that do not ask for a page get a 401 problem.
 *
 * @param policy - Id of a policy of the verifier that `zerocard()` opened.
 * @throws TypeError, when a request comes, if `zerocard()` is not in front of the route.
 */
export function requireProof(
  policy: string,
  { maxAge = MAX_AGE }: GateOptions = {},
): RequestHandler {
  return async (request, response, next) => {
    const { verifier, clock, isHttps } = mountedIn(response)
    const own = readCookie(request.get('cookie'), policy, isHttps)
    const view = own && (await viewOf(verifier, own, policy))
    if (view?.status === 'verified' && clock() < (view.verifiedAt ?? 0) + maxAge) {
      request.eligibility = eligibilityOf(view)
      next()
      return
    }
    response.set({ 'cache-control': 'no-store', vary: 'accept, cookie' })
    if (wantsPage(request)) await showPage(request, response, policy, own, view)
    else refuse(response, policy)
  }
}

async function viewOf(
  verifier: OpenVerifier,
  { id, token, code }: BrowserSession,
  policy: string,
): Promise<SessionView | undefined> {
  try {
    const view = await verifier.sessions.view(id, token, code)
    return view.policy === policy ? view : undefined
  } catch (error) {
    // An old cookie is no cookie.
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function eligibilityOf(view: SessionView): Eligibility {
  const { policy, asOf = '', verifiedAt = 0, pseudonym, isReturning, disclosed } = view
  return {
    policy,
    asOf,
    verifiedAt,
    ...(pseudonym === undefined ? {} : { pseudonym }),
    ...(isReturning === undefined ? {} : { isReturning }),
    ...(disclosed === undefined ? {} : { disclosed }),
  }
}

function wantsPage(request: Request): boolean {
  return request.method === 'GET' && request.accepts(['json', 'html']) === 'html'
}

function refuse(response: Response, policy: string): void {
  const detail = `this needs a proof of ${policy}`
  response
    .status(401)
    .set('www-authenticate', `zerocard policy="${policy}"`)
    .type(PROBLEM_TYPE)
    .send(
      JSON.stringify({
        type: 'urn:zerocard:error:PROOF_REQUIRED',
        title: 'Unauthorized',
        status: 401,
        code: 'PROOF_REQUIRED',
        detail,
        policy,
      }),
    )
}

/** The page asks on another device; a session that is still open is asked again. */
async function showPage(
  request: Request,
  response: Response,
  policy: string,
  own: BrowserSession | undefined,
  view: SessionView | undefined,
): Promise<void> {
  const { verifier, isHttps, displayName } = mountedIn(response)
  const { sentence } = await verifier.policy(policy)
  const isOpen = own !== undefined && view?.status === 'pending'
  const session = isOpen
    ? { ...own, walletLink: verifier.sessions.walletLink(own.id) }
    : await begin(verifier, policy)
  if (!isOpen) response.append('set-cookie', writeCookie(policy, session, isHttps))
  response
    .status(401)
    .set(PAGE_HEADERS)
    .send(
      gatePage({
        policy,
        sentence,
        displayName,
        path: request.originalUrl,
        walletLink: session.walletLink,
        wasRefused: view?.status === 'rejected',
      }),
    )
}

function begin(verifier: OpenVerifier, policy: string): Promise<CreatedSession> {
  return verifier.sessions.create({ policy, flow: 'cross-device' })
}
