import { i32, i64, store } from '../../../core/wasm/code.ts'
import type { FunctionBuilder, I32, I64, Local, ModuleBuilder } from '../../../core/wasm/code.ts'

// Scalars are split in halves by the curve's endomorphism (R. Gallant, R. Lambert, S. Vanstone,
// "Faster point multiplication on elliptic curves with efficient endomorphisms", 2001), and the
// halves are written with signed digits.

const WORD_BITS = 32
const WORD = (1n << 32n) - 1n
/** Words of a scalar, and of a half with its sign. */
const WORDS = 8
const HALF_WORDS = 5

/** Bits of a scalar above which the quotients by the lattice are taken. */
const SHIFT = 256n

/** Bits of a half, without its sign. */
export const HALF_BITS = 127

/** The most bits of a digit: they are written as 16 bits with a sign. */
export const MAX_DIGIT_BITS = 15

/**
 * Adds `digits(to, scalars, count, bits, windows)`: of scalars below 2^255, 32 bytes each, the signed
 * digits of `bits` bits, from the lowest, as 16-bit integers. Window w of scalar i is at
 * `to + 2 · (w · 2 · count + i)` for the first half, and `count` further for the second, which
 * multiplies the image under the endomorphism.
 *
 * @param order - Of the group.
 * @param lambda - What the endomorphism multiplies by.
 */
export function addDigits(module: ModuleBuilder, order: bigint, lambda: bigint): void {
  const basis = shortVectors(order, lambda)
  module.define(
    'digits',
    ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
    (f, [to, scalars, count, bits, windows]) => {
      const end = f.let(i32.add(scalars, i32.shl(count, i32.const(5))))
      const stride = f.let(i32.shl(count, i32.const(2)))
      const [mask, half] = [f.local('i32'), f.local('i32')]
      f.set(mask, i32.sub(i32.shl(i32.const(1), bits), i32.const(1)))
      f.set(half, i32.shl(i32.const(1), i32.sub(bits, i32.const(1))))
      const words = f.locals('i64', WORDS)
      const halves = [f.locals('i64', HALF_WORDS), f.locals('i64', HALF_WORDS)] as const
      const widths = { windows, bits, mask, half, stride }
      f.upTo(scalars, end, 4 * WORDS, () => {
        words.forEach((word, i) => f.set(word, i64.load32U(scalars, 4 * i)))
        split(f, words, halves, basis)
        writeDigits(f, to, halves[0], widths)
        writeDigits(f, f.let(i32.add(to, i32.shl(count, i32.const(1)))), halves[1], widths)
        f.set(to, i32.add(to, i32.const(2)))
      })
    },
  )
}

type Half = readonly Local<'i64'>[]

/** Two short vectors (a, b) with a + b·lambda = 0, and how to divide by them. */
interface Basis {
  readonly vectors: readonly (readonly [bigint, bigint])[]
  /** By which a scalar is multiplied, and shifted, to be the multiple of a vector. */
  readonly factors: readonly bigint[]
}

/** By Euclid's algorithm, as in the paper. */
function shortVectors(order: bigint, lambda: bigint): Basis {
  const rows: (readonly [bigint, bigint])[] = []
  let [r0, t0, r1, t1] = [order, 0n, lambda, 1n]
  while (r1 !== 0n) {
    const quotient = r0 / r1
    ;[r0, t0, r1, t1] = [r1, t1, r0 - quotient * r1, t0 - quotient * t1]
    rows.push([r0, -t0])
  }
  const length = ([a, b]: readonly [bigint, bigint]): bigint => a * a + b * b
  const first = rows.findIndex(([a]) => a * a < order)
  const [v1, before, after] = [rows[first], rows[first - 1], rows[first + 1]]
  if (v1 === undefined || before === undefined || after === undefined) {
    throw new TypeError('no short vectors')
  }
  const v2 = length(before) < length(after) ? before : after
  const determinant = v1[0] * v2[1] - v2[0] * v1[1]
  return {
    vectors: [v1, v2],
    factors: [(v2[1] << SHIFT) / determinant, (-v1[1] << SHIFT) / determinant],
  }
}

/** Halves in two's complement of five words. */
function split(
  f: FunctionBuilder,
  scalar: Half,
  halves: readonly [Half, Half],
  { vectors, factors }: Basis,
): void {
  const multiples = factors.map((factor) => quotient(f, scalar, factor))
  halves.forEach((result, part) => {
    const carry = f.let(i64.const(0n))
    for (let i = 0; i < HALF_WORDS; i++) {
      // Column by column; subtracting is adding the opposite, modulo 2^160.
      f.set(carry, i64.add(carry, part === 0 ? (scalar[i] as Local<'i64'>) : i64.const(0n)))
      const high = f.let(i64.const(0n))
      multiples.forEach((multiple, which) => {
        const factor = BigInt.asUintN(WORD_BITS * HALF_WORDS, -(vectors[which]?.[part] ?? 0n))
        for (let j = 0; j <= i; j++) {
          const word = wordAt(factor, i - j)
          if (word === 0n) continue
          const product = f.let(i64.mul(multiple[j] as Local<'i64'>, i64.const(word)))
          f.set(carry, i64.add(carry, i64.and(product, i64.const(WORD))))
          f.set(high, i64.add(high, i64.shrU(product, WORD_BITS)))
        }
      })
      f.set(result[i] as Local<'i64'>, i64.and(carry, i64.const(WORD)))
      f.set(carry, i64.add(i64.shrU(carry, WORD_BITS), high))
    }
  })
}

/** A scalar times a factor, divided by 2^256 and rounded, modulo 2^160. */
function quotient(f: FunctionBuilder, scalar: Half, factor: bigint): Half {
  const magnitude = factor < 0n ? -factor : factor
  const columns = WORDS + HALF_WORDS
  const result: Local<'i64'>[] = []
  const carry = f.let(i64.const(0n))
  for (let column = 0; column < columns; column++) {
    const high = f.let(i64.const(0n))
    for (let i = Math.max(0, column - HALF_WORDS + 1); i <= Math.min(column, WORDS - 1); i++) {
      const word = wordAt(magnitude, column - i)
      if (word === 0n) continue
      const product = f.let(i64.mul(scalar[i] as Local<'i64'>, i64.const(word)))
      f.set(carry, i64.add(carry, i64.and(product, i64.const(WORD))))
      f.set(high, i64.add(high, i64.shrU(product, WORD_BITS)))
    }
    if (column === WORDS - 1) f.set(carry, i64.add(carry, i64.const(1n << 31n)))
    if (column >= WORDS) result.push(f.let(i64.and(carry, i64.const(WORD))))
    f.set(carry, i64.add(i64.shrU(carry, WORD_BITS), high))
  }
  if (factor < 0n) negate(f, result)
  return result
}

function negate(f: FunctionBuilder, words: Half): void {
  const carry = f.let(i64.const(1n))
  for (const word of words) {
    f.set(carry, i64.add(carry, i64.xor(word, i64.const(WORD))))
    f.set(word, i64.and(carry, i64.const(WORD)))
    f.set(carry, i64.shrU(carry, WORD_BITS))
  }
}

const wordAt = (integer: bigint, index: number): bigint =>
  (integer >> BigInt(WORD_BITS * index)) & WORD

interface Widths {
  readonly windows: I32
  readonly bits: I32
  readonly mask: I32
  /** The largest digit. */
  readonly half: I32
  /** Bytes from a window to the next. */
  readonly stride: I32
}

/** Cuts a half into digits, from the lowest; destroys it. */
function writeDigits(
  f: FunctionBuilder,
  to: I32,
  words: Half,
  { windows, bits, mask, half, stride }: Widths,
): void {
  const sign = f.let(i32.const(1))
  f.if(i32.wrap(i64.shrU(words.at(-1) as Local<'i64'>, WORD_BITS - 1)), () => {
    negate(f, words)
    f.set(sign, i32.const(-1))
  })
  // A half without its sign has four words.
  const [w0, w1, w2, w3] = words as unknown as readonly [I64, I64, I64, I64]
  const low = f.let(i64.or(w0, i64.shl(w1, WORD_BITS)))
  const high = f.let(i64.or(w2, i64.shl(w3, WORD_BITS)))
  const shift = f.let(i64.extendU(bits))
  const back = f.let(i64.sub(i64.const(64n), shift))
  const carry = f.let(i32.const(0))
  const at = f.let(to)
  const window = f.let(i32.const(0))
  f.upTo(window, windows, 1, () => {
    const digit = f.let(i32.add(i32.and(i32.wrap(low), mask), carry))
    f.set(carry, i32.gtS(digit, half))
    f.set(digit, i32.sub(digit, i32.mul(carry, i32.add(mask, i32.const(1)))))
    f.emit(store.i32Low16(at, i32.mul(digit, sign)))
    f.set(low, i64.or(i64.shrUBy(low, shift), i64.shlBy(high, back)))
    f.set(high, i64.shrUBy(high, shift))
    f.set(at, i32.add(at, stride))
  })
}
