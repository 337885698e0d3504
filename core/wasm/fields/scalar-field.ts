import { i32, i64, store } from '../code.ts'
import type { Callable, FunctionBuilder, I32, I64, Local, ModuleBuilder } from '../code.ts'
import { modularInverse } from '../limbs.ts'
import type { Layout } from '../layout.ts'
import { PRIME_BYTES, address, assertWithin, place, slotAt } from './field-code.ts'
import type { Bounds, LaneCode, Place, Slot } from './field-code.ts'
import { wordsOf } from './fma-field.ts'
import { BASE_BOUNDS, POWER_BOUNDS, addPower } from './power.ts'
import { addPrimeFunctions } from './prime-code.ts'
import type { PrimeCode } from './prime-code.ts'

// Nine limbs of 29 bits in 32-bit integers with a sign. Products of limbs are added up as 64-bit
// integers, and carried only at the end of a column: nine of 2^59 leave room below 2^63. Runs on
// every engine that has WebAssembly at all.

const LIMBS = 9
const BITS = 29
const MASK = (1n << BigInt(BITS)) - 1n
/** Montgomery's R. */
export const SCALAR_RADIX = 1n << BigInt(BITS * LIMBS)
/** Of nine limbs, and four bytes for nothing. */
const SLOT_BYTES = PRIME_BYTES

/** A column has nine products of limbs, and nine more by the modulus: together below 2^63. */
const MAX_LIMB_PRODUCT = 2.5
/** Limbs are stored in 32 bits with a sign. */
const MAX_LIMB = 3.9
/** R is some 168 times the modulus: far from where a value matters. */
const MAX_VALUE = 64

const REDUCED: Bounds = { value: 1.01, limb: 1 }
const PRODUCT: Bounds = { value: 1.02, limb: 1 }

/**
 * A prime field by integers.
 *
 * @param name - In the names of the functions.
 */
export function addScalarField(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  modulus: bigint,
): PrimeCode {
  const ratio = Number((modulus << 64n) / SCALAR_RADIX) / 2 ** 64
  const functions = addFunctions(module, name, modulus)
  const scratch = [layout.room(SLOT_BYTES), layout.room(SLOT_BYTES)] as const
  const isFit = (a: Slot, b: Slot): boolean =>
    a.limb * b.limb <= MAX_LIMB_PRODUCT && product(a, b).value <= MAX_VALUE
  const fit = (f: FunctionBuilder, a: Slot, b: Slot): readonly [Slot, Slot] => {
    if (isFit(a, b)) return [a, b]
    const [larger, smaller] = a.limb >= b.limb ? [a, b] : [b, a]
    const once = field.reduce(f, place(scratch[0]), larger)
    if (isFit(once, smaller)) return [once, smaller]
    return [once, field.reduce(f, place(scratch[1]), smaller)]
  }
  const product = (a: Bounds, b: Bounds): Bounds => ({
    value: a.value * b.value * ratio + 1,
    limb: 1,
  })
  const linear =
    (operation: (a: I32, b: I32) => I32) =>
    (f: FunctionBuilder, to: Place, a: Slot, b: Slot): Slot => {
      const sum = slotAt(to, { value: a.value + b.value, limb: a.limb + b.limb })
      assertWithin(sum, { value: MAX_VALUE, limb: MAX_LIMB })
      for (let i = 0; i < LIMBS; i++) {
        f.emit(store.i32(to.pointer, operation(loadLimb(a, i), loadLimb(b, i)), to.offset + 4 * i))
      }
      return sum
    }
  const field: LaneCode = {
    lanes: 1,
    slotBytes: SLOT_BYTES,
    elementBytes: PRIME_BYTES,
    reduced: REDUCED,
    product: PRODUCT,
    one: slotAt(place(layout.constant(scalarElement(SCALAR_RADIX % modulus))), REDUCED),
    add: linear(i32.add),
    sub: linear(i32.sub),
    mul(f, to, a, b) {
      const [x, y] = fit(f, a, b)
      f.emit(functions.mul.call(address(to), address(x), address(y)))
      return slotAt(to, product(x, y))
    },
    mulPair(f, to, [a, b], sign, [c, d]) {
      const value = product(a, b).value + product(c, d).value - 1
      if (a.limb * b.limb + c.limb * d.limb > MAX_LIMB_PRODUCT || value > MAX_VALUE) {
        throw new TypeError('a sum of two products could overflow')
      }
      const callable = sign === '+' ? functions.mulAdd : functions.mulSub
      f.emit(callable.call(address(to), ...[a, b, c, d].map(address)))
      return slotAt(to, { value, limb: 1 })
    },
    pairFits: (a, b) =>
      2 * a.limb * b.limb <= MAX_LIMB_PRODUCT && 2 * product(a, b).value - 1 <= MAX_VALUE,
    sqr(f, to, a) {
      const [x] = fit(f, a, a)
      f.emit(functions.sqr.call(address(to), address(x)))
      return slotAt(to, product(x, x))
    },
    reduce(f, to, a) {
      assertWithin(a, { value: MAX_VALUE, limb: MAX_LIMB })
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
      f.if(lanes, () => copy(f, at, by))
    },
    sumOfLanes(f, to, a) {
      copy(f, to, a)
      return slotAt(to, a)
    },
    butterflyOfLanes() {
      throw new TypeError('there is one lane')
    },
    gather(f, to, [from], signs) {
      if (from === undefined) throw new TypeError('an element is needed')
      // All ones or zeros: x ^ m - m is -x or x.
      const mask = signs?.[0] === undefined ? undefined : f.let(i32.sub(i32.const(0), signs[0]))
      for (let i = 0; i < LIMBS; i++) {
        const limb = loadLimb(from, i)
        const signed = mask === undefined ? limb : i32.sub(i32.xor(limb, mask), mask)
        f.emit(store.i32(to.pointer, signed, to.offset + 4 * i))
      }
      return slotAt(to, REDUCED)
    },
    scatter(f, [to], a) {
      if (to === undefined) throw new TypeError('a place is needed')
      assertWithin(a, REDUCED)
      copy(f, to, a)
    },
  }
  const inverse = addPower(module, layout, `${name}_inv`, field, modulus - 2n)
  return addPrimeFunctions(layout, modulus, field, {
    radix: SCALAR_RADIX,
    slot: (integer = 0n) => scalarElement(integer),
    elements: (bytes) => [bytes],
    valueOf: scalarValue,
    unpack: unpackFunction(module, name),
    pack: packFunction(module, name, modulus),
  })
}

interface Functions {
  readonly mul: Callable
  readonly mulAdd: Callable
  readonly mulSub: Callable
  readonly sqr: Callable
  readonly reduce: Callable
  readonly zeros: (slot: I32) => I32
}

function addFunctions(module: ModuleBuilder, name: string, modulus: bigint): Functions {
  const p = limbsOf(modulus)
  const mul = module.define(`${name}_mul`, ['i32', 'i32', 'i32'] as const, (f, [to, a, b]) => {
    const second = loadAll(f, b)
    const columns = new Columns(f, modulus)
    for (let i = 0; i < LIMBS; i++) {
      const first = f.let(i64.load32S(a, 4 * i))
      columns.step(second.map((limb) => i64.mul(first, limb)))
    }
    columns.store(to)
  })
  const pair = (operation: string, combine: (x: I64, y: I64) => I64): Callable =>
    module.define(
      `${name}_${operation}`,
      ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
      (f, [to, a, b, c, d]) => {
        const [first, second] = [loadAll(f, b), loadAll(f, d)]
        const columns = new Columns(f, modulus)
        for (let i = 0; i < LIMBS; i++) {
          const [x, y] = [f.let(i64.load32S(a, 4 * i)), f.let(i64.load32S(c, 4 * i))]
          columns.step(
            first.map((limb, j) =>
              combine(i64.mul(x, limb), i64.mul(y, second[j] as Local<'i64'>)),
            ),
          )
        }
        columns.store(to)
      },
    )
  const mulAdd = pair('muladd', i64.add)
  const mulSub = pair('mulsub', i64.sub)
  const sqr = module.define(`${name}_sqr`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    const columns = new Columns(f, modulus)
    limbs.forEach((limb, i) => {
      const twice = i + 1 < LIMBS ? f.let(i64.add(limb, limb)) : limb
      // Column i and up; what is below the diagonal is in the doubled ones of earlier rows.
      const products = limbs.map((other, j) => {
        const k = j - i
        if (k < 0) return undefined
        return i64.mul(k === 0 ? limb : twice, other)
      })
      columns.stepShifted(i, products)
    })
    columns.store(to)
  })
  const reduce = module.define(`${name}_reduce`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    reduceLimbs(f, limbs, p)
    limbs.forEach((limb, i) => f.emit(store.i64Low32(to, limb, 4 * i)))
  })
  const zeros = module.defineWithResult(`${name}_zeros`, ['i32'] as const, 'i32', (f, [a]) => {
    const limbs = loadAll(f, a)
    // Reduced to between about 0 and the modulus, both of which are 0.
    const isAll = (values: readonly bigint[]): I32 => {
      const differences = limbs.map((limb, i) => i64.xor(limb, i64.const(values[i] ?? 0n)))
      return i64.eqz(
        differences.slice(1).reduce((any, part) => i64.or(any, part), differences[0] as I64),
      )
    }
    return i32.or(isAll(p.map(() => 0n)), isAll(p))
  })
  return { mul, mulAdd, mulSub, sqr, reduce, zeros }
}

/** The columns of a product while it is summed, and reduced limb by limb. */
class Columns {
  readonly #f: FunctionBuilder
  readonly #p: readonly bigint[]
  readonly #minusInverse: bigint
  readonly #columns: Local<'i64'>[]
  readonly #digit: Local<'i64'>
  readonly #carry: Local<'i64'>
  #lowest = 0

  constructor(f: FunctionBuilder, modulus: bigint) {
    this.#f = f
    this.#p = limbsOf(modulus)
    this.#minusInverse = -modularInverse(modulus, BITS) & MASK
    this.#columns = f.locals('i64', 2 * LIMBS)
    this.#digit = f.local('i64')
    this.#carry = f.local('i64')
  }

  /** Adds a row of products, and makes the lowest column 0 by a multiple of the modulus. */
  step(products: readonly I64[]): void {
    products.forEach((product, j) => this.#collect(this.#lowest + j, product))
    this.#reduceLowest()
  }

  /** The same for row i of a square, whose products belong to columns i + j. */
  stepShifted(i: number, products: readonly (I64 | undefined)[]): void {
    products.forEach((product, j) => {
      if (product !== undefined) this.#collect(i + j, product)
    })
    this.#reduceLowest()
  }

  store(to: I32): void {
    for (let i = 0; i < LIMBS; i++) {
      const column = this.#columns[LIMBS + i] as Local<'i64'>
      if (i === LIMBS - 1) {
        // Nothing but the carry has come here.
        this.#f.emit(store.i64Low32(to, this.#carry, 4 * i))
        return
      }
      if (i > 0) this.#f.set(column, i64.add(column, this.#carry))
      this.#f.emit(store.i64Low32(to, i64.and(column, i64.const(MASK)), 4 * i))
      this.#f.set(this.#carry, i64.shrS(column, BITS))
    }
  }

  #reduceLowest(): void {
    const f = this.#f
    const lowest = this.#columns[this.#lowest] as Local<'i64'>
    const digit = i64.and(i64.mul(lowest, i64.const(this.#minusInverse)), i64.const(MASK))
    f.set(this.#digit, digit)
    this.#p.forEach((limb, j) =>
      this.#collect(this.#lowest + j, i64.mul(this.#digit, i64.const(limb))),
    )
    this.#collect(this.#lowest + 1, i64.shrS(lowest, BITS))
    this.#lowest += 1
  }

  #collect(column: number, term: I64): void {
    const local = this.#columns[column] as Local<'i64'>
    // A local is 0 at first, but an addition less is an instruction less.
    this.#f.set(local, this.#begun.has(column) ? i64.add(local, term) : term)
    this.#begun.add(column)
  }

  readonly #begun = new Set<number>()
}

/** Carries, and takes the multiple of the modulus off that the highest limb tells. */
function reduceLimbs(
  f: FunctionBuilder,
  limbs: readonly Local<'i64'>[],
  p: readonly bigint[],
): void {
  const carry = (): void => {
    limbs.slice(0, -1).forEach((limb, i) => {
      const next = limbs[i + 1] as Local<'i64'>
      f.set(next, i64.add(next, i64.shrS(limb, BITS)))
      f.set(limb, i64.and(limb, i64.const(MASK)))
    })
  }
  carry()
  const highest = limbs.at(-1) as Local<'i64'>
  // Rounded up, so that the multiple is never too large but by what the lower limbs hide.
  const reciprocal = (1n << 40n) / ((p.at(-1) ?? 1n) + 1n)
  const multiple = f.let(i64.shrS(i64.mul(highest, i64.const(reciprocal)), 40))
  limbs.forEach((limb, i) => f.set(limb, i64.sub(limb, i64.mul(multiple, i64.const(p[i] ?? 0n)))))
  carry()
}

function loadAll(f: FunctionBuilder, pointer: I32): Local<'i64'>[] {
  return Array.from({ length: LIMBS }, (_, i) => f.let(i64.load32S(pointer, 4 * i)))
}

function copy(f: FunctionBuilder, to: Place, from: Place): void {
  for (let i = 0; i < LIMBS; i++) {
    f.emit(store.i32(to.pointer, loadLimb(from, i), to.offset + 4 * i))
  }
}

const loadLimb = ({ pointer, offset }: Place, i: number): I32 => i32.load(pointer, offset + 4 * i)

function unpackFunction(module: ModuleBuilder, name: string) {
  const callable = module.define(`${name}_unpack`, ['i32', 'i32'] as const, (f, [to, from]) => {
    const words = [0, 1, 2, 3].map((k) => f.let(i64.load(from, 8 * k)))
    for (let i = 0; i < LIMBS; i++) {
      const [word, shift] = [Math.floor((BITS * i) / 64), (BITS * i) % 64]
      const [lower, upper] = [words[word], words[word + 1]]
      if (lower === undefined) throw new TypeError('beyond the highest word')
      const low = shift === 0 ? lower : i64.shrU(lower, shift)
      const isSplit = upper !== undefined && shift > 64 - BITS
      const bits = isSplit ? i64.or(low, i64.shl(upper, 64 - shift)) : low
      f.emit(store.i64Low32(to, i64.and(bits, i64.const(MASK)), 4 * i))
    }
  })
  return {
    bounds: { value: 3, limb: 1 },
    call: (f: FunctionBuilder, to: Place, [from]: readonly I32[]) => {
      if (from === undefined) throw new TypeError('an integer is needed')
      f.emit(callable.call(address(to), from))
    },
  }
}

function packFunction(module: ModuleBuilder, name: string, modulus: bigint) {
  const p = limbsOf(modulus)
  const callable = module.define(`${name}_pack`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    reduceLimbs(f, limbs, p)
    limbs.forEach((limb, i) => f.set(limb, i64.add(limb, i64.const(p[i] ?? 0n))))
    limbs.slice(0, -1).forEach((limb, i) => {
      const next = limbs[i + 1] as Local<'i64'>
      f.set(next, i64.add(next, i64.shrS(limb, BITS)))
      f.set(limb, i64.and(limb, i64.const(MASK)))
    })
    wordsOf(limbs, BITS).forEach((word, k) => f.emit(store.i64(to, word, 8 * k)))
  })
  return (f: FunctionBuilder, [to]: readonly I32[], a: Slot) => {
    if (to === undefined) throw new TypeError('a place is needed')
    assertWithin(a, { value: MAX_VALUE, limb: MAX_LIMB })
    f.emit(callable.call(to, address(a)))
  }
}

function scalarElement(integer: bigint): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  limbsOf(integer).forEach((limb, i) => view.setInt32(4 * i, Number(limb), true))
  return bytes
}

function scalarValue(element: Uint8Array): bigint {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength)
  let value = 0n
  for (let i = LIMBS - 1; i >= 0; i--) {
    value = (value << BigInt(BITS)) + BigInt(view.getInt32(4 * i, true))
  }
  return value
}

function limbsOf(integer: bigint): bigint[] {
  return Array.from({ length: LIMBS }, (_, i) => (integer >> BigInt(BITS * i)) & MASK)
}
