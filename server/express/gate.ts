import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import type { AttributeValue } from '../../core/attribute.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { Language } from '../../core/policy/languages/languages.ts'
import { PROBLEM_TYPE, RETRY_AFTER, problemOf } from '../http/problem.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import type { CreatedSession, SessionView } from '../verifier/session-desk.ts'
import { GateCookie } from './cookie.ts'
import { PAGE_HEADERS, gatePage } from './gate-page.ts'
import { mountedIn } from './mount.ts'
import { verifiedOf, visitOf } from './visit.ts'
import type { Visit } from './visit.ts'

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
  /** In which language a visitor is asked; by default the one that the browser prefers. */
  readonly language?: (request: Request) => Language
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
  { maxAge = MAX_AGE, language = preferredLanguage }: GateOptions = {},
): RequestHandler {
  return async (request, response, next) => {
    const { verifier, clock, isHttps } = mountedIn(response)
    const visit = await visitOf(verifier.sessions, policy, request.get('cookie'), isHttps)
    const view = verifiedOf(visit, clock() - maxAge)
    if (view !== undefined) {
      request.eligibility = eligibilityOf(view)
      // No cache may show to others what was opened here; the route may say otherwise.
      response.set('cache-control', 'private, no-cache').vary('cookie')
      next()
      return
    }
    response.set({ 'cache-control': 'no-store', vary: 'accept, accept-language, cookie' })
    if (wantsPage(request)) {
      await showPage(request, response, policy, language(request), visit).catch(
        (error: unknown) => {
          tellTrouble(response, error)
        },
      )
    } else refuse(response, policy)
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
  language: Language,
  visit: Visit,
): Promise<void> {
  const { verifier, isHttps, displayName, limit } = mountedIn(response)
  await passed(limit, request, response)
  const { sentence } = await verifier.policy(policy, language)
  const before = visit['cross-device']
  const isOpen = before?.view.status === 'pending'
  const session = isOpen ? before.own : await begin(verifier, policy)
  if (!isOpen) {
    const cookie = new GateCookie(policy, 'cross-device', isHttps)
    response.append('set-cookie', cookie.write(session))
  }
  if (visit['same-device']?.view.status === 'rejected') {
    response.append('set-cookie', new GateCookie(policy, 'same-device', isHttps).clear())
  }
  response
    .status(401)
    .set(PAGE_HEADERS)
    .send(
      gatePage({
        policy,
        language,
        sentence,
        displayName,
        path: ownPath(request.originalUrl),
        walletLink: verifier.sessions.walletLink(session.id),
        wasRefused: Object.values(visit).some(({ view }) => view.status === 'rejected'),
      }),
    )
}

/** Any Chinese is more like ours than English is. */
export function preferredLanguage(request: Request): Language {
  const known = request.acceptsLanguages().find((tag) => /^(zh|en)\b/i.test(tag))
  return known !== undefined && /^zh\b/i.test(known) ? 'zh-Hans' : 'en'
}

/** Lets a handler judge the request first. */
function passed(handler: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void handler(request, response, (error?: unknown) => {
      if (error === undefined) resolve()
      else reject(error instanceof Error ? error : new Error('refused'))
    })
  })
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
