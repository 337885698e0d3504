import type { PageSession } from './page-session.ts'
import type { TroubleKind } from './trouble.ts'

/**
 * Where an element stands. `expiring`: a new code follows in a moment; `expired`: codes were renewed
 * often enough, somebody has to ask for the next; `rejected`: the wallet did not answer; `refused`:
 * it did, and the verifier did not accept it.
 */
export type CardState =
  | { readonly name: 'starting' | 'expired' }
  | {
      readonly name: 'asking' | 'expiring'
      readonly session: PageSession
      /** Seconds. */
      readonly remaining: number
    }
  | { readonly name: 'verified'; readonly session: string; readonly token: string }
  | { readonly name: 'rejected' | 'refused'; readonly session: string }
  | { readonly name: 'unavailable'; readonly trouble: TroubleKind }

export type CardStateName = CardState['name']
