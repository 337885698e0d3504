import type { DestinationStream } from 'pino'
import packageJson from '../../package.json' with { type: 'json' }
import { ConfigProblems, assertFitForProduction, isProduction, readConfig } from '../config.ts'
import type { Environment } from '../config.ts'
import { apiPage } from '../http/api-page.ts'
import { listen } from '../http/listen.ts'
import type { RunningService } from '../http/listen.ts'
import { createLogger } from '../http/log.ts'
import { Metrics } from '../http/metrics.ts'
import { openApiOf } from '../http/openapi.ts'
import { MONITOR, descriptionRoutes, operationRoutes } from '../http/operation.ts'
import type { Health } from '../http/operation.ts'
import type { Route } from '../http/route.ts'
import { createService } from '../http/service.ts'
import { assertAddressesAllowed, trustDatabaseUrl, trustServiceShape } from './config.ts'
import type { TrustServiceConfig } from './config.ts'
import { startTrustKeeper } from './keeper.ts'
import type { TrustKeeper } from './keeper.ts'
import { PUBLISHER, refreshRoute, trustRoutes } from './routes.ts'

export interface TrustServiceOptions {
  readonly configPath: string
  readonly environment: Environment
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** Where the log goes; by default standard output. */
  readonly destination?: DestinationStream
}

const ROLES: readonly string[] = [MONITOR, PUBLISHER]

/**
 * Starts a trust service as its configuration says: keeps lists of issuers and offers them.
 *
 * @throws ZerocardError with `CONFIG_INVALID` or `DATABASE_INVALID`.
 */
export async function startTrustService({
  configPath,
  environment,
  clock,
  destination,
}: TrustServiceOptions): Promise<RunningService> {
  const config = readTrustServiceConfig(configPath, environment)
  const { tokens, limits, trustProxy, baseUrl, database } = config
  const logger = createLogger('trust', config.log, destination)
  const metrics = new Metrics()
  // Alone, it has the database for itself.
  const databaseUrl = trustDatabaseUrl(configPath, { database, trustDatabase: database })
  const keeper = await startTrustKeeper({
    config,
    databaseUrl,
    operator: baseUrl,
    clock,
    logger,
    metrics,
  })
  try {
    let isEnding = false
    const health = { ready: () => keeper.ready(), isEnding: () => isEnding }
    const routes = trustServiceRoutes(keeper, health, metrics, config.displayName)
    const isHttps = baseUrl.startsWith('https:')
    const app = createService({ routes, tokens, logger, metrics, limits, trustProxy, isHttps })
    const end = (): void => {
      isEnding = true
    }
    return await listen(app, config.listen, end, () => keeper.close())
  } catch (error) {
    await keeper.close()
    throw error
  }
}

/** Everything a trust service answers. */
export function trustServiceRoutes(
  keeper: TrustKeeper,
  health: Health,
  metrics: Metrics,
  displayName?: string,
): Route[] {
  const routes = [
    ...trustRoutes(keeper, displayName),
    refreshRoute(keeper),
    ...operationRoutes(health, metrics),
  ]
  const info = {
    title: 'zerocard trust lists',
    version: packageJson.version,
    description: 'Says which issuers may be trusted, with what they published last.',
  }
  return [...routes, ...descriptionRoutes(info, routes, apiPage(openApiOf(info, routes)))]
}

/** @throws ZerocardError with `CONFIG_INVALID`. */
function readTrustServiceConfig(path: string, environment: Environment): TrustServiceConfig {
  const config = readConfig(path, trustServiceShape, environment)
  const unknown = config.tokens.flatMap(({ name, roles }) =>
    roles
      .filter((role) => !ROLES.includes(role))
      .map((role) => `tokens: ${name} has the role ${role}, expected ${ROLES.join(' or ')}`),
  )
  if (unknown.length > 0) throw new ConfigProblems(path, unknown)
  if (isProduction(environment)) assertFitForProduction(path, config)
  assertAddressesAllowed(config)
  return config
}
