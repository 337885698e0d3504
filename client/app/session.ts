import { ZerocardError } from '../../core/errors.ts'
import type { Language, WalletApi, WalletProgress, WalletState } from '../wallet/types.ts'
import type { Page } from './page.ts'
import { hashOf, readArrival, screenOf } from './routes.ts'
import type { Screen } from './routes.ts'
import { FORGOTTEN } from './state.ts'
import type { Notice, SessionState, Task, Waiting } from './state.ts'
import type { OwnProblem } from './words/problems.ts'
import { preferredLanguage } from './words/words.ts'

export type Patch = Partial<SessionState>

/** What a task gets: how to tell progress, and when to give up. */
export interface TaskTools {
  readonly progress: WalletProgress
  readonly signal: AbortSignal
}

/** Seconds between two looks at the clock. */
const TICK = 15
/** Seconds that news stay: long enough to be read, and said elsewhere as well. */
const NOTICE = 8

/**
 * One person in front of one page: holds what the page shows, and turns calls of the wallet into
 * progress and sentences. Knows nothing of how things look.
 */
export class Session {
  readonly wallet: WalletApi
  readonly page: Page
  readonly #listeners = new Set<(state: SessionState) => void>()
  readonly #endings: (() => void)[] = []
  #state: SessionState
  #running: AbortController | undefined
  #lastUse: number
  #cancelNotice = (): void => undefined

  constructor(wallet: WalletApi, page: Page) {
    this.wallet = wallet
    this.page = page
    this.#lastUse = page.now()
    this.#state = initialState(wallet.state, page)
    this.#endings.push(wallet.subscribe((state) => this.#walletChanged(state)))
    this.arrive()
    this.#keepTicking()
  }

  get state(): SessionState {
    return this.#state
  }

  subscribe(listener: (state: SessionState) => void): void {
    this.#listeners.add(listener)
  }

  update(patch: Patch): void {
    this.#state = { ...this.#state, ...this.#ticksOf(patch), ...patch }
    if (patch.notice !== undefined) this.#forgetNotice()
    for (const listener of this.#listeners) listener(this.#state)
  }

  /** Goes to a screen, and leaves failures and news of the last one behind. */
  show(screen: Screen, patch: Patch = {}): void {
    this.update({ screen, failure: undefined, notice: undefined, isTextShown: false, ...patch })
    if (screenOf(hashOfAddress(this.page.address())) !== screen) this.page.goTo(hashOf(screen))
  }

  /**
   * Does one thing, unless another is being done: a second click begins nothing.
   *
   * @param finish - What its result changes on the page.
   * @returns The result; undefined if it failed or was not begun.
   */
  async run<T>(
    task: Task,
    work: (tools: TaskTools) => Promise<T>,
    finish: (result: T) => Patch = () => ({}),
  ): Promise<T | undefined> {
    if (this.#running !== undefined) return undefined
    const running = new AbortController()
    this.#running = running
    this.update({ busy: { task }, failure: undefined, notice: undefined })
    try {
      const result = await work(this.#tools(task, running.signal))
      this.#end({ busy: undefined, ...finish(result) })
      return result
    } catch (error) {
      this.#end({ busy: undefined, ...failurePatch(task, error) })
      return undefined
    }
  }

  cancel(): void {
    this.#running?.abort()
  }

  fail(task: Task, problem: OwnProblem): void {
    this.update({ failure: { task, problem }, notice: undefined })
  }

  tell(notice: Notice): Patch {
    return { notice }
  }

  async setLanguage(language: Language): Promise<void> {
    this.update({ language })
    await this.run('settings', () => this.wallet.changeSettings({ language }))
  }

  /** Takes a link out of the address, if one has arrived, so that no history keeps it. */
  arrive(): boolean {
    const arrival = readArrival(this.page.address())
    if (arrival === undefined) return false
    this.page.replaceAddress(arrival.cleaned)
    const kind = this.#kindOf(arrival.link)
    if (kind !== undefined) this.update({ screen: 'cards', waiting: { kind, link: arrival.link } })
    return true
  }

  /** Somebody is there. */
  noteUse(): void {
    this.#lastUse = this.page.now()
  }

  /** Looks at the clock: closes what has expired, locks what nobody uses. */
  tick(): void {
    const now = this.page.now()
    this.update({ now })
    const { status, settings } = this.#state.wallet
    const isIdle = now - this.#lastUse >= settings.lockAfter * 60
    if (status === 'open' && isIdle && this.#running === undefined) this.wallet.lock()
  }

  /** Seconds since somebody was there. */
  get idleTime(): number {
    return this.page.now() - this.#lastUse
  }

  end(): void {
    this.cancel()
    this.#cancelNotice()
    for (const ending of this.#endings.splice(0)) ending()
    this.#listeners.clear()
  }

  #tools(task: Task, signal: AbortSignal): TaskTools {
    const progress: WalletProgress = (stage, fraction) => {
      if (!signal.aborted) this.update({ busy: { task, stage, fraction } })
    }
    return { progress, signal }
  }

  /** What was accepted of one question is not accepted of another. */
  #ticksOf({ request }: Patch): Patch {
    const isOther = request !== undefined && request.id !== this.#state.request?.id
    return isOther ? { accepted: [] } : {}
  }

  #end(patch: Patch): void {
    this.#running = undefined
    this.update(patch)
  }

  #kindOf(link: string): Waiting['kind'] | undefined {
    try {
      return this.wallet.kindOf(link)
    } catch (error) {
      if (error instanceof ZerocardError) return undefined
      throw error
    }
  }

  #walletChanged(wallet: WalletState): void {
    const wasOpen = this.#state.wallet.status === 'open'
    if (wasOpen && wallet.status !== 'open') this.#forget(wallet)
    else this.update({ wallet })
  }

  /** A question that was open waits behind the lock; everything else is gone. */
  #forget(wallet: WalletState): void {
    this.cancel()
    const { request, requestLink, outcome, waiting } = this.#state
    const isOpen = requestLink !== undefined && outcome === undefined
    const kind = request?.kind === 'counter' ? 'counter' : 'request'
    const again: Waiting | undefined = isOpen ? { kind, link: requestLink } : waiting
    this.update({ ...FORGOTTEN, wallet, entry: 'first', waiting: again })
  }

  #forgetNotice(): void {
    this.#cancelNotice()
    this.#cancelNotice = this.page.after(NOTICE, () => this.update({ notice: undefined }))
  }

  #keepTicking(): void {
    let cancel = (): void => undefined
    const next = (): void => {
      cancel = this.page.after(TICK, () => {
        this.tick()
        next()
      })
    }
    next()
    this.#endings.push(() => cancel())
  }
}

function initialState(wallet: WalletState, page: Page): SessionState {
  return {
    ...FORGOTTEN,
    wallet,
    screen: screenOf(hashOfAddress(page.address())),
    language: wallet.settings.language ?? preferredLanguage(page.languages),
    now: page.now(),
    entry: 'first',
    busy: undefined,
    waiting: undefined,
    hasUpdate: false,
  }
}

function failurePatch(task: Task, error: unknown): Patch {
  if (!(error instanceof ZerocardError)) return { failure: { task, problem: nameOf(error) } }
  if (error.code === 'ABORTED') return { notice: 'cancelled' }
  return { failure: { task, problem: error.code } }
}

/** The kind of an unforeseen error, never its text: that is for programmers, and may say too much. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'UNKNOWN'
}

function hashOfAddress(address: string): string {
  return new URL(address).hash
}
