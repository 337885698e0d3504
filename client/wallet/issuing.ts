import { credentialToJson } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import { schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { CredentialOffer, IssuedCredential, PendingIssuance } from '../openid4vci.ts'
import { beginIssuance, fetchOffer, readOfferLink, redeemOffer } from '../openid4vci.ts'
import type { DocumentOf } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { holderOf, keptCredentials } from './holding.ts'
import type { KeptCredential } from './holding.ts'
import type { Keep } from './keep.ts'
import { happened, newId } from './records.ts'
import type { OfferView, WalletProgress } from './types.ts'

/** How somebody waits for a slow thing. */
export interface Waiting {
  readonly progress?: WalletProgress
  readonly signal?: AbortSignal
}

type Pending = DocumentOf<'pending'>

/** Getting credentials, with an issuance kept until its credential is. */
export class Issuing {
  readonly #keep: Keep
  readonly #environment: WalletEnvironment
  /** What was read, by what was shown of it: an offer's code is not for the page. */
  readonly #offers = new WeakMap<OfferView, CredentialOffer>()

  constructor(keep: Keep, environment: WalletEnvironment) {
    this.#keep = keep
    this.#environment = environment
  }

  /** @throws ZerocardError with `OFFER_INVALID`, `ADDRESS_REFUSED` or the codes of the network. */
  async read(text: string): Promise<OfferView> {
    const offer = await fetchOffer(readOfferLink(text), this.#environment.http)
    const { issuer, configuration, txCode } = offer
    const view = { issuer, configuration, ...(txCode === undefined ? {} : { txCode }) }
    this.#offers.set(view, offer)
    return view
  }

  /**
   * Redeems an offer. What has begun is kept, so that an answer that gets lost can be asked for again.
   *
   * @returns Id of the credential.
   * @throws ZerocardError with the codes of `redeemOffer`; `SCHEMA_INVALID` if the wallet has a
   *   credential of another schema with this name.
   * @throws TypeError for an offer that {@link read} did not give.
   */
  async take(view: OfferView, txCode: string | undefined, waiting: Waiting): Promise<string> {
    const offer = this.#offers.get(view)
    if (offer === undefined) throw new TypeError('not an offer that was read')
    const earlier = this.#keep
      .all('pending')
      .find(
        ([, { issuer, configuration }]) =>
          issuer === offer.issuer && configuration === offer.configuration,
      )
    const id = earlier?.[0] ?? newId()
    const begun = beginIssuance(offer, earlier && issuanceOf(earlier[1]))
    return this.#redeem(id, begun, txCode, waiting)
  }

  /** Asks again for what was asked for before. @throws as {@link take}; `NOT_FOUND`. */
  async resume(id: string, waiting: Waiting): Promise<string> {
    const document = this.#keep.get('pending', id)
    if (document === undefined) throw new ZerocardError('NOT_FOUND', 'nothing has begun')
    return this.#redeem(id, issuanceOf(document), undefined, waiting)
  }

  async forget(id: string): Promise<void> {
    await this.#keep.write([{ kind: 'pending', id, value: undefined }])
  }

  async #redeem(
    id: string,
    begun: PendingIssuance,
    txCode: string | undefined,
    { progress, signal }: Waiting,
  ): Promise<string> {
    const { http, prover, keys, verifyProof, clock } = this.#environment
    const now = clock()
    const begunAt = this.#keep.get('pending', id)?.begunAt ?? now
    const issued = await redeemOffer(
      begun,
      {
        secret: holderOf(this.#keep, []).secret,
        tools: { prover, keys, ...(verifyProof === undefined ? {} : { verifyProof }) },
        ...(txCode === undefined ? {} : { txCode }),
        now,
        save: (pending) =>
          this.#keep.write([{ kind: 'pending', id, value: { ...pending, begunAt } }]),
        ...(progress === undefined ? {} : { progress }),
        ...(signal === undefined ? {} : { signal }),
      },
      http,
    )
    return this.#store(id, issued)
  }

  /** The credential is there in the same moment as the issuance is over. */
  async #store(pendingId: string, issued: IssuedCredential): Promise<string> {
    const { held, schema, issuer, issuerName } = issued
    const { clock } = this.#environment
    const same = this.#keep
      .all('credential')
      .find(([, { blinding }]) => blinding === String(held.blinding))
    const id = same?.[0] ?? newId()
    const named = issuerName === undefined ? {} : { issuerName }
    const kept = keptCredentials(this.#keep)
    assertSameSchema(schema, kept)
    const own = kept.filter(
      ({ held: { credential } }) => credential.issuer === issuer && credential.schema === schema.id,
    )
    const since = own.map(({ document }) => document.knownSince ?? document.receivedAt)
    const value = {
      credential: credentialToJson(held.credential),
      blinding: String(held.blinding),
      schema,
      ...named,
      receivedAt: clock(),
      knownSince: Math.min(clock(), ...since),
      ...(held.origin === undefined ? {} : { origin: { jwk: held.origin.jwk } }),
    }
    const name = issuerName === undefined ? {} : { name: issuerName }
    await this.#keep.write([
      { kind: 'credential', id, value },
      { kind: 'pending', id: pendingId, value: undefined },
      happened({
        at: clock(),
        kind: 'received',
        host: hostOf(issuer),
        ...name,
        subject: schema.id,
      }),
    ])
    return id
  }
}

/**
 * One name of a schema means one thing in a wallet. Found only now: an issuer that could see an
 * issuance stop before would learn which credentials the wallet has.
 */
function assertSameSchema(schema: Schema, kept: readonly KeptCredential[]): void {
  const known = kept.find((one) => one.schema.id === schema.id)
  if (known === undefined || schemaHash(known.schema) === schemaHash(schema)) return
  throw new ZerocardError('SCHEMA_INVALID', `the issuer has another ${schema.id} than you`)
}

function issuanceOf({ begunAt: _, access, ...rest }: Pending): PendingIssuance {
  return access === undefined ? rest : { ...rest, access }
}

function hostOf(origin: string): string {
  return new URL(origin).host
}
