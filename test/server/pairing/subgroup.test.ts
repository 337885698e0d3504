import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../core/field.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import { startFusedEngine } from '../../../server/pairing/fused/engine.ts'
import type { FusedEngine } from '../../../server/pairing/fused/engine.ts'
import { mcl, startMcl } from '../../../server/pairing/library/mcl.ts'
import { isInSubgroup } from '../../../server/pairing/library/subgroup.ts'
import { forgeProof } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import { COFACTOR, COFACTOR_PRIMES, G2, pointOfOrder, somePoints, times, withB } from './twist.ts'
import type { G2Point } from './twist.ts'

const r = FIELD_ORDER
const q = CURVE_FIELD_ORDER

/** The parameter of the curve. */
const x = 4965661367192848881n
/** Trace of Frobenius. */
const t = 6n * x * x + 1n

const strangers = somePoints(3)

const proof = forgeProof(keys.enrolment.key, [1n, 2n, 3n, 4n])
let fused: FusedEngine | undefined

beforeAll(async () => {
  await startMcl()
  fused = await startFusedEngine()
})

describe('the test of the subgroup', () => {
  test('accepts multiples of the generator', () => {
    for (const factor of [1n, 2n, 3n, x, r - 1n, r / 2n, 2n ** 200n + 1n]) {
      expect(verdictOn(times(factor, G2.BASE)), String(factor)).toBe(true)
    }
  })

  test('accepts the part of a point that is in the subgroup', () => {
    for (const point of strangers) expect(verdictOn(times(COFACTOR, point))).toBe(true)
  })

  test('refuses points that are in no smaller group', () => {
    for (const point of strangers) expect(verdictOn(point)).toBe(false)
  })

  test.each(COFACTOR_PRIMES)('refuses points of order %d, and of this times r', (prime) => {
    for (const start of strangers.slice(0, 2)) {
      const small = pointOfOrder(prime, start)
      expect(small.is0()).toBe(false)
      expect(times(prime, small).is0()).toBe(true)
      expect(verdictOn(small)).toBe(false)
      expect(verdictOn(small.add(G2.BASE))).toBe(false)
    }
  })

  test('refuses points of every product of these orders', () => {
    for (const order of productsOf(COFACTOR_PRIMES)) {
      const point = pointOfOrder(order, strangers[0]!)
      expect(verdictOn(point), String(order)).toBe(false)
      expect(verdictOn(point.add(G2.BASE.multiplyUnsafe(77n))), String(order)).toBe(false)
    }
  })

  test('refuses the first 500 multiples of a point of the smallest order', () => {
    const small = pointOfOrder(10_069n, strangers[1]!)
    let point = small
    const points = Array.from({ length: 500 }, () => {
      const last = point
      point = point.add(small)
      return last
    })
    expect(points.map((one) => isInSubgroup(toMcl(one)))).not.toContain(true)
    expect(fusedVerdicts(points)).not.toContain(true)
    expect(fusedVerdicts([...points.slice(0, 3), G2.BASE])).toEqual([false, false, false, true])
  })
})

describe('the numbers it rests on', () => {
  test('are those of the curve', () => {
    expect(36n * x ** 4n + 36n * x ** 3n + 24n * x ** 2n + 6n * x + 1n).toBe(q)
    expect(q + 1n - t).toBe(r)
    expect(COFACTOR_PRIMES.reduce((product, prime) => product * prime)).toBe(COFACTOR)
    for (const point of strangers) expect(times(r * COFACTOR, point).is0()).toBe(true)
  })

  const f = [x + 1n, x, x, -2n * x] as const

  test('send every point of the subgroup to zero: r divides f(q)', () => {
    expect((f[0] + f[1] * q + f[2] * q ** 2n + f[3] * q ** 3n) % r).toBe(0n)
  })

  test('send no other there: the resultant and the cofactor have no common factor', () => {
    // f modulo X^2 - tX + q is u + vX, and the resultant is (u + v psi)(u + v psi'), psi' the
    // other root.
    const [u, v] = [f[0] - q * (f[2] + t * f[3]), f[1] + t * f[2] + (t * t - q) * f[3]]
    const resultant = u * u + u * v * t + v * v * q
    expect(resultant % r).toBe(0n)
    for (const prime of COFACTOR_PRIMES) expect(resultant % prime).not.toBe(0n)
  })
})

/** By the fused engine, as the B of a proof whose other points are sound. */
function fusedVerdicts(points: readonly G2Point[]): boolean[] | undefined {
  const texts = points.map((point) => withB(proof, point))
  return fused?.readProofs(texts).map((read) => read !== undefined)
}

/** After comparing it with what mcl and noble find by multiplying with r. */
function verdictOn(point: G2Point): boolean {
  const inMcl = toMcl(point)
  const verdict = isInSubgroup(inMcl)
  expect(fusedVerdicts([point])).toEqual([verdict])
  expect(inMcl.isValidOrder()).toBe(verdict)
  expect(times(r, point).is0()).toBe(verdict)
  return verdict
}

function toMcl(point: G2Point): InstanceType<typeof mcl.G2> {
  const affine = point.toAffine()
  const result = new mcl.G2()
  result.setStr(`1 ${[affine.x.c0, affine.x.c1, affine.y.c0, affine.y.c1].join(' ')}`, 10)
  return result
}

function productsOf(primes: readonly bigint[]): bigint[] {
  const products = primes.reduce<bigint[]>(
    (found, prime) => [...found, ...found.map((product) => product * prime)],
    [1n],
  )
  return products.slice(1)
}
