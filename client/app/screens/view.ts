import type { Format } from '../format.ts'
import type { Session } from '../session.ts'
import type { SessionState } from '../state.ts'
import type { Words } from '../words/words.ts'

/** What a screen is made of. A screen reads it and gives a template; it keeps nothing. */
export interface View {
  readonly state: SessionState
  readonly words: Words
  readonly format: Format
  /** For what is clicked. */
  readonly session: Session
}
