import { createHash } from 'node:crypto'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { fieldFromText } from '../../core/presentation.ts'
import { jwkJson } from '../../core/trust.ts'
import { route } from '../http/route.ts'
import type { Reply, Route, RouteRequest } from '../http/route.ts'
import type { OfferedList, TrustKeeper } from './keeper.ts'
import { logRoutes } from './log-routes.ts'

/** Who called and what it offers. */
export const OPERATOR_FORMAT = 'zerocard-operator/1'

/** Role of a token that may have the sources looked at. */
export const PUBLISHER = 'publisher'

/** Seconds for which the newest list may be kept without asking. */
const NEWEST_MAX_AGE = 60
/** Seconds in a year, the usual "for ever". */
const FOREVER = 31_536_000

/** Any text but one with NUL, which PostgreSQL does not look for. */
const list = z
  .string()
  .check(z.minLength(1), z.maxLength(200), z.regex(/^[^\0]*$/, 'expected the name of a list'))
/** A field element in a URL. */
const root = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'expected 43 characters'))
const seconds = z.int()

const operatorJson = z.object({
  format: z.literal(OPERATOR_FORMAT),
  operator: z.string(),
  displayName: z.optional(z.string()),
  jwk: jwkJson,
  lists: z.array(
    z.object({
      name: z.string(),
      url: z.string(),
      root: z.optional(z.string()),
      madeAt: z.optional(seconds),
      expiresAt: z.optional(seconds),
      issuers: z.array(z.string()),
      missing: z.array(z.string()),
    }),
  ),
})

const JWT = { 'content-type': 'application/jwt' }

/** The routes that offer trust lists, to everybody. */
export function trustRoutes(keeper: TrustKeeper, displayName?: string): Route[] {
  return [
    ...logRoutes(keeper),
    route({
      method: 'get',
      path: '/trust/:list',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The newest list of this name, signed',
      shapes: { params: z.strictObject({ list }) },
      answers: {
        200: { description: 'A JWS around the list', type: 'application/jwt', schema: z.string() },
        304: { description: 'The list has not changed' },
      },
      handle: async (request) => {
        const { list: name } = request.params
        if (!keeper.names.includes(name)) throw notFound()
        const offered = await keeper.newest(name)
        if (offered === undefined) {
          throw new ZerocardError('UNAVAILABLE', `the trust list ${name} is out of date`)
        }
        const left = offered.expiresAt - keeper.now()
        return signedList(request, offered, `max-age=${Math.min(NEWEST_MAX_AGE, left)}`)
      },
    }),
    route({
      method: 'get',
      path: '/trust/:list/:root',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The list with this root, as it was first signed; it never changes',
      shapes: { params: z.strictObject({ list, root }) },
      answers: {
        200: { description: 'A JWS around the list', type: 'application/jwt', schema: z.string() },
        304: { description: 'It never changes' },
      },
      handle: async (request) => {
        const { list: name, root: text } = request.params
        const offered = await keeper.withRoot(name, fieldFromText(text))
        if (offered === undefined) throw notFound()
        return signedList(request, offered, `max-age=${FOREVER}, immutable`)
      },
    }),
    route({
      method: 'get',
      path: '/.well-known/zerocard-trust',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'Who keeps the lists, with which key, and how they stand',
      shapes: {},
      answers: { 200: { description: 'The operator', schema: operatorJson } },
      handle: async () => ({
        headers: { 'cache-control': `public, max-age=${NEWEST_MAX_AGE}` },
        json: await describeOperator(keeper, displayName),
      }),
    }),
  ]
}

/** For operators of a trust service that stands alone. */
export function refreshRoute(keeper: TrustKeeper): Route {
  const report = z.object({ source: z.string(), outcome: z.string() })
  return route({
    method: 'post',
    path: '/v1/refresh',
    access: [PUBLISHER],
    summary: 'Look at all sources now and make the lists that changed',
    shapes: {},
    answers: {
      200: {
        description: 'What became of each source',
        schema: z.object({ sources: z.array(report) }),
      },
    },
    handle: async () => ({ json: { sources: await keeper.refresh() } }),
  })
}

function signedList(request: RouteRequest, { jws }: OfferedList, caching: string): Reply {
  const etag = `"${createHash('sha256').update(jws).digest('base64url')}"`
  const headers = { etag, 'cache-control': `public, ${caching}` }
  if (isKnown(request.header('if-none-match'), etag)) return { status: 304, headers }
  return { text: jws, headers: { ...headers, ...JWT } }
}

/** RFC 9110, section 13.1.2. */
function isKnown(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

async function describeOperator(
  keeper: TrustKeeper,
  displayName: string | undefined,
): Promise<z.output<typeof operatorJson>> {
  const { operator, jwk } = keeper
  const states = await keeper.states()
  return {
    format: OPERATOR_FORMAT,
    operator,
    ...(displayName === undefined ? {} : { displayName }),
    jwk,
    lists: states.map(({ name, current, issuers, missing }) => ({
      name,
      url: `${operator}/trust/${encodeURIComponent(name)}`,
      ...current,
      issuers: [...issuers],
      missing: [...missing],
    })),
  }
}

function notFound(): ZerocardError {
  return new ZerocardError('NOT_FOUND', 'there is no such trust list here')
}
