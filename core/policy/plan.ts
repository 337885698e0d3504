import { ZerocardError } from '../errors.ts'
import type { CircuitShape } from '../shapes.ts'
import type { Allocation } from './allocate.ts'
import { allocate, needsLookup } from './allocate.ts'
import type { Formula, ValueLiteral } from './literal.ts'
import { TRUE, asEqualities, listKey } from './literal.ts'
import type { Term } from './normal-form.ts'
import { WorkBudget, disjunctiveForm } from './normal-form.ts'

/** What a policy takes of a circuit, and what there is. */
export interface PolicyUse {
  readonly circuit: CircuitShape['name']
  readonly comparisons: Use
  readonly lookups: Use
  readonly terms: Use
  readonly sums: Use
  readonly isFitting: boolean
}

export interface Use {
  readonly needs: number
  readonly has: number
}

/** Steps for each attempt to do with fewer look-ups: what fits a circuit takes far less. */
const ATTEMPT_STEPS = 20_000

/**
 * Brings a formula into the form of the circuit. Lists are look-ups; if the circuit has too few,
 * some are written out as equalities instead, in the first way that fits.
 *
 * @param opposite - The negated formula: if it never holds, the formula always does.
 * @param reserved - Comparisons needed for something else.
 * @returns The allocation, which may not fit; no terms for a formula that never holds.
 * @throws ZerocardError with `POLICY_TOO_LARGE` if the disjunctive form takes too much work.
 */
export function planProgram(
  formula: Formula,
  opposite: Formula,
  shape: CircuitShape,
  reserved: number,
): Allocation {
  const terms = simplified(formula, opposite)
  const whole = allocate(terms, shape, reserved)
  const fits = (allocation: Allocation) => measureUse(allocation, shape, reserved).isFitting
  for (const kept of lookupChoices(terms, shape)) {
    const attempt = attemptForm(withoutLists(formula, kept))
    const allocation = attempt && allocate(attempt, shape, reserved)
    if (allocation && fits(allocation)) return allocation
  }
  return whole
}

/** The disjunctive form; of a formula that always holds, the term that says nothing. */
export function simplified(formula: Formula, opposite: Formula): readonly Term[] {
  const terms = disjunctiveForm(formula, new WorkBudget())
  const alwaysHolds = terms.length > 1 && attemptForm(opposite)?.length === 0
  return alwaysHolds ? disjunctiveForm(TRUE, new WorkBudget()) : terms
}

export function measureUse(
  allocation: Allocation,
  shape: CircuitShape,
  reserved: number,
): PolicyUse {
  const comparisons = { needs: allocation.comparisons.length + reserved, has: shape.comparisons }
  const lookups = { needs: allocation.lookups.length, has: shape.lookups }
  const terms = { needs: allocation.terms.length, has: shape.terms }
  const sums = { needs: allocation.sums.length, has: 1 }
  const isFitting = [comparisons, lookups, terms, sums].every(({ needs, has }) => needs <= has)
  return { circuit: shape.name, comparisons, lookups, terms, sums, isFitting }
}

/** Undefined if it takes too much work. */
function attemptForm(formula: Formula): readonly Term[] | undefined {
  try {
    return disjunctiveForm(formula, new WorkBudget(ATTEMPT_STEPS))
  } catch (error) {
    if (error instanceof ZerocardError && error.code === 'POLICY_TOO_LARGE') return undefined
    throw error
  }
}

/** Which lists to look up if there are more than the circuit can: none if that is hopeless. */
function lookupChoices(terms: readonly Term[], shape: CircuitShape): ReadonlySet<string>[] {
  const lists = listsOf(terms)
  if (lists.length <= shape.lookups) return []
  if (lists.length > shape.lookups + shape.comparisons) return []
  return choices(lists, shape.lookups)
    .filter(
      (kept) => countValues(lists.filter((list) => !kept.includes(list))) <= shape.comparisons,
    )
    .map((kept) => new Set(kept.map(listKey)))
}

/** Every value that is written out takes a comparison, but for what falls away afterwards. */
function countValues(lists: readonly ValueLiteral[]): number {
  const values = lists.flatMap(({ subject, values }) =>
    values.map((value) => `${subject} ${String(value)}`),
  )
  return new Set(values).size
}

/** The longest first: looking those up saves most. */
function listsOf(terms: readonly Term[]): ValueLiteral[] {
  const lists = terms.flatMap(({ literals }) => literals.filter(needsLookup))
  const distinct = [...new Map(lists.map((list) => [listKey(list), list])).values()]
  return distinct.sort((a, b) => b.values.length - a.values.length)
}

/** All ways to choose `count` of the items, those with the first items first. */
function choices<T>(items: readonly T[], count: number): T[][] {
  const [first, ...rest] = items
  if (count === 0 || first === undefined) return [[]]
  if (items.length <= count) return [[...items]]
  const withFirst = choices(rest, count - 1).map((others) => [first, ...others])
  return [...withFirst, ...choices(rest, count)]
}

function withoutLists(formula: Formula, kept: ReadonlySet<string>): Formula {
  if ('parts' in formula) {
    return { ...formula, parts: formula.parts.map((part) => withoutLists(part, kept)) }
  }
  return needsLookup(formula) && !kept.has(listKey(formula)) ? asEqualities(formula) : formula
}
