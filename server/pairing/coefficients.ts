import { integerFromBytes } from '../../core/field.ts'

/** Gives as many bytes as it is asked for, which nobody can foresee. */
export type RandomBytes = (length: number) => Uint8Array

export const systemRandom: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length))

/** A batch with a bad proof passes for one coefficient of that proof among 2^128 - 1. */
const COEFFICIENT_BYTES = 16

/** @throws Error if the source does not give random bytes: too few, or nothing but zeros. */
export function drawCoefficient(random: RandomBytes): bigint {
  const bytes = random(COEFFICIENT_BYTES)
  const coefficient = integerFromBytes(bytes)
  // A proof with the coefficient 0 would not be checked.
  if (bytes.length !== COEFFICIENT_BYTES || coefficient === 0n) {
    throw new Error('the source of random bytes gives none')
  }
  return coefficient
}
