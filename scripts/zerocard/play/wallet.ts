import { generatePhrase, secretFromPhrase } from '../../../client/phrase.ts'
import { createWalletHttp } from '../../../client/http.ts'
import type { WalletHttp } from '../../../client/http.ts'
import type { HeldCredential, ProvingTools } from '../../../client/holder.ts'
import {
  beginIssuance,
  fetchOffer,
  readOfferLink,
  redeemOffer,
} from '../../../client/openid4vci.ts'
import {
  answerRequest,
  fetchRequest,
  fetchRequestTrust,
  prepareAnswer,
  readRequestLink,
} from '../../../client/openid4vp.ts'
import { httpRevocations } from '../../../client/revocations.ts'
import type { Schema } from '../../../core/schema.ts'
import type { Tools } from './tools.ts'

/** One thing a wallet has sent: where to, and everything in it. */
export interface Sent {
  readonly origin: string
  readonly text: string
}

/** Somebody's wallet: a secret, credentials, and a record of every byte that left it. */
export class Wallet {
  readonly name: string
  readonly secret = secretFromPhrase(generatePhrase())
  readonly sent: Sent[] = []
  credentials: readonly HeldCredential[] = []
  readonly #schemas = new Map<string, Schema>()
  /** Uses shown, by policy: what a wallet counts so as not to repeat one. */
  readonly #uses = new Map<string, number>()
  readonly #tools: Tools
  readonly #http: WalletHttp

  constructor(name: string, tools: Tools) {
    this.name = name
    this.#tools = tools
    this.#http = createWalletHttp({
      allowLoopback: true,
      fetch: async (url, init) => {
        const form = init.body instanceof URLSearchParams ? init.body.toString() : init.body
        const body = typeof form === 'string' ? form : ''
        const { origin } = new URL(url)
        this.sent.push({ origin, text: [url, JSON.stringify(init.headers), body].join('\n') })
        return fetch(url, init)
      },
    })
  }

  /** Takes a credential by its offer. */
  async take(link: string, txCode: string): Promise<void> {
    const { stage, prover, artifacts, verifyProof } = this.#tools
    const offer = await fetchOffer(readOfferLink(link), this.#http)
    const tools = { prover, keys: artifacts.keys, verifyProof }
    const redemption = {
      secret: this.secret,
      tools,
      txCode,
      now: now(),
      save: () => Promise.resolve(),
    }
    const { held, schema } = await stage.time('issue', () =>
      redeemOffer(beginIssuance(offer), redemption, this.#http),
    )
    this.#schemas.set(schema.id, schema)
    this.credentials = [...this.credentials, held]
  }

  /**
   * Answers a verifier's link. It keeps count of the uses it has shown.
   *
   * @param cheat - A wallet that was tampered with shows this use, whatever it showed before.
   */
  async answer(link: string, cheat?: number): Promise<void> {
    const { stage, artifacts } = this.#tools
    const knowledge = { keys: artifacts.keys, schemas: this.#schemas, now: now() }
    const request = await fetchRequest(readRequestLink(link), knowledge, this.#http)
    const trust = await fetchRequestTrust(request, now(), this.#http)
    const { id, once, credentials } = request.policy
    const use = cheat ?? this.#uses.get(id) ?? 0
    const circuit = Object.keys(credentials).length === 1 ? 'eligibility-1' : 'eligibility-3'
    const prepared = await stage.time(circuit, () =>
      prepareAnswer(request, trust, {
        holder: this,
        tools: this.#proving(),
        now: now(),
        use,
        progress: (_, done) => {
          stage.progress.update(done, `${this.name} proves ${id}`)
        },
      }),
    )
    if (once !== undefined && cheat === undefined) this.#uses.set(id, use + 1)
    await stage.time('answer', () => answerRequest(request, prepared, now(), this.#http))
  }

  /** Sends what it sent last a second time. @throws ZerocardError with the verifier's code. */
  async repeatLast(tamper: (body: string) => string = (body) => body): Promise<void> {
    const [url = '', , body = ''] = this.sent.at(-1)?.text.split('\n') ?? []
    await this.#http.request({
      url,
      types: ['application/json'],
      body: new URLSearchParams(tamper(body)),
    })
  }

  #proving(): ProvingTools {
    const { prover, artifacts, verifyProof } = this.#tools
    return { prover, keys: artifacts.keys, verifyProof, revocations: httpRevocations(this.#http) }
  }
}

/** The wallet's clock, seconds since 1970-01-01 UTC. */
function now(): number {
  return Math.floor(Date.now() / 1000)
}
