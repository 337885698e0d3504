import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { challengeText } from '../../core/result-token.ts'
import { parseShortCode, spokenCode } from '../../core/short-code.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { OpenVerifier } from './open-verifier.ts'
import type { AskingPage } from './session-desk.ts'
import {
  codeQuery,
  createdSession,
  nameParams,
  policyId,
  question,
  tokenOf,
} from './site-routes.ts'

// What a page calls that asks by itself, and what follows from it: the code that people type, and
// the result that the page hands to its site's server.

/** Pages that may ask without a token of their site's server. */
export interface PageOrigin {
  readonly origin: string
  /** Ids of policies that these pages may ask; by default all. */
  readonly policies?: readonly string[]
  /**
   * Paths that wallets may lead back to in the same-device flow, like `/shop`; by default all. A
   * path that redirects elsewhere takes the response code along.
   */
  readonly returnPaths?: readonly string[]
}

/** Of one address, in a minute. A page asks about every five minutes. */
const SESSIONS_PER_MINUTE = 60
/** People type slowly; whoever guesses has 40 bits to guess, for a link that says little. */
const CODES_PER_MINUTE = 20

const pageQuestion = z.extend(question, { challenge: z.optional(challengeText) })

const pageSession = z.extend(createdSession, {
  /** Seconds that are left: the page's clock may be wrong. */
  expiresIn: z.int().check(z.nonnegative()),
  shortCode: z.optional(z.string()),
})

const resultKeys = z.strictObject({ keys: z.array(z.looseObject({ kid: z.string() })) })

export function pageRoutes(verifier: OpenVerifier, pages: readonly PageOrigin[]): Route[] {
  const { sessions } = verifier
  return [
    route({
      method: 'post',
      path: '/v1/page-sessions',
      access: 'anyone',
      pageOrigins: pages.map(({ origin }) => origin),
      perMinute: SESSIONS_PER_MINUTE,
      summary: "Ask a question from a page, without its site's server",
      shapes: { body: pageQuestion },
      bodyType: 'json',
      answers: { 201: { description: 'It can be answered now', schema: pageSession } },
      handle: async (request) => {
        const { policy, flow, returnTo, challenge } = request.body
        const asking = askingPage(pages, request.header('origin'), policy)
        const page = { ...asking, challenge }
        const session = await sessions.create({ policy, flow, returnTo, page })
        const { shortCode, ...created } = session
        const spoken = shortCode === undefined ? {} : { shortCode: spokenCode(shortCode) }
        const expiresIn = Math.max(0, session.expiresAt - verifier.now())
        return { status: 201, json: { ...created, ...spoken, expiresIn } }
      },
    }),
    route({
      method: 'get',
      path: '/v1/sessions/:id/result',
      access: 'bearer',
      isCrossOrigin: true,
      summary: "A verified session's result, signed, for the site's server",
      shapes: { params: nameParams, query: codeQuery },
      answers: { 200: { description: 'A result token', type: 'application/jwt' } },
      handle: async ({ params, query, bearer }) => ({
        text: await sessions.result(params.id, tokenOf(bearer), query.responseCode),
        headers: { 'content-type': 'application/jwt' },
      }),
    }),
    route({
      method: 'get',
      path: '/v1/result-keys',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The keys that sign result tokens (RFC 7517)',
      shapes: {},
      answers: { 200: { description: 'The keys', schema: resultKeys } },
      handle: () => ({ json: { keys: verifier.resultKeys } }),
    }),
    route({
      method: 'get',
      path: '/v1/codes/:code',
      access: 'anyone',
      isCrossOrigin: true,
      perMinute: CODES_PER_MINUTE,
      summary: 'The wallet link behind a code that somebody typed',
      shapes: { params: z.strictObject({ code: z.string().check(z.maxLength(40)) }) },
      answers: {
        200: {
          description: 'Where the question is',
          schema: z.strictObject({ walletLink: z.string() }),
        },
      },
      handle: async ({ params }) => ({
        json: { walletLink: await sessions.linkOfCode(parseShortCode(params.code)) },
      }),
    }),
  ]
}

/** Browsers set `Origin` themselves; other programs can set it too, and gain nothing by it. */
function askingPage(
  pages: readonly PageOrigin[],
  origin: string | undefined,
  policy: z.output<typeof policyId>,
): Pick<AskingPage, 'origin' | 'returnPaths'> {
  const page = pages.find((one) => one.origin === origin)
  if (page === undefined) {
    throw new ZerocardError('FORBIDDEN', 'pages of this origin may not ask here: see pageOrigins')
  }
  if (page.policies?.includes(policy) === false) {
    throw new ZerocardError('FORBIDDEN', 'pages of this origin may not ask this policy')
  }
  return { origin: page.origin, returnPaths: page.returnPaths }
}
