import { Openid4vciClient } from '@openid4vc/openid4vci'
import { Openid4vpClient } from '@openid4vc/openid4vp'
import { CompactEncrypt, importJWK } from 'jose'
import type { JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { decryptJwe } from '../../core/jwe.ts'
import { verifyJws } from '../../core/jws.ts'
import { sha256 } from '../../core/hash.ts'
import { NOW, PERSON, TestIssuer, trustIn } from '../support/world.ts'
import { FakeIssuer, ISSUER } from './fake-issuer.ts'
import { FakeNetwork } from './fake-services.ts'
import { FakeVerifier, SHOP } from './fake-verifier.ts'

// The messages of this project, read by a library that other wallets are built with. It knows
// nothing of our format, and everything of the messages around it.

type Callbacks = ConstructorParameters<typeof Openid4vpClient>[0]['callbacks'] &
  ConstructorParameters<typeof Openid4vciClient>[0]['callbacks']

const never = (): never => {
  throw new TypeError('must not be called')
}

/** What the library leaves to its user; `verifier` is whom it may believe. */
function callbacks(network: FakeNetwork, verifier?: FakeVerifier): Callbacks {
  return {
    fetch: (url, init) =>
      network.fetch(url instanceof URL ? url.href : (url as string), init ?? {}),
    hash: (data) => sha256(data),
    generateRandom: (length) => crypto.getRandomValues(new Uint8Array(length)),
    signJwt: never,
    decryptJwe: never,
    // Nothing of the client is shown: the code is enough.
    clientAuthentication: () => undefined,
    getX509CertificateMetadata: never,
    verifyJwt: async (signer, { compact }) => {
      if (verifier === undefined || signer.method !== 'did') return { verified: false }
      await verifyJws(compact, verifier.jwk, 'oauth-authz-req+jwt', 'REQUEST_INVALID')
      return { verified: true, signerJwk: { ...verifier.jwk } }
    },
    encryptJwe: async (encryptor, data) => {
      const { publicJwk, alg, enc, apv } = encryptor
      const header = { alg, enc, kid: publicJwk.kid ?? '', ...(apv ? { apv } : {}) }
      const jwe = await new CompactEncrypt(new TextEncoder().encode(data))
        .setProtectedHeader(header)
        .encrypt(await importJWK(publicJwk as JWK, alg))
      return { encryptionJwk: publicJwk, jwe }
    },
  }
}

// The library looks at the clock of its process.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 }))
afterAll(() => void vi.useRealTimers())

describe('another wallet', () => {
  let verifier: FakeVerifier

  beforeEach(async () => {
    const registry = await TestIssuer.create(ISSUER, PERSON)
    verifier = await FakeVerifier.create(await trustIn('registries', registry))
  })

  async function resolve() {
    const client = new Openid4vpClient({ callbacks: callbacks(verifier.network, verifier) })
    const parsed = client.parseOpenid4vpAuthorizationRequest({
      authorizationRequest: verifier.link,
    })
    const request = await client.resolveOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: parsed.params,
    })
    return { client, request }
  }

  test('reads a request and finds one query, of a format that it does not know', async () => {
    const { request } = await resolve()
    expect(request.jar?.signer.method).toBe('did')
    expect(request.client.prefix).toBe('decentralized_identifier')
    expect(request.dcql?.query).toMatchObject({
      credentials: [{ id: 'eligibility', format: 'dc+zkp' }],
    })
  })

  test('builds an answer around a presentation that we can open', async () => {
    const { client, request } = await resolve()
    const { jarm } = await client.createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: request.authorizationRequestPayload,
      authorizationResponsePayload: { vp_token: { eligibility: ['a.b.c'] } },
      jarm: {
        encryption: { nonce: '' },
        serverMetadata: {
          authorization_signing_alg_values_supported: [],
          authorization_encryption_alg_values_supported: ['ECDH-ES'],
          authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM'],
        },
      },
    })
    const { privateJwk } = verifier.encryption
    expect(await decryptJwe(jarm!.responseJwt, privateJwk, 'INPUT_INVALID')).toEqual({
      vp_token: { eligibility: ['a.b.c'] },
      state: 'session-1',
    })
  })

  test('sends it as we read it', async () => {
    const { client, request } = await resolve()
    const { response_uri } = request.authorizationRequestPayload as { response_uri: string }
    expect(response_uri).toBe(`${SHOP}/oid4vp/response/1`)
    verifier.network.asked()
    const { response } = await client.submitOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: { response_uri },
      authorizationResponsePayload: { vp_token: { eligibility: ['a.b.c'] } },
      jarm: { responseJwt: 'a.b.c.d.e' },
    })
    expect(response.status).toBe(200)
    const [sent] = verifier.network.sent
    expect(sent!.body).toBe('response=a.b.c.d.e')
  })

  test('reads an offer, and the issuer’s metadata as those of version 1', async () => {
    const issuer = await FakeIssuer.create()
    const client = new Openid4vciClient({ callbacks: callbacks(issuer.network) })
    const offer = await client.resolveCredentialOffer(issuer.link)
    expect(offer).toMatchObject(issuer.offer())
    const metadata = await client.resolveIssuerMetadata(offer.credential_issuer)
    expect(metadata.originalDraftVersion).toBe('V1')
    expect(metadata.authorizationServers).toMatchObject([{ token_endpoint: `${ISSUER}/token` }])
    expect(metadata.credentialIssuer).toMatchObject({
      credential_endpoint: `${ISSUER}/credential`,
      nonce_endpoint: `${ISSUER}/nonce`,
    })
  })

  test('redeems the code of an offer and gets a nonce', async () => {
    const issuer = await FakeIssuer.create()
    const client = new Openid4vciClient({ callbacks: callbacks(issuer.network) })
    const credentialOffer = await client.resolveCredentialOffer(issuer.link)
    const issuerMetadata = await client.resolveIssuerMetadata(ISSUER)
    const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      txCode: '123456',
    })
    expect(accessTokenResponse).toMatchObject({ access_token: 'T', token_type: 'Bearer' })
    expect(await client.requestNonce({ issuerMetadata })).toMatchObject({ c_nonce: 'nonce-1' })
  })
})
