import { encodeAttributes, parseSchema } from '../../../core/schema.ts'
import type { AttributeValue } from '../../../core/attribute.ts'
import { ZerocardError } from '../../../core/errors.ts'
import type { PlainCredentials } from '../../../core/policy/evaluate.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { ATTRIBUTES_PER_SLOT, shapeForCredentials } from '../../../core/shapes.ts'

// One small world for the tests of policies: three schemas, people, and short ways to write rules.

const PERSON_ATTRIBUTES = [
  { name: 'birthDate', type: 'date', title: 'date of birth' },
  { name: 'region', type: 'text', title: 'region' },
  { name: 'disability', type: 'integer', unit: 'per cent', title: 'degree of disability' },
  { name: 'householdSize', type: 'integer', title: 'household size' },
  { name: 'student', type: 'boolean', title: 'student status' },
  { name: 'veteran', type: 'boolean', title: 'veteran status' },
  { name: 'movedIn', type: 'date', title: 'day of moving in' },
  { name: 'idNumber', type: 'text', title: 'identity number' },
  { name: 'photo', type: 'text', title: 'photo' },
]

export const SCHEMAS = [
  parseSchema({
    id: 'person/1',
    title: 'Person',
    attributes: PERSON_ATTRIBUTES,
  }),
  parseSchema({ id: 'partner/1', title: 'Partner', attributes: PERSON_ATTRIBUTES }),
  parseSchema({
    id: 'income/1',
    title: 'Income',
    attributes: [
      { name: 'annual', type: 'integer', unit: 'GBP pence', title: 'annual income' },
      { name: 'pension', type: 'integer', unit: 'GBP pence', title: 'pension' },
      { name: 'assessed', type: 'date', title: 'day of assessment' },
      { name: 'idNumber', type: 'text', title: 'taxpayer number' },
      { name: 'employed', type: 'boolean', title: 'employment status' },
    ],
  }),
]

export type PersonValues = Readonly<Record<string, AttributeValue>>

export const ANA: PersonValues = {
  birthDate: '1959-02-28',
  region: '4401',
  disability: 60,
  householdSize: 2,
  student: false,
  veteran: true,
  movedIn: '2020-06-01',
  idNumber: 'X1',
  photo: 'sha256-0a1b2c3d4e5f',
}

export const ANAS_INCOME: PersonValues = {
  annual: 1_100_000,
  pension: 900_000,
  assessed: '2026-04-05',
  idNumber: 'X1',
  employed: false,
}

const PERSON = { schema: 'person/1', trust: 'registries' }
/** A second person: two credentials of one schema are refused. */
const PARTNER = { schema: 'partner/1', trust: 'registries' }
const INCOME = { schema: 'income/1', trust: 'tax-offices' }

/** Policy JSON over a person and, if wanted, an income and a second person. */
export function policyJson(members: object = {}, slots: 1 | 2 | 3 = 1): Record<string, unknown> {
  const all = [
    ['person', PERSON],
    ['income', INCOME],
    ['partner', PARTNER],
  ].slice(0, slots)
  return {
    id: 'test@1',
    purpose: 'A test',
    credentials: Object.fromEntries(all) as object,
    ...members,
  }
}

export function policyWhere(where: unknown, slots: 1 | 2 | 3 = 1): Policy {
  return parsePolicy(policyJson({ where }, slots), SCHEMAS)
}

/** The circuit's attributes: with two credentials, the third slot repeats the first. */
export function encodePeople(policy: Policy, people: PlainCredentials): bigint[] {
  const aliases = Object.keys(policy.credentials)
  const { slots } = shapeForCredentials(aliases.length)
  return Array.from({ length: slots }, (_, slot) => {
    const alias = aliases[slot] ?? aliases[0] ?? ''
    const schema = SCHEMAS.find(({ id }) => id === policy.credentials[alias]?.schema)
    if (!schema) throw new TypeError(`no schema for ${alias}`)
    return encodeAttributes(schema, people[alias] ?? {})
  })
    .flat()
    .slice(0, slots * ATTRIBUTES_PER_SLOT)
}

/** The error a call throws; a test fails if it throws none. */
export function refusal(call: () => unknown): ZerocardError {
  try {
    call()
  } catch (error) {
    if (error instanceof ZerocardError) return error
    throw error
  }
  throw new Error('expected a refusal')
}
