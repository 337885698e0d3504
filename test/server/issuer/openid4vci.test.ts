import { createHash, randomBytes } from 'node:crypto'
import { Openid4vciClient } from '@openid4vc/openid4vci'
import type { Openid4vciClientOptions } from '@openid4vc/openid4vci'
import { beforeAll, describe, expect, test } from 'vitest'
import { acceptCredential, requestCredential } from '../../../client/holder.ts'
import { parseCredential } from '../../../core/credential.ts'
import { generateSigningKey, publicJwk, signJws } from '../../../core/jws.ts'
import { createPairingVerifier } from '../../../server/pairing.ts'
import { keys, prover } from '../../support/tools.ts'
import { ADULT, SCHEMAS } from '../../support/world.ts'
import { ISSUER, offerTo, startTestService } from './service-world.ts'
import type { TestService } from './service-world.ts'

// Somebody else's client, and a proof that is judged: what our own wallet does not show by itself.

const SECRET = 0x5ec2e7n
let service: TestService

beforeAll(async () => {
  service = await startTestService({
    clock: { now: Math.floor(Date.now() / 1000) },
    verifyProof: await createPairingVerifier(),
  })
  return () => service.close()
})

/** Leads requests for the issuer's name to where it is in this test. */
const toService: typeof fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  return fetch(url.replace(ISSUER, service.address), init)
}

describe('a stock client of OpenID4VCI', () => {
  test('gets a credential, with our members in its proof', async () => {
    const key = await generateSigningKey()
    const jwk = await publicJwk(key.publicKey)
    let own: { commitment: string; tag: string; proof: string } | undefined
    const unused = (): never => {
      throw new TypeError('not needed here')
    }
    const callbacks = {
      fetch: toService,
      hash: (data: Uint8Array, algorithm: string) =>
        createHash(algorithm.replace('-', '')).update(data).digest(),
      generateRandom: (length: number) => randomBytes(length),
      signJwt: async (
        _signer: unknown,
        { header, payload }: { header: { typ?: string | undefined }; payload: object },
      ) => ({
        jwt: await signJws(
          { ...header, typ: header.typ ?? '' },
          { ...payload, zerocard: own },
          key.privateKey,
        ),
        signerJwk: jwk,
      }),
      verifyJwt: unused,
      encryptJwe: unused,
      decryptJwe: unused,
      clientAuthentication: () => undefined,
    } as unknown as Openid4vciClientOptions['callbacks']
    const client = new Openid4vciClient({ callbacks })

    const { link, txCode } = await offerTo(service, 'P1')
    const credentialOffer = await client.resolveCredentialOffer(link)
    const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const { accessTokenResponse } = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer,
      issuerMetadata,
      txCode,
    })
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
    const { request, blinding } = await requestCredential(
      SECRET,
      { issuer: ISSUER, nonce },
      { prover, keys },
    )
    own = {
      commitment: String(request.commitment),
      tag: String(request.tag),
      proof: request.proof,
    }
    const signer = { method: 'jwk', alg: 'ES256', publicJwk: { ...jwk } } as const
    const credentialConfigurationId = credentialOffer.credential_configuration_ids[0]!
    const { jwt } = await client.createCredentialRequestJwtProof({
      signer,
      nonce,
      issuerMetadata,
      credentialConfigurationId,
    })
    const { credentialResponse } = await client.retrieveCredentials({
      issuerMetadata,
      credentialConfigurationId,
      accessToken: accessTokenResponse.access_token,
      proofs: { jwt: [jwt] },
    })
    const [answer] = credentialResponse.credentials as [{ credential: unknown }]
    const credential = parseCredential(answer.credential)
    const held = acceptCredential(SECRET, { credential, blinding }, SCHEMAS)
    expect(held.credential).toMatchObject({ issuer: ISSUER, attributes: ADULT })

    // The same proof in another person's request, for a nonce that it was not made for.
    const other = await offerTo(service, 'P2')
    const second = await client.resolveCredentialOffer(other.link)
    const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({
      credentialOffer: second,
      issuerMetadata,
      txCode: other.txCode,
    })
    const again = await client.requestNonce({ issuerMetadata })
    own = { ...own, commitment: String(request.commitment + 1n) }
    const copied = await client.createCredentialRequestJwtProof({
      signer,
      nonce: again.c_nonce,
      issuerMetadata,
      credentialConfigurationId,
    })
    const refused = await client
      .retrieveCredentials({
        issuerMetadata,
        credentialConfigurationId,
        accessToken: token.accessTokenResponse.access_token,
        proofs: { jwt: [copied.jwt] },
      })
      .catch((error: unknown) => error)
    expect(refused).toMatchObject({
      response: { credentialErrorResponseResult: { data: { error: 'credential_request_denied' } } },
    })
  })
})
