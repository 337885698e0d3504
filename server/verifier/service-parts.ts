import type { ProofVerifier } from '../../core/groth16.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import { readSecret } from '../config.ts'
import type { Environment } from '../config.ts'
import type { Logger } from '../http/log.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Database } from '../storage/database.ts'
import type { VerifierConfig } from './config.ts'
import type { OpenVerifier } from './open-verifier.ts'
import { createProofPool } from './proof-pool.ts'
import type { VerifierTables } from './tables.ts'
import { createWebhookSender } from './webhooks.ts'

// The parts of a verifier service that run beside its routes, each with what ends it.

/** Milliseconds between two looks for what has been kept long enough. */
const SWEEP_EVERY = 60_000

/** Undone in the opposite order. */
export type Closers = (() => Promise<void> | void)[]

/** What all parts of the service use. */
export interface Surroundings {
  readonly database: Database<VerifierTables>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly closers: Closers
}

/** Threads that judge proofs, and figures about them. */
export function startPool(
  keys: AcceptedKeys,
  { workers, queueLimit }: VerifierConfig,
  metrics: Metrics,
  closers: Closers,
): ProofVerifier {
  const pool = createProofPool({
    keys,
    ...(workers === undefined ? {} : { workers }),
    ...(queueLimit === undefined ? {} : { queueLimit }),
  })
  closers.push(() => pool.close())
  const figures = {
    waiting: 'Proofs that no thread has taken yet',
    running: 'Proofs that a thread has taken',
    verified: 'Proofs that got a verdict since the start',
    batches: 'Batches that these came in',
    rejectedFull: 'Proofs that were refused because too many waited',
    restarts: 'Threads started in place of lost ones',
  } as const
  for (const [figure, help] of Object.entries(figures)) {
    const name = figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    metrics.gauge(
      `zerocard_proofs_${name}`,
      help,
      () => pool.stats()[figure as keyof typeof figures],
    )
  }
  return pool.verify
}

/** Sends messages to whoever is configured. @throws `CONFIG_INVALID` without their secret. */
export function startWebhooks(
  { environment, clock }: { readonly environment: Environment; readonly clock: () => number },
  { webhooks: targets, allowPrivateAddresses }: VerifierConfig,
  { database, logger, metrics, closers }: Surroundings,
): void {
  if (targets.length === 0) return
  const sender = createWebhookSender({
    database,
    targets,
    secret: readSecret(environment, 'ZEROCARD_WEBHOOK_SECRET'),
    clock,
    logger,
    metrics,
    allowPrivate: allowPrivateAddresses,
  })
  sender.start()
  closers.push(() => sender.close())
}

/** Deletes what has been kept long enough, time after time. @returns What ends that. */
export function sweepRegularly(
  verifier: OpenVerifier,
  { retention }: VerifierConfig,
  logger: Logger,
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    running = verifier.sweep(retention).catch((error: unknown) => {
      logger.error({ err: error }, 'what was kept long enough could not be deleted')
    })
  }, SWEEP_EVERY)
  timer.unref()
  return () => {
    clearInterval(timer)
    return running
  }
}

/** Closes what was opened, the last first. */
export async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}
