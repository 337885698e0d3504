import * as z from '../../core/zod.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { OpenVerifier } from './open-verifier.ts'
import { nameParams, policyId } from './site-routes.ts'

// What the people call who keep order and keep count.

const pseudonym = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'expected a pseudonym'))
const time = z.int().check(z.nonnegative())

const banRequest = z.strictObject({
  policy: policyId,
  pseudonym,
  /** Seconds since 1970-01-01 UTC; without it the ban has no end. */
  until: z.optional(time),
  reason: z.optional(
    z.string().check(
      z.maxLength(500),
      // What no database keeps as it is: PostgreSQL takes no NUL, and UTF-8 has no half characters.
      z.refine(
        (text) => text.isWellFormed() && !text.includes('\0'),
        'expected a text without NUL',
      ),
    ),
  ),
})

const banView = z.strictObject({
  id: z.string(),
  policy: policyId,
  pseudonym,
  until: z.optional(time),
  reason: z.string(),
  createdAt: time,
})

const count = z.strictObject({
  day: z.string(),
  policy: policyId,
  outcome: z.string(),
  sessions: z.int(),
})

export function staffRoutes(verifier: OpenVerifier): Route[] {
  const { moderation } = verifier
  return [
    route({
      method: 'get',
      path: '/v1/bans',
      access: ['moderator'],
      summary: 'Bans that hold, in pages: the next begins after the last id of this one',
      shapes: { query: z.strictObject({ after: z.optional(nameParams.shape.id) }) },
      answers: {
        200: { description: 'A page', schema: z.strictObject({ bans: z.array(banView) }) },
      },
      handle: async ({ query }) => ({ json: { bans: await moderation.list(query.after) } }),
    }),
    route({
      method: 'post',
      path: '/v1/bans',
      access: ['moderator'],
      summary: "Refuse a pseudonym, in the policy's scope",
      shapes: { body: banRequest },
      bodyType: 'json',
      answers: { 201: { description: 'It is refused from now on', schema: banView } },
      handle: async ({ body }) => ({ status: 201, json: await moderation.ban(body) }),
    }),
    route({
      method: 'delete',
      path: '/v1/bans/:id',
      access: ['moderator'],
      summary: 'Lift a ban',
      shapes: { params: nameParams },
      answers: { 204: { description: 'It is lifted' } },
      handle: async ({ params }) => {
        await moderation.lift(params.id)
        return { status: 204 }
      },
    }),
    route({
      method: 'get',
      path: '/v1/statistics',
      access: ['auditor'],
      summary: 'Sessions by day, policy and outcome',
      shapes: {},
      answers: {
        200: { description: 'Counts', schema: z.strictObject({ sessions: z.array(count) }) },
      },
      handle: async () => ({ json: { sessions: await verifier.statistics() } }),
    }),
  ]
}
