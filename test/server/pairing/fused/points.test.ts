import type { IField } from '@noble/curves/abstract/modular.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { Fp, Fp2, Fr, G1, G2 } from '../../../../core/bn254.ts'
import type { G1Point, G2Point } from '../../../../core/bn254.ts'
import { ENDOMORPHISM } from '../../../../core/curve.ts'
import { FIELD_ORDER } from '../../../../core/field.ts'
import { drawCoefficient } from '../../../../server/pairing/coefficients.ts'
import type { PairingMachine } from '../../../../server/pairing/fused/machine.ts'
import { PointLanes } from '../../../../server/pairing/fused/point-lanes.ts'
import type { Group, Point } from '../../../../server/pairing/fused/point-lanes.ts'
import { PointSums, summandsOf } from '../../../../server/pairing/fused/point-sums.ts'
import { somePoints } from '../twist.ts'
import {
  EDGES,
  elementsFrom,
  extremeSlot,
  fp2Bytes,
  fp2ValuesOf,
  isReduced,
  q,
  startMachine,
} from './world.ts'
import type { Fp2Value } from './world.ts'

// Points in two lanes against those of another library. Lanes have points of their own: where one
// is exceptional, the other is not.

let machine: PairingMachine
let points: PointLanes
let sums: PointSums

beforeAll(async () => {
  machine = await startMachine()
  points = new PointLanes(machine)
  sums = new PointSums(machine, points)
})

type AnyPoint = G1Point | G2Point

const { next, fp2, number } = elementsFrom(11)

/** One of a list. */
const oneOf = <T>(items: readonly T[]): T => items[Number(next(BigInt(items.length)))]!

const G1_POINTS = multiples(G1.BASE, 40)
/** Of the subgroup, and others. */
const G2_POINTS = [...multiples(G2.BASE, 20), ...somePoints(6)]

function multiples<P extends AnyPoint>(base: P, count: number): P[] {
  const step = base.multiplyUnsafe(1n + next(FIELD_ORDER - 1n)) as P
  const list = [base]
  while (list.length < count) list.push(list.at(-1)!.add(step as never) as P)
  return list
}

/** What differs between the groups: how points are written and read, scaled at random. */
const GROUPS = {
  g1: {
    points: G1_POINTS as readonly AnyPoint[],
    zero: G1.ZERO as AnyPoint,
    bytes: (low: AnyPoint, high: AnyPoint): Uint8Array => {
      const lanes = [low, high].map((point) => {
        const z = number() || 1n
        return [point.X, point.Y, point.Z].map((part) => Fp.mul(part as bigint, z))
      })
      const { prime } = machine.module
      return Uint8Array.of(
        ...[0, 1, 2].flatMap((i) => [...prime.slotOf(lanes[0]![i]!, lanes[1]![i]!)]),
      )
    },
    read: (bytes: Uint8Array): AnyPoint[] => {
      const [xs, ys, zs] = thirds(bytes).map((slot) => machine.module.prime.valuesOf(slot))
      return [0, 1].map((lane) => new G1(xs![lane]!, ys![lane]!, zs![lane]!))
    },
  },
  g2: {
    points: G2_POINTS as readonly AnyPoint[],
    zero: G2.ZERO as AnyPoint,
    bytes: (low: AnyPoint, high: AnyPoint): Uint8Array => {
      const lanes = [low, high].map((point) => {
        const any = fp2()
        const z = Fp2.is0(any) ? Fp2.ONE : any
        return [point.X, point.Y, point.Z].map((part) => Fp2.mul(part as Fp2Value, z))
      })
      const { prime } = machine.module
      return Uint8Array.of(
        ...[0, 1, 2].flatMap((i) => [...fp2Bytes(prime, lanes[0]![i]!, lanes[1]![i]!)]),
      )
    },
    read: (bytes: Uint8Array): AnyPoint[] => {
      const [xs, ys, zs] = thirds(bytes).map((slot) => fp2ValuesOf(machine.module.prime, slot))
      return [0, 1].map((lane) => new G2(xs![lane]!, ys![lane]!, zs![lane]!))
    },
  },
}

function thirds(bytes: Uint8Array): Uint8Array[] {
  const size = bytes.length / 3
  return [0, 1, 2].map((i) => bytes.subarray(i * size, (i + 1) * size))
}

/** Noble's cross products take (0 : 0 : 0) for every point. */
function isSame(a: AnyPoint, b: AnyPoint): boolean {
  const isNothing = [a, b].some(({ X, Y, Z }) =>
    [X, Y, Z].every((part) => (typeof part === 'bigint' ? part === 0n : Fp2.is0(part))),
  )
  return !isNothing && a.equals(b as never)
}

describe.each(['g1', 'g2'] as const)('in %s', (group) => {
  const { points: list, zero, bytes, read } = GROUPS[group]
  const negated = (point: AnyPoint): AnyPoint => point.negate()
  const sum = (a: AnyPoint, b: AnyPoint): AnyPoint => a.add(b as never)

  /** Two points to add: any two, or a pair that simpler formulas do not add. */
  function operands(): [AnyPoint, AnyPoint] {
    const [p, r] = [oneOf(list), oneOf(list)]
    return oneOf([
      ...[[p, r] as [AnyPoint, AnyPoint], [p, r] as [AnyPoint, AnyPoint]],
      ...[[p, p] as [AnyPoint, AnyPoint], [p, negated(p)] as [AnyPoint, AnyPoint]],
      ...[[p, zero] as [AnyPoint, AnyPoint], [zero, p] as [AnyPoint, AnyPoint]],
      [zero, zero],
    ])
  }

  function withOperands<T>(
    lanes: readonly [AnyPoint, AnyPoint][],
    work: (p: number, r: number, room: number) => T,
  ): T {
    return machine.temporarily(() => {
      const [low, high] = lanes
      const p = machine.put(bytes(low![0], high![0]))
      const r = machine.put(bytes(low![1], high![1]))
      return work(p, r, points.room(group))
    })
  }

  function expectPoints(at: number, expected: readonly AnyPoint[]): void {
    const found = machine.copy(at, machine.module[group].slot)
    expect(isReduced(machine.module.prime, found)).toBe(true)
    const right = read(found).map((point, lane) => isSame(point, expected[lane]!))
    expect(right).toEqual([true, true])
  }

  test('sums are right, 500 times, whatever they replace', () => {
    for (let i = 0; i < 500; i++) {
      const lanes = [operands(), operands()]
      withOperands(lanes, (p, r, room) => {
        const to = [room, p, r][i % 3]!
        machine.call(`${group}_add`, to, p, r)
        expectPoints(
          to,
          lanes.map(([a, b]) => sum(a, b)),
        )
      })
    }
  })

  test('doubles and opposites are right, 250 times each', () => {
    for (let i = 0; i < 250; i++) {
      const lanes = [operands(), operands()]
      withOperands(lanes, (p, r, room) => {
        const [twice, opposite] = i % 2 === 0 ? [room, r] : [p, room]
        // What is replaced last is not an operand any more.
        machine.call(`${group}_negate`, opposite, p)
        machine.call(`${group}_double`, twice, p)
        expectPoints(
          twice,
          lanes.map(([a]) => sum(a, a)),
        )
        expectPoints(
          opposite,
          lanes.map(([a]) => negated(a)),
        )
      })
    }
  })

  test('points are compared lane by lane, 400 times', () => {
    const seen = new Set<number>()
    for (let i = 0; i < 400; i++) {
      const lanes = [operands(), operands()]
      const expected = lanes.map(([a, b], lane) => (a.equals(b as never) ? 1 << lane : 0))
      const bits = withOperands(lanes, (p, r) => machine.call(`${group}_same`, p, r))
      expect(bits).toBe(expected[0]! | expected[1]!)
      seen.add(bits)
    }
    expect(seen.size).toBe(4)
  })

  test('coordinates as far out as they may be give what the formulas say, 100 times', () => {
    const { slot } = machine.module[group]
    const extreme = (): Uint8Array =>
      Uint8Array.of(
        ...Array.from({ length: slot / machine.module.prime.slotBytes }).flatMap(() => [
          ...extremeSlot(next),
        ]),
      )
    const formulas =
      group === 'g1'
        ? formulasOver<bigint>(Fp, 9n)
        : formulasOver<Fp2Value>(Fp2, Fp2.mul(G2.CURVE().b, 3n))
    const of = (point: AnyPoint) => [point.X, point.Y, point.Z] as never
    const coordinates = (at: number): unknown[] => {
      const found = machine.copy(at, slot)
      expect(isReduced(machine.module.prime, found)).toBe(true)
      return read(found).map(of)
    }
    for (let i = 0; i < 100; i++) {
      const [a, b] = [extreme(), extreme()]
      const [as, bs] = [read(a), read(b)]
      machine.temporarily(() => {
        const [p, r, to] = [machine.put(a), machine.put(b), points.room(group)]
        machine.call(`${group}_add`, to, p, r)
        expect(coordinates(to)).toEqual(as.map((one, lane) => formulas.sum(of(one), of(bs[lane]!))))
        machine.call(`${group}_double`, to, p)
        expect(coordinates(to)).toEqual(as.map((one) => formulas.double(of(one))))
      })
    }
  })

  test('points are scattered and gathered with signs, and flipped, in each lane', () => {
    for (const bits of [0, 1, 2, 3]) {
      const [a, b] = [oneOf(list), oneOf([zero, ...list])]
      const signed = [a, b].map((point, lane) => ((bits >> lane) & 1 ? negated(point) : point))
      withOperands(
        [
          [a, a],
          [b, b],
        ],
        (p) => {
          const { element } = machine.module[group]
          const [low, high] = points.scatter(group, p)
          expect([low.length, high.length]).toEqual([element, element])
          const signs = [(bits & 1) as 0 | 1, (bits >> 1) as 0 | 1] as const
          expectPoints(points.gather(group, [low, high], signs), signed)
          // Exchanged, too: each element has to be whole.
          expectPoints(points.gather(group, [high, low]), [b, a])
          machine.call(`${group}_flip`, p, bits)
          expectPoints(p, signed)
        },
      )
    }
  })

  test('images under the endomorphism are multiples', () => {
    // psi is the q-th multiple in the subgroup, and q is less than 2r.
    const [name, factor] =
      group === 'g1' ? ['endomorphism', ENDOMORPHISM.lambda] : ['psi', q % FIELD_ORDER]
    for (const [a, b] of [
      [list[1]!, list[2]!],
      [list[3]!, zero],
      [zero, list[4]!],
    ] as const) {
      withOperands(
        [
          [a, a],
          [b, b],
        ],
        (p, _r, room) => {
          machine.call(`${group}_${name}`, room, p)
          const expected = [a, b].map((point) =>
            point.is0() ? point : point.multiplyUnsafe(factor),
          )
          expectPoints(room, expected)
        },
      )
    }
  })
})

type Three<T> = readonly [T, T, T]

/** Algorithms 7 and 9 of Renes, Costello and Batina, as polynomials. They hold for any numbers. */
function formulasOver<T>(F: IField<T>, b3: T) {
  return {
    sum: ([x1, y1, z1]: Three<T>, [x2, y2, z2]: Three<T>): T[] => {
      const [xx3, yy] = [F.mul(F.mul(x1, x2), 3n), F.mul(y1, y2)]
      const bzz = F.mul(F.mul(z1, z2), b3)
      const xy = F.add(F.mul(x1, y2), F.mul(x2, y1))
      const yz = F.add(F.mul(y1, z2), F.mul(y2, z1))
      const bxz = F.mul(F.add(F.mul(x1, z2), F.mul(x2, z1)), b3)
      const [plus, minus] = [F.add(yy, bzz), F.sub(yy, bzz)]
      return [
        F.sub(F.mul(xy, minus), F.mul(yz, bxz)),
        F.add(F.mul(minus, plus), F.mul(bxz, xx3)),
        F.add(F.mul(plus, yz), F.mul(xx3, xy)),
      ]
    },
    double: ([x, y, z]: Three<T>): T[] => {
      const [yy, bzz] = [F.sqr(y), F.mul(F.sqr(z), b3)]
      const minus = F.sub(yy, F.mul(bzz, 3n))
      return [
        F.mul(F.mul(F.mul(x, y), minus), 2n),
        F.add(F.mul(minus, F.add(yy, bzz)), F.mul(F.mul(bzz, yy), 8n)),
        F.mul(F.mul(F.mul(yy, y), z), 8n),
      ]
    },
  }
}

describe('lifting', () => {
  type X = readonly bigint[]
  /** A y, or undefined where there is none. */
  function rootOf(x: X): readonly bigint[] | undefined {
    try {
      if (x.length === 1) {
        const [only] = x
        return [Fp.sqrt(Fp.add(Fp.pow(only!, 3n), 3n))]
      }
      const element = Fp2.fromBigTuple([x[0]!, x[1]!])
      const { c0, c1 } = Fp2.sqrt(Fp2.add(Fp2.pow(element, 3n), G2.CURVE().b))
      return [c0, c1]
    } catch {
      return undefined
    }
  }

  const isOdd = (y: readonly bigint[]): boolean => (y.find((part) => part !== 0n)! & 1n) === 1n

  /** @returns Whether there are points. */
  function expectLifted(group: Group, xs: readonly [X, X], odd: readonly [boolean, boolean]) {
    const roots = xs.map(rootOf)
    const expected = roots.map((y, lane) => {
      if (y === undefined) return undefined
      return isOdd(y) === odd[lane] ? y : y.map((part) => Fp.neg(part))
    })
    machine.temporarily(() => {
      const lifted = points.lift(group, [
        { x: xs[0], isOdd: odd[0] },
        { x: xs[1], isOdd: odd[1] },
      ])
      const { slotBytes } = machine.module.prime
      const parts = Array.from({ length: 3 * xs[0].length }, (_, i) =>
        machine.write(lifted.slot + i * slotBytes),
      )
      const found = [0, 1].map((lane) => {
        if (((lifted.found >> lane) & 1) === 0) return undefined
        return parts.map((lanes) => lanes[lane]!)
      })
      const z = xs[0].length === 1 ? [1n] : [1n, 0n]
      expect(found, String(xs)).toEqual(expected.map((y, lane) => y && [...xs[lane]!, ...y, ...z]))
    })
    return expected.map((y) => y !== undefined)
  }

  const flags = (): [boolean, boolean] => [next(2n) === 0n, next(2n) === 0n]

  test('finds points of G1 where there are any, 250 pairs', () => {
    const seen = new Set<string>()
    for (let i = 0; i < 250; i++) {
      seen.add(String(expectLifted('g1', [[number()], [number()]], flags())))
    }
    expect(seen.size).toBe(4)
    for (const x of EDGES) expectLifted('g1', [[x], [1n]], flags())
  })

  test('finds points of the twist where there are any, 150 pairs', () => {
    const seen = new Set<string>()
    const x = (): X => [number(), number()]
    for (let i = 0; i < 150; i++) seen.add(String(expectLifted('g2', [x(), x()], flags())))
    expect(seen.size).toBe(4)
    for (const edge of EDGES.slice(0, 7))
      expectLifted(
        'g2',
        [
          [edge, 0n],
          [0n, edge],
        ],
        flags(),
      )
  })

  test('finds roots that are real, purely imaginary, or of imaginary numbers', () => {
    const kinds = new Set<string>()
    for (let s = 1n; s < 40n; s++) {
      for (const square of [[s, 0n] as const, [0n, s] as const]) {
        const x = xWithSquare(Fp2.fromBigTuple([...square]))
        if (x === undefined) continue
        const other = [s, 7n] as const
        for (const odd of [true, false]) {
          expectLifted('g2', [x, other], [odd, true])
          expectLifted('g2', [other, x], [true, odd])
        }
        const y = rootOf(x)
        kinds.add(y === undefined ? 'none' : y.map((part) => (part === 0n ? '0' : 'y')).join(''))
      }
    }
    expect(kinds).toEqual(new Set(['y0', '0y', 'yy']))
  })

  /** The x of a point whose y has this square, if it is in the field. */
  function xWithSquare(square: Fp2Value): [bigint, bigint] | undefined {
    const cube = Fp2.sub(square, G2.CURVE().b)
    // The order of the group is 3^power times what is not divisible by 3.
    let [rest, power] = [q * q - 1n, 1n]
    while (rest % 3n === 0n) [rest, power] = [rest / 3n, power * 3n]
    const third = rest % 3n === 1n ? (2n * rest + 1n) / 3n : (rest + 1n) / 3n
    const close = Fp2.pow(cube, third)
    const unit = Fp2.pow(Fp2.fromBigTuple([9n, 1n]), rest)
    let tried = close
    for (let i = 0n; i < power; i++) {
      if (Fp2.eql(Fp2.pow(tried, 3n), cube)) return [tried.c0, tried.c1]
      tried = Fp2.mul(tried, unit)
    }
    return undefined
  }
})

describe('ratios', () => {
  test('are x/y and 1/y, and zeros of zero', () => {
    const { prime } = machine.module
    const { bytes } = GROUPS.g1
    for (let i = 0; i < 60; i++) {
      const lanes = [oneOf([G1.ZERO, ...G1_POINTS]), oneOf(G1_POINTS)]
      if (i % 2 === 0) lanes.reverse()
      const found = machine.temporarily(() => {
        const to = machine.allocate(2 * prime.slotBytes)
        machine.call('g1_ratios', to, machine.put(bytes(lanes[0]!, lanes[1]!)))
        return [0, 1].map((k) =>
          prime.valuesOf(machine.copy(to + k * prime.slotBytes, prime.slotBytes)),
        )
      })
      const expected = lanes.map((point) => {
        if (point.is0()) return [0n, 0n]
        const { x, y } = point.toAffine()
        return [Fp.div(x, y), Fp.inv(y)]
      })
      expect(found).toEqual([0, 1].map((k) => expected.map((ratios) => ratios[k])))
    }
  })
})

describe('sums of points', () => {
  /** As a machine scatters it, scaled at random. */
  const scattered = (point: G1Point): Point =>
    machine.temporarily(() => points.taken('g1', machine.put(GROUPS.g1.bytes(point, point))))

  const expectSame = (found: readonly Point[], expected: readonly G1Point[]): void => {
    const right = found.map((point, i) =>
      machine.temporarily(() => {
        const slot = machine.copy(points.gather('g1', [point, point]), machine.module.g1.slot)
        return GROUPS.g1.read(slot).every((lane) => isSame(lane, expected[i]!))
      }),
    )
    expect(right).toEqual(expected.map(() => true))
  }

  const times = (point: G1Point, scalar: bigint): G1Point =>
    scalar % FIELD_ORDER === 0n ? G1.ZERO : point.multiplyUnsafe(scalar % FIELD_ORDER)

  test('points times coefficients are right, one or two at a time', () => {
    const most = (1n << 64n) - 1n
    const edges = [0n, 1n, 15n, 16n, 0xf0f0n, most, most - 1n, 1n << 63n, 0x8888888888888888n]
    const halves = (): bigint => (next(3n) === 0n ? next(1n << 64n) : oneOf(edges))
    const coefficient = () => {
      const drawn = halves() | (halves() << 64n) || 1n
      const bytes = Uint8Array.from({ length: 16 }, (_, i) =>
        Number((drawn >> BigInt(8 * (15 - i))) & 0xffn),
      )
      return { drawn, ...drawCoefficient(() => bytes) }
    }
    for (let i = 0; i < 60; i++) {
      const terms = Array.from({ length: 1 + (i % 2) }, () => ({
        point: oneOf([...G1_POINTS.slice(0, 9), G1.ZERO]),
        coefficient: coefficient(),
      }))
      for (const { coefficient: of } of terms) {
        const [low, high] = [of.drawn & most, of.drawn >> 64n]
        expect(of.halves).toEqual([low, high])
        expect(of.value).toBe((low + high * ENDOMORPHISM.lambda) % FIELD_ORDER)
      }
      const found = sums.scaled(terms.map((term) => ({ ...term, point: scattered(term.point) })))
      expectSame(
        found,
        terms.map(({ point, coefficient: of }) => times(point, of.value)),
      )
    }
    const plain = [scattered(G1.BASE)]
    expect(sums.scaled(plain.map((point) => ({ point })))).toEqual(plain)
  })

  test('points times scalars are right, whatever the digits', () => {
    const list = [G1_POINTS[5]!, G1.BASE, G1_POINTS[7]!]
    const tables = sums.multiples(list.map(scattered))
    expect(tables).toHaveLength(3)
    const all = (digit: bigint): bigint =>
      Array.from({ length: 51 }).reduce<bigint>((sum) => (sum << 5n) | digit, 0n) % FIELD_ORDER
    const scalars = [
      ...[0n, 1n, 2n, 15n, 16n, 17n, 31n, 32n, 33n, 16n << 5n, 17n << 5n],
      ...[FIELD_ORDER - 1n, FIELD_ORDER - 2n, FIELD_ORDER - 16n, FIELD_ORDER >> 1n],
      ...[
        (1n << 253n) - 1n,
        1n << 253n,
        (1n << 253n) + 17n,
        all(31n),
        all(16n),
        all(15n),
        all(17n),
      ],
      ...Array.from({ length: 30 }, () => next(FIELD_ORDER)),
    ]
    for (const [i, scalar] of scalars.entries()) {
      const summands = summandsOf(tables[i % 3]!, scalar)
      expectSame([sums.sum(summands)], [times(list[i % 3]!, scalar)])
    }
    expect(() => summandsOf(tables[0]!, 1n << 255n)).toThrow(TypeError)
    expect(() => summandsOf(tables[0]!, (1n << 260n) - 1n)).toThrow(TypeError)
  })

  test('sums are right, also of equal and opposite points, and of none', () => {
    for (let length = 0; length < 24; length++) {
      const few = G1_POINTS.slice(0, 2 + (length % 4))
      const terms = Array.from({ length }, () => ({
        point: oneOf([...few, G1.ZERO]),
        sign: Number(next(2n)) as 0 | 1,
      }))
      const sum = terms.reduce<G1Point>(
        (total, { point, sign }) => (sign === 1 ? total.subtract(point) : total.add(point)),
        G1.ZERO,
      )
      const found = sums.sum(terms.map((term) => ({ ...term, point: scattered(term.point) })))
      expectSame([found], [sum])
    }
    const one = scattered(G1.BASE)
    expectSame(
      [sums.sum([0, 1, 0, 1].map((sign) => ({ point: one, sign: sign as 0 | 1 })))],
      [G1.ZERO],
    )
    expectSame([points.opposite(one)], [G1.BASE.negate()])
    expectSame([points.zero], [G1.ZERO])
    expect(Fr.ORDER).toBe(FIELD_ORDER)
  })
})
