import type { Attributes } from '../population/csv.ts'

/** What somebody's credentials say, by the alias of the policy. */
export type Credentials = Readonly<Record<string, Attributes>>

/** @param today - `YYYY-MM-DD` */
export type Decision = (credentials: Credentials, today: string) => boolean

/**
 * Every example rule once more, written by hand from the words of its source (SOURCES.md) and not
 * from its JSON: what policies, evaluators and circuits are tested against. Shares no code with
 * `core/`.
 */
export const decide: Readonly<Record<string, Decision>> = {
  'over-18@1': ({ person }, today) => completeYears(person, 'birthDate', today) >= 18,

  'teen-rides@1': ({ person }, today) =>
    [13, 14, 15, 16, 17].includes(completeYears(person, 'birthDate', today)),

  'winter-fuel-2025@1': ({ person, income }) => {
    const isPensioner = text(person, 'birthDate') < '1959-09-22'
    const livesThere = ['GB-ENG', 'GB-WLS'].includes(text(person, 'region'))
    const isRecovered =
      pounds(income, 'annual') > 35_000 &&
      income?.pensionCredit === false &&
      income.universalCredit === false
    const isAssessed = income?.taxYear === 2025 && income.currency === 'GBP'
    return isPensioner && livesThere && isAssessed && !isRecovered && isOwn(person, income)
  },

  'railcard-16-25@1': ({ person }, today) => {
    const age = completeYears(person, 'birthDate', today)
    const isMatureStudent = age > 25 && person?.student === true
    return (age >= 16 && age <= 25) || isMatureStudent
  },

  'snap-gross-2026@1': ({ person, income }) => {
    const region = text(person, 'region')
    const isCovered =
      region.startsWith('US-') && !['AK', 'AS', 'HI', 'MP', 'PR', 'UM'].includes(region.slice(3))
    const limit = grossIncomeLimit(number(person, 'householdSize'))
    return (
      isCovered &&
      isOwn(person, income) &&
      income?.currency === 'USD' &&
      number(income, 'householdMonthly') <= 100 * limit
    )
  },

  'transit-reduced-fare@1': ({ person }, today) =>
    completeYears(person, 'birthDate', today) >= 65 || isDisabled(person),

  'refill-controlled@1': ({ prescription }, today) => {
    const isScheduled = prescription?.schedule === 3 || prescription?.schedule === 4
    const issued = text(prescription, 'issued')
    return (
      isScheduled &&
      prescription.refills === 5 &&
      issued <= today &&
      isWithinSixMonths(issued, today)
    )
  },

  'smartpass-60@1': ({ person }, today) =>
    completeYears(person, 'birthDate', today) >= 60 &&
    person?.country === 'GB' &&
    /^BT/.test(text(person, 'postalCode')),

  'healthy-start@1': ({ person, income, guardian }, today) => {
    const livesThere = ['GB-ENG', 'GB-WLS', 'GB-NIR'].includes(text(person, 'region'))
    const isGuardian = text(person, 'personId') === text(guardian, 'guardianId')
    const hasSmallChild = completeYears(guardian, 'childBirthDate', today) < 4
    const isPoor =
      income?.universalCredit === true &&
      income.currency === 'GBP' &&
      pounds(income, 'householdEarnings') <= 408
    return livesThere && isGuardian && hasSmallChild && isPoor && isOwn(person, income)
  },

  'parental-consent@1': ({ person, guardian }, today) =>
    text(person, 'personId') === text(guardian, 'guardianId') &&
    completeYears(guardian, 'childBirthDate', today) < 13,

  'eco4-flex@1': ({ person, income }, today) => {
    const inGreatBritain = ['GB-ENG', 'GB-SCT', 'GB-WLS'].includes(text(person, 'region'))
    const isDeprivedArea = [1, 2, 3].includes(number(person, 'deprivationDecile'))
    const isVulnerable = completeYears(person, 'birthDate', today) >= 65 || isDisabled(person)
    const proxies = [
      // Proxies 1 and 3 do not count together.
      isDeprivedArea || isVulnerable,
      income?.councilTaxReduction === true,
      income?.freeSchoolMeals === true,
    ]
    return inGreatBritain && isOwn(person, income) && proxies.filter(Boolean).length > 1
  },

  'museum-under-26@1': ({ person }, today) => {
    const age = completeYears(person, 'birthDate', today)
    return age < 18 || (age < 26 && EUROPEAN_UNION.includes(text(person, 'country')))
  },

  'library-card@1': ({ person }) => text(person, 'region') === 'US-NY',

  'livestream-16@1': ({ person }, today) => completeYears(person, 'birthDate', today) >= 16,

  'title-review@1': ({ person }, today) => completeYears(person, 'birthDate', today) >= 13,

  'federal-juror@1': ({ person }, today) => {
    const isCitizen = text(person, 'nationality') === 'US'
    const isAdult = completeYears(person, 'birthDate', today) >= 18
    const daysThere = (Date.parse(today) - Date.parse(text(person, 'residentSince'))) / 86_400_000
    return text(person, 'region') === 'US-NJ' && isCitizen && isAdult && daysThere >= 365
  },
}

const EUROPEAN_UNION =
  'BE BG CZ DK DE EE IE GR ES FR HR IT CY LV LT LU HU MT NL AT PL PT RO SI SK FI SE'.split(' ')

/** Dollars a month, for one to eight people; from the table of the Department of Agriculture. */
const GROSS_INCOME_LIMITS = [1696, 2292, 2888, 3483, 4079, 4675, 5271, 5867]
const EACH_ADDITIONAL_MEMBER = 596

function grossIncomeLimit(householdSize: number): number {
  const listed = GROSS_INCOME_LIMITS[householdSize - 1]
  return listed ?? 5867 + EACH_ADDITIONAL_MEMBER * (householdSize - 8)
}

/** Two credentials of one wallet may still be of two people; the same register number may not. */
function isOwn(person: Attributes | undefined, income: Attributes | undefined): boolean {
  return text(person, 'personId') === text(income, 'personId')
}

/** Degree 50 and more stands for "disabled" in every example. */
function isDisabled(person: Attributes | undefined): boolean {
  return number(person, 'disability') >= 50
}

/** Reads dates as numbers like 20261122: their difference counts a year as 10000. */
function completeYears(record: Attributes | undefined, name: string, today: string): number {
  const digits = (date: string): number => Number(date.replaceAll('-', ''))
  return Math.floor((digits(today) - digits(text(record, name))) / 10_000)
}

/** The sixth month after counts up to the same day of the month, or to its end. */
function isWithinSixMonths(from: string, today: string): boolean {
  const months = (date: string): number => 12 * Number(date.slice(0, 4)) + Number(date.slice(5, 7))
  const passed = months(today) - months(from)
  return passed < 6 || (passed === 6 && today.slice(8) <= from.slice(8))
}

function pounds(record: Attributes | undefined, name: string): number {
  return number(record, name) / 100
}

function number(record: Attributes | undefined, name: string): number {
  return Number(record?.[name])
}

function text(record: Attributes | undefined, name: string): string {
  return String(record?.[name])
}
