import { ENDOMORPHISM } from '../../core/curve.ts'
import { FIELD_ORDER, integerFromBytes } from '../../core/field.ts'

/** Gives as many bytes as it is asked for, which nobody can foresee. */
export type RandomBytes = (length: number) => Uint8Array

export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))

/** A batch with a bad proof passes for one coefficient of that proof among 2^128 - 1. */
const COEFFICIENT_BYTES = 16
const HALF_BITS = 64

/**
 * A number modulo r, of two halves of 64 bits: a + b λ, with the λ that a cheap endomorphism of G1
 * multiplies with. Other halves give another number: if a + b λ were 0 for differences a and b, r
 * would divide a² - ab + b², because λ² + λ + 1 is 0; but that is positive, and below 3 · 2^128.
 */
export interface Coefficient {
  readonly halves: readonly [a: bigint, b: bigint]
  readonly value: bigint
}

/** @throws Error if the source does not give random bytes: too few, or nothing but zeros. */
export function drawCoefficient(random: RandomBytes): Coefficient {
  const bytes = random(COEFFICIENT_BYTES)
  const drawn = integerFromBytes(bytes)
  // A proof with the coefficient 0 would not be checked.
  if (bytes.length !== COEFFICIENT_BYTES || drawn === 0n) {
    throw new Error('the source of random bytes gives none')
  }
  const halves = [BigInt.asUintN(HALF_BITS, drawn), drawn >> BigInt(HALF_BITS)] as const
  return { halves, value: (halves[0] + halves[1] * ENDOMORPHISM.lambda) % FIELD_ORDER }
}
