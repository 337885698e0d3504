import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { FaultPoint, Order, Report, ServiceStart } from '../support/faulty-service.ts'
import { NOW } from '../support/world.ts'

const PROGRAM = fileURLToPath(new URL('../support/faulty-service.ts', import.meta.url))
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/zerocard', import.meta.url))

/** The other side of `faulty-service.ts`: services in a process that can be killed at a step. */
export class FaultyProcess {
  /** Resolves when the process is dead. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  /** Whoever waits for a report, in the order of the orders. */
  readonly #waiting: ((report: Report) => void)[] = []

  private constructor(child: ChildProcess) {
    this.#child = child
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()))
    child.on('message', (report: Report) => this.#waiting.shift()?.(report))
    // Who waits for a dead process would wait for ever.
    void this.ended.then(() => {
      for (const tell of this.#waiting.splice(0)) tell({ failed: 'the process ended' })
    })
  }

  /** Begins to load the program. */
  static spawn(): FaultyProcess {
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE }
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const
    return new FaultyProcess(fork(PROGRAM, [], { execArgv: [], env, stdio: [...stdio] }))
  }

  /** @returns Where each service listens. */
  start(services: readonly ServiceStart[]): Promise<readonly string[]> {
    return this.#order({ start: services, now: NOW })
  }

  async arm(points: readonly (FaultPoint | null)[]): Promise<void> {
    await this.#order({ arm: points })
  }

  /** The last service that finishes or is held ends the process. */
  async finish(service: number): Promise<void> {
    await this.#order({ finish: service }).catch(() => undefined)
  }

  /** First words of the statements since the service was armed. */
  statements(service: number): Promise<readonly string[]> {
    return this.#order({ count: service })
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  async #order(order: Order): Promise<readonly string[]> {
    const report = await new Promise<Report>((resolve) => {
      this.#waiting.push(resolve)
      this.#child.send(order, (error) => {
        if (error !== null) resolve({ failed: error.message })
      })
    })
    if ('failed' in report) throw new Error(report.failed)
    return report.done
  }
}
