import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ageOn,
  birthDayCutoff,
  dayFromIso,
  dayFromUnixSeconds,
  isDay,
  isoFromDay,
} from '../../core/dates.ts'
import type { LeapDay } from '../../core/dates.ts'
import { refusal } from '../support/refusal.ts'

const MS_PER_DAY = 86_400_000
const LAST_DAY = 2 ** 20 - 1
const EPOCH_MS = Date.UTC(1900, 0, 1)
const days = fc.integer({ min: 0, max: LAST_DAY })
const conventions = fc.constantFrom<LeapDay>('mar1', 'feb28')

/** The platform's calendar, as the second opinion. */
function platformIso(day: number): string {
  return new Date(EPOCH_MS + day * MS_PER_DAY).toISOString().slice(0, 10)
}

/** Age by comparing month and day as people do, with no days counted. */
function ageByCalendar(birthDay: number, asOf: number, leapDay: LeapDay): number {
  const [birth, now] = [platformIso(birthDay), platformIso(asOf)]
  const isLeapYear = new Date(Date.UTC(Number(now.slice(0, 4)), 1, 29)).getUTCMonth() === 1
  const monthDay =
    birth.slice(5) === '02-29' && !isLeapYear && leapDay === 'feb28' ? '02-28' : birth.slice(5)
  return Number(now.slice(0, 4)) - Number(birth.slice(0, 4)) - (now.slice(5) < monthDay ? 1 : 0)
}

describe('days', () => {
  test('agree with the platform over the whole range, both ways', () => {
    // Every day of two centuries, then every fifth: 5 and the 146,097 days of a cycle share no factor.
    for (let day = 0; day <= LAST_DAY; day += day < 75_000 ? 1 : 5) {
      const iso = isoFromDay(day)
      if (iso !== platformIso(day) || dayFromIso(iso) !== day) expect(iso).toBe(platformIso(day))
    }
  })

  test('start at 1900-01-01 and end with 20 bits', () => {
    expect(dayFromIso('1900-01-01')).toBe(0)
    expect(dayFromIso('1900-02-28') + 1).toBe(dayFromIso('1900-03-01'))
    expect(dayFromIso('2000-02-29')).toBe(dayFromIso('2000-02-28') + 1)
    expect(dayFromIso('1970-01-01')).toBe(25_567)
    expect(isoFromDay(LAST_DAY)).toBe('4770-11-26')
    expect([-1, 0, LAST_DAY, LAST_DAY + 1, 0.5, NaN, '1'].map(isDay)).toEqual([
      false,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })

  const refused: unknown[] = [
    '2026-2-3',
    '2026-02-30',
    '2026-02-29',
    '2100-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-32',
    '1899-12-31',
    '0000-01-01',
    '4770-11-27',
    '9999-12-31',
    '20260203',
    '2026-02-03T00:00:00Z',
    '2026-02-03 ',
    ' 2026-02-03',
    '2026-02-03\n',
    '+2026-02-03',
    '12026-02-03',
    '26-02-03',
    '2026/02/03',
    '03.02.2026',
    '２０２６-０２-０３',
    '٢٠٢٦-٠٢-٠٣',
    '2026-02-1e',
    '',
    'today',
    20260203,
    46_000,
    null,
    undefined,
    new Date(0),
    ['2026-02-03'],
    5n,
  ]
  test.each(refused.map((text) => [String(text), text]))('%j is no date', (_, text) => {
    expect(refusal(() => dayFromIso(text))).toBe('ATTRIBUTE_INVALID')
  })

  test('a clock reading belongs to its UTC day', () => {
    const noon = Date.UTC(2026, 10, 22, 12) / 1000
    const day = dayFromIso('2026-11-22')
    expect(dayFromUnixSeconds(noon)).toBe(day)
    expect(dayFromUnixSeconds(noon - 43_200)).toBe(day)
    expect(dayFromUnixSeconds(noon - 43_200 - 1)).toBe(day - 1)
    expect(dayFromUnixSeconds(noon + 43_199.999)).toBe(day)
    expect(dayFromUnixSeconds(-1)).toBe(25_566)
    expect(() => dayFromUnixSeconds(NaN)).toThrow(TypeError)
    expect(() => dayFromUnixSeconds(Date.UTC(2026, 0) * 1000)).toThrow(TypeError)
  })

  test('a number that is no day is a wrong call', () => {
    for (const day of [-1, 0.5, NaN, LAST_DAY + 1]) {
      expect(() => isoFromDay(day)).toThrow(TypeError)
      expect(() => birthDayCutoff(day, 18)).toThrow(TypeError)
      expect(() => ageOn(0, day)).toThrow(TypeError)
    }
    for (const years of [-1, 0.5, NaN]) expect(() => birthDayCutoff(0, years)).toThrow(TypeError)
  })
})

describe('age', () => {
  test('agrees with the calendar', () => {
    fc.assert(
      fc.property(days, days, conventions, (birthDay, asOf, leapDay) => {
        expect(ageOn(birthDay, asOf, leapDay)).toBe(ageByCalendar(birthDay, asOf, leapDay))
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[string, string, LeapDay, number]>([
    ['2008-11-22', '2026-11-22', 'mar1', 18],
    ['2008-11-23', '2026-11-22', 'mar1', 17],
    ['2008-02-29', '2026-02-28', 'mar1', 17],
    ['2008-02-29', '2026-03-01', 'mar1', 18],
    ['2008-02-29', '2026-02-28', 'feb28', 18],
    ['2008-02-29', '2026-02-27', 'feb28', 17],
    ['2008-02-29', '2028-02-28', 'feb28', 19],
    ['2008-02-29', '2028-02-29', 'mar1', 20],
    ['2026-11-22', '2026-11-22', 'mar1', 0],
    ['2026-11-23', '2026-11-22', 'mar1', -1],
  ])('born %s, on %s (%s): %i', (born, asOf, leapDay, age) => {
    expect(ageOn(dayFromIso(born), dayFromIso(asOf), leapDay)).toBe(age)
  })
})

describe('the cutoff', () => {
  test.each<[string, number, LeapDay, string]>([
    ['2026-11-22', 18, 'mar1', '2008-11-22'],
    ['2026-11-22', 0, 'mar1', '2026-11-22'],
    ['2026-02-28', 18, 'mar1', '2008-02-28'],
    ['2026-02-28', 18, 'feb28', '2008-02-29'],
    ['2026-03-01', 18, 'mar1', '2008-03-01'],
    ['2026-03-01', 18, 'feb28', '2008-03-01'],
    ['2028-02-29', 18, 'mar1', '2010-02-28'],
    ['2028-02-29', 18, 'feb28', '2010-02-28'],
    ['2028-02-29', 20, 'mar1', '2008-02-29'],
    ['2028-02-28', 20, 'feb28', '2008-02-28'],
    ['2028-02-28', 20, 'mar1', '2008-02-28'],
    ['2100-02-28', 100, 'feb28', '2000-02-29'],
    ['2100-02-28', 100, 'mar1', '2000-02-28'],
    ['2000-02-29', 100, 'feb28', '1900-02-28'],
  ])('on %s for %i years (%s) is %s', (asOf, years, leapDay, born) => {
    expect(isoFromDay(birthDayCutoff(dayFromIso(asOf), years, leapDay))).toBe(born)
  })

  test('divides those who are old enough from those who are not', () => {
    const asOfDays = fc.oneof(days, fc.constantFrom(...aroundFebruaryEnds()))
    fc.assert(
      fc.property(
        asOfDays,
        fc.integer({ min: 0, max: 130 }),
        conventions,
        (asOf, years, leapDay) => {
          const cutoff = birthDayCutoff(asOf, years, leapDay)
          for (const birthDay of [cutoff - 1, cutoff, cutoff + 1, cutoff + 2].filter(isDay)) {
            expect(ageByCalendar(birthDay, asOf, leapDay) >= years).toBe(birthDay <= cutoff)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('is negative if nobody can be that old', () => {
    expect(birthDayCutoff(dayFromIso('1950-01-01'), 51)).toBe(-365)
    expect(birthDayCutoff(0, 1000)).toBeLessThan(0)
  })
})

function aroundFebruaryEnds(): number[] {
  return ['1996', '1999', '2000', '2004', '2096', '2099', '2100', '2104', '2400'].flatMap(
    (year) => {
      const march1 = dayFromIso(`${year}-03-01`)
      return [march1 - 2, march1 - 1, march1, march1 + 1]
    },
  )
}
