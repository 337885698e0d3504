import { beforeAll, describe, expect, test } from 'vitest'
import type { G1Point, G2Point } from '../../../core/bn254.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import { ENDOMORPHISM } from '../../../core/curve.ts'
import type { Engine } from '../../../client/groth16/engine.ts'
import { importPoints, multiply } from '../../../client/groth16/multiexp.ts'
import { REFERENCE_BYTES } from '../../../client/groth16/kernels/points.ts'
import type { AffinePoint } from '../../../client/groth16/multiexp.ts'
import { INFINITY, PointSums } from '../../../client/groth16/point-sums.ts'
import { multiplesOf, shiftedSum } from '../../../client/groth16/shifted-sum.ts'
import {
  affine,
  CURVES,
  integerBytes,
  keyPoints,
  KINDS,
  numbersFrom,
  startEngineOf,
} from './engine-world.ts'

const CASES = KINDS.flatMap((kind) =>
  (['g1', 'g2'] as const).map((group) => [kind, group] as const),
)

describe.each(CASES)('%s sums in %s', (kind, name) => {
  let engine: Engine
  const { generator } = CURVES[name]
  type Point = G1Point | G2Point
  const times = (scalar: bigint): Point =>
    scalar === 0n ? CURVES[name].Point.ZERO : generator.multiplyUnsafe(scalar)
  beforeAll(async () => {
    engine = await startEngineOf(kind)
  })

  /** Runs with small multiples of the generator, whose references are given by the multiple. */
  function withPoints<T>(
    multiples: readonly bigint[],
    work: (sums: PointSums, reference: (multiple: bigint) => number) => T,
  ): T {
    return engine.temporarily(() => {
      const group = engine.module[name]
      const table = importPoints(engine, group, keyPoints(multiples.map((k) => times(k))))
      const sums = new PointSums(engine, group)
      sums.reserve(64)
      return work(sums, (multiple) => {
        const index = multiples.indexOf(multiple < 0n ? -multiple : multiple)
        return table.address + index * group.code.pointBytes + (multiple < 0n ? 1 : 0)
      })
    })
  }

  /** References to the sums of lists of references. */
  function listSums(sums: PointSums, lists: readonly (readonly number[])[]): number[] {
    const length = lists.flat().length
    const [references, counts] = [engine.allocate(4 * length), engine.allocate(4 * lists.length)]
    engine.words(references, length).set(lists.flat())
    engine.words(counts, lists.length).set(lists.map((list) => list.length))
    sums.lists({ references, length, counts, lists: lists.length })
    return [...engine.words(counts, lists.length)]
  }

  const read = (reference: number): AffinePoint => {
    if (reference === INFINITY) return undefined
    const { fq } = engine.module
    const { pointBytes } = engine.module[name].code
    const parts = Array.from({ length: pointBytes / fq.elementBytes }, (_, i) =>
      fq.valueOf(engine.bytes((reference & ~1) + i * fq.elementBytes, fq.elementBytes)),
    )
    const half = parts.length / 2
    const y = parts.slice(half)
    const isOpposite = (reference & 1) === 1
    return {
      x: parts.slice(0, half),
      y: isOpposite ? y.map((part) => (fq.modulus - part) % fq.modulus) : y,
    }
  }

  test('pairs are added, with signs, twice the same, and to nothing', () => {
    withPoints([1n, 2n, 3n, 5n], (sums, point) => {
      const pairs: [bigint, bigint][] = [
        ...[[1n, 2n] as [bigint, bigint], [5n, -3n] as [bigint, bigint]],
        ...[[3n, 3n] as [bigint, bigint], [-5n, -5n] as [bigint, bigint]],
        ...[[2n, -2n] as [bigint, bigint], [-1n, 1n] as [bigint, bigint]],
        [1n, 5n],
      ]
      const results = sums.pairs(pairs.map(([a, b]) => [point(a), point(b)]))
      expect(results.map(read)).toEqual(
        pairs.map(([a, b]) => affine(times((a + b + FIELD_ORDER) % FIELD_ORDER))),
      )
      expect(sums.pairs([[INFINITY, point(3n)]])).toEqual([point(3n)])
      expect(sums.pairs([[point(3n), INFINITY]])).toEqual([point(3n)])
      expect(sums.pairs([[INFINITY, INFINITY]])).toEqual([INFINITY])
      expect(sums.pairs([])).toEqual([])
    })
  })

  test('points are doubled, with signs, and many at once', () => {
    withPoints([1n, 2n, 3n, 5n], (sums, point) => {
      for (const multiples of [[1n], [-3n], [1n, 2n], [5n, -5n, 3n, 3n, -1n], [2n, 1n, -1n, 5n]]) {
        const before = sums.pairs([[point(1n), point(2n)]])
        const doubles = sums.doubles(multiples.map(point))
        const after = sums.pairs([[point(2n), point(3n)]])
        expect(doubles.map(read)).toEqual(
          multiples.map((k) => affine(times((2n * k + FIELD_ORDER) % FIELD_ORDER))),
        )
        // What is computed beyond the last one is written over nothing, and over nothing after it.
        expect([...before, ...after].map(read)).toEqual([affine(times(3n)), affine(times(5n))])
      }
      expect(sums.doubles([INFINITY, point(3n), INFINITY]).map(read)).toEqual([
        undefined,
        affine(times(6n)),
        undefined,
      ])
      expect(sums.doubles([INFINITY])).toEqual([INFINITY])
      expect(sums.doubles([])).toEqual([])
    })
  })

  test('points are multiplied by several factors side by side', () => {
    const next = numbersFrom(5)
    const edges = [0n, 1n, 2n, 15n, 16n, 17n, FIELD_ORDER - 1n, FIELD_ORDER, FIELD_ORDER + 1n]
    const lists = [
      ...edges.map((factor) => [factor]),
      [1n, 1n],
      [0n, 1n, FIELD_ORDER - 1n],
      [16n, 0x1_0000n, 0xfff0n, 0xfn],
      [next(FIELD_ORDER), next(FIELD_ORDER)],
      [next(1n << 256n), 3n],
    ]
    withPoints([3n], (sums, point) => {
      for (const factors of lists) {
        for (const sign of [1n, -1n]) {
          expect(multiplesOf(sums, point(sign * 3n), factors).map(read)).toEqual(
            factors.map((k) => affine(times((3n * k * (FIELD_ORDER + sign)) % FIELD_ORDER))),
          )
        }
      }
      expect(multiplesOf(sums, INFINITY, [0n, 7n])).toEqual([INFINITY, INFINITY])
    })
  })

  test('digits are put together, whatever of them is missing, equal or opposite', () => {
    withPoints([1n, 2n, 3n, 5n], (sums, point) => {
      const reference = (k: bigint): number => (k === 0n ? INFINITY : point(k))
      const cases: (readonly [upper: bigint, lower: bigint])[][] = [
        [],
        [[0n, 0n]],
        [[0n, -3n]],
        [[1n, 0n]],
        ...[[[-1n, 2n] as const, [3n, -5n] as const, [1n, 1n] as const]],
        ...[[[0n, 0n] as const, [0n, 0n] as const, [0n, 5n] as const, [0n, 0n] as const]],
      ]
      for (const digits of cases) {
        for (const bits of [
          { digit: 6, upper: 6 },
          { digit: 7, upper: 6 },
          { digit: 1, upper: 1 },
        ]) {
          const references = digits.map(([a, b]) => [reference(a), reference(b)] as const)
          const sum = digits.reduceRight(
            (total, [a, b]) => (total << BigInt(bits.digit)) + (a << BigInt(bits.upper)) + b,
            0n,
          )
          expect(read(shiftedSum(sums, references, bits))).toEqual(
            affine(times((sum + FIELD_ORDER * 2n ** 64n) % FIELD_ORDER)),
          )
        }
      }
      // Where the doubled sum meets the same point, and its opposite.
      const bits = { digit: 1, upper: 1 }
      const [four, none] = [
        shiftedSum(
          sums,
          [
            [INFINITY, point(2n)],
            [INFINITY, point(1n)],
          ],
          bits,
        ),
        shiftedSum(
          sums,
          [
            [INFINITY, point(-2n)],
            [INFINITY, point(1n)],
          ],
          bits,
        ),
      ]
      expect([four, none].map(read)).toEqual([affine(times(4n)), undefined])
    })
  })

  test('lists are summed, also where everything in them vanishes', () => {
    withPoints([1n, 2n, 3n, 5n, 9n], (sums, point) => {
      const lists: bigint[][] = [
        ...[[1n, 2n, 3n, 5n, 9n], [], [9n], [1n, -1n]],
        ...[
          [2n, 2n, 2n, 2n, 2n, 2n, 2n],
          [1n, -1n, 5n],
          [3n, 3n, -3n, -3n],
        ],
        [1n, 2n, 1n, 2n, 1n, 2n, -9n],
      ]
      const results = listSums(
        sums,
        lists.map((list) => list.map(point)),
      )
      expect(results.map(read)).toEqual(
        lists.map((list) => {
          const sum = list.reduce((total, k) => total + k, FIELD_ORDER) % FIELD_ORDER
          return affine(times(sum))
        }),
      )
    })
  })

  test('nothing is written beyond the room for results', () => {
    const group = engine.module[name]
    const { pointBytes } = group.code
    for (const count of [1, 2, 3, 5, 7]) {
      engine.temporarily(() => {
        const table = importPoints(engine, group, keyPoints([1n, 2n].map((k) => times(k))))
        const sums = new PointSums(engine, group)
        sums.reserve(count)
        const behind = engine.allocate(8 * pointBytes)
        engine.bytes(behind, 8 * pointBytes).fill(0xa5)
        // Sums of two points, and one point twice, which is done apart.
        const other = (i: number): number => table.address + (i === 0 ? 0 : pointBytes)
        sums.pairs(Array.from({ length: count }, (_, i) => [table.address, other(i)] as const))
        expect(engine.bytes(behind, 8 * pointBytes).every((byte) => byte === 0xa5)).toBe(true)
      })
    }
  })

  test('nothing is read beyond a point that is fetched', () => {
    engine.temporarily(() => {
      const { pointBytes } = engine.module[name].code
      const references = engine.allocate(4 * REFERENCE_BYTES)
      const to = engine.allocate(16)
      // So that the end of the memory is behind all that is in use.
      engine.allocate(pointBytes)
      const point = engine.bytes(0, 0).buffer.byteLength - pointBytes
      engine.bytes(point, pointBytes).fill(0x5a)
      // The last two point to nowhere, and are not among those that are named.
      engine.words(references, 4).set([point, point | 1, 0xffff_fff0, 0xffff_fff0])
      engine.bytes(to, 16).fill(0)
      engine.call[`${name}_fetch`]?.(references, 2, to)
      expect([...engine.words(to, 4)]).toEqual([0x5a5a_5a5a, 0, 0, 0])
    })
  })

  // As many as share an inversion, in the larger of the two engines, and one more or less.
  test.each([4095, 4096, 4097, 8193])('a list of %i points is summed', (length) => {
    withPoints([1n, 2n, 3n, 5n, 9n], (sums, point) => {
      const all = [1n, 2n, -5n, 9n, 3n, -1n, 2n]
      const list = Array.from({ length }, (_, i) => all[(i * i) % all.length]!)
      const [result] = listSums(sums, [list.map(point)])
      const sum = list.reduce((total, k) => total + k, 0n)
      expect(read(result!)).toEqual(
        affine(times(((sum % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER)),
      )
    })
  })

  test('images under the endomorphism are multiples by lambda', () => {
    const { pointBytes } = engine.module[name].code
    engine.temporarily(() => {
      const table = importPoints(engine, engine.module[name], keyPoints([times(4n), times(11n)]))
      for (const [i, k] of [4n, 11n].entries()) {
        const image = table.address + (table.count + i) * pointBytes
        expect(read(image)).toEqual(affine(times((k * ENDOMORPHISM.lambda) % FIELD_ORDER)))
      }
    })
  })

  /** The whole: points are multiples of the generator, so the sum is one, too. */
  function sumOf(multiples: readonly bigint[], scalars: readonly bigint[]): AffinePoint {
    return sumsOf(multiples, scalars, [1n])[0]
  }
  function sumsOf(
    multiples: readonly bigint[],
    scalars: readonly bigint[],
    factors: readonly bigint[],
  ): AffinePoint[] {
    return engine.temporarily(() => {
      const table = importPoints(engine, engine.module[name], keyPoints(multiples.map(times)))
      const address = engine.allocate(32 * table.count)
      engine.bytes(address, 32 * table.count).fill(0)
      engine.bytes(address, 32 * scalars.length).set(integerBytes(scalars))
      return multiply(engine, table, address, factors)
    })
  }
  const expected = (multiples: readonly bigint[], scalars: readonly bigint[]): AffinePoint =>
    affine(times(multiples.reduce((sum, k, i) => sum + k * scalars[i]!, 0n) % FIELD_ORDER))

  test('one point times edges', () => {
    const scalars = [0n, 1n, 2n, FIELD_ORDER - 1n, FIELD_ORDER, FIELD_ORDER + 1n, (1n << 255n) - 1n]
    const { lambda } = ENDOMORPHISM
    for (const scalar of [...scalars, lambda, lambda - 1n, 1n << 127n, (1n << 128n) - 1n]) {
      expect(sumOf([3n], [scalar])).toEqual(expected([3n], [scalar]))
    }
  })

  test('a sum is multiplied by each factor', () => {
    const [points, scalars] = [
      [2n, 9n, 4n],
      [FIELD_ORDER - 3n, 8n, 1n << 200n],
    ]
    const factors = [1n, 0n, 7n, FIELD_ORDER - 1n]
    expect(sumsOf(points, scalars, factors)).toEqual(
      factors.map((k) =>
        expected(
          points,
          scalars.map((scalar) => (scalar * k) % FIELD_ORDER),
        ),
      ),
    )
    expect(sumsOf([3n, 3n], [5n, FIELD_ORDER - 5n], factors)).toEqual(factors.map(() => undefined))
  })

  test('many points, with many equal, opposite and zero', () => {
    const next = numbersFrom(name === 'g1' ? 1 : 2)
    for (const length of [2, 3, 17, 64, name === 'g1' ? 700 : 150]) {
      const multiples = Array.from({ length }, () => 1n + next(9n))
      const scalars = multiples.map(() =>
        [0n, 1n, 5n, FIELD_ORDER - 1n, next(FIELD_ORDER), next(1n << 20n)].at(Number(next(6n)))!,
      )
      expect(sumOf(multiples, scalars)).toEqual(expected(multiples, scalars))
    }
  })

  test('a sum that vanishes', () => {
    expect(sumOf([1n, 1n], [5n, FIELD_ORDER - 5n])).toBeUndefined()
    expect(sumOf([1n, 1n], [5n, FIELD_ORDER - 6n])).toEqual(affine(times(FIELD_ORDER - 1n)))
    expect(sumOf([2n, 3n, 7n], [0n, 0n, 0n])).toBeUndefined()
  })
})
