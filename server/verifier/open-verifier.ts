import { policySentence, sentenceText } from '../../core/policy/sentence.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { freshnessSeconds } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { Language } from '../../core/policy/languages/languages.ts'
import type { Schemas } from '../../core/statement.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import type { ResultKey } from '../../core/result-token.ts'
import { listedIssuers } from '../../core/trust.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import type { Database } from '../storage/database.ts'
import { BanList } from './bans.ts'
import { deliveriesOf } from './deliveries.ts'
import type { WebhookTarget } from './deliveries.ts'
import { Moderation } from './moderation.ts'
import type { KnownPolicy } from './policy-book.ts'
import { RequestSigner, trustAddresses } from './request-object.ts'
import { countSessions, sweep } from './retention.ts'
import type { Retention, SessionCount } from './retention.ts'
import { ResultSigner } from './result-signer.ts'
import { SessionDesk } from './session-desk.ts'
import type { ResponseMode, SessionView } from './session-desk.ts'
import { VerifierStore } from './store.ts'
import type { VerifierTables } from './tables.ts'
import { NO_TRUST_SOURCE } from './trust-source.ts'
import type { TrustSource } from './trust-source.ts'
import { Verifier } from './verifier.ts'
import { WalletDesk } from './wallet-desk.ts'

export interface OpenVerifierOptions {
  readonly database: Database<VerifierTables>
  /** Verification keys to accept, by id. */
  readonly keys: AcceptedKeys
  /** Where `production`, keys are refused that do not show that nobody can forge under them. */
  readonly environment: 'production' | 'development'
  /** How the world reaches the verifier; the audience of presentations. */
  readonly origin: string
  /** For holders, at consent. */
  readonly displayName: string
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** By default the portable engine, in this thread. */
  readonly verifyProof?: ProofVerifier
  /** What wallet links begin with; by default `openid4vp://authorize`. */
  readonly walletLink?: string | undefined
  /** By default `direct_post.jwt`. */
  readonly responseMode?: ResponseMode
  /** Seconds; by default 300. */
  readonly sessionLifetime?: number
  /** Origins that `returnTo` may lead to, besides the verifier's own. */
  readonly returnOrigins?: readonly string[]
  /** By default 100,000. */
  readonly maxOpenSessions?: number
  readonly webhooks?: readonly WebhookTarget[]
  /** Told how each presentation was judged: `accepted` or the code of the refusal. */
  readonly onVerdict?: (verdict: string) => void
}

/** What a verifier signs with. */
export interface VerifierSigners {
  readonly requests: RequestSigner
  readonly results: ResultSigner
}

/** A policy as everybody may read it. */
export interface PolicyView {
  readonly id: string
  readonly policy: unknown
  readonly schemas: readonly unknown[]
  /** Addresses of the trust lists it names. */
  readonly trust: Readonly<Record<string, string>>
  /** What it asks, in words. */
  readonly sentence: string
}

const DEFAULTS = {
  walletLink: 'openid4vp://authorize',
  responseMode: 'direct_post.jwt',
  sessionLifetime: 300,
  returnOrigins: [],
  maxOpenSessions: 100_000,
  webhooks: [],
} as const

/** A verifier without its surroundings: everything that happens between sites, wallets and a database. */
export class OpenVerifier {
  readonly verifier: Verifier
  readonly store: VerifierStore
  readonly sessions: SessionDesk
  readonly wallets: WalletDesk
  readonly moderation: Moderation
  /** Keys that result tokens are signed with. */
  readonly resultKeys: readonly ResultKey[]
  readonly #options: OpenVerifierOptions
  #trust: TrustSource = NO_TRUST_SOURCE
  readonly #policies = new Set<string>()

  constructor(options: OpenVerifierOptions, store: VerifierStore, signers: VerifierSigners) {
    const { requests: signer, results } = signers
    const { database, keys, environment, verifyProof, origin, clock } = options
    const { webhooks = DEFAULTS.webhooks, onVerdict = () => undefined } = options
    this.#options = options
    this.store = store
    this.resultKeys = results.keys
    this.verifier = new Verifier({
      store,
      keys,
      environment,
      ...(verifyProof === undefined ? {} : { verifyProof }),
    })
    const { verifier } = this
    this.sessions = new SessionDesk({
      database,
      store,
      verifier,
      signer: results,
      questions: signer,
      origin,
      clientId: signer.clientId,
      walletLink: options.walletLink ?? DEFAULTS.walletLink,
      responseMode: options.responseMode ?? DEFAULTS.responseMode,
      sessionLifetime: options.sessionLifetime ?? DEFAULTS.sessionLifetime,
      returnOrigins: options.returnOrigins ?? DEFAULTS.returnOrigins,
      maxOpenSessions: options.maxOpenSessions ?? DEFAULTS.maxOpenSessions,
      isOffered: (id) => this.#policies.has(id),
      clock,
    })
    this.wallets = new WalletDesk({ store, verifier, signer, webhooks, clock, onVerdict })
    this.moderation = new Moderation({ bans: new BanList(database), verifier, origin, clock })
  }

  /**
   * Takes a policy into use.
   *
   * @throws ZerocardError as {@link PolicyBook.add}.
   */
  async addPolicy(policy: Policy, schemas: Schemas): Promise<void> {
    await this.verifier.policies.add(policy, schemas, this.#options.clock())
    this.#policies.add(policy.id)
  }

  /**
   * Takes what a clerk scanned from a holder's wallet. The same rules hold as for an answer that a
   * wallet sends: it is accepted once, and the third refusal ends the question.
   *
   * @param token - Of the session.
   * @returns How the session stands: verified, with what was disclosed.
   * @throws ZerocardError as {@link SessionDesk.find} and {@link WalletDesk.takeAtCounter}.
   */
  async answerAtCounter(id: string, token: string, presentation: string): Promise<SessionView> {
    const session = await this.sessions.find(id, token)
    await this.wallets.takeAtCounter(session, presentation)
    return this.sessions.view(id, token)
  }

  /** The verifier's clock: seconds since 1970-01-01 UTC. */
  now(): number {
    return this.#options.clock()
  }

  /** Looks there how many issuers of a list can have signed: part of what a policy's sentence says. */
  useTrust(source: TrustSource): void {
    this.#trust = source
  }

  /** The policies that were taken into use here. */
  async policies(): Promise<PolicyView[]> {
    return Promise.all([...this.#policies].map((id) => this.policy(id)))
  }

  /** @throws ZerocardError with `NOT_FOUND`. */
  async policy(id: string, language: Language = 'en'): Promise<PolicyView> {
    return this.#viewOf(await this.verifier.policies.find(id), language)
  }

  /** @throws ZerocardError with `UNAVAILABLE` if a trust list is too old for all that need it. */
  async assertReady(): Promise<void> {
    const policies = await this.#offered()
    for (const [list, age] of Object.entries(await this.trustAges())) {
      const needing = policies.filter((known) => listsOf(known).includes(list))
      if (needing.every(({ policy }) => freshnessSeconds(policy) < age)) {
        throw new ZerocardError('UNAVAILABLE', `the trust list ${list} is missing or too old`)
      }
    }
  }

  /** Seconds since the newest root of each list that the policies name was made. */
  async trustAges(): Promise<Readonly<Record<string, number>>> {
    const now = this.#options.clock()
    const lists = [...new Set((await this.#offered()).flatMap(listsOf))]
    const roots = await this.store.trustRootsOf(lists)
    return Object.fromEntries(
      lists.map((list) => [list, now - (roots[list]?.[0]?.madeAt ?? -Infinity)]),
    )
  }

  statistics(): Promise<SessionCount[]> {
    return countSessions(this.#options.database)
  }

  /** Deletes what has been kept long enough, and ends what nobody answered. */
  async sweep({ sessions, uses }: Omit<Retention, 'trustRoots'>): Promise<void> {
    const { database, clock, webhooks = [] } = this.#options
    const now = clock()
    const policies = await this.#offered()
    const trustRoots = Math.max(...policies.map(({ policy }) => freshnessSeconds(policy)), sessions)
    await sweep(database, { sessions, uses, trustRoots }, now, (session) =>
      deliveriesOf(webhooks, 'session.expired', session, now),
    )
  }

  #offered(): Promise<KnownPolicy[]> {
    return Promise.all([...this.#policies].map((id) => this.verifier.policies.find(id)))
  }

  async #viewOf({ policy, schemas }: KnownPolicy, language: Language): Promise<PolicyView> {
    const { clock, origin } = this.#options
    const counts = await Promise.all(
      Object.entries(policy.credentials).map(async ([alias, { trust, schema }]) => {
        const list = await this.#trust.current(trust)
        return list === undefined ? [] : [[alias, listedIssuers(list, schema).length] as const]
      }),
    )
    const issuers = Object.fromEntries(counts.flat())
    const today = dayFromUnixSeconds(clock())
    const sentence = policySentence(policy, schemas, today, issuers, language)
    return {
      id: policy.id,
      policy,
      schemas: [...schemas.values()],
      trust: trustAddresses(policy, origin),
      sentence: sentenceText(sentence, language),
    }
  }
}

/**
 * Opens a verifier on a database.
 *
 * @throws ZerocardError with `KEY_FORGEABLE` or `KEY_INVALID` in production, for a development key
 *   and for one without a transcript that verifies.
 */
export async function openVerifier(options: OpenVerifierOptions): Promise<OpenVerifier> {
  const { database, origin, displayName, keys, clock } = options
  const store = new VerifierStore(database)
  const requests = await RequestSigner.open(store, { origin, displayName, keys }, clock())
  const results = await ResultSigner.open(store, origin, clock())
  return new OpenVerifier(options, store, { requests, results })
}

function listsOf({ policy }: KnownPolicy): string[] {
  return Object.values(policy.credentials).map(({ trust }) => trust)
}
