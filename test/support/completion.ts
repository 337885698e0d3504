import { invert } from '../../core/poseidon-constants.ts'
import { reduce as modulo } from '../../scripts/build/scalar-field.ts'
import type { Combination, R1cs } from './r1cs.ts'

// Finds what constraints force once some wires have values. Given only the inputs, that is the
// witness, computed without circom's own program. Given also a lie, it is the best a cheat can do
// with it: everything that follows from the lie is changed along with it.

export interface Completion {
  readonly witness: bigint[]
  /** Wires that no constraint determines; they were given 0. */
  readonly free: readonly number[]
}

type Term = readonly [wire: number, coefficient: bigint]

export class Completer {
  readonly #r1cs: R1cs
  /** Constraints in which a wire occurs. */
  readonly #uses: readonly (readonly number[])[]
  /** Wires that some constraint makes 0 or 1. */
  readonly #digits: ReadonlySet<number>

  constructor(r1cs: R1cs) {
    this.#r1cs = r1cs
    const uses = Array.from({ length: r1cs.wires }, () => new Set<number>())
    r1cs.constraints.forEach((sides, i) => {
      for (const [wire] of sides.flat()) uses[wire]?.add(i)
    })
    this.#uses = uses.map((set) => [...set])
    this.#digits = new Set(r1cs.constraints.map(digitOf).filter((wire) => wire !== undefined))
  }

  /**
   * Carries the known values through the constraints. A value is deduced if it is the only one a
   * constraint leaves open, or one of the binary digits of a number; of two ways to write a number
   * in 254 digits it takes the canonical one. Constraints that cannot hold are left broken.
   */
  complete(known: ReadonlyMap<number, bigint>): Completion {
    const values: (bigint | undefined)[] = Array.from({ length: this.#r1cs.wires })
    const pending = new Set(this.#r1cs.constraints.keys())
    const free: number[] = []
    const set = (wire: number, value: bigint): void => {
      if (values[wire] !== undefined) return
      values[wire] = value
      for (const i of this.#uses[wire] ?? []) pending.add(i)
    }
    values[0] = 1n
    for (const [wire, value] of known) values[wire] = value

    let next = 0
    for (;;) {
      for (const i of pending) {
        pending.delete(i)
        for (const [wire, value] of this.#deduce(i, values)) set(wire, value)
      }
      while (next < values.length && values[next] !== undefined) next++
      if (next === values.length) return { witness: values as bigint[], free }
      free.push(next)
      set(next, 0n)
    }
  }

  #deduce(index: number, values: readonly (bigint | undefined)[]): Term[] {
    const [a, b, c] = this.#r1cs.constraints[index] ?? [[], [], []]
    const open = openTerms(a, b, c, values)
    if (open === undefined || open.terms.length === 0) return []
    const [first] = open.terms
    if (first !== undefined && open.terms.length === 1) {
      return [[first[0], modulo(-open.rest * invert(first[1]))]]
    }
    return open.terms.every(([wire]) => this.#digits.has(wire)) ? digitsOf(open) : []
  }
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
  for (const [wire, coefficient] of combination) {
    const value = values[wire]
    if (value === undefined) terms.push([wire, coefficient])
    else rest += coefficient * value
  }
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
function digitOf([a, b, c]: R1cs['constraints'][number]): number | undefined {
  const wire = [...a, ...b].find(([name]) => name !== 0)?.[0]
  if (wire === undefined || c.length > 0) return undefined
  const zeros = [a, b].map((side) =>
    side.every(([name]) => name === 0 || name === wire) ? zeroOf(side) : undefined,
  )
  return zeros.includes(0n) && zeros.includes(1n) ? wire : undefined
}

/** Where a side that is linear in one wire vanishes. */
function zeroOf(side: Combination): bigint | undefined {
  const slope = side.find(([name]) => name !== 0)?.[1]
  const constant = side.find(([name]) => name === 0)?.[1] ?? 0n
  return slope === undefined ? undefined : modulo(-constant * invert(slope))
}
