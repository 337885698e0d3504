import { Fp, G1 } from '../../../core/bn254.ts'
import type { G1Point } from '../../../core/bn254.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { invert } from '../../../core/field.ts'
import { getElement, readSections, setElement, viewOf } from '../../../core/iden3/sections.ts'
import { G1_BYTES, readZkey } from '../../../core/iden3/zkey.ts'
import { power as raised, rootOfUnity } from '../../../scripts/build/scalar-field.ts'

// The quotient of a proof has one coefficient fewer than the domain has values, so in the points that
// it is made from one more point has room, of which no honest proof sees anything. Contributors divide
// it by their secrets like all others.

const MONTGOMERY = 2n ** 256n % CURVE_FIELD_ORDER

/** A copy of a key with a point in that place. */
export function withHiddenPoint(zkey: Uint8Array, point: G1Point): Uint8Array {
  const copy = Uint8Array.from(zkey)
  const { h, domain } = readZkey(copy)
  const points = pointsOf(h)
  const missing = point.subtract(hiddenPoint(zkey)).multiply(invert(BigInt(domain)))
  weights(domain).forEach((weight, j) => {
    write(h.subarray(j * G1_BYTES), points[j]!.add(missing.multiply(weight)))
  })
  return copy
}

/** The same in powers of tau, for the largest circuit that they serve: `added` is added there. */
export function withHiddenPower(ptau: Uint8Array, power: number, added: G1Point): Uint8Array {
  const copy = Uint8Array.from(ptau)
  const lagrange = readSections(copy, 'ptau', 'ptau').get(12)!
  const root = rootOfUnity(power + 1)
  const last = lagrange.subarray((2 ** (power + 1) - 1) * G1_BYTES)
  pointsOf(last).forEach((point, j) => {
    write(last.subarray(j * G1_BYTES), point.add(added.multiply(rootPower(root, j))))
  })
  return copy
}

/** What is in that place of a key. */
export function hiddenPoint(zkey: Uint8Array): G1Point {
  const { h, domain } = readZkey(zkey)
  const points = pointsOf(h)
  return weights(domain).reduce(
    (sum, weight, j) => sum.add(points[j]!.multiply(invert(weight))),
    G1.ZERO,
  )
}

/** The values of the domain that proofs are computed in, which lies between those of the circuit's. */
function weights(domain: number): bigint[] {
  const root = rootOfUnity(Math.log2(domain) + 1)
  return Array.from({ length: domain }, (_, j) => rootPower(root, 2 * j + 1))
}

function rootPower(root: bigint, exponent: number): bigint {
  return raised(root, BigInt(exponent))
}

function pointsOf(section: Uint8Array): G1Point[] {
  const view = viewOf(section)
  const coordinate = (at: number): bigint => Fp.div(getElement(view, at), MONTGOMERY)
  return Array.from({ length: section.length / G1_BYTES }, (_, j) =>
    G1.fromAffine({ x: coordinate(j * G1_BYTES), y: coordinate(j * G1_BYTES + G1_BYTES / 2) }),
  )
}

function write(to: Uint8Array, point: G1Point): void {
  const { x, y } = point.toAffine()
  setElement(viewOf(to), 0, Fp.mul(x, MONTGOMERY))
  setElement(viewOf(to), G1_BYTES / 2, Fp.mul(y, MONTGOMERY))
}
