import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { MAX_PRESENTATION_BYTES } from '../../core/presentation.ts'
import { qrSvg } from '../http/qr.ts'
import { route } from '../http/route.ts'
import type { Reply, Route, RouteRequest } from '../http/route.ts'
import type { SessionEvents } from './events.ts'
import type { OpenVerifier } from './open-verifier.ts'

// What sites and their pages call.

/** Ids, as `randomName` makes them. */
export const nameParams = z.strictObject({ id: z.string().check(z.regex(/^[A-Za-z0-9_-]{32}$/)) })

export const policyId = z
  .string()
  .check(
    z.maxLength(100),
    z.regex(/^[a-z][a-z0-9-]*@[1-9][0-9]*$/, 'expected an id like over-18@1'),
  )

export const question = z.strictObject({
  policy: policyId,
  flow: z.enum(['same-device', 'cross-device']),
  returnTo: z.optional(z.string().check(z.maxLength(2_000))),
})

const siteQuestion = z.union([
  question,
  z.strictObject({ policy: policyId, flow: z.literal('counter') }),
])

/** What a clerk scanned. */
const scanned = z.strictObject({
  presentation: z.string().check(z.minLength(1), z.maxLength(MAX_PRESENTATION_BYTES)),
})

export const codeQuery = z.strictObject({
  responseCode: z.optional(z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/))),
})

const time = z.int().check(z.nonnegative())

export const createdSession = z.strictObject({
  id: z.string(),
  token: z.string(),
  requestUri: z.string(),
  walletLink: z.string(),
  qr: z.string(),
  expiresAt: time,
})

const counterSession = z.strictObject({
  id: z.string(),
  token: z.string(),
  counterCode: z.string(),
  counterQr: z.string(),
  expiresAt: time,
})

const sessionView = z.strictObject({
  id: z.string(),
  status: z.enum(['pending', 'verified', 'rejected', 'expired']),
  policy: policyId,
  expiresAt: time,
  verifiedAt: z.optional(time),
  asOf: z.optional(z.string()),
  pseudonym: z.optional(z.string()),
  isReturning: z.optional(z.boolean()),
  disclosed: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  error: z.optional(z.string()),
})

const policyView = z.strictObject({
  id: policyId,
  policy: z.looseObject({}),
  schemas: z.array(z.looseObject({})),
  trust: z.record(z.string(), z.string()),
  sentence: z.string(),
})

export function siteRoutes(verifier: OpenVerifier, events: SessionEvents): Route[] {
  const { sessions } = verifier
  return [
    route({
      method: 'post',
      path: '/v1/sessions',
      access: ['site'],
      summary: 'Ask a question',
      shapes: { body: siteQuestion },
      bodyType: 'json',
      answers: {
        201: {
          description: 'It can be answered now',
          schema: z.union([createdSession, counterSession]),
        },
      },
      handle: async ({ body }) => ({
        status: 201,
        json: await (body.flow === 'counter'
          ? sessions.createForCounter(body.policy)
          : sessions.create(body)),
      }),
    }),
    route({
      method: 'post',
      path: '/v1/sessions/:id/presentation',
      access: 'bearer',
      summary: 'The answer to a question at a counter, as it was scanned',
      shapes: { params: nameParams, body: scanned },
      bodyType: 'json',
      answers: { 200: { description: 'It was accepted', schema: sessionView } },
      handle: async ({ params, body, bearer }) => ({
        json: await verifier.answerAtCounter(params.id, tokenOf(bearer), body.presentation),
      }),
    }),
    route({
      method: 'get',
      path: '/v1/sessions/:id',
      access: 'bearer',
      isCrossOrigin: true,
      summary: 'How a session stands',
      shapes: { params: nameParams, query: codeQuery },
      answers: { 200: { description: 'As it stands now', schema: sessionView } },
      handle: async ({ params, query, bearer }) => ({
        json: await sessions.view(params.id, tokenOf(bearer), query.responseCode),
      }),
    }),
    route({
      method: 'get',
      path: '/v1/sessions/:id/events',
      access: 'bearer',
      isCrossOrigin: true,
      summary: 'The same as server-sent events: one at once, one at the end',
      shapes: { params: nameParams, query: codeQuery },
      answers: {
        200: { description: 'Events named `session`', type: 'text/event-stream' },
      },
      handle: (request) => streamEvents(verifier, events, request),
    }),
    route({
      method: 'delete',
      path: '/v1/sessions/:id',
      access: 'bearer',
      isCrossOrigin: true,
      summary: 'Forget a session',
      shapes: { params: nameParams },
      answers: { 204: { description: 'It is forgotten' } },
      handle: async ({ params, bearer }) => {
        await sessions.forget(params.id, tokenOf(bearer))
        return { status: 204 }
      },
    }),
    route({
      method: 'get',
      path: '/v1/sessions/:id/qr.svg',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The link that opens the wallet, as a QR code',
      shapes: { params: nameParams },
      answers: { 200: { description: 'An image', type: 'image/svg+xml' } },
      handle: async ({ params }) => ({
        text: qrOf(await sessions.openLink(params.id)),
        headers: { 'content-type': 'image/svg+xml' },
      }),
    }),
    route({
      method: 'get',
      path: '/v1/policies',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'What can be asked',
      shapes: {},
      answers: {
        200: {
          description: 'All policies',
          schema: z.strictObject({ policies: z.array(policyView) }),
        },
      },
      handle: async () => ({ json: { policies: await verifier.policies() } }),
    }),
    route({
      method: 'get',
      path: '/v1/policies/:id',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'One policy, with what it says in words',
      shapes: { params: z.strictObject({ id: policyId }) },
      answers: { 200: { description: 'The policy', schema: policyView } },
      handle: async ({ params }) => ({ json: await verifier.policy(params.id) }),
    }),
  ]
}

/** Characters from which on a code is drawn with less redundancy, so that it can be read at all. */
const LONG = 600

function qrOf(link: string): string {
  return qrSvg(link, link.length < LONG ? 'medium' : 'low')
}

async function streamEvents(
  { sessions }: OpenVerifier,
  events: SessionEvents,
  {
    params: { id },
    query: { responseCode },
    bearer,
  }: RouteRequest<{ params: typeof nameParams; query: typeof codeQuery }>,
): Promise<Reply> {
  const token = tokenOf(bearer)
  const session = await sessions.find(id, token)
  const describe = (now: typeof session) => sessions.describe(now, token, responseCode)
  const view = await describe(session)
  events.assertRoom(id)
  return { stream: (response) => events.listen({ id, response, describe }, view) }
}

/** The service has seen to it that there is one. */
export function tokenOf(bearer: string | undefined): string {
  if (bearer === undefined) throw new ZerocardError('UNAUTHORIZED', 'expected a bearer token')
  return bearer
}
