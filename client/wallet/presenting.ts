import { dayFromUnixSeconds } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { requestKeyId } from '../../core/openid.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../core/sorted-set.ts'
import type {
  HeldCredential,
  Holder,
  PreparedProof,
  ProvingTools,
  RevocationSource,
} from '../holder.ts'
import {
  fetchRequest,
  fetchRequestTrust,
  prepareAnswer,
  refuseRequest,
  sealAnswer,
  sendAnswer,
  signAnswer,
} from '../openid4vp.ts'
import type { Answered, PresentationRequest, SealedAnswer } from '../openid4vp.ts'
import { readCounterLink } from '../counter-link.ts'
import { openCounterQuestion } from '../counter-request.ts'
import type { CounterRequest } from '../counter-request.ts'
import { httpRevocations } from '../revocations.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { holderOf, keptCredentials, knownSchemas } from './holding.ts'
import type { Waiting } from './issuing.ts'
import type { Keep } from './keep.ts'
import { askListed } from './listed.ts'
import { answeredLists, keptLists, keptRevocations, rememberLists } from './offline.ts'
import type { FetchedLists } from './offline.ts'
import { planChanges } from './plans.ts'
import type { ReadyProofs } from './ready.ts'
import { happened, newId, tooOld } from './records.ts'
import {
  answeredSite,
  choose,
  disclosedValues,
  judged,
  requestView,
  siteIdOf,
  siteOf,
  tryToChoose,
} from './requests.ts'
import type { Choice, OpenRequest, WalletRequest } from './requests.ts'
import { keptShards } from './standing.ts'
import type { AnswerView, Language, RequestView, ShownView } from './types.ts'
import { requestLinkOf } from './links.ts'
import { provingTools } from './tools.ts'
import { noteLists } from './watch.ts'
import { askForQuestion } from './witnesses.ts'
import { marked, refused, released, spent } from './uses.ts'

/** Requests that were read and may still be answered; a page shows one at a time. */
const MAX_OPEN = 8

const ANSWER_LOCK = 'zerocard/answer'
const MEMORY_LOCK = 'zerocard/memory'

/** What a verifier says only after it has recorded the code. */
const SPENT_CODES: readonly ErrorCode[] = ['PSEUDONYM_USED']
/** What leaves open whether the verifier has accepted the answer. */
const UNSURE_CODES: readonly ErrorCode[] = ['FETCH_FAILED', 'NONCE_USED']

export interface Answering extends Waiting {
  /** Codes of warnings that the person has read and accepted. */
  readonly accepted?: readonly string[]
}

/** What was read, with what is needed to answer it. */
interface ReadRequest extends OpenRequest {
  /** Where the answer goes; absent at a counter, where it is shown. */
  readonly online?: PresentationRequest
  /** Trust lists that were fetched with it, to be kept once it is answered. */
  readonly lists: FetchedLists
  /** The day that was shown; a proof speaks of no other. */
  readonly asOf: Day
}

interface OpenAnswer extends ReadRequest {
  /** In the language it was asked for last. */
  view: RequestView
  /** Signed and perhaps sent. */
  sent?: { readonly presentation: string; readonly wasPrepared: boolean; readonly choice: Choice }
  /** As it was sent: what is sent again after a failure must be the very same. */
  sealed?: SealedAnswer
  /** It was sent, and the verifier's word did not come. */
  isUnsure?: boolean
  /** Its entry in the history, there before anything is sent. */
  note?: Extract<Change, { kind: 'history' }>
}

/** Answering verifiers: from a link to the verifier's word. */
export class Presenting {
  readonly #keep: Keep
  readonly #environment: WalletEnvironment
  readonly #ready: ReadyProofs
  readonly #open = new Map<string, OpenAnswer>()
  /** Stops what goes on when the wallet is locked. */
  #locking = new AbortController()

  constructor(keep: Keep, environment: WalletEnvironment, ready: ReadyProofs) {
    this.#keep = keep
    this.#environment = environment
    this.#ready = ready
  }

  /** A locked wallet forgets what it was asked. */
  forget(): void {
    this.#open.clear()
    this.#locking.abort()
    this.#locking = new AbortController()
  }

  /**
   * Fetches and judges a request, and tries it on the credentials. The site's question is remembered
   * before it is shown: whoever asks a hundred times without an answer has asked a hundred times.
   *
   * @throws ZerocardError with the codes of `fetchRequest` and `fetchRequestTrust`.
   */
  async read(text: string, language: Language): Promise<RequestView> {
    const { http, keys, clock } = this.#environment
    const now = clock()
    const kept = keptCredentials(this.#keep)
    const holder = holderOf(this.#keep, kept)
    const knowledge = { keys, schemas: knownSchemas(kept), now }
    const asking = this.#askWitnesses()
    const request = await fetchRequest(await requestLinkOf(text, http), knowledge, http)
    const lists: FetchedLists = new Map()
    const trust = await fetchRequestTrust(request, now, http, rememberLists(lists))
    await asking
    await noteLists(this.#keep, this.#environment, Object.values(trust), now)
    const findings = await this.#judge(request, trust, now)
    const choice = await tryToChoose(this.#keep, holder, request, trust, now, this.#knownShards())
    const asOf = dayFromUnixSeconds(now)
    return this.#show({ request, trust, findings, choice, online: request, lists, asOf }, language)
  }

  /**
   * Reads and judges the question of a counter's code. Without a network, what was kept of the
   * verifier counts: its key, its lists and the revocations below them.
   *
   * @throws ZerocardError with the codes of `openCounterQuestion`.
   */
  async readCounter(text: string, language: Language): Promise<RequestView> {
    const { http, keys, clock } = this.#environment
    const now = clock()
    const kept = keptCredentials(this.#keep)
    const knowledge = { keys, schemas: knownSchemas(kept), now }
    const known = (kid: string) => this.#keep.get('verifier', kid)?.jwk
    // Also if the verifier cannot be reached: that could be its own doing.
    const asking = this.#askWitnesses()
    const question = await openCounterQuestion(readCounterLink(text), knowledge, known, http)
    await this.#keepKey(question, now)
    const request = { ...question, counter: { isVerified: question.isVerified } }
    const trust = await this.#counterTrust(question, now)
    await asking
    if (typeof trust !== 'string') {
      await noteLists(this.#keep, this.#environment, Object.values(trust), now)
    }
    const findings = await this.#judge(request, typeof trust === 'string' ? {} : trust, now)
    const open = { request, findings, lists: new Map(), asOf: dayFromUnixSeconds(now) }
    if (typeof trust === 'string')
      return this.#show({ ...open, trust: {}, choice: trust }, language)
    const revocations = question.isOnline
      ? this.#knownShards()
      : keptRevocations(this.#keep, this.#environment)
    const holder = holderOf(this.#keep, kept)
    const choice = await tryToChoose(this.#keep, holder, request, trust, now, revocations)
    return this.#show({ ...open, trust, choice }, language)
  }

  /**
   * The same request in another language.
   *
   * @throws TypeError for a request that is not open.
   */
  translate(id: string, language: Language): RequestView {
    const open = this.#find(id)
    open.view = this.#view(id, open, language)
    return open.view
  }

  /**
   * Proves and sends. After a failure of the network it may be called again: the same presentation is
   * sent, and a verifier that has accepted it says so.
   *
   * @throws ZerocardError with `BUDGET_SPENT` for a question that the wallet does not answer, the
   *   codes of `prepareProof`, `ABORTED`, `SESSION_EXPIRED`, or the verifier's.
   * @throws TypeError for a warning that was not accepted, or a request that was not read.
   */
  async answer(id: string, { accepted = [], ...waiting }: Answering): Promise<AnswerView> {
    const open = this.#find(id)
    const { online } = open
    if (online === undefined) throw new TypeError('the answer to this is shown')
    assertAcceptable(open, accepted)
    const { result, ...facts } = await this.#timed(open, () =>
      this.#send(open, online, this.#stoppable(waiting)),
    )
    return { ...result, ...facts }
  }

  /**
   * Proves, for somebody to scan. Nobody tells what became of it: what can be shown once is spent.
   * After a failure it may be called again.
   *
   * @throws ZerocardError and TypeError as {@link answer}.
   */
  async answerCounter(id: string, { accepted = [], ...waiting }: Answering): Promise<ShownView> {
    const open = this.#find(id)
    if (open.online !== undefined) throw new TypeError('the answer to this is sent')
    assertAcceptable(open, accepted)
    const { result, ...facts } = await this.#timed(open, async () => {
      const signed = (open.sent ??= await this.#sign(open, this.#stoppable(waiting)))
      await this.#noteSent(open, 'shown')
      await this.#accepted(open, signed.choice)
      return signed.presentation
    })
    return { presentation: result, ...facts }
  }

  /** Tells the verifier that there will be no answer; whether the person could have is not said. */
  async refuse(id: string): Promise<Answered> {
    const { request, view, online } = this.#find(id)
    const answered = online === undefined ? {} : await refuseRequest(online, this.#environment.http)
    this.#open.delete(id)
    await this.#keep.write([this.#happened(request, 'refused', view)])
    return answered
  }

  /** Whoever holds what is asked like everybody else. A wallet that cannot keep the answers has none. */
  #askWitnesses(): Promise<void> {
    return askForQuestion(this.#keep, this.#environment).catch(() => undefined)
  }

  /** Two tabs that are asked at once must not forget each other's question. */
  #judge(
    request: WalletRequest,
    trust: OpenRequest['trust'],
    now: number,
  ): Promise<OpenRequest['findings']> {
    return this.#environment.exclusively(MEMORY_LOCK, async () => {
      await this.#keep.load()
      const { findings, remembered } = judged(this.#keep, request, trust, now)
      await this.#keep.write([remembered])
      return findings
    })
  }

  #show(open: ReadRequest, language: Language): RequestView {
    const id = newId()
    const view = this.#view(id, open, language)
    this.#open.set(id, { ...open, view })
    for (const old of [...this.#open.keys()].slice(0, -MAX_OPEN)) this.#open.delete(old)
    return view
  }

  #view(id: string, open: ReadRequest, language: Language): RequestView {
    const isPrepared =
      typeof open.choice !== 'string' && this.#ready.has(open.request, open.trust, open.choice)
    const site = siteOf(this.#keep, open.request)
    return requestView(id, open, site, isPrepared, open.asOf, language)
  }

  #find(id: string): OpenAnswer {
    const open = this.#open.get(id)
    if (open === undefined) throw new TypeError('not a request that was read')
    return open
  }

  /** One answer at a time, over all tabs; and how large it was and how long it took. */
  async #timed<T>(
    open: OpenAnswer,
    work: () => Promise<T>,
  ): Promise<{ result: T } & Omit<AnswerView, 'redirectUri'>> {
    this.#ready.makeWay()
    const start = performance.now()
    const result = await this.#environment.exclusively(ANSWER_LOCK, async () => {
      // A second click has waited for the first.
      this.#find(open.view.id)
      const done = await work()
      this.#open.delete(open.view.id)
      return done
    })
    const { presentation = '', wasPrepared = false } = open.sent ?? {}
    const milliseconds = Math.round(performance.now() - start)
    return { result, bytes: presentation.length, milliseconds, wasPrepared }
  }

  async #send(open: OpenAnswer, online: PresentationRequest, waiting: Waiting): Promise<Answered> {
    const { presentation, choice } = (open.sent ??= await this.#sign(open, waiting))
    await this.#noteSent(open, 'answered')
    waiting.progress?.('sending', 1)
    try {
      open.sealed ??= await sealAnswer(online, presentation)
      this.#assertOpen(open)
      const answered = await sendAnswer(online, open.sealed, this.#environment.http)
      await this.#accepted(open, choice)
      return answered
    } catch (error) {
      if (!(error instanceof ZerocardError)) throw error
      // It was sent before, and nobody heard what became of it: it has arrived. Whether it was this
      // answer that counted is not certain, so a code stays in doubt.
      if (error.code === 'NONCE_USED' && open.isUnsure === true) return {}
      await this.#failed(open, error.code, choice)
      throw error
    }
  }

  /** Another tab may have shown a code meanwhile: what counts is what is in the vault now. */
  async #sign(open: OpenAnswer, waiting: Waiting): Promise<NonNullable<OpenAnswer['sent']>> {
    const { clock } = this.#environment
    const { request, trust } = open
    await this.#keep.load()
    const holder = holderOf(this.#keep, keptCredentials(this.#keep))
    const now = clock()
    const tools = await this.#tools(open, holder, now)
    const choice = await choose(this.#keep, holder, request, trust, now, tools.revocations)
    assertAsShown(open, choice, now)
    const ready = await this.#ready.take(request, trust, choice)
    const prepared = ready ?? (await this.#prove(open, choice, tools, waiting, now))
    if (choice.use !== undefined) {
      await this.#keep.write([marked(this.#keep, request.policy, choice.use)])
    }
    const presentation = await signAnswer(request, prepared, clock())
    this.#assertOpen(open)
    return { presentation, wasPrepared: ready !== undefined, choice }
  }

  /**
   * Asks whoever is to be asked about revocations. After that only a question that has no company
   * anyway asks more: an issuer that is asked alone, or again, would learn whose card is used, and when.
   */
  async #tools(
    { request, trust, view }: OpenAnswer,
    holder: Holder,
    now: number,
  ): Promise<ProvingTools> {
    const tools = provingTools(this.#keep, this.#environment)
    const revocations = keptRevocations(this.#keep, this.#environment)
    const isEnough = async (): Promise<boolean> => {
      const choice = await tryToChoose(this.#keep, holder, request, trust, now, revocations)
      return choice !== 'FETCH_FAILED'
    }
    const isKept =
      (view.isPrepared && (await isEnough())) ||
      (await askListed(this.#keep, this.#environment, request.policy, trust))
    return isKept ? { ...tools, revocations } : tools
  }

  /** With exactly the credentials that were chosen, so that the code is theirs; of the same moment. */
  async #prove(
    { request, trust }: OpenRequest,
    { credentials, use }: Choice,
    tools: ProvingTools,
    { progress, signal }: Waiting,
    now: number,
  ): Promise<PreparedProof> {
    const { secret } = holderOf(this.#keep, [])
    const held: HeldCredential[] = Object.values(credentials).map((chosen) => chosen.held)
    return prepareAnswer(request, trust, {
      holder: { secret, credentials: held },
      tools,
      now,
      ...(use === undefined ? {} : { use: use.number }),
      ...(progress === undefined ? {} : { progress }),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /**
   * What leaves the wallet counts as answered, whatever the verifier says of it: it is in the history
   * and in the memory of the site before it is sent.
   */
  async #noteSent(open: OpenAnswer, kind: 'answered' | 'shown'): Promise<void> {
    this.#assertOpen(open)
    if (open.note !== undefined) return
    const { clock, exclusively } = this.#environment
    const { request, trust, view } = open
    const note = this.#happened(request, kind, view)
    await exclusively(MEMORY_LOCK, async () => {
      await this.#keep.load()
      const value = answeredSite(this.#keep, request, trust, clock())
      const site: Change = { kind: 'site', id: siteIdOf(request), value }
      await this.#keep.write([note, ...tooOld(this.#keep), site])
    })
    open.note = note
    this.#assertOpen(open)
  }

  async #accepted(open: OpenAnswer, { use }: Choice): Promise<void> {
    const { clock, exclusively } = this.#environment
    const { request, online, lists, note } = open
    const now = clock()
    const isKnown = request.counter?.isVerified !== false
    await exclusively(MEMORY_LOCK, async () => {
      await this.#keep.load()
      await this.#keep.write([
        ...(note === undefined ? [] : [note]),
        ...(use === undefined ? [] : [spent(this.#keep, request.policy, use)]),
        ...(isKnown ? planChanges(this.#keep, request, now) : []),
        ...(isKnown ? answeredLists(this.#keep, request, lists, now) : []),
        ...(online === undefined ? [] : [keyChange(online.signedBy, now)]),
      ])
    })
  }

  async #failed(open: OpenAnswer, code: ErrorCode, { use }: Choice): Promise<void> {
    if (UNSURE_CODES.includes(code)) {
      open.isUnsure = true
      await this.#keep.write(noted(open, { code }))
      return
    }
    const change = (): readonly Change[] => {
      if (use === undefined) return []
      if (SPENT_CODES.includes(code)) return refused(this.#keep, open.request.policy, use)
      return [released(this.#keep, use)]
    }
    await this.#keep.write([...change(), ...noted(open, { kind: 'failed', code })])
    // A verifier that has refused a presentation refuses it again: the next answer is another one.
    delete open.sent
    delete open.sealed
    delete open.isUnsure
    delete open.note
  }

  /** With the person's own way to stop, and the lock. */
  #stoppable({ signal, ...waiting }: Waiting): Waiting {
    const locking = this.#locking.signal
    return {
      ...waiting,
      signal: signal === undefined ? locking : AbortSignal.any([signal, locking]),
    }
  }

  /** Whatever was being done, a locked wallet sends nothing. */
  #assertOpen({ view }: OpenAnswer): void {
    if (this.#open.has(view.id)) return
    throw new ZerocardError('LOCKED', 'the wallet was locked meanwhile')
  }

  #happened(
    { verifier: { host, name }, policy }: WalletRequest,
    kind: 'answered' | 'shown' | 'refused',
    { learned }: RequestView,
  ): Extract<Change, { kind: 'history' }> {
    return happened({
      at: this.#environment.clock(),
      kind,
      host,
      name,
      subject: policy.id,
      ...(kind === 'refused' ? {} : { learned: [...learned] }),
    })
  }

  /** For the next time, when there may be no network. */
  async #keepKey({ audience, isOnline, jwk }: CounterRequest, now: number): Promise<void> {
    if (!isOnline || jwk === undefined) return
    await this.#keep.write([keyChange({ kid: requestKeyId(audience), jwk }, now)])
  }

  /** The lists, or what is in the way of having them. */
  async #counterTrust(
    request: CounterRequest,
    now: number,
  ): Promise<OpenRequest['trust'] | ErrorCode> {
    const { http, clock } = this.#environment
    try {
      return await fetchRequestTrust(request, now, http, keptLists(this.#keep, clock))
    } catch (error) {
      if (error instanceof ZerocardError) return error.code
      throw error
    }
  }

  /** Before there is a consent no issuer is asked: what is not known to be revoked is good. */
  #knownShards(): RevocationSource {
    const { http, clock } = this.#environment
    const offline = { ...http, request: () => Promise.reject(notKnown()) }
    const known = httpRevocations(offline, keptShards(this.#keep, clock))
    return async (leaf, id) => {
      try {
        return await known(leaf, id)
      } catch (error) {
        if (!(error instanceof ZerocardError) || error.code !== 'FETCH_FAILED') throw error
        return SortedSet.from(REVOCATION_SHAPE, []).prove(id)
      }
    }
  }
}

/** A verifier's key, for the next time, when there may be no network. */
function keyChange({ kid, jwk }: PresentationRequest['signedBy'], now: number): Change {
  return { kind: 'verifier', id: kid, value: { jwk, fetchedAt: now } }
}

function notKnown(): ZerocardError {
  return new ZerocardError('FETCH_FAILED', 'nobody is asked before there is a consent')
}

/** The entry of what was sent, with what became of it. */
function noted({ note }: OpenAnswer, change: Partial<DocumentOf<'history'>>): readonly Change[] {
  if (note?.value === undefined) return []
  return [{ ...note, value: { ...note.value, ...change } }]
}

/**
 * What was shown is what is sent: not another card's values, and not of another day.
 *
 * @throws ZerocardError with `CONSENT_STALE`.
 */
function assertAsShown({ request, view, asOf }: OpenAnswer, choice: Choice, now: number): void {
  const shown = view.disclosed.map(({ value }) => value)
  const isSame = disclosedValues(request, choice).every((value, i) => value === shown[i])
  if (isSame && asOf === dayFromUnixSeconds(now)) return
  throw new ZerocardError('CONSENT_STALE', 'what was shown is not what would be sent now')
}

function assertAcceptable({ findings, choice }: OpenRequest, accepted: readonly string[]): void {
  if (typeof choice === 'string') throw new ZerocardError(choice, 'it cannot be answered')
  if (findings.some(({ level }) => level === 'refuse')) {
    throw new ZerocardError(
      'BUDGET_SPENT',
      'this question would tell too much, with what was asked',
    )
  }
  const unread = findings.find(({ level, code }) => level === 'warn' && !accepted.includes(code))
  if (unread !== undefined) throw new TypeError(`the warning ${unread.code} was not accepted`)
}
