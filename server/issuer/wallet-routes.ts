import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import {
  PRE_AUTHORIZED_GRANT,
  configurationOf,
  credentialAnswerJson,
  nonceAnswerJson,
  offerJson,
  tokenAnswerJson,
} from '../../core/openid.ts'
import { OauthError } from '../http/oauth-error.ts'
import { qrSvg } from '../http/qr.ts'
import { route } from '../http/route.ts'
import type { Route } from '../http/route.ts'
import { TX_CODE_LENGTH, exchange, findOffer, preAuthorizedCode } from './offers.ts'
import type { OfferFacts } from './offers.ts'
import { linkOf } from './offer-link.ts'
import type { IssuanceWatch, OpenIssuer } from './open-issuer.ts'
import { offerId } from './shapes.ts'

// What wallets do: OpenID4VCI 1.0 with a pre-authorized code.

const TX_CODE_DESCRIPTION = 'The six digits that you were given separately'

const text = z.optional(z.string().check(z.maxLength(500)))
/** Members of the specification; others are ignored, as RFC 6749 says. */
const tokenForm = z.looseObject({
  grant_type: text,
  'pre-authorized_code': text,
  tx_code: text,
})

export function walletRoutes(issuer: OpenIssuer): Route[] {
  return [...offerRoutes(issuer), tokenRoute(issuer), nonceRoute(issuer), credentialRoute(issuer)]
}

function offerRoutes({ config, clock, store }: OpenIssuer): Route[] {
  const shapes = { params: z.strictObject({ id: offerId }) }
  const find = async (id: string): Promise<OfferFacts> => {
    const offer = await findOffer(store.database.query, id, clock())
    if (offer !== undefined) return offer
    throw new ZerocardError('NOT_FOUND', 'there is no such offer any more')
  }
  return [
    route({
      method: 'get',
      path: '/offers/:id',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'A credential offer (OpenID4VCI 1.0, section 4.1)',
      shapes,
      answers: { 200: { description: 'The offer', schema: offerJson } },
      handle: async ({ params: { id } }) => {
        const { schema } = await find(id)
        return { json: offerObject(config.baseUrl, configurationOf(schema), id) }
      },
    }),
    route({
      method: 'get',
      path: '/offers/:id/qr.svg',
      access: 'anyone',
      isCrossOrigin: true,
      summary: "An offer's link as a QR code",
      shapes,
      answers: { 200: { description: 'The picture', type: 'image/svg+xml' } },
      handle: async ({ params: { id } }) => {
        await find(id)
        return { text: qrSvg(linkOf(config, id)), headers: { 'content-type': 'image/svg+xml' } }
      },
    }),
  ]
}

function offerObject(issuer: string, configuration: string, id: string): object {
  const txCode = {
    input_mode: 'numeric',
    length: TX_CODE_LENGTH,
    description: TX_CODE_DESCRIPTION,
  }
  return {
    credential_issuer: issuer,
    credential_configuration_ids: [configuration],
    grants: {
      [PRE_AUTHORIZED_GRANT]: { 'pre-authorized_code': preAuthorizedCode(id), tx_code: txCode },
    },
  }
}

function tokenRoute({ clock, store, watch }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/token',
    access: 'anyone',
    isCrossOrigin: true,
    errors: 'oauth',
    summary: 'Exchange a pre-authorized code for an access token',
    bodyType: 'form',
    shapes: { body: tokenForm },
    answers: { 200: { description: 'The token', schema: tokenAnswerJson } },
    handle: async ({ body }) =>
      watched(watch, async () => {
        const { token, expiresIn } = await grant(store, body, clock())
        return { json: { access_token: token, token_type: 'Bearer', expires_in: expiresIn } }
      }),
  })
}

async function grant(
  store: OpenIssuer['store'],
  form: z.output<typeof tokenForm>,
  now: number,
): ReturnType<typeof exchange> {
  const code = form['pre-authorized_code']
  const txCode = form.tx_code
  if (form.grant_type === undefined) throw badRequest('grant_type is missing')
  if (form.grant_type !== PRE_AUTHORIZED_GRANT) {
    throw named('unsupported_grant_type', 'only pre-authorized codes are exchanged here')
  }
  if (code === undefined) throw badRequest('pre-authorized_code is missing')
  if (txCode === undefined) throw badRequest('tx_code is missing')
  try {
    return await exchange(store, { code, txCode }, now)
  } catch (cause) {
    const isRefused = cause instanceof ZerocardError && cause.code === 'OFFER_INVALID'
    throw isRefused ? new OauthError('invalid_grant', cause) : cause
  }
}

function nonceRoute({ clock, nonces }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/nonce',
    access: 'anyone',
    isCrossOrigin: true,
    errors: 'oauth',
    summary: 'A challenge for a credential request',
    shapes: {},
    answers: { 200: { description: 'The challenge', schema: nonceAnswerJson } },
    handle: () => {
      const now = clock()
      return { json: { c_nonce: nonces.make(now), zerocard_now: now } }
    },
  })
}

function credentialRoute({ clock, issuance, watch }: OpenIssuer): Route {
  return route({
    method: 'post',
    path: '/credential',
    access: 'bearer',
    isCrossOrigin: true,
    errors: 'oauth',
    summary: 'A credential for a proof of the secret it is bound to',
    // Read by the handler, where the errors have the names of the specification.
    shapes: { body: z.unknown() },
    bodyType: 'json',
    answers: { 200: { description: 'The credential', schema: credentialAnswerJson } },
    handle: async ({ bearer = '', body }) =>
      watched(watch, async () => {
        const { credential, schema } = await issuance.answer(bearer, body, clock())
        watch.issued(configurationOf(schema))
        return { json: { credentials: [{ credential }] } }
      }),
  })
}

async function watched<T>(watch: IssuanceWatch, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OauthError) watch.refused(error.error)
    throw error
  }
}

function badRequest(message: string): OauthError {
  return named('invalid_request', message)
}

function named(error: string, message: string): OauthError {
  return new OauthError(error, new ZerocardError('INPUT_INVALID', message))
}
