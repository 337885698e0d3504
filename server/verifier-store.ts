import type { AcceptedRoot } from '../core/verify.ts'

/** A question a verifier has put, as it is kept. Times are seconds since 1970-01-01 UTC. */
export interface StoredRequest {
  readonly id: string
  /** Random; answers are bound to it. */
  readonly nonce: string
  readonly audience: string
  /** The policy and the schemas it speaks of, as plain JSON. */
  readonly policy: unknown
  readonly schemas: readonly unknown[]
  readonly createdAt: number
  readonly expiresAt: number
  /** When an answer was accepted; no second one is. */
  readonly answeredAt?: number
}

/** What accepting an answer changes. */
export interface Settlement {
  readonly requestId: string
  readonly now: number
  /** The holder's name in the policy's scope, if the policy asks for one. */
  readonly name?: {
    readonly scope: bigint
    readonly pseudonym: bigint
    /** Whether a name that was seen before is welcome. */
    readonly isRepeatable: boolean
  }
}

export type SettlementOutcome =
  | 'accepted'
  /** Accepted, and the name was seen before. */
  | 'returning'
  /** Nothing was changed: the request was answered before, or is unknown. */
  | 'nonce-used'
  /** Nothing was changed: the name was seen before and counts once. */
  | 'pseudonym-used'

/** A verifier's memory. Every method is one atomic step, also between processes. */
export interface VerifierStore {
  addRequest(request: StoredRequest): Promise<void>
  findRequest(id: string): Promise<StoredRequest | undefined>
  /**
   * Consumes the request's nonce and records the name, both or neither, so that of two equal
   * presentations that arrive at once exactly one is accepted.
   */
  settle(settlement: Settlement): Promise<SettlementOutcome>
  /** Keeps a root of a trust list; of a root that is known, the earlier time. */
  addTrustRoot(list: string, root: AcceptedRoot): Promise<void>
  /** Newest first. */
  trustRoots(list: string): Promise<readonly AcceptedRoot[]>
}
