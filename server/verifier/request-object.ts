import { signCounterQuestion } from '../../core/counter.ts'
import { readWith } from '../../core/json.ts'
import { encryptionJwkJson } from '../../core/jwe.ts'
import type { EncryptionJwk } from '../../core/jwe.ts'
import { signJws } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import {
  OPENID_FORMAT,
  QUERY_ID,
  REQUEST_TYP,
  WALLET_AUDIENCE,
  clientIdOf,
  didOf,
  requestKeyId,
} from '../../core/openid.ts'
import { policyShape } from '../../core/policy/compile.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { schemaHash } from '../../core/schema.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import type { KnownPolicy } from './policy-book.ts'
import type { Session } from './session.ts'
import { keptSigningKey } from './signing-key.ts'
import type { VerifierStore } from './store.ts'

// A question as wallets get it: an OpenID4VP 1.0 request object, signed by a key that stands in the
// verifier's DID document.

/** Row of the signing key. */
const KEY_ID = 'request'

/** What of a verifier its requests tell. */
export interface VerifierFace {
  /** Like `https://shop.example`; also the audience of presentations. */
  readonly origin: string
  readonly displayName: string
  readonly keys: AcceptedKeys
}

/** Signs the questions of one verifier. */
export class RequestSigner {
  /** The verifier's DID (did:web), from its origin. */
  readonly did: string
  readonly #face: VerifierFace
  readonly #jwk: PublicJwk
  readonly #key: CryptoKey

  private constructor(face: VerifierFace, jwk: PublicJwk, key: CryptoKey) {
    this.did = didOf(face.origin)
    this.#face = face
    this.#jwk = jwk
    this.#key = key
  }

  /** Takes the key that is kept, or makes one: the first of several processes does. */
  static async open(store: VerifierStore, face: VerifierFace, now: number): Promise<RequestSigner> {
    const { jwk, key } = await keptSigningKey(store, KEY_ID, now)
    return new RequestSigner(face, jwk, key)
  }

  get clientId(): string {
    return clientIdOf(this.#face.origin)
  }

  /** What `GET /.well-known/did.json` answers (did:web; DID Core 1.0). */
  didDocument(): object {
    const method = {
      id: requestKeyId(this.#face.origin),
      type: 'JsonWebKey2020',
      controller: this.did,
      publicKeyJwk: this.#jwk,
    }
    return {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1'],
      id: this.did,
      verificationMethod: [method],
      authentication: [method.id],
      assertionMethod: [method.id],
    }
  }

  /**
   * Signs the question of a session.
   *
   * @param walletNonce - What the wallet sent to see that the answer is made for it.
   */
  async sign(session: Session, known: KnownPolicy, walletNonce?: string): Promise<string> {
    const { origin } = this.#face
    const payload = {
      response_type: 'vp_token',
      response_mode: session.encryptionKey === undefined ? 'direct_post' : 'direct_post.jwt',
      client_id: this.clientId,
      aud: WALLET_AUDIENCE,
      response_uri: `${origin}/oid4vp/response/${session.id}`,
      nonce: session.nonce,
      state: session.id,
      iat: session.createdAt,
      exp: session.expiresAt,
      ...(walletNonce === undefined ? {} : { wallet_nonce: walletNonce }),
      dcql_query: { credentials: [this.#query(session, known)] },
      client_metadata: this.#metadata(session),
    }
    return signJws({ typ: REQUEST_TYP, kid: requestKeyId(origin) }, payload, this.#key)
  }

  /**
   * Signs the question of a session at a counter: all that a wallet without a network needs.
   *
   * @throws ZerocardError with `POLICY_TOO_LARGE` if it does not fit into a code.
   */
  async signForCounter(session: Session, { policy, schemas }: KnownPolicy): Promise<string> {
    const { origin, displayName, keys } = this.#face
    const question = {
      audience: origin,
      name: displayName,
      nonce: session.nonce,
      issuedAt: session.createdAt,
      expiresAt: session.expiresAt,
      policy,
      schemas: new Map([...schemas].map(([id, schema]) => [id, schemaHash(schema)])),
      trust: new Map(Object.entries(trustAddresses(policy, origin))),
      circuits: keyIdsFor(policy, keys),
    }
    return signCounterQuestion(question, this.#key)
  }

  #query({ pageOrigin }: Session, { policy, schemas }: KnownPolicy): object {
    const isOwnPage = pageOrigin === undefined || pageOrigin === this.#face.origin
    return {
      id: QUERY_ID,
      format: OPENID_FORMAT,
      meta: {
        policy,
        schemas: [...schemas.values()],
        trust: trustAddresses(policy, this.#face.origin),
        circuits: keyIdsFor(policy, this.#face.keys),
        // The holder is told whose page asks: the answer is given to that page.
        ...(isOwnPage ? {} : { page: pageOrigin }),
      },
    }
  }

  #metadata({ encryptionKey }: Session): object {
    const encryption = encryptionKey === undefined ? {} : encryptionMetadata(encryptionKey)
    return {
      client_name: this.#face.displayName,
      vp_formats_supported: { [OPENID_FORMAT]: {} },
      ...encryption,
    }
  }
}

/** Where wallets find the trust lists of a policy, by name: the verifier serves all that it uses. */
export function trustAddresses({ credentials }: Policy, origin: string): Record<string, string> {
  return Object.fromEntries(
    Object.values(credentials).map(({ trust }) => [
      trust,
      `${origin}/trust/${encodeURIComponent(trust)}`,
    ]),
  )
}

function keyIdsFor(policy: Policy, keys: AcceptedKeys): string[] {
  const { name } = policyShape(policy)
  return [...keys].filter(([, { circuit }]) => circuit === name).map(([id]) => id)
}

function encryptionMetadata(privateJwk: string): object {
  const json = JSON.parse(privateJwk) as unknown
  // The shape lets only the public members through.
  const jwk: EncryptionJwk = readWith(encryptionJwkJson, json, 'DATABASE_INVALID', 'encryption key')
  return { jwks: { keys: [jwk] }, encrypted_response_enc_values_supported: ['A256GCM'] }
}
