import { v128 } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../core/wasm/code.ts'
import { place } from '../../../core/wasm/fields/field-code.ts'
import type { Place, Slot } from '../../../core/wasm/fields/field-code.ts'
import type { PairCode } from './pair-field.ts'
import type { TowerCode } from './tower.ts'
import { TWIST_3B, frobeniusFactor } from './xi.ts'

// Miller loops: a point R of the twist is doubled and added to, and each time the line through what
// is added is evaluated at a point P of G1. A line is kept in its parts of w⁰, w and w³, up to a
// factor of Fp2, of which nothing is left in the end: y - λx w + (λ x_R - y_R) w³ for the slope λ.
// It is divided by P's y: with x/y and 1/y of P, for which zero (0 : 1 : 0) has zeros, a line at
// zero is 1 but for such a factor, as it should be. Two pairs are computed side by side.
//
// C. Costello, T. Lange, M. Naehrig, "Faster pairing computations on curves with high-degree
// twists", 2010; formulas for doubling in D. Aranha, K. Karabina, P. Longa, C. Gebotys, J. López,
// "Faster explicit formulas for computing pairings over ordinary curves", 2011.

/** What a loop works on: two pairs, by their places in it. */
export interface RecordPlaces {
  readonly bytes: number
  /** x/y and 1/y of the points of G1, in Fq. */
  readonly ratios: number
  /** The points of G2, affine: as (x : y : 1). */
  readonly q: number
  readonly x: number
  readonly y: number
  readonly oppositeY: number
  /** x and y of the images under the Frobenius of the twist, and x under its square. */
  readonly image: readonly [x: number, y: number]
  readonly secondImageX: number
}

/** Of a prepared line: its parts of w and w³, where that of w⁰ is 1. */
export interface LoopCode {
  readonly record: RecordPlaces
  readonly lineBytes: number
}

export function addLoops(module: ModuleBuilder, pair: PairCode, tower: TowerCode): LoopCode {
  const { prime, slotBytes: S } = pair
  const two = (index: number): number => 2 * prime.slotBytes + index * S
  const record: RecordPlaces = {
    ratios: 0,
    q: two(0),
    x: two(0),
    y: two(1),
    oppositeY: two(3),
    image: [two(7), two(8)],
    secondImageX: two(9),
    bytes: two(10),
  }
  const at = (of: Place, offset: number): Slot => pair.slot(place(of.pointer, of.offset + offset))
  const own = (of: Place): readonly [Slot, Slot, Slot] => [
    at(of, two(4)),
    at(of, two(5)),
    at(of, two(6)),
  ]
  const [r0, r1, r2, r3, r4, r5, r6, r7] = pair.rooms(8) as [
    ...[Place, Place, Place, Place],
    ...[Place, Place, Place, Place],
  ]
  const [c0, c1, c3] = tower.line
  const one = pair.constant([1n, 0n])
  const threeB = pair.constant(TWIST_3B)
  const opposite = (f: FunctionBuilder, to: Place, a: Slot): void => {
    pair.limbwise(f, to, (limb) =>
      v128.xor(v128.load(a.pointer, a.offset + limb), v128.splat(1n << 63n)),
    )
  }

  // Of w² and of w³, which x and y are multiplied with where the twist is untwisted.
  const imageX = pair.constant(frobeniusFactor(1, 2))
  const imageY = pair.constant(frobeniusFactor(1, 3))
  const secondX = pair.constant(frobeniusFactor(2, 2))
  module.define('pair_begin', ['i32'] as const, (f, [to]) => {
    const of = place(to)
    const [x, y] = [at(of, record.x), at(of, record.y)]
    opposite(f, at(of, record.oppositeY), y)
    pair.mul(f, at(of, record.image[0]), pair.conjugate(f, r0, x), imageX)
    pair.mul(f, at(of, record.image[1]), pair.conjugate(f, r0, y), imageY)
    pair.mul(f, at(of, record.secondImageX), x, secondX)
    own(of).forEach((part, i) => pair.reduce(f, part, i === 0 ? x : i === 1 ? y : one))
  })

  // R = 2R, and the tangent at R times -2YZ: (2YZ, -3X², Y² - 3bZ²).
  module.define('pair_double', ['i32'] as const, (f, [of]) => {
    const [x, y, z] = own(place(of))
    const yy = pair.sqr(f, r0, y)
    const e = pair.mul(f, r1, pair.sqr(f, r1, z), threeB)
    const xy = pair.mul(f, r2, x, y)
    const yz = pair.mul(f, r3, y, z)
    const xx = pair.mulSum(f, r4, [['-', x, x]])
    pair.reduce(f, c0, pair.add(f, r5, yz, yz))
    pair.reduce(f, c1, pair.add(f, r6, pair.add(f, r6, xx, xx), xx))
    pair.reduce(f, c3, pair.sub(f, r6, yy, e))
    // With E = 3bZ²: X = 2XY(Y² - 3E), Y = (Y² + 3E)² - 12E², Z = 8Y³Z
    const e3 = pair.reduce(f, r4, pair.add(f, r4, pair.add(f, r4, e, e), e))
    const half = pair.mul(f, r2, xy, pair.sub(f, r6, yy, e3))
    pair.reduce(f, x, pair.add(f, r2, half, half))
    const sum = pair.add(f, r6, yy, e3)
    const e6 = pair.add(f, r4, e3, e3)
    const e12 = pair.add(f, r4, e6, e6)
    pair.mulSum(f, y, [
      ['+', sum, sum],
      ['-', e12, e],
    ])
    const eighth = pair.mul(f, r7, yy, pair.slot(c0))
    const quarter = pair.add(f, r7, eighth, eighth)
    pair.reduce(f, z, pair.add(f, r7, quarter, quarter))
  })

  // R = R + Q, and the line through both: (X - xZ, -(Y - yZ), (Y - yZ)x - (X - xZ)y).
  module.define('pair_add', ['i32', 'i32', 'i32'] as const, (f, [of, qx, qy]) => {
    const [x, y, z] = own(place(of))
    const [x2, y2] = [pair.slot(place(qx)), pair.slot(place(qy))]
    const b = pair.reduce(f, c0, pair.sub(f, r0, x, pair.mul(f, r0, x2, z)))
    const e = pair.reduce(f, r1, pair.sub(f, r1, y, pair.mul(f, r1, y2, z)))
    const bb = pair.sqr(f, r2, b)
    const h = pair.mul(f, r3, b, bb)
    const c = pair.mul(f, r4, x, bb)
    const ee = pair.sqr(f, r5, e)
    const first = pair.add(f, r6, pair.mul(f, r6, z, ee), h)
    const j = pair.reduce(f, r6, pair.sub(f, r6, pair.sub(f, r6, first, c), c))
    pair.mul(f, x, b, j)
    pair.mulSum(f, y, [
      ['+', e, pair.sub(f, r7, c, j)],
      ['-', h, y],
    ])
    pair.mul(f, z, z, h)
    opposite(f, c1, e)
    pair.mulSum(f, c3, [
      ['+', e, x2],
      ['-', b, y2],
    ])
  })

  const slotOfPrime = (of: Place): Slot => ({ ...of, ...prime.reduced })
  const ratio = (of: Place, index: number): Slot =>
    slotOfPrime(place(of.pointer, of.offset + index * prime.slotBytes))
  /** Evaluates the line at points of G1, by their ratios. */
  module.define('line_scale', ['i32'] as const, (f, [ratios]) => {
    pair.scale(f, c1, pair.slot(c1), ratio(place(ratios), 0))
    pair.scale(f, c3, pair.slot(c3), ratio(place(ratios), 1))
  })
  /** Keeps the line, divided by its part of w⁰. */
  module.define('line_store', ['i32'] as const, (f, [to]) => {
    const inverse = pair.inv(f, r0, pair.slot(c0))
    pair.mul(f, at(place(to), 0), pair.slot(c1), inverse)
    pair.mul(f, at(place(to), S), pair.slot(c3), inverse)
  })
  /** A kept line, evaluated. */
  module.define('line_load', ['i32', 'i32'] as const, (f, [from, ratios]) => {
    pair.scale(f, c1, at(place(from), 0), ratio(place(ratios), 0))
    pair.scale(f, c3, at(place(from), S), ratio(place(ratios), 1))
  })
  return { record, lineBytes: 2 * S }
}
