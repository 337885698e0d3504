import type { DestinationStream } from 'pino'
import packageJson from '../../package.json' with { type: 'json' }
import { canonicalJson } from '../../core/bytes.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { freshnessSeconds } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import { databaseUrl, isProduction } from '../config.ts'
import type { Environment } from '../config.ts'
import { apiPage } from '../http/api-page.ts'
import { listen } from '../http/listen.ts'
import type { RunningService } from '../http/listen.ts'
import { createLogger } from '../http/log.ts'
import type { Logger } from '../http/log.ts'
import { Metrics } from '../http/metrics.ts'
import { openApiOf } from '../http/openapi.ts'
import { descriptionRoutes, operationRoutes } from '../http/operation.ts'
import type { Route } from '../http/route.ts'
import { createService } from '../http/service.ts'
import { openDatabase } from '../storage/database.ts'
import type { DatabaseOptions } from '../storage/database.ts'
import { startTrustKeeper, trustDatabaseUrl } from '../trust/index.ts'
import { trustRoutes } from '../trust/routes.ts'
import { readVerifierConfig } from './config.ts'
import type { VerifierConfig } from './config.ts'
import { SessionEvents } from './events.ts'
import { hashSecret } from './secrets.ts'
import { OpenVerifier, openVerifier } from './open-verifier.ts'
import type { PageOrigin } from './page-routes.ts'
import { readPolicyFiles } from './policy-files.ts'
import { verifierRoutes } from './routes.ts'
import { closeAll, startPool, startWebhooks, sweepRegularly } from './service-parts.ts'
import type { Closers, Surroundings } from './service-parts.ts'
import { VERIFIER_COMPONENT } from './tables.ts'
import type { VerifierTables } from './tables.ts'

export interface VerifierServiceOptions {
  readonly configPath: string
  readonly environment: Environment
  /** Verification keys to accept, by id. */
  readonly keys: AcceptedKeys
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** Where the log goes; by default standard output. */
  readonly destination?: DestinationStream
  /** Told of every database statement. */
  readonly observe?: DatabaseOptions['observe']
  /** By default a pool of threads. */
  readonly verifyProof?: ProofVerifier
  /** Whether `baseUrl` has pages of the site, which may ask by themselves. By default not. */
  readonly hasOwnPages?: boolean
}

/** A verifier with its surroundings, without a port of its own. */
export interface OpenedVerifierService {
  readonly verifier: OpenVerifier
  readonly routes: readonly Route[]
  readonly config: VerifierConfig
  readonly logger: Logger
  readonly metrics: Metrics
  /** Says that the end has come: streams are ended, `/readyz` fails. */
  readonly end: () => void
  /** Ends threads and closes databases. */
  readonly close: () => Promise<void>
}

/**
 * Starts a verifier as its configuration says.
 *
 * @throws ZerocardError as {@link openVerifierService}.
 */
export async function startVerifierService(
  options: VerifierServiceOptions,
): Promise<RunningService> {
  const service = await openVerifierService(options)
  const { routes, config, logger, metrics } = service
  const { tokens, limits, trustProxy, baseUrl } = config
  const isHttps = baseUrl.startsWith('https:')
  const app = createService({ routes, tokens, logger, metrics, limits, trustProxy, isHttps })
  try {
    return await listen(app, config.listen, service.end, service.close)
  } catch (error) {
    await service.close()
    throw error
  }
}

/**
 * Opens everything a verifier's configuration names.
 *
 * @throws ZerocardError with `CONFIG_INVALID`, `DATABASE_INVALID`, `POLICY_INVALID`,
 *   `POLICY_TOO_LARGE`, `CONFLICT` for a policy that was changed after it was used, or
 *   `KEY_FORGEABLE` (or `KEY_INVALID`) in production for a key without a transcript that verifies.
 */
export async function openVerifierService(
  options: VerifierServiceOptions,
): Promise<OpenedVerifierService> {
  const closers: Closers = []
  try {
    return await openAll(options, closers)
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function openAll(
  options: VerifierServiceOptions,
  closers: Closers,
): Promise<OpenedVerifierService> {
  const { configPath, environment, clock, destination, observe } = options
  const config = readVerifierConfig(configPath, environment)
  const files = readPolicyFiles(configPath, config, Object.keys(config.trust))
  const logger = createLogger('verifier', config.log, destination)
  const metrics = new Metrics()
  const database = await openDatabase<VerifierTables>(
    databaseUrl(configPath, config.database),
    VERIFIER_COMPONENT,
    observe === undefined ? {} : { observe },
  )
  closers.push(() => database.close())
  const surroundings = { database, logger, metrics, closers }
  const verifier = await open(options, config, surroundings)
  for (const policy of files.policies) await verifier.addPolicy(policy, files.schemas)
  startWebhooks(options, config, surroundings)
  for (const [list, source] of Object.entries(config.trust)) {
    await verifier.store.useTrustSource(list, hashSecret(canonicalJson(source)))
  }
  const keeper = await startTrustKeeper({
    config,
    databaseUrl: trustDatabaseUrl(configPath, config),
    operator: config.baseUrl,
    clock,
    logger,
    metrics,
    freshness: longestFreshness(files.policies),
    onTrust: (trust) => verifier.verifier.acceptTrust(trust),
  })
  closers.push(() => keeper.close())
  verifier.useTrust(keeper)
  closers.push(sweepRegularly(verifier, config, logger))
  const events = new SessionEvents(verifier.store, clock)
  let isEnding = false
  const end = (): void => {
    isEnding = true
    events.close()
  }
  const health = { ready: () => verifier.assertReady(), isEnding: () => isEnding }
  const routes = allRoutes([
    ...verifierRoutes(verifier, events, pagesOf(options, config)),
    ...trustRoutes(keeper, config.displayName),
    ...operationRoutes(health, metrics),
  ])
  const close = (): Promise<void> => {
    end()
    return closeAll(closers)
  }
  return { verifier, routes, config, logger, metrics, end, close }
}

function pagesOf(
  { hasOwnPages = false }: VerifierServiceOptions,
  { baseUrl, pageOrigins }: VerifierConfig,
): readonly PageOrigin[] {
  return hasOwnPages ? [...pageOrigins, { origin: baseUrl }] : pageOrigins
}

function longestFreshness(policies: readonly Policy[]): Record<string, number> {
  const longest: Record<string, number> = {}
  for (const policy of policies) {
    for (const { trust } of Object.values(policy.credentials)) {
      longest[trust] = Math.max(longest[trust] ?? 0, freshnessSeconds(policy))
    }
  }
  return longest
}

function allRoutes(routes: readonly Route[]): Route[] {
  const info = {
    title: 'zerocard verifier',
    version: packageJson.version,
    description: 'Asks holders for proofs, and tells sites whether they were given.',
  }
  return [...routes, ...descriptionRoutes(info, routes, apiPage(openApiOf(info, routes)))]
}

async function open(
  { environment, keys, clock, verifyProof }: VerifierServiceOptions,
  config: VerifierConfig,
  { database, metrics, closers }: Surroundings,
): Promise<OpenVerifier> {
  const countVerdict = metrics.counter(
    'zerocard_verifications_total',
    'Presentations by how they were judged: accepted, or the code of the refusal',
    ['outcome'],
  )
  const verifier = await openVerifier({
    database,
    keys,
    environment: isProduction(environment) ? 'production' : 'development',
    origin: config.baseUrl,
    displayName: config.displayName,
    clock,
    verifyProof: verifyProof ?? startPool(keys, config, metrics, closers),
    walletLink: config.walletLink,
    responseMode: config.responseMode,
    sessionLifetime: config.sessionLifetime,
    returnOrigins: config.returnOrigins,
    maxOpenSessions: config.maxOpenSessions,
    webhooks: config.webhooks,
    onVerdict: (outcome) => countVerdict({ outcome }),
  })
  metrics.gauge('zerocard_open_sessions', 'Sessions that wait for an answer', () =>
    verifier.sessions.openSessions(),
  )
  metrics.gauge(
    'zerocard_trust_age_seconds',
    'Age of the oldest of the trust roots that are the newest of their lists',
    async () => Math.max(0, ...Object.values(await verifier.trustAges())),
  )
  return verifier
}
