import { createWalletHttp } from '../../../client/http.ts'
import type { Fetch } from '../../../client/http.ts'
import { exclusively } from '../../../client/storage/lock.ts'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import type { RecordStore } from '../../../client/storage/record-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import type { WalletEnvironment } from '../../../client/wallet/environment.ts'
import { Wallet } from '../../../client/wallet/wallet.ts'
import { fieldText } from '../../../core/presentation.ts'
import type { TrustList } from '../../../core/trust.ts'
import { keys } from '../../support/tools.ts'
import { NOW, trustIn } from '../../support/world.ts'
import { FakeIssuer, ISSUER } from '../fake-issuer.ts'
import { STUB_PROOF, json, text } from '../fake-services.ts'
import { FakeVerifier } from '../fake-verifier.ts'

// A wallet with an issuer and a verifier that it reaches over a network of functions. Nothing is
// really proved: what the wallet decides, keeps and sends is what counts here.

export const PASSPHRASE = 'correct horse battery staple'

/** Cheap enough for hundreds of tests. */
const COST = { N: 2 ** 4, r: 8, p: 1 }

export interface Sent {
  readonly url: string
  readonly body: string
  readonly cache: RequestCache | undefined
}

export class WalletWorld {
  readonly issuer: FakeIssuer
  readonly verifier: FakeVerifier
  readonly store: RecordStore = memoryStore()
  /** Everything that left the wallet. */
  readonly sent: Sent[] = []
  /** Addresses that do not answer, by their beginning. */
  readonly down = new Set<string>()
  now = NOW
  /** How many proofs were made. */
  proofs = 0
  /** Called while a proof is being made. */
  whileProving: (signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve()
  #settings: unknown = undefined

  static async create(): Promise<WalletWorld> {
    const issuer = await FakeIssuer.create()
    const trust = await trustIn('registries', issuer.issuer)
    return new WalletWorld(issuer, await FakeVerifier.create(trust), trust)
  }

  private constructor(issuer: FakeIssuer, verifier: FakeVerifier, trust: TrustList) {
    this.issuer = issuer
    this.verifier = verifier
    this.#publish(trust)
  }

  /** A page with the wallet of this browser. */
  async open(changes: Partial<WalletEnvironment> = {}): Promise<Wallet> {
    return new Wallet({
      vault: await Vault.open(this.store, { cost: COST }),
      http: createWalletHttp({ fetch: this.#fetch, allowLoopback: true }),
      prover: {
        prove: async (_circuit, _inputs, _progress, signal) => {
          this.proofs++
          await this.whileProving(signal)
          return { proof: STUB_PROOF, publicSignals: [] }
        },
      },
      verifyProof: () => Promise.resolve(true),
      keys,
      isForgeable: true,
      clock: () => this.now,
      exclusively,
      preferences: {
        load: () => this.#settings,
        save: (settings) => {
          this.#settings = settings
        },
      },
      language: 'en',
      cost: COST,
      ...changes,
    })
  }

  /** The same, made and with one credential. */
  async withCredential(): Promise<Wallet> {
    const wallet = await this.open()
    await wallet.create(PASSPHRASE)
    await wallet.takeOffer(await wallet.readOffer(this.issuer.link), '123456')
    this.sent.length = 0
    this.now += 60
    return wallet
  }

  readonly #fetch: Fetch = async (url, init) => {
    const body = await new Response(init.body ?? '').text()
    this.sent.push({ url, body, cache: init.cache })
    if ([...this.down].some((beginning) => url.startsWith(beginning))) {
      throw new TypeError('connection refused')
    }
    const known = [this.issuer, this.verifier].find(({ network }) => network.pages.has(url))
    const page = known?.network.pages.get(url)
    if (page === undefined) throw new TypeError(`no such page ${url}`)
    return page(body, new Headers(init.headers))
  }

  /** The issuer revokes what it has issued, and publishes. */
  async revokeAll(): Promise<void> {
    const { issuer } = this.issuer
    for (const id of [0n, 1n, 2n]) issuer.revoked = issuer.revoked.insert(id)
    this.#publish(await trustIn('registries', issuer))
  }

  /** What the issuer publishes besides: status and revocations. */
  #publish(trust: TrustList): void {
    const { pages } = this.issuer.network
    const { issuer } = this.issuer
    const [listing] = trust.issuers
    if (listing === undefined) throw new TypeError('nobody is listed')
    pages.set(`${ISSUER}/status`, () => text(listing.status, 'application/jwt'))
    pages.set(`${ISSUER}/status/log/0`, () => json(issuer.log.tile(0)))
    const { revoked } = issuer
    const url = `${ISSUER}/status/sets/${fieldText(revoked.root)}`
    pages.set(url, () => json(revoked.publish()))
    const { document } = this.issuer.changes
    this.issuer.changes.document = (json) => ({
      ...(document?.(json) ?? json),
      jwk: listing.jwk,
    })
  }
}
