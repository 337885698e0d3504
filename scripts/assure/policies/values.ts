import type { AttributeType, AttributeValue } from '../../../core/attribute.ts'
import { dayFromIso, isoFromDay } from '../../../core/dates.ts'
import type { Day } from '../../../core/dates.ts'
import type { Dice } from './dice.ts'

// Values of attributes, drawn where rules change their minds: around birthdays, at the ends of the
// types, one step beside each other.

/** Ages that rules ask for and that people have. */
export const YEARS = [1, 4, 13, 16, 18, 21, 25, 26, 60, 65, 66, 67, 120] as const

const DAYS = [
  ...['2024-02-28', '2024-02-29', '2024-03-01', '2025-02-28', '2025-03-01'],
  ...['2026-02-28', '2026-03-01', '2026-12-31', '2027-01-01', '2028-02-29', '2100-02-28'],
].map(dayFromIso)
const LEAP_DAYS = [
  '1904-02-29',
  '1960-02-29',
  '2000-02-29',
  '2004-02-29',
  '2008-02-29',
  '2024-02-29',
]
const LAST_DAY = 2 ** 20 - 1
const LAST_INTEGER = 2n ** 64n - 1n
const INTEGERS = [
  0n,
  1n,
  2n,
  5n,
  65n,
  1_000n,
  2n ** 32n,
  2n ** 53n,
  LAST_INTEGER - 1n,
  LAST_INTEGER,
]
/** Ascending by their bytes: the neighbours of a text are the ones beside it. */
const TEXTS = [
  ...['', '\u0000', 'A', 'DE', 'DE-BE', 'DE-BY', 'DE-BY\u0000', 'DE-C', 'DEU', 'a', 'ab', 'b'],
  ...['zzzzzzzzzzzzzy', 'zzzzzzzzzzzzzz', 'Ä', '中', '😀'],
]
const LONG_TEXTS = [
  'a text of over 14 bytes',
  'another one, also of over 14 bytes',
  'DE-BY and more',
]

export function randomDay(dice: Dice): Day {
  return dice.chance(0.7) ? dice.pick(DAYS) : dice.between(dayFromIso('2020-01-01'), 2 ** 16)
}

export function randomValue(type: AttributeType, asOf: Day, dice: Dice): AttributeValue {
  switch (type) {
    case 'date':
      return randomDate(asOf, dice)
    case 'integer':
      return shortest(dice.chance(0.8) ? dice.pick(INTEGERS) : BigInt(dice.below(100_000)))
    case 'boolean':
      return dice.chance(0.5)
    case 'text':
      return dice.pick(dice.chance(0.8) ? TEXTS : LONG_TEXTS)
  }
}

/** The values next to one, itself in the middle; at the end of a type it stands there itself. */
export function neighbours(type: AttributeType, value: AttributeValue): AttributeValue[] {
  switch (type) {
    case 'date': {
      const day = dayFromIso(value)
      return [Math.max(0, day - 1), day, Math.min(LAST_DAY, day + 1)].map(isoFromDay)
    }
    case 'integer': {
      const integer = BigInt(value)
      const below = integer > 0n ? integer - 1n : integer
      const above = integer < LAST_INTEGER ? integer + 1n : integer
      return [below, integer, above].map(shortest)
    }
    case 'boolean':
      return [false, value, true]
    case 'text':
      return neighbouringTexts(String(value))
  }
}

/** True for a text that is signed as a hash. */
export function isLongText(value: AttributeValue): boolean {
  return typeof value === 'string' && LONG_TEXTS.includes(value)
}

/** As a policy or a person writes it: a number while numbers are exact, digits beyond. */
export function shortest(integer: bigint): AttributeValue {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : String(integer)
}

/** Half of them on a birthday, or a day beside one. */
function randomDate(asOf: Day, dice: Dice): string {
  if (dice.chance(0.3)) return dice.pick(LEAP_DAYS)
  if (dice.chance(0.2)) return isoFromDay(dice.below(2 ** 17))
  const [year = '', month = '', dayOfMonth = ''] = isoFromDay(asOf).split('-')
  const born = String(Number(year) - dice.pick(YEARS)).padStart(4, '0')
  const isLeapDay = month === '02' && dayOfMonth === '29'
  const birthday = `${born}-${month}-${isLeapDay ? '28' : dayOfMonth}`
  if (birthday < '1900-01-02') return '1900-01-02'
  return isoFromDay(dayFromIso(birthday) + dice.between(-1, isLeapDay ? 2 : 1))
}

function neighbouringTexts(text: string): string[] {
  const at = TEXTS.indexOf(text)
  if (at < 0) return [TEXTS.at(-1) ?? '', text, LONG_TEXTS.find((other) => other !== text) ?? '']
  return [TEXTS[Math.max(0, at - 1)] ?? '', text, TEXTS[at + 1] ?? LONG_TEXTS[0] ?? '']
}
