import { store, v128 } from '../code.ts'
import type { FunctionBuilder, I32, Local, V128 } from '../code.ts'
import type { Place } from './field-code.ts'

// Elements as five doubles for each of two lanes, and the constants that take products apart.

export const LIMBS = 5
export const BITS = 51n
export const MASK = (1n << BITS) - 1n
export const SHAPE = { count: LIMBS, bits: Number(BITS) }
/** Montgomery's R. */
export const FMA_RADIX = 1n << (BITS * BigInt(LIMBS))

/** Bytes of two elements side by side. */
export const SLOT_BYTES = 16 * LIMBS

/** Where a rounded sum with this has its unit at 2^51. */
export const UPPER_MAGIC = 1.5 * 2 ** 103
/** And where at 1. */
export const LOWER_MAGIC = 1.5 * 2 ** 52
/** Bits of the doubles of these two: what is above them is the number. */
export const UPPER_BITS = 0x4668_0000_0000_0000n
export const LOWER_BITS = 0x4338_0000_0000_0000n

/** Its bits or-ed onto an integer below it make that a double, larger by this. */
export const INTEGER = 2 ** 52
export const SIGN_BIT = 1n << 63n
export const SIGNS = v128.splat(SIGN_BIT)

export function loadAll(f: FunctionBuilder, pointer: I32): Local<'v128'>[] {
  return Array.from({ length: LIMBS }, (_, i) => f.let(v128.load(pointer, 16 * i)))
}

export const loadLimb = ({ pointer, offset }: Place, i: number): V128 =>
  v128.load(pointer, offset + 16 * i)
export const storeLimb = ({ pointer, offset }: Place, i: number, limb: V128) =>
  store.v128(pointer, limb, offset + 16 * i)

/** Two integers, without Montgomery's form, or one for both lanes. */
export function fmaSlot(first: bigint, second = first): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [lane, integer] of [first, second].entries()) {
    balancedLimbs(integer).forEach((limb, i) => view.setFloat64(16 * i + 8 * lane, limb, true))
  }
  return bytes
}

/** Of an integer below the modulus and what is congruent to it. */
export function nearestToZero(integer: bigint, modulus: bigint): bigint {
  return 2n * integer > modulus ? integer - modulus : integer
}

/** Each but the highest between -2^50 and 2^50. */
export function balancedLimbs(integer: bigint): number[] {
  let rest = integer
  return Array.from({ length: LIMBS }, (_, i) => {
    const limb = i === LIMBS - 1 ? rest : balanced(rest & MASK)
    rest = (rest - limb) >> BITS
    return Number(limb)
  })
}

export function balanced(limb: bigint): bigint {
  return limb >= 1n << (BITS - 1n) ? limb - (1n << BITS) : limb
}
