import { i64, select, store } from './code.ts'
import type { FunctionBuilder, I32, I64, Local } from './code.ts'

// Arithmetic in code that is generated, with integers as limbs in variables of 64 bits. Products
// have nine limbs of 29 bits: they are added up without carries, nine of them and a multiple of the
// modulus. Time depends on values only where it says so.

export type Int = Local<'i64'>

const WORDS = [0, 1, 2, 3]

/** In how many limbs an integer is kept, and of how many bits. */
export interface Shape {
  readonly count: number
  readonly bits: number
}

export const LIMBS = 9
/** Bits of a limb of a product: nine products of two and their carry stay below 2^63. */
export const LIMB_BITS = 29
/** Of a factor, and of a product. */
export const FACTOR: Shape = { count: LIMBS, bits: LIMB_BITS }
/** Montgomery's R. */
export const RADIX = 1n << BigInt(LIMBS * LIMB_BITS)

/** An odd modulus below 2^255, as products are reduced by it. */
export interface Modulus {
  readonly limbs: readonly bigint[]
  /** Of it, modulo a limb. */
  readonly minusInverse: bigint
}

export function modulusOf(integer: bigint): Modulus {
  return { limbs: limbsOf(integer), minusInverse: modularInverse(-integer, LIMB_BITS) }
}

/** The product over R, below 1.2 times the modulus if both factors are below 2^260 / 2^6. */
export function product(
  f: FunctionBuilder,
  modulus: Modulus,
  left: readonly I64[],
  right: readonly I64[],
): Int[] {
  return sumOfRows(f, modulus, (i) => right.map((limb) => i64.mul(at(left, i), limb)))
}

/**
 * A sum of products over R.
 *
 * @param row - Of nine, what belongs to column i and those above it; nothing that is added to a
 *   column below i.
 */
export function sumOfRows(
  f: FunctionBuilder,
  modulus: Modulus,
  row: (i: number) => readonly (I64 | undefined)[],
): Int[] {
  const columns = f.locals('i64', 2 * LIMBS)
  // One function may hold several products, in a loop even.
  columns.forEach((column) => {
    f.set(column, i64.const(0n))
  })
  for (let i = 0; i < LIMBS; i++) {
    row(i).forEach((term, j) => {
      if (term) addTo(f, at(columns, i + j), term)
    })
    reduceLowest(f, modulus, columns, i)
  }
  return upperHalf(f, columns)
}

/**
 * The sum of columns over R: of products, the lowest first, each within 2^62.5 of zero and the whole
 * not negative.
 *
 * @param addend - Limbs that are added to the result.
 */
export function reduced(
  f: FunctionBuilder,
  modulus: Modulus,
  columns: readonly Int[],
  addend: readonly I64[] = [],
): Int[] {
  for (let i = 0; i < LIMBS; i++) reduceLowest(f, modulus, columns, i)
  addend.forEach((limb, i) => {
    addTo(f, at(columns, LIMBS + i), limb)
  })
  return upperHalf(f, columns)
}

/** What is below twice the modulus, taken once off if it is not below the modulus. */
export function belowModulus(f: FunctionBuilder, modulus: Modulus, limbs: readonly Int[]): void {
  const less = limbs.map((limb, i) => f.let(i64.sub(limb, i64.const(at(modulus.limbs, i)))))
  carry(f, less)
  const isBelow = f.let(i64.ltS(at(less, LIMBS - 1), i64.const(0n)))
  limbs.forEach((limb, i) => {
    f.set(limb, select(isBelow, limb, at(less, i)))
  })
}

/** Every limb but the highest is left with its own bits. */
export function carry(f: FunctionBuilder, limbs: readonly Int[], bits = LIMB_BITS): void {
  limbs.slice(1).forEach((next, i) => {
    const limb = at(limbs, i)
    addTo(f, next, i64.shrS(limb, bits))
    f.set(limb, low(limb, bits))
  })
}

/** The limbs of the 256-bit integer at a place, little-endian, times 2^shift. */
export function split(f: FunctionBuilder, from: I32, { count, bits } = FACTOR, shift = 0): Int[] {
  const words = WORDS.map((k) => f.let(i64.load(from, 8 * k)))
  return Array.from({ length: count }, (_, i) => {
    const start = bits * i - shift
    const word = Math.max(0, Math.floor(start / 64))
    const offset = start - 64 * word
    const lower = at(words, word)
    const upper = words[word + 1]
    const first = offset < 0 ? i64.shl(lower, -offset) : i64.shrU(lower, offset)
    const isSplit = upper !== undefined && offset > 64 - bits
    return f.let(low(isSplit ? i64.or(first, i64.shl(upper, 64 - offset)) : first, bits))
  })
}

/** Stores the 256-bit integer that limbs without carries are. */
export function join(f: FunctionBuilder, to: I32, limbs: readonly Int[], bits = LIMB_BITS): void {
  for (const k of WORDS) {
    const parts = limbs.flatMap((limb, i) => {
      const offset = bits * i - 64 * k
      if (offset >= 64 || offset <= -bits) return []
      return [offset < 0 ? i64.shrU(limb, -offset) : i64.shl(limb, offset)]
    })
    const [first = i64.const(0n), ...others] = parts
    f.emit(
      store.i64(
        to,
        others.reduce<I64>((word, part) => i64.or(word, part), first),
        8 * k,
      ),
    )
  }
}

export function addTo(f: FunctionBuilder, to: Int, value: I64): void {
  f.set(to, i64.add(to, value))
}

/** The lowest bits. */
export function low(value: I64, bits: number): I64 {
  return i64.and(value, i64.const((1n << BigInt(bits)) - 1n))
}

export function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new TypeError('no such limb')
  return item
}

export function limbsOf(integer: bigint, { count, bits } = FACTOR): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt.asUintN(bits, integer >> BigInt(bits * i)))
}

/** Of an odd number modulo 2^bits: each of Newton's steps doubles the bits that are right. */
export function modularInverse(odd: bigint, bits: number): bigint {
  let inverse = 1n
  for (let right = 1; right < bits; right *= 2) inverse *= 2n - odd * inverse
  return BigInt.asUintN(bits, inverse)
}

/** Makes a column 0 in its lowest bits by a multiple of the modulus, and carries the others up. */
function reduceLowest(
  f: FunctionBuilder,
  modulus: Modulus,
  columns: readonly Int[],
  i: number,
): void {
  const lowest = at(columns, i)
  const digit = f.let(low(i64.mul(lowest, i64.const(modulus.minusInverse)), LIMB_BITS))
  modulus.limbs.forEach((limb, j) => {
    addTo(f, at(columns, i + j), i64.mul(digit, i64.const(limb)))
  })
  addTo(f, at(columns, i + 1), i64.shrS(lowest, LIMB_BITS))
}

/** The lower half is 0 but for what was carried. */
function upperHalf(f: FunctionBuilder, columns: readonly Int[]): Int[] {
  const limbs = columns.slice(LIMBS, 2 * LIMBS)
  carry(f, limbs)
  return limbs
}
