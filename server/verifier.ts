import { toBase64url } from '../core/bytes.ts'
import { dayFromUnixSeconds } from '../core/dates.ts'
import type { Day } from '../core/dates.ts'
import { ZerocardError } from '../core/errors.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import { isDevelopmentKey } from '../core/groth16-key.ts'
import { compilePolicy } from '../core/policy/compile.ts'
import { parsePolicy, pseudonymRule } from '../core/policy/policy.ts'
import type { Policy } from '../core/policy/policy.ts'
import { scopeField } from '../core/pseudonym.ts'
import { parseSchema } from '../core/schema.ts'
import type { Schemas } from '../core/statement.ts'
import type { TrustList } from '../core/trust.ts'
import { verifyPresentation } from '../core/verify.ts'
import type { AcceptedKeys, AcceptedRoot, VerifiedPresentation } from '../core/verify.ts'
import type { Settlement, StoredRequest, VerifierStore } from './verifier-store.ts'

export interface VerifierOptions {
  readonly store: VerifierStore
  /** Verification keys to accept, by id. */
  readonly keys: AcceptedKeys
  /** Where `production`, keys are refused under which anybody can forge. */
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
  readonly expiresAt: number
}

/** A presentation that was accepted, with its place in the verifier's memory. */
export interface Acceptance {
  readonly presentation: VerifiedPresentation
  readonly requestId: string
  /** For a policy that recognises holders: whether this one came before. */
  readonly isReturning: boolean
}

/** Random bytes of a nonce and of a request's id. */
const NONCE_BYTES = 24

/** Asks and judges answers. Has no clock and no files: state is in its store. */
export class Verifier {
  readonly #store: VerifierStore
  readonly #keys: AcceptedKeys
  readonly #verifyProof: { readonly verifyProof?: ProofVerifier }

  /** @throws ZerocardError with `KEY_FORGEABLE` for a development key in production. */
  constructor({ store, keys, environment, verifyProof }: VerifierOptions) {
    for (const { circuit, key } of keys.values()) {
      if (environment === 'production' && isDevelopmentKey(key)) {
        throw new ZerocardError(
          'KEY_FORGEABLE',
          `the key of ${circuit} is a development key: anybody can forge proofs under it`,
        )
      }
    }
    this.#store = store
    this.#keys = keys
    this.#verifyProof = verifyProof === undefined ? {} : { verifyProof }
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
   * @throws ZerocardError with `POLICY_INVALID` or `POLICY_TOO_LARGE`.
   */
  async request(
    policy: Policy,
    schemas: Schemas,
    audience: string,
    now: number,
    validFor: number,
  ): Promise<VerificationRequest> {
    assertFits(policy, schemas, dayFromUnixSeconds(now))
    const request = { id: random(), nonce: random(), audience, policy, expiresAt: now + validFor }
    const used = new Set(Object.values(policy.credentials).map(({ schema }) => schema))
    const plainSchemas = [...schemas.values()].filter(({ id }) => used.has(id))
    await this.#store.addRequest({ ...request, schemas: plainSchemas, createdAt: now })
    return request
  }

  /**
   * Judges an answer. It is accepted once: see {@link VerifierStore.settle}. A refusal changes
   * nothing, so the holder may answer again until the request expires.
   *
   * @throws ZerocardError with a code of `verifyPresentation`, `INPUT_INVALID` for an unknown
   *   request, `PRESENTATION_EXPIRED`, `NONCE_USED` or `PSEUDONYM_USED`.
   */
  async verify(requestId: string, presentation: string, now: number): Promise<Acceptance> {
    const request = await this.#openRequest(requestId, now)
    const { policy, schemas } = readRequest(request)
    const { audience, nonce } = request
    const trust = await this.#acceptedRoots(policy)
    const expected = { policy, schemas, audience, nonce, trust, keys: this.#keys, now }
    const verified = await verifyPresentation(presentation, { ...expected, ...this.#verifyProof })
    return {
      presentation: verified,
      requestId,
      isReturning: await this.#settle(requestId, policy, verified, now),
    }
  }

  async #openRequest(id: string, now: number): Promise<StoredRequest> {
    const request = await this.#store.findRequest(id)
    if (request === undefined)
      throw new ZerocardError('INPUT_INVALID', 'there is no request of this id')
    if (request.answeredAt !== undefined) throw nonceUsed()
    if (now >= request.expiresAt) {
      throw new ZerocardError('PRESENTATION_EXPIRED', 'the request has expired; ask again')
    }
    return request
  }

  async #acceptedRoots({ credentials }: Policy): Promise<Record<string, readonly AcceptedRoot[]>> {
    const roots: Record<string, readonly AcceptedRoot[]> = {}
    for (const [alias, { trust }] of Object.entries(credentials)) {
      roots[alias] = await this.#store.trustRoots(trust)
    }
    return roots
  }

  /** @returns Whether the holder is a known one. */
  async #settle(
    requestId: string,
    policy: Policy,
    { audience, pseudonym }: VerifiedPresentation,
    now: number,
  ): Promise<boolean> {
    const rule = pseudonymRule(policy)
    const settlement: Settlement = { requestId, now }
    const name =
      rule && pseudonym !== undefined
        ? { scope: scopeField(rule, audience), pseudonym, isRepeatable: rule.isRepeatable }
        : undefined
    const outcome = await this.#store.settle(
      name === undefined ? settlement : { ...settlement, name },
    )
    if (outcome === 'nonce-used') throw nonceUsed()
    if (outcome === 'pseudonym-used') {
      throw new ZerocardError(
        'PSEUDONYM_USED',
        `this holder has used ${policy.id} before, and each use counts once`,
      )
    }
    return outcome === 'returning'
  }
}

/**
 * Checks that a policy can be asked at all: that somebody can satisfy it and that it fits a circuit.
 *
 * @throws ZerocardError with `POLICY_INVALID` or `POLICY_TOO_LARGE`.
 */
export function assertFits(policy: Policy, schemas: Schemas, asOf: Day): void {
  compilePolicy(
    policy,
    schemas,
    asOf,
    Object.fromEntries(policy.disclose.map((path) => [path, 0n])),
  )
}

function readRequest(request: StoredRequest): { policy: Policy; schemas: Schemas } {
  const schemas = new Map(request.schemas.map(parseSchema).map((schema) => [schema.id, schema]))
  return { policy: parsePolicy(request.policy, schemas), schemas }
}

function nonceUsed(): ZerocardError {
  return new ZerocardError('NONCE_USED', 'this request was answered before')
}

function random(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)))
}
