import { invert, reduce as modulo } from '../../core/field.ts'
import { digitForm } from '../../scripts/assure/soundness/digits.ts'
import type { Combination, Constraint, R1cs } from '../../scripts/assure/soundness/r1cs.ts'

// Finds what constraints force once some wires have values. Given only the inputs, that is the
// witness, computed without circom's own program. Given also a lie, it is the best a cheat can do
// with it: everything that follows from the lie is changed along with it.

export interface Completion {
  readonly witness: bigint[]
  /** Wires that no constraint determines; they were given 0. */
  readonly free: readonly number[]
}

type Term = readonly [wire: number, coefficient: bigint]

/** What there is to know of a constraint system before any value is. */
export class Completer {
  readonly r1cs: R1cs
  /** Constraints in which a wire occurs. */
  readonly uses: readonly (readonly number[])[]
  /** Wires that some constraint makes 0 or 1. */
  readonly digits: ReadonlySet<number>

  constructor(r1cs: R1cs) {
    const uses: number[][] = Array.from({ length: r1cs.wires }, () => [])
    r1cs.constraints.forEach((sides, i) => {
      for (const wire of new Set(sides.flatMap(({ wires }) => wires))) uses[wire]!.push(i)
    })
    this.r1cs = r1cs
    this.uses = uses
    this.digits = new Set(r1cs.constraints.map(digitOf).filter((wire) => wire !== undefined))
  }

  /**
   * Carries the known values through the constraints. A value is deduced if it is the only one a
   * constraint leaves open, or one of the binary digits of a number; of two ways to write a number
   * in 254 digits it takes the canonical one. Constraints that cannot hold are left broken.
   */
  complete(known: ReadonlyMap<number, bigint>): Completion {
    const deduction = new Deduction(this)
    deduction.set(0, 1n)
    for (const [wire, value] of known) deduction.set(wire, value)
    deduction.run()
    const free: number[] = []
    for (let wire = 0; wire < this.r1cs.wires; wire++) {
      if (deduction.values[wire] !== undefined) continue
      free.push(wire)
      deduction.set(wire, 0n)
      deduction.run()
    }
    return { witness: deduction.values as bigint[], free }
  }
}

class Deduction {
  readonly values: (bigint | undefined)[]
  readonly #system: Completer
  /** Unknown wires of each constraint, and how many of them are no digits. */
  readonly #open: Int32Array
  readonly #openNumbers: Int32Array
  #pending: number[] = []

  constructor(system: Completer) {
    const { constraints, wires } = system.r1cs
    this.values = Array.from({ length: wires })
    this.#system = system
    this.#open = new Int32Array(constraints.length)
    this.#openNumbers = new Int32Array(constraints.length)
    system.uses.forEach((uses, wire) => {
      for (const i of uses) this.#count(i, wire, 1)
    })
    this.#pending = [...constraints.keys()].filter((i) => this.#isReady(i))
  }

  set(wire: number, value: bigint): void {
    if (this.values[wire] !== undefined) return
    this.values[wire] = value
    for (const i of this.#system.uses[wire]!) {
      this.#count(i, wire, -1)
      if (this.#isReady(i)) this.#pending.push(i)
    }
  }

  run(): void {
    const { r1cs, digits } = this.#system
    // The list grows while it is read.
    for (const i of this.#pending) {
      for (const [wire, value] of forced(r1cs.constraints[i]!, this.values, digits)) {
        this.set(wire, value)
      }
    }
    this.#pending = []
  }

  #count(constraint: number, wire: number, change: number): void {
    this.#open[constraint]! += change
    if (!this.#system.digits.has(wire)) this.#openNumbers[constraint]! += change
  }

  /** Two unknowns may be one, if the other is multiplied by 0. */
  #isReady(constraint: number): boolean {
    const open = this.#open[constraint]!
    return open > 0 && (open <= 2 || this.#openNumbers[constraint] === 0)
  }
}

/** Values that a constraint leaves no choice of. */
function forced(
  [a, b, c]: Constraint,
  values: readonly (bigint | undefined)[],
  digits: ReadonlySet<number>,
): Term[] {
  const open = openTerms(a, b, c, values)
  const first = open?.terms[0]
  if (open === undefined || first === undefined) return []
  if (open.terms.length === 1) return [[first[0], modulo(-open.rest * invert(first[1]))]]
  return open.terms.every(([wire]) => digits.has(wire)) ? digitsOf(open) : []
}

interface OpenTerms {
  readonly terms: readonly Term[]
  readonly rest: bigint
}

/** The constraint as `sum of terms + rest = 0` over the unknown wires; undefined if it is not linear in them. */
function openTerms(
  a: Combination,
  b: Combination,
  c: Combination,
  values: readonly (bigint | undefined)[],
): OpenTerms | undefined {
  const [left, right, result] = [split(a, values), split(b, values), split(c, values)]
  if (left.terms.length > 0 && right.terms.length > 0) return undefined
  const [factor, product] =
    left.terms.length > 0 ? [right.rest, left.terms] : [left.rest, right.terms]
  const sums = new Map<number, bigint>()
  for (const [wire, coefficient] of product) add(sums, wire, coefficient * factor)
  for (const [wire, coefficient] of result.terms) add(sums, wire, -coefficient)
  return {
    terms: [...sums].filter(([, coefficient]) => coefficient !== 0n),
    rest: modulo(left.rest * right.rest - result.rest),
  }
}

function add(sums: Map<number, bigint>, wire: number, coefficient: bigint): void {
  sums.set(wire, modulo((sums.get(wire) ?? 0n) + coefficient))
}

function split(combination: Combination, values: readonly (bigint | undefined)[]): OpenTerms {
  const terms: Term[] = []
  let rest = 0n
  combination.wires.forEach((wire, i) => {
    const coefficient = combination.coefficients[i]!
    const value = values[wire]
    if (value === undefined) terms.push([wire, coefficient])
    else rest += coefficient * value
  })
  return { terms, rest: modulo(rest) }
}

/** The unknowns as digits, if each has another power of two as coefficient, all of one sign. */
function digitsOf({ terms, rest }: OpenTerms): Term[] {
  for (const [sign, number] of [
    [1n, modulo(-rest)],
    [-1n, rest],
  ] as const) {
    const places = terms.map(([, coefficient]) => exponentOf(modulo(sign * coefficient)))
    if (!places.includes(undefined) && new Set(places).size === places.length) {
      return terms.map(([wire], i) => [wire, (number >> BigInt(places[i] ?? 0)) & 1n])
    }
  }
  return []
}

function exponentOf(value: bigint): number | undefined {
  const exponent = value.toString(2).length - 1
  return value === 1n << BigInt(exponent) ? exponent : undefined
}

/** The wire x of a constraint x * (x - 1) = 0, with whatever signs. */
function digitOf(constraint: Constraint): number | undefined {
  const { wires: [wire, other] = [], coefficients = [] } = digitForm(constraint) ?? {}
  return other === undefined && coefficients[0] === 1n ? wire : undefined
}
