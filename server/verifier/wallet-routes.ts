import * as z from '../../core/zod.ts'
import { route } from '../http/route.ts'
import type { Reply, Route } from '../http/route.ts'
import type { OpenVerifier } from './open-verifier.ts'
import { nameParams } from './site-routes.ts'
import { walletForm } from './wallet-answer.ts'

// What wallets call: OpenID4VP 1.0. Wallets are pages of other origins, or none.

/** Media type of signed requests (RFC 9101, section 10.2). */
const REQUEST_TYPE = 'application/oauth-authz-req+jwt'

/** What a wallet may send with its question for the question (OpenID4VP 1.0, section 5.10). */
const requestForm = z.looseObject({
  wallet_nonce: z.optional(
    z.string().check(z.maxLength(500), z.regex(/^[\x21-\x7e]+$/, 'expected printable ASCII')),
  ),
})

const answers = { 200: { description: 'The signed request object', type: REQUEST_TYPE } }

export function walletRoutes({ wallets }: OpenVerifier): Route[] {
  const requestObject = async (id: string, walletNonce?: string): Promise<Reply> => ({
    text: await wallets.requestObject(id, walletNonce),
    headers: { 'content-type': REQUEST_TYPE },
  })
  return [
    route({
      method: 'get',
      path: '/oid4vp/request/:id',
      access: 'anyone',
      isCrossOrigin: true,
      errors: 'oauth',
      summary: 'The question of a session, signed',
      shapes: { params: nameParams },
      answers,
      handle: ({ params }) => requestObject(params.id),
    }),
    route({
      method: 'post',
      path: '/oid4vp/request/:id',
      access: 'anyone',
      isCrossOrigin: true,
      errors: 'oauth',
      summary: 'The same, made for one wallet',
      shapes: { params: nameParams, body: requestForm },
      bodyType: 'form',
      answers,
      handle: ({ params, body }) => requestObject(params.id, body.wallet_nonce),
    }),
    route({
      method: 'post',
      path: '/oid4vp/response/:id',
      access: 'anyone',
      isCrossOrigin: true,
      errors: 'oauth',
      summary: 'The answer of a wallet',
      shapes: { params: nameParams, body: walletForm },
      bodyType: 'form',
      answers: {
        200: {
          description: 'Taken; where the browser goes on, in the same-device flow',
          schema: z.strictObject({ redirect_uri: z.optional(z.string()) }),
        },
      },
      handle: async ({ params, body }) => ({ json: await wallets.answer(params.id, body) }),
    }),
    route({
      method: 'get',
      path: '/.well-known/did.json',
      access: 'anyone',
      isCrossOrigin: true,
      summary: 'The key that signs questions, as a DID document',
      shapes: {},
      answers: { 200: { description: 'The document', schema: z.looseObject({}) } },
      handle: () => ({ json: wallets.didDocument() }),
    }),
  ]
}
