/** node:timers cannot wait longer; milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1

/** Does one work again and again, one at a time, by itself and when it is asked to. */
export class RefreshLoop<T> {
  readonly #work: () => Promise<T>
  readonly #delay: () => Promise<number>
  readonly #failed: (error: unknown) => void
  #running: Promise<unknown> = Promise.resolve()
  #queued: Promise<T> | undefined
  #timer: NodeJS.Timeout | undefined
  #isEnding = false

  /**
   * @param delay - Asked after each work: milliseconds until the next.
   * @param failed - Told of works that nobody waits for.
   */
  constructor(
    work: () => Promise<T>,
    delay: () => Promise<number>,
    failed: (error: unknown) => void,
  ) {
    this.#work = work
    this.#delay = delay
    this.#failed = failed
  }

  /** Does it now; while it is being done, once more afterwards, for all who ask meanwhile. */
  now(): Promise<T> {
    if (this.#queued !== undefined) return this.#queued
    const next = this.#running.then(() => {
      this.#queued = undefined
      return this.#turn()
    })
    this.#queued = next
    this.#running = next.catch(() => undefined)
    return next
  }

  /** Begins, without waiting. */
  start(): void {
    this.#wakeIn(0)
  }

  /** Lets what is under way come to its end and begins nothing more by itself. */
  async close(): Promise<void> {
    this.#isEnding = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #turn(): Promise<T> {
    clearTimeout(this.#timer)
    try {
      return await this.#work()
    } finally {
      this.#wakeIn(await this.#delay())
    }
  }

  #wakeIn(delay: number): void {
    if (this.#isEnding) return
    clearTimeout(this.#timer)
    const wake = (): void => void this.now().catch(this.#failed)
    this.#timer = setTimeout(wake, Math.min(delay, LONGEST_DELAY))
    this.#timer.unref()
  }
}
