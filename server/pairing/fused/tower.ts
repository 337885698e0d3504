import { f64x2, i32, v128 } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, I32, ModuleBuilder, V128 } from '../../../core/wasm/code.ts'
import { address, place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { Bounds, Place, Product, Slot } from '../../../core/wasm/fields/field-code.ts'
import type { Layout } from '../../../core/wasm/layout.ts'
import type { PairCode } from './pair-field.ts'
import { frobeniusFactor } from './xi.ts'

// Fp12 = Fp2[w] / (w⁶ - ξ), where pairings have their values. Of an element f0 + f1 w + … + f5 w⁵
// three slots are kept, (f0, f1), (f2, f3) and (f4, f5): one element takes both lanes of every
// operation. Each part of a product is a sum of products that is reduced once (P. Longa, "Efficient
// algorithms for large prime characteristic fields and their application to bilinear pairings",
// 2022); without differences of sums, as Karatsuba's method has them, lanes need no aligning.
// Between functions all parts are reduced.

/** Slots of an element. */
const SLOTS = 3
const PARTS = 6

const SIGN_BIT = 1n << 63n
const ONES = (1n << 64n) - 1n
/** Masks of lanes. */
const [LOW, HIGH] = [v128.const(ONES, 0n), v128.const(0n, ONES)]
const splatLow = (vector: V128): V128 => v128.halves(vector, 0, vector, 0)

/** Of a sum of two reduced elements. */
const SUM_OF_TWO: Bounds = { value: 1.02, limb: 2 }

export interface TowerCode {
  readonly bytes: number
  /** The parts (w⁰, w, w³) of a line, of which the function `fp12_line` takes one lane. */
  readonly line: readonly [Place, Place, Place]
  slot(of: Place, index: 0 | 1 | 2): Slot
  mul(f: FunctionBuilder, to: Place, a: Place, b: Place): void
  /** Times the line of a lane. */
  mulLine(f: FunctionBuilder, to: Place, lane: 0 | 1): void
  /** The same where the part of w⁰ is 1. */
  mulLineOfOne(f: FunctionBuilder, to: Place, lane: 0 | 1): void
}

type Three<T> = readonly [T, T, T]

export function addTower(module: ModuleBuilder, layout: Layout, pair: PairCode): TowerCode {
  const bytes = SLOTS * pair.slotBytes
  const rooms = (count: number): Slot[] => pair.rooms(count).map((at) => pair.slot(at))
  const three = (): Three<Slot> => rooms(SLOTS) as unknown as Three<Slot>
  const slotOf = ({ pointer, offset }: Place, index: number): Slot =>
    pair.slot(place(pointer, offset + index * pair.slotBytes))
  const slots = (at: Place): Three<Slot> => [slotOf(at, 0), slotOf(at, 1), slotOf(at, 2)]

  // (ξf5, f0), (f1, f2), (f3, f4): what a multiplication by w makes of an element, and so on.
  const turned = three()
  const [xi2, xi4, xi1, xi3] = rooms(4) as [Slot, Slot, Slot, Slot]
  /** Of `turned` all, and of what is beyond the lowest: (ξf4, ξf5) and (ξf3, ξf4). */
  const turn = (f: FunctionBuilder, [f0, f2, f4]: Three<Slot>): void => {
    pair.xi(f, xi4, f4)
    pair.halves(f, turned[0], [xi4, 1], [f0, 0])
    pair.halves(f, turned[1], [f0, 1], [f2, 0])
    pair.halves(f, turned[2], [f2, 1], [f4, 0])
    pair.xi(f, xi3, turned[2])
  }

  const copy = (f: FunctionBuilder, to: Place, from: Three<Slot>): void => {
    from.forEach(({ pointer, offset }, i) => {
      pair.limbwise(f, slotOf(to, i), (at) => v128.load(pointer, offset + at))
    })
  }

  // Products.
  const splats = rooms(PARTS)
  const results = three()
  const mul = module.define('fp12_mul', ['i32', 'i32', 'i32'] as const, (f, [to, a, b]) => {
    slots(place(a)).forEach((slot, i) => {
      pair.halves(f, splats[2 * i] as Slot, [slot, 0], [slot, 0])
      pair.halves(f, splats[2 * i + 1] as Slot, [slot, 1], [slot, 1])
    })
    const own = slots(place(b))
    turn(f, own)
    pair.xi(f, xi2, own[1])
    pair.xi(f, xi1, turned[1])
    // By how many slots they are shifted up, from two below to two above.
    const even = [xi2, xi4, ...own]
    const odd = [xi1, xi3, ...turned]
    results.forEach((result, j) => {
      pair.mulSum(
        f,
        result,
        [0, 1, 2].flatMap((i): Product[] => [
          ['+', splats[2 * i] as Slot, even[2 + j - i] as Slot],
          ['+', splats[2 * i + 1] as Slot, odd[2 + j - i] as Slot],
        ]),
      )
    })
    copy(f, place(to), results)
  })
  // Lines.
  const line = three()
  const [c0, c1, c3] = three()
  const sums = three()
  const addLine = (isOne: boolean, lane: 0 | 1) =>
    module.define(`fp12_line${isOne ? 'one' : ''}${String(lane)}`, ['i32'] as const, (f, [to]) => {
      const own = slots(place(to))
      const parts = [c0, c1, c3]
      parts.slice(isOne ? 1 : 0).forEach((splat) => {
        const from = line[parts.indexOf(splat)] as Slot
        pair.halves(f, splat, [from, lane], [from, lane])
      })
      turn(f, own)
      const odd = [xi3, ...turned]
      own.forEach((slot, j) => {
        const others: Product[] = [
          ['+', c1, odd[j + 1] as Slot],
          ['+', c3, odd[j] as Slot],
        ]
        if (isOne) {
          const rest = pair.mulSum(f, sums[j] as Slot, others)
          pair.reduce(f, slot, pair.add(f, sums[j] as Slot, rest, slot))
        } else {
          pair.mulSum(f, slot, [['+', c0, slot], ...others])
        }
      })
    })
  const general = ([0, 1] as const).map((lane) => addLine(false, lane))
  const ofOne = ([0, 1] as const).map((lane) => addLine(true, lane))

  // Squares. With f = a + bw over Fp6, a² + vb² = (a + b)(a + vb) - ab - vab: two products, one
  // for each lane.
  const [x, y] = [three(), three()]
  const [xx1, xx2, yx] = rooms(3) as [Slot, Slot, Slot]
  module.define('fp12_sqr', ['i32', 'i32'] as const, (f, [to, a]) => {
    const own = slots(place(a))
    pair.xi(f, yx, own[2])
    own.forEach((slot, i) => {
      const limb = (of: Slot, at: number) => v128.load(of.pointer, of.offset + at)
      const before = i === 0 ? yx : (own[i - 1] as Slot)
      // (a, a + b) and (b, a + vb)
      pair.limbwise(f, x[i] as Slot, (at) =>
        f64x2.add(splatLow(limb(slot, at)), v128.and(limb(slot, at), HIGH)),
      )
      pair.limbwise(f, y[i] as Slot, (at) =>
        v128.halves(
          ...([limb(slot, at), 1] as const),
          ...([f64x2.add(limb(slot, at), v128.swap(limb(before, at))), 0] as const),
        ),
      )
      pair.reduce(f, x[i] as Slot, slotAt(x[i] as Slot, SUM_OF_TWO))
    })
    pair.xi(f, xx1, x[1])
    pair.xi(f, xx2, x[2])
    const terms: Three<Three<readonly [Slot, Slot]>> = [
      [
        [x[0], y[0]],
        [xx1, y[2]],
        [xx2, y[1]],
      ],
      [
        [x[0], y[1]],
        [x[1], y[0]],
        [xx2, y[2]],
      ],
      [
        [x[0], y[2]],
        [x[1], y[1]],
        [x[2], y[0]],
      ],
    ]
    terms.forEach((pairs, i) => {
      const products = pairs.map(([p, q]): Product => ['+', p, slotAt(q, SUM_OF_TWO)])
      pair.mulSum(f, results[i] as Slot, products)
    })
    pair.xi(f, yx, results[2])
    results.forEach((result, i) => {
      const below = i === 0 ? yx : (results[i - 1] as Slot)
      // Of (p, s) with p = ab and s = (a + b)(a + vb): (s - p - vp, 2p).
      pair.limbwise(f, x[i] as Slot, (at) => {
        const own = v128.load(result.pointer, result.offset + at)
        const under = v128.load(below.pointer, below.offset + at)
        const both = v128.xor(splatLow(own), v128.const(0n, SIGN_BIT))
        return f64x2.sub(f64x2.sub(v128.swap(own), both), v128.and(under, LOW))
      })
      pair.reduce(f, slotOf(place(to), i), slotAt(x[i] as Slot, { value: 1.53, limb: 3 }))
    })
  })

  // Squares where the norm is one: R. Granger and M. Scott, "Faster squaring in the cyclotomic
  // subgroup of sixth degree extensions", 2010. Of (f0, f3), (f1, f4) and (f2, f5) the squares in
  // Fp4 = Fp2[w³].
  const [low, high, xiHigh, squares, twice, doubled, third] = rooms(7) as [
    ...[Slot, Slot, Slot, Slot],
    ...[Slot, Slot, Slot],
  ]
  const [left, right, xiRight, turnedRight] = rooms(4) as [Slot, Slot, Slot, Slot]
  module.define('fp12_cyclotomic', ['i32', 'i32'] as const, (f, [to, a]) => {
    const own = slots(place(a))
    // (f0, f1) and (f3, f4): a² + ξb² and 2ab.
    pair.halves(f, high, [own[1], 1], [own[2], 0])
    pair.xi(f, xiHigh, high)
    pair.mulSum(f, squares, [
      ['+', own[0], own[0]],
      ['+', xiHigh, high],
    ])
    const sum = pair.add(f, low, own[0], own[0])
    pair.mulSum(f, twice, [['+', sum, high]])
    // (f2, f5), of which each lane takes one part.
    pair.halves(f, left, [own[1], 0], [own[1], 0])
    pair.halves(f, right, [own[1], 0], [own[2], 1])
    pair.xi(f, xiRight, own[2])
    pair.halves(f, xiRight, [xiRight, 1], [own[2], 1])
    pair.halves(f, turnedRight, [own[2], 1], [own[1], 0])
    pair.mulSum(f, third, [
      ['+', left, right],
      ['+', xiRight, turnedRight],
    ])
    pair.xi(f, doubled, third)
    const fresh: Three<Slot> = [x[0], x[1], x[2]]
    pair.halves(f, fresh[0], [squares, 0], [doubled, 1])
    pair.halves(f, fresh[1], [squares, 1], [twice, 0])
    pair.halves(f, fresh[2], [third, 0], [twice, 1])
    // 3 c - 2 f in the lower lane, 3 c + 2 f in the upper.
    fresh.forEach((slot, i) => {
      const from = own[i] as Slot
      pair.limbwise(f, slot, (at) => {
        const c = v128.load(slot.pointer, slot.offset + at)
        const signed = v128.xor(v128.load(from.pointer, from.offset + at), v128.const(SIGN_BIT, 0n))
        const half = f64x2.add(c, signed)
        return f64x2.add(f64x2.add(half, half), c)
      })
      pair.reduce(f, slotOf(place(to), i), slotAt(slot, { value: 2.55, limb: 5 }))
    })
  })

  // Powers of q, and the inverse.
  /** To the power of q⁶, which is the inverse where the norm is one: the opposite of odd parts. */
  const conjugate = module.define('fp12_conjugate', ['i32', 'i32'] as const, (f, [to, a]) => {
    slots(place(a)).forEach((slot, i) => {
      pair.limbwise(f, slotOf(place(to), i), (at) =>
        v128.xor(v128.load(slot.pointer, slot.offset + at), v128.const(0n, SIGN_BIT)),
      )
    })
  })
  for (const n of [1, 2, 3]) {
    const factors = [0, 2, 4].map((k) =>
      pair.constant(frobeniusFactor(n, k), frobeniusFactor(n, k + 1)),
    )
    module.define(`fp12_frobenius${String(n)}`, ['i32', 'i32'] as const, (f, [to, a]) => {
      slots(place(a)).forEach((slot, i) => {
        const own = n % 2 === 1 ? pair.conjugate(f, left, slot) : slot
        pair.mul(f, slotOf(place(to), i), own, factors[i] as Slot)
      })
    })
  }
  const [n0, n1, n2, i0, i1, i2, j] = rooms(7) as [
    ...[Slot, Slot, Slot, Slot],
    ...[Slot, Slot, Slot],
  ]
  const norm = pair.slot(place(layout.room(bytes)))
  const conjugated = pair.slot(place(layout.room(bytes)))
  module.define('fp12_inv', ['i32', 'i32'] as const, (f, [to, a]) => {
    // The product with the conjugate is in Fp6: nothing is in its upper lanes.
    f.emit(conjugate.call(address(conjugated), a))
    f.emit(mul.call(address(norm), a, address(conjugated)))
    const [a0, a1, a2] = slots(norm)
    // c0 = a0² - ξ a1 a2, c1 = ξ a2² - a0 a1, c2 = a1² - a0 a2
    pair.xi(f, n1, a1)
    pair.xi(f, n2, a2)
    pair.mulSum(f, i0, [
      ['+', a0, a0],
      ['-', n1, a2],
    ])
    pair.mulSum(f, i1, [
      ['+', n2, a2],
      ['-', a0, a1],
    ])
    pair.mulSum(f, i2, [
      ['+', a1, a1],
      ['-', a0, a2],
    ])
    pair.mulSum(f, n0, [
      ['+', a0, i0],
      ['+', n2, i1],
      ['+', n1, i2],
    ])
    const inverse = pair.inv(f, j, n0)
    for (const [i, part] of [i0, i1, i2].entries()) pair.mul(f, slotOf(norm, i), part, inverse)
    f.emit(mul.call(to, address(conjugated), address(norm)))
  })

  const one = pair.constant([1n, 0n], [0n, 0n])
  module.defineWithResult('fp12_isone', ['i32'] as const, 'i32', (f, [a]) => {
    const [first, ...rest] = slots(place(a))
    const difference = pair.reduce(f, left, pair.sub(f, left, first, one))
    const all = [difference, ...rest].map((slot) => f.let(pair.zeros(f, slot)))
    return i32.eq(
      all.reduce<I32>((both, own) => i32.and(both, own), i32.const(3)),
      i32.const(3),
    )
  })

  return {
    bytes,
    line,
    slot: (of, index) => slotOf(of, index),
    mul: (f, to, a, b) => f.emit(mul.call(address(to), address(a), address(b))),
    mulLine: (f, to, lane) => f.emit(general[lane]?.call(address(to)) ?? []),
    mulLineOfOne: (f, to, lane) => f.emit(ofOne[lane]?.call(address(to)) ?? []),
  }
}
