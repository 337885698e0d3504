import { Fp2 } from '../../../core/bn254.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import type { Quadratic } from './pair-field.ts'

type Element = ReturnType<typeof Fp2.fromBigTuple>

const XI = Fp2.fromBigTuple([9n, 1n])
/** What w is multiplied with when it is raised to the power of q: ξ^((q - 1)/6). */
const FIRST = Fp2.pow(XI, (CURVE_FIELD_ORDER - 1n) / 6n)

/** What w^k is multiplied with when it is raised to the power of q^n: ξ^(k (q^n - 1)/6). */
export function frobeniusFactor(n: number, k: number): Quadratic {
  let [factor, power] = [Fp2.ONE, Fp2.pow(FIRST, BigInt(k))]
  for (let i = 0; i < n; i++) {
    factor = Fp2.mul(factor, power)
    // To the power of q, an element of Fp2 is its conjugate.
    power = Fp2.frobeniusMap(power, 1)
  }
  return quadratic(factor)
}

/** b, of the twist y² = x³ + b that G2 is on. */
export const TWIST_B = quadratic(Fp2.mul(Fp2.fromBigTuple([3n, 0n]), Fp2.inv(XI)))
export const TWIST_3B = quadratic(Fp2.mul(Fp2.fromBigTuple([9n, 0n]), Fp2.inv(XI)))

function quadratic({ c0, c1 }: Element): Quadratic {
  return [c0, c1]
}
