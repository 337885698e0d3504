import { FunctionBuilder, i32, i64, f64x2, i64x2, store, v128 } from '../code.ts'
import type { Callable, I32, Local, ModuleBuilder, V128 } from '../code.ts'
import { carry, join, modularInverse, split } from '../limbs.ts'
import type { Layout } from '../layout.ts'
import { PRIME_BYTES, address, assertWithin, place, slotAt } from './field-code.ts'
import type { Bounds, LaneCode, Place, Slot, SumCode } from './field-code.ts'
import { BASE_BOUNDS, POWER_BOUNDS, addPower } from './power.ts'
import { addPrimeFunctions } from './prime-code.ts'
import type { PrimeCode } from './prime-code.ts'

// Five limbs of 51 bits in doubles, two elements side by side in a vector. A fused multiply-add
// rounds a product of 102 bits to its upper half; the same again without it gives the lower half
// exactly (F. de Dinechin and others call the trick of the added constant "magic"; its use for
// modular multiplication: N. Emmart, F. Zheng, C. Weems, "Faster modular exponentiation using double
// precision floating point arithmetic on the GPU", 2018). WebAssembly rounds to nearest only, so
// limbs are balanced: between -2^50 and 2^50.

const LIMBS = 5
const BITS = 51n
const MASK = (1n << BITS) - 1n
const SHAPE = { count: LIMBS, bits: Number(BITS) }
/** Montgomery's R. */
export const FMA_RADIX = 1n << (BITS * BigInt(LIMBS))

/** Where a rounded sum with this has its unit at 2^51. */
const UPPER_MAGIC = 1.5 * 2 ** 103
/** And where at 1. */
const LOWER_MAGIC = 1.5 * 2 ** 52
/** Bits of the doubles of these two: what is above them is the number. */
const UPPER_BITS = 0x4668_0000_0000_0000n
const LOWER_BITS = 0x4338_0000_0000_0000n

/** Keeps a column positive while its lower bits are shifted out. */
const BIAS = 1n << 60n

/** Its bits or-ed onto an integer below it make that a double, larger by this. */
const INTEGER = 2 ** 52
const SIGN_BIT = 1n << 63n
const SIGNS = v128.splat(SIGN_BIT)

/** |a limb · a limb| must not reach 2^102, with limbs in units of 2^50. */
const MAX_LIMB_PRODUCT = 4
/** The highest limb must stay below 2^51; a value of 1 has it at 2^49.6. */
const MAX_VALUE = 2.5
/** Sums of doubles are exact below 2^53, also while a multiple of the modulus is taken off. */
const MAX_LIMB = 4

/** Of a sum that is reduced once: the halves of so many, at most 2^51 each, stay below the bias. */
const MAX_PRODUCTS = 12

/** What reducing adds to a product: up to half the modulus, and a little. */
const HALF_MODULUS = 0.501

const REDUCED: Bounds = { value: 0.51, limb: 1 }
const PRODUCT: Bounds = { value: 1.02, limb: 1 }

/** What this representation has besides. */
interface Sums extends LaneCode, SumCode {
  /** A small multiple of a reduced element and another, reduced. */
  multiplePlus(f: FunctionBuilder, to: Place, factor: number, a: Slot, c: Slot): Slot
  multipleMinus(f: FunctionBuilder, to: Place, factor: number, a: Slot, c: Slot): Slot
}

export type FmaCode = PrimeCode & Sums

/**
 * A prime field by fused multiply-add.
 *
 * @param name - In the names of the functions.
 */
export function addFmaField(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  modulus: bigint,
): FmaCode {
  const ratio = Number((modulus << 64n) / FMA_RADIX) / 2 ** 64
  const p = balancedLimbs(modulus)
  // Of an element as large as the modulus, in units of 2^50, and a little for what is below it.
  const topLimb = (p.at(-1) ?? 0) / 2 ** 50 + 0.001
  const minusInverse = Number(balanced((1n << BITS) - modularInverse(modulus, Number(BITS))))
  const functions = addFunctions(module, name, { limbs: p, minusInverse })
  const constant = (value: bigint): Slot =>
    slotAt(place(layout.constant(fmaSlot((value * FMA_RADIX) % modulus))), { value: 1, limb: 1 })
  const scratch = [layout.room(SLOT_BYTES), layout.room(SLOT_BYTES)] as const

  /** Operands that can be multiplied, reduced where they could not. */
  const fit = (f: FunctionBuilder, a: Slot, b: Slot): readonly [Slot, Slot] => {
    if (isFit(a, b)) return [a, b]
    const [larger, smaller] = a.limb * a.value >= b.limb * b.value ? [a, b] : [b, a]
    const once = field.reduce(f, place(scratch[0]), larger)
    if (isFit(once, smaller)) return [once, smaller]
    return [once, field.reduce(f, place(scratch[1]), smaller)]
  }
  const isFit = (a: Slot, b: Slot): boolean =>
    a.limb * b.limb <= MAX_LIMB_PRODUCT && product(a, b).value <= MAX_VALUE
  const productValue = ([a, b]: readonly [Bounds, Bounds]): number => a.value * b.value * ratio
  const boundsOf = (value: number): Bounds => ({ value, limb: Math.max(1, value * topLimb) })
  const product = (a: Bounds, b: Bounds): Bounds => boundsOf(productValue([a, b]) + HALF_MODULUS)
  const linear =
    (operation: (a: V128, b: V128) => V128) =>
    (f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot => {
      for (let i = 0; i < LIMBS; i++) {
        f.emit(storeLimb(to, i, operation(loadLimb(a, i), loadLimb(b, i))))
      }
      const sum = slotAt(to, { value: a.value + b.value, limb: a.limb + b.limb })
      assertWithin(sum, { value: Infinity, limb: MAX_LIMB })
      return sum
    }
  const multiple =
    (sign: '+' | '-'): Sums['multiplePlus'] =>
    (f, to, factor, a, c) => {
      assertWithin(a, REDUCED)
      assertWithin(c, REDUCED)
      // Limbs of c and what is left of those of a, and those of the modulus.
      if (2 + Math.ceil((factor + 1) * REDUCED.value) > 2 * MAX_LIMB) {
        throw new TypeError('a multiple is too far out to be reduced')
      }
      f.emit(functions.multiple(factor, sign).call(address(to), address(a), address(c)))
      return slotAt(to, REDUCED)
    }
  const field: Sums = {
    lanes: 2,
    slotBytes: SLOT_BYTES,
    elementBytes: PRIME_BYTES,
    reduced: REDUCED,
    product: PRODUCT,
    one: constant(1n),
    add: linear(f64x2.add),
    sub: linear(f64x2.sub),
    mul(f, to, a, b) {
      const [x, y] = fit(f, a, b)
      f.emit(functions.mul.call(address(to), address(x), address(y)))
      return slotAt(to, product(x, y))
    },
    mulPair: (f, to, first, sign, second) =>
      field.mulSum(f, to, [
        ['+', ...first],
        [sign, ...second],
      ]),
    mulSum(f, to, products) {
      const value = products.reduce((sum, [, a, b]) => sum + productValue([a, b]), HALF_MODULUS)
      const isWide = products.some(([, a, b]) => a.limb * b.limb > MAX_LIMB_PRODUCT)
      if (isWide || value > MAX_VALUE || products.length > MAX_PRODUCTS) {
        throw new TypeError('a sum of products could overflow')
      }
      const callable = functions.sum(products.map(([sign]) => sign).join(''))
      f.emit(
        callable.call(address(to), ...products.flatMap(([, a, b]) => [address(a), address(b)])),
      )
      return slotAt(to, boundsOf(value))
    },
    pairFits: (a, b) =>
      a.limb * b.limb <= MAX_LIMB_PRODUCT && 2 * productValue([a, b]) + HALF_MODULUS <= MAX_VALUE,
    sqr(f, to, a) {
      // The square doubles limbs before it multiplies them.
      const isWide = 2 * a.limb * a.limb > MAX_LIMB_PRODUCT || !isFit(a, a)
      const x = isWide ? field.reduce(f, place(scratch[0]), a) : a
      f.emit(functions.sqr.call(address(to), address(x)))
      return slotAt(to, product(x, x))
    },
    reduce(f, to, a) {
      // Its limbs, and those of the modulus as often as it is taken off.
      if (a.limb + Math.ceil(a.value) > 2 * MAX_LIMB) {
        throw new TypeError('an element is too far out to be reduced')
      }
      f.emit(functions.reduce.call(address(to), address(a)))
      return slotAt(to, REDUCED)
    },
    inv(f, to, a) {
      assertWithin(a, BASE_BOUNDS)
      f.emit(inverse.call(address(to), address(a)))
      return slotAt(to, POWER_BOUNDS)
    },
    zeros(_, a) {
      assertWithin(a, REDUCED)
      return functions.zeros(address(a))
    },
    replace(f, at, lanes, by) {
      for (const lane of [0, 1] as const) {
        f.if(i32.and(lanes, i32.const(1 << lane)), () => {
          for (let i = 0; i < LIMBS; i++) {
            f.emit(store.lane(at.pointer, loadLimb(by, i), lane, at.offset + 16 * i + 8 * lane))
          }
        })
      }
    },
    gather(f, to, [low, high], signs) {
      if (low === undefined || high === undefined) throw new TypeError('two elements are needed')
      const mask = signs === undefined ? undefined : f.let(signMask(signs))
      for (let i = 0; i < LIMBS; i++) {
        const lower = v128.load64Splat(low.pointer, low.offset + 8 * i)
        const both = v128.load64Upper(high.pointer, lower, high.offset + 8 * i)
        f.emit(storeLimb(to, i, mask === undefined ? both : v128.xor(both, mask)))
      }
      return slotAt(to, REDUCED)
    },
    sumOfLanes(f, to, a) {
      for (let i = 0; i < LIMBS; i++) {
        const limb = loadLimb(a, i)
        f.emit(storeLimb(to, i, f64x2.add(limb, v128.swap(limb))))
      }
      return slotAt(to, { value: 2 * a.value, limb: 2 * a.limb })
    },
    butterflyOfLanes(f, to, a) {
      const minus = v128.const(0n, SIGN_BIT)
      for (let i = 0; i < LIMBS; i++) {
        const limb = loadLimb(a, i)
        f.emit(storeLimb(to, i, f64x2.add(v128.xor(limb, minus), v128.swap(limb))))
      }
      return slotAt(to, { value: 2 * a.value, limb: 2 * a.limb })
    },
    multiplePlus: multiple('+'),
    multipleMinus: multiple('-'),
    scatter(f, [low, high], a) {
      if (low === undefined || high === undefined) throw new TypeError('two places are needed')
      assertWithin(a, REDUCED)
      for (let i = 0; i < LIMBS; i++) {
        f.emit(store.lane(low.pointer, loadLimb(a, i), 0, low.offset + 8 * i))
        f.emit(store.lane(high.pointer, loadLimb(a, i), 1, high.offset + 8 * i))
      }
    },
  }
  const inverse = addPower(module, layout, `${name}_inv`, field, modulus - 2n)
  return addPrimeFunctions(layout, modulus, field, {
    radix: FMA_RADIX,
    // Constants and values from outside are taken for reduced: of their representatives the nearest
    // to zero.
    slot: (...integers) => {
      const [first = 0n, second] = integers.map((integer) => nearestToZero(integer, modulus))
      return fmaSlot(first, second)
    },
    elements: (bytes) => [0, 1].map((lane) => laneOf(bytes, lane)),
    valueOf: fmaValue,
    unpack: unpackFunction(module, name),
    pack: packFunction(module, name, p),
  })
}

const SLOT_BYTES = 16 * LIMBS

interface Functions {
  readonly mul: Callable
  readonly sum: (signs: string) => Callable
  readonly multiple: (factor: number, sign: '+' | '-') => Callable
  readonly sqr: Callable
  readonly reduce: Callable
  readonly zeros: (slot: I32) => I32
}

function addFunctions(module: ModuleBuilder, name: string, modulus: Modulus): Functions {
  const p = modulus.limbs
  const mul = module.define(`${name}_mul`, ['i32', 'i32', 'i32'] as const, (f, [to, a, b]) => {
    writeProduct(f, modulus, (g, columns) => {
      const second = loadAll(g, b)
      for (let i = 0; i < LIMBS; i++) {
        const first = g.let(v128.load(a, 16 * i))
        second.forEach((limb, j) => columns.add(i + j, first, limb))
        columns.reduceLowest(i)
      }
      columns.store(to)
    })
  })
  const sums = new Map<string, Callable>()
  /** By its signs: it takes two addresses for each product. */
  const sum = (signs: string): Callable => {
    const known = sums.get(signs)
    if (known !== undefined) return known
    const operands = Array.from({ length: 1 + 2 * signs.length }, () => 'i32' as const)
    const made = module.define(`${name}_sum${signs}`, operands, (f, [to, ...factors]) => {
      if (to === undefined) throw new TypeError('nowhere to write to')
      const pairs = Array.from(signs, (sign, k) => {
        const [a, b] = factors.slice(2 * k)
        if (a === undefined || b === undefined) throw new TypeError('a product without factors')
        return { sign, a, b }
      })
      writeProduct(f, modulus, (g, columns) => {
        // Of few products, the limbs of one factor each can stay at hand.
        const kept = pairs.length <= 2 ? pairs.map(({ b }) => loadAll(g, b)) : []
        const [limb, other] = [g.local('v128'), g.local('v128')]
        for (let i = 0; i < LIMBS; i++) {
          pairs.forEach(({ sign, a, b }, k) => {
            const plain = v128.load(a, 16 * i)
            g.set(limb, sign === '-' ? v128.xor(plain, SIGNS) : plain)
            for (let j = 0; j < LIMBS; j++) {
              g.set(other, kept[k]?.[j] ?? v128.load(b, 16 * j))
              columns.add(i + j, limb, other)
            }
          })
          columns.reduceLowest(i)
        }
        columns.store(to)
      })
    })
    sums.set(signs, made)
    return made
  }
  const sqr = module.define(`${name}_sqr`, ['i32', 'i32'] as const, (f, [to, a]) => {
    writeProduct(f, modulus, (g, columns) => {
      const limbs = loadAll(g, a)
      limbs.forEach((limb, i) => {
        const twice = g.let(f64x2.add(limb, limb))
        limbs.forEach((other, j) => {
          if (j >= i) columns.add(i + j, i === j ? limb : twice, other)
        })
        columns.reduceLowest(i)
      })
      columns.store(to)
    })
  })
  const reduce = module.define(`${name}_reduce`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    reduceLimbs(f, limbs, p)
    limbs.forEach((limb, i) => f.emit(storeLimb(place(to), i, limb)))
  })
  const multiples = new Map<string, Callable>()
  const multiple = (factor: number, sign: '+' | '-'): Callable => {
    const label = `${name}_times${String(factor)}${sign}`
    const known = multiples.get(label)
    if (known !== undefined) return known
    const made = module.define(label, ['i32', 'i32', 'i32'] as const, (f, [to, a, c]) => {
      const limbs = loadAll(f, a)
      multiplyLimbs(f, limbs, factor)
      const operation = sign === '+' ? f64x2.add : f64x2.sub
      limbs.forEach((limb, i) => f.set(limb, operation(limb, loadLimb(place(c), i))))
      reduceLimbs(f, limbs, p)
      limbs.forEach((limb, i) => f.emit(storeLimb(place(to), i, limb)))
    })
    multiples.set(label, made)
    return made
  }
  const zeros = module.defineWithResult(`${name}_zeros`, ['i32'] as const, 'i32', (f, [a]) => {
    const limbs = loadAll(f, a)
    const any = limbs.slice(1).reduce<V128>((sum, limb) => v128.or(sum, limb), limbs[0] as V128)
    // Shifted, because a double can be -0.
    const zero = f.let(i64x2.eq(i64x2.shl(any, 1), v128.splat(0n)))
    const bit = (lane: 0 | 1): I32 => i32.wrap(i64.and(i64x2.lane(zero, lane), i64.const(1n)))
    return i32.or(bit(0), i32.shl(bit(1), i32.const(1)))
  })
  return { mul, sum, multiple, sqr, reduce, zeros }
}

/**
 * Writes a product. Bits of doubles are added as integers, so that every sum is too large by a
 * constant; a first pass finds out by which, and columns begin with its opposite.
 */
function writeProduct(
  f: FunctionBuilder,
  modulus: Modulus,
  write: (f: FunctionBuilder, columns: Columns) => void,
): void {
  const unused = new FunctionBuilder([])
  const first = new Columns(unused, modulus)
  write(unused, first)
  write(f, new Columns(f, modulus, first.excess))
}

/** The columns of a product while it is summed and reduced, as integers. */
class Columns {
  readonly #f: FunctionBuilder
  readonly #constants: Constants
  readonly #columns: Local<'v128'>[]
  readonly #isBegun: boolean[]
  readonly #upper: Local<'v128'>
  readonly #digit: Local<'v128'>
  readonly #offsets = new Array<bigint>(2 * LIMBS).fill(0n)
  readonly #begin: readonly bigint[]
  /** By how much each column is too large when it is used. */
  readonly excess = new Array<bigint>(2 * LIMBS).fill(0n)

  constructor(f: FunctionBuilder, modulus: Modulus, excess: readonly bigint[] = []) {
    this.#f = f
    this.#begin = excess
    this.#constants = constantsOf(f, modulus)
    this.#columns = f.locals('v128', 2 * LIMBS)
    this.#isBegun = this.#columns.map(() => false)
    this.#upper = f.local('v128')
    this.#digit = f.local('v128')
  }

  /** Adds a product of two limbs to a column, and its upper half to the next. */
  add(column: number, a: V128, b: V128): void {
    const { upper, lower } = this.#halves(a, b)
    this.#collect(column + 1, upper, UPPER_BITS)
    this.#collect(column, lower, LOWER_BITS)
  }

  /** Adds a multiple of the modulus that makes a column 0 modulo 2^51, and carries what is above. */
  reduceLowest(column: number): void {
    const lowest = this.#columns[column] as Local<'v128'>
    // What the bits are still too large by is a multiple of 2^51.
    const { mask, integer, lowerMagic, minusInverse, p } = this.#constants
    const low = f64x2.sub(v128.or(v128.and(lowest, mask), integer), integer)
    this.#f.set(this.#digit, low)
    const { lower } = this.#halves(this.#digit, minusInverse)
    this.#f.set(this.#digit, f64x2.sub(lower, lowerMagic))
    p.forEach((limb, j) => this.add(column + j, this.#digit, limb))
    this.#settle(column, BIAS)
    this.#collect(column + 1, i64x2.shrU(lowest, Number(BITS)), BIAS >> BITS)
  }

  /** Writes the upper five columns as balanced limbs. */
  store(to: I32): void {
    let carry: V128 | undefined
    for (let i = 0; i < LIMBS; i++) {
      const column = LIMBS + i
      if (carry !== undefined) this.#collect(column, carry, BIAS >> BITS)
      const limb = this.#columns[column] as Local<'v128'>
      if (i === LIMBS - 1) {
        this.#settle(column, LOWER_BITS)
        this.#f.emit(storeLimb(place(to), i, f64x2.sub(limb, this.#constants.lowerMagic)))
        return
      }
      this.#settle(column, BIAS + (1n << 50n))
      const { mask, integer } = this.#constants
      const low = v128.or(v128.and(limb, mask), integer)
      const centred = f64x2.sub(low, v128.splatF64(2 ** 52 + 2 ** 50))
      this.#f.emit(storeLimb(place(to), i, centred))
      carry = i64x2.shrU(limb, Number(BITS))
    }
  }

  #halves(a: V128, b: V128): { readonly upper: V128; readonly lower: V128 } {
    const f = this.#f
    const { upperMagic, bothMagic } = this.#constants
    f.set(this.#upper, f64x2.relaxedMadd(a, b, upperMagic))
    const rest = f64x2.sub(bothMagic, this.#upper)
    return { upper: this.#upper, lower: f64x2.relaxedMadd(a, b, rest) }
  }

  /** Adds to a column something whose bits are too large by `offset`. */
  #collect(column: number, bits: V128, offset: bigint): void {
    const local = this.#columns[column]
    if (local === undefined) throw new TypeError('a column beyond the highest')
    const sum = this.#isBegun[column] === true ? local : v128.splat(-(this.#begin[column] ?? 0n))
    this.#f.set(local, i64x2.add(sum, bits))
    this.#isBegun[column] = true
    this.#offsets[column] = (this.#offsets[column] ?? 0n) + offset
  }

  /** From here on, the column must be too large by `wanted`. */
  #settle(column: number, wanted: bigint): void {
    this.excess[column] = (this.#offsets[column] ?? 0n) - wanted
  }
}

/** A modulus as products need it. */
interface Modulus {
  readonly limbs: readonly number[]
  /** The inverse of its opposite, modulo 2^51, balanced. */
  readonly minusInverse: number
}

/** In variables: a constant in the code would be built again at each of its uses. */
interface Constants extends Readonly<Record<ConstantName, Local<'v128'>>> {
  readonly p: readonly Local<'v128'>[]
}

type ConstantName = 'upperMagic' | 'lowerMagic' | 'bothMagic' | 'mask' | 'integer' | 'minusInverse'

function constantsOf(f: FunctionBuilder, { limbs, minusInverse }: Modulus): Constants {
  return {
    upperMagic: f.let(v128.splatF64(UPPER_MAGIC)),
    lowerMagic: f.let(v128.splatF64(LOWER_MAGIC)),
    bothMagic: f.let(v128.splatF64(UPPER_MAGIC + LOWER_MAGIC)),
    mask: f.let(v128.splat(MASK)),
    integer: f.let(v128.splatF64(INTEGER)),
    minusInverse: f.let(v128.splatF64(minusInverse)),
    p: limbs.map((limb) => f.let(v128.splatF64(limb))),
  }
}

/** Takes the nearest multiple of the modulus off, and balances limbs. */
function reduceLimbs(
  f: FunctionBuilder,
  limbs: readonly Local<'v128'>[],
  p: readonly number[],
): void {
  const highest = limbs.at(-1) as Local<'v128'>
  // The highest limb tells the multiple to 2^-48.
  const top = (p.at(-1) ?? 0) + (p.at(-2) ?? 0) / 2 ** 51
  const multiple = f.let(f64x2.nearest(f64x2.mul(highest, v128.splatF64(1 / top))))
  limbs.forEach((limb, i) => {
    f.set(limb, f64x2.relaxedMadd(multiple, v128.splatF64(-(p[i] ?? 0)), limb))
  })
  const carry = f.local('v128')
  limbs.slice(0, -1).forEach((limb, i) => {
    const magic = v128.splatF64(UPPER_MAGIC)
    f.set(carry, f64x2.sub(f64x2.add(limb, magic), magic))
    f.set(limb, f64x2.sub(limb, carry))
    const next = limbs[i + 1] as Local<'v128'>
    f.set(next, f64x2.relaxedMadd(carry, v128.splatF64(2 ** -51), next))
  })
}

/** Multiplies by a small number, whose product with a limb may have more bits than a double. */
function multiplyLimbs(f: FunctionBuilder, limbs: readonly Local<'v128'>[], factor: number): void {
  const by = v128.splatF64(factor)
  const magic = v128.splatF64(UPPER_MAGIC)
  let carried: Local<'v128'> | undefined
  limbs.forEach((limb, i) => {
    const below = carried
    if (i < limbs.length - 1) {
      carried = f.let(f64x2.sub(f64x2.relaxedMadd(by, limb, magic), magic))
      const opposite = f64x2.sub(v128.splatF64(0), carried)
      f.set(limb, f64x2.relaxedMadd(by, limb, opposite))
    } else {
      f.set(limb, f64x2.mul(by, limb))
    }
    if (below !== undefined) {
      f.set(limb, f64x2.relaxedMadd(below, v128.splatF64(2 ** -51), limb))
    }
  })
}

function loadAll(f: FunctionBuilder, pointer: I32): Local<'v128'>[] {
  return Array.from({ length: LIMBS }, (_, i) => f.let(v128.load(pointer, 16 * i)))
}

const loadLimb = ({ pointer, offset }: Place, i: number): V128 =>
  v128.load(pointer, offset + 16 * i)
const storeLimb = ({ pointer, offset }: Place, i: number, limb: V128) =>
  store.v128(pointer, limb, offset + 16 * i)

function signMask(signs: readonly I32[]): V128 {
  const [low, high] = signs.map((sign) => i64.shl(i64.extendU(sign), 63))
  if (low === undefined || high === undefined) throw new TypeError('two signs are needed')
  const even = v128.const((1n << 64n) - 1n, 0n)
  return v128.and(v128.select(i64x2.splat(low), i64x2.splat(high), even), v128.splat(SIGN_BIT))
}

/** Reads two integers below 2^255 as limbs, without reducing or converting them. */
function unpackFunction(module: ModuleBuilder, name: string) {
  const callable = module.define(
    `${name}_unpack`,
    ['i32', 'i32', 'i32'] as const,
    (f, [to, low, high]) => {
      const halves = [low, high].map((from) => split(f, from, SHAPE))
      for (let i = 0; i < LIMBS; i++) {
        const even = v128.const((1n << 64n) - 1n, 0n)
        const [first, second] = halves.map((limbs) => i64x2.splat(limbs[i] as Local<'i64'>))
        if (first === undefined || second === undefined) throw new TypeError('two integers')
        const integer = v128.splatF64(INTEGER)
        const bits = v128.or(v128.select(first, second, even), integer)
        f.emit(storeLimb(place(to), i, f64x2.sub(bits, integer)))
      }
    },
  )
  return {
    bounds: { value: 3, limb: 2 },
    call: (f: FunctionBuilder, to: Place, from: readonly I32[]) =>
      f.emit(callable.call(address(to), ...from)),
  }
}

/** Writes each lane, plus the modulus, as an integer of four words. */
function packFunction(module: ModuleBuilder, name: string, p: readonly number[]) {
  const callable = module.define(
    `${name}_pack`,
    ['i32', 'i32', 'i32'] as const,
    (f, [low, high, a]) => {
      const magic = v128.splatF64(LOWER_MAGIC)
      const limbs = loadAll(f, a)
      limbs.forEach((limb, i) => {
        f.set(limb, f64x2.add(f64x2.add(limb, v128.splatF64(p[i] ?? 0)), magic))
      })
      for (const [lane, to] of [
        [0, low],
        [1, high],
      ] as const) {
        const digits = limbs.map((limb) =>
          f.let(i64.sub(i64x2.lane(limb, lane), i64.const(LOWER_BITS))),
        )
        carry(f, digits, SHAPE.bits)
        join(f, to, digits, SHAPE.bits)
      }
    },
  )
  return (f: FunctionBuilder, to: readonly I32[], a: Slot) => {
    assertWithin(a, { value: 0.99, limb: 1 })
    f.emit(callable.call(...to, address(a)))
  }
}

function fmaSlot(first: bigint, second = first): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  for (const [lane, integer] of [first, second].entries()) {
    balancedLimbs(integer).forEach((limb, i) => view.setFloat64(16 * i + 8 * lane, limb, true))
  }
  return bytes
}

function nearestToZero(integer: bigint, modulus: bigint): bigint {
  return 2n * integer > modulus ? integer - modulus : integer
}

function laneOf(slot: Uint8Array, lane: number): Uint8Array {
  const element = new Uint8Array(8 * LIMBS)
  for (let i = 0; i < LIMBS; i++) {
    const from = 16 * i + 8 * lane
    element.set(slot.subarray(from, from + 8), 8 * i)
  }
  return element
}

/** The integer of an element as kernels scatter it, with its sign. */
function fmaValue(element: Uint8Array): bigint {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength)
  let value = 0n
  for (let i = LIMBS - 1; i >= 0; i--)
    value = (value << BITS) + BigInt(view.getFloat64(8 * i, true))
  return value
}

function balancedLimbs(integer: bigint): number[] {
  let rest = integer
  return Array.from({ length: LIMBS }, (_, i) => {
    const limb = i === LIMBS - 1 ? rest : balanced(rest & MASK)
    rest = (rest - limb) >> BITS
    return Number(limb)
  })
}

function balanced(limb: bigint): bigint {
  return limb >= 1n << (BITS - 1n) ? limb - (1n << BITS) : limb
}
