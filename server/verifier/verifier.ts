import { assertProductionKey } from '../../core/ceremony/production-key.ts'
import { ZerocardError } from '../../core/errors.ts'
import { verifyGroth16 } from '../../core/groth16.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { pseudonymRule } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { scopeField } from '../../core/pseudonym.ts'
import type { Schemas } from '../../core/statement.ts'
import type { TrustList } from '../../core/trust.ts'
import { verifyPresentation } from '../../core/verify.ts'
import type { AcceptedKeys, AcceptedRoot, VerifiedPresentation } from '../../core/verify.ts'
import { PolicyBook } from './policy-book.ts'
import type { KnownPolicy } from './policy-book.ts'
import { randomName } from './secrets.ts'
import type { Session } from './session.ts'
import type { ScopedName, Settlement } from './settlement.ts'
import type { VerifierStore } from './store.ts'
import type { DeliveryRow } from './tables.ts'
import { Turns } from './turns.ts'

export interface VerifierOptions {
  readonly store: VerifierStore
  /** Verification keys to accept, by id. */
  readonly keys: AcceptedKeys
  /** Where `production`, keys are refused that do not show that nobody can forge under them. */
  readonly environment: 'production' | 'development'
  /** By default the portable engine. */
  readonly verifyProof?: ProofVerifier
}

/** A question to holders. Times are seconds since 1970-01-01 UTC. */
export interface VerificationRequest {
  readonly id: string
  readonly nonce: string
  readonly audience: string
  readonly policy: Policy
  readonly createdAt: number
  readonly expiresAt: number
}

/** A presentation that was accepted, with its place in the verifier's memory. */
export interface Acceptance {
  readonly presentation: VerifiedPresentation
  readonly requestId: string
  /** For a policy that recognises holders: whether this one came before. */
  readonly isReturning: boolean
}

/** What else is written in the transaction that accepts or ends. */
export interface Recorder {
  /** Of an accepted presentation. */
  readonly accepted?: (
    presentation: VerifiedPresentation,
  ) => Promise<Pick<Settlement, 'result' | 'responseCodeHash' | 'deliveries'>>
  /** Of the refused one that ends the session. */
  readonly rejected?: (code: string) => readonly DeliveryRow[]
}

/** Refusals that say nothing about the presentation. */
const NOT_COUNTED: ReadonlySet<string> = new Set(['OVERLOADED', 'NONCE_USED', 'DATABASE_INVALID'])

/** Asks and judges answers. Has no clock and no files: state is in its store. */
export class Verifier {
  /** The policies it asks. */
  readonly policies: PolicyBook
  readonly #store: VerifierStore
  readonly #keys: AcceptedKeys
  readonly #verifyProof: ProofVerifier
  /** Answers to one question are judged one by one, so that the limit of attempts limits pairings. */
  readonly #turns = new Turns()

  /** @throws ZerocardError in production as {@link assertProductionKey}, for any of the keys. */
  constructor({ store, keys, environment, verifyProof = verifyGroth16 }: VerifierOptions) {
    if (environment === 'production') {
      for (const key of keys.values()) assertProductionKey(key)
    }
    this.#store = store
    // Nobody adds a key after the check.
    this.#keys = new Map(keys)
    this.#verifyProof = verifyProof
    this.policies = new PolicyBook(store)
  }

  /**
   * Takes a trust list into use: its root is accepted for as long as a policy's `freshness` says,
   * counted from the oldest status document below it.
   */
  async acceptTrust(trust: TrustList): Promise<void> {
    const madeAt = Math.min(...trust.statuses.map(({ issuedAt }) => issuedAt))
    await this.#store.addTrustRoot(trust.name, { root: trust.root, madeAt })
  }

  /**
   * Puts a question.
   *
   * @param audience - The verifier's own origin or other fixed name.
   * @param validFor - Seconds in which an answer is accepted.
   * @throws ZerocardError with `POLICY_INVALID`, `POLICY_TOO_LARGE`, or `CONFLICT` if another policy
   *   of this id was asked before.
   */
  async request(
    policy: Policy,
    schemas: Schemas,
    audience: string,
    now: number,
    validFor: number,
  ): Promise<VerificationRequest> {
    const known = await this.policies.add(policy, schemas, now)
    const id = randomName()
    const { nonce, expiresAt } = await this.begin(known, {
      id,
      audience,
      flow: 'direct',
      createdAt: now,
      expiresAt: now + validFor,
    })
    return { id, nonce, audience, policy, createdAt: now, expiresAt }
  }

  /**
   * Puts a question by a policy of the book.
   *
   * @throws ZerocardError with `CONFLICT` if the policy was replaced meanwhile.
   */
  async begin(
    known: KnownPolicy,
    facts: Omit<Session, 'nonce' | 'policy' | 'policyHash' | 'status' | 'attempts'>,
  ): Promise<Session> {
    const session: Session = {
      ...facts,
      nonce: randomName(),
      policy: known.policy.id,
      policyHash: known.hash,
      status: 'pending',
      attempts: 0,
    }
    await this.#store.addSession(session, this.policies.isUsed(known))
    this.policies.markUsed(known)
    return session
  }

  /**
   * Judges an answer. It is accepted once: see {@link VerifierStore.settle}. A refusal leaves the
   * request open, so the holder may answer again until it expires; the third ends it.
   *
   * @throws ZerocardError with a code of `verifyPresentation`, `INPUT_INVALID` for an unknown
   *   request, `PRESENTATION_EXPIRED`, `NONCE_USED`, `SESSION_EXPIRED` after the third refusal,
   *   `PSEUDONYM_USED`, `PSEUDONYM_BANNED`, or `OVERLOADED` if there was no time to judge.
   */
  async verify(
    requestId: string,
    presentation: string,
    now: number,
    recorder: Recorder = {},
  ): Promise<Acceptance> {
    return this.#turns.take(requestId, async () => {
      const session = await this.#openSession(requestId, now)
      try {
        return await this.#judge(session, presentation, now, recorder)
      } catch (error) {
        if (error instanceof ZerocardError && !NOT_COUNTED.has(error.code)) {
          const deliveries = recorder.rejected?.(error.code) ?? []
          const { code } = error
          await this.#store.countAttempt({ sessionId: requestId, now, error: code, deliveries })
        }
        throw error
      }
    })
  }

  async #openSession(id: string, now: number): Promise<Session> {
    const session = await this.#store.findSession(id)
    if (session === undefined)
      throw new ZerocardError('INPUT_INVALID', 'there is no request of this id')
    if (session.status === 'verified') throw nonceUsed()
    if (session.status === 'rejected') throw ended()
    if (now >= session.expiresAt) {
      throw new ZerocardError('PRESENTATION_EXPIRED', 'the request has expired; ask again')
    }
    return session
  }

  async #judge(
    session: Session,
    text: string,
    now: number,
    recorder: Recorder,
  ): Promise<Acceptance> {
    const { audience, nonce } = session
    const known = await this.policies.ofSession(session.policy, session.policyHash)
    const { policy, schemas, memo } = known
    // Names of a shared scope are known to other verifiers, who could ask here about them without a
    // proof: settling judges these, after the proof.
    const isShared = policy.once?.shared === true
    const presentation = await verifyPresentation(text, {
      policy,
      schemas,
      audience,
      nonce,
      now,
      askedAt: session.createdAt,
      memo,
      trust: await this.#acceptedRoots(policy),
      keys: this.#keys,
      // Called last, when everything else is right: the name is the first public signal.
      verifyProof: async (key, signals, proof) => {
        const name = nameOf(policy, audience, signals[0])
        if (name !== undefined && !isShared) await this.#assertWelcome(policy, name, now)
        return this.#verifyProof(key, signals, proof)
      },
    })
    const record = await recorder.accepted?.(presentation)
    const isReturning = await this.#settle(session, policy, presentation, { now, ...record })
    return { presentation, requestId: session.id, isReturning }
  }

  async #acceptedRoots({ credentials }: Policy): Promise<Record<string, readonly AcceptedRoot[]>> {
    const aliases = Object.entries(credentials)
    const lists = [...new Set(aliases.map(([, { trust }]) => trust))]
    const roots = await this.#store.trustRootsOf(lists)
    return Object.fromEntries(
      aliases.map(([alias, { trust }]) => [
        alias,
        Object.hasOwn(roots, trust) ? (roots[trust] ?? []) : [],
      ]),
    )
  }

  /** Spares the pairing where the answer is known; whether it still holds is decided in settling. */
  async #assertWelcome(policy: Policy, name: ScopedName, now: number): Promise<void> {
    const judgement = await this.#store.judgeName(name, now)
    if (judgement === 'banned') throw banned(policy)
    if (judgement === 'used' && policy.once !== undefined) throw used(policy)
  }

  /** @returns Whether the holder is a known one. */
  async #settle(
    { id, audience }: Session,
    policy: Policy,
    { pseudonym, asOf }: VerifiedPresentation,
    record: Omit<Settlement, 'sessionId' | 'asOf' | 'name'>,
  ): Promise<boolean> {
    const name = nameOf(policy, audience, pseudonym)
    const isRepeatable = policy.once === undefined
    const outcome = await this.#store.settle({
      ...record,
      sessionId: id,
      asOf,
      ...(name === undefined ? {} : { name: { ...name, isRepeatable } }),
    })
    if (outcome === 'nonce-used') throw nonceUsed()
    if (outcome === 'pseudonym-used') throw used(policy)
    if (outcome === 'pseudonym-banned') throw banned(policy)
    return outcome === 'returning'
  }
}

/**
 * A pseudonym with the scope of its policy at a verifier.
 *
 * @returns Undefined if the policy asks for none.
 */
export function nameOf(
  policy: Policy,
  audience: string,
  pseudonym: bigint | undefined,
): ScopedName | undefined {
  const rule = pseudonymRule(policy)
  if (rule === undefined || pseudonym === undefined) return undefined
  return { scope: scopeField(rule, audience), pseudonym }
}

function nonceUsed(): ZerocardError {
  return new ZerocardError('NONCE_USED', 'this request was answered before')
}

function ended(): ZerocardError {
  return new ZerocardError('SESSION_EXPIRED', 'this request has ended; ask again')
}

function used({ id }: Policy): ZerocardError {
  return new ZerocardError(
    'PSEUDONYM_USED',
    `this holder has used ${id} before, and each use counts once`,
  )
}

function banned({ id }: Policy): ZerocardError {
  return new ZerocardError('PSEUDONYM_BANNED', `this holder is banned from ${id}`)
}
