import type { FunctionBuilder, ModuleBuilder, V128 } from '../../../core/wasm/code.ts'
import { store, v128 } from '../../../core/wasm/code.ts'
import { address, place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { FieldCode, Place, Product, Slot } from '../../../core/wasm/fields/field-code.ts'
import type { FmaCode } from '../../../core/wasm/fields/fma-field.ts'
import { addQuadraticField, quadraticSums } from '../../../core/wasm/fields/quadratic-field.ts'
import type { Layout } from '../../../core/wasm/layout.ts'

const SIGN_BIT = 1n << 63n

/** Of a slot one lane. */
export type Half = readonly [of: Place, lane: 0 | 1]

/** The field of a + b·u over q, with what pairings need besides. What is written is reduced. */
export interface PairCode extends FieldCode {
  readonly prime: FmaCode
  mulSum(f: FunctionBuilder, to: Place, products: readonly Product[]): Slot
  /** Times ξ = 9 + u, the non-residue of the tower. */
  xi(f: FunctionBuilder, to: Place, a: Slot): Slot
  conjugate(f: FunctionBuilder, to: Place, a: Slot): Slot
  /** Times an element of the prime field. */
  scale(f: FunctionBuilder, to: Place, a: Slot, by: Slot): Slot
  /** A slot of two lanes. It may be that of an operand. */
  halves(f: FunctionBuilder, to: Place, low: Half, high: Half): Slot
  /** Writes what is computed of each limb, by its place in the slot. */
  limbwise(f: FunctionBuilder, to: Place, limb: (at: number) => V128): void
  /** A constant for both lanes, or one for each. */
  constant(...values: readonly Quadratic[]): Slot
  /** Places to compute in. */
  rooms(count: number): Place[]
  slot(at: Place): Slot
}

/** a + b·u. */
export type Quadratic = readonly [a: bigint, b: bigint]

export function addPairField(module: ModuleBuilder, layout: Layout, prime: FmaCode): PairCode {
  const field = addQuadraticField(module, layout, 'fq2', prime)
  const { slotBytes, reduced } = field
  const slot = (at: Place): Slot => slotAt(at, reduced)
  const part = ({ pointer, offset }: Place, which: 0 | 1): Slot =>
    slot(place(pointer, offset + which * prime.slotBytes))
  const room = (): Place => place(layout.room(slotBytes))
  const spare = room()

  const limbwise = (
    f: FunctionBuilder,
    to: Place,
    limb: (at: number) => V128,
    bytes = slotBytes,
  ): void => {
    for (let at = 0; at < bytes; at += 16) f.emit(store.v128(to.pointer, limb(at), to.offset + at))
  }
  const xi = module.define('fq2_xi', ['i32', 'i32'] as const, (f, [to, a]) => {
    const [real, imaginary] = [part(place(a), 0), part(place(a), 1)]
    // (9 + u)(a + bu) = 9a - b + (9b + a)u
    prime.multipleMinus(f, part(spare, 0), 9, real, imaginary)
    prime.multiplePlus(f, part(place(to), 1), 9, imaginary, real)
    limbwise(f, place(to), (at) => v128.load(spare.pointer, spare.offset + at), prime.slotBytes)
  })
  return {
    ...field,
    prime,
    mulSum: quadraticSums(layout, prime),
    xi(f, to, a) {
      f.emit(xi.call(address(to), address(a)))
      return slot(to)
    },
    conjugate(f, to, a) {
      limbwise(f, to, (at) => {
        const limb = v128.load(a.pointer, a.offset + at)
        return at < prime.slotBytes ? limb : v128.xor(limb, v128.splat(SIGN_BIT))
      })
      return slotAt(to, a)
    },
    scale(f, to, a, by) {
      for (const which of [0, 1] as const) {
        const own = slotAt(part(a, which), a)
        prime.reduce(f, part(to, which), prime.mul(f, part(to, which), own, by))
      }
      return slot(to)
    },
    halves(f, to, [low, ofLow], [high, ofHigh]) {
      limbwise(f, to, (at) =>
        v128.halves(
          ...([v128.load(low.pointer, low.offset + at), ofLow] as const),
          ...([v128.load(high.pointer, high.offset + at), ofHigh] as const),
        ),
      )
      return slot(to)
    },
    limbwise,
    constant(...values) {
      const bytes = new Uint8Array(slotBytes)
      bytes.set(prime.slotOf(...values.map(([real]) => real)))
      bytes.set(prime.slotOf(...values.map(([, imaginary]) => imaginary)), prime.slotBytes)
      return slot(place(layout.constant(bytes)))
    },
    rooms: (count) => Array.from({ length: count }, room),
    slot,
  }
}
