import { babyjubjub } from '@noble/curves/misc.js'
import { SUBGROUP_ORDER } from '../../core/eddsa.ts'
import type { Point, Signature } from '../../core/eddsa.ts'
import { FIELD_ORDER, invert, reduce } from '../../core/field.ts'
import { poseidon } from '../../core/hash.ts'

// Points of BabyJubJub that no honest signer uses, and signatures with them.

const Curve = babyjubjub.Point
type Curve = InstanceType<typeof Curve>

const A = 168_700n
const D = 168_696n

/** The multiple of the generator of the subgroup. */
export function multiple(scalar: bigint): Point {
  return scalar === 0n ? { x: 0n, y: 1n } : Curve.BASE.multiplyUnsafe(scalar).toAffine()
}

export function sum(left: Point, right: Point): Point {
  return Curve.fromAffine(left).add(Curve.fromAffine(right)).toAffine()
}

/** A point of order 2, 4 or 8. */
export function lowOrderPoint(order: 2 | 4 | 8): Point {
  const two = { x: 0n, y: FIELD_ORDER - 1n }
  if (order === 2) return two
  const eight = pointOfOrder8()
  return order === 8 ? eight : sum(eight, eight)
}

/** A signature whose key is a multiple of the generator and, if given, a part of low order. */
export function signWith(
  scalar: bigint,
  nonce: bigint,
  message: bigint,
  lowOrder?: Point,
): { readonly key: Point; readonly signature: Signature } {
  const clean = multiple(scalar)
  const key = lowOrder === undefined ? clean : scalar === 0n ? lowOrder : sum(clean, lowOrder)
  const r8 = multiple(nonce)
  const challenge = poseidon([r8.x, r8.y, key.x, key.y, message])
  return { key, signature: { r8, s: (nonce + 8n * challenge * scalar) % SUBGROUP_ORDER } }
}

function pointOfOrder8(): Point {
  for (let y = 2n; ; y++) {
    const square = reduce((1n - y * y) * invert(reduce(A - D * y * y)))
    const x = root(square)
    if (x === undefined) continue
    const point = Curve.fromAffine({ x, y })
    const small = point.multiplyUnsafe(SUBGROUP_ORDER - 1n).add(point)
    if (!small.double().double().is0()) return small.toAffine()
  }
}

function root(square: bigint): bigint | undefined {
  try {
    return Curve.Fp.sqrt(square)
  } catch {
    return undefined
  }
}
