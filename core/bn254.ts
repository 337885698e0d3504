import { bn254 } from '@noble/curves/bn254.js'
import type { G1Coordinates, G2Coordinates } from './groth16-key.ts'

// The only file of this layer that knows the library for the pairing curve.

export const { Fp, Fp2, Fp12, Fr } = bn254.fields
export const G1 = bn254.G1.Point
export const G2 = bn254.G2.Point
export type G1Point = InstanceType<typeof G1>
export type G2Point = InstanceType<typeof G2>

/** A pair of points, neither the identity. */
export interface PairedPoints {
  readonly g1: G1Point
  readonly g2: G2Point
}

/** The point of these coordinates, which are not checked. */
export function g1([x, y]: G1Coordinates): G1Point {
  return G1.fromAffine({ x, y })
}

/** The point of these coordinates, which are not checked. */
export function g2([x, y]: G2Coordinates): G2Point {
  return G2.fromAffine({ x: Fp2.fromBigTuple([x[0], x[1]]), y: Fp2.fromBigTuple([y[0], y[1]]) })
}

/** Affine coordinates; of the identity, zeros. */
export function g1Coordinates(point: G1Point): G1Coordinates {
  const { x, y } = point.toAffine()
  return [x, y]
}

/** Affine coordinates; of the identity, zeros. */
export function g2Coordinates(point: G2Point): G2Coordinates {
  const { x, y } = point.toAffine()
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ]
}

/** Whether the pairings of all pairs multiply to one. */
export function pairsToOne(pairs: readonly PairedPoints[]): boolean {
  return Fp12.eql(bn254.pairingBatch([...pairs]), Fp12.ONE)
}

/**
 * @throws Error if a point is the identity, off its curve or outside the subgroup of order r. G1 has
 *   no others than those of its curve.
 */
export function assertPoint(point: G1Point | G2Point): void {
  // The library lets the identity pass, which it writes as (0, 0).
  if (point.is0()) throw new Error('the identity')
  point.assertValidity()
  if (!point.isTorsionFree()) throw new Error('outside the subgroup')
}
