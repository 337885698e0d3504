import { addDays, ageOn } from './calendar.ts'
import type { IsoDate } from './calendar.ts'
import { PLACES } from './places.ts'
import type { Place } from './places.ts'
import type { Random } from './random.ts'

export interface Member {
  readonly birthDate: IsoDate
  /** Complete years today. */
  readonly age: number
  readonly role: 'adult' | 'child' | 'elder'
}

export interface Household {
  readonly place: Place
  /** The adults that run it first: one, or a couple. Children may be grown up. */
  readonly members: readonly Member[]
}

interface AgeBand {
  readonly from: number
  readonly to: number
  readonly weight: number
}

const OLDEST = 105
const YOUNGEST_HEAD = 18
const DAYS_PER_YEAR = 365.25

/** Ages of the people who run a household. */
const HEADS: readonly AgeBand[] = [
  { from: 18, to: 24, weight: 6 },
  { from: 25, to: 34, weight: 17 },
  { from: 35, to: 44, weight: 19 },
  { from: 45, to: 54, weight: 17 },
  { from: 55, to: 64, weight: 17 },
  { from: 65, to: 74, weight: 13 },
  { from: 75, to: 84, weight: 8 },
  { from: 85, to: 99, weight: 3 },
]

/** How many children somebody ever has. */
const CHILDREN = [
  { count: 0, weight: 22 },
  { count: 1, weight: 20 },
  { count: 2, weight: 35 },
  { count: 3, weight: 15 },
  { count: 4, weight: 5 },
  { count: 5, weight: 2 },
  { count: 8, weight: 1 },
]

/** Draws who lives together, where, and when they were born; makes a population with real ages. */
export function drawHousehold(random: Random, today: IsoDate): Household {
  const band = random.weighted(HEADS)
  const headAge = random.integer(band.from, band.to)
  const ages: [number, Member['role']][] = [
    [headAge, 'adult'],
    ...partnerAges(random, headAge).map((age): [number, 'adult'] => [age, 'adult']),
    ...childAges(random, headAge).map((age): [number, 'child'] => [age, 'child']),
    ...elderAges(random, headAge).map((age): [number, 'elder'] => [age, 'elder']),
  ]
  return {
    place: random.weighted(PLACES),
    members: ages.map(([age, role]) => drawMember(random, today, age, role)),
  }
}

function partnerAges(random: Random, headAge: number): number[] {
  const probability = headAge < 25 ? 0.2 : headAge < 35 ? 0.5 : headAge < 75 ? 0.62 : 0.35
  if (!random.chance(probability)) return []
  const age = headAge + Math.round(4 * random.normal())
  return [Math.min(Math.max(age, YOUNGEST_HEAD), OLDEST - 1)]
}

/** Children not born yet and most of the grown-up ones do not live there. */
function childAges(random: Random, headAge: number): number[] {
  const { count } = random.weighted(CHILDREN)
  const ages = Array.from({ length: count }, () => headAge - ageAtBirth(random))
  return ages.filter((age) => age >= 0 && (age < 18 || (age < 28 && random.chance(0.4))))
}

/** Highest at 30, from 17 to 43. */
function ageAtBirth(random: Random): number {
  return 17 + random.integer(0, 13) + random.integer(0, 13)
}

function elderAges(random: Random, headAge: number): number[] {
  const age = headAge + random.integer(22, 36)
  return age < OLDEST && headAge >= 28 && random.chance(0.03) ? [age] : []
}

function drawMember(random: Random, today: IsoDate, age: number, role: Member['role']): Member {
  const daysOld = Math.floor((age + random.fraction()) * DAYS_PER_YEAR)
  const birthDate = addDays(today, -daysOld)
  return { birthDate, age: ageOn(birthDate, today), role }
}
