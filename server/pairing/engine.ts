import { FIELD_ORDER } from '../../core/field.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import type { Coefficient } from './coefficients.ts'

/** A proof in an equation, raised to a coefficient; without one, to the power of 1. */
export interface Term<Points> {
  readonly publicSignals: readonly bigint[]
  readonly points: Points
  readonly coefficient?: Coefficient
}

/** Terms under one key. */
export interface Share<Key, Points> {
  readonly key: Key
  readonly terms: readonly Term<Points>[]
}

/**
 * Computes the equation of Groth16, e(-A, B) e(alpha, beta) e(X, gamma) e(C, delta) = 1 with X the
 * public signals' combination, for one proof or for a product of several.
 *
 * `Value` is a product of Miller loops, or a residue.
 */
export interface PairingEngine<Key, Points, Value> {
  /** @throws ZerocardError with `KEY_INVALID` if a point is not in its group. */
  prepareKey(key: VerificationKey): Key
  /** Of each proof the points: canonical, on the curves, in the subgroup, none the identity. */
  readProofs(texts: readonly string[]): readonly (Points | undefined)[]
  /** The product of loops: of -A and B of the first terms, and of all other pairs of the second. */
  loops(own: readonly Term<Points>[], shared: readonly Share<Key, Points>[]): Value
  /** The final exponentiation of a product. */
  residue(values: readonly Value[]): Value
  /** What is left of a residue without that of a part. */
  quotient(residue: Value, part: Value): Value
  isOne(residue: Value): boolean
}

/** For each input point of a key the sum of what it is multiplied with: 1, and the signals. */
export function inputSums(inputs: number, terms: readonly Term<unknown>[]): bigint[] {
  return Array.from({ length: inputs }, (_, i) => {
    const sum = terms.reduce((total, { coefficient, publicSignals }) => {
      const signal = i === 0 ? 1n : (publicSignals[i - 1] ?? 0n)
      return total + (coefficient?.value ?? 1n) * signal
    }, 0n)
    return sum % FIELD_ORDER
  })
}
