import type { AttributeValue } from '../../core/attribute.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { Language } from '../../core/policy/languages/languages.ts'
import type { SchemaAttribute } from '../../core/schema.ts'
import type { Finding } from '../guard/judge.ts'

// What a wallet tells whoever shows it to a person. Plain data: nothing in it can sign or prove.

export type { Language }

/** `empty`: nobody has made a wallet here. */
export type WalletStatus = 'empty' | 'locked' | 'open'

export interface WalletSettings {
  /** Absent: the browser's. */
  readonly language?: Language
  readonly theme: 'system' | 'light' | 'dark'
  /** Minutes without use until the wallet locks itself. */
  readonly lockAfter: number
  /** Whether proofs are made ahead, in idle moments. */
  readonly preparesProofs: boolean
}

/** A credential as a card shows it. */
export interface CredentialView {
  readonly id: string
  /** The issuer's origin. */
  readonly issuer: string
  /** What the issuer calls itself; absent if it says nothing. */
  readonly issuerName?: string
  /** Schema id, like `person/1`. */
  readonly schema: string
  readonly title: string
  readonly attributes: readonly (SchemaAttribute & { readonly value: AttributeValue })[]
  /** ISO dates. */
  readonly validFrom: string
  readonly validUntil: string
  readonly standing: 'valid' | 'expired' | 'not-yet' | 'revoked'
  /** Seconds since 1970-01-01 UTC. */
  readonly receivedAt: number
}

/** An offer that was read, before anything of the holder has gone anywhere. */
export interface OfferView {
  readonly issuer: string
  /** What is offered, such as `person-1`. */
  readonly configuration: string
  /** Absent if no code has to be typed. */
  readonly txCode?: {
    readonly inputMode: 'numeric' | 'text'
    readonly length?: number
    readonly description?: string
  }
}

/** An issuance that has begun and whose credential has not come. */
export interface PendingView {
  readonly id: string
  readonly issuer: string
  readonly configuration: string
  readonly begunAt: number
}

/** A line of a rule; see `SentenceLine`. */
export interface RequestLine {
  readonly depth: number
  readonly text: string
}

/** Everything a person needs to know before answering a verifier. */
export interface RequestView {
  /** Names this reading of the request, for the calls that go on with it. */
  readonly id: string
  /** `counter`: the answer is shown to a clerk as a code, and sent nowhere. */
  readonly kind: 'online' | 'counter'
  /** Whether it is known that the host asks; of a question at a counter it may not be. */
  readonly isVerified: boolean
  readonly verifier: { readonly host: string; readonly name: string }
  /** Host of the page that asks in the verifier's name, as the verifier says; absent for its own. */
  readonly page?: string
  /** Policy id, like `over-18@1`, and what the verifier says it is for. */
  readonly policy: string
  readonly purpose: string
  readonly asked: readonly RequestLine[]
  readonly learned: readonly string[]
  readonly hidden: readonly string[]
  /** Values that would be shown, exactly as they would be: only if the policy discloses some. */
  readonly disclosed: readonly { readonly title: string; readonly value: AttributeValue }[]
  /** What the request calls its attributes, by path like `person.birthDate`, and its credentials. */
  readonly titles: Readonly<Record<string, string>>
  /** How the verifier could recognise the person again. */
  readonly recognition: 'none' | 'once' | 'always' | 'shared'
  /** Answers given to this host before, and when the last was; seconds since 1970-01-01 UTC. */
  readonly askedBefore: number
  readonly lastAskedAt?: number
  /** What the wallet noticed about the question; a `refuse` stands against an answer. */
  readonly findings: readonly Finding[]
  /** Why the person could not answer, or absent if they can. Never told to the verifier. */
  readonly obstacle?: ErrorCode
  /** Whether a proof is ready, so that an answer takes no time. */
  readonly isPrepared: boolean
  /** Seconds since 1970-01-01 UTC. */
  readonly expiresAt: number
}

export type ProvingStage = 'artifacts' | 'witness' | 'proof' | 'sending'

/** How far a slow thing is: the stage, and how much of the whole is done, from 0 to 1. */
export type WalletProgress = (stage: ProvingStage, fraction: number) => void

/** How an answer ended. */
export interface AnswerView {
  /** Where the browser is to go now, in a same-device flow. */
  readonly redirectUri?: string
  /** Bytes of the presentation, and milliseconds from consent to the verifier's word. */
  readonly bytes: number
  readonly milliseconds: number
  /** Whether a proof was ready. */
  readonly wasPrepared: boolean
}

/** An answer that is shown: nobody tells the wallet what became of it. */
export interface ShownView extends AnswerView {
  /** For a QR code. */
  readonly presentation: string
}

/** Something that happened, as the history shows it. Only the wallet has it. */
export interface HistoryEntry {
  readonly id: string
  /** Seconds since 1970-01-01 UTC. */
  readonly at: number
  readonly kind: 'received' | 'answered' | 'shown' | 'refused' | 'failed' | 'removed'
  /** Host of the issuer or verifier. */
  readonly host: string
  /** What it called itself. */
  readonly name?: string
  /** Policy id or schema id. */
  readonly subject: string
  readonly learned?: readonly string[]
  readonly code?: ErrorCode
}

/** A proof made ahead of time, or a policy that proofs are made for. */
export interface PreparedView {
  readonly host: string
  readonly policy: string
  /** Proofs that wait to be used. */
  readonly ready: number
  readonly wanted: number
}

/** What was found against an issuer. */
export interface ForkView {
  readonly issuer: string
  /** Seconds since 1970-01-01 UTC. */
  readonly foundAt: number
  /** JSON, for a file: everybody can check it. */
  readonly evidence: string
}

/** Everything at a moment. A new object whenever something changes. */
export interface WalletState {
  readonly status: WalletStatus
  readonly hasPasskey: boolean
  /** Anybody can forge proofs under the keys that this wallet has. */
  readonly isForgeable: boolean
  readonly settings: WalletSettings
  readonly credentials: readonly CredentialView[]
  readonly pending: readonly PendingView[]
  readonly history: readonly HistoryEntry[]
  readonly prepared: readonly PreparedView[]
  /** Issuers that were found to have told two stories. */
  readonly forks: readonly ForkView[]
  /** Whether the person has said that the 24 words are written down. */
  readonly isPhraseKept: boolean
  /** Whether the browser has promised to keep what is stored; unknown before it was asked. */
  readonly isPersistent?: boolean
  /** Seconds since 1970-01-01 UTC; absent if never. */
  readonly backedUpAt?: number
}

/** What an encrypted backup holds, before it replaces anything. */
export interface BackupView {
  readonly madeAt: number
  readonly credentials: number
  readonly history: number
}

export interface AnswerOptions {
  readonly progress?: WalletProgress
  readonly signal?: AbortSignal
  /** Codes of warnings that the person has read and accepted. */
  readonly accepted?: readonly string[]
}

/** What a page needs of a wallet. Every call throws ZerocardError; codes are for `words`. */
export interface WalletApi {
  readonly state: WalletState
  /** @returns A function that ends the subscription. */
  subscribe(listener: (state: WalletState) => void): () => void

  /** @param phrase - 24 words of an earlier wallet; new ones by default. */
  create(passphrase: string, phrase?: string): Promise<void>
  unlock(passphrase: string): Promise<void>
  unlockWithPasskey(): Promise<void>
  lock(): void
  addPasskey(): Promise<void>
  removePasskey(): Promise<void>
  changePassphrase(old: string, next: string): Promise<void>
  /** @throws ZerocardError with `UNLOCK_FAILED`: the words are shown to whoever knows the passphrase. */
  revealPhrase(passphrase: string): Promise<string>
  confirmPhraseKept(): Promise<void>
  changeSettings(change: Partial<WalletSettings>): Promise<void>
  /** Removes everything from this browser. */
  destroy(): Promise<void>

  /** What a link, a pasted text or a QR code is. @throws ZerocardError with `REQUEST_INVALID`. */
  kindOf(text: string): 'offer' | 'request' | 'counter'
  readOffer(text: string): Promise<OfferView>
  /** Takes what was read last. */
  takeOffer(
    offer: OfferView,
    txCode: string | undefined,
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<CredentialView>
  /** Asks again for a credential whose issuance was interrupted. */
  resume(id: string, progress?: WalletProgress, signal?: AbortSignal): Promise<CredentialView>
  forgetPending(id: string): Promise<void>
  removeCredential(id: string): Promise<void>

  readRequest(text: string, language: Language): Promise<RequestView>
  /**
   * Puts a request that is open in another language. Nobody is asked again: it stays the question
   * that was read, under the same id.
   */
  translate(request: RequestView, language: Language): RequestView
  /** Proves and sends. */
  answer(request: RequestView, options?: AnswerOptions): Promise<AnswerView>
  /** Reads the question of a counter's code, with or without a network. */
  readCounter(text: string, language: Language): Promise<RequestView>
  /** Proves, for a clerk to scan. What can be shown once counts as shown from then on. */
  answerCounter(request: RequestView, options?: AnswerOptions): Promise<ShownView>
  refuse(request: RequestView): Promise<{ readonly redirectUri?: string }>

  /** An encrypted file with everything, to be kept elsewhere. */
  exportBackup(passphrase: string): Promise<Uint8Array<ArrayBuffer>>
  inspectBackup(file: Uint8Array<ArrayBuffer>, passphrase: string): Promise<BackupView>
  /** Replaces an empty wallet by what a backup holds. */
  restoreBackup(file: Uint8Array<ArrayBuffer>, passphrase: string, next: string): Promise<void>
  clearHistory(): Promise<void>
  /**
   * Asks one host for what will be needed, drawn at random from those that are due; after the last one,
   * makes proofs that are wanted and not there. Called in idle moments, with pauses in between.
   *
   * @returns Whether more is due.
   */
  prepareNext(signal?: AbortSignal): Promise<boolean>
  /** How many proofs to keep ready for a policy of a host that was answered before. */
  keepReady(host: string, policy: string, wanted: number): Promise<void>
}
