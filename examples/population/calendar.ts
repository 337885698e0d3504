/** Dates as `YYYY-MM-DD`, UTC. Deliberately not the project's own calendar: it is tested with this. */
export type IsoDate = string

const MILLISECONDS_PER_DAY = 86_400_000

export function addDays(date: IsoDate, days: number): IsoDate {
  return isoOf(Date.parse(date) + days * MILLISECONDS_PER_DAY)
}

/** The same day of a later month, or that month's last day if it is shorter. */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const [year, month, day] = partsOf(date)
  const lastOfMonth = new Date(Date.UTC(year, month + months, 0)).getUTCDate()
  return isoOf(Date.UTC(year, month - 1 + months, Math.min(day, lastOfMonth)))
}

/** Whole days from one date to another; negative if `to` is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return (Date.parse(to) - Date.parse(from)) / MILLISECONDS_PER_DAY
}

/** Complete years; who is born on 29 February turns a year older on 1 March of a common year. */
export function ageOn(birthDate: IsoDate, date: IsoDate): number {
  const [birthYear] = partsOf(birthDate)
  const [year] = partsOf(date)
  // ISO texts sort like dates, and '02-29' sorts before '03-01' in years that do not have it.
  return year - birthYear - (date.slice(5) < birthDate.slice(5) ? 1 : 0)
}

function partsOf(date: IsoDate): [year: number, month: number, day: number] {
  return [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))]
}

function isoOf(milliseconds: number): IsoDate {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
