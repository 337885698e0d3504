import * as z from '../../core/zod.ts'
import { REVOCATION_BITS } from '../../core/credential.ts'
import { configurationOf } from '../../core/openid.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { KeyFacts } from './keys.ts'
import type { OpenIssuer } from './open-issuer.ts'
import { credentialJson } from './people-routes.ts'
import { revoke } from './revocation.ts'
import type { RevocationOrder } from './revocation.ts'
import { configuration, keyId, schemaNamed, subject } from './shapes.ts'
import { totals } from './statistics.ts'
import { epochView, keysView, revocationView, totalsView } from './views.ts'

const PUBLISHER = ['publisher'] as const

const allKeys = { description: 'All keys', schema: keysView }

const revocationNumber = z.pipe(
  z.string().check(
    z.regex(/^(0|[1-9][0-9]{0,12})$/, 'expected a revocation number'),
    // Also asked when the one before has failed, and up to 13 digits are exact.
    z.refine((text) => Number(text) < 2 ** REVOCATION_BITS, 'the number is too large'),
  ),
  z.transform((text: string) => BigInt(text)),
)

const revocationBody = z.union([
  z.strictObject({ subject, configuration: z.optional(configuration) }),
  z.strictObject({ number: revocationNumber, configuration, key: z.optional(keyId) }),
])

/** What revokers, publishers and auditors do. */
export function operatorRoutes(issuer: OpenIssuer): Route[] {
  return [revocationRoute(issuer), ...keyRoutes(issuer), epochRoute(issuer), totalsRoute(issuer)]
}

function revocationRoute({ clock, store, schemas }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/v1/revocations',
    access: ['revoker'],
    summary: 'Revoke the credentials of a person, or one by its number',
    shapes: { body: revocationBody },
    bodyType: 'json',
    answers: {
      200: {
        description: 'What was good until now; published with the next epoch',
        schema: revocationView,
      },
    },
    handle: async ({ body }) => {
      const name = body.configuration
      const schema = name === undefined ? undefined : schemaNamed(schemas, name).id
      const revoked = await revoke(store, orderOf(body, schema), clock())
      return { json: { revoked: revoked.map(credentialJson) } }
    },
  })
}

function orderOf(
  body: z.output<typeof revocationBody>,
  schema: string | undefined,
): RevocationOrder {
  if ('subject' in body) return { subject: body.subject, schema }
  return { number: body.number, schema: schema ?? '', keyId: body.key }
}

function keyRoutes({ clock, keys, schedule, schemas }: OpenIssuer): Route[] {
  const list = async (): Promise<object> => ({ keys: (await keys.list()).map(keyJson) })
  return [
    route({
      method: 'get',
      path: '/v1/keys',
      access: PUBLISHER,
      summary: 'The keys that sign and have signed credentials',
      shapes: {},
      answers: { 200: allKeys },
      handle: async () => ({ json: await list() }),
    }),
    route({
      method: 'post',
      path: '/v1/keys/:configuration',
      access: PUBLISHER,
      summary: 'Sign with a new key from now on, and publish it; the old one is retired',
      shapes: { params: z.strictObject({ configuration }) },
      answers: { 201: allKeys },
      handle: async ({ params }) => {
        // A new key must not sign before it can be published.
        await schedule.assertMayPublish()
        await keys.rotate(schemaNamed(schemas, params.configuration), clock())
        await schedule.publishIfDue()
        return { status: 201, json: await list() }
      },
    }),
    route({
      method: 'delete',
      path: '/v1/keys/:id',
      access: PUBLISHER,
      summary: 'Give up a key with everything it signed, and publish that',
      shapes: { params: z.strictObject({ id: keyId }) },
      answers: { 200: allKeys },
      handle: async ({ params }) => {
        // Nor must the key that takes its place.
        await schedule.assertMayPublish()
        await keys.giveUp(params.id, clock())
        await schedule.publishIfDue()
        return { json: await list() }
      },
    }),
  ]
}

function epochRoute({ schedule }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/v1/epochs',
    access: PUBLISHER,
    summary: 'Publish now',
    shapes: {},
    answers: { 201: { description: 'The new epoch', schema: epochView } },
    handle: async () => {
      const { epoch, issuedAt, expiresAt, keys } = (await schedule.publish()).status
      const revoked = keys.reduce((sum, key) => sum + key.revoked, 0)
      return { status: 201, json: { epoch, issuedAt, expiresAt, revoked } }
    },
  })
}

function totalsRoute({ clock, store }: OpenIssuer): Route {
  return route({
    method: 'get',
    path: '/v1/statistics',
    access: ['auditor'],
    summary: 'Counts of people, credentials and offers',
    shapes: {},
    answers: { 200: { description: 'The counts', schema: totalsView } },
    handle: async () => {
      const { people, credentials, openOffers } = await totals(store.database.query, clock())
      const byConfiguration = credentials.map(({ schema, issued, revoked }) => ({
        configuration: configurationOf(schema),
        issued,
        revoked,
      }))
      return { json: { people, openOffers, credentials: byConfiguration } }
    },
  })
}

function keyJson({ id, schema, key, status, createdAt, changedAt }: KeyFacts): object {
  return {
    id,
    configuration: configurationOf(schema.id),
    key: { x: String(key.x), y: String(key.y) },
    status,
    createdAt,
    changedAt,
  }
}
