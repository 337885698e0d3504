import { FIELD_ORDER, invert } from '../../../core/field.ts'

/** Inverses to remember: about as many coefficients as a circuit's hash functions have. */
const CAPACITY = 50_000

const inverses = new Map<bigint, bigint>()

/** The inverse of a reduced value; the same few coefficients are inverted again and again. */
export function inverseOf(value: bigint): bigint {
  if (value === 1n || value === FIELD_ORDER - 1n) return value
  const known = inverses.get(value)
  if (known !== undefined) return known
  const inverse = invert(value)
  if (inverses.size >= CAPACITY) inverses.clear()
  inverses.set(value, inverse)
  return inverse
}
