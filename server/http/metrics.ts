import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { RequestLine } from './log.ts'

/** Upper ends of the buckets, in seconds. */
const DURATIONS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** The figures of one service, for Prometheus. The only file that knows prom-client. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #durations: Histogram
  readonly #refusals: Counter

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
    const registers = [this.#registry]
    this.#durations = new Histogram({
      name: 'zerocard_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATIONS,
      registers,
    })
    this.#refusals = new Counter({
      name: 'zerocard_refusals_total',
      help: 'Requests that were refused, by error code',
      labelNames: ['route', 'code'],
      registers,
    })
  }

  observe({ method, route, status, ms, code }: RequestLine): void {
    this.#durations.observe({ method, route, status: String(status) }, ms / 1000)
    if (code !== undefined) this.#refusals.inc({ route, code })
  }

  /** A figure that is read when it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const registers = [this.#registry]
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read())
      },
    })
  }

  /** @returns Counts one; labels are from closed lists, never from requests. */
  counter(
    name: string,
    help: string,
    labelNames: readonly string[],
  ): (labels: Record<string, string>) => void {
    const counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    })
    return (labels) => {
      counter.inc(labels)
    }
  }

  /** The text form, and its media type. */
  async text(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() }
  }
}
