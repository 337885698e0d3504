import { bn254 } from '@noble/curves/bn254.js'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { ELEMENT_BYTES, getElement, viewOf } from '../../core/iden3/sections.ts'
import { Bn128 } from '../../scripts/build/bn128.ts'
import { FixedBase } from '../../scripts/build/fixed-base.ts'
import type { GroupName } from '../../scripts/build/fixed-base.ts'
import { share } from '../../scripts/build/setup.ts'

/** Smaller than in real use, so that tables are quick to make. */
const WINDOW_BITS = 6

/** The last window that has bits of a scalar below 2^254. */
const LAST_WINDOW = 42 * WINDOW_BITS

const curve = new Bn128()

function multiply(name: GroupName, scalars: readonly bigint[], windowBits = WINDOW_BITS) {
  const points = new Uint8Array(scalars.length * curve[name].affineBytes)
  new FixedBase(curve, name, windowBits).multiply(share(scalars), points)
  return points
}

function coordinates(points: Uint8Array): bigint[] {
  const bytes = curve.fromMontgomery(points)
  return Array.from({ length: bytes.length / ELEMENT_BYTES }, (_, i) =>
    getElement(viewOf(bytes), i * ELEMENT_BYTES),
  )
}

/** The same by another library. */
function expected(name: GroupName, scalar: bigint): bigint[] {
  if (scalar === 0n) return new Array<bigint>(name === 'g1' ? 2 : 4).fill(0n)
  if (name === 'g1') {
    const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine()
    return [x, y]
  }
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine()
  return [x.c0, x.c1, y.c0, y.c1]
}

/** Digits are at their largest, at their smallest, and carries run through. */
const edges = [
  ...[0n, 1n, 2n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, (FIELD_ORDER - 1n) / 2n],
  ...[31n, 32n, 33n, 63n, 64n, 65n, 2n ** 253n, 2n ** 253n - 1n, 2n ** 126n - 1n],
]

/**
 * Scalars whose last addition adds a point to itself, or nearly: the digit there stands for half
 * of the scalar, modulo the order.
 */
const doublings = [2n, 3n, 4n].map((digit) => 2n * (digit << BigInt(LAST_WINDOW)) - FIELD_ORDER)

describe.each(['g1', 'g2'] as const)('multiples of the generator of %s', (name) => {
  test('are those of another library at the edges', () => {
    const got = multiply(name, edges)
    expect(coordinates(got)).toEqual(edges.flatMap((scalar) => expected(name, scalar)))
  })

  test('are right where an addition is a doubling', () => {
    const scalars = doublings.filter((scalar) => scalar > 0n && scalar < FIELD_ORDER)
    expect(scalars.length).toBeGreaterThan(0)
    const got = multiply(name, scalars)
    expect(coordinates(got)).toEqual(scalars.flatMap((scalar) => expected(name, scalar)))
  })

  test('do not depend on the window, nor on how many there are', () => {
    const scalars = Array.from({ length: 1030 }, (_, i) => (BigInt(i) * 7n ** 80n) % FIELD_ORDER)
    const got = multiply(name, scalars)
    expect(Buffer.from(got).equals(multiply(name, scalars, 9))).toBe(true)
    const last = scalars.slice(-1)
    const size = curve[name].affineBytes
    expect(Buffer.from(got.subarray(-size)).equals(multiply(name, last))).toBe(true)
  })
})
