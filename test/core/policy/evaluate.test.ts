import { describe, expect, test } from 'vitest'
import { dayFromIso } from '../../../core/dates.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import { ANA, ANAS_INCOME, SCHEMAS, policyWhere, refusal } from './world.ts'
import type { PersonValues } from './world.ts'

// The oracle of all other tests, checked against answers written down by hand.

function holds(where: unknown, person: PersonValues = {}, asOf = '2026-11-22'): boolean {
  const people = { person: { ...ANA, ...person }, income: ANAS_INCOME }
  return evaluatePolicy(policyWhere(where, 2), SCHEMAS, people, dayFromIso(asOf))
}

describe('an age', () => {
  const adult = { age: 'person.birthDate', atLeast: 18 }
  test.each([
    ['2008-11-22', '2026-11-22', true],
    ['2008-11-23', '2026-11-22', false],
    ['2008-11-23', '2026-11-23', true],
    ['2008-02-29', '2026-02-28', false],
    ['2008-02-29', '2026-03-01', true],
    ['2008-02-28', '2026-02-28', true],
    ['2010-02-28', '2028-02-28', true],
    ['2026-11-23', '2026-11-22', false],
  ])('of 18, born %s, on %s: %s', (birthDate, asOf, expected) => {
    expect(holds(adult, { birthDate }, asOf)).toBe(expected)
    expect(holds({ age: 'person.birthDate', under: 18 }, { birthDate }, asOf)).toBe(!expected)
  })

  test('of someone born on 29 February counts from 28 February if the policy says so', () => {
    const early = { ...adult, leapDay: 'feb28' }
    const birthDate = '2008-02-29'
    expect(holds(early, { birthDate }, '2026-02-27')).toBe(false)
    expect(holds(early, { birthDate }, '2026-02-28')).toBe(true)
    expect(holds({ ...early, atLeast: 20 }, { birthDate }, '2028-02-28')).toBe(false)
    expect(holds({ ...early, atLeast: 20 }, { birthDate }, '2028-02-29')).toBe(true)
  })
})

describe('a condition', () => {
  test.each<[string, unknown, PersonValues, boolean]>([
    ['eq of texts', { attribute: 'person.region', eq: 'Ä' }, { region: 'A\u0308' }, true],
    ['ne of texts', { attribute: 'person.region', ne: 'ä' }, { region: 'Ä' }, true],
    ['order by bytes', { attribute: 'person.region', lt: '\uffee' }, { region: '😀' }, false],
    ['shorter first', { attribute: 'person.region', lt: 'ab' }, { region: 'a' }, true],
    ['prefix', { attribute: 'person.region', prefix: '44' }, { region: '4401' }, true],
    ['the prefix itself', { attribute: 'person.region', prefix: '44' }, { region: '44' }, true],
    ['another prefix', { attribute: 'person.region', prefix: '44' }, { region: '4' }, false],
    ['integers, not texts', { attribute: 'person.disability', lt: 9 }, { disability: 10 }, false],
    [
      'integers above 2^53',
      { attribute: 'person.disability', gt: '9007199254740992' },
      { disability: '9007199254740993' },
      true,
    ],
    ['both ends', { attribute: 'person.disability', between: [1, 2] }, { disability: 2 }, true],
    ['a list', { attribute: 'person.region', in: ['4401', '4403'] }, { region: '4402' }, false],
    ['no list', { attribute: 'person.region', notIn: ['4401'] }, { region: '4402' }, true],
    [
      'a year ago',
      { attribute: 'person.movedIn', lte: { today: -365 } },
      { movedIn: '2025-11-22' },
      true,
    ],
    [
      'later',
      { attribute: 'person.movedIn', lte: { today: -365 } },
      { movedIn: '2025-11-23' },
      false,
    ],
    [
      'another credential',
      { attribute: 'person.idNumber', eq: { attribute: 'income.idNumber' } },
      {},
      true,
    ],
    [
      'a limit per head',
      {
        sum: [
          { attribute: 'income.annual' },
          { attribute: 'person.householdSize', times: -550_000 },
        ],
        lte: 0,
      },
      { householdSize: 2 },
      true,
    ],
    [
      'truths that count',
      { sum: [{ attribute: 'person.student' }, { attribute: 'person.veteran' }], eq: 1 },
      { student: true, veteran: true },
      false,
    ],
  ])('%s', (_, where, person, expected) => {
    expect(holds(where, person)).toBe(expected)
    expect(holds({ not: where }, person)).toBe(!expected)
  })
})

test('texts over 14 bytes come after all others and have no prefix', () => {
  const region = 'a text of more than 14 bytes'
  expect(holds({ attribute: 'person.region', gt: 'zzzzzzzzzzzzzz' }, { region })).toBe(true)
  expect(holds({ attribute: 'person.region', prefix: 'a' }, { region })).toBe(false)
  expect(holds({ attribute: 'person.region', eq: region }, { region })).toBe(true)
})

test('a policy without rule holds', () => {
  expect(holds({ all: [{ attribute: 'person.region', eq: '4401' }] })).toBe(true)
})

test('a missing value is refused, naming it and not the others', () => {
  const policy = policyWhere({ attribute: 'person.region', eq: '4401' })
  for (const people of [{}, { person: {} }]) {
    const error = refusal(() => evaluatePolicy(policy, SCHEMAS, people, 46_000))
    expect(error.code).toBe('ATTRIBUTE_INVALID')
    expect(error.message).toBe('person.region: missing')
  }
})
