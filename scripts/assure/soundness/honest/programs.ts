import { MAX_ATTRIBUTE } from '../../../../core/attribute.ts'
import { evaluateCompiled } from '../../../../core/policy/program.ts'
import type { Comparison, CompiledPolicy, Lookup } from '../../../../core/policy/program.ts'
import {
  ALWAYS,
  ATTRIBUTES_PER_SLOT,
  EQUAL,
  GREATER,
  LESS,
  SUM_ATTRIBUTES,
  constantSelector,
  weightedSelector,
} from '../../../../core/shapes.ts'
import type { CircuitShape } from '../../../../core/shapes.ts'
import type { Chance } from './chance.ts'

const TOP_WEIGHT = 2n ** 32n - 1n
/** Just below the limit that statements set. */
const TOP_CONSTANT = 2n ** 154n - 1n
const TRIES = 50

/** A random program that holds for the attributes, with thresholds at and beside them. */
export function satisfiedProgram(
  shape: CircuitShape,
  attributes: readonly bigint[],
  chance: Chance,
): CompiledPolicy {
  for (let i = 0; i < TRIES; i++) {
    const program = randomProgram(shape, attributes, chance)
    if (evaluateCompiled(program, attributes)) return program
  }
  throw new TypeError('no program holds for these attributes')
}

function randomProgram(
  shape: CircuitShape,
  attributes: readonly bigint[],
  chance: Chance,
): CompiledPolicy {
  const count = shape.slots * ATTRIBUTES_PER_SLOT
  const weights = Array.from({ length: SUM_ATTRIBUTES }, () => ({
    attribute: chance.integer(0, count - 1),
    times: chance.pick([0n, 1n, -1n, TOP_WEIGHT, -TOP_WEIGHT, chance.below(TOP_WEIGHT)]),
  }))
  const sum = weights.reduce(
    (total, { attribute, times }) => total + times * (attributes[attribute] ?? 0n),
    0n,
  )
  const operands = [...attributes, sum]
  return {
    shape,
    weights,
    comparisons: fill(shape.comparisons, () => randomComparison(shape, operands, chance)),
    lookups: fill(shape.lookups, () => randomLookup(attributes, chance)),
    terms: fill(shape.terms, () => randomTerm(shape, chance)),
  }
}

function randomComparison(
  shape: CircuitShape,
  operands: readonly bigint[],
  chance: Chance,
): Comparison {
  const left = chance.integer(0, weightedSelector(shape))
  const value = operands[left] ?? 0n
  return {
    left,
    right: chance.chance(0.7) ? constantSelector(shape) : chance.integer(0, operands.length - 2),
    mask: chance.pick([
      LESS,
      LESS | EQUAL,
      EQUAL,
      LESS | GREATER,
      GREATER | EQUAL,
      GREATER,
      ALWAYS,
    ]),
    constant: chance.pick([value, value - 1n, value + 1n, 0n, TOP_CONSTANT, -TOP_CONSTANT]),
  }
}

/** Sets with the value, around it, or empty. */
function randomLookup(attributes: readonly bigint[], chance: Chance): Lookup {
  const attribute = chance.integer(0, attributes.length - 1)
  const value = attributes[attribute] ?? 0n
  const around = [value - 1n, value + 1n]
  const many = Array.from({ length: 20 }, () => chance.below(MAX_ATTRIBUTE))
  const values = chance.pick([[], [value], around, [value, ...around], many, [value, ...many]])
  const allowed = values.filter((element) => element >= 0n && element < MAX_ATTRIBUTE)
  return { attribute, values: [...new Set(allowed)].sort((a, b) => (a < b ? -1 : 1)) }
}

/** Few literals, so that a good part of the terms hold; sometimes none, which always holds. */
function randomTerm({ comparisons, lookups }: CircuitShape, chance: Chance): bigint {
  const literals = fill(chance.integer(0, 3), () =>
    chance.integer(0, comparisons + 2 * lookups - 1),
  )
  return literals.reduce((mask, literal) => mask | (1n << BigInt(literal)), 0n)
}

function fill<T>(length: number, element: () => T): T[] {
  return Array.from({ length }, element)
}
