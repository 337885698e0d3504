import { TAG, hashToField, poseidon } from './hash.ts'

/** Where a pseudonym counts. */
export interface PseudonymScope {
  readonly scope: string
  /** Whether every verifier that uses the scope sees the same pseudonyms. */
  readonly shared: boolean
}

/**
 * The scope as the circuit knows it. A scope that is not shared is bound to the verifier, so that
 * two verifiers with the same words cannot compare notes.
 *
 * @param audience - The verifier, as in the presentation's `aud`.
 */
export function scopeField({ scope, shared }: PseudonymScope, audience: string): bigint {
  return shared
    ? hashToField('zerocard/scope/1', 'shared', scope)
    : hashToField('zerocard/scope/1', 'site', audience, scope)
}

/**
 * A holder's name in one scope. Nobody without the secret can compute it, nor tell that two
 * names in different scopes, or of different uses, belong together.
 *
 * @param secret - The holder's.
 * @param per - 0 for names of the person; the first credential's blinding for names of that.
 * @param scope - From {@link scopeField}; 0 for no pseudonym, which gives 0.
 * @param use - 0 to limit - 1.
 * @throws ZerocardError with `FIELD_INVALID` for a value outside the field.
 */
export function pseudonym(secret: bigint, per: bigint, scope: bigint, use: bigint): bigint {
  return scope === 0n ? 0n : poseidon([TAG.pseudonym, secret, per, scope, use])
}
