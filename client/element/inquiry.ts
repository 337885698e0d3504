import type { CardState } from './card-state.ts'
import type { PageSession, Standing } from './page-session.ts'
import type { Pace } from './presence.ts'
import { Trouble } from './trouble.ts'
import type { SessionKey, VerifierCalls } from './verifier-calls.ts'
import { watchSession } from './watch.ts'

export interface InquiryOptions {
  readonly calls: Pick<VerifierCalls, 'begin' | 'look' | 'listen' | 'result'>
  /** Id of a policy, like `over-18@1`. */
  readonly policy: string
  readonly challenge?: string
  readonly pace: Pace
  /** Told of every change. */
  readonly onState: (state: CardState) => void
}

/** Codes that follow the first one by themselves: with the usual lifetime, half an hour's. */
export const MAX_RENEWALS = 5

/** Seconds before its end in which a code is about to be replaced. */
const EXPIRING = 15

/** Tries to get the result of a session that was verified. */
const RESULT_TRIES = 4

/** The wallet's own word for no (RFC 6749, section 4.1.2.1). */
const DECLINED = 'access_denied'

/** One question to one visitor, from the first code to the answer. Knows no page. */
export class Inquiry {
  readonly #options: InquiryOptions
  #run = new AbortController()

  constructor(options: InquiryOptions) {
    this.#options = options
  }

  /** Asks; what was asked before is given up. */
  start(): Promise<void> {
    return this.#begin((signal) => this.#askOften(signal))
  }

  /**
   * Goes on where the wallet led back to.
   *
   * @param key - Of the session that was begun before leaving.
   */
  resume(key: SessionKey): Promise<void> {
    return this.#begin(async (signal) => {
      if (!(await this.#concludeIfAnswered(key, signal))) await this.#askOften(signal)
    })
  }

  stop(): void {
    this.#run.abort()
  }

  /**
   * Begins a session for a wallet in this browser; the one for other devices stays.
   *
   * @param returnTo - Where the wallet leads back to.
   * @returns Nothing if the verifier cannot be asked, which is told as a state.
   */
  async leave(returnTo: string): Promise<PageSession | undefined> {
    const { calls } = this.#options
    const { signal } = this.#run
    try {
      return await calls.begin({ ...this.#question(), flow: 'same-device', returnTo }, signal)
    } catch (error) {
      if (!signal.aborted) this.#tellTrouble(error)
      return undefined
    }
  }

  async #begin(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#run.abort()
    this.#run = new AbortController()
    const { signal } = this.#run
    this.#tell({ name: 'starting' })
    try {
      await work(signal)
    } catch (error) {
      if (!signal.aborted) this.#tellTrouble(error)
    }
  }

  async #askOften(signal: AbortSignal): Promise<void> {
    const { calls, pace } = this.#options
    for (let codes = 0; codes <= MAX_RENEWALS; codes++) {
      await pace.whenVisible(signal)
      const session = await calls.begin({ ...this.#question(), flow: 'cross-device' }, signal)
      const standing = await this.#wait(session, signal)
      if (standing.status !== 'expired') {
        await this.#conclude(session, standing, signal)
        return
      }
    }
    this.#tell({ name: 'expired' })
  }

  /** Until the session is over, by its answer or its time. */
  async #wait(session: PageSession, signal: AbortSignal): Promise<Standing> {
    const { calls, pace } = this.#options
    const done = new AbortController()
    const both = AbortSignal.any([signal, done.signal])
    const watched = watchSession(session, { calls, pace }, both)
    const counted = this.#count(session, both)
    try {
      return await Promise.race([watched, counted])
    } finally {
      done.abort()
      await Promise.allSettled([watched, counted])
    }
  }

  async #count(session: PageSession, signal: AbortSignal): Promise<Standing> {
    const { calls, pace } = this.#options
    const end = pace.now() + session.expiresIn * 1000
    // A short life is not spent in being about to end.
    const late = Math.min(EXPIRING, session.expiresIn / 4)
    for (;;) {
      const remaining = Math.max(0, Math.ceil((end - pace.now()) / 1000))
      const name = remaining <= late ? 'expiring' : 'asking'
      this.#tell({ name, session, remaining })
      if (remaining === 0) break
      await pace.wait(1000, signal)
    }
    // An answer in the last moment counts as the verifier says.
    const last = await calls.look(session, signal).catch(() => undefined)
    return last === undefined || last.status === 'pending' ? { status: 'expired' } : last
  }

  async #concludeIfAnswered(key: SessionKey, signal: AbortSignal): Promise<boolean> {
    try {
      const standing = await this.#options.calls.look(key, signal)
      if (standing.status === 'pending' || standing.status === 'expired') return false
      await this.#conclude(key, standing, signal)
      return true
    } catch (error) {
      // A code or a session that is not this browser's: asking anew does no harm.
      const isForeign = error instanceof Trouble && ['mistake', 'ended'].includes(error.kind)
      if (isForeign) return false
      throw error
    }
  }

  async #conclude(
    key: SessionKey,
    { status, error }: Standing,
    signal: AbortSignal,
  ): Promise<void> {
    const { id: session } = key
    if (status === 'verified') {
      this.#tell({ name: 'verified', session, token: await this.#result(key, signal) })
    } else this.#tell({ name: error === DECLINED ? 'rejected' : 'refused', session })
  }

  async #result(key: SessionKey, signal: AbortSignal): Promise<string> {
    const { calls, pace } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        return await calls.result(key, signal)
      } catch (error) {
        const isPassing = error instanceof Trouble && ['away', 'busy'].includes(error.kind)
        if (!isPassing || tries === RESULT_TRIES) throw error
        await pace.wait(1000 * tries, signal)
      }
    }
  }

  #question(): { readonly policy: string; readonly challenge?: string } {
    const { policy, challenge } = this.#options
    return challenge === undefined ? { policy } : { policy, challenge }
  }

  #tellTrouble(error: unknown): void {
    if (!(error instanceof Trouble)) throw error
    this.#tell({ name: 'unavailable', trouble: error.kind })
  }

  #tell(state: CardState): void {
    this.#options.onState(state)
  }
}
