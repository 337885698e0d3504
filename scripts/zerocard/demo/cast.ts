import type { AttributeValue } from '../../../core/attribute.ts'
import { ageOn, dayFromIso } from '../../../core/dates.ts'
import type { Day } from '../../../core/dates.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { evaluatePolicy } from '../../../core/policy/evaluate.ts'
import { parseSchema } from '../../../core/schema.ts'
import type { Schema } from '../../../core/schema.ts'
import { readPolicies, readSchemas } from '../../../examples/catalogue.ts'
import { TODAY, generatePopulation } from '../../../examples/population/generate.ts'
import type { Person } from '../../../examples/population/generate.ts'

/** Somebody of the sample population with a part in the demo. */
export interface Role {
  readonly subject: string
  readonly name: string
  readonly age: number
  /** What the registers say, by schema id. */
  readonly records: Readonly<Record<string, Readonly<Record<string, AttributeValue>>>>
}

/**
 * The people by their parts. The rider has the reduced fare without the age for it; the mover is
 * an adult whose credential is revoked.
 */
export type Cast = Readonly<
  Record<'adult' | 'child' | 'rider' | 'parent' | 'patient' | 'mover', Role>
>

export interface Rules {
  readonly over18: Policy
  readonly reducedFare: Policy
  readonly healthyStart: Policy
  /** The example for five refills, with two: three dispensings. */
  readonly dispensing: Policy
}

/** The day of the sample population. */
export const DEMO_DAY: Day = dayFromIso(TODAY)
/** Its noon, seconds since 1970-01-01 UTC. */
export const DEMO_NOON = Date.parse(`${TODAY}T12:00:00Z`) / 1000

const REFILLS = 2

export function readDemoSchemas(): ReadonlyMap<string, Schema> {
  return new Map([...readSchemas()].map(([id, json]) => [id, parseSchema(json)]))
}

export function readRules(schemas: ReadonlyMap<string, Schema>): Rules {
  const policies = readPolicies()
  const read = (id: string): Policy => parsePolicy(policies.get(id), schemas)
  return {
    over18: read('over-18@1'),
    reducedFare: read('transit-reduced-fare@1'),
    healthyStart: read('healthy-start@1'),
    dispensing: parsePolicy(withRefills(policies.get('refill-controlled@1')), schemas),
  }
}

/**
 * Finds the people: who the rules admit is decided by the plain evaluator.
 *
 * @param busy - Subjects that have had their part before and are not asked again.
 */
export function chooseCast(
  schemas: ReadonlyMap<string, Schema>,
  rules: Rules,
  busy: readonly string[] = [],
): Cast {
  const people = generatePopulation()
    .people.map(roleOf)
    .filter(({ subject }) => !busy.includes(subject))
  const taken = new Set<string>()
  const find = (fits: (role: Role) => boolean): Role => {
    const role = people.find((candidate) => !taken.has(candidate.name) && fits(candidate))
    if (role === undefined) throw new TypeError('nobody in the sample population fits')
    taken.add(role.name)
    return role
  }
  const admits = (policy: Policy, role: Role): boolean => isAdmitted(policy, schemas, role)
  return {
    parent: find((role) => admits(rules.healthyStart, role)),
    patient: find((role) => admits(rules.dispensing, role)),
    rider: find((role) => role.age < 60 && admits(rules.reducedFare, role)),
    child: find(({ age }) => age === 15),
    adult: find((role) => role.age < 40 && admits(rules.over18, role)),
    mover: find((role) => admits(rules.over18, role)),
  }
}

function roleOf({ id, records }: Person): Role {
  const { givenName, birthDate } = records['person/1'] ?? {}
  const age = ageOn(dayFromIso(birthDate), DEMO_DAY)
  return { subject: id, name: String(givenName), age, records }
}

function isAdmitted(
  policy: Policy,
  schemas: ReadonlyMap<string, Schema>,
  { records }: Role,
): boolean {
  const values = Object.entries(policy.credentials).map(
    ([alias, { schema }]) => [alias, records[schema]] as const,
  )
  if (values.some(([, record]) => record === undefined)) return false
  const credentials = Object.fromEntries(values) as Record<
    string,
    Readonly<Record<string, AttributeValue>>
  >
  return evaluatePolicy(policy, schemas, credentials, DEMO_DAY)
}

function withRefills(json: unknown): unknown {
  const policy = json as { where: { all: readonly { attribute: string }[] }; once: object }
  const all = policy.where.all.map((rule) =>
    rule.attribute === 'prescription.refills' ? { ...rule, eq: REFILLS } : rule,
  )
  return {
    ...policy,
    id: 'refill-controlled-2@1',
    purpose: 'Fill a prescription of a Schedule III or IV medicine with two refills',
    where: { all },
    once: { ...policy.once, limit: REFILLS + 1 },
  }
}
