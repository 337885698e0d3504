import { ZerocardError } from '../../core/errors.ts'
import type { Logger } from '../http/log.ts'
import type { Metrics } from '../http/metrics.ts'
import { createOutgoing } from '../outgoing/fetch.ts'
import type { Outgoing, OutgoingOptions } from '../outgoing/fetch.ts'
import type { Database } from '../storage/database.ts'
import { signWebhook, webhookKey } from './webhook-signature.ts'

export { verifyWebhook } from './webhook-signature.ts'
export type { WebhookHeaders } from './webhook-signature.ts'

/** A message that is to be sent. Times are seconds since 1970-01-01 UTC. */
export interface WebhookDelivery {
  /** Its `webhook-id`, the same at each attempt. */
  readonly id: string
  /** URL. */
  readonly target: string
  readonly body: string
  readonly attempts: number
  /** When it may be tried; while it is being tried, when another process may take it over. */
  readonly next_at: number
  readonly created_at: number
  /** When it arrived or was given up. */
  readonly done_at: number | null
}

interface WebhookTables {
  readonly verifier_deliveries: WebhookDelivery
}

export interface WebhookSenderOptions<Tables extends WebhookTables> {
  readonly database: Database<Tables>
  /** Where webhooks go, as configured; messages to other targets are given up. */
  readonly targets: readonly { readonly url: string }[]
  /** `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Whether targets may have addresses of private networks and of this machine, and plain http. */
  readonly allowPrivate?: boolean
  /** Resolves names; another than the system's is for tests. */
  readonly lookup?: OutgoingOptions['lookup']
}

/** Sends messages at least once, each with an id that stays the same. */
export interface WebhookSender {
  /** Looks for messages by itself from now on. */
  start(): void
  /** Sends what is due. @returns How many attempts were made. */
  sendDue(): Promise<number>
  /** Begins nothing new, finishes what is under way. */
  close(): Promise<void>
}

/** Milliseconds that a target has, and between two looks for messages. */
const TIMEOUT = 5_000
const POLL = 1_000
/** Seconds. Longer than an attempt: as long, no other process tries the same message. */
const LEASE = 30
const FIRST_DELAY = 5
const LONGEST_DELAY = 3_600
const GIVE_UP_AFTER = 86_400
/** Share of a delay by which it is shortened or lengthened at random. */
const JITTER = 0.2
/** Messages to one target at once. */
const CONCURRENCY = 8
/** Messages looked up at once. */
const BATCH = 100

/**
 * Makes a sender of webhooks. Several may work on one database: a message is claimed by one at a
 * time. If a process ends between sending and noting it, the message is sent again.
 *
 * @throws ZerocardError with `CONFIG_INVALID` for a secret of another form.
 */
export function createWebhookSender<Tables extends WebhookTables>(
  options: WebhookSenderOptions<Tables>,
): WebhookSender {
  const sender = new Sender(options as unknown as WebhookSenderOptions<WebhookTables>)
  return {
    start: () => sender.start(),
    sendDue: () => sender.sendDue(),
    close: () => sender.close(),
  }
}

/** A target with its messages; undefined: all that are not configured any more. */
type Target = string | undefined

/** Works for each target apart: one that does not answer keeps no other waiting. */
class Sender {
  readonly #options: WebhookSenderOptions<WebhookTables>
  readonly #key: Uint8Array
  readonly #targets: ReadonlySet<string>
  readonly #outgoing: Outgoing
  readonly #count: (labels: Record<string, string>) => void
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #timers = new Map<Target, NodeJS.Timeout>()
  #isEnding = false

  constructor(options: WebhookSenderOptions<WebhookTables>) {
    const { secret, targets, allowPrivate = false, lookup, metrics } = options
    this.#options = options
    this.#key = webhookKey(secret)
    this.#targets = new Set(targets.map(({ url }) => url))
    this.#outgoing = createOutgoing({
      allowPrivate,
      timeout: TIMEOUT,
      ...(lookup === undefined ? {} : { lookup }),
    })
    this.#count =
      metrics?.counter('zerocard_webhooks_total', 'Attempts to send webhooks', ['outcome']) ??
      (() => undefined)
  }

  start(): void {
    for (const target of [...this.#targets, undefined]) this.#lookLater(target)
  }

  async sendDue(): Promise<number> {
    const counts = await Promise.all(
      [...this.#targets, undefined].map((target) => this.#sendDueTo(target)),
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async close(): Promise<void> {
    this.#isEnding = true
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await Promise.allSettled(this.#underWay)
  }

  #lookLater(target: Target): void {
    const timer = setTimeout(() => {
      this.#sendDueTo(target)
        .catch((error: unknown) => {
          this.#options.logger.error({ err: error }, 'webhooks could not be sent')
        })
        .finally(() => {
          if (!this.#isEnding) this.#lookLater(target)
        })
    }, POLL)
    this.#timers.set(target, timer.unref())
  }

  async #sendDueTo(target: Target): Promise<number> {
    const work = this.#sendAll(target)
    this.#underWay.add(work)
    try {
      return await work
    } finally {
      this.#underWay.delete(work)
    }
  }

  async #sendAll(target: Target): Promise<number> {
    let attempts = 0
    for (;;) {
      const due = await this.#due(target)
      const queue = due.values()
      const lane = async (): Promise<void> => {
        for (const id of queue) {
          if (!this.#isEnding && (await this.#attempt(id))) attempts++
        }
      }
      await Promise.all(Array.from({ length: CONCURRENCY }, lane))
      if (due.length < BATCH || this.#isEnding) return attempts
    }
  }

  async #due(target: Target): Promise<readonly string[]> {
    const due = this.#options.database.query
      .selectFrom('verifier_deliveries')
      .select('id')
      .where('done_at', 'is', null)
      .where('next_at', '<=', this.#options.clock())
      .orderBy('next_at')
      .limit(BATCH)
    const rest = this.#targets.size === 0 ? due : due.where('target', 'not in', [...this.#targets])
    const rows = await (target === undefined ? rest : due.where('target', '=', target)).execute()
    return rows.map(({ id }) => id)
  }

  /** @returns False if another process has the message. */
  async #attempt(id: string): Promise<boolean> {
    const delivery = await this.#claim(id)
    if (delivery === undefined) return false
    const failure = await this.#send(delivery)
    const outcome = failure === undefined ? 'delivered' : await this.#putOff(delivery, failure)
    if (failure === undefined) await this.#finish(delivery)
    this.#count({ outcome })
    return true
  }

  /** One statement, so that of several processes one gets it. */
  async #claim(id: string): Promise<WebhookDelivery | undefined> {
    const now = this.#options.clock()
    return this.#options.database.query
      .updateTable('verifier_deliveries')
      .set((row) => ({ next_at: now + LEASE, attempts: row('attempts', '+', 1) }))
      .where('id', '=', id)
      .where('done_at', 'is', null)
      .where('next_at', '<=', now)
      .returningAll()
      .executeTakeFirst()
  }

  /** @returns Why it did not arrive. */
  async #send({ id, target, body }: WebhookDelivery): Promise<string | undefined> {
    if (!this.#targets.has(target)) return 'the target is not configured any more'
    try {
      const headers = signWebhook(id, body, this.#key, this.#options.clock())
      const status = await this.#outgoing.post(target, body, { ...headers })
      return status >= 200 && status < 300 ? undefined : `answered with status ${status}`
    } catch (error) {
      if (error instanceof ZerocardError) return error.message
      throw error
    }
  }

  async #putOff(delivery: WebhookDelivery, reason: string): Promise<'failed' | 'given-up'> {
    const { id, attempts, created_at, target } = delivery
    const now = this.#options.clock()
    const delay = Math.min(FIRST_DELAY * 2 ** (attempts - 1), LONGEST_DELAY)
    const next = now + Math.round(delay * (1 + JITTER * (2 * Math.random() - 1)))
    const isHopeless = next > created_at + GIVE_UP_AFTER || !this.#targets.has(target)
    const { logger } = this.#options
    if (isHopeless) {
      logger.error({ delivery: id, attempts, reason }, 'a webhook was given up')
      await this.#finish(delivery)
      return 'given-up'
    }
    logger.warn({ delivery: id, attempts, reason }, 'a webhook did not arrive; it will be retried')
    await this.#setNext(delivery, next)
    return 'failed'
  }

  async #finish({ id }: WebhookDelivery): Promise<void> {
    await this.#options.database.query
      .updateTable('verifier_deliveries')
      .set({ done_at: this.#options.clock() })
      .where('id', '=', id)
      .where('done_at', 'is', null)
      .execute()
  }

  /** Unless another process has claimed the message since: then it is that one's. */
  async #setNext({ id, attempts }: WebhookDelivery, next: number): Promise<void> {
    await this.#options.database.query
      .updateTable('verifier_deliveries')
      .set({ next_at: next })
      .where('id', '=', id)
      .where('attempts', '=', attempts)
      .execute()
  }
}
