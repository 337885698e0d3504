import type { Page } from '../../../client/app/page.ts'
import { NOW } from './samples.ts'

/** A browser of which a test holds the clock, and sees where it is sent. */
export class FakePage implements Page {
  current = 'https://wallet.example/'
  time = NOW
  calm = false
  readonly languages = ['en-GB']
  readonly hasPasskeys = true
  readonly visited: string[] = []
  readonly saved: string[] = []
  reloads = 0
  isOnPower = true
  #timers: { readonly at: number; readonly action: () => void }[] = []

  readonly now = (): number => this.time
  readonly isSpare = (): Promise<boolean> => Promise.resolve(this.isOnPower)
  readonly isCalm = (): boolean => this.calm
  readonly address = (): string => this.current
  readonly replaceAddress = (address: string): void => {
    this.current = new URL(address, this.current).href
  }
  readonly goTo = (hash: string): void => {
    this.current = new URL(hash, this.current).href
  }
  readonly leaveFor = (url: string): void => {
    this.visited.push(url)
  }
  readonly save = (name: string): void => {
    this.saved.push(name)
  }
  readonly reload = (): void => {
    this.reloads += 1
  }
  readonly after = (seconds: number, action: () => void): (() => void) => {
    const timer = { at: this.time + seconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }
  pick = (limit: number): number => 3 % limit

  /** Lets time pass, a second at a time. */
  advance(seconds: number): void {
    for (let passed = 0; passed < seconds; passed += 1) {
      this.time += 1
      const due = this.#timers.filter(({ at }) => at <= this.time)
      this.#timers = this.#timers.filter(({ at }) => at > this.time)
      for (const { action } of due) action()
    }
  }
}
