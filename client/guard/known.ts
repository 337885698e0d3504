import { DAY_BITS } from '../../core/dates.ts'
import { isSubset, rangeOf } from '../../core/policy/value-set.ts'
import type { ValueSet } from '../../core/policy/value-set.ts'
import type { Formula, ValueLiteral } from '../../core/policy/literal.ts'
import type { SiteMemory } from './memory.ts'
import { subjectOfLiteral } from './question.ts'
import type { Question } from './question.ts'
import { OWN_BIRTH } from './subject.ts'
import type { Subjects } from './subject.ts'

/** Days that a date of birth is proven to be in: after the one, until the other. */
interface Span {
  readonly after: number
  readonly until: number
}

const WHOLE: Span = { after: -1, until: 2 ** DAY_BITS - 1 }

/** What the site has proof of, once the question is answered. */
export function rememberKnown(question: Question, memory: SiteMemory): SiteMemory {
  if (memory.isOfSeveral) return memory
  const told = spanOf(question.formula, question.subjects)
  const { known: before = WHOLE, ...rest } = memory
  const known = intersection(before, told)
  // Answers that contradict each other are of two people: a holder and a child, for example.
  return known.after < known.until ? { ...memory, known } : { ...rest, isOfSeveral: true }
}

/**
 * Whether the one who answered before is sure to be able to answer this, whatever else is asked. Less
 * does not count: what cannot hold for whom the site knows, or needs another attribute besides, may
 * hold for somebody else whose card is in the same wallet.
 */
export function isImplied({ formula, subjects }: Question, memory: SiteMemory): boolean {
  if (memory.isOfSeveral) return false
  const { after, until } = memory.known ?? WHOLE
  const low = BigInt(after + 1)
  const high = BigInt(Math.min(until, memory.first ?? until))
  return low <= high && holdsFor(formula, rangeOf(low, high), subjects)
}

function holdsFor(formula: Formula, known: ValueSet, subjects: Subjects): boolean {
  if (formula.kind === 'relation') return false
  if (formula.kind === 'value') {
    const isOwn = subjectOfLiteral(formula, subjects)?.key === OWN_BIRTH
    return isOwn && isSubset(known, formula.allowed)
  }
  const holding = formula.parts.filter((part) => holdsFor(part, known, subjects)).length
  if (formula.kind === 'atLeast') return holding >= formula.count
  return formula.kind === 'all' ? holding === formula.parts.length : holding > 0
}

/** The smallest span around all dates for which a formula can hold. */
function spanOf(formula: Formula, subjects: Subjects): Span {
  switch (formula.kind) {
    case 'value':
      return literalSpan(formula, subjects)
    case 'relation':
      return WHOLE
    case 'atLeast': {
      const { count, parts } = formula
      if (count === parts.length) return spanOf({ kind: 'all', parts }, subjects)
      return count === 1 ? spanOf({ kind: 'any', parts }, subjects) : WHOLE
    }
    case 'all':
      return formula.parts.map((part) => spanOf(part, subjects)).reduce(intersection, WHOLE)
    case 'any': {
      const spans = formula.parts.map((part) => spanOf(part, subjects))
      return spans.length === 0 ? WHOLE : spans.reduce(union)
    }
  }
}

function literalSpan(literal: ValueLiteral, subjects: Subjects): Span {
  if (subjectOfLiteral(literal, subjects)?.key !== OWN_BIRTH) return WHOLE
  const { allowed } = literal
  if (!('only' in allowed)) return { after: Number(allowed.low) - 1, until: Number(allowed.high) }
  const days = allowed.only.map(Number)
  return { after: Math.min(...days) - 1, until: Math.max(...days) }
}

function intersection(a: Span, b: Span): Span {
  return { after: Math.max(a.after, b.after), until: Math.min(a.until, b.until) }
}

function union(a: Span, b: Span): Span {
  return { after: Math.min(a.after, b.after), until: Math.max(a.until, b.until) }
}
