import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { REVOCATION_SHAPE, SortedSet } from '../../core/sorted-set.ts'
import type { HeldCredential, PreparedProof, ProvingTools, RevocationSource } from '../holder.ts'
import {
  fetchRequest,
  fetchRequestTrust,
  prepareAnswer,
  refuseRequest,
  sendAnswer,
  signAnswer,
} from '../openid4vp.ts'
import type { Answered, PresentationRequest } from '../openid4vp.ts'
import { readRequestLink } from '../request-link.ts'
import { httpRevocations } from '../revocations.ts'
import type { Change } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { holderOf, keptCredentials, knownSchemas } from './holding.ts'
import type { Waiting } from './issuing.ts'
import type { Keep } from './keep.ts'
import { planOf } from './plans.ts'
import type { ReadyProofs } from './ready.ts'
import { happened, newId, tooOld } from './records.ts'
import { answeredSite, choose, judged, requestView, siteOf, tryToChoose } from './requests.ts'
import type { Choice, OpenRequest } from './requests.ts'
import { keptShards } from './standing.ts'
import type { AnswerView, Language, RequestView } from './types.ts'
import { provingTools } from './tools.ts'
import { marked, released, spent } from './uses.ts'

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

interface OpenAnswer extends OpenRequest {
  readonly view: RequestView
  /** Signed and perhaps sent: what is sent again after a failure must be the very same. */
  sent?: { readonly presentation: string; readonly wasPrepared: boolean; readonly choice: Choice }
}

/** Answering verifiers: from a link to the verifier's word. */
export class Presenting {
  readonly #keep: Keep
  readonly #environment: WalletEnvironment
  readonly #ready: ReadyProofs
  readonly #open = new Map<string, OpenAnswer>()

  constructor(keep: Keep, environment: WalletEnvironment, ready: ReadyProofs) {
    this.#keep = keep
    this.#environment = environment
    this.#ready = ready
  }

  /** A locked wallet forgets what it was asked. */
  forget(): void {
    this.#open.clear()
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
    const request = await fetchRequest(readRequestLink(text), knowledge, http)
    const trust = await fetchRequestTrust(request, now, http)
    const findings = await this.#judge(request, trust, now)
    const choice = await tryToChoose(this.#keep, holder, request, trust, now, this.#knownShards())
    return this.#show({ request, trust, findings, choice }, language)
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
    assertAcceptable(open, accepted)
    this.#ready.makeWay()
    const start = performance.now()
    const { exclusively } = this.#environment
    const { answered, bytes, wasPrepared } = await exclusively(ANSWER_LOCK, () =>
      this.#answer(open, waiting),
    )
    this.#open.delete(id)
    const milliseconds = Math.round(performance.now() - start)
    return { ...answered, bytes, milliseconds, wasPrepared }
  }

  /** Tells the verifier that there will be no answer; whether the person could have is not said. */
  async refuse(id: string): Promise<Answered> {
    const { request, view } = this.#find(id)
    const answered = await refuseRequest(request, this.#environment.http)
    this.#open.delete(id)
    await this.#keep.write([this.#happened(request, 'refused', view)])
    return answered
  }

  /** Two tabs that are asked at once must not forget each other's question. */
  #judge(
    request: PresentationRequest,
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

  #show(open: OpenRequest, language: Language): RequestView {
    const { clock } = this.#environment
    const id = newId()
    const isPrepared =
      typeof open.choice !== 'string' && this.#ready.has(open.request, open.trust, open.choice)
    const site = siteOf(this.#keep, open.request)
    const view = requestView(id, open, site, isPrepared, clock(), language)
    this.#open.set(id, { ...open, view })
    for (const old of [...this.#open.keys()].slice(0, -MAX_OPEN)) this.#open.delete(old)
    return view
  }

  #find(id: string): OpenAnswer {
    const open = this.#open.get(id)
    if (open === undefined) throw new TypeError('not a request that was read')
    return open
  }

  async #answer(
    open: OpenAnswer,
    waiting: Waiting,
  ): Promise<{ answered: Answered; bytes: number; wasPrepared: boolean }> {
    open.sent ??= await this.#sign(open, waiting)
    const { presentation, wasPrepared, choice } = open.sent
    const { request } = open
    waiting.progress?.('sending', 1)
    try {
      const answered = await sendAnswer(request, presentation, this.#environment.http)
      await this.#accepted(open, choice)
      return { answered, bytes: presentation.length, wasPrepared }
    } catch (error) {
      if (error instanceof ZerocardError) await this.#failed(open, error.code, choice)
      throw error
    }
  }

  /** Another tab may have shown a code meanwhile: what counts is what is in the vault now. */
  async #sign(open: OpenAnswer, waiting: Waiting): Promise<NonNullable<OpenAnswer['sent']>> {
    const { clock } = this.#environment
    const { request, trust } = open
    await this.#keep.load()
    const holder = holderOf(this.#keep, keptCredentials(this.#keep))
    const tools = provingTools(this.#keep, this.#environment)
    const now = clock()
    const choice = await choose(this.#keep, holder, request, trust, now, tools.revocations)
    const ready = await this.#ready.take(request, trust, choice)
    const prepared = ready ?? (await this.#prove(open, choice, tools, waiting))
    if (choice.use !== undefined) {
      await this.#keep.write([marked(this.#keep, request.policy, choice.use)])
    }
    const presentation = await signAnswer(request, prepared, clock())
    return { presentation, wasPrepared: ready !== undefined, choice }
  }

  /** With exactly the credentials that were chosen, so that the code is theirs. */
  async #prove(
    { request, trust }: OpenRequest,
    { credentials, use }: Choice,
    tools: ProvingTools,
    { progress, signal }: Waiting,
  ): Promise<PreparedProof> {
    const { secret } = holderOf(this.#keep, [])
    const held: HeldCredential[] = Object.values(credentials).map((chosen) => chosen.held)
    return prepareAnswer(request, trust, {
      holder: { secret, credentials: held },
      tools,
      now: this.#environment.clock(),
      ...(use === undefined ? {} : { use: use.number }),
      ...(progress === undefined ? {} : { progress }),
      ...(signal === undefined ? {} : { signal }),
    })
  }

  async #accepted({ request, trust, view }: OpenAnswer, { use }: Choice): Promise<void> {
    const { clock, exclusively } = this.#environment
    const now = clock()
    const { host } = request.verifier
    await exclusively(MEMORY_LOCK, async () => {
      await this.#keep.load()
      await this.#keep.write([
        this.#happened(request, 'answered', view),
        ...tooOld(this.#keep),
        ...(use === undefined ? [] : [spent(this.#keep, request.policy, use)]),
        { kind: 'site', id: host, value: answeredSite(this.#keep, request, trust, now) },
        planOf(this.#keep, request, now),
      ])
    })
  }

  async #failed(open: OpenAnswer, code: ErrorCode, { use }: Choice): Promise<void> {
    if (UNSURE_CODES.includes(code)) return
    // A verifier that has refused a presentation refuses it again: the next answer is another one.
    delete open.sent
    const change = (): Change[] => {
      if (use === undefined) return []
      if (SPENT_CODES.includes(code)) return [spent(this.#keep, open.request.policy, use)]
      return [released(this.#keep, use)]
    }
    await this.#keep.write([...change(), this.#happened(open.request, 'failed', open.view, code)])
  }

  #happened(
    { verifier: { host, name }, policy }: PresentationRequest,
    kind: 'answered' | 'refused' | 'failed',
    { learned }: RequestView,
    code?: ErrorCode,
  ): Change {
    return happened({
      at: this.#environment.clock(),
      kind,
      host,
      name,
      subject: policy.id,
      ...(kind === 'answered' ? { learned: [...learned] } : {}),
      ...(code === undefined ? {} : { code }),
    })
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

function notKnown(): ZerocardError {
  return new ZerocardError('FETCH_FAILED', 'nobody is asked before there is a consent')
}

function assertAcceptable({ findings }: OpenRequest, accepted: readonly string[]): void {
  if (findings.some(({ level }) => level === 'refuse')) {
    throw new ZerocardError(
      'BUDGET_SPENT',
      'this question would tell too much, with what was asked',
    )
  }
  const unread = findings.find(({ level, code }) => level === 'warn' && !accepted.includes(code))
  if (unread !== undefined) throw new TypeError(`the warning ${unread.code} was not accepted`)
}
