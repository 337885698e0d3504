import { reduce } from '../../../core/field.ts'
import { hasOneReading } from './decoding.ts'
import { inverseOf } from './inverses.ts'
import type { Network } from './network.ts'
import type { System, Wire } from './system.ts'

// Deduction without values. Where a constraint has one unknown wire and its coefficient is a
// constant, the wire is determined whatever the inputs are. Where the coefficient depends on other
// wires, it could be 0, and what happens then only values tell: that is where edge cases live.

/** How the wires of a system follow from its inputs. */
export interface Derivation {
  /** Wires that follow from the inputs and the wires below, for all inputs. */
  readonly always: readonly Wire[]
  /** Wires that follow if a divisor is not 0. */
  readonly divided: readonly Wire[]
  /** Digits of numbers that have several readings, of which other constraints must leave one. */
  readonly readInSeveralWays: readonly Wire[]
  /** Wires that follow from nothing. */
  readonly open: readonly Wire[]
}

/** Tells for which wires edge cases have to be tried. */
export function deriveForAllInputs(system: System): Derivation {
  const derivation = new Walk(system.network)
  derivation.know([0, ...system.inputs], 'input')
  derivation.run()
  const wiresWith = (reason: Reason | undefined): Wire[] =>
    Array.from({ length: system.r1cs.wires }, (_, wire) => wire).filter(
      (wire) => derivation.reasons[wire] === reason,
    )
  return {
    always: wiresWith('always'),
    divided: wiresWith('divided'),
    readInSeveralWays: wiresWith('several readings'),
    open: wiresWith(undefined),
  }
}

type Reason = 'input' | 'always' | 'divided' | 'several readings'

/** An unknown wire of a constraint that is linear in it. */
interface Unknown {
  readonly wire: Wire
  /** Not 0; absent if it depends on other wires. */
  readonly coefficient?: bigint
  /** What else the coefficient is a multiple of, the same text for the same divisor. */
  readonly divisor?: string
}

class Walk {
  readonly reasons: (Reason | undefined)[]
  readonly #network: Network
  readonly #open: Int32Array
  readonly #openNumbers: Int32Array
  /** What wires are the only unknown of, but for a divisor. */
  readonly #divisors = new Map<Wire, Set<string>>()
  readonly #later = new Map<Reason, Map<number, readonly Wire[]>>([
    ['several readings', new Map()],
    ['divided', new Map()],
  ])
  #pending: number[] = []

  constructor(network: Network) {
    this.#network = network
    this.reasons = Array.from({ length: network.wires })
    this.#open = new Int32Array(network.constraints)
    this.#openNumbers = new Int32Array(network.constraints)
    network.wireOf.forEach((wire, entry) => this.#count(network.constraintOf[entry] ?? 0, wire, 1))
    this.#pending = [...this.#open.keys()]
  }

  know(wires: readonly Wire[], reason: Reason): void {
    for (const wire of wires) {
      if (this.reasons[wire] !== undefined) continue
      this.reasons[wire] = reason
      for (const i of this.#rowsOf(wire)) {
        this.#count(i, wire, -1)
        this.#pending.push(i)
      }
    }
  }

  run(): void {
    do {
      // The list grows while it is read.
      for (const i of this.#pending) this.#conclude(i)
      this.#pending = []
    } while (this.#takeForGranted())
  }

  #conclude(i: number): void {
    const open = this.#open[i] ?? 0
    if (open === 0 || (open > 2 && this.#openNumbers[i] !== 0)) return
    const unknowns = this.#unknownsOf(i)
    const [first, second] = unknowns ?? []
    if (unknowns === undefined || first === undefined) return
    if (second === undefined) this.#concludeOne(i, first)
    else if (this.#openNumbers[i] === 0) this.#concludeDigits(i, unknowns)
    else this.#concludeZero(first, second)
  }

  #concludeOne(i: number, { wire, coefficient, divisor }: Unknown): void {
    if (coefficient !== undefined) this.know([wire], 'always')
    if (divisor === undefined) return
    this.#later.get('divided')?.set(i, [wire])
    const known = this.#divisors.get(wire) ?? new Set()
    if (known.has(divisor)) return
    this.#divisors.set(wire, known.add(divisor))
    this.#pending.push(...this.#rowsOf(wire))
  }

  #concludeDigits(i: number, unknowns: readonly Unknown[]): void {
    const wires = unknowns.map(({ wire }) => wire)
    const coefficients = unknowns.flatMap(({ coefficient }) => coefficient ?? [])
    if (coefficients.length < wires.length) return
    const isOnlyOne = hasOneReading(coefficients)
    if (isOnlyOne) this.know(wires, 'always')
    else if (isOnlyOne === false) this.#later.get('several readings')?.set(i, wires)
  }

  /**
   * A comparison with zero: `divisor * helper + out` is known, and so is `divisor * out`. One of the
   * two says what `out` is, whether the divisor is 0 or not.
   */
  #concludeZero(one: Unknown, other: Unknown): void {
    const [out, helper] = one.divisor === undefined ? [one, other] : [other, one]
    if (out.coefficient === undefined || helper.divisor === undefined) return
    if (this.#divisors.get(out.wire)?.has(helper.divisor)) this.know([out.wire], 'always')
  }

  /** Where nothing follows for all inputs, goes on with one constraint that follows for most. */
  #takeForGranted(): boolean {
    for (const [reason, rows] of this.#later) {
      for (const [i, wires] of rows) {
        rows.delete(i)
        if (wires.every((wire) => this.reasons[wire] !== undefined)) continue
        this.know(wires, reason)
        return true
      }
    }
    return false
  }

  /** The unknown wires of a constraint; undefined if it is not linear in them. */
  #unknownsOf(i: number): Unknown[] | undefined {
    const { starts, wireOf, a, b, c } = this.#network
    const unknowns: Unknown[] = []
    for (let entry = starts[i] ?? 0; entry < (starts[i + 1] ?? 0); entry++) {
      const wire = wireOf[entry] ?? 0
      if (this.reasons[wire] !== undefined) continue
      const unknown = this.#unknown(wire, [a[entry] ?? 0n, b[entry] ?? 0n, c[entry] ?? 0n], i)
      if (unknown === undefined) return undefined
      if (unknown.coefficient !== 0n) unknowns.push(unknown)
    }
    return unknowns
  }

  #unknown(wire: Wire, [a, b, c]: readonly [bigint, bigint, bigint], i: number) {
    if (a !== 0n && b !== 0n) return undefined
    if (a === 0n && b === 0n) return { wire, coefficient: reduce(-c) }
    const factor = this.#factor(i, a === 0n ? this.#network.a : this.#network.b)
    if (factor === undefined) return undefined
    if (typeof factor === 'bigint') return { wire, coefficient: reduce(factor * (a + b) - c) }
    return c === 0n ? { wire, divisor: factor } : { wire }
  }

  /** One side: a constant, or what stands for it up to a constant; undefined if it is not known. */
  #factor(i: number, side: readonly bigint[]): bigint | string | undefined {
    const { starts, wireOf } = this.#network
    const terms: [Wire, bigint][] = []
    for (let entry = starts[i] ?? 0; entry < (starts[i + 1] ?? 0); entry++) {
      const coefficient = side[entry] ?? 0n
      if (coefficient === 0n) continue
      if (this.reasons[wireOf[entry] ?? 0] === undefined) return undefined
      terms.push([wireOf[entry] ?? 0, coefficient])
    }
    terms.sort(([one], [other]) => one - other)
    const [first = [0, 0n]] = terms
    if (terms.length === 0 || (terms.length === 1 && first[0] === 0)) return first[1]
    const scale = inverseOf(reduce(first[1]))
    return terms.map(([wire, coefficient]) => `${wire} ${reduce(coefficient * scale)}`).join()
  }

  #rowsOf(wire: Wire): number[] {
    const { useStarts, uses, constraintOf } = this.#network
    const entries = uses.subarray(useStarts[wire] ?? 0, useStarts[wire + 1] ?? 0)
    return [...entries].map((entry) => constraintOf[entry] ?? 0)
  }

  #count(i: number, wire: Wire, change: 1 | -1): void {
    this.#open[i] = (this.#open[i] ?? 0) + change
    if (this.#network.isDigit[wire] === 0)
      this.#openNumbers[i] = (this.#openNumbers[i] ?? 0) + change
  }
}
