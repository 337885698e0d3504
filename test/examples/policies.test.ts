import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readPolicies, readSchemas } from '../../examples/catalogue.ts'
import { decide } from '../../examples/policies/oracle.ts'
import type { Credentials } from '../../examples/policies/oracle.ts'
import { samplePeopleFor } from '../../examples/policies/samples.ts'
import { TODAY } from '../../examples/population/generate.ts'
import { dayFromIso } from '../../core/dates.ts'
import { compilePolicy, evaluateCompiled } from '../../core/policy/compile.ts'
import { evaluatePolicy } from '../../core/policy/evaluate.ts'
import { parsePolicy } from '../../core/policy/policy.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { encodeAttributes, parseSchema } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import { PERSON_CASES } from './edge-cases/of-persons.ts'
import { OTHER_CASES } from './edge-cases/of-several.ts'

const EDGE_CASES = [...PERSON_CASES, ...OTHER_CASES]
const SAMPLE = 200
const AT_LEAST = 5
const SOURCES = new URL('../../examples/policies/SOURCES.md', import.meta.url)

const schemas = [...readSchemas().values()].map(parseSchema)
const policies = new Map(
  [...readPolicies()].map(([id, json]) => [id, parsePolicy(json, schemas)] as const),
)
const ids = [...policies.keys()]

test('every policy has an oracle, edge cases and a source', () => {
  const sources = readFileSync(SOURCES, 'utf8')
  expect(Object.keys(decide).sort()).toEqual([...ids].sort())
  for (const id of ids) {
    expect(sources).toContain(`\n## ${id}\n`)
    expect(EDGE_CASES.filter(({ policy }) => policy === id).length).toBeGreaterThan(1)
  }
})

describe.each(ids)('%s', (id) => {
  const samples = samplePeopleFor(id, SAMPLE)

  test('agrees with the oracle on sampled people', () => {
    expect(samples).toHaveLength(SAMPLE)
    for (const { person, credentials } of samples) {
      const answer = { person: person.id, admitted: evaluate(id, credentials, TODAY) }
      expect(answer).toEqual({ person: person.id, admitted: ask(id, credentials, TODAY) })
    }
  })

  test('fits its circuit, whose program agrees on half of them', () => {
    const answers = samples
      .filter((_, i) => i % 2 === 0)
      .map(({ credentials }) => ({
        program: runProgram(id, credentials, TODAY),
        oracle: ask(id, credentials, TODAY),
      }))
    expect(answers.filter(({ program, oracle }) => program !== oracle)).toEqual([])
  })

  test('admits some of them and refuses some', () => {
    const admitted = samples.filter(({ credentials }) => ask(id, credentials, TODAY)).length
    expect(admitted).toBeGreaterThanOrEqual(AT_LEAST)
    expect(SAMPLE - admitted).toBeGreaterThanOrEqual(AT_LEAST)
  })

  test.each(EDGE_CASES.filter(({ policy }) => policy === id))(
    '$expected: $name',
    ({ credentials, today, expected }) => {
      const admitted = expected === 'admits'
      expect(ask(id, credentials, today)).toBe(admitted)
      expect(evaluate(id, credentials, today)).toBe(admitted)
      expect(runProgram(id, credentials, today)).toBe(admitted)
    },
  )
})

test('samples are the same people every time, and nobody twice', () => {
  const people = samplePeopleFor('over-18@1', 50).map(({ person }) => person.id)
  expect(samplePeopleFor('over-18@1', 50).map(({ person }) => person.id)).toEqual(people)
  expect(new Set(people).size).toBe(50)
  expect(() => samplePeopleFor('nothing@1', 1)).toThrow(TypeError)
})

function ask(id: string, credentials: Credentials, today: string): boolean {
  const decision = decide[id]
  if (!decision) throw new Error(`no oracle for ${id}`)
  return decision(credentials, today)
}

function evaluate(id: string, credentials: Credentials, today: string): boolean {
  const policy = policyOf(id)
  return evaluatePolicy(policy, schemas, credentials, dayFromIso(today))
}

/** Compiles for the day and runs the program on encoded values, as the circuit would. */
function runProgram(id: string, credentials: Credentials, today: string): boolean {
  const policy = policyOf(id)
  const encoded = new Map(
    Object.entries(policy.credentials).map(([alias, { schema }]) => {
      const { attributes } = schemaOf(schema)
      const values = encodeAttributes(schemaOf(schema), credentials[alias] ?? {})
      return [alias, new Map(values.map((value, i) => [attributes[i]?.name ?? String(i), value]))]
    }),
  )
  const disclosed = policy.disclose.map((path): [string, bigint] => {
    const [alias = '', name = ''] = path.split('.')
    return [path, encoded.get(alias)?.get(name) ?? 0n]
  })
  const program = compilePolicy(policy, schemas, dayFromIso(today), Object.fromEntries(disclosed))
  const slots = [...encoded.values()].map((values) => [...values.values()])
  const filled = Array.from({ length: program.shape.slots }, (_, i) => slots[i] ?? slots[0] ?? [])
  return evaluateCompiled(program, filled.flat())
}

function policyOf(id: string): Policy {
  const policy = policies.get(id)
  if (!policy) throw new Error(`no policy ${id}`)
  return policy
}

function schemaOf(id: string): Schema {
  const schema = schemas.find((candidate) => candidate.id === id)
  if (!schema) throw new Error(`no schema ${id}`)
  return schema
}
