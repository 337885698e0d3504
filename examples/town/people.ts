import { addDays } from '../population/calendar.ts'
import type { IsoDate } from '../population/calendar.ts'
import type { Attributes } from '../population/csv.ts'
import { portraitOf } from './portraits.ts'

// Invented people whose lives fit the stories of the town. They are as old as the story says in every
// year, so the town works whenever it is made.

/** Somebody that visitors of the town can be. */
export interface TownPerson {
  /** Number in the registers. */
  readonly id: string
  /** Name of the civil registry that knows them. */
  readonly registry: 'civil-registry' | 'northern-registry'
  /** What registers say, by schema id. */
  readonly records: Readonly<Record<string, Attributes>>
}

interface Life {
  readonly id: string
  readonly name: readonly [given: string, family: string]
  readonly age: number
  readonly region: string
  readonly postalCode: string
  readonly residentYears: number
  /** Pence a year; absent for a child. */
  readonly annual?: number
  readonly disability?: number
  /** Medicine with two refills. */
  readonly medicine?: readonly [name: string, atcCode: string, schedule: number]
}

const LIVES: readonly Life[] = [
  {
    id: 'T000001',
    name: ['Ada', 'Novak'],
    age: 71,
    region: 'GB-ENG',
    postalCode: 'LS6 4QT',
    residentYears: 40,
    annual: 1_312_000,
    medicine: ['tramadol 50 mg', 'N02AX02', 4],
  },
  {
    id: 'T000002',
    name: ['Tom', 'Baker'],
    age: 15,
    region: 'GB-ENG',
    postalCode: 'BS5 7DN',
    residentYears: 15,
  },
  {
    id: 'T000003',
    name: ['Mei', 'Lin'],
    age: 34,
    region: 'GB-WLS',
    postalCode: 'CF24 3HB',
    residentYears: 6,
    annual: 3_640_000,
  },
  {
    id: 'T000004',
    name: ['Samir', 'Haddad'],
    age: 45,
    region: 'GB-ENG',
    postalCode: 'M14 5LA',
    residentYears: 12,
    annual: 1_545_000,
    disability: 60,
  },
  {
    id: 'T000005',
    name: ['Ingrid', 'Olsen'],
    age: 67,
    region: 'GB-SCT',
    postalCode: 'EH6 8RT',
    residentYears: 30,
    annual: 1_488_000,
    medicine: ['zolpidem 10 mg', 'N05CF02', 4],
  },
  {
    id: 'T000006',
    name: ['Kofi', 'Mensah'],
    age: 28,
    region: 'GB-SCT',
    postalCode: 'G42 9XE',
    residentYears: 3,
    annual: 2_870_000,
  },
]

/** Where the northern registry keeps the register. */
const NORTH = 'GB-SCT'
const TAX_YEAR = 2025
const DAYS_PER_YEAR = 365
const CARE_DAYS = 200

/** @param today - The day on which the town is made; records change with its year, not with the day. */
export function townPeople(today: IsoDate): readonly TownPerson[] {
  const year = Number(today.slice(0, 4))
  return LIVES.map((life, place) => {
    const { id, region } = life
    const { birthDate = '' } = personOf(life, year)
    const photoId = { personId: id, birthDate, photograph: portraitOf(place) }
    return {
      id,
      registry: region === NORTH ? 'northern-registry' : 'civil-registry',
      records: { ...recordsOf(life, year), 'photo-id/1': photoId },
    }
  })
}

function recordsOf(life: Life, year: number): Readonly<Record<string, Attributes>> {
  const { id, annual, disability = 0, medicine } = life
  const records: Record<string, Attributes> = { 'person/1': personOf(life, year) }
  if (annual !== undefined) {
    records['income/1'] = incomeOf(id, annual)
    // The health board says to everybody what degree they have, also that it is none: who asks about
    // it must not see from who has a credential who is disabled.
    records['disability/1'] = {
      personId: id,
      degree: disability,
      assessedOn: addDays(`${year}-01-02`, -CARE_DAYS),
    }
  }
  if (medicine !== undefined) records['prescription/1'] = prescriptionOf(id, medicine, year)
  return records
}

function personOf(life: Life, year: number): Attributes {
  const { id, name, age, region, postalCode, residentYears, disability = 0 } = life
  const birthDate = `${year - age}-01-01`
  return {
    personId: id,
    givenName: name[0],
    familyName: name[1],
    birthDate,
    nationality: 'GB',
    country: 'GB',
    region,
    postalCode,
    residentSince: addDays(`${year}-01-01`, -residentYears * DAYS_PER_YEAR),
    householdId: id.replace('T', 'TH'),
    householdSize: 1,
    disability,
    student: age < 18,
    deprivationDecile: 5,
  }
}

function incomeOf(personId: string, annual: number): Attributes {
  const monthly = Math.floor(annual / 12)
  return {
    personId,
    taxYear: TAX_YEAR,
    currency: 'GBP',
    annual,
    householdMonthly: monthly,
    householdEarnings: monthly,
    universalCredit: false,
    pensionCredit: false,
    councilTaxReduction: false,
    freeSchoolMeals: false,
  }
}

function prescriptionOf(
  id: string,
  [medicine, atcCode, schedule]: readonly [string, string, number],
  year: number,
): Attributes {
  return {
    prescriptionId: id.replace('T', 'RX-T'),
    medicine,
    atcCode,
    schedule,
    issued: `${year}-01-01`,
    lastFill: `${year}-12-31`,
    refills: 2,
  }
}
