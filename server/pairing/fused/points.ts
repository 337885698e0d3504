import { i32 } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, ModuleBuilder } from '../../../core/wasm/code.ts'
import { place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { Place, Slot, SumCode } from '../../../core/wasm/fields/field-code.ts'
import type { Layout } from '../../../core/wasm/layout.ts'

// Points (X : Y : Z) of a curve y² = x³ + b without points of order two, by formulas that hold for
// all of them, equal ones and the zero (0 : 1 : 0) included (J. Renes, C. Costello, L. Batina,
// "Complete addition formulas for prime order elliptic curves", 2016, algorithms 7 and 9). Each lane
// has a point of its own.

export interface CurveCode {
  /** Of a point: three slots. */
  readonly bytes: number
  coordinates(of: Place): readonly [x: Slot, y: Slot, z: Slot]
}

/** What differs between the fields of curves. */
export interface CurveField {
  readonly field: SumCode
  /** A reduced element times 3 b, reduced. */
  readonly timesThreeB: (f: FunctionBuilder, to: Place, a: Slot) => Slot
}

/** @param name - Of its functions: `_add`, `_double`, `_negate`, and `_same`, which gives bits of lanes. */
export function addCurve(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  { field, timesThreeB }: CurveField,
): CurveCode {
  const { slotBytes, reduced } = field
  const slotOf = ({ pointer, offset }: Place, index: number): Slot =>
    slotAt(place(pointer, offset + index * slotBytes), reduced)
  const coordinates = (of: Place): readonly [Slot, Slot, Slot] => [
    slotOf(of, 0),
    slotOf(of, 1),
    slotOf(of, 2),
  ]
  const [r0, r1, r2, r3, r4, r5, r6, r7, r8] = Array.from({ length: 9 }, () =>
    place(layout.room(slotBytes)),
  ) as [...[Place, Place, Place, Place], ...[Place, Place, Place, Place], Place]

  module.define(`${name}_add`, ['i32', 'i32', 'i32'] as const, (f, [to, p, q]) => {
    const [[x1, y1, z1], [x2, y2, z2]] = [coordinates(place(p)), coordinates(place(q))]
    const crossed = (at: Place, [a, b]: [Slot, Slot], [c, d]: [Slot, Slot]): Slot =>
      field.mulSum(f, at, [
        ['+', a, d],
        ['+', b, c],
      ])
    const xx = field.mul(f, r0, x1, x2)
    const yy = field.mul(f, r1, y1, y2)
    const zz = field.reduce(f, r2, field.mul(f, r2, z1, z2))
    const xy = crossed(r3, [x1, y1], [x2, y2])
    const yz = crossed(r4, [y1, z1], [y2, z2])
    const xz = field.reduce(f, r5, crossed(r5, [x1, z1], [x2, z2]))
    const bzz = timesThreeB(f, r2, zz)
    const bxz = timesThreeB(f, r5, xz)
    const xx3 = field.add(f, r0, field.add(f, r6, xx, xx), xx)
    const plus = field.add(f, r6, yy, bzz)
    const minus = field.sub(f, r7, yy, bzz)
    const [x3, y3, z3] = coordinates(place(to))
    field.reduce(
      ...([f, x3] as const),
      field.mulSum(f, r8, [
        ['+', xy, minus],
        ['-', yz, bxz],
      ]),
    )
    field.reduce(
      ...([f, y3] as const),
      field.mulSum(f, r8, [
        ['+', minus, plus],
        ['+', bxz, xx3],
      ]),
    )
    field.reduce(
      ...([f, z3] as const),
      field.mulSum(f, r8, [
        ['+', plus, yz],
        ['+', xx3, xy],
      ]),
    )
  })

  module.define(`${name}_double`, ['i32', 'i32'] as const, (f, [to, p]) => {
    const [x, y, z] = coordinates(place(p))
    const xy = field.mul(f, r0, x, y)
    const yz = field.mul(f, r1, y, z)
    const yy = field.reduce(f, r2, field.sqr(f, r2, y))
    const bzz = timesThreeB(f, r3, field.reduce(f, r3, field.sqr(f, r3, z)))
    const yy2 = field.add(f, r4, yy, yy)
    const yy4 = field.reduce(f, r4, field.add(f, r4, yy2, yy2))
    const yy8 = field.add(f, r4, yy4, yy4)
    const plus = field.add(f, r5, yy, bzz)
    const bzz3 = field.add(f, r6, field.add(f, r6, bzz, bzz), bzz)
    const minus = field.reduce(f, r6, field.sub(f, r6, yy, bzz3))
    const [x3, y3, z3] = coordinates(place(to))
    const half = field.mul(f, r7, minus, xy)
    field.reduce(f, x3, field.add(f, r7, half, half))
    field.reduce(
      ...([f, y3] as const),
      field.mulSum(f, r7, [
        ['+', minus, plus],
        ['+', bzz, yy8],
      ]),
    )
    field.reduce(f, z3, field.mul(f, r7, yz, yy8))
  })

  module.define(`${name}_negate`, ['i32', 'i32'] as const, (f, [to, p]) => {
    const [x, y, z] = coordinates(place(p))
    const [x3, y3, z3] = coordinates(place(to))
    const zero = slotAt(field.sub(f, r0, y, y), { value: 0, limb: 0 })
    field.reduce(f, y3, field.sub(f, r0, zero, y))
    field.reduce(f, x3, x)
    field.reduce(f, z3, z)
  })

  module.defineWithResult(`${name}_same`, ['i32', 'i32'] as const, 'i32', (f, [p, q]) => {
    const [[x1, y1, z1], [x2, y2, z2]] = [coordinates(place(p)), coordinates(place(q))]
    const difference = (at: Place, a: Slot, b: Slot): Slot =>
      field.reduce(
        ...([f, at] as const),
        field.mulSum(f, at, [
          ['+', a, z2],
          ['-', b, z1],
        ]),
      )
    const inX = f.let(field.zeros(f, difference(r0, x1, x2)))
    return i32.and(inX, f.let(field.zeros(f, difference(r1, y1, y2))))
  })
  return { bytes: 3 * slotBytes, coordinates }
}
