import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayFromIso, isoFromDay } from '../../../core/dates.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { compilePolicy, evaluateCompiled } from '../../../core/policy/compile.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { DATES, DAYS, income, person, rule } from './random-rules.ts'
import { SCHEMAS, encodePeople, policyJson } from './world.ts'

const RUNS = process.env['ZEROCARD_DEEP'] === '1' ? 50_000 : 600
/** Four in seven random rules can be compared: of 600, fewer than half in one run of 3,000. */
const LEAST = RUNS / 3
const TIMEOUT_MS = 600_000

interface Outcome {
  readonly where: unknown
  readonly asOf: number
  readonly people: readonly PlainCredentials[]
}

/** Compares both evaluators on every person; tells whether there was something to compare. */
function compare({ where, asOf, people }: Outcome, slots: 1 | 3): 'compared' | 'refused' {
  const policy = attempt(() => parsePolicy(policyJson({ where }, slots), SCHEMAS))
  if (policy === undefined) return 'refused'
  const compiled = attempt(() => compilePolicy(policy, SCHEMAS, asOf))
  for (const credentials of people) {
    const expected = evaluatePolicy(policy, SCHEMAS, credentials, asOf)
    if (compiled) {
      expect(evaluateCompiled(compiled, encodePeople(policy, credentials))).toBe(expected)
    } else if (isContradictory(() => compilePolicy(policy, SCHEMAS, asOf))) {
      expect(expected).toBe(false)
    }
  }
  return compiled ? 'compared' : 'refused'
}

function attempt<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function isContradictory(call: () => unknown): boolean {
  try {
    call()
    return false
  } catch (error) {
    return error instanceof ZerocardError && error.code === 'POLICY_INVALID'
  }
}

const asOf = fc.constantFrom(...DAYS).map(dayFromIso)

describe('a compiled policy decides as the plain evaluator does', () => {
  test(
    'over one credential',
    () => {
      let compared = 0
      const people = fc.array(fc.record({ person }), { minLength: 8, maxLength: 8 })
      fc.assert(
        fc.property(fc.record({ where: rule(true), asOf, people }), (outcome) => {
          if (compare(outcome, 1) === 'compared') compared++
        }),
        { numRuns: RUNS },
      )
      expect(compared).toBeGreaterThan(LEAST)
    },
    TIMEOUT_MS,
  )

  test(
    'over three credentials',
    () => {
      let compared = 0
      const people = fc.array(fc.record({ person, income, partner: person }), {
        minLength: 8,
        maxLength: 8,
      })
      fc.assert(
        fc.property(fc.record({ where: rule(false), asOf, people }), (outcome) => {
          if (compare(outcome, 3) === 'compared') compared++
        }),
        { numRuns: RUNS },
      )
      expect(compared).toBeGreaterThan(LEAST)
    },
    TIMEOUT_MS,
  )

  test('for ages around every birthday of the leap years', () => {
    const days = [...DATES, ...DAYS].map(dayFromIso)
    for (const leapDay of ['mar1', 'feb28']) {
      for (const today of days) {
        for (const years of [1, 2, 4, 16, 18, 25, 26]) {
          const where = { age: 'person.birthDate', atLeast: years, leapDay }
          const policy = parsePolicy(policyJson({ where }), SCHEMAS)
          const compiled = compilePolicy(policy, SCHEMAS, today)
          for (const born of birthDaysAround(today, years)) {
            const people = { person: { ...BASE, birthDate: isoFromDay(born) } }
            expect(evaluateCompiled(compiled, encodePeople(policy, people))).toBe(
              evaluatePolicy(policy, SCHEMAS, people, today),
            )
          }
        }
      }
    }
  })
})

const BASE = {
  region: 'a',
  disability: 0,
  householdSize: 1,
  student: false,
  veteran: false,
  movedIn: '2000-01-01',
  idNumber: '',
  photo: '',
}

function birthDaysAround(today: number, years: number): number[] {
  const middle = today - Math.round(years * 365.25)
  return Array.from({ length: 9 }, (_, i) => middle - 4 + i)
}
