import type { Page } from '../../../client/app/page.ts'

/** Until work that was begun by a timer shows up, in turns of the event loop. */
const TURNS = 3

interface Timer {
  readonly at: number
  readonly action: () => void
}

/** A browser's page around a wallet, on a clock that is moved by hand. */
export class VirtualPage implements Page {
  readonly languages = ['en']
  readonly hasPasskeys = false
  hasLeft = false
  readonly #clock: { now: number }
  readonly #pick: (limit: number) => number
  #address: string
  #timers: Timer[] = []

  /** @param address - Where the page is opened: a link that leads to the wallet has its question. */
  constructor(clock: { now: number }, pick: (limit: number) => number, address: string) {
    this.#clock = clock
    this.#pick = pick
    this.#address = address
  }

  readonly now = (): number => this.#clock.now
  readonly isCalm = (): boolean => false
  readonly address = (): string => this.#address
  readonly replaceAddress = (address: string): void => {
    this.#address = new URL(address, this.#address).href
  }
  readonly goTo = (hash: string): void => {
    this.#address = new URL(hash, this.#address).href
  }
  readonly leaveFor = (): void => {
    this.hasLeft = true
  }
  readonly save = (): void => undefined
  readonly reload = (): void => undefined
  readonly isSpare = (): Promise<boolean> => Promise.resolve(!this.hasLeft)
  readonly pick = (limit: number): number => this.#pick(limit)
  readonly after = (seconds: number, action: () => void): (() => void) => {
    const timer = { at: this.#clock.now + seconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /**
   * Lets time pass while the page is open.
   *
   * @param settled - Waits for what a timer has begun.
   */
  async pass(seconds: number, settled: () => Promise<void>): Promise<void> {
    const end = this.#clock.now + seconds
    while (!this.hasLeft) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#clock.now = Math.max(this.#clock.now, next.at)
      next.action()
      for (let turn = 0; turn < TURNS; turn++) await new Promise((done) => setImmediate(done))
      await settled()
    }
    this.#clock.now = Math.max(this.#clock.now, end)
  }
}
