import { i32, i64, f64x2, i64x2, store, v128 } from '../code.ts'
import type { Callable, FunctionBuilder, I32, Local, ModuleBuilder, V128 } from '../code.ts'
import { at, carry, join, split } from '../limbs.ts'
import type { Layout } from '../layout.ts'
import { PRIME_BYTES, address, assertWithin, place, slotAt } from './field-code.ts'
import type { Bounds, LaneCode, Place, Product, Slot, SumsCode } from './field-code.ts'
import {
  BITS,
  FMA_RADIX,
  INTEGER,
  LIMBS,
  LOWER_BITS,
  LOWER_MAGIC,
  SHAPE,
  SIGN_BIT,
  SLOT_BYTES,
  UPPER_MAGIC,
  balancedLimbs,
  fmaSlot,
  loadAll,
  loadLimb,
  nearestToZero,
  storeLimb,
} from './fma-limbs.ts'
import { MAX_PRODUCTS, WAYS, reductionBy, writeSquares, writeSums } from './fma-products.ts'
import type { Reduction } from './fma-products.ts'
import { INVERSE, INVERTIBLE, addInverse } from './inverse.ts'
import { addPrimeFunctions } from './prime-code.ts'
import type { PrimeCode } from './prime-code.ts'

// Five limbs of 51 bits in doubles, two elements side by side in a vector. A fused multiply-add
// rounds a product of 102 bits to its upper half; the same again without it gives the lower half
// exactly (F. de Dinechin and others call the trick of the added constant "magic"; its use for
// modular multiplication: N. Emmart, F. Zheng, C. Weems, "Faster modular exponentiation using double
// precision floating point arithmetic on the GPU", 2018). WebAssembly rounds to nearest only, so
// limbs are balanced: between -2^50 and 2^50.

/** |a limb · a limb| must not reach 2^102, with limbs in units of 2^50. */
const MAX_LIMB_PRODUCT = 4
/** The highest limb must stay below 2^51; a value of 1 has it at 2^49.6. */
const MAX_VALUE = 2.5
/** Sums of doubles are exact below 2^53, also while a multiple of the modulus is taken off. */
const MAX_LIMB = 4

/** What reducing adds to a product: up to half the modulus, and a little. */
const HALF_MODULUS = 0.501

const REDUCED: Bounds = { value: 0.51, limb: 1 }
const PRODUCT: Bounds = { value: 1.02, limb: 1 }

/** What this representation has besides. */
interface Sums extends LaneCode, SumsCode {
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
  const functions = addFunctions(module, name, reductionBy(layout, modulus))
  // Of its representatives the nearest to zero: kernels put it in the place of reduced elements.
  const one = fmaSlot(nearestToZero(FMA_RADIX % modulus, modulus))
  const scratch = Array.from({ length: WAYS }, () => [
    layout.room(SLOT_BYTES),
    layout.room(SLOT_BYTES),
  ])

  /** Operands that can be multiplied, reduced where they could not. */
  const fit = (f: FunctionBuilder, a: Slot, b: Slot, way: number): readonly [Slot, Slot] => {
    if (isFit(a, b)) return [a, b]
    const [first, second] = scratch[way] as [I32, I32]
    const [larger, smaller] = a.limb * a.value >= b.limb * b.value ? [a, b] : [b, a]
    const once = field.reduce(f, place(first), larger)
    if (isFit(once, smaller)) return [once, smaller]
    return [once, field.reduce(f, place(second), smaller)]
  }
  const isFit = (a: Slot, b: Slot): boolean =>
    a.limb * b.limb <= MAX_LIMB_PRODUCT && product(a, b).value <= MAX_VALUE
  const productValue = ([a, b]: readonly [Bounds, Bounds]): number => a.value * b.value * ratio
  const boundsOf = (value: number): Bounds => ({ value, limb: Math.max(1, value * topLimb) })
  const product = (a: Bounds, b: Bounds): Bounds => boundsOf(productValue([a, b]) + HALF_MODULUS)
  /** @throws TypeError if the sum could overflow. */
  const sumValue = (products: readonly Product[]): number => {
    const value = products.reduce((sum, [, a, b]) => sum + productValue([a, b]), HALF_MODULUS)
    const isWide = products.some(([, a, b]) => a.limb * b.limb > MAX_LIMB_PRODUCT)
    if (isWide || value > MAX_VALUE || products.length > MAX_PRODUCTS) {
      throw new TypeError('a sum of products could overflow')
    }
    return value
  }
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
    one: slotAt(place(layout.constant(one)), REDUCED),
    add: linear(f64x2.add),
    sub: linear(f64x2.sub),
    mul: (f, to, a, b) => only(field.mulEach(f, [[to, a, b]])),
    mulEach: (f, products) =>
      inWays(products, (some) => {
        const fitted = some.map(([to, a, b], way) => [to, ...fit(f, a, b, way)] as const)
        f.emit(functions.sums(some.map(() => '+')).call(...fitted.flat().map(address)))
        return fitted.map(([to, a, b]) => slotAt(to, product(a, b)))
      }),
    mulPair: (f, to, first, sign, second) =>
      only(field.mulPairEach(f, [{ to, first, sign, second }])),
    mulPairEach: (f, pairs) =>
      field.mulSumEach(
        f,
        pairs.map(({ to, first, sign, second }) => [
          to,
          [
            ['+', ...first],
            [sign, ...second],
          ],
        ]),
      ),
    mulSum: (f, to, products) => only(field.mulSumEach(f, [[to, products]])),
    mulSumEach: (f, sums) =>
      inWays(sums, (some) => {
        const values = some.map(([, products]) => sumValue(products))
        const operands = some.map(([to, products]) => [
          to,
          ...products.flatMap(([, a, b]) => [a, b]),
        ])
        const signs = some.map(([, products]) => products.map(([sign]) => sign).join(''))
        f.emit(functions.sums(signs).call(...operands.flat().map(address)))
        return some.map(([to], way) => slotAt(to, boundsOf(at(values, way))))
      }),
    pairFits: (a, b) =>
      a.limb * b.limb <= MAX_LIMB_PRODUCT && 2 * productValue([a, b]) + HALF_MODULUS <= MAX_VALUE,
    sqr: (f, to, a) => only(field.sqrEach(f, [[to, a]])),
    sqrEach: (f, squares) =>
      inWays(squares, (some) => {
        const fitted = some.map(([to, a], way) => {
          // The square doubles limbs before it multiplies them.
          const isWide = 2 * a.limb * a.limb > MAX_LIMB_PRODUCT || !isFit(a, a)
          const [room] = scratch[way] as [I32, I32]
          return [to, isWide ? field.reduce(f, place(room), a) : a] as const
        })
        f.emit(functions.squares(some.length).call(...fitted.flat().map(address)))
        return fitted.map(([to, a]) => slotAt(to, product(a, a)))
      }),
    reduce(f, to, a) {
      // Its limbs, and those of the modulus as often as it is taken off.
      if (a.limb + Math.ceil(a.value) > 2 * MAX_LIMB) {
        throw new TypeError('an element is too far out to be reduced')
      }
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
  const prime = addPrimeFunctions(layout, modulus, field, {
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
  const inverse = addInverse(module, layout, `${name}_inv`, prime)
  return prime
}

/** As many at once as there are ways. */
function inWays<T>(items: readonly T[], work: (some: readonly T[]) => readonly Slot[]): Slot[] {
  const slots: Slot[] = []
  for (let i = 0; i < items.length; i += WAYS) slots.push(...work(items.slice(i, i + WAYS)))
  return slots
}

function only([slot]: readonly Slot[]): Slot {
  if (slot === undefined) throw new TypeError('nothing was computed')
  return slot
}

interface Functions {
  /** For each way an address to write to, and two for each of its products. */
  readonly sums: (signs: readonly string[]) => Callable
  /** For each way an address to write to, and one. */
  readonly squares: (ways: number) => Callable
  readonly multiple: (factor: number, sign: '+' | '-') => Callable
  readonly reduce: Callable
  readonly zeros: (slot: I32) => I32
}

/** `mul` for one product, else what is summed in each way. */
function labelOf(ways: readonly string[]): string {
  const label = ways.join('_')
  return label === '+' ? 'mul' : `sum${label}`
}

const I32_TYPE = () => 'i32' as const

function addFunctions(module: ModuleBuilder, name: string, modulus: Reduction): Functions {
  const p = modulus.limbs
  const known = new Map<string, Callable>()
  /** Defined once for each label. */
  const once = (label: string, define: (label: string) => Callable): Callable => {
    const made = known.get(label) ?? define(`${name}_${label}`)
    known.set(label, made)
    return made
  }
  const sums = (ways: readonly string[]): Callable =>
    once(labelOf(ways), (label) => {
      const operands = ways.flatMap((signs) =>
        Array.from({ length: 1 + 2 * signs.length }, I32_TYPE),
      )
      return module.define(label, operands, (f, addresses) =>
        writeSums(f, modulus, ways, addresses),
      )
    })
  const squares = (ways: number): Callable =>
    once(ways === 1 ? 'sqr' : `sqr${String(ways)}`, (label) =>
      module.define(label, Array.from({ length: 2 * ways }, I32_TYPE), (f, addresses) =>
        writeSquares(f, modulus, ways, addresses),
      ),
    )
  const reduce = module.define(`${name}_reduce`, ['i32', 'i32'] as const, (f, [to, a]) => {
    const limbs = loadAll(f, a)
    reduceLimbs(f, limbs, p)
    limbs.forEach((limb, i) => f.emit(storeLimb(place(to), i, limb)))
  })
  const multiple = (factor: number, sign: '+' | '-'): Callable =>
    once(`times${String(factor)}${sign}`, (label) =>
      module.define(label, ['i32', 'i32', 'i32'] as const, (f, [to, a, c]) => {
        const limbs = loadAll(f, a)
        multiplyLimbs(f, limbs, factor)
        const operation = sign === '+' ? f64x2.add : f64x2.sub
        limbs.forEach((limb, i) => f.set(limb, operation(limb, loadLimb(place(c), i))))
        reduceLimbs(f, limbs, p)
        limbs.forEach((limb, i) => f.emit(storeLimb(place(to), i, limb)))
      }),
    )
  const zeros = module.defineWithResult(`${name}_zeros`, ['i32'] as const, 'i32', (f, [a]) => {
    const limbs = loadAll(f, a)
    const any = limbs.slice(1).reduce<V128>((sum, limb) => v128.or(sum, limb), limbs[0] as V128)
    // Shifted, because a double can be -0.
    const zero = f.let(i64x2.eq(i64x2.shl(any, 1), v128.splat(0n)))
    const bit = (lane: 0 | 1): I32 => i32.wrap(i64.and(i64x2.lane(zero, lane), i64.const(1n)))
    return i32.or(bit(0), i32.shl(bit(1), i32.const(1)))
  })
  // By themselves, too, for the self-test.
  sums(['+'])
  squares(1)
  return { sums, squares, multiple, reduce, zeros }
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
