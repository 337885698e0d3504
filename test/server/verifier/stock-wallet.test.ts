import { Openid4vpClient } from '@openid4vc/openid4vp'
import { CompactEncrypt, importJWK } from 'jose'
import type { JWK } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sha256 } from '../../../core/hash.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { verifyJws } from '../../../core/jws.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { NOW } from '../../support/world.ts'
import { ORIGIN, Shop } from './shop.ts'
import type { WalletRequest } from './shop.ts'

// The running verifier and a library that other wallets are built with. It reads our request over
// HTTP, builds the answer and sends it; only what is inside of the presentation is made by us.

type Callbacks = ConstructorParameters<typeof Openid4vpClient>[0]['callbacks']

let shop: Shop

beforeAll(async () => {
  // The library looks at the clock of its process.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  shop = await Shop.open({}, { hasPool: true })
})
afterAll(async () => {
  vi.useRealTimers()
  await shop.close()
})

const never = (): never => {
  throw new TypeError('must not be called')
}

/** As a wallet would have them; addresses of the shop lead to where it listens. */
async function callbacks(): Promise<Callbacks> {
  const { json } = await shop.call('GET', '/.well-known/did.json')
  const [method] = json['verificationMethod'] as { publicKeyJwk: PublicJwk }[]
  const jwk = method!.publicKeyJwk
  return {
    fetch: (url, init) => {
      const text = url instanceof URL ? url.href : (url as string)
      return fetch(text.replace(ORIGIN, shop.url), init)
    },
    hash: (data) => sha256(data),
    signJwt: never,
    decryptJwe: never,
    getX509CertificateMetadata: never,
    verifyJwt: async (signer, { compact }) => {
      if (signer.method !== 'did') return { verified: false }
      await verifyJws(compact, jwk, 'oauth-authz-req+jwt', 'REQUEST_INVALID')
      return { verified: true, signerJwk: { ...jwk } }
    },
    encryptJwe: async ({ publicJwk, alg, enc, apv }, data) => {
      const header = { alg, enc, kid: publicJwk.kid ?? '', ...(apv ? { apv } : {}) }
      const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
        .setProtectedHeader(header)
        .encrypt(await importJWK(publicJwk as JWK, alg))
      return { encryptionJwk: publicJwk, jwe }
    },
  }
}

async function answerWith(presentation: (request: WalletRequest) => Promise<string>): Promise<{
  readonly status: number
  readonly body: string
  readonly verdict: unknown
}> {
  const session = await shop.create('plain')
  const client = new Openid4vpClient({ callbacks: await callbacks() })
  const parsed = client.parseOpenid4vpAuthorizationRequest({
    authorizationRequest: session.walletLink,
  })
  const { authorizationRequestPayload } = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: parsed.params,
  })
  const request = authorizationRequestPayload as unknown as WalletRequest
  const { jarm, authorizationResponsePayload } = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload,
    authorizationResponsePayload: { vp_token: { eligibility: [await presentation(request)] } },
    jarm: {
      encryption: { nonce: '' },
      serverMetadata: {
        authorization_signing_alg_values_supported: [],
        authorization_encryption_alg_values_supported: ['ECDH-ES'],
        authorization_encryption_enc_values_supported: ['A256GCM'],
      },
    },
  })
  const { response } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: { response_uri: request.response_uri },
    authorizationResponsePayload,
    jarm: { responseJwt: jarm!.responseJwt },
  })
  const view = await shop.view(session)
  return { status: response.status, body: await response.text(), verdict: view.json['status'] }
}

test('an answer that another wallet’s library built and sent is accepted', async () => {
  const { key } = keys['eligibility-1']
  const answer = await answerWith((request) =>
    shop.present(request, {}, (signals) => forgeProof(key, signals)),
  )
  expect(answer).toEqual({ status: 200, body: '{}', verdict: 'verified' })
})

test('its envelope is accepted and what is in it is judged', async () => {
  const answer = await answerWith((request) => shop.present(request))
  expect([answer.status, JSON.parse(answer.body), answer.verdict]).toEqual([
    422,
    expect.objectContaining({ code: 'PROOF_INVALID' }),
    'pending',
  ])
  const garbage = await answerWith(() => Promise.resolve('a.b.c'))
  expect([garbage.status, JSON.parse(garbage.body)]).toEqual([
    400,
    expect.objectContaining({ code: 'PRESENTATION_INVALID' }),
  ])
})
