import { ZerocardError } from './errors.ts'

/** Days since 1900-01-01 in the proleptic Gregorian calendar, UTC: an integer from 0 to 2^20 - 1. */
export type Day = number

/**
 * When someone born on 29 February turns a year older in a year without one:
 * on 1 March (`mar1`) or on 28 February (`feb28`).
 */
export type LeapDay = 'mar1' | 'feb28'

/** Days have this many bits in every hash and circuit. */
export const DAY_BITS = 20

const DAY_LIMIT = 2 ** DAY_BITS
const SECONDS_PER_DAY = 86_400
/** 1970-01-01, the start of Unix time, as a {@link Day}. */
const UNIX_EPOCH_DAY = 25_567
/** 0000-03-01, from which the arithmetic below counts: a leap day is then the last of its year. */
const MARCH_YEAR_0 = -693_901
const DAYS_PER_400_YEARS = 146_097

interface CalendarDate {
  readonly year: number
  readonly month: number
  readonly dayOfMonth: number
}

/** True for an integer that is a {@link Day}. */
export function isDay(value: unknown): value is Day {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < DAY_LIMIT
}

/**
 * Reads `YYYY-MM-DD`: ten ASCII characters, a date that exists, not before 1900-01-01.
 *
 * @throws ZerocardError with `ATTRIBUTE_INVALID`.
 */
export function dayFromIso(text: unknown): Day {
  const match = typeof text === 'string' ? /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) : null
  if (!match) throw new ZerocardError('ATTRIBUTE_INVALID', 'expected a date as YYYY-MM-DD')
  const [year = 0, month = 0, dayOfMonth = 0] = match.slice(1).map(Number)
  if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > monthLength(year, month)) {
    throw new ZerocardError('ATTRIBUTE_INVALID', 'no such date in the calendar')
  }
  const day = dayFromDate({ year, month, dayOfMonth })
  if (!isDay(day)) {
    throw new ZerocardError('ATTRIBUTE_INVALID', 'date is outside 1900-01-01 to 4770-11-26')
  }
  return day
}

/** `YYYY-MM-DD` of a day. */
export function isoFromDay(day: Day): string {
  assertDay(day)
  const { year, month, dayOfMonth } = dateFromDay(day)
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(dayOfMonth)}`
}

/** The UTC day of a clock reading in seconds since 1970-01-01. */
export function dayFromUnixSeconds(seconds: number): Day {
  const day = Math.floor(seconds / SECONDS_PER_DAY) + UNIX_EPOCH_DAY
  assertDay(day)
  return day
}

/**
 * The latest birth day of someone who is at least `years` old on `asOf`: everybody born on it or
 * before is, nobody born later is. Negative if that was before 1900-01-01: then nobody is.
 *
 * @param years - Complete years, a non-negative integer.
 */
export function birthDayCutoff(asOf: Day, years: number, leapDay: LeapDay = 'mar1'): number {
  assertDay(asOf)
  assertYears(years)
  const today = dateFromDay(asOf)
  const year = today.year - years
  const isFebruaryEnd =
    today.month === 2 && today.dayOfMonth === monthLength(today.year, 2) && leapDay === 'feb28'
  const lastOfMonth = monthLength(year, today.month)
  const dayOfMonth = isFebruaryEnd ? lastOfMonth : Math.min(today.dayOfMonth, lastOfMonth)
  return dayFromDate({ year, month: today.month, dayOfMonth })
}

/** Complete years of age on `asOf`; negative before birth. */
export function ageOn(birthDay: Day, asOf: Day, leapDay: LeapDay = 'mar1'): number {
  assertDay(birthDay)
  assertDay(asOf)
  const born = dateFromDay(birthDay)
  const { year } = dateFromDay(asOf)
  return year - born.year - (asOf < birthday(born, year, leapDay) ? 1 : 0)
}

/** The day of `year` on which someone turns a year older. */
function birthday(born: CalendarDate, year: number, leapDay: LeapDay): number {
  const isMissing = born.dayOfMonth > monthLength(year, born.month)
  if (!isMissing) return dayFromDate({ ...born, year })
  const march1 = dayFromDate({ year, month: 3, dayOfMonth: 1 })
  return leapDay === 'mar1' ? march1 : march1 - 1
}

/** Years are counted from March, so that the length of February matters only at their end. */
function dayFromDate({ year, month, dayOfMonth }: CalendarDate): number {
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = (month + 9) % 12
  const leapDays =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return MARCH_YEAR_0 + 365 * marchYear + leapDays + daysBeforeMonth(marchMonth) + dayOfMonth - 1
}

function dateFromDay(day: number): CalendarDate {
  const sinceYear0 = day - MARCH_YEAR_0
  const era = Math.floor(sinceYear0 / DAYS_PER_400_YEARS)
  const dayOfEra = sinceYear0 - era * DAYS_PER_400_YEARS
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: 400 * era + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    dayOfMonth: dayOfYear - daysBeforeMonth(marchMonth) + 1,
  }
}

/** Days of a March-based year before its month 0..11: five months have 153 days. */
function daysBeforeMonth(marchMonth: number): number {
  return Math.floor((153 * marchMonth + 2) / 5)
}

function monthLength(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2) return isLeap ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function assertDay(day: number): void {
  if (!isDay(day)) throw new TypeError('expected a day: an integer from 0 to 2^20 - 1')
}

function assertYears(years: number): void {
  if (!Number.isSafeInteger(years) || years < 0 || years > DAY_LIMIT) {
    throw new TypeError('expected a number of years')
  }
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
