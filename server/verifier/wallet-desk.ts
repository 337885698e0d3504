import { ZerocardError } from '../../core/errors.ts'
import { deliveriesOf } from './deliveries.ts'
import type { WebhookTarget } from './deliveries.ts'
import type { RequestSigner } from './request-object.ts'
import { sealResult } from './result.ts'
import { hashSecret, isSecret, responseCodeOf } from './secrets.ts'
import { statusAt } from './session.ts'
import type { Session } from './session.ts'
import type { VerifierStore } from './store.ts'
import type { Recorder, Verifier } from './verifier.ts'
import { readAnswer } from './wallet-answer.ts'
import type { WalletForm } from './wallet-answer.ts'

export interface WalletDeskOptions {
  readonly store: VerifierStore
  readonly verifier: Verifier
  readonly signer: RequestSigner
  readonly webhooks: readonly WebhookTarget[]
  /** Seconds since 1970-01-01 UTC. */
  readonly clock: () => number
  /** Told how each presentation was judged: `accepted` or the code of the refusal. */
  readonly onVerdict: (verdict: string) => void
}

/** What a wallet is told. */
export interface WalletReply {
  /** Where the holder's browser goes on. */
  readonly redirect_uri?: string
}

/** The side of a verifier that wallets speak to. */
export class WalletDesk {
  readonly #options: WalletDeskOptions

  constructor(options: WalletDeskOptions) {
    this.#options = options
  }

  didDocument(): object {
    return this.#options.signer.didDocument()
  }

  /**
   * The signed question of a session.
   *
   * @throws ZerocardError with `NOT_FOUND`, `NONCE_USED` or `SESSION_EXPIRED`.
   */
  async requestObject(id: string, walletNonce?: string): Promise<string> {
    const { verifier, signer } = this.#options
    const session = await this.#openSession(id)
    const known = await verifier.policies.ofSession(session.policy, session.policyHash)
    return signer.sign(session, known, walletNonce)
  }

  /**
   * Takes a wallet's answer.
   *
   * @throws ZerocardError with the codes of {@link requestObject}, `INPUT_INVALID` for an answer
   *   that cannot be read, or a code of {@link Verifier.verify}.
   */
  async answer(id: string, form: WalletForm): Promise<WalletReply> {
    const { store, webhooks, clock } = this.#options
    const code = responseCodeOf(id, form.response ?? form.vp_token ?? '')
    const session = await store.findSession(id)
    // The reply got lost, and the wallet sends the very same answer: nothing is judged again.
    if (session?.returnTo !== undefined && isSecret(code, session.responseCodeHash)) {
      return { redirect_uri: `${session.returnTo}#responseCode=${code}` }
    }
    assertOpen(session, clock())
    const answer = await readAnswer(form, session)
    if ('presentation' in answer) return this.#judge(session, answer.presentation, code)
    const now = clock()
    const { error } = answer
    const deliveries = deliveriesOf(webhooks, 'session.rejected', session, now, error)
    await store.reject({ sessionId: id, now, error, deliveries })
    return session.returnTo === undefined ? {} : { redirect_uri: session.returnTo }
  }

  /**
   * Takes the answer to a question at a counter from whoever scanned it.
   *
   * @param session - Of whose token the caller is.
   * @throws ZerocardError with the codes of {@link requestObject}, or a code of
   *   {@link Verifier.verify}.
   */
  async takeAtCounter(session: Session, presentation: string): Promise<void> {
    if (session.flow !== 'counter') {
      throw new ZerocardError('CONFLICT', 'a wallet answers this question itself')
    }
    assertPending(session, this.#options.clock())
    // Nobody is led anywhere with a response code.
    await this.#judge(session, presentation, '')
  }

  async #judge(session: Session, presentation: string, code: string): Promise<WalletReply> {
    const { verifier, clock, onVerdict } = this.#options
    const now = clock()
    try {
      await verifier.verify(session.id, presentation, now, this.#recorder(session, code, now))
    } catch (error) {
      if (error instanceof ZerocardError) onVerdict(error.code)
      throw error
    }
    onVerdict('accepted')
    if (session.returnTo === undefined) return {}
    return { redirect_uri: `${session.returnTo}#responseCode=${code}` }
  }

  #recorder(session: Session, code: string, now: number): Recorder {
    const { webhooks } = this.#options
    const { flow, resultKey } = session
    return {
      accepted: async ({ disclosed }) => ({
        deliveries: deliveriesOf(webhooks, 'session.verified', session, now),
        ...(flow === 'same-device' ? { responseCodeHash: hashSecret(code) } : {}),
        ...(resultKey === undefined ? {} : { result: await sealResult(resultKey, disclosed) }),
      }),
      rejected: (error) => deliveriesOf(webhooks, 'session.rejected', session, now, error),
    }
  }

  async #openSession(id: string): Promise<Session> {
    const { store, clock } = this.#options
    const session = await store.findSession(id)
    assertOpen(session, clock())
    return session
  }
}

/** @throws ZerocardError with `NOT_FOUND`, `NONCE_USED` or `SESSION_EXPIRED`. */
function assertOpen(session: Session | undefined, now: number): asserts session is Session {
  const isAnsweredByWallet = session?.flow === 'same-device' || session?.flow === 'cross-device'
  if (!isAnsweredByWallet) throw new ZerocardError('NOT_FOUND', 'there is no request of this id')
  assertPending(session, now)
}

function assertPending(session: Session, now: number): void {
  const status = statusAt(session, now)
  if (status === 'verified') {
    throw new ZerocardError('NONCE_USED', 'this request was answered before')
  }
  if (status !== 'pending') {
    throw new ZerocardError('SESSION_EXPIRED', 'this request has ended; ask again')
  }
}
