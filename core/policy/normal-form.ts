import { ZerocardError } from '../errors.ts'
import { ALWAYS } from '../shapes.ts'
import type { Formula, Literal } from './literal.ts'
import type { ValueSet } from './value-set.ts'
import { intersection, isEmptySet, isSubset } from './value-set.ts'

/** Literals that must all hold, with what they together say about each quantity. */
export interface Term {
  readonly literals: readonly Literal[]
  /** By the literals' subject; a quantity that is not here can have any value. */
  readonly values: ReadonlyMap<string, ValueSet>
  /** By the literals' subject, a pair of attributes: the results that are left, as a mask. */
  readonly relations: ReadonlyMap<string, number>
}

/** More terms than this on the way are refused: far more than any circuit takes at the end. */
const MAX_TERMS = 512

/**
 * Work for one policy, in literals and listed values touched; about a second where it is slow.
 * A rule can be short and its disjunctive form astronomic, so the work itself is counted.
 */
export class WorkBudget {
  #left: number

  constructor(steps = 2_000_000) {
    this.#left = steps
  }

  /** @throws ZerocardError with `POLICY_TOO_LARGE` when the budget is used up. */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw tooLarge('takes too much work to bring into disjunctive form')
  }
}

/**
 * The disjunctive form of a formula: it holds if and only if some term does. Terms that cannot
 * hold, terms that say more than another one and literals that follow from the others of their
 * term are left out. A contradiction between several attributes is not always seen.
 *
 * @returns No term for a formula that never holds; one without literals if one always does.
 * @throws ZerocardError with `POLICY_TOO_LARGE` if that takes too many terms or too much work.
 */
export function disjunctiveForm(formula: Formula, budget: WorkBudget): readonly Term[] {
  switch (formula.kind) {
    case 'all':
      return formula.parts
        .map((part) => disjunctiveForm(part, budget))
        .reduce((terms, part) => conjunction(terms, part, budget), ALWAYS_TRUE)
    case 'any':
      return absorbed(
        formula.parts.flatMap((part) => disjunctiveForm(part, budget)),
        budget,
      )
    case 'atLeast':
      return atLeastTerms(formula.count, formula.parts, budget)
    default: {
      const term = termOf([formula], budget)
      return term ? [term] : []
    }
  }
}

const ALWAYS_TRUE: readonly Term[] = [{ literals: [], values: new Map(), relations: new Map() }]

/** Row j holds the terms of "at least j of the parts so far". */
function atLeastTerms(
  count: number,
  parts: readonly Formula[],
  budget: WorkBudget,
): readonly Term[] {
  let rows: (readonly Term[])[] = [ALWAYS_TRUE, ...Array<Term[]>(count).fill([])]
  for (const part of parts) {
    const terms = disjunctiveForm(part, budget)
    rows = rows.map((row, j) => {
      const before = rows[j - 1]
      return before ? absorbed([...row, ...conjunction(before, terms, budget)], budget) : row
    })
  }
  return rows[count] ?? []
}

function conjunction(a: readonly Term[], b: readonly Term[], budget: WorkBudget): readonly Term[] {
  const terms: Term[] = []
  for (const left of a) {
    for (const right of b) {
      const term = termOf([...left.literals, ...right.literals], budget)
      if (term) terms.push(term)
    }
  }
  return absorbed(terms, budget)
}

/**
 * Leaves out every term that another one follows from: `A` makes `A and B` superfluous. Of terms
 * that say the same in different words, the shortest stays.
 */
function absorbed(terms: readonly Term[], budget: WorkBudget): readonly Term[] {
  const shortestFirst = [...terms].sort((a, b) => a.literals.length - b.literals.length)
  let kept: Term[] = []
  for (const term of shortestFirst) {
    if (kept.some((other) => follows(other, term, budget))) continue
    kept = [...kept.filter((other) => !follows(term, other, budget)), term]
    if (kept.length > MAX_TERMS) throw tooLarge(`has over ${String(MAX_TERMS)} alternatives`)
  }
  return kept
}

/** True if `weaker` holds wherever `stronger` does. */
function follows(weaker: Term, stronger: Term, budget: WorkBudget): boolean {
  budget.spend(1 + weaker.literals.length)
  return weaker.literals.every((literal) => isImplied(literal, stronger, budget))
}

function isImplied(
  literal: Literal,
  { values, relations }: Pick<Term, 'values' | 'relations'>,
  budget: WorkBudget,
): boolean {
  if (literal.kind === 'relation') {
    return ((relations.get(literal.subject) ?? ALWAYS) & ~literal.mask) === 0
  }
  const possible = values.get(literal.subject)
  if (possible === undefined) return false
  budget.spend(setSize(possible) + literal.values.length)
  return isSubset(possible, literal.allowed)
}

/** Undefined if the literals cannot hold together. */
function termOf(literals: readonly Literal[], budget: WorkBudget): Term | undefined {
  const distinct = [...new Map(literals.map((literal) => [literal.key, literal])).values()]
  const whole = factsOf(distinct, budget)
  if (whole === undefined) return undefined
  const needed = distinct.reduce((kept, literal) => {
    const others = kept.filter((other) => other !== literal)
    const related = others.filter(({ subject }) => subject === literal.subject)
    const facts = factsOf(related, budget)
    return facts && isImplied(literal, facts, budget) ? others : kept
  }, distinct)
  return { literals: needed, ...whole }
}

function factsOf(
  literals: readonly Literal[],
  budget: WorkBudget,
): Pick<Term, 'values' | 'relations'> | undefined {
  const values = new Map<string, ValueSet>()
  const relations = new Map<string, number>()
  for (const literal of literals) {
    budget.spend(1)
    if (literal.kind === 'relation') {
      const left = (relations.get(literal.subject) ?? ALWAYS) & literal.mask
      if (left === 0) return undefined
      relations.set(literal.subject, left)
    } else {
      const before = values.get(literal.subject)
      const after = before ? intersection(before, literal.allowed) : literal.allowed
      if (before) budget.spend(setSize(before) + literal.values.length)
      if (isEmptySet(after)) return undefined
      values.set(literal.subject, after)
    }
  }
  return { values, relations }
}

function setSize(set: ValueSet): number {
  return 'only' in set ? set.only.length : set.except.length
}

function tooLarge(message: string): ZerocardError {
  return new ZerocardError('POLICY_TOO_LARGE', `policy.where: ${message}`)
}
