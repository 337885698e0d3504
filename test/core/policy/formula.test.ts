import { describe, expect, test } from 'vitest'
import { dayFromIso } from '../../../core/dates.ts'
import { compilePolicy, evaluateCompiled } from '../../../core/policy/compile.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import { ANA, ANAS_INCOME, SCHEMAS, encodePeople, policyWhere, refusal } from './world.ts'

type Assignment = readonly boolean[]
type TruthFunction = (values: Assignment) => boolean

/** A rule with the truth function it should have, written down separately. */
interface Sample {
  readonly name: string
  readonly rule: unknown
  readonly truth: TruthFunction
}

const TODAY = dayFromIso('2026-11-22')
const PATHS = ['person.student', 'person.veteran', 'income.employed', 'partner.student']
const ASSIGNMENTS = Array.from({ length: 16 }, (_, n) => PATHS.map((_, i) => (n >> i) % 2 === 1))

const variables: Sample[] = PATHS.map((attribute, i) => ({
  name: String.fromCharCode(97 + i),
  rule: { attribute, eq: true },
  truth: (values) => values[i] === true,
}))
const [a, b, c, d] = variables as [Sample, Sample, Sample, Sample]

function not({ name, rule, truth }: Sample): Sample {
  return { name: `not ${name}`, rule: { not: rule }, truth: (values) => !truth(values) }
}
function all(...parts: Sample[]): Sample {
  return {
    name: `(${parts.map(({ name }) => name).join(' and ')})`,
    rule: { all: parts.map(({ rule }) => rule) },
    truth: (values) => parts.every(({ truth }) => truth(values)),
  }
}
function any(...parts: Sample[]): Sample {
  return {
    name: `(${parts.map(({ name }) => name).join(' or ')})`,
    rule: { any: parts.map(({ rule }) => rule) },
    truth: (values) => parts.some(({ truth }) => truth(values)),
  }
}
function atLeast(count: number, ...parts: Sample[]): Sample {
  return {
    name: `${String(count)} of (${parts.map(({ name }) => name).join(', ')})`,
    rule: { atLeast: count, of: parts.map(({ rule }) => rule) },
    truth: (values) => parts.filter(({ truth }) => truth(values)).length >= count,
  }
}

const joined = [
  ...[all, any].flatMap((join) => [join(a), join(a, b), join(a, b, c), join(a, b, c, d)]),
  ...[1, 2, 3].map((count) => atLeast(count, a, b, c)),
  ...[1, 2, 3, 4].map((count) => atLeast(count, a, b, c, d)),
]
const nested = [all, any].flatMap((outer) =>
  [all, any].flatMap((inner) => [
    outer(a, inner(b, c)),
    outer(inner(a, b), inner(c, d)),
    outer(not(a), not(inner(b, not(c)))),
    outer(inner(a, not(b)), inner(not(a), b)),
    outer(atLeast(2, a, b, c), inner(d, not(a))),
    outer(a, inner(b, outer(c, inner(d, not(a))))),
  ]),
)
const redundant = [
  any(a, all(a, b)),
  any(all(a, b), a, all(a, b, c)),
  all(a, any(a, b)),
  any(all(a, not(a)), b),
  all(any(a, not(a)), b),
  any(all(a, b), all(a, b)),
  any(all(a, b), all(not(a), c), all(b, c)),
  atLeast(2, a, a, b),
  atLeast(2, a, not(a), b),
  atLeast(1, all(a, b), all(b, c), all(a, c)),
  not(not(not(a))),
]
const samples = [a, ...joined, ...nested, ...redundant]
const opposites = samples.map(not)

function peopleWith([student, veteran, employed, partnerStudent]: Assignment) {
  return {
    person: { ...ANA, student: student ?? false, veteran: veteran ?? false },
    income: { ...ANAS_INCOME, employed: employed ?? false },
    partner: { ...ANA, student: partnerStudent ?? false },
  }
}

describe('the truth table of', () => {
  test.each([...samples, ...opposites])('$name', ({ rule, truth }) => {
    const policy = policyWhere(rule, 3)
    const isEverTrue = ASSIGNMENTS.some(truth)
    if (!isEverTrue) {
      expect(refusal(() => compilePolicy(policy, SCHEMAS, TODAY)).code).toBe('POLICY_INVALID')
      return
    }
    const compiled = compilePolicy(policy, SCHEMAS, TODAY)
    for (const values of ASSIGNMENTS) {
      const people = peopleWith(values)
      expect(evaluatePolicy(policy, SCHEMAS, people, TODAY)).toBe(truth(values))
      expect(evaluateCompiled(compiled, encodePeople(policy, people))).toBe(truth(values))
    }
    if (ASSIGNMENTS.every(truth)) expect(new Set(compiled.terms)).toEqual(new Set([0n]))
  })
})

describe('a rule nobody can satisfy is refused', () => {
  const region = (op: string, value: unknown) => ({ attribute: 'person.region', [op]: value })
  const size = (op: string, value: unknown) => ({ attribute: 'person.householdSize', [op]: value })
  test.each([
    ['x and not x', all(a, not(a)).rule],
    ['an empty range, upper end first', { all: [size('lt', 6), size('gt', 5)] }],
    ['an empty range', { all: [size('gt', 5), size('lt', 6)] }],
    ['a range without its only values', { all: [size('between', [5, 6]), size('notIn', [5, 6])] }],
    ['two different values', { all: [region('eq', 'a'), region('eq', 'b')] }],
    [
      'two lists without common value',
      { all: [region('in', ['a', 'b']), region('in', ['c', 'd'])] },
    ],
    ['a list and its exclusion', { all: [region('in', ['a', 'b']), region('notIn', ['b', 'a'])] }],
    ['less than nothing', size('lt', 0)],
    ['more than the largest integer', size('gt', '18446744073709551615')],
    ['a sum out of reach', { sum: [{ attribute: 'person.householdSize', times: -1 }], gt: 0 }],
    ['an even sum that is odd', { sum: [{ attribute: 'person.householdSize', times: 2 }], eq: 5 }],
    ['born before the calendar', { age: 'person.birthDate', atLeast: 150 }],
    [
      'less and greater than another attribute',
      {
        all: [
          { attribute: 'person.birthDate', lt: { attribute: 'person.movedIn' } },
          { attribute: 'person.movedIn', lte: { attribute: 'person.birthDate' } },
        ],
      },
    ],
  ])('%s', (_, where) => {
    const error = refusal(() => compilePolicy(policyWhere(where), SCHEMAS, TODAY))
    expect(error.code).toBe('POLICY_INVALID')
    expect(error.message).toMatch(/^policy\.where: /)
  })
})

describe('a rule everybody satisfies compiles to the empty term', () => {
  const size = (op: string, value: unknown) => ({ attribute: 'person.householdSize', [op]: value })
  test.each([
    ['x or not x', any(a, not(a)).rule],
    ['at least nothing', size('gte', 0)],
    ['at most the largest integer', size('lte', '18446744073709551615')],
    ['below or above', { any: [size('lte', 5), size('gt', 4)] }],
    ['one of both booleans', { any: [a.rule, { attribute: 'person.student', eq: false }] }],
    ['not a contradiction', { not: { all: [size('eq', 1), size('eq', 2)] } }],
    ['in a list or not', { any: [size('in', [1, 2]), size('notIn', [1, 2])] }],
  ])('%s', (_, where) => {
    const compiled = compilePolicy(policyWhere(where), SCHEMAS, TODAY)
    expect(new Set(compiled.terms)).toEqual(new Set([0n]))
  })
})
