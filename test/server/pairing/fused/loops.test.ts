import { bn254 } from '@noble/curves/bn254.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { Fp12, G1, G2, g1Coordinates, g2Coordinates } from '../../../../core/bn254.ts'
import type { G1Point, G2Point } from '../../../../core/bn254.ts'
import { FIELD_ORDER } from '../../../../core/field.ts'
import type { PairingMachine } from '../../../../server/pairing/fused/machine.ts'
import { MillerLoops } from '../../../../server/pairing/fused/miller.ts'
import { PointLanes } from '../../../../server/pairing/fused/point-lanes.ts'
import type { Point } from '../../../../server/pairing/fused/point-lanes.ts'
import { pointOfOrder, somePoints } from '../twist.ts'
import { elementsFrom, fp12Bytes, fp12ValueOf, startMachine } from './world.ts'
import type { Fp12Value } from './world.ts'

// Pairings against those of another library, which raises to the same power in the end.

let machine: PairingMachine
let points: PointLanes
let loops: MillerLoops

beforeAll(async () => {
  machine = await startMachine()
  points = new PointLanes(machine)
  loops = new MillerLoops(machine, points)
})

const { next, fp12 } = elementsFrom(21)

type Pair = readonly [g1: G1Point, g2: G2Point]

const somePair = (): Pair => [
  G1.BASE.multiplyUnsafe(1n + next(FIELD_ORDER - 1n)),
  G2.BASE.multiplyUnsafe(1n + next(FIELD_ORDER - 1n)),
]

const g1 = (point: G1Point): Point => (point.is0() ? points.zero : points.g1(g1Coordinates(point)))
const g2 = (point: G2Point): Point => points.g2(g2Coordinates(point))

/** Two by two, the last one alone if they are odd. */
const twos = (pairs: readonly Pair[]): Pair[][] =>
  Array.from({ length: Math.ceil(pairs.length / 2) }, (_, i) => pairs.slice(2 * i, 2 * i + 2))

/** The product of pairings, where lines are computed and where they were before. */
function pairing(fresh: readonly Pair[], prepared: readonly Pair[] = []): Fp12Value {
  return valueOf(loops.residue([product(fresh, prepared)]))
}

function product(fresh: readonly Pair[], prepared: readonly Pair[] = []): Uint8Array {
  return machine.temporarily(() =>
    loops.product(
      twos(fresh).map((two) =>
        loops.pairs(
          two.map(([p]) => g1(p)),
          two.map(([, r]) => g2(r)),
        ),
      ),
      twos(prepared).map((two) =>
        loops.preparedPairs(
          loops.prepare(two.map(([, r]) => g2(r))),
          two.map(([p]) => g1(p)),
        ),
      ),
    ),
  )
}

const valueOf = (bytes: Uint8Array): Fp12Value => fp12ValueOf(machine.module.prime, bytes)
const bytesOf = (value: Fp12Value): Uint8Array => fp12Bytes(machine.module.prime, value)

const expected = (pairs: readonly Pair[]): Fp12Value =>
  pairs
    .filter(([p]) => !p.is0())
    .reduce<Fp12Value>((all, [p, r]) => Fp12.mul(all, bn254.pairing(p, r)), Fp12.ONE)

const areEqual = (a: Fp12Value, b: Fp12Value): boolean => Fp12.eql(a, b)

describe('a product of pairings', () => {
  test('has the value of another library, from one pair to five', () => {
    const all = Array.from({ length: 5 }, somePair)
    for (let length = 1; length <= all.length; length++) {
      const pairs = all.slice(0, length)
      const value = expected(pairs)
      expect(areEqual(value, Fp12.ONE)).toBe(false)
      expect(areEqual(pairing(pairs), value), `${length} computed`).toBe(true)
      expect(areEqual(pairing([], pairs), value), `${length} prepared`).toBe(true)
    }
    const value = expected(all)
    for (let cut = 1; cut < all.length; cut++) {
      expect(areEqual(pairing(all.slice(0, cut), all.slice(cut)), value)).toBe(true)
    }
    const parts = [product(all.slice(0, 2)), product([], all.slice(2, 4)), product(all.slice(4))]
    expect(areEqual(valueOf(loops.residue(parts)), value)).toBe(true)
  })

  test('is that of the others where a point is zero, in either lane', () => {
    const [a, b] = [somePair(), somePair()]
    const none: Pair = [G1.ZERO, b[1]]
    const value = expected([a])
    for (const pairs of [
      [a, none],
      [none, a],
      [none, none, a],
      [a, none, none],
    ]) {
      expect(areEqual(pairing(pairs), value)).toBe(true)
      expect(areEqual(pairing([], pairs), value)).toBe(true)
    }
    for (const pairs of [[none], [none, none]]) {
      expect(areEqual(pairing(pairs), Fp12.ONE)).toBe(true)
      expect(areEqual(pairing([], pairs), Fp12.ONE)).toBe(true)
    }
  })

  test('is one where exponents vanish, and not where they nearly do, 8 times', () => {
    for (let i = 0; i < 8; i++) {
      const [a, b, c] = [next(FIELD_ORDER), next(FIELD_ORDER), next(FIELD_ORDER)].map(
        (k) => k || 1n,
      )
      const times = (k: bigint, m: bigint): Pair => [
        G1.BASE.multiplyUnsafe(k % FIELD_ORDER),
        G2.BASE.multiplyUnsafe(m % FIELD_ORDER),
      ]
      const rest = (2n * FIELD_ORDER * FIELD_ORDER - a! * b! - c!) % FIELD_ORDER || 1n
      const fresh = [times(a!, b!), times(c!, 1n)]
      const [right, wrong] = [times(rest, 1n), times(rest + 1n, 1n)]
      const isOne = (pairs: Pair[], prepared: Pair[]): boolean =>
        loops.isOne(loops.residue([product(pairs, prepared)]))
      expect(isOne(fresh, [right])).toBe(true)
      expect(isOne([...fresh, right], [])).toBe(true)
      expect(isOne(fresh, [wrong])).toBe(false)
      expect(isOne([...fresh, wrong], [])).toBe(false)
      expect(isOne(fresh, [])).toBe(false)
    }
  })

  test('is not one for equal or opposite points, or the same pair twice', () => {
    const [p, r] = somePair()
    for (const pairs of [
      [[p, r] as Pair],
      [[p, r] as Pair, [p, r] as Pair],
      [[p.negate(), r] as Pair],
      [[p, r.negate()] as Pair],
    ]) {
      expect(areEqual(pairing(pairs), expected(pairs))).toBe(true)
      expect(areEqual(pairing([], pairs), expected(pairs))).toBe(true)
    }
    const cancelling: Pair[] = [
      [p, r],
      [p, r.negate()],
    ]
    expect(areEqual(pairing(cancelling), Fp12.ONE)).toBe(true)
    expect(areEqual(pairing([cancelling[0]!], [cancelling[1]!]), Fp12.ONE)).toBe(true)
  })
})

describe('residues', () => {
  test('have the order r, and the value of another library, for any product', () => {
    for (let i = 0; i < 20; i++) {
      const value = fp12()
      const residue = valueOf(loops.residue([bytesOf(value)]))
      expect(areEqual(residue, Fp12.finalExponentiate(value))).toBe(true)
      if (i === 0) expect(areEqual(Fp12.pow(residue, FIELD_ORDER), Fp12.ONE)).toBe(true)
    }
    expect(loops.isOne(loops.residue([]))).toBe(true)
    expect(loops.isOne(loops.residue([bytesOf(Fp12.ZERO)]))).toBe(false)
  })

  test('are divided, and leave their operands as they are', () => {
    const [a, b] = [fp12(), fp12()].map((value) => Fp12.finalExponentiate(value))
    const [whole, part] = [bytesOf(a!), bytesOf(b!)]
    expect(areEqual(valueOf(loops.quotient(whole, part)), Fp12.div(a!, b!))).toBe(true)
    expect(loops.isOne(loops.quotient(whole, whole))).toBe(true)
    expect(loops.isOne(loops.quotient(whole, part))).toBe(false)
    expect([whole, part]).toEqual([bytesOf(a!), bytesOf(b!)])
  })
})

describe('the machine', () => {
  test('takes points only of their groups', () => {
    const [outside] = somePoints(1)
    const small = pointOfOrder(10_069n, outside!)
    for (const point of [outside!, small, small.add(G2.BASE)]) {
      expect(() => g2(point)).toThrow('outside its group')
    }
    const [x, y] = g2Coordinates(G2.BASE)
    expect(() => points.g2([x, [y[1], y[0]]])).toThrow('outside its group')
    expect(() =>
      points.g2([
        [0n, 0n],
        [0n, 0n],
      ]),
    ).toThrow('outside its group')
    expect(() => points.g1([0n, 0n])).toThrow('outside its group')
    expect(() => points.g1([1n, 3n])).toThrow('outside its group')
  })

  test('gives room back, whatever happens, and keeps what is in it when memory grows', () => {
    const before = machine.temporarily(() => machine.allocate(16))
    expect(() =>
      machine.temporarily(() => {
        machine.allocate(1000)
        throw new Error('as it happens')
      }),
    ).toThrow('as it happens')
    machine.temporarily(() => {
      expect(machine.allocate(16)).toBe(before)
      const pair = somePair()
      const [a, b] = [g1(pair[0]), g2(pair[1])]
      const pairs = loops.pairs([a], [b])
      const old = machine.bytes(before, 16)
      machine.allocate(3 * 65_536)
      expect(old.length).toBe(0)
      const residue = loops.residue([loops.product([pairs], [])])
      expect(areEqual(valueOf(residue), expected([pair]))).toBe(true)
    })
    expect(machine.temporarily(() => machine.allocate(16))).toBe(before)
  })

  test('has no functions that nobody has written', () => {
    expect(() => machine.call('fp12_line2')).toThrow(TypeError)
  })
})
