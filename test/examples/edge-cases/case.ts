import type { Credentials } from '../../../examples/policies/oracle.ts'
import type { Attributes } from '../../../examples/population/csv.ts'
import { TODAY } from '../../../examples/population/generate.ts'

export interface EdgeCase {
  readonly policy: string
  readonly name: string
  readonly credentials: Credentials
  readonly today: string
  readonly expected: 'admits' | 'refuses'
}

export type Row<T> = readonly [
  name: string,
  given: T,
  expected: EdgeCase['expected'],
  today?: string,
]

export const PERSON: Attributes = {
  personId: 'P000001',
  givenName: 'Ada',
  familyName: 'Featherstonehaugh',
  birthDate: '1990-06-15',
  nationality: 'GB',
  country: 'GB',
  region: 'GB-ENG',
  postalCode: 'SW9 8AA',
  residentSince: '1990-06-15',
  householdId: 'H000001',
  householdSize: 1,
  disability: 0,
  student: false,
  deprivationDecile: 5,
}

export const INCOME: Attributes = {
  personId: 'P000001',
  taxYear: 2025,
  currency: 'GBP',
  annual: 2_000_000,
  householdMonthly: 166_666,
  householdEarnings: 0,
  universalCredit: false,
  pensionCredit: false,
  councilTaxReduction: false,
  freeSchoolMeals: false,
}

export const PRESCRIPTION: Attributes = {
  prescriptionId: 'RX000001',
  medicine: 'zolpidem 10 mg',
  atcCode: 'N05CF02',
  schedule: 4,
  issued: '2026-11-01',
  lastFill: '2027-05-01',
  refills: 5,
}

export const GUARDIAN: Attributes = {
  guardianId: 'P000001',
  childId: 'P000002',
  childBirthDate: '2024-02-29',
  relation: 'parent',
  since: '2024-02-29',
}

export function cases(policy: string, rows: readonly Row<Credentials>[]): EdgeCase[] {
  return rows.map(([name, credentials, expected, today = TODAY]) => ({
    policy,
    name,
    credentials,
    expected,
    today,
  }))
}

export function change(record: Attributes, changes: Attributes): Attributes {
  return { ...record, ...changes }
}
