import { addDays, daysBetween } from './calendar.ts'
import type { IsoDate } from './calendar.ts'
import type { Attributes } from './csv.ts'
import type { Household, Member } from './households.ts'
import { drawIncomes } from './income.ts'
import { FAMILY_NAMES, GIVEN_NAMES } from './names.ts'
import { drawPrescription } from './prescriptions.ts'
import type { Random } from './random.ts'

/** Somebody with what the registers say of them, by schema id: one record in a register at most. */
export interface Person {
  /** Number in the civil registry, and the subject in every register. */
  readonly id: string
  readonly records: Readonly<Record<string, Attributes>>
}

/** What the people of one household have in common. */
interface Home {
  readonly household: Household
  readonly householdId: string
  readonly postalCode: string
  readonly familyName: string
  readonly residentSince: IsoDate
  /** 1 is the most deprived tenth; 0 where it is not measured. */
  readonly deprivationDecile: number
  readonly today: IsoDate
}

const ADULT_AGE = 18
const DAYS_PER_YEAR = 365
const NATIONALITIES = ['GB', 'US', 'DE', 'FR', 'PL', 'IN', 'NG', 'MX', 'TR', 'IE', 'BR', 'PH']

/**
 * Enters a household in the registers.
 *
 * @param number - Counts households from 1.
 * @param firstPerson - Counts people from 1: the number of the first member.
 */
export function registerHousehold(
  random: Random,
  household: Household,
  number: number,
  firstPerson: number,
  today: IsoDate,
): Person[] {
  const home = drawHome(random, household, number, today)
  const ids = household.members.map((_, i) => numbered('P', firstPerson + i))
  const students = household.members.map(({ age }) => random.chance(studyProbability(age)))
  const incomes = drawIncomes(random, household, students)
  const ward = youngestMinor(household, ids)
  return household.members.map((member, i) => {
    const id = ids[i] ?? ''
    const prescription = drawPrescription(random, id.replace('P', 'RX'), member.age, today)
    const guardian =
      ward && member.age >= ADULT_AGE ? guardianOf(random, member, id, ward) : undefined
    return {
      id,
      records: withoutUndefined({
        'person/1': drawPerson(random, home, member, id, students[i] ?? false),
        'income/1': incomes[i] && { personId: id, ...incomes[i] },
        'prescription/1': prescription,
        'guardian/1': guardian,
      }),
    }
  })
}

function drawHome(random: Random, household: Household, number: number, today: IsoDate): Home {
  const { place } = household
  const years = random.chance(0.08) ? random.fraction() : 30 * random.fraction() ** 2 + 1
  return {
    household,
    householdId: numbered('H', number),
    postalCode: fillPattern(random, random.pick(place.postalPatterns)),
    familyName: random.pick(FAMILY_NAMES),
    residentSince: addDays(today, -Math.floor(years * DAYS_PER_YEAR)),
    deprivationDecile:
      place.country === 'GB' && place.region !== 'GB-NIR' ? random.integer(1, 10) : 0,
    today,
  }
}

function drawPerson(
  random: Random,
  home: Home,
  member: Member,
  personId: string,
  student: boolean,
): Attributes {
  const { place, members } = home.household
  return {
    personId,
    givenName: random.pick(GIVEN_NAMES),
    familyName: random.chance(0.75) ? home.familyName : random.pick(FAMILY_NAMES),
    birthDate: member.birthDate,
    nationality: random.chance(0.9) ? place.country : random.pick(NATIONALITIES),
    country: place.country,
    region: place.region,
    postalCode: home.postalCode,
    // Nobody lived anywhere before birth.
    residentSince: later(home.residentSince, member.birthDate),
    householdId: home.householdId,
    householdSize: members.length,
    disability: random.chance(disabilityProbability(member.age)) ? 10 * random.integer(2, 10) : 0,
    student,
    deprivationDecile: home.deprivationDecile,
  }
}

interface Ward {
  readonly id: string
  readonly birthDate: IsoDate
}

/** A guardian's record names one child, the youngest: a register has one record a person. */
function youngestMinor({ members }: Household, ids: readonly string[]): Ward | undefined {
  const minors = members
    .map((member, i) => ({ ...member, id: ids[i] ?? '' }))
    .filter(({ role, age }) => role === 'child' && age < ADULT_AGE)
  const [youngest] = minors.sort((a, b) => daysBetween(a.birthDate, b.birthDate))
  return youngest
}

/** Parents are guardians from birth; now and then it is a grandparent, by a court's decision. */
function guardianOf(
  random: Random,
  { role }: Member,
  guardianId: string,
  child: Ward,
): Attributes | undefined {
  if (role === 'child' || (role === 'elder' && !random.chance(0.2))) return undefined
  return {
    guardianId,
    childId: child.id,
    childBirthDate: child.birthDate,
    relation: role === 'adult' ? 'parent' : 'guardian',
    since: child.birthDate,
  }
}

function studyProbability(age: number): number {
  if (age < 4) return 0
  if (age < 16) return 1
  if (age < 18) return 0.9
  return age < 26 ? 0.4 : age < 50 ? 0.03 : 0.003
}

function disabilityProbability(age: number): number {
  return age < 18 ? 0.05 : age < 65 ? 0.12 : 0.28
}

/** Royal Mail does not use some letters at the end of a postcode; nobody needs them elsewhere. */
function fillPattern(random: Random, pattern: string): string {
  return pattern.replace(/[#@]/g, (place) =>
    place === '#' ? String(random.integer(0, 9)) : random.pick(Array.from('ABDEFGHJLNPQRSTUWXYZ')),
  )
}

function numbered(letter: string, number: number): string {
  return letter + String(number).padStart(6, '0')
}

function later(a: IsoDate, b: IsoDate): IsoDate {
  return a > b ? a : b
}

function withoutUndefined(
  records: Readonly<Record<string, Attributes | undefined>>,
): Readonly<Record<string, Attributes>> {
  const entries = Object.entries(records)
  return Object.fromEntries(entries.flatMap(([id, record]) => (record ? [[id, record]] : [])))
}
