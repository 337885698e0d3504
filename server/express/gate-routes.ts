import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { route } from '../http/route.ts'
import type { Route, RouteRequest } from '../http/route.ts'
import type { OpenVerifier } from '../verifier/open-verifier.ts'
import { GateCookie } from './cookie.ts'
import { policyId } from '../verifier/site-routes.ts'
import { GATE_PATH, RETURN_HEADERS, returnPage } from './gate-page.ts'
import { verifiedOf, visitOf } from './visit.ts'

const policy = z.string().check(z.maxLength(100))
/** Below this origin, so that nobody can use the site to lead people elsewhere. */
const path = z
  .string()
  .check(z.maxLength(2_000), z.regex(/^\/(?![/\\])[\x21-\x7e]*$/, 'expected a path of this site'))

/** Characters of an address that wallets lead back to; the code and its name need 36. */
const MAX_RETURN = 2_000 - 36

/** As `randomCode` makes it: it goes into a cookie. */
const responseCode = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/))

/** What the page of a gate calls. All of it is for the browser whose cookie comes along. */
export function gateRoutes(verifier: OpenVerifier, origin: string): Route[] {
  const isHttps = origin.startsWith('https:')
  return [
    route({
      method: 'post',
      path: `${GATE_PATH}/open`,
      access: 'anyone',
      summary: 'Begin in the same browser: leads to the wallet',
      shapes: { body: z.strictObject({ policy, path }) },
      bodyType: 'form',
      answers: { 303: { description: 'To the wallet' } },
      handle: async (request) => {
        assertOwnPage(request)
        const { body } = request
        const returnTo = returnAddress(origin, body)
        const session = await verifier.sessions.create({
          policy: body.policy,
          flow: 'same-device',
          returnTo,
        })
        const cookie = new GateCookie(body.policy, 'same-device', isHttps).write(session)
        return { status: 303, headers: { location: session.walletLink, 'set-cookie': cookie } }
      },
    }),
    route({
      method: 'get',
      path: `${GATE_PATH}/return`,
      access: 'anyone',
      summary: 'Where the wallet leads back to: takes its code and goes on',
      shapes: { query: z.strictObject({ policy: policyId, path }) },
      answers: { 200: { description: 'The page', type: 'text/html' } },
      handle: ({ query }) => ({ text: returnPage(query), headers: RETURN_HEADERS }),
    }),
    route({
      method: 'post',
      path: `${GATE_PATH}/code`,
      access: 'anyone',
      summary: 'What the wallet put into the address, back in the browser that began',
      shapes: { body: z.strictObject({ policy, code: responseCode }) },
      bodyType: 'json',
      answers: { 200: { description: 'The result is open to this browser' } },
      handle: async (request) => {
        assertOwnPage(request)
        const { body } = request
        const cookie = new GateCookie(body.policy, 'same-device', isHttps)
        const begun = cookie.read(request.header('cookie'))
        if (begun === undefined) throw askedNothing()
        const own = { ...begun, code: body.code }
        const { status } = await verifier.sessions.view(own.id, own.token, own.code)
        // Before there is an answer every code is let pass, so none is kept.
        if (status !== 'verified') return { json: { status } }
        return { json: { status }, headers: { 'set-cookie': cookie.write(own) } }
      },
    }),
    route({
      method: 'post',
      path: `${GATE_PATH}/status`,
      access: 'anyone',
      summary: 'Whether the answer is there',
      shapes: { body: z.strictObject({ policy }) },
      bodyType: 'json',
      answers: {
        200: { description: 'How it stands', schema: z.strictObject({ status: z.string() }) },
      },
      handle: async (request) => {
        const { body } = request
        const visit = await visitOf(
          verifier.sessions,
          body.policy,
          request.header('cookie'),
          isHttps,
        )
        const view = verifiedOf(visit) ?? visit['cross-device']?.view
        if (view === undefined) throw askedNothing()
        return { json: { status: view.status } }
      },
    }),
  ]
}

/** To the beginning of the site where a wallet would not take the address. */
function returnAddress(
  origin: string,
  going: { readonly policy: string; readonly path: string },
): string {
  const query = new URLSearchParams({ policy: going.policy, path: going.path })
  const whole = `${origin}${GATE_PATH}/return?${query.toString()}`
  return whole.length <= MAX_RETURN ? whole : returnAddress(origin, { ...going, path: '/' })
}

function askedNothing(): ZerocardError {
  return new ZerocardError('NOT_FOUND', 'this browser has asked nothing here')
}

/** Other sites' pages must not begin or end anything in somebody's browser. */
function assertOwnPage({ header }: Pick<RouteRequest, 'header'>): void {
  const from = header('sec-fetch-site')
  if (from === undefined || from === 'same-origin') return
  throw new ZerocardError('FORBIDDEN', 'only pages of this site may ask this')
}
