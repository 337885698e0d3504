import type { AttributeValue } from '../../core/attribute.ts'
import { isoFromDay } from '../../core/dates.ts'
import { counterCode } from '../../core/counter.ts'
import { ZerocardError } from '../../core/errors.ts'
import { generateEncryptionKey } from '../../core/jwe.ts'
import { fieldText } from '../../core/presentation.ts'
import type { Database } from '../storage/database.ts'
import { OpenSessions } from './open-sessions.ts'
import type { KnownPolicy } from './policy-book.ts'
import type { RequestSigner } from './request-object.ts'
import { createResultKey, openResult } from './result.ts'
import { deleteSession } from './retention.ts'
import type { ResultSigner } from './result-signer.ts'
import { hashSecret, isSecret, randomName, randomShortCode } from './secrets.ts'
import { statusAt } from './session.ts'
import type { Session, SessionStatus, WalletFlow } from './session.ts'
import type { VerifierStore } from './store.ts'
import type { VerifierTables } from './tables.ts'
import type { Verifier } from './verifier.ts'

export interface SessionDeskOptions {
  readonly database: Database<VerifierTables>
  readonly store: VerifierStore
  readonly verifier: Verifier
  readonly signer: ResultSigner
  readonly questions: RequestSigner
  /** The verifier's own origin, the audience of presentations. */
  readonly origin: string
  readonly clientId: string
  /** What wallet links begin with, by default `openid4vp://authorize`. */
  readonly walletLink: string
  readonly responseMode: ResponseMode
  /** Seconds. */
  readonly sessionLifetime: number
  /** Origins that `returnTo` may lead to, besides the verifier's own. */
  readonly returnOrigins: readonly string[]
  readonly maxOpenSessions: number
  /** Whether a policy is asked at all: the store also keeps those of the past. */
  readonly isOffered: (policy: string) => boolean
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
}

/** Whether wallets encrypt their answers. */
export type ResponseMode = 'direct_post' | 'direct_post.jwt'

/** What to ask, and how. */
export interface Question {
  /** Id of a policy, like `over-18@1`. */
  readonly policy: string
  readonly flow: WalletFlow
  /** Where the holder's browser goes on; in the same-device flow and only there. */
  readonly returnTo?: string | undefined
  /** The page that asks, if it is not its site's server. */
  readonly page?: AskingPage
}

/** A page that asks by itself. */
export interface AskingPage {
  readonly origin: string
  /** Where wallets may lead back to, like `/shop`; by default anywhere on the origin. */
  readonly returnPaths?: readonly string[] | undefined
  /** Comes back in the result token. */
  readonly challenge?: string | undefined
}

/** A question that was put. */
export interface CreatedSession {
  /** Not secret: it stands in links. */
  readonly id: string
  /** Secret: with it the answer is read. */
  readonly token: string
  readonly requestUri: string
  /** Opens the wallet. */
  readonly walletLink: string
  /** Address of the wallet link as a QR code. */
  readonly qr: string
  readonly expiresAt: number
  /** For people to type, like `ABCDEFGHJ`; of questions of pages to another device. */
  readonly shortCode?: string
}

/** A question that was put at a counter. */
export interface CounterSession {
  readonly id: string
  /** Secret: with it an answer is brought and read. */
  readonly token: string
  /** The signed question as the text of a QR code, which opens the wallet. */
  readonly counterCode: string
  /** Address of the code as a picture. */
  readonly counterQr: string
  readonly expiresAt: number
}

/** How a session stands. Times are seconds since 1970-01-01 UTC. */
export interface SessionView {
  readonly id: string
  readonly status: SessionStatus
  readonly policy: string
  readonly expiresAt: number
  readonly verifiedAt?: number
  /** The day the proof speaks of, like `2026-11-22`. */
  readonly asOf?: string
  /** 43 characters of base64url. */
  readonly pseudonym?: string
  readonly isReturning?: boolean
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
  readonly error?: string
}

/** The side of a verifier that sites speak to. */
export class SessionDesk {
  readonly #options: SessionDeskOptions
  readonly #open: OpenSessions

  constructor(options: SessionDeskOptions) {
    const { database, maxOpenSessions, clock } = options
    this.#options = options
    this.#open = new OpenSessions(database, maxOpenSessions, clock)
  }

  /** How many sessions wait for an answer. */
  openSessions(): Promise<number> {
    return this.#open.count()
  }

  /**
   * Puts a question.
   *
   * @throws ZerocardError with `NOT_FOUND` for an unknown policy, `INPUT_INVALID` for a `returnTo`
   *   that is not allowed, `OVERLOADED` if too many sessions are open.
   */
  async create({ policy, flow, returnTo, page }: Question): Promise<CreatedSession> {
    const { verifier, origin, responseMode, sessionLifetime, clock } = this.#options
    const back = this.#returnAddress(flow, returnTo, page)
    const known = await this.#offered(policy)
    await this.#open.admit()
    const [id, token, now] = [randomName(), randomName(), clock()]
    const isEncrypted = responseMode === 'direct_post.jwt'
    const hasCode = page !== undefined && flow === 'cross-device'
    const code = hasCode ? { shortCode: randomShortCode() } : {}
    const { expiresAt } = await verifier.begin(known, {
      id,
      tokenHash: hashSecret(token),
      audience: origin,
      flow,
      createdAt: now,
      expiresAt: now + sessionLifetime,
      ...(back === undefined ? {} : { returnTo: back }),
      ...(page === undefined ? {} : pageFacts(page)),
      ...code,
      ...(await resultKeyFor(known, id, token)),
      ...(isEncrypted
        ? { encryptionKey: JSON.stringify((await generateEncryptionKey(id)).privateJwk) }
        : {}),
    })
    return {
      id,
      token,
      requestUri: this.#requestUri(id),
      walletLink: this.walletLink(id),
      qr: this.#qr(id),
      expiresAt,
      ...code,
    }
  }

  /**
   * Puts a question at a counter: the holder's wallet needs no network, and whoever has the token
   * brings its answer.
   *
   * @throws ZerocardError with `NOT_FOUND` for an unknown policy, `POLICY_TOO_LARGE` for one whose
   *   question does not fit into a QR code, `OVERLOADED` if too many sessions are open.
   */
  async createForCounter(policy: string): Promise<CounterSession> {
    const { verifier, origin, sessionLifetime, clock, database } = this.#options
    const known = await this.#offered(policy)
    await this.#open.admit()
    const [id, token, now] = [randomName(), randomName(), clock()]
    const session = await verifier.begin(known, {
      id,
      tokenHash: hashSecret(token),
      audience: origin,
      flow: 'counter',
      createdAt: now,
      expiresAt: now + sessionLifetime,
      ...(await resultKeyFor(known, id, token)),
    })
    try {
      const counterCode = await this.#counterCode(session, known)
      return { id, token, counterCode, counterQr: this.#qr(id), expiresAt: session.expiresAt }
    } catch (error) {
      await deleteSession(database, id)
      throw error
    }
  }

  /** The link that opens the wallet with a session's question. */
  walletLink(id: string): string {
    const { walletLink, clientId } = this.#options
    const parameters = new URLSearchParams({
      client_id: clientId,
      request_uri: this.#requestUri(id),
      request_uri_method: 'post',
    })
    // What stands behind a # stays in the browser: the wallet's host does not learn who asks.
    if (walletLink.endsWith('#')) return `${walletLink}${parameters.toString()}`
    const link = new URL(walletLink)
    for (const [name, value] of parameters) link.searchParams.set(name, value)
    return link.href
  }

  /**
   * The session whose token this is.
   *
   * @throws ZerocardError with `NOT_FOUND` or `UNAUTHORIZED`.
   */
  async find(id: string, token: string): Promise<Session> {
    const session = await this.#options.store.findSession(id)
    if (session === undefined) throw notFound()
    if (isSecret(token, session.tokenHash)) return session
    throw new ZerocardError('UNAUTHORIZED', 'the token is not the one of this session')
  }

  /**
   * How a session stands, as whoever has its token may know it.
   *
   * @throws ZerocardError as {@link find} and {@link describe}.
   */
  async view(id: string, token: string, responseCode?: string): Promise<SessionView> {
    return this.describe(await this.find(id, token), token, responseCode)
  }

  /**
   * How a session that {@link find} gave stands now. That a same-device one was verified is told
   * only together with the code that the wallet carried to the browser it is in: to everybody else
   * it looks unanswered here. That there was an answer can be seen by whoever has the link.
   *
   * @throws ZerocardError with `FORBIDDEN` for a wrong response code.
   */
  async describe(session: Session, token: string, responseCode?: string): Promise<SessionView> {
    const { id, policy, expiresAt, error } = session
    const now = this.#options.clock()
    const status = statusAt(session, now)
    const common = { id, policy, expiresAt }
    if (status !== 'verified') {
      const isEnded = status === 'rejected' && error !== undefined
      return { ...common, status, ...(isEnded ? { error } : {}) }
    }
    if (session.flow === 'same-device') {
      if (responseCode === undefined) {
        return { ...common, status: statusAt({ ...session, status: 'pending' }, now) }
      }
      if (!isSecret(responseCode, session.responseCodeHash)) {
        throw new ZerocardError('FORBIDDEN', 'the response code is not the one of this session')
      }
    }
    return { ...common, status, ...(await provenFacts(session, token)) }
  }

  /** Forgets a session. @throws ZerocardError as {@link find}. */
  async forget(id: string, token: string): Promise<void> {
    await this.find(id, token)
    await deleteSession(this.#options.database, id)
  }

  /**
   * The link of a session that is open, which opens the wallet; at a counter, the question itself.
   *
   * @throws ZerocardError with `NOT_FOUND` or `SESSION_EXPIRED`.
   */
  async openLink(id: string): Promise<string> {
    const { store, verifier, clock } = this.#options
    const session = await store.findSession(id)
    if (session === undefined || session.flow === 'direct') throw notFound()
    if (statusAt(session, clock()) !== 'pending') {
      throw new ZerocardError('SESSION_EXPIRED', 'this request has ended; ask again')
    }
    if (session.flow !== 'counter') return this.walletLink(id)
    const known = await verifier.policies.ofSession(session.policy, session.policyHash)
    return this.#counterCode(session, known)
  }

  /**
   * The wallet link of the open session with this code.
   *
   * @param code - As `parseShortCode` gives it.
   * @throws ZerocardError with `NOT_FOUND`, also for a code whose time is over.
   */
  async linkOfCode(code: string): Promise<string> {
    const session = await this.#options.store.findSessionByCode(code)
    if (session !== undefined && statusAt(session, this.#options.clock()) === 'pending') {
      return this.walletLink(session.id)
    }
    throw new ZerocardError('NOT_FOUND', 'no question has this code now')
  }

  /**
   * What a session's page hands to its site.
   *
   * @throws ZerocardError as {@link view}, and with `NOT_FOUND` unless the session was verified.
   */
  async result(id: string, token: string, responseCode?: string): Promise<string> {
    const { signer, clock } = this.#options
    const session = await this.find(id, token)
    const view = await this.describe(session, token, responseCode)
    return signer.sign(session, view, clock())
  }

  async #offered(policy: string): Promise<KnownPolicy> {
    const { verifier, isOffered } = this.#options
    if (!isOffered(policy)) throw new ZerocardError('NOT_FOUND', 'there is no policy of this id')
    return verifier.policies.find(policy)
  }

  async #counterCode(session: Session, known: KnownPolicy): Promise<string> {
    const { questions, walletLink } = this.#options
    return counterCode(await questions.signForCounter(session, known), walletLink)
  }

  #qr(id: string): string {
    return `${this.#options.origin}/v1/sessions/${id}/qr.svg`
  }

  #requestUri(id: string): string {
    return `${this.#options.origin}/oid4vp/request/${id}`
  }

  /** As a browser writes it: what was checked is what is gone to. */
  #returnAddress(
    flow: WalletFlow,
    returnTo: string | undefined,
    page: AskingPage | undefined,
  ): string | undefined {
    if ((flow === 'same-device') !== (returnTo !== undefined)) {
      throw new ZerocardError(
        'INPUT_INVALID',
        'returnTo: needed in the same-device flow, and only there',
      )
    }
    if (returnTo === undefined) return undefined
    const { origin, returnOrigins } = this.#options
    const allowed = page === undefined ? [origin, ...returnOrigins] : [page.origin]
    const url = URL.canParse(returnTo) ? new URL(returnTo) : undefined
    if (url === undefined || !allowed.includes(url.origin) || !isPlainAddress(url)) {
      throw new ZerocardError('INPUT_INVALID', 'returnTo: does not lead to an allowed origin')
    }
    if (page?.returnPaths?.includes(url.pathname) === false) {
      throw new ZerocardError('INPUT_INVALID', 'returnTo: not one of returnPaths')
    }
    return url.href
  }
}

/**
 * Without a fragment, where the response code will stand, and of the origin itself: without a name or
 * password, and not something that it made, like `blob:https://shop.example/1`.
 */
function isPlainAddress({ href, origin }: URL): boolean {
  return !href.includes('#') && href.startsWith(`${origin}/`)
}

async function provenFacts(session: Session, token: string): Promise<Partial<SessionView>> {
  const { id, answeredAt, asOf, pseudonym, isReturning, result, resultKey } = session
  const disclosed =
    result === undefined || resultKey === undefined
      ? undefined
      : ((await openResult(resultKey, result, id, token)) as SessionView['disclosed'])
  return {
    ...(answeredAt === undefined ? {} : { verifiedAt: answeredAt }),
    ...(asOf === undefined ? {} : { asOf: isoFromDay(asOf) }),
    ...(pseudonym === undefined ? {} : { pseudonym: fieldText(pseudonym) }),
    ...(isReturning === undefined ? {} : { isReturning }),
    ...(disclosed === undefined ? {} : { disclosed }),
  }
}

async function resultKeyFor(
  { policy }: KnownPolicy,
  id: string,
  token: string,
): Promise<Pick<Session, 'resultKey'>> {
  return policy.disclose.length === 0 ? {} : { resultKey: await createResultKey(id, token) }
}

function pageFacts({ origin, challenge }: AskingPage): Partial<Session> {
  return { pageOrigin: origin, ...(challenge === undefined ? {} : { challenge }) }
}

function notFound(): ZerocardError {
  return new ZerocardError('NOT_FOUND', 'there is no session of this id')
}
