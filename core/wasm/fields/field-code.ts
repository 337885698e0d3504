import { i32 } from '../code.ts'
import type { FunctionBuilder, I32 } from '../code.ts'

// Elements of a field as limbs in memory, in Montgomery form. Limbs may be out of their range, and
// values beyond the modulus, by amounts that are known when the code is generated: every operation
// says how far, and takes nothing that could overflow.

/** Bytes of an element of a prime field in memory, in every representation. */
export const PRIME_BYTES = 40

/** How far an element can be from reduced; the units are those of its field. */
export interface Bounds {
  /** Most that its value can be, without its sign, in multiples of the modulus. */
  readonly value: number
  /** Most that a limb can be, without its sign, in multiples of a reduced one. */
  readonly limb: number
}

/** Where a slot is: as many elements side by side as the field has lanes. */
export interface Place {
  readonly pointer: I32
  readonly offset: number
}

/** A slot whose content is known to be within bounds. */
export interface Slot extends Place, Bounds {}

export function place(pointer: I32, offset = 0): Place {
  return { pointer, offset }
}

/** The address of a place as one value. */
export function address({ pointer, offset }: Place): I32 {
  return offset === 0 ? pointer : i32.add(pointer, i32.const(offset))
}

export function slotAt({ pointer, offset }: Place, { value, limb }: Bounds): Slot {
  return { pointer, offset, value, limb }
}

/** Generates code for a field, in one representation. */
export interface FieldCode {
  /** Elements that one operation computes on, in one slot. */
  readonly lanes: 1 | 2
  readonly slotBytes: number
  /** Of one element, as it is gathered and scattered. */
  readonly elementBytes: number
  /** What {@link FieldCode.reduce} gives, and what kernels store. */
  readonly reduced: Bounds
  /** What a product has whose factors are within these bounds, too, or reduced. */
  readonly product: Bounds
  readonly one: Slot
  add(f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot
  sub(f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot
  /** Reduces operands first where the product could overflow. */
  mul(f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot
  sqr(f: FunctionBuilder, to: Place, a: Slot): Slot
  /**
   * Products that do not wait for each other: a processor computes on one while another waits for its
   * carries. What one is written to is no operand of another.
   */
  mulEach(f: FunctionBuilder, products: readonly (readonly [to: Place, a: Slot, b: Slot])[]): Slot[]
  /** Squares, likewise. */
  sqrEach(f: FunctionBuilder, squares: readonly (readonly [to: Place, a: Slot])[]): Slot[]
  reduce(f: FunctionBuilder, to: Place, a: Slot): Slot
  inv(f: FunctionBuilder, to: Place, a: Slot): Slot
  /** Of each lane of a reduced slot, whether it is 0: bits from the lowest. */
  zeros(f: FunctionBuilder, a: Slot): I32
  /** Replaces the lanes of these bits by those of another slot. */
  replace(f: FunctionBuilder, at: Place, lanes: I32, by: Place): void
  /** Reads one element for each lane; where bit 0 of its sign is one, its opposite. */
  gather(f: FunctionBuilder, to: Place, from: readonly Place[], signs?: readonly I32[]): Slot
  /** Writes the element of each lane. The slot must be reduced. */
  scatter(f: FunctionBuilder, to: readonly Place[], a: Slot): void
}

/** A prime field: its lanes can be added to each other, and two products reduced as one. */
export interface LaneCode extends FieldCode {
  /** a·b + c·d, or a·b - c·d: for less than two products, because their sum is reduced once. */
  mulPair(
    f: FunctionBuilder,
    to: Place,
    first: readonly [a: Slot, b: Slot],
    sign: '+' | '-',
    second: readonly [c: Slot, d: Slot],
  ): Slot
  /** Several of these, as with {@link FieldCode.mulEach}. */
  mulPairEach(f: FunctionBuilder, pairs: readonly PairOfProducts[]): Slot[]
  /** Whether two products, each of factors within these bounds, can be summed and reduced as one. */
  pairFits(a: Bounds, b: Bounds): boolean
  /** The sum of all lanes, in each of them. */
  sumOfLanes(f: FunctionBuilder, to: Place, a: Slot): Slot
  /** Of two lanes (x, y): (x + y, x - y). */
  butterflyOfLanes(f: FunctionBuilder, to: Place, a: Slot): Slot
}

/** What {@link LaneCode.mulPair} takes. */
export interface PairOfProducts {
  readonly to: Place
  readonly first: readonly [a: Slot, b: Slot]
  readonly sign: '+' | '-'
  readonly second: readonly [c: Slot, d: Slot]
}

/** A product, or its opposite, in a sum. */
export type Product = readonly [sign: '+' | '-', a: Slot, b: Slot]

/** A field in which a sum of products is reduced once. */
export interface SumCode extends FieldCode {
  /** Operands are taken as they are. @throws TypeError if the sum could overflow. */
  mulSum(f: FunctionBuilder, to: Place, products: readonly Product[]): Slot
}

/** A prime field with such sums: several can be computed as with {@link FieldCode.mulEach}. */
export interface SumsCode extends SumCode {
  mulSumEach(
    f: FunctionBuilder,
    sums: readonly (readonly [to: Place, products: readonly Product[]])[],
  ): Slot[]
}

/** The slot with these bounds. @throws TypeError if its own are wider. */
export function settled(slot: Slot, bounds: Bounds): Slot {
  assertWithin(slot, bounds)
  return slotAt(slot, bounds)
}

/** @throws TypeError if a slot is not within bounds: the code that is generated would be wrong. */
export function assertWithin(slot: Bounds, { value, limb }: Bounds): void {
  if (slot.value > value || slot.limb > limb) {
    throw new TypeError('an element can be out of the bounds that it must be within')
  }
}
