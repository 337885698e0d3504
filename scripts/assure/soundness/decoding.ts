import { FIELD_ORDER, invert, reduce } from '../../../core/field.ts'
import { inverseOf } from './inverses.ts'

// An equation over unknown digits has as many solutions as there are ways to write a number, and
// the number itself is known only up to multiples of the field's order. All are listed.

/** A linear equation over unknown wires: the sum of the terms and `rest` is 0. */
export interface Equation {
  readonly wires: readonly number[]
  /** Reduced and not 0. */
  readonly coefficients: readonly bigint[]
  readonly rest: bigint
}

/** Values for the wires of an equation, in its order. */
export type Assignment = readonly bigint[]

/** Terms up to which all assignments are tried one by one. */
const MAX_TRIED = 8

/**
 * All assignments of digits that solve the equation.
 *
 * @returns undefined if the coefficients allow no orderly reading and are too many to try.
 */
export function digitSolutions(equation: Equation): Assignment[] | undefined {
  const places = placesOf(equation.coefficients)
  if (places !== undefined) return readings(equation, places)
  return equation.wires.length <= MAX_TRIED ? trials(equation) : undefined
}

/**
 * Whether digits with these coefficients can write no element of the field in two ways.
 *
 * @returns undefined if the coefficients allow no orderly reading.
 */
export function hasOneReading(coefficients: readonly bigint[]): boolean | undefined {
  const places = placesOf(coefficients)
  const largest = places?.weights.reduce((sum, weight) => sum + absolute(weight), 0n)
  return largest === undefined ? undefined : largest < FIELD_ORDER
}

interface Places {
  /** What the coefficients are multiples of. */
  readonly unit: bigint
  /** Coefficients divided by the unit: small integers, each larger than all smaller ones together. */
  readonly weights: readonly bigint[]
  /** Indexes of the weights, the largest first. */
  readonly order: readonly number[]
}

function placesOf(coefficients: readonly bigint[]): Places | undefined {
  const [first = 0n] = coefficients
  const exponents = coefficients.map((coefficient) =>
    EXPONENTS.get(reduce(coefficient * inverseOf(first))),
  )
  if (exponents.includes(undefined)) return undefined
  const lowest = Math.min(...exponents.map((exponent) => exponent?.power ?? 0))
  const base = exponents.findIndex((exponent) => exponent?.power === lowest)
  const unit = coefficients[base] ?? 0n
  // As integers: 2^253 is more than half of the field's order, and must not be counted down from it.
  const turned = exponents[base]?.sign ?? 1n
  const weights = exponents.map((exponent) =>
    exponent === undefined ? 0n : (turned * exponent.sign) << BigInt(exponent.power - lowest),
  )
  const order = [...weights.keys()].sort((i, j) => (size(weights, i) < size(weights, j) ? 1 : -1))
  return isSuperIncreasing(weights, order) ? { unit, weights, order } : undefined
}

const size = (weights: readonly bigint[], i: number): bigint => absolute(weights[i] ?? 0n)

function isSuperIncreasing(weights: readonly bigint[], order: readonly number[]): boolean {
  let sum = 0n
  for (const i of order.toReversed()) {
    if (size(weights, i) <= sum) return false
    sum += size(weights, i)
  }
  return true
}

/** sum of weight * digit = target, for each integer that the target can stand for. */
function readings({ rest, wires }: Equation, { unit, weights, order }: Places): Assignment[] {
  const negative = weights.reduce((sum, weight) => (weight < 0n ? sum - weight : sum), 0n)
  const largest = weights.reduce((sum, weight) => sum + absolute(weight), 0n)
  const found: Assignment[] = []
  // With digits of negative weight turned round, everything is counted from 0.
  for (
    let target = reduce(-rest * inverseOf(unit) + negative);
    target <= largest;
    target += FIELD_ORDER
  ) {
    const digits = digitsOf(target, weights, order)
    if (digits !== undefined) found.push(wires.map((_, i) => digits[i] ?? 0n))
  }
  return found
}

function digitsOf(
  target: bigint,
  weights: readonly bigint[],
  order: readonly number[],
): bigint[] | undefined {
  const digits: bigint[] = []
  let left = target
  for (const i of order) {
    const isTaken = left >= size(weights, i)
    if (isTaken) left -= size(weights, i)
    digits[i] = isTaken === (weights[i] ?? 0n) > 0n ? 1n : 0n
  }
  return left === 0n ? digits : undefined
}

function trials({ wires, coefficients, rest }: Equation): Assignment[] {
  return Array.from({ length: 2 ** wires.length }, (_, number) =>
    wires.map((_wire, i) => BigInt((number >> i) & 1)),
  ).filter((digits) => {
    const sum = digits.reduce((sum, digit, i) => sum + digit * (coefficients[i] ?? 0n), rest)
    return reduce(sum) === 0n
  })
}

interface Exponent {
  readonly power: number
  readonly sign: 1n | -1n
}

/** Powers of two, both ways, and their negatives. */
const EXPONENTS: ReadonlyMap<bigint, Exponent> = new Map(
  Array.from({ length: 2 * 254 + 1 }, (_, i) => i - 254).flatMap((power): [bigint, Exponent][] => {
    const value = power < 0 ? invert(1n << BigInt(-power)) : reduce(1n << BigInt(power))
    return [
      [value, { power, sign: 1n }],
      [reduce(-value), { power, sign: -1n }],
    ]
  }),
)

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}
