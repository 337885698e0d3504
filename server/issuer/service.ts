import type { DestinationStream } from 'pino'
import packageJson from '../../package.json' with { type: 'json' }
import type { ProofVerifier } from '../../core/groth16.ts'
import type { Transcript } from '../../core/ceremony/transcript.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { ZerocardError } from '../../core/errors.ts'
import { databaseUrl, readSecret } from '../config.ts'
import type { Environment } from '../config.ts'
import { apiPage } from '../http/api-page.ts'
import { listen } from '../http/listen.ts'
import type { RunningService } from '../http/listen.ts'
import { createLogger } from '../http/log.ts'
import type { Logger } from '../http/log.ts'
import { Metrics } from '../http/metrics.ts'
import { openApiOf } from '../http/openapi.ts'
import { descriptionRoutes, operationRoutes } from '../http/operation.ts'
import type { Health } from '../http/operation.ts'
import type { Route } from '../http/route.ts'
import { createService } from '../http/service.ts'
import { createPairingVerifier } from '../pairing.ts'
import type { DatabaseOptions } from '../storage/database.ts'
import { LASTING } from '../trust/publisher.ts'
import { readIssuerConfig } from './config.ts'
import type { IssuerConfig } from './config.ts'
import { sweepNonces } from './nonces.ts'
import { sweepOffers } from './offers.ts'
import { openIssuer } from './open-issuer.ts'
import type { IssuanceWatch, OpenIssuer } from './open-issuer.ts'
import { issuerRoutes } from './routes.ts'
import { SealedVault } from './sealed-vault.ts'
import { IssuerStore } from './store.ts'

export interface IssuerServiceOptions {
  readonly configPath: string
  readonly environment: Environment
  /** Verification key of the `enrolment` circuit. */
  readonly enrolmentKey: VerificationKey
  /** How that key came about; without it, no issuer in production starts. */
  readonly enrolmentTranscript?: Transcript | undefined
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** Where the log goes; by default standard output. */
  readonly destination?: DestinationStream
  /** Told of every database statement. */
  readonly observe?: DatabaseOptions['observe']
  /** By default the pairing engine. */
  readonly verifyProof?: ProofVerifier
}

/** What the keys in the database are sealed with; `ZEROCARD_KEY_PASSPHRASE_FILE` names a file. */
const PASSPHRASE = 'ZEROCARD_KEY_PASSPHRASE'

/** Milliseconds between two looks whether an epoch is due, and for what has expired. */
const PUBLISH_LOOK = 15_000
const SWEEP_EVERY = 60_000

/** Seconds: twice the time between two looks of a witness. */
const WITNESSES_LOOK = 600

/** Undone in the opposite order. */
type Closers = (() => Promise<void> | void)[]

/**
 * Starts an issuer as its configuration says: makes its keys if there are none, publishes if an
 * epoch is due, and listens.
 *
 * @throws ZerocardError with `CONFIG_INVALID` (also for a wrong passphrase), `DATABASE_INVALID`,
 *   `KEY_INVALID` for a damaged key, or `KEY_FORGEABLE` in production for an enrolment key without
 *   a transcript that verifies.
 */
export async function startIssuerService(options: IssuerServiceOptions): Promise<RunningService> {
  const closers: Closers = []
  try {
    return await start(options, closers)
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

async function start(options: IssuerServiceOptions, closers: Closers): Promise<RunningService> {
  const { configPath, environment, destination } = options
  const { enrolmentKey: key, enrolmentTranscript: transcript } = options
  const config = readIssuerConfig(configPath, environment, { key, transcript })
  const passphrase = readSecret(environment, PASSPHRASE)
  const logger = createLogger('issuer', config.log, destination)
  const metrics = new Metrics()
  const issuer = await open(options, config, passphrase, { metrics, closers })
  if (await mayPublish(issuer, logger)) await issuer.schedule.publishIfDue()
  closers.push(...startTimers(issuer, logger))
  let isEnding = false
  const health = { ready: () => issuer.schedule.assertPublished(), isEnding: () => isEnding }
  const routes = allRoutes(issuer, health, metrics)
  const { tokens, limits, trustProxy, baseUrl } = config
  const isHttps = baseUrl.startsWith('https:')
  const app = createService({ routes, tokens, logger, metrics, limits, trustProxy, isHttps })
  const end = (): void => {
    isEnding = true
  }
  return listen(app, config.listen, end, () => closeAll(closers))
}

/** Everything an issuer answers. */
export function allRoutes(issuer: OpenIssuer, health: Health, metrics: Metrics): Route[] {
  const routes = [...issuerRoutes(issuer), ...operationRoutes(health, metrics)]
  const info = {
    title: 'zerocard issuer',
    version: packageJson.version,
    description: 'Signs what an office knows about people, for them to prove.',
  }
  return [...routes, ...descriptionRoutes(info, routes, apiPage(openApiOf(info, routes)))]
}

async function open(
  { configPath, enrolmentKey, clock, observe, verifyProof }: IssuerServiceOptions,
  config: IssuerConfig,
  passphrase: string,
  { metrics, closers }: { readonly metrics: Metrics; readonly closers: Closers },
): Promise<OpenIssuer> {
  const url = databaseUrl(configPath, config.database)
  const store = await IssuerStore.open(url, config.baseUrl, observe ? { observe } : {})
  closers.push(() => store.close())
  const vault = await SealedVault.open(store, passphrase)
  const watch = watchWith(metrics)
  const judge = { enrolmentKey, verifyProof: verifyProof ?? (await createPairingVerifier()) }
  const issuer = await openIssuer({ config, clock, store, watch }, vault, judge)
  metrics.gauge(
    'zerocard_status_age_seconds',
    'Time since the newest status document was made',
    () => issuer.schedule.age(),
  )
  return issuer
}

function watchWith(metrics: Metrics): IssuanceWatch {
  const issued = metrics.counter('zerocard_credentials_issued_total', 'Credentials given out', [
    'configuration',
  ])
  const refused = metrics.counter(
    'zerocard_issuance_refused_total',
    'Requests for tokens and credentials that were refused, by the error of the specification',
    ['error'],
  )
  return {
    issued: (configuration) => issued({ configuration }),
    refused: (error) => refused({ error }),
  }
}

/** An issuer that must not publish yet still serves what it has. */
async function mayPublish({ config, schedule }: OpenIssuer, logger: Logger): Promise<boolean> {
  if (config.publishEvery < WITNESSES_LOOK) {
    logger.warn('publishEvery is so short that witnesses do not see every document in time')
  }
  if (config.validFor - config.publishEvery < LASTING) {
    logger.warn('validFor is so short that a trust list may leave this issuer out at times')
  }
  try {
    await schedule.assertMayPublish()
    return true
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    logger.error({ code: error.code }, error.message)
    return false
  }
}

function startTimers(issuer: OpenIssuer, logger: Logger): Closers {
  const { store, schedule, clock } = issuer
  const publish = async (): Promise<void> => {
    const publication = await schedule.publishIfDue()
    if (publication !== undefined) {
      logger.info({ epoch: publication.status.epoch }, 'published')
    }
  }
  const sweep = async (): Promise<void> => {
    await sweepOffers(store.database.query, clock())
    await sweepNonces(store.database.query, clock())
  }
  return [
    repeat(publish, PUBLISH_LOOK, (err) => logger.error({ err }, 'an epoch could not be made')),
    repeat(sweep, SWEEP_EVERY, (err) => logger.error({ err }, 'what expired could not be deleted')),
  ]
}

/** Does something again and again, one time after the other. @returns Ends it. */
function repeat(
  work: () => Promise<void>,
  every: number,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= work()
      .catch(onError)
      .finally(() => {
        running = undefined
      })
  }, every)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}
