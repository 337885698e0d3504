import { f64x2, i64x2, v128, FunctionBuilder } from '../code.ts'
import type { I32, Local, V128 } from '../code.ts'
import { at, modularInverse } from '../limbs.ts'
import type { Layout } from '../layout.ts'
import { place } from './field-code.ts'
import type { Place } from './field-code.ts'
import {
  BITS,
  INTEGER,
  LIMBS,
  LOWER_BITS,
  LOWER_MAGIC,
  MASK,
  SIGNS,
  UPPER_BITS,
  UPPER_MAGIC,
  balanced,
  balancedLimbs,
  fmaSlot,
  loadAll,
  loadLimb,
  nearestToZero,
  storeLimb,
} from './fma-limbs.ts'
import { inverseModulo } from './prime-code.ts'

// Sums of products of elements, and squares, reduced once. They wait for their own carries most of
// the time. So the lower columns are folded into the others without waiting for a digit, and two sums
// are written as one function, step by step side by side.

/** Sums of products that one function computes side by side. */
export const WAYS = 2

/** Of a sum that is reduced once: the halves of so many, at most 2^51 each, stay below the bias. */
export const MAX_PRODUCTS = 12

/**
 * Of the five lower columns, how many are folded: what is in one, times 2^-51 modulo the modulus, is
 * added to those above it. From the fourth that would be up to a quarter of the modulus in every result,
 * from the fifth far more; so these two are cleared as Montgomery does it, and what is folded below
 * them is 2^-53 of the modulus in the end.
 */
const FOLDED = LIMBS - 2

/** Keeps a column positive while its lower bits are shifted out. */
const BIAS = 1n << 60n

/** Half a limb: added before the lower bits are cut off, it leaves them balanced. */
const HALF = 1n << (BITS - 1n)

/** A modulus as products are reduced by it. */
export interface Reduction {
  readonly limbs: readonly number[]
  /** In the module's memory: its limbs, and those of 2^-51 modulo it. */
  readonly p: Place
  readonly inverse: Place
  /** The inverse of its opposite, modulo 2^51, balanced. */
  readonly minusInverse: number
}

export function reductionBy(layout: Layout, modulus: bigint): Reduction {
  const inverse = nearestToZero(inverseModulo(1n << BITS, modulus), modulus)
  return {
    limbs: balancedLimbs(modulus),
    p: place(layout.constant(fmaSlot(modulus))),
    inverse: place(layout.constant(fmaSlot(inverse))),
    minusInverse: Number(balanced((1n << BITS) - modularInverse(modulus, Number(BITS)))),
  }
}

/**
 * Sums of products modulo the modulus, as many in each way.
 *
 * @param ways - The signs of its products.
 * @param addresses - For each way one to write to, and two for each product. All is read before
 *   anything is written.
 * @throws TypeError if ways differ in how many they sum.
 */
export function writeSums(
  f: FunctionBuilder,
  modulus: Reduction,
  ways: readonly string[],
  addresses: readonly I32[],
): void {
  const [{ length } = ''] = ways
  if (ways.some((signs) => signs.length !== length)) {
    throw new TypeError('side by side are only sums of as many products')
  }
  const own = ways.map((signs, way) => {
    const [to, ...factors] = addresses.slice(way * (1 + 2 * length), (way + 1) * (1 + 2 * length))
    const products = Array.from(signs, (sign, k) => {
      return { sign, a: at(factors, 2 * k), b: at(factors, 2 * k + 1) }
    })
    return { to: to as I32, products }
  })
  writeProducts(f, ways.length, modulus, (g, columns) => {
    // Of few products, the limbs of one factor each can stay at hand.
    const kept = own.map(({ products }) => {
      return length <= 2 ? products.map(({ b }) => loadAll(g, b)) : []
    })
    const [limbs, others] = [g.locals('v128', ways.length), g.locals('v128', ways.length)]
    for (let i = 0; i < LIMBS; i++) {
      for (let k = 0; k < length; k++) {
        own.forEach(({ products }, way) => {
          const { sign, a } = at(products, k)
          const plain = v128.load(a, 16 * i)
          g.set(at(limbs, way), sign === '-' ? v128.xor(plain, SIGNS) : plain)
        })
        for (let j = 0; j < LIMBS; j++) {
          own.forEach(({ products }, way) => {
            g.set(at(others, way), kept[way]?.[k]?.[j] ?? v128.load(at(products, k).b, 16 * j))
          })
          columns.add(i + j, limbs, others)
        }
      }
      columns.takeLowest(i)
    }
    columns.store(own.map(({ to }) => to))
  })
}

/**
 * Squares modulo the modulus.
 *
 * @param addresses - For each way one to write to, and one to read.
 */
export function writeSquares(
  f: FunctionBuilder,
  modulus: Reduction,
  ways: number,
  addresses: readonly I32[],
): void {
  const own = Array.from({ length: ways }, (_, way) => {
    return { to: at(addresses, 2 * way), from: at(addresses, 2 * way + 1) }
  })
  writeProducts(f, ways, modulus, (g, columns) => {
    const all = own.map(({ from }) => loadAll(g, from))
    for (let i = 0; i < LIMBS; i++) {
      const limbs = all.map((one) => at(one, i))
      const twice = limbs.map((limb) => g.let(f64x2.add(limb, limb)))
      for (let j = i; j < LIMBS; j++) {
        columns.add(
          i + j,
          i === j ? limbs : twice,
          all.map((one) => at(one, j)),
        )
      }
      columns.takeLowest(i)
    }
    columns.store(own.map(({ to }) => to))
  })
}

/**
 * Writes products, one for each way. Bits of doubles are added as integers, so that every sum is too
 * large by a constant; a first pass finds out by which, and columns begin with its opposite.
 */
function writeProducts(
  f: FunctionBuilder,
  ways: number,
  modulus: Reduction,
  write: (f: FunctionBuilder, columns: Columns) => void,
): void {
  const unused = new FunctionBuilder([])
  const first = new Columns(unused, ways, modulus)
  write(unused, first)
  write(f, new Columns(f, ways, modulus, first.excess))
}

/** One value for each way. */
type Ways = readonly V128[]

/** The columns of products while they are summed and reduced, as integers. */
class Columns {
  readonly #f: FunctionBuilder
  readonly #constants: Constants
  readonly #columns: readonly (readonly Local<'v128'>[])[]
  readonly #isBegun: boolean[]
  readonly #upper: readonly Local<'v128'>[]
  readonly #digit: readonly Local<'v128'>[]
  readonly #offsets = new Array<bigint>(2 * LIMBS).fill(0n)
  readonly #begin: readonly bigint[]
  /** By how much each column is too large when it is used. */
  readonly excess = new Array<bigint>(2 * LIMBS).fill(0n)

  constructor(
    f: FunctionBuilder,
    ways: number,
    modulus: Reduction,
    excess: readonly bigint[] = [],
  ) {
    this.#f = f
    this.#begin = excess
    this.#constants = constantsOf(f, modulus)
    this.#columns = Array.from({ length: 2 * LIMBS }, () => f.locals('v128', ways))
    this.#isBegun = this.#columns.map(() => false)
    this.#upper = f.locals('v128', ways)
    this.#digit = f.locals('v128', ways)
  }

  /** Adds a product of two limbs to a column, and its upper half to the next. */
  add(column: number, a: Ways, b: Ways): void {
    const { upper, lower } = this.#halves(a, b)
    this.#collect(column + 1, upper, UPPER_BITS)
    this.#collect(column, lower, LOWER_BITS)
  }

  /** Takes the lowest column away by adding something congruent to those above it. */
  takeLowest(column: number): void {
    if (column < FOLDED) this.#fold(column)
    else this.#clear(column)
  }

  /** Writes the upper five columns as balanced limbs. */
  store(to: readonly I32[]): void {
    for (let i = 0; i < LIMBS; i++) {
      const column = LIMBS + i
      const isLast = i === LIMBS - 1
      if (isLast) this.#settle(column, LOWER_BITS)
      const limbs = isLast
        ? at(this.#columns, column).map((bits) => f64x2.sub(bits, this.#constants.lowerMagic))
        : this.#balanced(column)
      limbs.forEach((limb, way) => this.#f.emit(storeLimb(place(at(to, way)), i, limb)))
      if (!isLast) this.#carry(column)
    }
  }

  /** What is in a column, times the inverse of 2^51, added to the columns above; and its carry. */
  #fold(column: number): void {
    this.#setDigit(this.#balanced(column))
    this.#addTimes(column + 1, this.#constants.inverse)
    this.#carry(column)
  }

  /** Adds a multiple of the modulus that makes a column 0 modulo 2^51, and carries what is above. */
  #clear(column: number): void {
    // What the bits are still too large by is a multiple of 2^51.
    const { mask, integer, lowerMagic, minusInverse, p } = this.#constants
    this.#setDigit(
      at(this.#columns, column).map((bits) =>
        f64x2.sub(v128.or(v128.and(bits, mask), integer), integer),
      ),
    )
    const { lower } = this.#halves(
      this.#digit,
      this.#digit.map(() => minusInverse),
    )
    this.#setDigit(lower.map((half) => f64x2.sub(half, lowerMagic)))
    this.#addTimes(column, p)
    this.#settle(column, BIAS)
    this.#carry(column)
  }

  /** The lower 51 bits of a column that gets no more, between -2^50 and 2^50. */
  #balanced(column: number): V128[] {
    const { mask, integer, centre } = this.#constants
    this.#settle(column, BIAS + HALF)
    return at(this.#columns, column).map((bits) =>
      f64x2.sub(v128.or(v128.and(bits, mask), integer), centre),
    )
  }

  #setDigit(values: Ways): void {
    this.#digit.forEach((digit, way) => this.#f.set(digit, at(values, way)))
  }

  /** Adds the digit times constant limbs. */
  #addTimes(column: number, limbs: Ways): void {
    limbs.forEach((limb, j) => {
      this.add(
        column + j,
        this.#digit,
        this.#digit.map(() => limb),
      )
    })
  }

  /** Adds what is above the lower 51 bits to the next column. */
  #carry(column: number): void {
    const carries = at(this.#columns, column).map((bits) => i64x2.shrU(bits, Number(BITS)))
    this.#collect(column + 1, carries, BIAS >> BITS)
  }

  #halves(a: Ways, b: Ways): { readonly upper: Ways; readonly lower: V128[] } {
    const { upperMagic, bothMagic } = this.#constants
    this.#upper.forEach((upper, way) => {
      this.#f.set(upper, f64x2.relaxedMadd(at(a, way), at(b, way), upperMagic))
    })
    const lower = this.#upper.map((upper, way) =>
      f64x2.relaxedMadd(at(a, way), at(b, way), f64x2.sub(bothMagic, upper)),
    )
    return { upper: this.#upper, lower }
  }

  /** Adds to a column something whose bits are too large by `offset`. */
  #collect(column: number, bits: Ways, offset: bigint): void {
    at(this.#columns, column).forEach((local, way) => {
      const isBegun = this.#isBegun[column] === true
      const sum = isBegun ? local : v128.splat(-(this.#begin[column] ?? 0n))
      this.#f.set(local, i64x2.add(sum, at(bits, way)))
    })
    this.#isBegun[column] = true
    this.#offsets[column] = (this.#offsets[column] ?? 0n) + offset
  }

  /** From here on, the column must be too large by `wanted`. */
  #settle(column: number, wanted: bigint): void {
    this.excess[column] = (this.#offsets[column] ?? 0n) - wanted
  }
}

/** In variables: a constant in the code would be built again at each of its uses. */
interface Constants extends Readonly<Record<ConstantName, Local<'v128'>>> {
  readonly p: readonly Local<'v128'>[]
  readonly inverse: readonly Local<'v128'>[]
}

type ConstantName =
  'upperMagic' | 'lowerMagic' | 'bothMagic' | 'mask' | 'integer' | 'centre' | 'minusInverse'

function constantsOf(f: FunctionBuilder, { p, inverse, minusInverse }: Reduction): Constants {
  const limbsAt = (slot: Place): Local<'v128'>[] =>
    Array.from({ length: LIMBS }, (_, i) => f.let(loadLimb(slot, i)))
  return {
    upperMagic: f.let(v128.splatF64(UPPER_MAGIC)),
    lowerMagic: f.let(v128.splatF64(LOWER_MAGIC)),
    bothMagic: f.let(v128.splatF64(UPPER_MAGIC + LOWER_MAGIC)),
    mask: f.let(v128.splat(MASK)),
    integer: f.let(v128.splatF64(INTEGER)),
    centre: f.let(v128.splatF64(INTEGER + Number(HALF))),
    minusInverse: f.let(v128.splatF64(minusInverse)),
    // Built in a register, they would take three instructions each.
    p: limbsAt(p),
    inverse: limbsAt(inverse),
  }
}
