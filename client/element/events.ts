import type { CardState, CardStateName } from './card-state.ts'

/** What the element tells its page, by the name of the event. */
export interface ZeroCardEvents {
  /** The verifier accepted an answer: send the token to your server, which checks it. */
  readonly 'zerocard-verified': {
    readonly token: string
    readonly policy: string
    readonly session: string
  }
  /** There is an answer, and it is no. `declined`: by the wallet, else by the verifier. */
  readonly 'zerocard-refused': {
    readonly policy: string
    readonly session: string
    readonly reason: 'declined' | 'refused'
  }
  /** Nobody can be asked. `deferred`: the page has been told to let the visitor go on. */
  readonly 'zerocard-unavailable': { readonly policy: string; readonly deferred: boolean }
  readonly 'zerocard-state': { readonly state: CardStateName }
}

/** Tells a page of a state that was entered. */
export function tellPage(
  target: EventTarget,
  state: CardState,
  policy: string,
  deferred: boolean,
): void {
  tell(target, 'zerocard-state', { state: state.name })
  if (state.name === 'verified') {
    const { token, session } = state
    tell(target, 'zerocard-verified', { token, policy, session })
  } else if (state.name === 'rejected' || state.name === 'refused') {
    const reason = state.name === 'rejected' ? 'declined' : 'refused'
    tell(target, 'zerocard-refused', { policy, session: state.session, reason })
  } else if (state.name === 'unavailable') {
    tell(target, 'zerocard-unavailable', { policy, deferred })
  }
}

function tell<K extends keyof ZeroCardEvents>(
  target: EventTarget,
  name: K,
  detail: ZeroCardEvents[K],
): void {
  target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
}
