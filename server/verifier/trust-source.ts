import type { TrustList } from '../../core/trust.ts'

/** Where a verifier sees the trust lists it names; kept by `server/trust`, or by anybody else. */
export interface TrustSource {
  /** The newest list of this name; undefined while there is none. */
  current(list: string): Promise<TrustList | undefined> | TrustList | undefined
}

/** For verifiers whose lists are brought by `Verifier.acceptTrust`. */
export const NO_TRUST_SOURCE: TrustSource = { current: () => undefined }
