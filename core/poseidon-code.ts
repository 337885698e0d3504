import { FULL_ROUNDS } from './poseidon-constants.ts'
import type { Plan } from './poseidon.ts'
import { moduleBytes } from './wasm/binary.ts'
import { ModuleBuilder, i32, i64, store } from './wasm/code.ts'
import type { Callable, FunctionBuilder, I32, I64, Local } from './wasm/code.ts'
import { FIELD_ORDER } from './field.ts'
import {
  LIMBS,
  LIMB_BITS,
  RADIX,
  addTo,
  at,
  belowModulus,
  carry,
  join,
  limbsOf,
  modulusOf,
  product,
  reduced,
  split,
} from './wasm/limbs.ts'
import type { Int } from './wasm/limbs.ts'

// Poseidon as WebAssembly, for those who hash a great deal: the steps of `poseidon.ts` over nine
// limbs. Nearly all of its time goes into inner products with constants. They are taken pointwise,
// after Karatsuba: an element is kept as the values of its limbs and of sums of them at 36 points,
// where 81 products of limbs would be, and a whole sum is put together and reduced once.

const MODULUS = modulusOf(FIELD_ORDER)

/** Three blocks of three limbs; of both levels the points are the parts and the sums of two. */
const PARTS = 3
const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const
const POINTS = (PARTS + PAIRS.length) ** 2
const COLUMNS = 2 * LIMBS - 1

const WORD_BYTES = 32
/** Limbs and points in 32 bits each: sums of four limbs are below 2^31. */
const NUMBER_BYTES = 4
const LIMBS_BYTES = NUMBER_BYTES * LIMBS
const POINTS_BYTES = NUMBER_BYTES * POINTS

/** Sums of columns stay so far from 2^63 that a multiple of the modulus has place beside them. */
const MAX_COLUMN = (1n << 63n) - 10n * (1n << BigInt(2 * LIMB_BITS))

/** A module that hashes, and what its memory has to hold before. */
export interface PoseidonProgram {
  /** Imports `env.memory`, exports `hash()`. */
  readonly code: Uint8Array<ArrayBuffer>
  /** The memory at the start. */
  readonly memory: Uint8Array<ArrayBuffer>
  /** Where the inputs are read, 32 bytes each, little-endian. */
  readonly inputs: number
  /** Where the hash is written. */
  readonly output: number
}

/** @throws TypeError if constants are so large that sums of products might not fit 64 bits. */
export function poseidonProgram(plan: Plan): PoseidonProgram {
  const places = placesOf(plan)
  const module = new ModuleBuilder()
  addHash(module, plan, places)
  const exported = module.functions.map((code) => code)
  const { inputs, output } = places
  return { code: moduleBytes(exported), memory: initialMemory(plan, places), inputs, output }
}

/** What stands where in memory. */
interface Places {
  readonly inputs: number
  readonly output: number
  /** The rows of matrices and the vectors of the recurrence, as points. */
  readonly matrix: number
  readonly entry: number
  readonly exit: number
  readonly recurrenceOutput: number
  readonly feedback: number
  /** What is added, as limbs. */
  readonly fullConstants: number
  readonly partialConstants: number
  readonly zeros: number
  /** The state, as limbs, and after the S-boxes, as points. */
  readonly state: number
  readonly boxed: number
  /** The sequence of the partial rounds, as points; it grows towards its start. */
  readonly terms: number
  readonly scratch: number
  readonly end: number
}

function placesOf({ matrix, partialRounds }: Plan): Places {
  const width = matrix.length
  let end = 0
  const room = (bytes: number): number => {
    const place = end
    end += Math.ceil(bytes / 8) * 8
    return place
  }
  return {
    inputs: room(WORD_BYTES * (width - 1)),
    output: room(WORD_BYTES),
    matrix: room(POINTS_BYTES * width ** 2),
    entry: room(POINTS_BYTES * width ** 2),
    exit: room(POINTS_BYTES * width ** 2),
    recurrenceOutput: room(POINTS_BYTES * width),
    feedback: room(POINTS_BYTES * width),
    fullConstants: room(LIMBS_BYTES * width * FULL_ROUNDS),
    partialConstants: room(LIMBS_BYTES * partialRounds),
    zeros: room(LIMBS_BYTES * width),
    state: room(LIMBS_BYTES * width),
    boxed: room(POINTS_BYTES * width),
    terms: room(POINTS_BYTES * (width + partialRounds)),
    scratch: room(LIMBS_BYTES),
    end,
  }
}

function initialMemory(plan: Plan, places: Places): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(places.end)
  const view = new DataView(memory.buffer)
  const write = (place: number, numbers: readonly (readonly bigint[])[]): void => {
    numbers.flat().forEach((number, i) => {
      view.setInt32(place + NUMBER_BYTES * i, Number(number), true)
    })
  }
  const { matrix, entry, exit, output, feedback, fullConstants, partialConstants } = plan
  for (const [place, rows] of [
    [places.matrix, matrix],
    [places.entry, entry],
    [places.exit, exit],
    [places.recurrenceOutput, [output]],
    [places.feedback, [feedback]],
  ] as const) {
    rows.forEach(assertSumsFit)
    write(
      place,
      rows.flat().map((factor) => pointsOf(balancedLimbs(toMontgomery(factor)))),
    )
  }
  const addends = (values: readonly bigint[]): bigint[][] =>
    values.map((value) => limbsOf(toMontgomery(value)))
  write(places.fullConstants, addends(fullConstants.flat()))
  write(places.partialConstants, addends(partialConstants))
  return memory
}

function toMontgomery(value: bigint): bigint {
  return (value * RADIX) % FIELD_ORDER
}

/** Limbs from -2^28 to 2^28: positive and negative products nearly even out in a sum. */
function balancedLimbs(value: bigint): bigint[] {
  const half = 1n << BigInt(LIMB_BITS - 1)
  let rest = value
  return Array.from({ length: LIMBS }, () => {
    const limb = BigInt.asIntN(LIMB_BITS, rest)
    rest = (rest - limb) >> BigInt(LIMB_BITS)
    if (limb < -half || limb > half) throw new TypeError('no balanced limb')
    return limb
  })
}

function pointsOf(limbs: readonly bigint[]): bigint[] {
  const withSums = <T>(parts: readonly T[], sum: (a: T, b: T) => T): T[] => [
    ...parts,
    ...PAIRS.map(([i, j]) => sum(at(parts, i), at(parts, j))),
  ]
  const blocks = Array.from({ length: PARTS }, (_, i) => limbs.slice(PARTS * i, PARTS * (i + 1)))
  const sums = withSums(blocks, (a, b) => a.map((limb, i) => limb + at(b, i)))
  return sums.flatMap((block) => withSums(block, (a, b) => a + b))
}

/** The limbs of a vector are from 0 to 2^29, so that a column is between two sums of constants. */
function assertSumsFit(row: readonly bigint[]): void {
  const bounds = (isCounted: (limb: bigint) => boolean): bigint => {
    const totals = Array<bigint>(LIMBS).fill(0n)
    for (const factor of row) {
      balancedLimbs(toMontgomery(factor)).forEach((limb, i) => {
        if (isCounted(limb)) totals[i] = (totals[i] ?? 0n) + (limb < 0n ? -limb : limb)
      })
    }
    // The middle column has a product with every limb, each other column with some.
    return totals.reduce((sum, total) => sum + total, 0n) << BigInt(LIMB_BITS)
  }
  if (bounds((limb) => limb > 0n) > MAX_COLUMN || bounds((limb) => limb < 0n) > MAX_COLUMN) {
    throw new TypeError('a sum of products might not fit')
  }
}

function addHash(module: ModuleBuilder, plan: Plan, places: Places): void {
  const width = plan.matrix.length
  const steps = addSteps(module, width)
  const half = FULL_ROUNDS / 2
  const constantsOf = (round: number): number => places.fullConstants + LIMBS_BYTES * width * round
  const entering = module.define('enter', [] as const, (f) => {
    f.emit(steps.copy.call(i32.const(places.state), i32.const(places.fullConstants)))
    for (let i = 1; i < width; i++) {
      const from = places.inputs + WORD_BYTES * (i - 1)
      const [to, constant] = [places.state, places.fullConstants].map((p) => p + LIMBS_BYTES * i)
      f.emit(steps.enter.call(...[to, from, constant].map((place) => i32.const(place ?? 0))))
    }
  })
  const boxes = module.define('boxes', [] as const, (f) => {
    each(f, width, (i) => {
      const scratch = i32.const(places.scratch)
      f.emit(steps.box.call(scratch, element(places.state, LIMBS_BYTES, i)))
      f.emit(steps.spread.call(element(places.boxed, POINTS_BYTES, i), scratch))
    })
  })
  const mix = module.define(
    'mix',
    ['i32', 'i32', 'i32'] as const,
    (f, [matrix, vector, addend]) => {
      each(f, width, (i) => {
        const row = i32.add(matrix, i32.mul(i, i32.const(POINTS_BYTES * width)))
        const added = i32.add(addend, i32.mul(i, i32.const(LIMBS_BYTES)))
        f.emit(steps.inner.call(element(places.state, LIMBS_BYTES, i), row, vector, added))
      })
    },
  )
  const partial = module.define('partial', [] as const, (f) => {
    const scratch = i32.const(places.scratch)
    const state = i32.const(places.state)
    const newest = f.let(i32.const(places.terms + POINTS_BYTES * plan.partialRounds))
    each(f, width, (i) => {
      const to = i32.add(newest, i32.mul(i, i32.const(POINTS_BYTES)))
      f.emit(steps.spread.call(to, element(places.state, LIMBS_BYTES, i)))
    })
    each(f, plan.partialRounds, (round) => {
      const constant = element(places.partialConstants, LIMBS_BYTES, round)
      const [output, feedback] = [places.recurrenceOutput, places.feedback].map(i32.const)
      if (!output || !feedback) throw new TypeError('no recurrence')
      f.emit(steps.inner.call(scratch, output, newest, constant))
      f.emit(steps.box.call(scratch, scratch))
      f.emit(steps.inner.call(state, feedback, newest, scratch))
      f.set(newest, i32.sub(newest, i32.const(POINTS_BYTES)))
      f.emit(steps.spread.call(newest, state))
    })
  })
  module.define('hash', [] as const, (f) => {
    const mixed = (matrix: number, vector: number, addend: number): void => {
      f.emit(mix.call(i32.const(matrix), i32.const(vector), i32.const(addend)))
    }
    f.emit(entering.call())
    for (let round = 0; round < half; round++) {
      f.emit(boxes.call())
      if (round < half - 1) mixed(places.matrix, places.boxed, constantsOf(round + 1))
    }
    mixed(places.entry, places.boxed, places.zeros)
    f.emit(partial.call())
    mixed(places.exit, places.terms, constantsOf(half))
    for (let round = half; round < FULL_ROUNDS; round++) {
      f.emit(boxes.call())
      if (round < FULL_ROUNDS - 1) mixed(places.matrix, places.boxed, constantsOf(round + 1))
    }
    const first = [places.state, places.matrix, places.boxed, places.zeros]
    f.emit(steps.inner.call(...first.map((place) => i32.const(place))))
    f.emit(steps.leave.call(i32.const(places.output), i32.const(places.state)))
  })
}

type Step = Readonly<Record<'copy' | 'enter' | 'box' | 'spread' | 'inner' | 'leave', Callable>>

function addSteps(module: ModuleBuilder, width: number): Step {
  const two = ['i32', 'i32'] as const
  const radixSquared = limbsOf(toMontgomery(RADIX)).map((limb) => i64.const(limb))
  return {
    copy: module.define('copy', two, (f, [to, from]) => {
      storeLimbs(f, to, loadLimbs(from))
    }),
    /** From an integer, with a constant added. */
    enter: module.define('enterOne', ['i32', 'i32', 'i32'] as const, (f, [to, from, addend]) => {
      const limbs = product(f, MODULUS, split(f, from), radixSquared)
      loadLimbs(addend).forEach((limb, i) => {
        addTo(f, at(limbs, i), limb)
      })
      carry(f, limbs)
      storeLimbs(f, to, limbs)
    }),
    /** The fifth power. */
    box: module.define('box', two, (f, [to, from]) => {
      const x = loadLimbs(from).map((limb) => f.let(limb))
      const square = product(f, MODULUS, x, x)
      const power = product(f, MODULUS, product(f, MODULUS, square, square), x)
      storeLimbs(f, to, power)
    }),
    spread: module.define('spread', two, (f, [to, from]) => {
      addSpread(f, to, from)
    }),
    inner: module.define(
      'inner',
      ['i32', 'i32', 'i32', 'i32'] as const,
      (f, [to, row, vector, addend]) => {
        storeLimbs(
          f,
          to,
          reduced(f, MODULUS, innerProduct(f, width, row, vector), loadLimbs(addend)),
        )
      },
    ),
    leave: module.define('leave', two, (f, [to, from]) => {
      const limbs = product(f, MODULUS, loadLimbs(from), [i64.const(1n)])
      belowModulus(f, MODULUS, limbs)
      join(f, to, limbs)
    }),
  }
}

/** Pointwise, block of points by block, so that its sums stay in registers; then the columns. */
function innerProduct(
  f: FunctionBuilder,
  width: number,
  row: Local<'i32'>,
  vector: Local<'i32'>,
): Int[] {
  const columns = f.locals('i64', COLUMNS + 1)
  const blocks = PARTS + PAIRS.length
  const [factor, term] = [f.local('i32'), f.local('i32')]
  for (let block = 0; block < blocks; block++) {
    const sums = f.locals('i64', blocks)
    const offset = NUMBER_BYTES * blocks * block
    f.set(factor, row)
    f.set(term, vector)
    f.while(i32.ltU(factor, i32.add(row, i32.const(POINTS_BYTES * width))), () => {
      sums.forEach((sum, point) => {
        const place = offset + NUMBER_BYTES * point
        addTo(f, sum, i64.mul(i64.load32S(factor, place), i64.load32U(term, place)))
      })
      f.set(factor, i32.add(factor, i32.const(POINTS_BYTES)))
      f.set(term, i32.add(term, i32.const(POINTS_BYTES)))
    })
    addBlock(f, columns, block, polynomialOf(f, sums))
  }
  return columns
}

/** The five coefficients of a product of two polynomials of three, from its values. */
function polynomialOf(f: FunctionBuilder, sums: readonly Int[]): Int[] {
  const coefficients = f.locals('i64', 2 * PARTS - 1)
  combine(sums, (place, value, isAdded) => {
    const coefficient = at(coefficients, place)
    f.set(coefficient, isAdded ? i64.add(coefficient, value) : i64.sub(coefficient, value))
  })
  return coefficients
}

function addBlock(
  f: FunctionBuilder,
  columns: readonly Int[],
  block: number,
  coefficients: readonly Int[],
): void {
  const values = Array.from({ length: PARTS + PAIRS.length }, (_, i) => i === block)
  combine(values, (place, isThis, isAdded) => {
    if (!isThis) return
    coefficients.forEach((value, i) => {
      const column = at(columns, PARTS * place + i)
      f.set(column, isAdded ? i64.add(column, value) : i64.sub(column, value))
    })
  })
}

/** Karatsuba: what of three products of parts and three of sums belongs to which of five places. */
function combine<T>(
  values: readonly T[],
  use: (place: number, value: T, isAdded: boolean) => void,
): void {
  for (let part = 0; part < PARTS; part++) use(2 * part, at(values, part), true)
  PAIRS.forEach(([i, j], pair) => {
    use(i + j, at(values, PARTS + pair), true)
    use(i + j, at(values, i), false)
    use(i + j, at(values, j), false)
  })
}

/** An element's values at the points; the same as `pointsOf`. */
function addSpread(f: FunctionBuilder, to: I32, from: I32): void {
  const limbs = loadLimbs(from).map((limb) => f.let(limb))
  const blocks = [0, 1, 2].map((i) => limbs.slice(PARTS * i, PARTS * (i + 1)))
  const sums = PAIRS.map(([i, j]) =>
    at(blocks, i).map((limb, k) => f.let(i64.add(limb, at(at(blocks, j), k)))),
  )
  const points = [...blocks, ...sums].flatMap((block): I64[] => [
    ...block,
    ...PAIRS.map(([i, j]) => i64.add(at(block, i), at(block, j))),
  ])
  points.forEach((point, i) => {
    f.emit(store.i64Low32(to, point, NUMBER_BYTES * i))
  })
}

function loadLimbs(from: I32): I64[] {
  return Array.from({ length: LIMBS }, (_, i) => i64.load32U(from, NUMBER_BYTES * i))
}

function storeLimbs(f: FunctionBuilder, to: I32, limbs: readonly I64[]): void {
  limbs.forEach((limb, i) => {
    f.emit(store.i64Low32(to, limb, NUMBER_BYTES * i))
  })
}

function element(place: number, bytes: number, index: I32): I32 {
  return i32.add(i32.const(place), i32.mul(index, i32.const(bytes)))
}

function each(f: FunctionBuilder, count: number, body: (index: Local<'i32'>) => void): void {
  const index = f.let(i32.const(0))
  f.upTo(index, i32.const(count), 1, () => {
    body(index)
  })
}
