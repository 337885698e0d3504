import { ZerocardError } from '../../core/errors.ts'
import type { Database } from '../storage/database.ts'
import type { VerifierTables } from './tables.ts'

/** Seconds for which a count is good enough. */
const COUNT_AGE = 1

/**
 * Keeps the number of unanswered sessions bounded. Counted about once a second by each process, with
 * its own new ones in between, so that the limit costs nothing and is exceeded by little.
 */
export class OpenSessions {
  readonly #database: Database<VerifierTables>
  readonly #limit: number
  readonly #clock: () => number
  #counted: Promise<number> | undefined
  #countedAt = 0
  #since = 0

  constructor(database: Database<VerifierTables>, limit: number, clock: () => number) {
    this.#database = database
    this.#limit = limit
    this.#clock = clock
  }

  /** Called before a session is made. @throws ZerocardError with `OVERLOADED`. */
  async admit(): Promise<void> {
    if ((await this.#estimate()) >= this.#limit) {
      throw new ZerocardError('OVERLOADED', 'too many sessions are open: try again later')
    }
    this.#since += 1
  }

  count(): Promise<number> {
    return this.#read(this.#clock())
  }

  async #estimate(): Promise<number> {
    const now = this.#clock()
    if (this.#counted === undefined || Math.abs(now - this.#countedAt) >= COUNT_AGE) {
      this.#since = 0
      this.#countedAt = now
      this.#counted = this.#read(now)
    }
    try {
      return (await this.#counted) + this.#since
    } catch (error) {
      this.#counted = undefined
      throw error
    }
  }

  async #read(now: number): Promise<number> {
    const row = await this.#database.query
      .selectFrom('verifier_sessions')
      .select(({ fn }) => fn.countAll<number>().as('sessions'))
      .where('status', '=', 'pending')
      .where('ends_at', '>', now)
      .executeTakeFirstOrThrow()
    return row.sessions
  }
}
