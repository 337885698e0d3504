import { bn254 } from '@noble/curves/bn254.js'
import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { compress } from '../../../scripts/vectors/proofs.ts'

// Points of the twist outside the subgroup of order r, of every order there is.

const { Fp2 } = bn254.fields
export const G2 = bn254.G2.Point
export type G2Point = InstanceType<typeof G2>

/** The twist has r times so many points. */
export const COFACTOR = 2n * CURVE_FIELD_ORDER - FIELD_ORDER

export const COFACTOR_PRIMES = [
  10_069n,
  5_864_401n,
  1_875_725_156_269n,
  197_620_364_512_881_247_228_717_050_342_013_327_560_683_201_906_968_909n,
]

/** Points of the twist with small first coordinates, in the subgroup or not: as good as random. */
export function somePoints(count: number): G2Point[] {
  const points: G2Point[] = []
  for (let c0 = 1n; points.length < count; c0++) {
    const x = Fp2.fromBigTuple([c0, 5n])
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b))
      points.push(G2.fromAffine({ x, y }))
    } catch {
      continue
    }
  }
  return points
}

/** A point whose order is this divisor of the number of points, if `start` has a multiple that has. */
export function pointOfOrder(order: bigint, start: G2Point): G2Point {
  return times((FIELD_ORDER * COFACTOR) / order, start)
}

/** The library multiplies with less than r only. */
export function times(factor: bigint, point: G2Point): G2Point {
  if (factor === 0n) return G2.ZERO
  const half = times(factor / 2n, point).double()
  return factor % 2n === 0n ? half : half.add(point)
}

/** The proof with another B, whatever that is. */
export function withB(proof: string, point: G2Point): string {
  const bytes = fromBase64url(proof)
  bytes.set(compress(point.toAffine()), 32)
  return toBase64url(bytes)
}
