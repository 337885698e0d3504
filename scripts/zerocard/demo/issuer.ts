import type { AttributeValue } from '../../../core/attribute.ts'
import { issuerSigner } from '../../../core/credential.ts'
import { dayFromUnixSeconds } from '../../../core/dates.ts'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { Schema } from '../../../core/schema.ts'
import type { TrustedIssuer } from '../../../core/trust.ts'
import { acceptCredential, requestCredential } from '../../../client/holder.ts'
import { Issuer } from '../../../server/issuer/issuer.ts'
import { Publisher } from '../../../server/issuer/publisher.ts'
import type { Publication } from '../../../server/issuer/publisher.ts'
import { revoke } from '../../../server/issuer/revocation.ts'
import { IssuerStore } from '../../../server/issuer/store.ts'
import type { DemoHolder } from './holder.ts'
import type { Tools } from './tools.ts'

const DAY_SECONDS = 86_400

/** An issuer of one schema. */
export class DemoIssuer {
  readonly title: string
  readonly issuer: string
  readonly schema: Schema
  readonly store: IssuerStore
  readonly #tools: Tools
  readonly #signing: Issuer
  readonly #listing: () => Promise<{ publication: Publication; listed: TrustedIssuer }>
  /** The newest epoch, for holders and trust lists. */
  published: Publication | undefined

  private constructor(
    tools: Tools,
    title: string,
    issuer: string,
    schema: Schema,
    store: IssuerStore,
    documentKey: CryptoKeyPair,
  ) {
    const privateKey = generatePrivateKey()
    const key = publicKeyOf(privateKey)
    this.title = title
    this.issuer = issuer
    this.schema = schema
    this.store = store
    this.#tools = tools
    this.#signing = new Issuer({
      issuer,
      keys: [{ schema, signer: issuerSigner(issuer, privateKey, key) }],
      store,
      enrolmentKey: tools.artifacts.keys.enrolment.key,
      verifyProof: tools.verifyProof,
    })
    const { privateKey: signs } = documentKey
    const publisher = new Publisher({ keys: [{ key, schema }], store, documentKey: signs })
    this.#listing = async () => {
      const publication = await publisher.publish(tools.clock.now, 7 * DAY_SECONDS)
      const jwk = await publicJwk(documentKey.publicKey)
      return {
        publication,
        listed: { issuer, jwk, schemas: [schema.id], status: publication.document },
      }
    }
  }

  static async create(
    tools: Tools,
    title: string,
    issuer: string,
    schemaId: string,
  ): Promise<DemoIssuer> {
    const schema = tools.schemas.get(schemaId)
    if (schema === undefined) throw new TypeError(`no schema ${schemaId}`)
    const store = await IssuerStore.open('sqlite::memory:', issuer)
    return new DemoIssuer(tools, title, issuer, schema, store, await generateSigningKey())
  }

  /** The whole of issuing: the holder's request, the issuer's checks and signature, the holder's checks. */
  async enrol(
    holder: DemoHolder,
    subject: string,
    attributes: Readonly<Record<string, AttributeValue>>,
  ): Promise<void> {
    const { stage, clock, prover, artifacts, verifyProof, schemas } = this.#tools
    const nonce = crypto.randomUUID()
    const tools = { prover, keys: artifacts.keys, verifyProof }
    const { request, blinding } = await stage.time('enrol', () =>
      requestCredential(holder.secret, { issuer: this.issuer, nonce }, tools),
    )
    const validFrom = dayFromUnixSeconds(clock.now)
    const application = {
      subject,
      schema: this.schema.id,
      attributes,
      validFrom,
      validUntil: validFrom + 365,
      request,
      nonce,
    }
    const checked = await stage.time('check', () => this.#signing.check(application))
    const credential = await stage.time('issue', () => this.#signing.issue(checked, clock.now))
    const held = acceptCredential(holder.secret, { credential, blinding }, schemas)
    holder.credentials = [...holder.credentials, held]
  }

  async revoke(subject: string): Promise<void> {
    await revoke(this.store, { subject }, this.#tools.clock.now)
  }

  async publish(): Promise<TrustedIssuer> {
    const { publication, listed } = await this.#listing()
    this.published = publication
    return listed
  }
}
