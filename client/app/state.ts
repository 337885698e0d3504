import type { Finding } from '../guard/judge.ts'
import type {
  AnswerView,
  BackupView,
  CredentialView,
  Language,
  OfferView,
  ProvingStage,
  RequestView,
  WalletState,
} from '../wallet/types.ts'
import type { Screen } from './routes.ts'
import type { Strength } from './strength.ts'

/** A thing that was begun and takes its time. One at a time: a second click begins nothing. */
export type Task =
  | 'create'
  | 'unlock'
  | 'check'
  | 'kept'
  | 'link'
  | 'take'
  | 'resume'
  | 'forget'
  | 'remove'
  | 'answer'
  | 'refuse'
  | 'reveal'
  | 'export'
  | 'inspect'
  | 'restore'
  | 'settings'
  | 'passkey'
  | 'change'
  | 'clear'
  | 'ready'
  | 'destroy'
  | 'camera'
  | 'picture'

export interface Busy {
  readonly task: Task
  readonly stage?: ProvingStage
  /** From 0 to 1. */
  readonly fraction?: number
}

export interface Failure {
  readonly task: Task
  /** A code of `core/errors.ts`, an `OwnProblem`, or the kind of whatever else came. */
  readonly problem: string
}

/** Something that went well, for the live region. */
export type Notice =
  | 'cancelled'
  | 'removed'
  | 'resumed'
  | 'cleared'
  | 'saved'
  | 'exported'
  | 'changed'
  | 'passkeyAdded'
  | 'passkeyRemoved'
  | 'wordsKept'

/** A link that has arrived and is looked at when the wallet is open. */
export interface Waiting {
  readonly kind: 'offer' | 'request' | 'counter'
  readonly link: string
}

export interface Phrase {
  readonly words: readonly string[]
  /** Positions, from 0, of the two words that are asked for; absent while the words are shown. */
  readonly asked?: readonly [number, number]
}

export interface Outcome {
  readonly host: string
  /** Absent for a refusal. */
  readonly answer?: AnswerView
  /** What is shown to a clerk as a code; only at a counter. */
  readonly presentation?: string
  /** What was shown cannot be shown again. */
  readonly isSpent?: boolean
  readonly redirectUri?: string
  /** Where that is, for the person to read. */
  readonly redirectHost?: string
  /** Whether the page goes back to the site by itself; only ever to the one that asked. */
  readonly isLeaving: boolean
}

export interface Restoring {
  readonly file: Uint8Array<ArrayBuffer>
  readonly passphrase: string
  readonly view: BackupView
}

/** What a person is asked to confirm. */
export type Confirmation =
  | { readonly kind: 'remove'; readonly id: string; readonly title: string }
  | { readonly kind: 'forget'; readonly id: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'destroy' }

/** Everything that the page shows, at a moment. Passphrases are never in it, but for a restore. */
export interface SessionState {
  readonly wallet: WalletState
  readonly screen: Screen
  readonly language: Language
  /** Seconds since 1970-01-01 UTC, as of the last tick. */
  readonly now: number
  /** What somebody without a wallet is about to do. */
  readonly entry: 'first' | 'create' | 'words' | 'restore'
  readonly busy: Busy | undefined
  readonly failure: Failure | undefined
  readonly notice: Notice | undefined
  readonly waiting: Waiting | undefined
  readonly offer: OfferView | undefined
  readonly received: CredentialView | undefined
  readonly request: RequestView | undefined
  /** Where the request came from, to read it again behind the lock. */
  readonly requestLink: string | undefined
  /** The warnings that are accepted, by {@link findingKey}. */
  readonly accepted: readonly string[]
  readonly outcome: Outcome | undefined
  readonly phrase: Phrase | undefined
  readonly restoring: Restoring | undefined
  readonly confirming: Confirmation | undefined
  /** Credentials whose attributes are shown. */
  readonly opened: readonly string[]
  readonly isTextShown: boolean
  readonly strength: Strength
  /** The host that the history is narrowed to. */
  readonly historyHost: string | undefined
  readonly isCameraOn: boolean
  readonly hasUpdate: boolean
}

/** What is forgotten when the wallet is locked: everything that came out of it. */
export const FORGOTTEN = {
  failure: undefined,
  notice: undefined,
  offer: undefined,
  received: undefined,
  request: undefined,
  requestLink: undefined,
  accepted: [],
  outcome: undefined,
  phrase: undefined,
  restoring: undefined,
  confirming: undefined,
  opened: [],
  isTextShown: false,
  strength: 'none',
  historyHost: undefined,
  isCameraOn: false,
} as const satisfies Partial<SessionState>

/** What the page shows: one heading, one title each. */
export type Place =
  | 'first'
  | 'create'
  | 'words'
  | 'restore'
  | 'unlock'
  | 'phrase'
  | 'check'
  | 'cards'
  | 'scan'
  | 'offer'
  | 'received'
  | 'request'
  | 'proving'
  | 'answered'
  | 'shown'
  | 'refused'
  | 'history'
  | 'ready'
  | 'backup'
  | 'settings'

export function placeOf(state: SessionState): Place {
  if (state.wallet.status === 'empty') return state.entry
  if (state.wallet.status === 'locked') return 'unlock'
  if (state.phrase !== undefined) return state.phrase.asked === undefined ? 'phrase' : 'check'
  if (state.screen === 'offer') return state.received === undefined ? 'offer' : 'received'
  return state.screen === 'request' ? requestPlace(state) : state.screen
}

function requestPlace({ busy, outcome }: SessionState): Place {
  if (outcome?.presentation !== undefined) return 'shown'
  if (outcome !== undefined) return outcome.answer === undefined ? 'refused' : 'answered'
  return busy?.task === 'answer' ? 'proving' : 'request'
}

export function isExpired({ request, now }: SessionState): boolean {
  return request !== undefined && now >= request.expiresAt
}

/** Whether a person may agree: no obstacle, nothing that stands against it, every warning accepted. */
export function canAgree(state: SessionState): boolean {
  const { request, accepted } = state
  if (request === undefined || isStopped(request) || isExpired(state)) return false
  return warningsOf(request).every((finding) => accepted.includes(findingKey(finding)))
}

/** One code can come for several attributes and limits: each is accepted for itself. */
export function findingKey({ code, path = '', value = '' }: Finding): string {
  return [code, path, value].join(' ').trim()
}

/** Whether there is nothing to agree to, whatever is ticked. */
export function isStopped({ obstacle, findings }: RequestView): boolean {
  return obstacle !== undefined || findings.some(({ level }) => level === 'refuse')
}

export function warningsOf({ findings }: RequestView): readonly Finding[] {
  return findings.filter(({ level }) => level === 'warn')
}
