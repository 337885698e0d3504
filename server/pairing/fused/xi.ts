import { Fp2 } from '../../../core/bn254.ts'
import type { Quadratic } from './pair-field.ts'

const XI = Fp2.fromBigTuple([9n, 1n])

/** A power of ξ = 9 + u. */
export function xiTo(exponent: bigint): Quadratic {
  const { c0, c1 } = Fp2.pow(XI, exponent)
  return [c0, c1]
}

/** 3 b, with b = 3/ξ of the twist y² = x³ + b that G2 is on. */
export const TWIST_3B: Quadratic = twistTimes(3n)
/** b itself. */
export const TWIST_B: Quadratic = twistTimes(1n)

function twistTimes(factor: bigint): Quadratic {
  const { c0, c1 } = Fp2.mul(Fp2.fromBigTuple([3n * factor, 0n]), Fp2.inv(XI))
  return [c0, c1]
}
