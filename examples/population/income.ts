import type { Attributes } from './csv.ts'
import type { Household, Member } from './households.ts'
import type { Random } from './random.ts'

/** What a tax office needs to know of the people that live together. */
interface Purse {
  readonly member: Member
  readonly student: boolean
  readonly isWorking: boolean
  /** Minor units in the tax year. */
  readonly annual: number
}

interface Benefits {
  readonly universalCredit: boolean
  readonly pensionCredit: boolean
  readonly councilTaxReduction: boolean
  readonly freeSchoolMeals: boolean
}

/** The tax year that started in April 2025 in the United Kingdom; elsewhere the year 2025. */
const TAX_YEAR = 2025
/** People have a tax record from this age on. */
const TAX_AGE = 16
const PENSION_AGE = 66
/** What is left of gross pay, roughly. */
const TAKE_HOME = 0.8
/** Spread of the logarithm of income. */
const SIGMA = 0.6
const YOUNGEST_CLAIMANT = 18

const NO_BENEFITS: Benefits = {
  universalCredit: false,
  pensionCredit: false,
  councilTaxReduction: false,
  freeSchoolMeals: false,
}

/**
 * Draws the tax office's records of a household.
 *
 * @param students - For each member: in full-time education.
 * @returns For each member its income/1 attributes, or undefined for a child.
 */
export function drawIncomes(
  random: Random,
  { place, members }: Household,
  students: readonly boolean[],
): (Attributes | undefined)[] {
  const purses = members.map((member, i) =>
    drawPurse(random, member, students[i] ?? false, place.medianPay),
  )
  const total = sumOf(purses.map(({ annual }) => annual))
  const pay = sumOf(purses.map(({ isWorking, annual }) => (isWorking ? annual : 0)))
  const earnings = Math.floor((pay * TAKE_HOME) / 12)
  const benefits =
    place.country === 'GB' ? drawBenefits(random, purses, total, earnings) : NO_BENEFITS
  return purses.map(({ member, annual }) =>
    member.age < TAX_AGE
      ? undefined
      : {
          taxYear: TAX_YEAR,
          currency: place.currency,
          annual,
          householdMonthly: Math.floor(total / 12),
          householdEarnings: earnings,
          ...benefits,
          pensionCredit: benefits.pensionCredit && member.age >= PENSION_AGE,
        },
  )
}

function drawPurse(random: Random, member: Member, student: boolean, medianPay: number): Purse {
  const isWorking = random.chance(workProbability(member.age, student))
  const centre = medianPay * incomeFactor(member.age, student, isWorking)
  const annual = Math.round(centre * Math.exp(SIGMA * random.normal()) * 100)
  return { member, student, isWorking, annual: member.age < TAX_AGE ? 0 : annual }
}

function workProbability(age: number, student: boolean): number {
  if (age < TAX_AGE) return 0
  if (student) return 0.4
  return age < PENSION_AGE ? 0.78 : 0.1
}

/** The centre of somebody's income, in median pays. */
function incomeFactor(age: number, student: boolean, isWorking: boolean): number {
  if (student) return isWorking ? 0.25 : 0.05
  if (!isWorking) return age < PENSION_AGE ? 0.08 : 0.6
  return age < 22 ? 0.5 : age < 30 ? 0.85 : 1.1
}

/** British benefits for low income; thresholds only have to be plausible here. */
function drawBenefits(
  random: Random,
  purses: readonly Purse[],
  total: number,
  earnings: number,
): Benefits {
  const children = purses.filter(({ member }) => member.age < TAX_AGE).length
  const isOfWorkingAge = purses.some(
    ({ member, student }) =>
      member.age >= YOUNGEST_CLAIMANT && member.age < PENSION_AGE && !student,
  )
  const need = 1_700_000 + 600_000 * children
  const universalCredit = isOfWorkingAge && total < need && random.chance(0.8)
  const pensionCredit = total < 1_500_000 && random.chance(0.65)
  const hasPupil = purses.some(({ member }) => member.age >= 4 && member.age < TAX_AGE)
  return {
    universalCredit,
    pensionCredit,
    councilTaxReduction: (universalCredit || pensionCredit) && random.chance(0.7),
    freeSchoolMeals: hasPupil && universalCredit && earnings < 61_700 && random.chance(0.9),
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
