import type { FunctionBuilder, I32 } from '../code.ts'
import type { Layout } from '../layout.ts'
import { place, slotAt } from './field-code.ts'
import type { Bounds, LaneCode, Place, Slot } from './field-code.ts'

/** A prime field with its ways in and out. */
export interface PrimeCode extends LaneCode {
  readonly modulus: bigint
  /** Montgomery's R: an element `x` is kept as `x · R`. */
  readonly radix: bigint
  /** A constant in all lanes, in Montgomery form. */
  constant(value: bigint): Slot
  /** The integer 1 in all lanes, not in Montgomery form: a product by it takes elements out of it. */
  readonly plainOne: Slot
  /** Reads an integer below 2^255 for each lane, as 32 bytes, and multiplies it by a constant. */
  read(f: FunctionBuilder, to: Place, from: readonly I32[], factor: Slot): Slot
  /** Writes the integer of each lane plus the modulus: below 2^255, congruent, 32 bytes. */
  write(f: FunctionBuilder, to: readonly I32[], a: Slot): void
  /** A slot of a value in all lanes, or of one for each, in Montgomery form. */
  slotOf(...values: readonly bigint[]): Uint8Array
  /** The value of an element as kernels scatter it. */
  valueOf(element: Uint8Array): bigint
  /** The values of the lanes of a slot. */
  valuesOf(slot: Uint8Array): bigint[]
}

/** What differs between representations. */
export interface Representation {
  readonly radix: bigint
  /** One for all lanes, or one for each. */
  readonly slot: (...integers: readonly bigint[]) => Uint8Array
  /** The elements of a slot, as kernels scatter them. */
  readonly elements: (slot: Uint8Array) => Uint8Array[]
  readonly valueOf: (element: Uint8Array) => bigint
  readonly unpack: {
    readonly bounds: Bounds
    readonly call: (f: FunctionBuilder, to: Place, from: readonly I32[]) => void
  }
  readonly pack: (f: FunctionBuilder, to: readonly I32[], a: Slot) => void
}

export function addPrimeFunctions<F extends LaneCode>(
  layout: Layout,
  modulus: bigint,
  field: F,
  { radix, slot, elements, valueOf, unpack, pack }: Representation,
): PrimeCode & F {
  const modulo = (value: bigint): bigint => ((value % modulus) + modulus) % modulus
  const montgomery = (value: bigint): bigint => modulo(value * radix)
  const inverse = inverseModulo(modulo(radix), modulus)
  const read = (bytes: Uint8Array): bigint => modulo(valueOf(bytes) * inverse)
  const constants = new Map<bigint, Slot>()
  return {
    ...field,
    modulus,
    radix,
    plainOne: slotAt(place(layout.constant(slot(1n))), { value: 0.01, limb: 1 }),
    constant(value) {
      const known = constants.get(value)
      if (known !== undefined) return known
      const made = slotAt(place(layout.constant(slot(montgomery(value)))), { value: 1, limb: 1 })
      constants.set(value, made)
      return made
    },
    read(f, to, from, factor) {
      unpack.call(f, to, from)
      return field.mul(f, to, slotAt(to, unpack.bounds), factor)
    },
    write: pack,
    slotOf: (...values) => slot(...values.map(montgomery)),
    valueOf: read,
    valuesOf: (bytes) => elements(bytes).map(read),
  }
}

/** By Euclid's algorithm. */
export function inverseModulo(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value, modulus, 1n, 0n]
  while (b !== 0n) {
    const quotient = a / b
    ;[a, b] = [b, a - quotient * b]
    ;[x, y] = [y, x - quotient * y]
  }
  return ((x % modulus) + modulus) % modulus
}
