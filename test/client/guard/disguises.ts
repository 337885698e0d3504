import { birthDayCutoff, isoFromDay } from '../../../core/dates.ts'
import type { Day } from '../../../core/dates.ts'
import type { Probe } from './adversary.ts'
import { policyOf } from './support.ts'

/** A way to ask "born on `limit` or before", or something near it. */
export type Disguise = (limit: Day, asOf: Day) => Probe

const BIRTH = 'person.birthDate'
const PASSPORT = 'passport.dateOfBirth'
const NOWHERE = { attribute: 'person.region', eq: 'nowhere' }
const SOMEWHERE = { not: NOWHERE }

const upTo = (limit: Day, attribute = BIRTH) => ({ attribute, lte: isoFromDay(limit) })
const after = (limit: Day) => ({ attribute: BIRTH, gt: isoFromDay(limit) })
const asked = (where: unknown, holds: Probe['holds']): Probe => ({
  policy: () => policyOf(where),
  holds,
})

/** One limit, as a date. */
export const DATES: readonly Disguise[] = [
  (limit) => asked(upTo(limit), (born) => born <= limit),
  (limit) => asked({ not: upTo(limit) }, (born) => born > limit),
  (limit) => asked(upTo(limit, PASSPORT), (born) => born <= limit),
  (limit) => asked({ any: [NOWHERE, upTo(limit)] }, (born) => born <= limit),
  (limit) => asked({ not: { all: [SOMEWHERE, upTo(limit)] } }, (born) => born > limit),
  (limit) => asked({ atLeast: 2, of: [NOWHERE, SOMEWHERE, after(limit)] }, (born) => born > limit),
  (limit, asOf) =>
    asked({ attribute: BIRTH, lte: { today: limit - asOf } }, (born) => born <= limit),
]

/** Two limits, or many. */
export const RANGES: readonly Disguise[] = [
  (limit) => {
    const [low, high] = [Math.max(limit - 365, 0), limit]
    return asked({ all: [after(low), upTo(high)] }, (born) => born > low && born <= high)
  },
  (limit) => {
    const [low, high] = [Math.max(limit - 30, 0), limit]
    return asked({ any: [upTo(low), after(high)] }, (born) => born <= low || born > high)
  },
  (limit) => asked({ attribute: BIRTH, in: [isoFromDay(limit)] }, (born) => born === limit),
  (limit) => {
    const days = Array.from({ length: 400 }, (_, i) => Math.max(limit - 399, 0) + i)
    const listed = new Set(days)
    return asked({ attribute: BIRTH, notIn: days.map(isoFromDay) }, (born) => !listed.has(born))
  },
]

/** Ages: the limit that is nearest. */
export const AGES: readonly Disguise[] = [
  (limit, asOf) => {
    const years = yearsBefore(limit, asOf)
    const cutoff = birthDayCutoff(asOf, years)
    return asked({ age: BIRTH, atLeast: years }, (born) => born <= cutoff)
  },
  (limit, asOf) => {
    const years = yearsBefore(limit, asOf)
    const cutoff = birthDayCutoff(asOf, years)
    return asked({ any: [NOWHERE, { age: PASSPORT, under: years }] }, (born) => born > cutoff)
  },
]

function yearsBefore(limit: Day, asOf: Day): number {
  return Math.min(Math.max(Math.round((asOf - limit) / 365.2425), 1), 126)
}
