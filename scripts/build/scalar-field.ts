import { FIELD_ORDER } from '../../core/field.ts'

/** 2^28 divides the order of the multiplicative group, so domains up to 2^28 exist. */
const TWO_ADICITY = 28

/** The smallest non-residue; its odd power generates the roots of unity that snarkjs uses too. */
const NON_RESIDUE = 5n

/** The representative from 0 to r - 1; `value` may be negative. */
export function reduce(value: bigint): bigint {
  const rest = value % FIELD_ORDER
  return rest < 0n ? rest + FIELD_ORDER : rest
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = reduce(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % FIELD_ORDER
    square = (square * square) % FIELD_ORDER
  }
  return result
}

/** The inverse by Fermat; 0 for 0. */
export function invert(value: bigint): bigint {
  return power(value, FIELD_ORDER - 2n)
}

/** Inverts many non-zero elements with one inversion (Montgomery's trick). */
export function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes: bigint[] = []
  let product = 1n
  for (const value of values) {
    prefixes.push(product)
    product = (product * value) % FIELD_ORDER
  }
  let rest = invert(product)
  const inverses = new Array<bigint>(values.length)
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (rest * at(prefixes, i)) % FIELD_ORDER
    rest = (rest * at(values, i)) % FIELD_ORDER
  }
  return inverses
}

/** A generator of the subgroup of order 2^log2Order. */
export function rootOfUnity(log2Order: number): bigint {
  if (log2Order > TWO_ADICITY) throw new TypeError(`no subgroup of order 2^${String(log2Order)}`)
  return power(NON_RESIDUE, (FIELD_ORDER - 1n) >> BigInt(log2Order))
}

function at(values: readonly bigint[], index: number): bigint {
  return values[index] ?? 0n
}
