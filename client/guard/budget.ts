import type { RelationLiteral, ValueLiteral } from '../../core/policy/literal.ts'
import { EQUAL, GREATER, LESS } from '../../core/shapes.ts'
import type { Step } from './birth-dates.ts'
import type { Finding } from './finding.ts'
import { literalLimits } from './limits.ts'
import { MAX_PREDICATES } from './memory.ts'
import type { AskedPredicate, SiteMemory } from './memory.ts'
import { shortHash, subjectOfLiteral } from './question.ts'
import type { Question } from './question.ts'
import { OWN_BIRTH } from './subject.ts'
import type { Subject } from './subject.ts'

// Everything that is no date of birth: how many people share a value is not known here, so
// different questions about one attribute are counted, and that is all.

/**
 * Different limits of one amount, number or date in a year. Four answers leave a sixteenth of
 * what was possible; a benefit has one limit or two, which change once a year.
 */
export const MAX_NUMBER_LIMITS = 4

/**
 * Different lists and prefixes of one text in a year. All examples of this project together ask
 * for six of the region.
 */
export const MAX_TEXT_LISTS = 6

/** Lists of so few values of an identifying attribute are called out: about a street's length. */
const NARROW_VALUES = 16

interface Counted {
  readonly subject: Subject
  readonly key: string
}

/** Counts what a question asks of attributes that are no dates of birth. */
export function judgeBudget(question: Question, memory: SiteMemory): Step {
  const counted = [
    ...question.values.flatMap((literal) => countedOf(literal, question)),
    ...question.relations.flatMap((relation) => countedRelation(relation, question)),
  ]
  const predicates = withCounted(memory.predicates, counted, question)
  const isTooMany = predicates.length > MAX_PREDICATES
  const spent = counted
    .map(({ subject }) => subject)
    .filter((subject, i, all) => all.findIndex(({ key }) => key === subject.key) === i)
    .filter((subject) => isTooMany || countOf(subject, predicates) > allowanceOf(subject))
  const findings = [
    ...question.relations.flatMap((relation) => relationFindings(relation, question)),
    ...question.values.flatMap((literal) => narrowListFinding(literal, question, memory)),
    ...unspacedFindings(question),
    ...spent.map(({ path }): Finding => ({ code: 'BUDGET_SPENT', level: 'refuse', path })),
  ]
  return { findings, memory: { ...memory, predicates } }
}

/** A sum counts for each of its attributes: other weights are other questions about them. */
function countedOf(literal: ValueLiteral, question: Question): Counted[] {
  const { bySelector } = question.subjects
  const subjects = literal.quantity.weights
    .map(({ attribute }) => bySelector.get(attribute))
    .filter((subject) => subject !== undefined)
  const [first, second] = subjects
  if (first === undefined || first.isBirth) return []
  // A boolean has one question.
  if (second === undefined && first.type === 'boolean') return []
  const keys = first.type === 'text' ? [listKey(literal)] : limitKeys(literal, question)
  return subjects.flatMap((subject) => keys.map((key) => ({ subject, key })))
}

/** Also as a part of a sum, and beside another number. */
function unspacedFindings(question: Question): Finding[] {
  const { bySelector } = question.subjects
  const asked = [
    ...question.values.flatMap(({ quantity }) =>
      quantity.weights.map(({ attribute }) => bySelector.get(attribute)),
    ),
    ...question.relations.flatMap((relation) => comparedSides(relation, question)),
  ]
  return asked
    .filter((subject) => subject?.isUnspaced === true)
    .map((subject) => ({ code: 'NARROWS', level: 'refuse', path: subject?.path ?? '' }))
}

function listKey({ test, values }: ValueLiteral): string {
  return `${test === 'notIn' ? 'in' : test} ${shortHash(values.join())}`
}

/** The order of a policy's credentials, and with it the selectors, can be chosen freely. */
function limitKeys(literal: ValueLiteral, { subjects, moving }: Question): string[] {
  const weights = literal.quantity.weights.map(
    ({ attribute, times }) =>
      `${String(times)} ${subjects.bySelector.get(attribute)?.key ?? String(attribute)}`,
  )
  const name = weights.length === 1 ? '' : shortHash(weights.sort().join('+'))
  const subject = subjectOfLiteral(literal, subjects)
  return literalLimits(literal).map((limit) => {
    const moves = moving.find(
      ({ subject: key, at }) => key === subject?.key && BigInt(at) === limit,
    )
    return `${name}<=${moves?.by ?? String(limit)}`
  })
}

/**
 * An attribute that is compared with another one of numbers or dates: its issuer may have chosen
 * it as a limit, and another one the next day, so every day counts.
 */
function countedRelation(relation: RelationLiteral, question: Question): Counted[] {
  const sides = comparedSides(relation, question)
  const key = `${relation.subject} on ${String(question.asOf)}`
  return sides.filter(({ isBirth }) => !isBirth).map((subject) => ({ subject, key }))
}

function relationFindings(relation: RelationLiteral, question: Question): Finding[] {
  const [left, right] = comparedSides(relation, question)
  if (left === undefined || right === undefined) return []
  const birth = [left, right].find(({ isBirth }) => isBirth)
  if (birth && left.alias !== right.alias) {
    return [{ code: 'NARROWS', level: 'refuse', path: birth.path }]
  }
  return [{ code: 'COMPARES', level: 'warn', path: left.path, value: right.path }]
}

/** None for texts and booleans, and where two credentials state the same date of birth. */
function comparedSides(
  { left, right, mask }: RelationLiteral,
  { subjects: { bySelector } }: Question,
): Subject[] {
  const sides = [bySelector.get(left), bySelector.get(right)].filter((side) => side !== undefined)
  const isEquality = mask === EQUAL || mask === (LESS | GREATER)
  if (isEquality && sides.every(({ key }) => key === OWN_BIRTH)) return []
  return sides.every(({ type }) => type === 'date' || type === 'integer') ? sides : []
}

function narrowListFinding(
  literal: ValueLiteral,
  question: Question,
  { answered }: SiteMemory,
): Finding[] {
  const subject = subjectOfLiteral(literal, question.subjects)
  const isList = literal.test === 'in' || literal.test === 'notIn'
  if (subject?.isIdentifying !== true || !isList) return []
  if (literal.values.length > NARROW_VALUES) return []
  if (answered.some((one) => one.question === question.id)) return []
  const { path } = subject
  return [{ code: 'NARROW_LIST', level: 'warn', path, value: literal.values.length }]
}

function withCounted(
  predicates: readonly AskedPredicate[],
  counted: readonly Counted[],
  { asOf }: Question,
): AskedPredicate[] {
  const now = new Map(
    counted.map(({ subject, key }) => [
      `${subject.key} ${key}`,
      { subject: subject.key, key, last: asOf },
    ]),
  )
  const others = predicates.filter(({ subject, key }) => !now.has(`${subject} ${key}`))
  return [...others, ...now.values()]
}

function countOf({ key }: Subject, predicates: readonly AskedPredicate[]): number {
  return predicates.filter(({ subject }) => subject === key).length
}

function allowanceOf({ type }: Subject): number {
  return type === 'text' ? MAX_TEXT_LISTS : MAX_NUMBER_LIMITS
}
