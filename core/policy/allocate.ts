import type { CircuitShape } from '../shapes.ts'
import {
  EQUAL,
  GREATER,
  LESS,
  SUM_ATTRIBUTES,
  constantSelector,
  weightedSelector,
} from '../shapes.ts'
import type { Literal, Quantity, ValueLiteral } from './literal.ts'
import { attributeOf, listKey } from './literal.ts'
import type { Term } from './normal-form.ts'
import type { Comparison, Lookup, Weight } from './program.ts'

/** Which comparison or look-up tests which literal, whether or not the circuit has that many. */
export interface Allocation {
  readonly comparisons: readonly Comparison[]
  readonly lookups: readonly Lookup[]
  /** Different weighted sums. */
  readonly sums: readonly (readonly Weight[])[]
  readonly terms: readonly (readonly AllocatedLiteral[])[]
}

export type AllocatedLiteral =
  { readonly comparison: number } | { readonly lookup: number; readonly isFound: boolean }

type Test = Pick<Comparison, 'mask' | 'constant'>

/**
 * Gives every distinct literal its comparison or look-up. Single values are compared, unless
 * comparisons run out while look-ups are left: a set may also have one value.
 *
 * @param reserved - Comparisons needed for something else.
 */
export function allocate(
  terms: readonly Term[],
  shape: CircuitShape,
  reserved: number,
): Allocation {
  const literals = distinctBy(
    terms.flatMap((term) => term.literals),
    ({ key }) => key,
  )
  const lists = distinctBy(literals.filter(needsLookup), listKey)
  const spare = shape.lookups - lists.length
  const missing =
    literals.length - literals.filter(needsLookup).length + reserved - shape.comparisons
  const lookups = [...lists, ...singlesToLookUp(literals, spare, missing)]
  const lookupOf = new Map(lookups.map((literal, index) => [listKey(literal), index]))
  const compared = literals.filter((literal) => lookupIndex(literal, lookupOf) === undefined)
  const comparisonOf = new Map(compared.map(({ key }, index) => [key, index]))
  return {
    comparisons: compared.map((literal) => toComparison(literal, shape)),
    lookups: lookups.map(({ quantity, values }) => ({
      attribute: attributeOf(quantity) ?? 0,
      values,
    })),
    sums: distinctSums(literals),
    terms: terms.map((term) =>
      term.literals.map((literal) => {
        const lookup = lookupIndex(literal, lookupOf)
        if (lookup === undefined) return { comparison: comparisonOf.get(literal.key) ?? 0 }
        return { lookup, isFound: literal.kind === 'value' && literal.test === 'in' }
      }),
    ),
  }
}

/** True for literals that no comparison can test. */
export function needsLookup(literal: Literal): literal is ValueLiteral {
  return isListTest(literal) && literal.values.length > 1
}

/** A value that is tested both ways takes two comparisons but one look-up, so it goes first. */
function singlesToLookUp(
  literals: readonly Literal[],
  spare: number,
  missing: number,
): readonly ValueLiteral[] {
  if (spare <= 0 || missing <= 0) return []
  const singles = literals.filter(isListTest).filter((literal) => {
    return literal.values.length === 1 && attributeOf(literal.quantity) !== undefined
  })
  const uses = (single: ValueLiteral) =>
    singles.filter((other) => listKey(other) === listKey(single)).length
  const [twice, once] = [2, 1].map((n) =>
    distinctBy(
      singles.filter((single) => uses(single) === n),
      listKey,
    ),
  )
  return [...(twice ?? []), ...(once ?? [])].slice(0, Math.min(spare, missing))
}

function isListTest(literal: Literal): literal is ValueLiteral {
  return literal.kind === 'value' && (literal.test === 'in' || literal.test === 'notIn')
}

function lookupIndex(literal: Literal, lookupOf: ReadonlyMap<string, number>): number | undefined {
  return isListTest(literal) ? lookupOf.get(listKey(literal)) : undefined
}

function toComparison(literal: Literal, shape: CircuitShape): Comparison {
  if (literal.kind === 'relation') {
    const { left, right, mask } = literal
    return { left, right, mask, constant: 0n }
  }
  const left = attributeOf(literal.quantity) ?? weightedSelector(shape)
  return { left, right: constantSelector(shape), ...comparisonTest(literal) }
}

function comparisonTest({ test, values }: ValueLiteral): Test {
  const [constant = 0n] = values
  switch (test) {
    case 'atMost':
      return { mask: LESS | EQUAL, constant }
    case 'atLeast':
      return { mask: GREATER | EQUAL, constant }
    case 'in':
      return { mask: EQUAL, constant }
    case 'notIn':
      return { mask: LESS | GREATER, constant }
  }
}

function distinctSums(literals: readonly Literal[]): (readonly Weight[])[] {
  const sums = literals
    .filter((literal) => literal.kind === 'value')
    .map(({ quantity }) => quantity)
    .filter((quantity: Quantity) => attributeOf(quantity) === undefined)
  return distinctBy(sums, ({ key }) => key).map(({ weights }) => weights)
}

function distinctBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const first = new Map<string, T>()
  for (const item of items) if (!first.has(keyOf(item))) first.set(keyOf(item), item)
  return [...first.values()]
}

/** The weighted sum as the circuit takes it: always the same number of parts. */
export function paddedWeights(weights: readonly Weight[]): Weight[] {
  return Array.from({ length: SUM_ATTRIBUTES }, (_, i) => weights[i] ?? { attribute: 0, times: 0n })
}
