import { i32, i64, store } from '../code.ts'
import type { Callable, FunctionBuilder, I32, I64, ModuleBuilder } from '../code.ts'
import {
  LIMBS,
  LIMB_BITS,
  RADIX,
  addTo,
  at,
  carry,
  join,
  limbsOf,
  modulusOf,
  split,
  sumOfRows,
} from '../limbs.ts'
import type { Int } from '../limbs.ts'
import type { Layout } from '../layout.ts'
import { PRIME_BYTES, address, assertWithin, place, slotAt } from './field-code.ts'
import type { Bounds, LaneCode, Place, Slot } from './field-code.ts'
import { INVERSE, INVERTIBLE, addInverse } from './inverse.ts'
import { addPrimeFunctions } from './prime-code.ts'
import type { PrimeCode } from './prime-code.ts'

// Nine limbs of 29 bits in 32-bit integers with a sign. Products of limbs are added up as 64-bit
// integers, and carried only at the end of a column: nine of 2^59 leave room below 2^63. Runs on
// every engine that has WebAssembly at all.

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
  const ratio = Number((modulus << 64n) / RADIX) / 2 ** 64
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
    one: slotAt(place(layout.constant(scalarElement(RADIX % modulus))), REDUCED),
    add: linear(i32.add),
    sub: linear(i32.sub),
    mul(f, to, a, b) {
      const [x, y] = fit(f, a, b)
      f.emit(functions.mul.call(address(to), address(x), address(y)))
      return slotAt(to, product(x, y))
    },
    mulEach: (f, products) => products.map(([to, a, b]) => field.mul(f, to, a, b)),
    sqrEach: (f, squares) => squares.map(([to, a]) => field.sqr(f, to, a)),
    mulPairEach: (f, pairs) =>
      pairs.map(({ to, first, sign, second }) => field.mulPair(f, to, first, sign, second)),
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
      assertWithin(a, INVERTIBLE)
      f.emit(inverse.call(address(to), address(a)))
      return slotAt(to, INVERSE)
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
  const prime = addPrimeFunctions(layout, modulus, field, {
    radix: RADIX,
    slot: (integer = 0n) => scalarElement(integer),
    elements: (bytes) => [bytes],
    valueOf: scalarValue,
    unpack: unpackFunction(module, name),
    pack: packFunction(module, name, modulus),
  })
  const inverse = addInverse(module, layout, `${name}_inv`, prime)
  return prime
}

interface Functions {
  readonly mul: Callable
  readonly mulAdd: Callable
  readonly mulSub: Callable
  readonly sqr: Callable
  readonly reduce: Callable
  readonly zeros: (slot: I32) => I32
}

function addFunctions(module: ModuleBuilder, name: string, integer: bigint): Functions {
  const modulus = modulusOf(integer)
  const p = modulus.limbs
  const mul = module.define(`${name}_mul`, ['i32', 'i32', 'i32'] as const, (f, [to, a, b]) => {
    const second = loadAll(f, b)
    const sum = sumOfRows(f, modulus, (i) => {
      const first = f.let(i64.load32S(a, 4 * i))
      return second.map((limb) => i64.mul(first, limb))
    })
    storeAll(f, to, sum)
  })
  const pair = (operation: string, combine: (x: I64, y: I64) => I64): Callable =>
    module.define(
      `${name}_${operation}`,
      ['i32', 'i32', 'i32', 'i32', 'i32'] as const,
      (f, [to, a, b, c, d]) => {
        const [first, second] = [loadAll(f, b), loadAll(f, d)]
        const sum = sumOfRows(f, modulus, (i) => {
          const [x, y] = [f.let(i64.load32S(a, 4 * i)), f.let(i64.load32S(c, 4 * i))]
          return first.map((limb, j) => combine(i64.mul(x, limb), i64.mul(y, at(second, j))))
        })
        storeAll(f, to, sum)
      },
    )
  const mulAdd = pair('muladd', i64.add)
  const mulSub = pair('mulsub', i64.sub)
  const sqr = module.define(`${name}_sqr`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    const sum = sumOfRows(f, modulus, (i) => {
      const limb = at(limbs, i)
      const twice = i + 1 < LIMBS ? f.let(i64.add(limb, limb)) : limb
      // What is below the diagonal is in the doubled products of earlier rows.
      return limbs.map((other, j) => (j < i ? undefined : i64.mul(j === i ? limb : twice, other)))
    })
    storeAll(f, to, sum)
  })
  const reduce = module.define(`${name}_reduce`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    reduceLimbs(f, limbs, p)
    storeAll(f, to, limbs)
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

/** Carries, and takes the multiple of the modulus off that the highest limb tells. */
function reduceLimbs(f: FunctionBuilder, limbs: readonly Int[], p: readonly bigint[]): void {
  carry(f, limbs)
  // Rounded up, so that the multiple is never too large but by what the lower limbs hide.
  const reciprocal = (1n << 40n) / (at(p, LIMBS - 1) + 1n)
  const multiple = f.let(i64.shrS(i64.mul(at(limbs, LIMBS - 1), i64.const(reciprocal)), 40))
  limbs.forEach((limb, i) => f.set(limb, i64.sub(limb, i64.mul(multiple, i64.const(at(p, i))))))
  carry(f, limbs)
}

function loadAll(f: FunctionBuilder, pointer: I32): Int[] {
  return Array.from({ length: LIMBS }, (_, i) => f.let(i64.load32S(pointer, 4 * i)))
}

function storeAll(f: FunctionBuilder, pointer: I32, limbs: readonly Int[]): void {
  limbs.forEach((limb, i) => f.emit(store.i64Low32(pointer, limb, 4 * i)))
}

function copy(f: FunctionBuilder, to: Place, from: Place): void {
  for (let i = 0; i < LIMBS; i++) {
    f.emit(store.i32(to.pointer, loadLimb(from, i), to.offset + 4 * i))
  }
}

const loadLimb = ({ pointer, offset }: Place, i: number): I32 => i32.load(pointer, offset + 4 * i)

function unpackFunction(module: ModuleBuilder, name: string) {
  const callable = module.define(`${name}_unpack`, ['i32', 'i32'] as const, (f, [to, from]) => {
    storeAll(f, to, split(f, from))
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
    limbs.forEach((limb, i) => {
      addTo(f, limb, i64.const(at(p, i)))
    })
    carry(f, limbs)
    join(f, to, limbs)
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
    value = (value << BigInt(LIMB_BITS)) + BigInt(view.getInt32(4 * i, true))
  }
  return value
}
