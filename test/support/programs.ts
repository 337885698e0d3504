import fc from 'fast-check'
import { MAX_ATTRIBUTE } from '../../core/attribute.ts'
import type { CompiledPolicy } from '../../core/policy/program.ts'
import { ATTRIBUTES_PER_SLOT, SUM_ATTRIBUTES } from '../../core/shapes.ts'
import type { CircuitShape } from '../../core/shapes.ts'

// Random programs for the circuit, drawn from few values so that equalities and edges are common.

const TOP = MAX_ATTRIBUTE - 1n
const VALUES = [0n, 1n, 2n, 3n, 1_000n, TOP - 1n, TOP]
const CONSTANTS = [...VALUES, -1n, -1_000n, MAX_ATTRIBUTE, 2n ** 154n - 1n, 1n - 2n ** 154n]
const WEIGHTS = [0n, 1n, -1n, 2n, -3n, 2n ** 32n - 1n, 1n - 2n ** 32n]

export const anyAttribute = fc.constantFrom(...VALUES)

export function anyAttributes(shape: CircuitShape): fc.Arbitrary<bigint[]> {
  return exactly(shape.slots * ATTRIBUTES_PER_SLOT, anyAttribute)
}

export function anyProgram(shape: CircuitShape): fc.Arbitrary<CompiledPolicy> {
  const attribute = fc.nat(shape.slots * ATTRIBUTES_PER_SLOT - 1)
  const operand = fc.nat(shape.slots * ATTRIBUTES_PER_SLOT)
  const literals = shape.comparisons + 2 * shape.lookups
  return fc.record({
    shape: fc.constant(shape),
    comparisons: exactly(
      shape.comparisons,
      fc.record({
        left: operand,
        right: operand,
        mask: fc.nat(7),
        constant: fc.constantFrom(...CONSTANTS),
      }),
    ),
    weights: exactly(SUM_ATTRIBUTES, fc.record({ attribute, times: fc.constantFrom(...WEIGHTS) })),
    lookups: exactly(shape.lookups, fc.record({ attribute, values: fc.subarray(VALUES) })),
    terms: exactly(
      shape.terms,
      fc.uniqueArray(fc.nat(literals - 1), { minLength: 2, maxLength: 5 }).map(literalMask),
    ),
  })
}

/** The term that needs these literals. */
export function literalMask(literals: readonly number[]): bigint {
  return literals.reduce((mask, literal) => mask | (1n << BigInt(literal)), 0n)
}

function exactly<T>(length: number, element: fc.Arbitrary<T>): fc.Arbitrary<T[]> {
  return fc.array(element, { minLength: length, maxLength: length })
}
