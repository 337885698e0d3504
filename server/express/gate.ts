import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { AttributeValue } from '../../core/attribute.ts'
import { ZerocardError } from '../../core/errors.ts'
import { PROBLEM_TYPE, RETRY_AFTER, problemOf } from '../http/problem.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import type { CreatedSession, SessionView } from '../verifier/session-desk.ts'
import type { Flow } from '../verifier/session.ts'
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
    const { view, flow } = (own && (await ownSession(verifier, own, policy))) ?? {}
    if (view?.status === 'verified' && clock() < (view.verifiedAt ?? 0) + maxAge) {
      request.eligibility = eligibilityOf(view)
      // No cache may show to others what was opened here; the route may say otherwise.
      response.set('cache-control', 'private, no-cache').vary('cookie')
      next()
      return
    }
    response.set({ 'cache-control': 'no-store', vary: 'accept, cookie' })
    if (wantsPage(request)) {
      await showPage(request, response, policy, own, { view, flow }).catch((error: unknown) => {
        tellTrouble(response, error)
      })
    } else refuse(response, policy)
  }
}

interface OwnSession {
  readonly flow: Flow
  readonly view: SessionView
}

async function ownSession(
  verifier: OpenVerifier,
  { id, token, code }: BrowserSession,
  policy: string,
): Promise<OwnSession | undefined> {
  try {
    const session = await verifier.sessions.find(id, token)
    if (session.policy !== policy) return undefined
    return { flow: session.flow, view: await verifier.sessions.describe(session, token, code) }
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
  { view, flow }: { readonly [K in keyof OwnSession]: OwnSession[K] | undefined },
): Promise<void> {
  const { verifier, isHttps, displayName, limit } = mountedIn(response)
  await new Promise<void>((resolve, reject) => {
    void limit(request, response, (error?: unknown) => {
      if (error === undefined) resolve()
      else reject(error instanceof Error ? error : new Error('refused'))
    })
  })
  const { sentence } = await verifier.policy(policy)
  // A question that was put to the wallet in this browser is not one for a phone.
  const isOpen = own !== undefined && view?.status === 'pending' && flow === 'cross-device'
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
        path: ownPath(request.originalUrl),
        walletLink: session.walletLink,
        wasRefused: view?.status === 'rejected',
      }),
    )
}

/** Browsers read what begins with two slashes as an address of another host. */
function ownPath(url: string): string {
  return `/${url.replace(/^[/\\]+/, '')}`
}

/** Too many visitors are no bug of the site: express' own page would show a stack, and status 500. */
function tellTrouble(response: Response, error: unknown): void {
  if (!(error instanceof ZerocardError)) throw error
  const problem = problemOf(error, randomUUID())
  if (problem.status === 503) response.set('retry-after', String(RETRY_AFTER))
  response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

function begin(verifier: OpenVerifier, policy: string): Promise<CreatedSession> {
  return verifier.sessions.create({ policy, flow: 'cross-device' })
}
