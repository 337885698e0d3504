import { i32, i64 } from './code.ts'
import type { FunctionBuilder, I32, I64 } from './code.ts'
import { LIMBS, addTo, at, carry, join, limbsOf, low, modularInverse, split } from './limbs.ts'
import type { Int } from './limbs.ts'

// Inverses modulo an odd prime. Bernstein and Yang, "Fast constant-time gcd computation and modular
// inversion" (2019): steps that look at the lowest bits of two numbers only, thirty of them gathered
// in a matrix. Constant time is not needed here, so zeros are passed together, and it ends when
// there is nothing left.

/** Bits of a limb: steps that are taken at once, with factors up to 2^30. */
const BITS = 30
const SHAPE = { count: LIMBS, bits: BITS }

/**
 * Stores the inverse, which is below the modulus, of an integer of 32 bytes; 0 for 0. Its time
 * depends on the value.
 *
 * @param f - Holds this once, and not in a loop: it counts on variables that are 0 yet.
 * @param modulus - An odd prime below 2^255.
 * @param from - Where the integer is: below 2^255, and no multiple of the modulus but 0. What `write`
 *   of a field gives can be a little more than twice the modulus.
 */
export function storeInverse(f: FunctionBuilder, modulus: bigint, from: I32, to: I32): void {
  const pair: Pair = {
    f: limbsOf(modulus, SHAPE).map((limb) => f.let(i64.const(limb))),
    g: split(f, from, SHAPE),
  }
  const factors: Pair = { f: f.locals('i64', LIMBS), g: f.locals('i64', LIMBS) }
  f.set(at(factors.g, 0), i64.const(1n))
  const steps = new Steps(f, modulus)
  f.while(i32.eqz(isZero(pair.g)), () => {
    steps.take(at(pair.f, 0), at(pair.g, 0))
    steps.applyTo(pair)
    steps.applyModulo(factors)
  })
  normalize(f, modulus, factors.f, at(pair.f, LIMBS - 1))
  join(f, to, factors.f, BITS)
}

/** Two numbers that steps turn into others. */
interface Pair {
  readonly f: readonly Int[]
  readonly g: readonly Int[]
}

/** Steps on the lowest bits of f (odd) and g, and what they do to the whole: (u v; q r) / 2^30. */
class Steps {
  readonly #f: FunctionBuilder
  readonly #modulus: bigint
  /** Minus Bernstein and Yang's delta. */
  readonly #eta: Int
  readonly #u: Int
  readonly #v: Int
  readonly #q: Int
  readonly #r: Int

  constructor(f: FunctionBuilder, modulus: bigint) {
    this.#f = f
    this.#modulus = modulus
    this.#eta = f.let(i64.const(-1n))
    ;[this.#u, this.#v, this.#q, this.#r] = [
      f.local('i64'),
      f.local('i64'),
      f.local('i64'),
      f.local('i64'),
    ]
  }

  take(lowF: Int, lowG: Int): void {
    const f = this.#f
    const [x, y, left] = [f.let(lowF), f.let(lowG), f.let(i64.const(BigInt(BITS)))]
    const zeros = f.local('i64')
    for (const [entry, value] of [
      [this.#u, 1n],
      [this.#v, 0n],
      [this.#q, 0n],
      [this.#r, 1n],
    ] as const) {
      f.set(entry, i64.const(value))
    }
    const passZeros = (): void => {
      f.set(zeros, i64.ctz(i64.or(y, i64.shlBy(i64.const(-1n), left))))
      f.set(y, i64.shrSBy(y, zeros))
      f.set(this.#u, i64.shlBy(this.#u, zeros))
      f.set(this.#v, i64.shlBy(this.#v, zeros))
      f.set(this.#eta, i64.sub(this.#eta, zeros))
      f.set(left, i64.sub(left, zeros))
    }
    passZeros()
    f.while(i32.eqz(i64.eqz(left)), () => {
      f.if(i64.ltS(this.#eta, i64.const(0n)), () => {
        f.set(this.#eta, negative(this.#eta))
        this.#exchange(x, y)
        this.#exchange(this.#u, this.#q)
        this.#exchange(this.#v, this.#r)
      })
      addTo(f, y, x)
      addTo(f, this.#q, this.#u)
      addTo(f, this.#r, this.#v)
      passZeros()
    })
  }

  /** What the steps did to the lowest bits, to all; the division leaves no rest. */
  applyTo({ f: a, g: b }: Pair): void {
    this.#combine(a, b, [])
  }

  /** The same modulo the modulus: multiples of it make the division exact. */
  applyModulo({ f: a, g: b }: Pair): void {
    const f = this.#f
    const inverse = modularInverse(this.#modulus, BITS)
    const [signA, signB] = [a, b].map((limbs) => f.let(i64.shrS(at(limbs, LIMBS - 1), 63)))
    if (!signA || !signB) throw new TypeError('two numbers are needed')
    const multiples = this.#rows.map(([first, second]) => {
      const start = f.let(i64.add(i64.and(first, signA), i64.and(second, signB)))
      const lowest = i64.add(i64.mul(first, at(a, 0)), i64.mul(second, at(b, 0)))
      const rest = low(i64.add(i64.mul(i64.const(inverse), lowest), start), BITS)
      f.set(start, i64.sub(start, rest))
      return start
    })
    this.#combine(a, b, multiples)
  }

  get #rows(): readonly (readonly [Int, Int])[] {
    return [
      [this.#u, this.#v],
      [this.#q, this.#r],
    ]
  }

  /** (a, b) becomes the matrix times (a, b), plus multiples of the modulus, over 2^30. */
  #combine(a: readonly Int[], b: readonly Int[], multiples: readonly Int[]): void {
    const f = this.#f
    const modulus = limbsOf(this.#modulus, SHAPE)
    const sums = f.locals('i64', 2)
    sums.forEach((sum) => {
      f.set(sum, i64.const(0n))
    })
    a.forEach((limbA, i) => {
      const limbB = at(b, i)
      this.#rows.forEach(([first, second], row) => {
        const products = i64.add(i64.mul(first, limbA), i64.mul(second, limbB))
        const multiple = multiples[row]
        const sum = at(sums, row)
        addTo(f, sum, products)
        if (multiple) addTo(f, sum, i64.mul(multiple, i64.const(modulus[i] ?? 0n)))
      })
      sums.forEach((sum, row) => {
        if (i > 0) f.set(at(row === 0 ? a : b, i - 1), low(sum, BITS))
        f.set(sum, i64.shrS(sum, BITS))
      })
    })
    sums.forEach((sum, row) => {
      f.set(at(row === 0 ? a : b, LIMBS - 1), sum)
    })
  }

  /** (a, b) becomes (b, -a). */
  #exchange(a: Int, b: Int): void {
    const kept = this.#f.let(a)
    this.#f.set(a, b)
    this.#f.set(b, negative(kept))
  }
}

/** From between -2p and p to between 0 and p, negated first where `sign` is negative. */
function normalize(f: FunctionBuilder, modulus: bigint, limbs: readonly Int[], sign: Int): void {
  const parts = limbsOf(modulus, SHAPE)
  const addIfNegative = (): void => {
    const mask = f.let(i64.shrS(at(limbs, LIMBS - 1), 63))
    limbs.forEach((limb, i) => {
      addTo(f, limb, i64.and(mask, i64.const(parts[i] ?? 0n)))
    })
  }
  addIfNegative()
  const mask = f.let(i64.shrS(sign, 63))
  limbs.forEach((limb) => {
    f.set(limb, i64.sub(i64.xor(limb, mask), mask))
  })
  carry(f, limbs, BITS)
  addIfNegative()
  carry(f, limbs, BITS)
}

function isZero(limbs: readonly Int[]): I32 {
  return i64.eqz(limbs.slice(1).reduce<I64>((any, limb) => i64.or(any, limb), at(limbs, 0)))
}

function negative(value: I64): I64 {
  return i64.sub(i64.const(0n), value)
}
