import type { CircuitShape } from '../shapes.ts'
import {
  ATTRIBUTES_PER_SLOT,
  EQUAL,
  GREATER,
  LESS,
  constantSelector,
  weightedSelector,
} from '../shapes.ts'

/** `left MASK right`, on integers. */
export interface Comparison {
  /** An attribute's number, or `weightedSelector(shape)`. */
  readonly left: number
  /** An attribute's number, or `constantSelector(shape)`. */
  readonly right: number
  /** Bits `LESS`, `EQUAL`, `GREATER`: the comparison holds if the bit of its result is set. */
  readonly mask: number
  /** Used if `right` selects it; between -(2^154 - 1) and 2^154 - 1. */
  readonly constant: bigint
}

export interface Weight {
  readonly attribute: number
  /** Absolute value below 2^32. */
  readonly times: bigint
}

/** Whether an attribute is in a public set. */
export interface Lookup {
  readonly attribute: number
  /** Encoded, ascending, without repetition. */
  readonly values: readonly bigint[]
}

/** A policy as the circuit's public inputs know it, on one day. */
export interface CompiledPolicy {
  readonly shape: CircuitShape
  readonly comparisons: readonly Comparison[]
  /** The one weighted sum, always `SUM_ATTRIBUTES` entries. */
  readonly weights: readonly Weight[]
  readonly lookups: readonly Lookup[]
  /**
   * Conjunctions as bit masks: bit i is "comparison i holds", bit comparisons + 2j is "look-up j
   * found it", the bit after that "look-up j did not". The policy holds if some term holds.
   */
  readonly terms: readonly bigint[]
}

/**
 * Runs a compiled policy on encoded attributes: the reference for what the circuit decides.
 *
 * @param attributes - `slots * 16` encoded attributes, each in [0, 2^120).
 * @throws TypeError if there are not that many.
 */
export function evaluateCompiled(compiled: CompiledPolicy, attributes: readonly bigint[]): boolean {
  const expected = compiled.shape.slots * ATTRIBUTES_PER_SLOT
  if (attributes.length !== expected) {
    throw new TypeError(`expected ${String(expected)} attributes, got ${String(attributes.length)}`)
  }
  const literals = literalBits(compiled, attributes)
  return compiled.terms.some((term) => (term & literals) === term)
}

function literalBits(compiled: CompiledPolicy, attributes: readonly bigint[]): bigint {
  const results = [
    ...compiled.comparisons.map((comparison) => comparisonHolds(compiled, comparison, attributes)),
    ...compiled.lookups.flatMap(({ attribute, values }) => {
      const found = values.includes(read(attributes, attribute))
      return [found, !found]
    }),
  ]
  return results.reduce((bits, holds, i) => (holds ? bits | (1n << BigInt(i)) : bits), 0n)
}

function comparisonHolds(
  { shape, weights }: CompiledPolicy,
  { left, right, mask, constant }: Comparison,
  attributes: readonly bigint[],
): boolean {
  const a =
    left === weightedSelector(shape) ? weightedSum(weights, attributes) : read(attributes, left)
  const b = right === constantSelector(shape) ? constant : read(attributes, right)
  const result = a < b ? LESS : a === b ? EQUAL : GREATER
  return (mask & result) !== 0
}

function weightedSum(weights: readonly Weight[], attributes: readonly bigint[]): bigint {
  return weights.reduce(
    (sum, { attribute, times }) => sum + times * read(attributes, attribute),
    0n,
  )
}

function read(attributes: readonly bigint[], number: number): bigint {
  const value = attributes[number]
  if (value === undefined) throw new TypeError(`no attribute number ${String(number)}`)
  return value
}
