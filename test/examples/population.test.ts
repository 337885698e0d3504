import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSchemas } from '../../examples/catalogue.ts'
import { addMonths, ageOn } from '../../examples/population/calendar.ts'
import { toCsv } from '../../examples/population/csv.ts'
import type { Attributes } from '../../examples/population/csv.ts'
import {
  REGISTERS,
  TODAY,
  generatePopulation,
  registerCsv,
  writeRegisters,
} from '../../examples/population/generate.ts'
import type { Person } from '../../examples/population/generate.ts'
import { createRandom, xoshiro128 } from '../../examples/population/random.ts'
import { encodeAttributes, parseSchema } from '../../core/schema.ts'

const population = generatePopulation()
const { people } = population

describe('chance', () => {
  test('is the published generator', () => {
    // First outputs of the authors' C code from the state 1, 2, 3, 4.
    const next = xoshiro128([1, 2, 3, 4])
    const words = Array.from({ length: 10 }, () => next())
    expect(words).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ])
  })

  test('picks by weight', () => {
    const random = createRandom(7)
    const items = [{ weight: 1 }, { weight: 0 }, { weight: 3 }]
    const picks = Array.from({ length: 4000 }, () => items.indexOf(random.weighted(items)))
    expect(picks).not.toContain(1)
    expect(picks.filter((pick) => pick === 2).length / picks.length).toBeCloseTo(0.75, 1)
  })
})

describe('the population', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(generatePopulation({ seed: 5, size: 300 })).toEqual(
      generatePopulation({ seed: 5, size: 300 }),
    )
    expect(generatePopulation({ seed: 6, size: 300 })).not.toEqual(
      generatePopulation({ seed: 5, size: 300 }),
    )
  })

  test('is made in seconds and has at least the asked size', () => {
    const start = performance.now()
    expect(generatePopulation({ seed: 2 }).people.length).toBeGreaterThanOrEqual(10_000)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('has a plausible age pyramid, with birthdays today and on 29 February', () => {
    const ages = people.map((person) => ageOn(birthDate(person), TODAY))
    expect(shareOf(ages, (age) => age < 18)).toSatisfy(isBetween(0.18, 0.28))
    expect(shareOf(ages, (age) => age >= 65)).toSatisfy(isBetween(0.13, 0.24))
    expect(Math.max(...ages)).toSatisfy(isBetween(90, 110))
    expect(people.filter((person) => birthDate(person).endsWith('-02-29')).length).toBeGreaterThan(
      2,
    )
    expect(people.filter((person) => birthDate(person).endsWith('-11-22')).length).toBeGreaterThan(
      9,
    )
  })

  test('shares household number, size, address and household income at home', () => {
    const homes = Map.groupBy(people, ({ records }) => records['person/1']?.householdId)
    for (const members of homes.values()) {
      expect(shared(members, 'person/1', ['householdSize', 'region', 'postalCode'])).toHaveLength(1)
      expect(shared(members, 'income/1', ['householdMonthly', 'currency']).length).toBeLessThan(2)
      expect(members[0]?.records['person/1']?.householdSize).toBe(members.length)
    }
  })

  test('names a minor of the same household in every guardianship', () => {
    const byId = new Map(people.map((person) => [person.id, person]))
    const guardians = people.filter(({ records }) => records['guardian/1'])
    expect(guardians.length).toBeGreaterThan(1000)
    for (const { id, records } of guardians) {
      const child = byId.get(String(records['guardian/1']?.childId))
      if (!child) throw new Error('no such child')
      expect(records['guardian/1']?.guardianId).toBe(id)
      expect(records['guardian/1']?.childBirthDate).toBe(birthDate(child))
      expect(ageOn(birthDate(child), TODAY)).toBeLessThan(18)
      expect(child.records['person/1']?.householdId).toBe(records['person/1']?.householdId)
    }
  })

  test('fits the schemas', () => {
    for (const [id, json] of readSchemas()) {
      const schema = parseSchema(json)
      const records = recordsOf(people, id)
      expect(records.length).toBeGreaterThan(1000)
      for (const record of records.slice(0, 500)) {
        expect(encodeAttributes(schema, record)).toHaveLength(16)
      }
    }
  })
})

describe('the registers', () => {
  test.each(REGISTERS)('$file has a header, one line a person, no person twice', ({ schema }) => {
    const [header, ...lines] = registerCsv(population, schema).trimEnd().split('\r\n')
    const subjects = lines.map((line) => line.split(',')[0])
    expect(header).toMatch(/^subject,/)
    expect(subjects[0]).toMatch(/^P[0-9]{6}$/)
    expect(new Set(subjects).size).toBe(lines.length)
    expect(lines).toHaveLength(people.filter(({ records }) => records[schema]).length)
  })

  test('are written one file each', () => {
    const folder = mkdtempSync(join(tmpdir(), 'population-'))
    try {
      writeRegisters(generatePopulation({ size: 50 }), folder)
      expect(readdirSync(folder).sort()).toEqual(REGISTERS.map(({ file }) => file).sort())
    } finally {
      rmSync(folder, { recursive: true })
    }
    expect(() => generatePopulation({ size: 0 })).toThrow(TypeError)
  })

  test('quote what needs quotes', () => {
    const attributes = { name: 'Davis, Jr.', nick: '"Al"', size: 3 }
    expect(toCsv(['name', 'nick', 'size'], [{ subject: 'P1', attributes }])).toBe(
      'subject,name,nick,size\r\nP1,"Davis, Jr.","""Al""",3\r\n',
    )
  })
})

test('months end where the calendar says', () => {
  expect(addMonths('2026-08-31', 6)).toBe('2027-02-28')
  expect(addMonths('2027-08-29', 6)).toBe('2028-02-29')
  expect(addMonths('2026-05-22', 6)).toBe('2026-11-22')
})

function birthDate({ records }: Person): string {
  return String(records['person/1']?.birthDate)
}

/** The different values that members of a household have of these attributes together. */
function shared(members: readonly Person[], schema: string, names: readonly string[]): string[] {
  const records = recordsOf(members, schema)
  return [...new Set(records.map((record) => names.map((name) => String(record[name])).join()))]
}

function recordsOf(members: readonly Person[], schema: string): Attributes[] {
  return members.map(({ records }) => records[schema]).filter((record) => record !== undefined)
}

function shareOf<T>(items: readonly T[], isMeant: (item: T) => boolean): number {
  return items.filter(isMeant).length / items.length
}

function isBetween(low: number, high: number): (value: number) => boolean {
  return (value) => value >= low && value <= high
}
