import { generateEncryptionKey } from '../../core/jwe.ts'
import type { DecryptionJwk, EncryptionJwk } from '../../core/jwe.ts'
import { generateSigningKey, publicJwk, signJws } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { signTrustList } from '../../core/trust-list.ts'
import type { TrustList } from '../../core/trust.ts'
import { keys } from '../support/tools.ts'
import { NOW, PERSON } from '../support/world.ts'
import { FakeNetwork, json, text } from './fake-services.ts'

export const SHOP = 'https://shop.example'
export const POLICY = {
  id: 'over-18@1',
  purpose: 'Buy wine',
  credentials: { person: { schema: 'person/1', trust: 'registries' } },
  where: { age: 'person.birthDate', atLeast: 18 },
}

const REQUEST_URI = `${SHOP}/oid4vp/request/1`

type Members = Readonly<Record<string, unknown>>

/** A verifier as docs/protocol.md describes it, which also keeps its trust list. */
export class FakeVerifier {
  readonly network = new FakeNetwork()
  /** What a test changes: the header, the payload, the query and its meta, the DID document. */
  header: Members = {}
  payload: Members = {}
  query: Members = {}
  meta: Members = {}
  metadata: Members = {}
  did: Members = {}
  /** What it says to an answer. */
  reply: () => Response = () => json({})
  readonly encryption: { publicJwk: EncryptionJwk; privateJwk: DecryptionJwk }
  readonly jwk: PublicJwk
  /** Signs request objects, and trust lists. */
  signingKey: CryptoKey
  readonly #operatorKey: CryptoKey

  static async create(trust: TrustList): Promise<FakeVerifier> {
    const signing = await generateSigningKey()
    return new FakeVerifier(
      trust,
      signing.privateKey,
      await publicJwk(signing.publicKey),
      await generateEncryptionKey('e1'),
    )
  }

  private constructor(
    trust: TrustList,
    signingKey: CryptoKey,
    jwk: PublicJwk,
    encryption: { publicJwk: EncryptionJwk; privateJwk: DecryptionJwk },
  ) {
    this.signingKey = signingKey
    this.#operatorKey = signingKey
    this.jwk = jwk
    this.encryption = encryption
    const { pages } = this.network
    pages.set(REQUEST_URI, async (body) =>
      text(
        await this.requestObject(new URLSearchParams(body).get('wallet_nonce') ?? undefined),
        'application/oauth-authz-req+jwt',
      ),
    )
    pages.set(`${SHOP}/.well-known/did.json`, () => json(this.didDocument()))
    pages.set(`${SHOP}/.well-known/zerocard-trust`, () => json({ operator: SHOP, jwk, lists: [] }))
    pages.set(`${SHOP}/trust/registries`, async () =>
      text(await this.trustList(trust), 'application/jwt'),
    )
    pages.set(`${SHOP}/oid4vp/response/1`, () => this.reply())
  }

  get link(): string {
    return linkOf({})
  }

  async requestObject(walletNonce: string | undefined): Promise<string> {
    const header = { typ: 'oauth-authz-req+jwt', kid: 'did:web:shop.example#request' }
    return signJws({ ...header, ...this.header }, this.payloadFor(walletNonce), this.signingKey)
  }

  payloadFor(walletNonce: string | undefined): Record<string, unknown> {
    return {
      response_type: 'vp_token',
      response_mode: 'direct_post.jwt',
      client_id: 'decentralized_identifier:did:web:shop.example',
      aud: 'https://self-issued.me/v2',
      response_uri: `${SHOP}/oid4vp/response/1`,
      nonce: 'n'.repeat(43),
      state: 'session-1',
      iat: NOW,
      exp: NOW + 300,
      wallet_nonce: walletNonce,
      dcql_query: { credentials: [this.credentialQuery()] },
      client_metadata: {
        client_name: 'Shop',
        vp_formats_supported: { 'dc+zkp': {} },
        jwks: { keys: [this.encryption.publicJwk] },
        encrypted_response_enc_values_supported: ['A256GCM'],
        ...this.metadata,
      },
      ...this.payload,
    }
  }

  credentialQuery(): Record<string, unknown> {
    const meta = {
      policy: POLICY,
      schemas: [PERSON],
      trust: { registries: `${SHOP}/trust/registries` },
      circuits: [keys['eligibility-1'].id],
    }
    return { id: 'eligibility', format: 'dc+zkp', meta: { ...meta, ...this.meta }, ...this.query }
  }

  didDocument(): Record<string, unknown> {
    const id = 'did:web:shop.example'
    const method = { id: `${id}#request`, type: 'JsonWebKey2020', controller: id }
    const verificationMethod = [{ ...method, publicKeyJwk: { ...this.jwk, alg: 'ES256' } }]
    return { id, verificationMethod, assertionMethod: [`${id}#request`], ...this.did }
  }

  /** By default of the operator; a test may have it signed for another one. */
  async trustList(trust: TrustList, iss = SHOP): Promise<string> {
    return signTrustList(trust, { iss, iat: NOW, exp: NOW + 3600 }, this.#operatorKey)
  }
}

/** A link to the request, with parameters changed or (undefined) left out. */
export function linkOf(
  changes: Readonly<Record<string, string | undefined>>,
  base = 'openid4vp://authorize',
): string {
  const parameters: Record<string, string | undefined> = {
    client_id: 'decentralized_identifier:did:web:shop.example',
    request_uri: REQUEST_URI,
    request_uri_method: 'post',
    ...changes,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value)
  }
  return `${base}?${query.toString()}`
}
