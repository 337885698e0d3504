import { CURVE_PARAMETER } from '../../../core/curve.ts'
import type { Address } from '../../../core/wasm/memory.ts'
import { nonAdjacentForm } from '../non-adjacent.ts'
import type { PairingMachine } from './machine.ts'
import { PARAMETER_DIGITS } from './point-lanes.ts'
import type { Lanes, Point, PointLanes } from './point-lanes.ts'

/** Two pairs whose points are known only now, or one in both lanes. */
export interface Pairs {
  readonly record: Address
  readonly lanes: 1 | 2
}

/** Two pairs whose points of G2 were known before, or one. */
export interface PreparedPairs {
  readonly lines: Address
  readonly ratios: Address
  readonly lanes: 1 | 2
}

type Step = 'double' | 'add' | 'subtract' | 'image' | 'secondImage'

/** The loop of the optimal ate pairing (Vercauteren, 2010): 6x + 2 by its digits, then two images. */
const STEPS: readonly Step[] = [
  ...nonAdjacentForm(6n * CURVE_PARAMETER + 2n)
    .toReversed()
    .slice(1)
    .flatMap((digit): Step[] => {
      if (digit === 0) return ['double']
      return ['double', digit === 1 ? 'add' : 'subtract']
    }),
  ...(['image', 'secondImage'] as const),
]

/** Miller loops, and what is done with their products. Values are copies of elements of Fp12. */
export class MillerLoops {
  readonly #machine: PairingMachine
  readonly #points: PointLanes
  readonly #one: Uint8Array

  constructor(machine: PairingMachine, points: PointLanes) {
    this.#machine = machine
    this.#points = points
    const { prime, towerBytes } = machine.module
    this.#one = new Uint8Array(towerBytes)
    this.#one.set(prime.slotOf(1n, 0n))
  }

  /** One or two points of G1, and as many of G2, ready to begin. */
  pairs(g1: readonly Point[], g2: readonly Point[]): Pairs {
    const { record } = this.#machine.module.loops
    const at = this.#machine.allocate(record.bytes)
    this.ratiosTo(at + record.ratios, lanesOf(g1))
    this.#begin(at, lanesOf(g2))
    return { record: at, lanes: g1.length === 1 ? 1 : 2 }
  }

  /** One or two points of G1, for lines that were prepared. */
  preparedPairs(lines: Uint8Array, g1: readonly Point[]): PreparedPairs {
    const { prime } = this.#machine.module
    const ratios = this.#machine.allocate(2 * prime.slotBytes)
    this.ratiosTo(ratios, lanesOf(g1))
    return { lines: this.#machine.put(lines), ratios, lanes: g1.length === 1 ? 1 : 2 }
  }

  ratiosTo(to: Address, points: Lanes<Point>): void {
    this.#machine.temporarily(() => {
      this.#machine.call('g1_ratios', to, this.#points.gather('g1', points))
    })
  }

  /** The lines of all steps, for one or two points of G2. */
  prepare(g2: readonly Point[]): Uint8Array {
    const { record, lineBytes } = this.#machine.module.loops
    return this.#machine.temporarily(() => {
      const at = this.#machine.allocate(record.bytes)
      this.#begin(at, lanesOf(g2))
      const lines = this.#machine.allocate(STEPS.length * lineBytes)
      STEPS.forEach((step, i) => {
        this.#step(at, step)
        this.#machine.call('line_store', lines + i * lineBytes)
      })
      return this.#machine.copy(lines, STEPS.length * lineBytes)
    })
  }

  /** The product of the loops of all pairs. */
  product(pairs: readonly Pairs[], prepared: readonly PreparedPairs[]): Uint8Array {
    const { lineBytes } = this.#machine.module.loops
    return this.#machine.temporarily(() => {
      const f = this.#machine.put(this.#one)
      STEPS.forEach((step, i) => {
        if (step === 'double' && i > 0) this.#machine.call('fp12_sqr', f, f)
        for (const { record, lanes } of pairs) {
          this.#step(record, step)
          this.#machine.call('line_scale', record)
          for (let lane = 0; lane < lanes; lane++) this.#machine.call(LINE[lane] ?? '', f)
        }
        for (const { lines, ratios, lanes } of prepared) {
          this.#machine.call('line_load', lines + i * lineBytes, ratios)
          for (let lane = 0; lane < lanes; lane++) this.#machine.call(LINE_OF_ONE[lane] ?? '', f)
        }
      })
      return this.#machine.copy(f, this.#one.length)
    })
  }

  /** The final exponentiation of a product. */
  residue(values: readonly Uint8Array[]): Uint8Array {
    return this.#machine.temporarily(() => {
      const f = this.#machine.put(this.#one)
      for (const value of values) {
        this.#machine.temporarily(() => {
          this.#machine.call('fp12_mul', f, f, this.#machine.put(value))
        })
      }
      this.#raise(f)
      return this.#machine.copy(f, this.#one.length)
    })
  }

  /** Of residues: their norm is one, so that the conjugate is the inverse. */
  quotient(residue: Uint8Array, part: Uint8Array): Uint8Array {
    return this.#machine.temporarily(() => {
      const [left, right] = [this.#machine.put(residue), this.#machine.put(part)]
      this.#machine.call('fp12_conjugate', right, right)
      this.#machine.call('fp12_mul', left, left, right)
      return this.#machine.copy(left, this.#one.length)
    })
  }

  isOne(value: Uint8Array): boolean {
    return this.#machine.temporarily(
      () => this.#machine.call('fp12_isone', this.#machine.put(value)) === 1,
    )
  }

  #begin(record: Address, points: Lanes<Point>): void {
    this.#points.gatherTo(record + this.#machine.module.loops.record.q, 'g2', points)
    this.#machine.call('pair_begin', record)
  }

  /** Computes the line of a step. */
  #step(record: Address, step: Step): void {
    if (step === 'double') {
      this.#machine.call('pair_double', record)
      return
    }
    const { x, y, oppositeY, image, secondImageX } = this.#machine.module.loops.record
    const added = {
      add: [x, y],
      subtract: [x, oppositeY],
      image,
      secondImage: [secondImageX, y],
    } as const
    const [atX, atY] = added[step]
    this.#machine.call('pair_add', record, record + atX, record + atY)
  }

  /**
   * First to the power of (q⁶ - 1)(q² + 1), then of a multiple of (q⁴ - q² + 1)/r
   * (L. Fuentes-Castañeda, E. Knapp, F. Rodríguez-Henríquez, "Faster hashing to G2", 2011).
   */
  #raise(f: Address): void {
    const room = (): Address => this.#machine.allocate(this.#one.length)
    const call = (name: string, ...operands: readonly Address[]): void => {
      this.#machine.call(`fp12_${name}`, ...operands)
    }
    const [easy, opposite, a, b, c, d, e, t] = [
      ...[room(), room(), room(), room()],
      ...[room(), room(), room(), room()],
    ] as const
    call('conjugate', t, f)
    call('inv', a, f)
    call('mul', a, t, a)
    call('frobenius2', easy, a)
    call('mul', easy, easy, a)
    /** To the power of -x. */
    const power = (to: Address, of: Address): void => {
      call('conjugate', opposite, of)
      call('conjugate', to, opposite)
      for (const digit of PARAMETER_DIGITS) {
        call('cyclotomic', to, to)
        if (digit !== 0) call('mul', to, to, digit === 1 ? of : opposite)
      }
      call('conjugate', to, to)
    }
    // Exponents of what the easy part gave, with x for the parameter of the curve:
    power(t, easy)
    call('cyclotomic', a, t) // a: -2x
    call('cyclotomic', t, a)
    call('mul', b, t, a) // b: -6x
    power(c, b) // c: 6x²
    call('cyclotomic', t, c)
    power(d, t)
    call('conjugate', d, d) // d: 12x³
    call('mul', d, d, c)
    call('conjugate', b, b)
    call('mul', d, d, b) // d: 12x³ + 6x² + 6x
    call('mul', e, d, a) // e: 12x³ + 6x² + 4x
    call('mul', c, d, c)
    call('mul', c, c, easy) // c: 12x³ + 12x² + 6x + 1
    call('frobenius1', t, e)
    call('mul', t, t, c)
    call('frobenius2', a, d)
    call('mul', t, a, t)
    call('conjugate', a, easy)
    call('mul', a, a, e)
    call('frobenius3', b, a)
    call('mul', f, b, t)
  }
}

/** Functions by their lanes. */
const LINE = ['fp12_line0', 'fp12_line1']
const LINE_OF_ONE = ['fp12_lineone0', 'fp12_lineone1']

function lanesOf(points: readonly Point[]): Lanes<Point> {
  const [low, high = low] = points
  if (low === undefined || high === undefined) throw new TypeError('a pair without a point')
  return [low, high]
}
