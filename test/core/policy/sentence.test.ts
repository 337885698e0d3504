import { describe, expect, test } from 'vitest'
import { dayFromIso } from '../../../core/dates.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { policySentence, sentenceText } from '../../../core/policy/sentence.ts'
import type { PolicySentence } from '../../../core/policy/sentence.ts'
import { SCHEMAS, policyJson } from './world.ts'

const TODAY = dayFromIso('2026-11-22')

function sentence(members: object, slots: 1 | 2 | 3 = 1, issuers = {}): PolicySentence {
  return policySentence(parsePolicy(policyJson(members, slots), SCHEMAS), SCHEMAS, TODAY, issuers)
}

/** The lines of the rule alone, indented. */
function asked(where: unknown, slots: 1 | 2 | 3 = 1): string[] {
  const lines = sentence({ where }, slots).asked.slice(slots === 1 ? 2 : slots + 2)
  return lines.map(({ depth, text }) => '  '.repeat(depth) + text)
}

test('the whole sentence of a policy', () => {
  const where = {
    all: [
      { age: 'person.birthDate', atLeast: 65 },
      {
        any: [
          { attribute: 'income.annual', lt: 1_200_000 },
          { attribute: 'person.disability', gte: 50 },
        ],
      },
      { attribute: 'person.region', in: ['4401', '4403'] },
    ],
  }
  const once = { scope: 'winter-fuel-2026' }
  expect(sentenceText(sentence({ where, once }, 2, { income: 1 }))).toBe(`You prove:
  - You hold a credential “Person (person)”, signed by an issuer on the list “registries” and valid on 22 November 2026.
  - You hold a credential “Income (income)”, signed by an issuer on the list “tax-offices” and valid on 22 November 2026.
  - They all belong to one and the same holder.
  - None of them is revoked, according to a list at most 24 hours old.
  - You are 65 or older, by your date of birth (person).
  - At least one of these:
    - Your annual income (income) is less than 1,200,000 GBP pence.
    - Your degree of disability (person) is at least 50 per cent.
  - Your region (person) is one of “4401”, “4403”.
The verifier learns:
  - That all of this is true, on 22 November 2026.
  - A code that is always the same for “winter-fuel-2026”: it can recognise you within “winter-fuel-2026”, and accepts it once.
  - Who issued your credential: the list “tax-offices” names only one issuer.
It does not learn:
  - Your exact date of birth (person).
  - Your exact annual income (income).
  - Your exact degree of disability (person).
  - Your exact region (person).
  - Which of the alternatives applies to you.
  - Which issuer on the list “registries” issued your credential, unless it names only one.
  - Your codes elsewhere: this one is for this verifier and this scope only.
  - Anything else on your credentials.`)
})

describe('what is asked:', () => {
  const size = (op: string, value: unknown) => ({ attribute: 'person.householdSize', [op]: value })
  const student = { attribute: 'person.student', eq: true }
  test.each<[unknown, string[]]>([
    [{ age: 'person.birthDate', under: 18 }, ['You are under 18, by your date of birth.']],
    [
      { age: 'person.birthDate', atLeast: 18, under: 25, leapDay: 'feb28' },
      [
        'You are 18 or older and under 25, by your date of birth (born on 29 February: a year older on the 28th).',
      ],
    ],
    [
      { not: { age: 'person.birthDate', atLeast: 18, under: 25 } },
      ['You are under 18 or 25 or older, by your date of birth.'],
    ],
    [{ age: 'person.movedIn', atLeast: 1 }, ['It is at least 1 year since your day of moving in.']],
    [size('eq', 2), ['Your household size is 2.']],
    [{ not: size('eq', 2) }, ['Your household size is not 2.']],
    [{ not: size('lt', 2) }, ['Your household size is at least 2.']],
    [{ not: { not: size('lte', 2) } }, ['Your household size is at most 2.']],
    [size('between', [2, 1000]), ['Your household size is from 2 to 1000.']],
    [size('in', [2]), ['Your household size is 2.']],
    [{ not: size('in', [2, 3]) }, ['Your household size is not one of 2, 3.']],
    [
      size(
        'notIn',
        Array.from({ length: 14 }, (_, i) => i),
      ),
      ['Your household size is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more.'],
    ],
    [student, ['Your student status is true.']],
    [{ not: student }, ['Your student status is not true.']],
    [
      { attribute: 'person.movedIn', lte: { today: -365 } },
      [
        'Your day of moving in is on or before 365 days before the day of proof (22 November 2025).',
      ],
    ],
    [
      { attribute: 'person.movedIn', gt: { today: 0 } },
      ['Your day of moving in is after the day of proof (22 November 2026).'],
    ],
    [
      { not: { attribute: 'person.movedIn', lt: '2020-01-31' } },
      ['Your day of moving in is on or after 31 January 2020.'],
    ],
    [
      { attribute: 'person.movedIn', gt: { attribute: 'person.birthDate' } },
      ['Your day of moving in is after your date of birth.'],
    ],
    [
      { attribute: 'person.photo', eq: { attribute: 'person.idNumber' } },
      ['Your photo is the same as your identity number.'],
    ],
    [{ attribute: 'person.region', prefix: '44' }, ['Your region starts with “44”.']],
    [
      { not: { attribute: 'person.region', prefix: '4' } },
      ['Your region does not start with “4”, or is longer than 14 bytes.'],
    ],
    [{ attribute: 'person.region', lte: 'b' }, ['Your region is or sorts before “b”.']],
    [
      { not: { attribute: 'person.region', lte: 'b' } },
      ['Your region sorts after “b”, or is longer than 14 bytes.'],
    ],
    [{ attribute: 'person.region', between: ['a', 'c'] }, ['Your region is from “a” to “c”.']],
    [
      { not: { attribute: 'person.region', between: ['a', 'c'] } },
      ['Your region is not from “a” to “c”, or is longer than 14 bytes.'],
    ],
    [{ not: { attribute: 'person.region', eq: 'b' } }, ['Your region is not “b”.']],
    [
      {
        sum: [
          { attribute: 'person.disability' },
          { attribute: 'person.householdSize', times: -59_600 },
          { attribute: 'person.student', times: 5 },
        ],
        lt: -1000,
      },
      [
        'Your degree of disability (in per cent) − 59,600 × your household size + 5 × your student status (1 if true, 0 if not) is less than −1000.',
      ],
    ],
    [
      { not: { any: [student, { all: [size('eq', 1), size('eq', 2)] }] } },
      [
        'None of these:',
        '  Your student status is true.',
        '  All of these:',
        '    Your household size is 1.',
        '    Your household size is 2.',
      ],
    ],
    [
      { any: [{ not: { all: [student, size('eq', 1)] } }, { atLeast: 2, of: [student, student] }] },
      [
        'At least one of these:',
        '  Not all of these:',
        '    Your student status is true.',
        '    Your household size is 1.',
        '  At least 2 of these 2:',
        '    Your student status is true.',
        '    Your student status is true.',
      ],
    ],
    [
      { not: { atLeast: 2, of: [student, size('eq', 1), size('eq', 2)] } },
      [
        'Fewer than 2 of these 3:',
        '  Your student status is true.',
        '  Your household size is 1.',
        '  Your household size is 2.',
      ],
    ],
    [
      { all: [student, { all: [size('eq', 1)] }] },
      ['Your student status is true.', 'Your household size is 1.'],
    ],
  ])('%j', (where, lines) => {
    expect(asked(where)).toEqual(lines)
  })

  test('texts cannot disguise themselves', () => {
    const region = (eq: string) => asked({ attribute: 'person.region', eq })[0]
    expect(region('a”.\u202eb\n')).toBe('Your region is “a\\u{201d}.\\u{202e}b\\u{a}”.')
    expect(region('a\u200db')).toBe('Your region is “a\\u{200d}b”.')
  })
})

describe('what is learned and what is not:', () => {
  const region = { attribute: 'person.region', eq: '4401' }
  const student = { attribute: 'person.student', eq: true }
  const adult = { age: 'person.birthDate', atLeast: 18 }

  test('a value the rule fixes is not called hidden', () => {
    const { hidden } = sentence({ where: { all: [region, adult] } })
    expect(hidden).toContain('More about your region than stated above.')
    expect(hidden).toContain('Your exact date of birth.')
    expect(hidden).toContainEqual(expect.stringMatching(/^Whether you come again: .*, unless/))
  })

  test('nor is one that several conditions fix together', () => {
    const size = (op: string, value: number) => ({ attribute: 'person.householdSize', [op]: value })
    const { hidden } = sentence({ where: { all: [size('gt', 1), size('lt', 3)] } })
    expect(hidden).toContain('More about your household size than stated above.')
  })

  test('nor is one that is compared with another attribute or summed up', () => {
    const where = {
      any: [
        { attribute: 'person.photo', eq: { attribute: 'person.idNumber' } },
        { sum: [{ attribute: 'person.disability' }, { attribute: 'person.householdSize' }], lt: 1 },
      ],
    }
    expect(sentence({ where }).hidden.filter((line) => line.startsWith('More about'))).toHaveLength(
      4,
    )
  })

  test('a value that only one alternative fixes is hidden, as long as alternatives are', () => {
    const where = { any: [student, adult] }
    expect(sentence({ where }).hidden).toContain('Your exact student status.')
    const disclosing = sentence({ where, disclose: ['person.birthDate'] }).hidden
    expect(disclosing).toContain('More about your student status than stated above.')
    expect(disclosing).toContainEqual(expect.stringMatching(/^Which of the alternatives .*unless/))
  })

  test('there is no word of alternatives where there is only one', () => {
    const older = { age: 'person.birthDate', atLeast: 65 }
    const { hidden } = sentence({ where: { any: [adult, older] } })
    expect(hidden.some((line) => line.startsWith('Which of the alternatives'))).toBe(false)
  })

  test('disclosed values are learned, and not called hidden', () => {
    const { learned, hidden } = sentence({ where: adult, disclose: ['person.birthDate'] })
    expect(learned).toContain('The value of your date of birth.')
    expect(hidden.some((line) => line.includes('date of birth'))).toBe(false)
    expect(hidden).toContainEqual(expect.stringMatching(/^Whether you come again: .*, unless/))
  })

  test('without pseudonym nobody is recognised', () => {
    expect(sentence({ where: adult }).hidden).toContain(
      'Whether you come again: it cannot recognise you by this proof.',
    )
  })

  test.each<[object, string, string[]]>([
    [
      { recognise: { scope: 'club' } },
      'A code that is always the same for “club”: it can recognise you within “club”.',
      ['Your codes elsewhere: this one is for this verifier and this scope only.'],
    ],
    [
      { once: { scope: 'x', per: 'credential' } },
      'A code that is always the same for “x”: it can recognise this credential (person) within “x”, and accepts it once.',
      ['Your codes elsewhere: this one is for this verifier and this scope only.'],
    ],
    [
      { once: { scope: 'x', limit: 3, shared: true } },
      'One of 3 codes that you have for “x”: it accepts each once, and can recognise a code that comes back, with everyone who uses “x”.',
      ['Which other codes are yours.', 'Your codes in other scopes.'],
    ],
  ])('the pseudonym of %j', (members, line, others) => {
    const { learned, hidden } = sentence(members)
    expect(learned).toContain(line)
    expect(hidden).toEqual(expect.arrayContaining(others))
    expect(hidden.some((text) => text.includes('come again'))).toBe(false)
  })

  test('the issuer is hidden only among several', () => {
    const line = 'Which issuer on the list “registries” issued your credential'
    expect(sentence({}).hidden).toContain(`${line}, unless it names only one.`)
    expect(sentence({}, 1, { person: 2 }).hidden).toContain(`${line}.`)
    expect(sentence({}, 1, { person: 1 }).hidden.join()).not.toContain(line)
  })

  test('nothing is promised about a policy too large to be analysed', () => {
    const unlike = Array.from({ length: 120 }, (_, i) => ({
      attribute: 'person.region',
      ne: `r${String(i)}`,
    }))
    const { hidden } = sentence({ where: { atLeast: 60, of: unlike } })
    expect(hidden).toContain('More about your region than stated above.')
    expect(hidden.some((line) => line.startsWith('Which of the alternatives'))).toBe(false)
  })
})
