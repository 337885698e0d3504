import { ZerocardError } from '../../../core/errors.ts'
import type { ErrorCode } from '../../../core/errors.ts'
import type {
  AnswerOptions,
  AnswerView,
  BackupView,
  CredentialView,
  Language,
  OfferView,
  RequestView,
  ShownView,
  WalletApi,
  WalletProgress,
  WalletSettings,
  WalletState,
} from '../../../client/wallet/types.ts'
import { NOW, OFFER, PERSON, PHRASE, REQUEST } from './samples.ts'

type Method = Exclude<keyof WalletApi, 'state' | 'subscribe' | 'lock' | 'kindOf'>

/** A wallet without cryptography: does at once what it is told, or what a test makes of it. */
export class FakeWallet implements WalletApi {
  state: WalletState
  /** What was called, with what. */
  readonly calls: { readonly method: string; readonly parameters: readonly unknown[] }[] = []
  request: RequestView = REQUEST
  offer: OfferView = OFFER
  redirectUri: string | undefined = 'https://shop.example/back'
  passphrase = 'a long passphrase'
  /** Hosts that are due. */
  due = 0
  readonly #failures = new Map<Method, ErrorCode>()
  readonly #gates = new Map<Method, Promise<void>>()
  readonly #listeners = new Set<(state: WalletState) => void>()

  constructor(state: WalletState) {
    this.state = state
  }

  /** Makes the next calls of a method fail. */
  failWith(method: Method, code: ErrorCode | undefined): void {
    if (code === undefined) this.#failures.delete(method)
    else this.#failures.set(method, code)
  }

  /** Makes the calls of a method wait. @returns What lets them go on. */
  hold(method: Method): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#gates.set(
      method,
      promise.then(() => undefined),
    )
    return () => {
      this.#gates.delete(method)
      resolve(undefined)
    }
  }

  countOf(method: Method): number {
    return this.calls.filter((call) => call.method === method).length
  }

  change(change: Partial<WalletState>): void {
    this.state = { ...this.state, ...change }
    for (const listener of this.#listeners) listener(this.state)
  }

  subscribe(listener: (state: WalletState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async create(passphrase: string, phrase?: string): Promise<void> {
    await this.#enter('create', [passphrase, phrase])
    this.passphrase = passphrase
    this.change({ status: 'open' })
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#enter('unlock', [passphrase])
    this.#check(passphrase)
    this.change({ status: 'open' })
  }

  async unlockWithPasskey(): Promise<void> {
    await this.#enter('unlockWithPasskey', [])
    this.change({ status: 'open' })
  }

  lock(): void {
    this.change({ status: 'locked' })
  }

  async addPasskey(): Promise<void> {
    await this.#enter('addPasskey', [])
    this.change({ hasPasskey: true })
  }

  async removePasskey(): Promise<void> {
    await this.#enter('removePasskey', [])
    this.change({ hasPasskey: false })
  }

  async changePassphrase(old: string, next: string): Promise<void> {
    await this.#enter('changePassphrase', [old, next])
    this.#check(old)
    this.passphrase = next
  }

  async revealPhrase(passphrase: string): Promise<string> {
    await this.#enter('revealPhrase', [passphrase])
    this.#check(passphrase)
    return PHRASE
  }

  async confirmPhraseKept(): Promise<void> {
    await this.#enter('confirmPhraseKept', [])
    this.change({ isPhraseKept: true })
  }

  async changeSettings(change: Partial<WalletSettings>): Promise<void> {
    await this.#enter('changeSettings', [change])
    this.change({ settings: { ...this.state.settings, ...change } })
  }

  async destroy(): Promise<void> {
    await this.#enter('destroy', [])
    this.change({ status: 'empty', credentials: [], pending: [], history: [], prepared: [] })
  }

  kindOf(text: string): 'offer' | 'request' | 'counter' {
    if (text.includes('credential_offer')) return 'offer'
    if (text.includes('counter=')) return 'counter'
    if (text.includes('client_id')) return 'request'
    throw new ZerocardError('REQUEST_INVALID', 'no link')
  }

  async readOffer(text: string): Promise<OfferView> {
    await this.#enter('readOffer', [text])
    return this.offer
  }

  async takeOffer(
    offer: OfferView,
    txCode: string | undefined,
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<CredentialView> {
    await this.#enter('takeOffer', [offer, txCode], progress, signal)
    const credential = { ...PERSON, id: `c${String(this.calls.length)}` }
    this.change({ credentials: [...this.state.credentials, credential] })
    return credential
  }

  async resume(
    id: string,
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<CredentialView> {
    await this.#enter('resume', [id], progress, signal)
    this.change({ pending: [], credentials: [...this.state.credentials, PERSON] })
    return PERSON
  }

  async forgetPending(id: string): Promise<void> {
    await this.#enter('forgetPending', [id])
    this.change({ pending: this.state.pending.filter((pending) => pending.id !== id) })
  }

  async removeCredential(id: string): Promise<void> {
    await this.#enter('removeCredential', [id])
    this.change({ credentials: this.state.credentials.filter((held) => held.id !== id) })
  }

  async readRequest(text: string, language: Language): Promise<RequestView> {
    await this.#enter('readRequest', [text, language])
    return this.request
  }

  translate(request: RequestView, language: Language): RequestView {
    this.calls.push({ method: 'translate', parameters: [request.id, language] })
    if (request.id !== this.request.id) throw new TypeError('not a request that was read')
    return { ...request, purpose: `${request.purpose} (${language})` }
  }

  async answer(
    request: RequestView,
    options: Parameters<WalletApi['answer']>[1] = {},
  ): Promise<AnswerView> {
    await this.#enter('answer', [request.id, options.accepted], options.progress, options.signal)
    return { bytes: 1342, milliseconds: 3456, wasPrepared: false, ...this.#wayBack() }
  }

  async readCounter(text: string, language: Language): Promise<RequestView> {
    await this.#enter('readCounter', [text, language])
    return { ...this.request, kind: 'counter' }
  }

  async answerCounter(request: RequestView, options: AnswerOptions = {}): Promise<ShownView> {
    const { accepted, progress, signal } = options
    await this.#enter('answerCounter', [request.id, accepted], progress, signal)
    return { presentation: 'shown', bytes: 5, milliseconds: 12, wasPrepared: true }
  }

  async refuse(request: RequestView): Promise<{ readonly redirectUri?: string }> {
    await this.#enter('refuse', [request.id])
    return this.#wayBack()
  }

  async exportBackup(passphrase: string): Promise<Uint8Array<ArrayBuffer>> {
    await this.#enter('exportBackup', [passphrase])
    this.change({ backedUpAt: NOW })
    return new TextEncoder().encode('backup')
  }

  async inspectBackup(file: Uint8Array<ArrayBuffer>, passphrase: string): Promise<BackupView> {
    await this.#enter('inspectBackup', [file, passphrase])
    return { madeAt: NOW, credentials: 2, history: 5 }
  }

  async restoreBackup(
    file: Uint8Array<ArrayBuffer>,
    passphrase: string,
    next: string,
  ): Promise<void> {
    await this.#enter('restoreBackup', [file, passphrase, next])
    this.change({ status: 'open', credentials: [PERSON], isPhraseKept: true })
  }

  async clearHistory(): Promise<void> {
    await this.#enter('clearHistory', [])
    this.change({ history: [] })
  }

  async prepareNext(signal?: AbortSignal): Promise<boolean> {
    await this.#enter('prepareNext', [], undefined, signal)
    this.due = Math.max(0, this.due - 1)
    return this.due > 0
  }

  async keepReady(host: string, policy: string, wanted: number): Promise<void> {
    await this.#enter('keepReady', [host, policy, wanted])
    const prepared = this.state.prepared.map((row) =>
      row.host === host && row.policy === policy ? { ...row, wanted } : row,
    )
    this.change({ prepared })
  }

  async #enter(
    method: Method,
    parameters: readonly unknown[],
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    this.calls.push({ method, parameters })
    progress?.('proof', 0.4)
    const gate = this.#gates.get(method)
    if (gate !== undefined) await Promise.race([gate, abortion(signal)])
    if (signal?.aborted === true) throw new ZerocardError('ABORTED', 'aborted')
    const code = this.#failures.get(method)
    if (code !== undefined) throw new ZerocardError(code, 'as the test wants it')
  }

  #check(passphrase: string): void {
    if (passphrase !== this.passphrase)
      throw new ZerocardError('UNLOCK_FAILED', 'another passphrase')
  }

  #wayBack(): { readonly redirectUri?: string } {
    return this.redirectUri === undefined ? {} : { redirectUri: this.redirectUri }
  }
}

function abortion(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve())
  })
}
