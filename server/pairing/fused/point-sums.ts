import type { Address } from '../../../core/wasm/memory.ts'
import type { Coefficient } from '../coefficients.ts'
import type { PairingMachine } from './machine.ts'
import { twos } from './point-lanes.ts'
import type { Point, PointLanes } from './point-lanes.ts'

/** What the digits of a scalar stand for: for each of its places, one to sixteen times a point. */
export type Multiples = readonly (readonly Point[])[]

/** A point, or its opposite where the sign is 1. */
export interface Summand {
  readonly point: Point
  readonly sign: 0 | 1
}

/** A digit of a scalar is from -15 to 16. */
const DIGIT_BITS = 5
const DIGIT_VALUES = 1 << DIGIT_BITS
const LARGEST_DIGIT = DIGIT_VALUES / 2
/** Digits that are taken out of a scalar at once, within the 53 bits of a number. */
const CHUNK = 10
/** Digits of a scalar of 254 bits, and of what is carried beyond them. */
const DIGITS = Math.ceil(255 / DIGIT_BITS)

/** Bits of a digit of half a coefficient, from 0 to 15. */
const WINDOW = 4
const WINDOW_ENTRIES = 1 << WINDOW
const HALF_BITS = 64

/** Sums in G1. */
export class PointSums {
  readonly #machine: PairingMachine
  readonly #points: PointLanes

  constructor(machine: PairingMachine, points: PointLanes) {
    this.#machine = machine
    this.#points = points
  }

  sum(summands: readonly Summand[]): Point {
    const points = this.#points
    const { element } = this.#machine.module.g1
    return this.#machine.temporarily(() => {
      const sum = points.gather('g1', [points.zero, points.zero])
      const both = points.room('g1')
      // All at once: there can be hundreds. An odd one is added to zero.
      const nothing: Summand = { point: points.zero, sign: 0 }
      const even = summands.length % 2 === 0 ? summands : [...summands, nothing]
      const at = this.#machine.allocate(even.length * element)
      const bytes = this.#machine.bytes(at, even.length * element)
      even.forEach(({ point }, i) => bytes.set(point, i * element))
      for (let i = 0; i < even.length; i += 2) {
        const [low, high] = [at + i * element, at + (i + 1) * element]
        const [first = nothing, second = nothing] = [even[i], even[i + 1]]
        this.#machine.call('g1_gather', both, low, high, first.sign, second.sign)
        this.#machine.call('g1_add', sum, sum, both)
      }
      const [low, high] = points.scatter('g1', sum)
      points.gatherTo(sum, 'g1', [low, low])
      points.gatherTo(both, 'g1', [high, high])
      this.#machine.call('g1_add', sum, sum, both)
      return points.taken('g1', sum)
    })
  }

  /** One or two points, each times its coefficient. */
  scaled(
    terms: readonly { readonly point: Point; readonly coefficient?: Coefficient }[],
  ): readonly Point[] {
    const [first, second = first] = terms
    if (first?.coefficient === undefined || second?.coefficient === undefined) {
      return terms.map(({ point }) => point)
    }
    const coefficients = [first.coefficient, second.coefficient]
    const points = this.#points
    return this.#machine.temporarily(() => {
      const entry = this.#window([first.point, second.point])
      const sum = points.gather('g1', [points.zero, points.zero])
      const both = points.room('g1')
      for (let bit = HALF_BITS - WINDOW; bit >= 0; bit -= WINDOW) {
        for (let i = 0; i < WINDOW; i++) this.#machine.call('g1_double', sum, sum)
        for (const half of [0, 1] as const) {
          const digits = coefficients.map(({ halves }) =>
            Number((halves[half] >> BigInt(bit)) & BigInt(WINDOW_ENTRIES - 1)),
          )
          const entries = digits.map((digit, lane) => entry(lane, half, digit))
          this.#machine.call('g1_gather', both, ...entries, 0, 0)
          this.#machine.call('g1_add', sum, sum, both)
        }
      }
      return points.scatter('g1', sum).slice(0, terms.length)
    })
  }

  /** For each point what digits of scalars stand for. */
  multiples(points: readonly Point[]): Multiples[] {
    return twos(points).flatMap(([low, high]) =>
      this.#machine.temporarily(() => {
        const { element } = this.#machine.module.g1
        const bytes = DIGITS * LARGEST_DIGIT * element
        const tables = [this.#machine.allocate(bytes), this.#machine.allocate(bytes)]
        const place = this.#points.gather('g1', [low, high ?? low])
        const multiple = this.#points.room('g1')
        for (let at = 0; at < DIGITS; at++) {
          for (let digit = 1; digit <= LARGEST_DIGIT; digit++) {
            const last = digit === 1 ? place : multiple
            if (digit === 2) this.#machine.call('g1_double', multiple, place)
            if (digit > 2) this.#machine.call('g1_add', multiple, multiple, place)
            const offset = (at * LARGEST_DIGIT + digit - 1) * element
            this.#machine.call('g1_scatter', ...tables.map((table) => table + offset), last)
          }
          this.#machine.call('g1_double', place, multiple)
        }
        return tables.slice(0, high === undefined ? 1 : 2).map((table) => {
          const all = this.#machine.copy(table, bytes)
          return Array.from({ length: DIGITS }, (_, at) =>
            Array.from({ length: LARGEST_DIGIT }, (_unused, i) => {
              const offset = (at * LARGEST_DIGIT + i) * element
              return all.subarray(offset, offset + element)
            }),
          )
        })
      }),
    )
  }

  /**
   * Multiples of two points, and of their images under the endomorphism.
   *
   * @returns Where each is, as scattered.
   */
  #window(points: readonly [Point, Point]): (lane: number, image: 0 | 1, digit: number) => Address {
    const { element } = this.#machine.module.g1
    const table = this.#machine.allocate(4 * WINDOW_ENTRIES * element)
    const entry = (lane: number, image: 0 | 1, digit: number): Address =>
      table + ((lane * 2 + image) * WINDOW_ENTRIES + digit) * element
    this.#machine.temporarily(() => {
      const p = this.#points.gather('g1', points)
      const multiple = this.#points.gather('g1', [this.#points.zero, this.#points.zero])
      const image = this.#points.room('g1')
      for (let digit = 0; digit < WINDOW_ENTRIES; digit++) {
        if (digit > 0) this.#machine.call('g1_add', multiple, multiple, p)
        this.#machine.call('g1_scatter', entry(0, 0, digit), entry(1, 0, digit), multiple)
        this.#machine.call('g1_endomorphism', image, multiple)
        this.#machine.call('g1_scatter', entry(0, 1, digit), entry(1, 1, digit), image)
      }
    })
    return entry
  }
}

/** What adds up to a point times a scalar below the order. */
export function summandsOf(multiples: Multiples, scalar: bigint): Summand[] {
  const summands: Summand[] = []
  let [rest, bits, carry] = [scalar, 0, 0]
  for (const [at, of] of multiples.entries()) {
    // Numbers are faster than integers of any size: ten digits of these at a time.
    if (at % CHUNK === 0) {
      if (rest === 0n && carry === 0) break
      bits = Number(BigInt.asUintN(CHUNK * DIGIT_BITS, rest))
      rest >>= BigInt(CHUNK * DIGIT_BITS)
    }
    const digit = (bits % DIGIT_VALUES) + carry
    bits = Math.floor(bits / DIGIT_VALUES)
    carry = digit > LARGEST_DIGIT ? 1 : 0
    const signed = digit - carry * DIGIT_VALUES
    const point = of[Math.abs(signed) - 1]
    if (point !== undefined) summands.push({ point, sign: signed < 0 ? 1 : 0 })
  }
  if (rest !== 0n || bits !== 0 || carry !== 0) {
    throw new TypeError('a scalar that is not below the order')
  }
  return summands
}
