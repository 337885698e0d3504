import type { Language } from '../../core/policy/languages/languages.ts'
import { nonceOf, readScanned } from './answer-text.ts'
import { Refused, Unasked, ask, bring } from './calls.ts'
import type { Proven, Question } from './calls.ts'
import type { ClerkProblem } from './words.ts'

/** Everything that a clerk's page shows, at a moment. */
export interface DeskState {
  readonly language: Language
  /** Absent until the first was put. */
  readonly question?: Question
  readonly verdict?: Verdict
  readonly problem?: ClerkProblem
  readonly isCameraOn: boolean
  readonly isChecking: boolean
  /** There was no camera: pictures and text are what is left. */
  readonly isWithoutCamera: boolean
}

export type Verdict =
  | { readonly isYes: true; readonly proven: Proven; readonly question: Question }
  | { readonly isYes: false; readonly code: string }

/** Questions whose codes may still be on somebody's phone. */
const MAX_OPEN = 4

/** A question that was put, and when it is over, by this page's own clock. */
interface OpenQuestion {
  readonly question: Question
  readonly endsAt: number
}

/** One counter: asks, takes what was scanned to the server, and keeps the code on the page fresh. */
export class Desk {
  readonly #listeners = new Set<(state: DeskState) => void>()
  #state: DeskState
  #open: readonly OpenQuestion[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(language: Language) {
    const isOff = { isCameraOn: false, isChecking: false, isWithoutCamera: false }
    this.#state = { language, ...isOff }
  }

  get state(): DeskState {
    return this.#state
  }

  subscribe(listener: (state: DeskState) => void): void {
    this.#listeners.add(listener)
  }

  /** Puts a question; those before it are answered as long as they are open. */
  async ask(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      const question = await ask(this.#state.language)
      const now = performance.now()
      const fresh = { question, endsAt: now + question.expiresIn * 1000 }
      this.#open = [...this.#open, fresh].filter(({ endsAt }) => endsAt > now).slice(-MAX_OPEN)
      this.#without('problem', { question })
      // Half of its time is left to whoever has scanned it just now.
      this.#timer = setTimeout(() => void this.#renew(), (question.expiresIn * 1000) / 2)
    } catch (error) {
      this.#update({ problem: problemOf(error, 'not-asked') })
      this.#timer = setTimeout(() => void this.#renew(), RETRY)
    }
  }

  /** Another person: nothing stays of the one before. */
  async next(): Promise<void> {
    this.#open = []
    const { language, isCameraOn, isWithoutCamera } = this.#state
    this.#replace({ language, isCameraOn, isWithoutCamera, isChecking: false })
    await this.ask()
  }

  async speak(language: Language): Promise<void> {
    this.#update({ language })
    if (this.#state.verdict === undefined) await this.ask()
  }

  setCamera(isCameraOn: boolean): void {
    this.#without('problem', { isCameraOn })
  }

  fail(problem: ClerkProblem): void {
    const change = problem === 'no-camera' ? { isCameraOn: false, isWithoutCamera: true } : {}
    this.#update({ problem, ...change })
  }

  /** @returns Whether the text was an answer that has been judged. */
  async take(text: string): Promise<boolean> {
    if (this.#state.isChecking || this.#state.verdict !== undefined) return false
    const scanned = readScanned(text.trim())
    if (scanned.kind !== 'answer') {
      this.fail(scanned.kind === 'question' ? 'own-code' : 'no-answer')
      return false
    }
    const question = this.#questionOf(scanned.nonce)
    if (question === undefined) {
      this.fail('old-answer')
      return false
    }
    this.#without('problem', { isChecking: true })
    return this.#judge(question, text.trim())
  }

  #questionOf(nonce: string): Question | undefined {
    return this.#open.find(({ question }) => nonceOf(question.code) === nonce)?.question
  }

  async #judge(question: Question, presentation: string): Promise<boolean> {
    try {
      const proven = await bring(question, presentation)
      this.#end({ isYes: true, proven, question })
    } catch (error) {
      if (!(error instanceof Refused)) {
        this.#update({ isChecking: false, problem: problemOf(error, 'unreachable') })
        return false
      }
      this.#end({ isYes: false, code: error.code })
    }
    return true
  }

  #end(verdict: Verdict): void {
    clearTimeout(this.#timer)
    this.#update({ verdict, isChecking: false })
  }

  async #renew(): Promise<void> {
    if (this.#state.verdict === undefined) await this.ask()
  }

  #update(patch: Partial<DeskState>): void {
    this.#replace({ ...this.#state, ...patch })
  }

  #without(member: 'problem', patch: Partial<DeskState>): void {
    const { [member]: _gone, ...rest } = this.#state
    this.#replace({ ...rest, ...patch })
  }

  #replace(state: DeskState): void {
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}

/** Milliseconds until a question that could not be put is put again. */
const RETRY = 10_000

function problemOf(error: unknown, otherwise: ClerkProblem): ClerkProblem {
  if (error instanceof Unasked) return error.isLoggedOut ? 'logged-out' : 'unreachable'
  return otherwise
}
