import * as z from '../../core/zod.ts'
import { isoFromDay } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { configurationOf } from '../../core/openid.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import type { IssuedCredential } from './issued.ts'
import { linkOf, offerUriOf } from './offer-link.ts'
import { makeOffer, withdrawUnused } from './offers.ts'
import type { NewOffer } from './offers.ts'
import type { OpenIssuer } from './open-issuer.ts'
import { listRecords, lockRecord, parsePeople, register } from './people.ts'
import { recover } from './recovery.ts'
import { configuration, day, dayMember, schemaNamed, subject } from './shapes.ts'
import { offerView, personView, recoveryView, registeredManyView, registeredView } from './views.ts'

/** Bytes of a table: some hundred thousand people. */
const MAX_TABLE_BYTES = 16 * 1024 * 1024

const REGISTRAR = ['registrar'] as const

const recordBody = z.strictObject({
  attributes: z.record(
    z.string().check(z.maxLength(64)),
    z.union([z.string(), z.number(), z.boolean()]),
  ),
  validFrom: z.optional(day),
  validUntil: z.optional(day),
})

/** What registrars do: people, and offers to them. */
export function peopleRoutes(issuer: OpenIssuer): Route[] {
  return [
    registerRoute(issuer),
    registerManyRoute(issuer),
    personRoute(issuer),
    offerRoute(issuer),
    recoveryRoute(issuer),
  ]
}

function registerRoute({ clock, store, schemas }: OpenIssuer): Route {
  return route({
    method: 'put',
    path: '/v1/people/:subject/:configuration',
    access: REGISTRAR,
    summary: 'Register a person, or change what is known',
    shapes: { params: z.strictObject({ subject, configuration }), body: recordBody },
    bodyType: 'json',
    answers: { 200: { description: 'It is recorded', schema: registeredView } },
    handle: async ({ params, body }) => {
      const schema = schemaNamed(schemas, params.configuration)
      const record = { subject: params.subject, ...body }
      await register(store.database.query, schema, [record], clock())
      return { json: params }
    },
  })
}

function registerManyRoute({ clock, store, schemas }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/v1/people/:configuration',
    access: REGISTRAR,
    summary: 'Register many people from a table, all or none',
    shapes: { params: z.strictObject({ configuration }), body: z.string() },
    bodyType: 'csv',
    maxBodyBytes: MAX_TABLE_BYTES,
    answers: {
      200: { description: 'How many there are in the table', schema: registeredManyView },
    },
    handle: async ({ params, body }) => {
      const schema = schemaNamed(schemas, params.configuration)
      const people = parsePeople(body, schema)
      await store.database.transact((transaction) => register(transaction, schema, people, clock()))
      return { json: { configuration: params.configuration, people: people.length } }
    },
  })
}

function personRoute({ store }: OpenIssuer): Route {
  return route({
    method: 'get',
    path: '/v1/people/:subject',
    access: REGISTRAR,
    summary: 'What is recorded of a person and was issued',
    shapes: { params: z.strictObject({ subject }) },
    answers: { 200: { description: 'Records and credentials', schema: personView } },
    handle: async ({ params }) => {
      const records = await listRecords(store.database.query, params.subject)
      const credentials = await store.listBySubject(params.subject)
      if (records.length === 0 && credentials.length === 0) {
        throw new ZerocardError('NOT_FOUND', 'there is no such person')
      }
      return {
        json: {
          subject: params.subject,
          records: records.map(({ schema, attributes, validFrom, validUntil, updatedAt }) => ({
            configuration: configurationOf(schema),
            attributes,
            ...dayMember('validFrom', validFrom),
            ...dayMember('validUntil', validUntil),
            updatedAt,
          })),
          credentials: credentials.map(credentialJson),
        },
      }
    },
  })
}

function offerRoute({ config, clock, store, schemas }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/v1/offers',
    access: REGISTRAR,
    summary: 'Offer a credential to a person',
    shapes: { body: z.strictObject({ subject, configuration }) },
    bodyType: 'json',
    answers: {
      201: { description: 'The offer, with its codes for this once', schema: offerView },
    },
    handle: async ({ body }) => {
      const person = {
        subject: body.subject,
        schema: schemaNamed(schemas, body.configuration).id,
      }
      const offer = await store.database.transact(async (transaction) => {
        // Two open ones would be two credentials, and twice as many tries at a code: whoever offers
        // the same record now waits here.
        if ((await lockRecord(transaction, person.subject, person.schema)) === undefined) {
          throw new ZerocardError('NOT_FOUND', 'there is no such record')
        }
        await withdrawUnused(transaction, person)
        return makeOffer(transaction, person, clock(), config.offerLifetime)
      })
      return { status: 201, json: offerJson(config, offer) }
    },
  })
}

function recoveryRoute({ config, clock, store, schemas }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/v1/people/:subject/recovery',
    access: ['recoverer'],
    summary: 'A lost secret: revoke everything, allow a new secret, offer a credential',
    shapes: {
      params: z.strictObject({ subject }),
      body: z.strictObject({ configuration }),
    },
    bodyType: 'json',
    answers: {
      201: { description: 'An offer, and how many were revoked', schema: recoveryView },
    },
    handle: async ({ params, body }) => {
      const person = {
        subject: params.subject,
        schema: schemaNamed(schemas, body.configuration).id,
      }
      const { offer, revoked } = await recover(store, person, clock(), config)
      return { status: 201, json: { ...offerJson(config, offer), revoked } }
    },
  })
}

function offerJson(
  config: OpenIssuer['config'],
  { id, txCode, expiresAt }: NewOffer,
): Record<string, unknown> {
  const offerUri = offerUriOf(config, id)
  return { id, offerUri, link: linkOf(config, id), qr: `${offerUri}/qr.svg`, txCode, expiresAt }
}

/** A credential as operators see it; nothing of the holder's secret follows from it. */
export function credentialJson(issued: IssuedCredential): object {
  return {
    configuration: configurationOf(issued.schema),
    key: issued.keyId,
    number: String(issued.revocationId),
    validFrom: isoFromDay(issued.validFrom),
    validUntil: isoFromDay(issued.validUntil),
    issuedAt: issued.issuedAt,
    ...(issued.revokedAt === undefined ? {} : { revokedAt: issued.revokedAt }),
  }
}
