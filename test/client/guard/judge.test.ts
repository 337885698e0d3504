import { describe, expect, test } from 'vitest'
import { dayFromIso } from '../../../core/dates.ts'
import { emptyMemory, siteMemoryShape } from '../../../client/guard/judge.ts'
import { EXAMPLES, SCHEMAS, Site, TODAY, codesOf, listOf, policyOf } from './support.ts'
import { judgeRequest } from '../../../client/guard/judge.ts'

const BIRTH = 'person.birthDate'
const older = (years: number) => ({ age: BIRTH, atLeast: years })
const younger = (years: number) => ({ age: BIRTH, under: years })
const before = (day: string) => ({ attribute: BIRTH, lt: day })

describe('one question about a date of birth', () => {
  test('a usual age is unremarkable', () => {
    expect(new Site().codes(older(18))).toEqual([])
    expect(new Site().codes({ age: BIRTH, atLeast: 16, under: 26 })).toEqual([])
  })

  test('another age is called out, with the years', () => {
    expect(new Site().ask(policyOf(older(43)))).toEqual([
      { code: 'UNUSUAL_AGE', level: 'warn', path: BIRTH, value: 43 },
    ])
  })

  test('a date is called out, with the last day on its lower side', () => {
    expect(new Site().ask(policyOf(before('1990-05-18')))).toEqual([
      { code: 'UNUSUAL_DATE', level: 'warn', path: BIRTH, value: '1990-05-17' },
    ])
    const relative = { attribute: BIRTH, lte: { today: -10_000 } }
    expect(new Site().codes(relative)).toEqual(['UNUSUAL_DATE'])
  })

  test.each([
    ['a day', { attribute: BIRTH, eq: '1990-05-17' }],
    ['every day but one', { attribute: BIRTH, ne: '1990-05-17' }],
    ['a list of days', { attribute: BIRTH, in: ['1990-05-17', '1991-05-17', '1980-01-01'] }],
    ['days that are not on a list', { attribute: BIRTH, notIn: ['1990-05-17'] }],
    ['a month', { attribute: BIRTH, between: ['2008-03-01', '2008-05-31'] }],
    ['a month, as both of two', { all: [before('2008-06-01'), { not: before('2008-03-01') }] }],
    [
      'a month, as none of two',
      { not: { any: [before('2008-03-01'), { attribute: BIRTH, gte: '2008-06-01' }] } },
    ],
    ['an age and a date near it', { all: [older(18), { attribute: BIRTH, gt: '2008-05-01' }] }],
    [
      'two ages on different leap days',
      { all: [{ ...older(18), leapDay: 'feb28' }, before('2008-10-01')] },
    ],
    [
      'one of two, if other things hold',
      {
        any: [
          { all: [before('2008-03-01'), { attribute: 'person.student', eq: true }] },
          before('2008-06-01'),
        ],
      },
    ],
    [
      'two of three',
      { atLeast: 2, of: [before('2008-03-01'), before('2008-06-01'), before('1960-01-01')] },
    ],
    [
      'a month of a passport',
      { all: [before('2008-06-01'), { attribute: 'passport.dateOfBirth', gte: '2008-03-01' }] },
    ],
    ['less than a year ago', { attribute: BIRTH, gt: { today: -100 } }],
    [
      'a comparison with a date that its issuer chose',
      { attribute: BIRTH, lt: { attribute: 'passport.expires' } },
    ],
  ])('%s is never answered', (_, where) => {
    expect(new Site().codes(where)).toContain('NARROWS')
  })

  test('a whole year, days of a list side by side and two equal dates are no such thing', () => {
    const year = { attribute: BIRTH, between: ['1990-01-01', '1990-12-31'] }
    expect(new Site().codes(year)).not.toContain('NARROWS')
    const infant = { age: 'guardian.childBirthDate', under: 1 }
    expect(new Site().codes(infant)).not.toContain('NARROWS')
    const same = { attribute: BIRTH, eq: { attribute: 'passport.dateOfBirth' } }
    expect(new Site().codes(same)).toEqual([])
  })
})

describe('several questions about a date of birth', () => {
  test('limits a year apart are let through, nearer ones not, answered or not', () => {
    for (const answers of [true, false]) {
      const site = new Site()
      expect(site.codes(before('1990-01-01'), TODAY, answers)).toEqual(['UNUSUAL_DATE'])
      expect(site.codes(before('1989-01-02'), TODAY, answers)).toEqual(['NARROWS'])
      expect(site.codes(before('1989-01-01'), TODAY, answers)).toEqual(['UNUSUAL_DATE'])
      expect(site.codes({ not: before('1990-01-01') }, TODAY, answers)).not.toContain('NARROWS')
    }
  })

  test('another site begins anew; another name of the policy or of the credential does not', () => {
    const site = new Site()
    site.codes(before('1990-01-01'))
    expect(new Site().codes(before('1990-06-01'))).toEqual(['UNUSUAL_DATE'])
    expect(site.codes({ attribute: 'passport.dateOfBirth', lt: '1990-06-01' })).toEqual(['NARROWS'])
    expect(site.codes({ age: 'guardian.childBirthDate', under: 4 })).toEqual([])
  })

  test('what an answer has decided may be asked again at any time', () => {
    const site = new Site()
    expect(site.codes(older(18), TODAY, true)).toEqual([])
    for (const days of [1, 30, 500]) {
      expect(site.codes(older(18), TODAY + days, true)).toEqual([])
      expect(site.codes({ not: younger(18) }, TODAY + days, true)).toEqual([])
      expect(site.codes(older(16), TODAY + days, true)).toEqual([])
    }
  })

  test('the same age on a later day is not answered unasked where it may tell a birthday', () => {
    const site = new Site()
    expect(site.codes(older(18))).toEqual([])
    expect(site.ask(policyOf(older(18)), TODAY + 1)).toContainEqual({
      code: 'COULD_NOT_BEFORE',
      level: 'warn',
      path: BIRTH,
      value: '2026-11-22',
    })
    expect(site.codes(older(18), TODAY + 364)).toEqual(['COULD_NOT_BEFORE'])
    expect(site.codes(older(18), TODAY + 365)).toEqual([])
  })

  test('an entitlement that ends is called out from the second day on, and never refused', () => {
    const site = new Site()
    expect(site.codes(younger(26), TODAY, true)).toEqual([])
    expect(site.ask(policyOf(younger(26)), TODAY + 1, { answers: true })).toContainEqual({
      code: 'CHANGES_LATER',
      level: 'warn',
      path: BIRTH,
      value: '2026-11-22',
    })
    for (let day = 2; day < 400; day++) {
      expect(site.codes(younger(26), TODAY + day, true)).toEqual(['CHANGES_LATER'])
    }
    expect(site.memory.limits).toHaveLength(1)
  })

  test('an alternative that was answered stays answered, unless days can take it away', () => {
    const disabled = { attribute: 'person.disability', gte: 50 }
    const lasting = new Site()
    lasting.codes({ any: [older(65), disabled] }, TODAY, true)
    expect(lasting.codes({ any: [older(65), disabled] }, TODAY + 9, true)).toEqual([])
    expect(lasting.codes({ any: [older(65), { not: disabled }] }, TODAY + 9)).toEqual([
      'COULD_NOT_BEFORE',
    ])
    const ending = new Site()
    const visit = { any: [older(65), { attribute: 'prescription.lastFill', gte: { today: 0 } }] }
    ending.codes(visit, TODAY, true)
    expect(ending.codes(visit, TODAY + 9)).toContain('CHANGES_LATER')
  })

  test('more than eight limits in a year are too many, and the next year counts anew', () => {
    const site = new Site()
    const limit = (year: number) => before(`${String(year)}-01-01`)
    for (let year = 1950; year < 1966; year += 2) {
      expect(site.codes(limit(year))).toEqual(['UNUSUAL_DATE'])
    }
    expect(site.codes(limit(1980))).toContain('BUDGET_SPENT')
    expect(site.codes(limit(1950))).not.toContain('BUDGET_SPENT')
    expect(site.codes(limit(1980), TODAY + 366)).toEqual(['UNUSUAL_DATE'])
    expect(site.codes(before('1980-06-01'), TODAY + 800)).toEqual(['NARROWS'])
  })
})

describe('questions about other attributes', () => {
  const income = (limit: number) => ({ attribute: 'income.annual', lte: limit })

  test('four limits of an amount in a year, whatever form they have', () => {
    const site = new Site()
    expect(site.codes(income(1_000_000))).toEqual([])
    expect(site.codes({ not: income(1_000_000) })).toEqual([])
    expect(site.codes({ attribute: 'income.annual', between: [1_000_001, 2_000_000] })).toEqual([])
    const sum = {
      sum: [
        { attribute: 'income.annual', times: 1000 },
        { attribute: 'income.taxYear', times: 1 },
      ],
      lte: 9,
    }
    expect(site.codes(sum)).toEqual([])
    expect(site.codes(income(3_000_000))).toEqual([])
    expect(site.ask(policyOf(income(4_000_000)))).toContainEqual({
      code: 'BUDGET_SPENT',
      level: 'refuse',
      path: 'income.annual',
    })
    expect(site.codes(income(1_000_000))).toEqual([])
    expect(site.codes(income(4_000_000), TODAY + 365)).toEqual([])
  })

  test('six lists of a text in a year; a yes-or-no attribute has one question', () => {
    const site = new Site()
    const region = (name: string) => ({ attribute: 'person.region', eq: name })
    for (const name of ['A', 'B', 'C', 'D', 'E', 'F']) expect(site.codes(region(name))).toEqual([])
    expect(site.codes(region('G'))).toEqual(['BUDGET_SPENT'])
    expect(site.codes({ not: region('A') })).toEqual([])
    const student = { attribute: 'person.student', eq: true }
    for (let i = 0; i < 9; i++) expect(site.codes(student)).toEqual([])
  })

  test('a date that moves with the day is one limit', () => {
    const site = new Site()
    for (let day = 0; day < 300; day++) {
      const recent = { attribute: 'prescription.issued', gte: { today: -30 } }
      expect(site.codes(recent, TODAY + day, true)).toEqual([])
    }
    const fixed = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01'].map((day) =>
      site.codes({ attribute: 'prescription.issued', gte: day }, TODAY + 300),
    )
    expect(fixed).toEqual([[], [], [], ['BUDGET_SPENT']])
  })

  test('a short list of what tells who somebody is, is called out; of regions, not', () => {
    const person = { attribute: 'person.personId', in: ['a', 'b'] }
    expect(new Site().ask(policyOf(person))).toEqual([
      { code: 'NARROW_LIST', level: 'warn', path: 'person.personId', value: 2 },
    ])
    expect(new Site().codes({ not: person })).toEqual(['NARROW_LIST'])
    expect(new Site().codes({ attribute: 'person.region', in: ['US-NJ'] })).toEqual([])
  })

  test('texts of two credentials link them; numbers and dates can be chosen by an issuer', () => {
    const link = { attribute: 'income.personId', eq: { attribute: 'person.personId' } }
    expect(new Site().codes(link)).toEqual([])
    const compared = { attribute: 'income.annual', gt: { attribute: 'passport.points' } }
    const site = new Site()
    for (let day = 0; day < 4; day++)
      expect(site.codes(compared, TODAY + day)).toEqual(['COMPARES'])
    expect(site.codes(compared, TODAY + 3)).toEqual(['COMPARES'])
    expect(site.codes(compared, TODAY + 4)).toContain('BUDGET_SPENT')
  })
})

describe('a date of birth that is signed as something else', () => {
  const text = { attribute: 'passport.birthText', in: ['1990-05-17', '1990-05-18'] }
  const number = { attribute: 'passport.dayOfBirth', lte: 19_900_517 }

  test.each([
    ['a text', text],
    ['not a text', { not: text }],
    ['the beginning of a text', { attribute: 'passport.birthText', prefix: '1990' }],
    ['a number', number],
    ['one of several', { any: [number, { attribute: 'person.student', eq: true }] }],
    [
      'a part of a sum',
      {
        sum: [
          { attribute: 'passport.points', times: 1 },
          { attribute: 'passport.dayOfBirth', times: 1 },
        ],
        lte: 9,
      },
    ],
    [
      'a number beside another one',
      { attribute: 'passport.dayOfBirth', lt: { attribute: 'passport.points' } },
    ],
  ])('as %s is never answered', (_, where) => {
    expect(new Site().codes(where)).toContain('NARROWS')
  })

  test('a year and a place of birth are no such date', () => {
    expect(new Site().codes({ attribute: 'passport.birthYear', lte: 2008 })).toEqual([])
    expect(new Site().codes({ attribute: 'passport.placeOfBirth', in: ['Ulm', 'Bonn'] })).toEqual(
      [],
    )
  })
})

describe('trust lists', () => {
  const question = policyOf({ age: BIRTH, atLeast: 18 })
  const ask = (site: Site, issuers: string[], answers = true) =>
    codesOf(site.ask(question, TODAY, { answers, trust: { person: listOf(issuers) } }))
  const many = Array.from({ length: 9 }, (_, i) => `https://${String(i)}.example`)

  test('one issuer and few are mentioned, many not', () => {
    expect(ask(new Site(), many)).toEqual([])
    expect(ask(new Site(), many.slice(0, 4))).toEqual(['FEW_ISSUERS'])
    const trust = { person: listOf(['https://a.example']) }
    expect(new Site().ask(question, TODAY, { trust })).toEqual([
      { code: 'SINGLE_ISSUER', level: 'note', path: 'person', value: 'https://a.example' },
    ])
  })

  test('issuers of another schema on the list do not count', () => {
    const list = listOf(['https://a.example'])
    const { leaves } = listOf(many, 'income/1')
    const trust = { person: { ...list, leaves: [...list.leaves, ...leaves] } }
    expect(codesOf(new Site().ask(question, TODAY, { trust }))).toEqual(['SINGLE_ISSUER'])
  })

  test('a list that gets narrower is called out, and halving it again and again is stopped', () => {
    const site = new Site()
    expect(ask(site, many)).toEqual([])
    expect(ask(site, many.slice(1))).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(2))).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(3))).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(4))).toContain('BUDGET_SPENT')
    expect(ask(site, many)).toEqual([])
  })

  test('a list that gets narrower is called out each time until it was answered', () => {
    const site = new Site()
    expect(ask(site, many, false)).toEqual([])
    expect(ask(site, many.slice(1), false)).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(1), false)).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(1))).toEqual(['LIST_NARROWED'])
    expect(ask(site, many.slice(1))).toEqual([])
    expect(ask(site, many)).toEqual([])
  })

  test('invented names count as one issuer if one key signs for them', () => {
    const trust = { person: listOf(many, 'person/1', { jwk: () => 'one' }) }
    expect(codesOf(new Site().ask(question, TODAY, { trust }))).toEqual(['SINGLE_ISSUER'])
  })

  test.each(['jwk', 'key'])('the same names with another %s are other issuers', (part) => {
    const half = (name: string) => `${name}${Number(name.at(8)) < 4 ? '' : ' of nobody'}`
    const site = new Site()
    expect(ask(site, many)).toEqual([])
    const trust = { person: listOf(many, 'person/1', { [part]: half }) }
    expect(codesOf(site.ask(question, TODAY, { trust }))).toEqual(['LIST_NARROWED'])
  })

  test('a list that grows tells nothing new after an answer, and is counted before one', () => {
    const answered = new Site()
    const silent = new Site()
    for (let size = 5; size < 9; size++) {
      expect(ask(answered, many.slice(0, size))).toEqual([])
      expect(ask(silent, many.slice(0, size), false)).toEqual([])
    }
    expect(ask(answered, many)).toEqual([])
    expect(ask(silent, many, false)).toEqual(['BUDGET_SPENT'])
  })
})

describe('what else is told', () => {
  test('values shown, recognition, shared names and how often the site has asked', () => {
    const site = new Site()
    expect(codesOf(site.ask(EXAMPLES.get('library-card@1')!))).toEqual([
      'DISCLOSES',
      'DISCLOSES',
      'DISCLOSES',
    ])
    expect(site.ask(EXAMPLES.get('livestream-16@1')!)).toContainEqual({
      code: 'ASKED_BEFORE',
      level: 'note',
      value: 1,
    })
    expect(codesOf(new Site().ask(EXAMPLES.get('livestream-16@1')!))).toEqual(['RECOGNISES'])
    expect(new Site().ask(EXAMPLES.get('refill-controlled@1')!)).toEqual([
      { code: 'SHARED_SCOPE', level: 'note', value: 'dispensing' },
    ])
  })

  test('what was long ago is forgotten', () => {
    const site = new Site()
    site.codes({ attribute: 'income.annual', lte: 5 })
    site.ask(policyOf({ age: BIRTH, atLeast: 18 }), TODAY + 365)
    expect(site.memory).toMatchObject({ times: 1, predicates: [] })
  })
})

describe('the memory', () => {
  test('is JSON of a known shape and of bounded size, whatever a site asks', () => {
    const site = new Site()
    for (let i = 0; i < 600; i++) {
      const year = String(1905 + ((i * 3) % 110))
      const where = {
        any: [
          before(`${year}-01-01`),
          { attribute: 'person.familyName', eq: String(i) },
          { attribute: 'person.disability', gte: i },
        ],
      }
      const trust = { person: listOf([String(i), 'a', 'b']) }
      site.ask(policyOf(where), TODAY + i * 40, { answers: i % 2 === 0, trust })
    }
    const text = JSON.stringify(site.memory)
    expect(siteMemoryShape.parse(JSON.parse(text))).toEqual(site.memory)
    expect(text.length).toBeLessThan(32_000)
  })

  test('is not changed by judging, and a refused question leaves nothing but its count', () => {
    const asked = {
      policy: policyOf({ attribute: BIRTH, eq: '1990-05-17' }),
      schemas: SCHEMAS,
      asOf: TODAY,
    }
    const { level, next } = judgeRequest(asked, emptyMemory)
    expect(level).toBe('refuse')
    expect(next).toEqual({ ...emptyMemory, times: 1, first: TODAY, last: TODAY })
    expect(emptyMemory.times).toBe(0)
  })

  test('of answers that contradict each other nothing is known, for ever', () => {
    const site = new Site()
    site.codes(older(65), TODAY, true)
    expect(site.memory.known?.until).toBe(dayFromIso('1961-11-22'))
    site.codes(younger(18), TODAY, true)
    expect(site.memory).toMatchObject({ isOfSeveral: true })
    expect(site.memory).not.toHaveProperty('known')
    site.codes(older(40), TODAY, true)
    expect(site.memory).not.toHaveProperty('known')
    expect(siteMemoryShape.parse(JSON.parse(JSON.stringify(site.memory)))).toEqual(site.memory)
  })

  test('what one answer has decided does not let near limits through', () => {
    const site = new Site()
    site.codes(older(18), TODAY, true)
    const between = (from: string, to: string) => ({ attribute: BIRTH, between: [from, to] })
    expect(site.codes(between('2012-01-01', '2016-12-31'))).toEqual([
      'UNUSUAL_DATE',
      'UNUSUAL_DATE',
    ])
    expect(site.codes(between('2012-01-01', '2014-06-30'))).toContain('UNUSUAL_DATE')
    expect(site.codes(between('2014-01-01', '2014-12-31'))).toEqual(['NARROWS'])
    const student = { attribute: 'person.student', eq: true }
    expect(site.codes({ all: [before('2014-01-01'), student] })).toEqual(['NARROWS'])
  })
})
