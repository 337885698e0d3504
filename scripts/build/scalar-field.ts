import { FIELD_ORDER, reduce } from '../../core/field.ts'

/** 2^28 divides the order of the multiplicative group, so domains up to 2^28 exist. */
const TWO_ADICITY = 28

/** The smallest non-residue; its odd power generates the roots of unity that snarkjs uses too. */
const NON_RESIDUE = 5n

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = reduce(base)
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % FIELD_ORDER
    square = (square * square) % FIELD_ORDER
  }
  return result
}

/** A generator of the subgroup of order 2^log2Order. */
export function rootOfUnity(log2Order: number): bigint {
  if (log2Order > TWO_ADICITY) throw new TypeError(`no subgroup of order 2^${String(log2Order)}`)
  return power(NON_RESIDUE, (FIELD_ORDER - 1n) >> BigInt(log2Order))
}
