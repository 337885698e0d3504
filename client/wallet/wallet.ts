import { ZerocardError } from '../../core/errors.ts'
import { generatePhrase, secretFromPhrase } from '../phrase.ts'
import { backupOf, contentOf, documentsOf } from './backup.ts'
import type { WalletEnvironment } from './environment.ts'
import { Errands } from './errands.ts'
import { credentialView, keptCredentials } from './holding.ts'
import { Issuing } from './issuing.ts'
import type { Waiting } from './issuing.ts'
import { Keep, named } from './keep.ts'
import { kindOf } from './links.ts'
import { Presenting } from './presenting.ts'
import { ReadyProofs } from './ready.ts'
import { happened, historyOf } from './records.ts'
import { readSettings } from './settings.ts'
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
} from './types.ts'

/** Everything a person does with a wallet. One object for one page; the vault is shared by all tabs. */
export class Wallet implements WalletApi {
  readonly #environment: WalletEnvironment
  readonly #keep: Keep
  readonly #issuing: Issuing
  readonly #presenting: Presenting
  readonly #ready: ReadyProofs
  readonly #errands: Errands
  readonly #listeners = new Set<(state: WalletState) => void>()
  #isPersistent: boolean | undefined
  /** Somebody has just asked for proofs: they are made before anybody is asked. */
  #isWaited = false
  #state: WalletState

  constructor(environment: WalletEnvironment) {
    this.#environment = environment
    this.#keep = new Keep(environment.vault)
    this.#issuing = new Issuing(this.#keep, environment)
    this.#ready = new ReadyProofs(this.#keep, environment)
    this.#errands = new Errands(this.#keep, environment)
    this.#presenting = new Presenting(this.#keep, environment, this.#ready)
    this.#state = this.#describe()
    environment.tabs?.listen(() => {
      void this.#reload()
    })
  }

  get state(): WalletState {
    return this.#state
  }

  subscribe(listener: (state: WalletState) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async create(passphrase: string, phrase: string = generatePhrase()): Promise<void> {
    // Words that are no phrase are refused before anything is made.
    secretFromPhrase(phrase)
    const { vault, clock, persist } = this.#environment
    const value = { phrase: canonical(phrase), isKept: false, createdAt: clock() }
    await vault.create(passphrase, [named({ kind: 'identity', id: 'own', value })])
    this.#isPersistent = await persist?.()
    await this.#opened()
  }

  async unlock(passphrase: string): Promise<void> {
    await this.#environment.vault.unlock(passphrase)
    await this.#opened()
  }

  async unlockWithPasskey(): Promise<void> {
    await this.#environment.vault.unlockWithPasskey(this.#passkeys())
    await this.#opened()
  }

  lock(): void {
    this.#environment.vault.lock()
    this.#forget()
    this.#changed()
  }

  async addPasskey(): Promise<void> {
    await this.#environment.vault.addPasskey(this.#passkeys())
    this.#changed()
  }

  async removePasskey(): Promise<void> {
    await this.#environment.vault.removePasskey()
    this.#changed()
  }

  async changePassphrase(old: string, next: string): Promise<void> {
    await this.#environment.vault.changePassphrase(old, next)
  }

  async revealPhrase(passphrase: string): Promise<string> {
    this.#identity()
    await this.#environment.vault.unlock(passphrase)
    return this.#identity().phrase
  }

  async confirmPhraseKept(): Promise<void> {
    const value = { ...this.#identity(), isKept: true }
    await this.#write([{ kind: 'identity', id: 'own', value }])
  }

  async changeSettings(change: Partial<WalletSettings>): Promise<void> {
    this.#environment.preferences.save(readSettings({ ...this.#state.settings, ...change }))
    this.#changed()
    return Promise.resolve()
  }

  async destroy(): Promise<void> {
    await this.#environment.vault.destroy()
    this.#forget()
    this.#changed()
  }

  kindOf(text: string): 'offer' | 'request' | 'counter' {
    return kindOf(text)
  }

  readOffer(text: string): Promise<OfferView> {
    return this.#issuing.read(text)
  }

  async takeOffer(
    offer: OfferView,
    txCode: string | undefined,
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<CredentialView> {
    const taking = this.#issuing.take(offer, txCode, waiting(progress, signal))
    return this.#credential(await this.#noting(taking))
  }

  async resume(
    id: string,
    progress?: WalletProgress,
    signal?: AbortSignal,
  ): Promise<CredentialView> {
    return this.#credential(await this.#noting(this.#issuing.resume(id, waiting(progress, signal))))
  }

  async forgetPending(id: string): Promise<void> {
    await this.#noting(this.#issuing.forget(id))
  }

  async removeCredential(id: string): Promise<void> {
    const { issuer, schema } = this.#credential(id)
    await this.#write([
      { kind: 'credential', id, value: undefined },
      ...this.#ready.none(),
      happened({
        at: this.#environment.clock(),
        kind: 'removed',
        host: new URL(issuer).host,
        subject: schema,
      }),
    ])
  }

  readRequest(text: string, language: Language): Promise<RequestView> {
    return this.#noting(this.#presenting.read(text, language))
  }

  translate(request: RequestView, language: Language): RequestView {
    return this.#presenting.translate(request.id, language)
  }

  answer(request: RequestView, options: AnswerOptions = {}): Promise<AnswerView> {
    return this.#noting(this.#presenting.answer(request.id, options))
  }

  readCounter(text: string, language: Language): Promise<RequestView> {
    return this.#noting(this.#presenting.readCounter(text, language))
  }

  answerCounter(request: RequestView, options: AnswerOptions = {}): Promise<ShownView> {
    return this.#noting(this.#presenting.answerCounter(request.id, options))
  }

  refuse(request: RequestView): Promise<{ readonly redirectUri?: string }> {
    return this.#noting(this.#presenting.refuse(request.id))
  }

  async exportBackup(passphrase: string): Promise<Uint8Array<ArrayBuffer>> {
    const now = this.#environment.clock()
    const identity = { ...this.#identity(), backedUpAt: now }
    const file = await backupOf(this.#keep, identity, passphrase, this.#environment.cost)
    await this.#write([{ kind: 'identity', id: 'own', value: identity }])
    return file
  }

  async inspectBackup(file: Uint8Array<ArrayBuffer>, passphrase: string): Promise<BackupView> {
    const { madeAt, documents } = await contentOf(file, passphrase, this.#environment.cost)
    const count = (kind: string) => documents.filter(([name]) => name.startsWith(kind)).length
    return { madeAt, credentials: count('credential/'), history: count('history/') }
  }

  async restoreBackup(
    file: Uint8Array<ArrayBuffer>,
    passphrase: string,
    next: string,
  ): Promise<void> {
    const changes = documentsOf(await contentOf(file, passphrase, this.#environment.cost))
    await this.#environment.vault.create(next, changes.map(named))
    this.#isPersistent = await this.#environment.persist?.()
    await this.#opened()
  }

  async clearHistory(): Promise<void> {
    const entries = historyOf(this.#keep)
    await this.#write(entries.map(({ id }) => ({ kind: 'history', id, value: undefined })))
  }

  /** Everything that {@link prepareNext} does one by one: for who is not seen by when it is done. */
  async prepare(signal?: AbortSignal): Promise<void> {
    let isMore = true
    while (isMore && signal?.aborted !== true) isMore = await this.prepareNext(signal)
  }

  async prepareNext(signal?: AbortSignal): Promise<boolean> {
    const isWaited = this.#isWaited
    this.#isWaited = false
    const isMore = isWaited || (await this.#noting(this.#errands.next(signal)))
    if ((isMore && !isWaited) || signal?.aborted === true) return isMore
    if (this.#state.settings.preparesProofs) await this.#noting(this.#ready.refresh(signal))
    return isMore
  }

  async keepReady(host: string, policy: string, wanted: number): Promise<void> {
    await this.#write(this.#ready.wish(host, policy, wanted))
    this.#isWaited = true
  }

  /** Nothing goes on in a locked wallet: neither proofs nor answers, nor what a worker remembers. */
  #forget(): void {
    this.#keep.forget()
    this.#presenting.forget()
    this.#errands.forget()
    this.#ready.makeWay()
    this.#environment.release?.()
  }

  async #opened(): Promise<void> {
    await this.#keep.load()
    this.#changed()
  }

  async #reload(): Promise<void> {
    if (this.#environment.vault.state === 'open') await this.#keep.load()
    this.#show()
  }

  async #write(changes: Parameters<Keep['write']>[0]): Promise<void> {
    await this.#noting(this.#keep.write(changes))
  }

  /** Whatever came of it, what is kept may be another now. */
  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } finally {
      this.#changed()
    }
  }

  #changed(): void {
    this.#environment.tabs?.announce()
    this.#show()
  }

  #show(): void {
    this.#state = this.#describe()
    for (const listener of this.#listeners) listener(this.#state)
  }

  #describe(): WalletState {
    const { vault, isForgeable, preferences, clock, language } = this.#environment
    const settings = readSettings(preferences.load())
    const identity = this.#keep.get('identity', 'own')
    return {
      status: vault.state,
      hasPasskey: vault.hasPasskey,
      isForgeable,
      settings,
      credentials: keptCredentials(this.#keep).map((kept) =>
        credentialView(kept, clock(), settings.language ?? language),
      ),
      pending: this.#keep.all('pending').map(([id, { issuer, configuration, begunAt }]) => ({
        id,
        issuer,
        configuration,
        begunAt,
      })),
      history: historyOf(this.#keep),
      forks: this.#keep.all('fork').map(([, { evidence, foundAt }]) => ({
        issuer: evidence.issuer,
        foundAt,
        evidence: JSON.stringify(evidence, null, 2),
      })),
      prepared: this.#ready.views(),
      isPhraseKept: identity?.isKept === true,
      ...(this.#isPersistent === undefined ? {} : { isPersistent: this.#isPersistent }),
      ...(identity?.backedUpAt === undefined ? {} : { backedUpAt: identity.backedUpAt }),
    }
  }

  #identity() {
    const identity = this.#keep.get('identity', 'own')
    if (identity === undefined) throw new ZerocardError('LOCKED', 'the wallet is locked')
    return identity
  }

  #credential(id: string): CredentialView {
    const found = this.#state.credentials.find((credential) => credential.id === id)
    if (found === undefined) throw new ZerocardError('NOT_FOUND', 'there is no such credential')
    return found
  }

  #passkeys() {
    const { passkeys } = this.#environment
    if (passkeys !== undefined) return passkeys
    throw new ZerocardError('UNAVAILABLE', 'this browser has no passkeys that can unlock a wallet')
  }
}

function waiting(progress?: WalletProgress, signal?: AbortSignal): Waiting {
  return {
    ...(progress === undefined ? {} : { progress }),
    ...(signal === undefined ? {} : { signal }),
  }
}

/** The words as they are shown again. */
function canonical(phrase: string): string {
  return phrase.normalize('NFKD').trim().toLowerCase().split(/\s+/).join(' ')
}
