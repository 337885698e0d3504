import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import { digitSolutions } from './decoding.ts'
import type { Assignment, Equation } from './decoding.ts'
import { solveTogether } from './elimination.ts'
import { inverseOf } from './inverses.ts'
import { digitRoots, rootsOf } from './roots.ts'
import type { Network } from './network.ts'
import type { Wire } from './system.ts'

/** A constraint that leaves more than one possibility, and all of them. */
export interface Choice {
  readonly wires: readonly Wire[]
  readonly possibilities: readonly Assignment[]
}

/**
 * Carries known values through the constraints: whatever a constraint leaves only one possibility
 * for becomes known, until nothing follows any more or a constraint cannot hold.
 */
export class Deduction {
  readonly values: (bigint | undefined)[]
  /** True once a constraint cannot hold. */
  isRefuted = false
  readonly #network: Network
  readonly #solvesBlocks: boolean
  /** Parts of the three sides that are known, as integers. */
  readonly #sums: readonly [a: bigint[], b: bigint[], c: bigint[]]
  /** Unknown wires of each constraint: on any side, in a, in b, and those that are no digits. */
  readonly #open: Int32Array
  readonly #openA: Int32Array
  readonly #openB: Int32Array
  readonly #openNumbers: Int32Array
  readonly #trail: Wire[] = []
  #pending: number[] = []

  /** @param solvesBlocks - Needed for what the optimiser has made; long where much is unknown. */
  constructor(network: Network, solvesBlocks = true) {
    const { constraints, wires, constraintOf, wireOf, a, b, isDigit } = network
    const zeros = (): bigint[] => Array.from({ length: constraints }, () => 0n)
    this.values = Array.from({ length: wires })
    this.#network = network
    this.#solvesBlocks = solvesBlocks
    this.#sums = [zeros(), zeros(), zeros()]
    this.#open = new Int32Array(constraints)
    this.#openA = new Int32Array(constraints)
    this.#openB = new Int32Array(constraints)
    this.#openNumbers = new Int32Array(constraints)
    constraintOf.forEach((i, entry) => {
      this.#count(i, 1, a[entry] !== 0n, b[entry] !== 0n, isDigit[wireOf[entry] ?? 0] === 0)
    })
    for (let i = 0; i < constraints; i++) if (this.#isReady(i)) this.#pending.push(i)
    this.set(0, 1n)
  }

  get isComplete(): boolean {
    return this.#trail.length === this.#network.wires
  }

  /** Wires without a value. */
  get unknown(): Wire[] {
    return [...this.values.keys()].filter((wire) => this.values[wire] === undefined)
  }

  /** A place to come back to. */
  get mark(): number {
    return this.#trail.length
  }

  /** Assumes a reduced value; what follows from it is found by {@link run}. */
  set(wire: Wire, value: bigint): void {
    const known = this.values[wire]
    if (known !== undefined && known !== value) this.isRefuted = true
    if (known !== undefined) return
    this.values[wire] = value
    this.#trail.push(wire)
    this.#spread(wire, value, -1)
  }

  /** Forgets everything since the mark. */
  undo(mark: number): void {
    for (const wire of this.#trail.splice(mark).reverse()) {
      const value = this.values[wire] ?? 0n
      this.values[wire] = undefined
      this.#spread(wire, -value, 1)
    }
    this.#pending = []
    this.isRefuted = false
  }

  /** @returns false if a constraint cannot hold. */
  run(): boolean {
    do {
      this.#step()
    } while (!this.isRefuted && this.#solveBlocks())
    return !this.isRefuted
  }

  /** All choices that are left; those of wires that do not matter are none. */
  choices(): Choice[] {
    const found: Choice[] = []
    for (let i = 0; i < this.#open.length; i++) {
      const choice = this.#open[i] === 0 ? undefined : this.#choiceIn(i)
      if (choice !== undefined) found.push(choice)
    }
    return found
  }

  /** True for an unknown wire that every constraint multiplies by 0. */
  isFree(wire: Wire): boolean {
    const { useStarts, uses, constraintOf } = this.#network
    for (let at = useStarts[wire] ?? 0; at < (useStarts[wire + 1] ?? 0); at++) {
      const equation = this.#equation(constraintOf[uses[at] ?? 0] ?? 0)
      if (equation === undefined || equation.wires.includes(wire)) return false
    }
    return true
  }

  #step(): void {
    // Reading a list that grows is cheaper than taking from its front.
    for (const i of this.#pending) {
      this.#conclude(i)
      if (this.isRefuted) break
    }
    this.#pending = []
  }

  #conclude(i: number): void {
    const equation = this.#equation(i)
    if (equation === undefined) {
      if (this.#open[i] === 1) this.#concludeSquare(i)
      return
    }
    const [wire, other] = equation.wires
    if (wire === undefined) {
      if (equation.rest !== 0n) this.isRefuted = true
    } else if (other === undefined) {
      this.set(wire, reduce(-equation.rest * inverseOf(equation.coefficients[0] ?? 0n)))
    } else if (this.#areDigits(equation.wires)) {
      const solutions = digitSolutions(equation)
      if (solutions?.length === 0) this.isRefuted = true
      if (solutions?.length === 1) this.#setAll(equation.wires, solutions[0] ?? [])
    }
  }

  #concludeSquare(i: number): void {
    const choice = this.#rootsIn(i)
    if (choice?.possibilities.length === 0) this.isRefuted = true
    if (choice?.possibilities.length === 1)
      this.#setAll(choice.wires, choice.possibilities[0] ?? [])
  }

  #choiceIn(i: number): Choice | undefined {
    const equation = this.#equation(i)
    if (equation === undefined) return this.#open[i] === 1 ? this.#rootsIn(i) : undefined
    const { wires } = equation
    if (wires.length < 2 || !this.#areDigits(wires)) return undefined
    const possibilities = digitSolutions(equation)
    return possibilities && { wires, possibilities }
  }

  /** The only unknown wire of a constraint, if it stands on both sides of the product. */
  #rootsIn(i: number): Choice | undefined {
    const { starts, wireOf, a, b, c } = this.#network
    for (let entry = starts[i] ?? 0; entry < (starts[i + 1] ?? 0); entry++) {
      const wire = wireOf[entry] ?? 0
      if (this.values[wire] !== undefined) continue
      const ka = a[entry] ?? 0n
      const kb = b[entry] ?? 0n
      const { sa, sb, sc } = this.#sumsOf(i)
      const [square, linear] = [ka * kb, ka * sb + kb * sa - (c[entry] ?? 0n)]
      const roots =
        this.#network.isDigit[wire] === 1
          ? digitRoots(square, linear, sa * sb - sc)
          : rootsOf(square, linear, sa * sb - sc)
      return roots && { wires: [wire], possibilities: roots.map((root) => [root]) }
    }
    return undefined
  }

  /** What a constraint says of its unknown wires; undefined if it is not linear in them. */
  #equation(i: number): Equation | undefined {
    const [openA, openB] = [this.#openA[i] ?? 0, this.#openB[i] ?? 0]
    if (openA > 0 && openB > 0) return undefined
    const { starts, wireOf, a, b, c } = this.#network
    const { sa, sb, sc } = this.#sumsOf(i)
    const wires: Wire[] = []
    const coefficients: bigint[] = []
    if ((this.#open[i] ?? 0) > 0) {
      const [factor, side] = openA > 0 ? [reduce(sb), a] : [reduce(sa), b]
      for (let entry = starts[i] ?? 0; entry < (starts[i + 1] ?? 0); entry++) {
        const wire = wireOf[entry] ?? 0
        if (this.values[wire] !== undefined) continue
        const coefficient = reduce(factor * (side[entry] ?? 0n) - (c[entry] ?? 0n))
        if (coefficient === 0n) continue
        wires.push(wire)
        coefficients.push(coefficient)
      }
    }
    return { wires, coefficients, rest: reduce(sa * sb - sc) }
  }

  /** Solves equations that determine their wires only together. */
  #solveBlocks(): boolean {
    if (!this.#solvesBlocks || this.isComplete) return false
    const equations: Equation[] = []
    for (let i = 0; i < this.#open.length; i++) {
      if ((this.#open[i] ?? 0) < 2 || this.#openNumbers[i] === 0) continue
      const equation = this.#equation(i)
      if (equation !== undefined && equation.wires.length > 0) equations.push(equation)
    }
    const solved = solveTogether(equations)
    if (solved === undefined) this.isRefuted = true
    for (const [wire, value] of solved ?? []) this.set(wire, value)
    return solved === undefined || solved.length > 0
  }

  #sumsOf(i: number): { sa: bigint; sb: bigint; sc: bigint } {
    const [a, b, c] = this.#sums
    return { sa: a[i] ?? 0n, sb: b[i] ?? 0n, sc: c[i] ?? 0n }
  }

  #setAll(wires: readonly Wire[], values: Assignment): void {
    wires.forEach((wire, k) => this.set(wire, values[k] ?? 0n))
  }

  #areDigits(wires: readonly Wire[]): boolean {
    return wires.every((wire) => this.#network.isDigit[wire] === 1)
  }

  /** Adds a value to all sums it is part of (or takes it out of them again). */
  #spread(wire: Wire, value: bigint, change: 1 | -1): void {
    const { useStarts, uses, constraintOf, a, b, c, isDigit } = this.#network
    const [sumsA, sumsB, sumsC] = this.#sums
    const isNumber = isDigit[wire] === 0
    for (let at = useStarts[wire] ?? 0; at < (useStarts[wire + 1] ?? 0); at++) {
      const entry = uses[at] ?? 0
      const i = constraintOf[entry] ?? 0
      const ka = a[entry] ?? 0n
      const kb = b[entry] ?? 0n
      const kc = c[entry] ?? 0n
      if (value !== 0n) {
        const term = ka * value
        if (ka !== 0n) sumsA[i] = (sumsA[i] ?? 0n) + term
        // Squares have the same form twice.
        if (kb !== 0n) sumsB[i] = (sumsB[i] ?? 0n) + (kb === ka ? term : kb * value)
        if (kc !== 0n) sumsC[i] = (sumsC[i] ?? 0n) + kc * value
      }
      this.#count(i, change, ka !== 0n, kb !== 0n, isNumber)
      if (change === -1 && this.#isReady(i, ka !== 0n, kb !== 0n)) this.#pending.push(i)
    }
  }

  #count(i: number, change: 1 | -1, isInA: boolean, isInB: boolean, isNumber: boolean): void {
    this.#open[i] = (this.#open[i] ?? 0) + change
    if (isInA) this.#openA[i] = (this.#openA[i] ?? 0) + change
    if (isInB) this.#openB[i] = (this.#openB[i] ?? 0) + change
    if (isNumber) this.#openNumbers[i] = (this.#openNumbers[i] ?? 0) + change
  }

  /** One unknown at most, or digits only, or a product of which one factor is known to be 0. */
  #isReady(i: number, isNewInA = true, isNewInB = true): boolean {
    const open = this.#open[i] ?? 0
    if (open < 2) return true
    if (this.#openNumbers[i] === 0) return this.#openA[i] === 0 || this.#openB[i] === 0
    return (
      (isNewInA && this.#isZero(0, this.#openA, i)) || (isNewInB && this.#isZero(1, this.#openB, i))
    )
  }

  #isZero(side: 0 | 1, open: Int32Array, i: number): boolean {
    return open[i] === 0 && (this.#sums[side][i] ?? 0n) % FIELD_ORDER === 0n
  }
}
