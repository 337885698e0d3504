import { describe, expect, test } from 'vitest'
import { birthDayCutoff, dayFromIso, isoFromDay } from '../../../core/dates.ts'
import type { Day } from '../../../core/dates.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import { emptyMemory, judgeRequest, rememberAnswer } from '../../../client/guard/judge.ts'
import { careless, guarded, pursue, randomNumbers, unguarded } from './adversary.ts'
import type { Probe, Strategy } from './adversary.ts'
import { AGES, DATES, RANGES } from './disguises.ts'
import type { Disguise } from './disguises.ts'
import { SCHEMAS, TODAY, policyOf } from './support.ts'

// The whole point of the guard: whoever asks again and again does not find out a birthday.

const YEAR = 365
const BIRTH = 'person.birthDate'
const EVERYTHING = [...DATES, ...RANGES, ...AGES]
const TWO_YEARS = [0, 30, 182, 366, 730].map((days) => TODAY + days)

/** 10,000 people of 0 to 96 years. */
const random = randomNumbers(2026)
const oldest = dayFromIso('1930-01-01')
const HOLDERS = Array.from({ length: 10_000 }, () => oldest + random(TODAY - oldest + 1))

/** Asks for the limit that divides what is left most evenly, among those that are answered. */
function bisection(disguises: readonly Disguise[]): Strategy {
  return {
    isNoisy: false,
    *probes({ births }, asOf) {
      const middle = births[(births.length - 1) >>> 1] ?? 0
      const first = births[0] ?? 0
      for (const offset of OFFSETS) {
        for (const limit of [middle + offset, middle - offset]) {
          const probe = disguises[(limit + first) % disguises.length]
          if (limit >= first && limit < asOf && probe) yield probe(limit, asOf)
        }
      }
    },
  }
}

/** Days beside the middle: near it, and what may just be allowed. */
const OFFSETS = [0, 30, 181, 183, 364, 365, 366, 547, 1500, 4000]

type Holding = (asOf: Day) => Probe['holds']

/** Asks the same on every day: somebody has a birthday. */
function everyDay(where: unknown, holding: Holding): Strategy {
  const policy = policyOf(where)
  const probes = (_: unknown, asOf: Day) => [{ policy: () => policy, holds: holding(asOf) }]
  return { isNoisy: true, probes }
}

const isOlder =
  (years: number): Holding =>
  (asOf) => {
    const cutoff = birthDayCutoff(asOf, years)
    return (born) => born <= cutoff
  }
const not =
  (holding: Holding): Holding =>
  (asOf) => {
    const holds = holding(asOf)
    return (born) => !holds(born)
  }
const both: Holding = (asOf) => {
  const [adult, old] = [isOlder(18)(asOf), isOlder(26)(asOf)]
  return (born) => adult(born) && !old(born)
}
const adult = { age: BIRTH, atLeast: 18 }
const young = { age: BIRTH, under: 26 }
const teen = { age: BIRTH, atLeast: 12, under: 15 }
const between: Holding = (asOf) => {
  const [twelve, fifteen] = [isOlder(12)(asOf), isOlder(15)(asOf)]
  return (born) => twelve(born) && !fifteen(born)
}
const days = (count: number) => Array.from({ length: count }, (_, day) => TODAY + day)

/**
 * Asks whatever comes to mind, near a few days; the same for all groups of one day or not.
 */
function atRandom(seed: number): Strategy {
  const next = randomNumbers(seed)
  const favourites = Array.from({ length: 6 }, () => oldest + next(TODAY - oldest))
  return {
    isNoisy: true,
    *probes(_group, asOf) {
      const near = (favourites[next(6)] ?? 0) + next(3) * 365 + next(40) - 20
      const disguise = EVERYTHING[next(EVERYTHING.length)]
      if (disguise && near < asOf) yield disguise(near, asOf)
    },
  }
}

function smallest(sizes: Int32Array): number {
  return HOLDERS.reduce((least, born) => Math.min(least, sizes[born] ?? 0), Infinity)
}

describe('10,000 holders against a site that halves what is left', () => {
  test.each([
    ['dates', DATES],
    ['ranges and lists', RANGES],
    ['ages', AGES],
    ['everything', EVERYTHING],
  ])('over two years, by %s: never below a year', (_, disguises) => {
    const sizes = pursue(bisection(disguises), guarded, TWO_YEARS)
    expect(smallest(sizes)).toBeGreaterThanOrEqual(YEAR)
    // It did learn something: the test would see if it learned more.
    expect(smallest(sizes)).toBeLessThan(20 * YEAR)
  })

  test('without the guard, sixteen answers give every birthday', () => {
    const sizes = pursue(bisection(DATES.slice(0, 1)), unguarded, [TODAY])
    expect(HOLDERS.map((born) => sizes[born]).every((size) => size === 1)).toBe(true)
  })
})

describe('10,000 holders against a site that asks the same every day', () => {
  // Every day of a month, then every sixth day until two years are over.
  const days = [...Array(30).keys(), ...Array.from({ length: 120 }, (_, i) => 30 + 6 * i)].map(
    (day) => TODAY + day,
  )

  test.each([
    ['an age that people reach', everyDay(adult, isOlder(18))],
    ['an age that people leave behind', everyDay(young, not(isOlder(26)))],
    ['both', everyDay({ all: [adult, young] }, both)],
    ['neither', everyDay({ not: { all: [adult, young] } }, not(both))],
  ])('%s: never below a year', (_, strategy) => {
    expect(smallest(pursue(strategy, guarded, days))).toBeGreaterThanOrEqual(YEAR)
  })

  test.each([
    ['reach', everyDay(adult, isOlder(18))],
    ['leave behind', everyDay(young, not(isOlder(26)))],
  ])('an age that people %s tells birthdays of those who accept the warning', (_, strategy) => {
    expect(smallest(pursue(strategy, careless, days))).toBe(1)
  })
})

describe('10,000 holders whose wallet has the card of an adult, too', () => {
  const elder = dayFromIso('1990-05-17')

  /** Either card may answer. Again and again the site has the adult's age confirmed. */
  function besides(strategy: Strategy): Strategy {
    const either = ({ policy, holds }: Probe): Probe => ({
      policy,
      holds: (born) => holds(elder) || holds(born),
    })
    return {
      isNoisy: strategy.isNoisy,
      *probes(group, asOf) {
        if (strategy.isNoisy)
          yield either({ policy: () => policyOf(adult), holds: isOlder(18)(asOf) })
        for (const probe of strategy.probes(group, asOf)) yield either(probe)
      },
    }
  }

  /** What the site knows of the adult, before it asks about somebody else. */
  const asked = { policy: policyOf(adult), schemas: SCHEMAS, asOf: TODAY }
  const begun = rememberAnswer(asked, judgeRequest(asked, emptyMemory).next)

  test.each([
    ['halves what is left', besides(bisection([...RANGES, ...AGES])), TWO_YEARS],
    ['asks every day for the years between two ages', besides(everyDay(teen, between)), days(90)],
    ['asks this and that', besides(atRandom(5)), days(40)],
  ])('a site that %s: never below a year', (_, strategy, schedule) => {
    expect(smallest(pursue(strategy, guarded, schedule, begun))).toBeGreaterThanOrEqual(YEAR)
  })

  test('without the guard every birthday comes out', () => {
    const sizes = pursue(besides(bisection(RANGES.slice(0, 1))), unguarded, [TODAY])
    expect(smallest(sizes)).toBe(1)
  })
})

describe('10,000 holders against a site that asks this and that', () => {
  const schedule = randomNumbers(7)
  const days = Array.from({ length: 60 }, () => TODAY + schedule(730)).sort((a, b) => a - b)

  test.each([1, 2, 3])('at random (%d): never below a year', (seed) => {
    expect(smallest(pursue(atRandom(seed), guarded, days))).toBeGreaterThanOrEqual(YEAR)
  })
})

test('what is said to hold for a date of birth is what the policy says', () => {
  const numbers = randomNumbers(3)
  for (const disguise of EVERYTHING) {
    for (let i = 0; i < 20; i++) {
      const limit = oldest + numbers(TODAY - oldest)
      const born = Math.min(Math.max(limit + numbers(9) - 4, 0), TODAY)
      const probe = disguise(limit, TODAY)
      const person = { birthDate: isoFromDay(born), region: 'somewhere' }
      const facts = { person, passport: { dateOfBirth: person.birthDate } }
      expect(probe.holds(born)).toBe(evaluatePolicy(probe.policy(), SCHEMAS, facts, TODAY))
    }
  }
})
