import type { AttributeValue } from '../../core/attribute.ts'
import { credentialToJson, issueCredential } from '../../core/credential.ts'
import type { Credential } from '../../core/credential.ts'
import { readJws, verifyJws } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { PERSON, TODAY, TestIssuer, ADULT } from '../support/world.ts'
import { FakeNetwork, json } from './fake-services.ts'

export const ISSUER = 'https://registry.example'
const GRANT = 'urn:ietf:params:oauth:grant-type:pre-authorized_code'

/** What the wallet put into its key proof. */
export interface SeenProof {
  readonly aud: string
  readonly iat: number
  readonly nonce: string
  readonly zerocard: { readonly commitment: string; readonly tag: string; readonly proof: string }
}

/** Documents of the fake issuer that a test may change before they are sent. */
export type Document =
  'offer' | 'metadata' | 'server' | 'document' | 'token' | 'nonce' | 'credential'

type Change = (document: Record<string, unknown>) => unknown

/** An issuer of person/1 as docs/protocol.md describes it, which checks nothing but its codes. */
export class FakeIssuer {
  readonly network = new FakeNetwork()
  readonly proofs: SeenProof[] = []
  readonly changes: Partial<Record<Document, Change>> = {}
  /** Answers that get lost after the issuer has done its part. */
  readonly lost = new Set<Document>()
  code = 'code-1'
  attributes: Readonly<Record<string, AttributeValue>> = ADULT
  readonly issuer: TestIssuer
  /** Signs instead of the issuer, where a test says so. */
  signedBy: TestIssuer
  #nonces = 0
  readonly #redeemed = new Set<string>()
  readonly #issued = new Map<string, Credential>()

  static async create(): Promise<FakeIssuer> {
    return new FakeIssuer(await TestIssuer.create(ISSUER, PERSON))
  }

  private constructor(issuer: TestIssuer) {
    this.issuer = issuer
    this.signedBy = issuer
    const { pages } = this.network
    pages.set(`${ISSUER}/offers/1`, () => this.answer('offer', this.offer()))
    pages.set(`${ISSUER}/.well-known/openid-credential-issuer`, () =>
      this.answer('metadata', this.metadata()),
    )
    pages.set(`${ISSUER}/.well-known/oauth-authorization-server`, () =>
      this.answer('server', this.server()),
    )
    pages.set(`${ISSUER}/.well-known/zerocard-issuer`, () =>
      this.answer('document', this.document()),
    )
    pages.set(`${ISSUER}/token`, (body) => this.#token(new URLSearchParams(body)))
    pages.set(`${ISSUER}/nonce`, () =>
      this.answer('nonce', { c_nonce: `nonce-${String(++this.#nonces)}` }),
    )
    pages.set(`${ISSUER}/credential`, (body, headers) => this.#credential(body, headers))
  }

  get link(): string {
    return `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(`${ISSUER}/offers/1`)}`
  }

  offer(): Record<string, unknown> {
    const txCode = { input_mode: 'numeric', length: 6, description: 'From the letter' }
    return {
      credential_issuer: ISSUER,
      credential_configuration_ids: ['person-1'],
      grants: { [GRANT]: { 'pre-authorized_code': this.code, tx_code: txCode } },
    }
  }

  metadata(): Record<string, unknown> {
    return {
      credential_issuer: ISSUER,
      credential_endpoint: `${ISSUER}/credential`,
      nonce_endpoint: `${ISSUER}/nonce`,
      display: [{ name: 'Civil registry', locale: 'en' }],
      credential_configurations_supported: {
        'person-1': {
          format: 'dc+zkp',
          cryptographic_binding_methods_supported: ['jwk'],
          proof_types_supported: { jwt: { proof_signing_alg_values_supported: ['ES256'] } },
          credential_metadata: { display: [{ name: 'Person', locale: 'en' }] },
        },
      },
    }
  }

  server(): Record<string, unknown> {
    return {
      issuer: ISSUER,
      token_endpoint: `${ISSUER}/token`,
      grant_types_supported: [GRANT],
      'pre-authorized_grant_anonymous_access_supported': true,
    }
  }

  document(): Record<string, unknown> {
    const { x, y } = this.issuer.signer.key
    return {
      format: 'zerocard-issuer/1',
      issuer: ISSUER,
      jwk: this.issuer.jwk,
      keys: [{ schema: PERSON.id, key: { x: String(x), y: String(y) } }],
      schemas: [PERSON],
    }
  }

  /** Makes the answer, unless it is to be lost on its way. */
  answer(name: Document, document: Record<string, unknown>): Response {
    if (this.lost.delete(name)) throw new TypeError('connection reset')
    return json(this.changes[name]?.(document) ?? document)
  }

  #token(form: URLSearchParams): Response {
    const code = form.get('pre-authorized_code') ?? ''
    if (form.get('grant_type') !== GRANT || code !== this.code || this.#redeemed.has(code)) {
      return json({ error: 'invalid_grant', code: 'OFFER_INVALID' }, 400)
    }
    if (form.get('tx_code') !== '123456') return json({ error: 'invalid_grant' }, 400)
    this.#redeemed.add(code)
    return this.answer('token', { access_token: 'T', token_type: 'Bearer', expires_in: 600 })
  }

  async #credential(body: string, headers: Headers): Promise<Response> {
    if (headers.get('authorization') !== 'Bearer T') {
      return json({ error: 'invalid_token', code: 'UNAUTHORIZED' }, 401)
    }
    const request = JSON.parse(body) as { proofs: { jwt: [string] } }
    const [jwt] = request.proofs.jwt
    const { header } = readJws(jwt, 'INPUT_INVALID') as { header: { jwk: PublicJwk } }
    const proof = await verifyJws(jwt, header.jwk, 'openid4vci-proof+jwt', 'INPUT_INVALID')
    this.proofs.push(proof as SeenProof)
    const { commitment } = (proof as SeenProof).zerocard
    const credential =
      this.#issued.get(commitment) ??
      issueCredential(this.signedBy.signer, this.signedBy.schema, {
        attributes: this.attributes,
        commitment: BigInt(commitment),
        revocationId: BigInt(this.#issued.size),
        validFrom: TODAY,
        validUntil: TODAY + 90,
      })
    this.#issued.set(commitment, credential)
    return this.answer('credential', {
      credentials: [{ credential: credentialToJson(credential) }],
    })
  }
}
