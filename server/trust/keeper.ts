import { ZerocardError } from '../../core/errors.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { TrustList } from '../../core/trust.ts'
import type { Logger } from '../http/log.ts'
import type { Metrics } from '../http/metrics.ts'
import { createOutgoing } from '../outgoing/fetch.ts'
import type { OutgoingOptions } from '../outgoing/fetch.ts'
import { openDatabase } from '../storage/database.ts'
import type { Database } from '../storage/database.ts'
import { assertAddressesAllowed } from './config.ts'
import type { TrustConfig } from './config.ts'
import { describeKeeper } from './figures.ts'
import { TrustLists } from './lists.ts'
import type { ListVersion } from './lists.ts'
import { readOperatorKey } from './operator-key.ts'
import type { OperatorKey } from './operator-key.ts'
import { ListPublisher } from './publisher.ts'
import { RefreshLoop } from './refresh-loop.ts'
import { TrustSources, isGood } from './sources.ts'
import type { SourceOutcome, SourceReport } from './sources.ts'
import { SeenLog } from './seen.ts'
import { TRUST_COMPONENT } from './tables.ts'
import type { TrustTables } from './tables.ts'

export interface TrustKeeperOptions {
  readonly config: TrustConfig
  /** As `trustDatabaseUrl` gives it. */
  readonly databaseUrl: string
  /** Who signs the lists: the origin of the service that serves them. */
  readonly operator: string
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  readonly logger: Logger
  readonly metrics?: Metrics
  /**
   * Takes a list into use, before it is offered to anybody. Told of each newest list at least once
   * by every process, also after a start; what it does must bear being done again.
   */
  readonly onTrust?: (trust: TrustList) => Promise<void>
  /**
   * Seconds, by list: the longest `freshness` of the policies that use it. Without one, the
   * configured `freshness`.
   */
  readonly freshness?: Readonly<Record<string, number>>
  /** Resolves names; another than the system's is for tests. */
  readonly lookup?: OutgoingOptions['lookup']
}

/** A list as it is offered. Times are seconds since 1970-01-01 UTC. */
export interface OfferedList {
  readonly name: string
  readonly root: string
  /** Compact JWS. */
  readonly jws: string
  /** The oldest status document's time. */
  readonly madeAt: number
  readonly expiresAt: number
}

export interface ListState {
  readonly name: string
  /** Undefined: there is no current list. */
  readonly current: Omit<OfferedList, 'name' | 'jws'> | undefined
  /** Origins of issuers that are in the current list, and of those that belong to it and are not. */
  readonly issuers: readonly string[]
  readonly missing: readonly string[]
}

/** Milliseconds. */
const SECOND = 1_000
/** Share of the time between two looks by which it is shortened or lengthened at random. */
const JITTER = 0.2

/**
 * Starts to keep trust lists. What the database has is in use when this returns; the first look at
 * the sources is under way, `refresh` waits for the next.
 *
 * @throws ZerocardError with `CONFIG_INVALID` or `DATABASE_INVALID`.
 */
export async function startTrustKeeper(options: TrustKeeperOptions): Promise<TrustKeeper> {
  assertAddressesAllowed(options.config)
  const database = await openDatabase<TrustTables>(options.databaseUrl, TRUST_COMPONENT)
  try {
    const keeper = new TrustKeeper(
      options,
      database,
      await readOperatorKey(database, options.clock()),
    )
    await keeper.start()
    return keeper
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Keeps lists up to date and offers them. Several may work on one database. */
export class TrustKeeper {
  readonly operator: string
  /** The key that the lists are signed with. */
  readonly jwk: PublicJwk
  /** Of the configured lists. */
  readonly names: readonly string[]
  /** What was seen of the issuers. */
  readonly seen: SeenLog
  readonly #options: TrustKeeperOptions
  readonly #database: Database<TrustTables>
  readonly #lists: TrustLists
  readonly #sources: TrustSources
  readonly #publisher: ListPublisher
  readonly #ending = new AbortController()
  readonly #count: (labels: { readonly outcome: SourceOutcome }) => void
  readonly #loop: RefreshLoop<readonly SourceReport[]>
  /** Looks in a row at which a source failed. */
  #failures = 0

  constructor(options: TrustKeeperOptions, database: Database<TrustTables>, key: OperatorKey) {
    const { config, operator, logger, lookup, freshness = {} } = options
    this.#options = options
    this.#database = database
    this.operator = operator
    this.jwk = key.jwk
    this.names = Object.keys(config.trust)
    const outgoing = createOutgoing({
      allowPrivate: config.allowPrivateAddresses,
      timeout: config.trustOptions.timeout * SECOND,
      signal: this.#ending.signal,
      ...(lookup === undefined ? {} : { lookup }),
    })
    this.seen = new SeenLog(database, operator, key, config.trust)
    this.#lists = new TrustLists(database)
    this.#sources = new TrustSources(config.trust, database, outgoing, logger)
    this.#publisher = new ListPublisher({
      operator,
      key,
      sources: this.#sources,
      lists: this.#lists,
      freshness: (list) => freshness[list] ?? config.trustOptions.freshness,
      onTrust: options.onTrust ?? (() => Promise.resolve()),
      logger,
    })
    const { metrics } = options
    this.#count = metrics === undefined ? () => undefined : describeKeeper(metrics, this)
    this.#loop = new RefreshLoop(
      () => this.#look(),
      () => this.#untilNext(),
      (error) => logger.error({ err: error }, 'trust lists could not be refreshed'),
    )
  }

  /** Takes what the database has into use, and begins to look at the sources by itself. */
  async start(): Promise<void> {
    await this.#publishAll()
    this.#loop.start()
  }

  /**
   * Looks at all sources now and makes the lists that changed. A call while one is under way gets
   * the next one.
   */
  refresh(): Promise<readonly SourceReport[]> {
    return this.#loop.now()
  }

  /** The newest list, unless it is out of date. */
  async current(name: string): Promise<TrustList | undefined> {
    const version = await this.#currentVersion(name)
    return version === undefined ? undefined : this.#publisher.open(version, this.#options.clock())
  }

  /** The newest list as it is served, unless it is out of date. */
  async newest(name: string): Promise<OfferedList | undefined> {
    const version = await this.#currentVersion(name)
    return version === undefined ? undefined : this.#offered(version)
  }

  /** The list with this root, also after it was replaced, for as long as it is kept. */
  async withRoot(name: string, root: bigint): Promise<OfferedList | undefined> {
    const version = await this.#lists.withRoot(name, root.toString())
    return version === undefined ? undefined : this.#offered(version)
  }

  /** The keeper's clock. */
  now(): number {
    return this.#options.clock()
  }

  /** How the lists stand, in the order of the configuration. */
  async states(): Promise<readonly ListState[]> {
    return Promise.all(this.names.map((name) => this.#state(name)))
  }

  /** @throws ZerocardError with `UNAVAILABLE` if a list is not current. */
  async ready(): Promise<void> {
    for (const name of this.names) {
      if ((await this.#currentVersion(name)) !== undefined) continue
      throw new ZerocardError('UNAVAILABLE', `the trust list ${name} is out of date`)
    }
  }

  /** Ends what is under way and closes the database. */
  async close(): Promise<void> {
    this.#ending.abort()
    await this.#loop.close()
    await this.#database.close()
  }

  async #look(): Promise<readonly SourceReport[]> {
    const { clock, logger } = this.#options
    try {
      const reports = await this.#sources.refresh(clock())
      for (const { outcome } of reports) this.#count({ outcome })
      this.#failures = reports.every(isGood) ? 0 : this.#failures + 1
      for (const list of await this.#publishAll()) {
        logger.error({ list }, 'no issuer of this trust list has a valid document')
      }
      return reports
    } catch (error) {
      this.#failures++
      throw error
    }
  }

  /**
   * One list that cannot be made does not keep the others from being made.
   *
   * @returns Lists for which there is nothing to make them of.
   */
  async #publishAll(): Promise<readonly string[]> {
    const { clock, logger, config } = this.#options
    const empty: string[] = []
    for (const name of this.names) {
      const now = clock()
      try {
        if (!(await this.#publisher.publish(name, now))) empty.push(name)
        await this.#lists.forget(name, now - config.trustOptions.keepRoots)
      } catch (error) {
        logger.error({ list: name, err: error }, 'the trust list could not be made')
      }
    }
    return empty
  }

  /**
   * Milliseconds: after a failure sooner than usual, and no longer than until a list goes out of date.
   */
  async #untilNext(): Promise<number> {
    const { config, clock } = this.#options
    const { refreshEvery } = config.trustOptions
    const usual = this.#failures === 0 ? refreshEvery : Math.min(refreshEvery, 2 ** this.#failures)
    const spread = 1 + JITTER * (2 * Math.random() - 1)
    const versions = await Promise.all(
      this.names.map((name) => this.#currentVersion(name).catch(() => undefined)),
    )
    const ends = versions.flatMap((version) => (version === undefined ? [] : [version.expires_at]))
    const untilEnd = Math.max(1, Math.min(...ends) - clock())
    return Math.min(usual * spread, untilEnd) * SECOND
  }

  async #currentVersion(name: string): Promise<ListVersion | undefined> {
    const version = await this.#lists.accepted(name)
    if (version === undefined || !this.names.includes(name)) return undefined
    return version.expires_at > this.#options.clock() ? version : undefined
  }

  async #offered(version: ListVersion): Promise<OfferedList | undefined> {
    const jws = await this.#lists.text(version)
    if (jws === undefined) return undefined
    return { name: version.list, jws, ...factsOf(version) }
  }

  async #state(name: string): Promise<ListState> {
    const version = await this.#currentVersion(name)
    const membership = await this.#sources.membership(name, this.#options.clock())
    const issuers = version === undefined ? [] : (JSON.parse(version.issuers) as string[])
    const missing = (membership?.members ?? [])
      .map(({ issuer }) => issuer)
      .filter((issuer) => !issuers.includes(issuer))
    const current = version === undefined ? undefined : factsOf(version)
    return { name, current, issuers, missing }
  }
}

function factsOf({ root, made_at, expires_at }: ListVersion): {
  root: string
  madeAt: number
  expiresAt: number
} {
  return { root, madeAt: made_at, expiresAt: expires_at }
}
