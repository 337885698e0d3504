import type { AttributeType } from '../attribute.ts'
import type { Day } from '../dates.ts'
import { isoFromDay } from '../dates.ts'
import type { CompareOp } from './condition.ts'

// Words and constants of the sentences. Texts come from the verifier, who may want them to look
// like something else: everything that is not plain reading is shown as its code point.

/** Lists are shown up to here; of longer ones the first few and how many there are. */
const SHOWN_VALUES = 12

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
/** The operator that holds where the other does not. */
export const OPPOSITE: Readonly<Record<CompareOp, CompareOp>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'gte',
  lte: 'gt',
  gt: 'lte',
  gte: 'lt',
}
export const NUMBER_WORDS: Readonly<Record<CompareOp, string>> = {
  eq: 'is',
  ne: 'is not',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
}
const DATE_WORDS: Readonly<Record<CompareOp, string>> = {
  ...NUMBER_WORDS,
  lt: 'is before',
  lte: 'is on or before',
  gt: 'is after',
  gte: 'is on or after',
}
const TEXT_WORDS: Readonly<Record<CompareOp, string>> = {
  ...NUMBER_WORDS,
  lt: 'sorts before',
  lte: 'is or sorts before',
  gt: 'sorts after',
  gte: 'is or sorts after',
}
/** By type, between the attribute's name and the constant. */
export const COMPARE_WORDS: Readonly<Record<AttributeType, Readonly<Record<CompareOp, string>>>> = {
  date: DATE_WORDS,
  integer: NUMBER_WORDS,
  boolean: NUMBER_WORDS,
  text: TEXT_WORDS,
}

/** `22 November 2026`. */
export function dayPhrase(day: Day): string {
  return datePhrase(isoFromDay(day))
}

/** `22 November 2026`, from an ISO date. */
export function datePhrase(iso: string): string {
  const [year = '', month = '', dayOfMonth = ''] = iso.split('-')
  return `${String(Number(dayOfMonth))} ${MONTHS[Number(month) - 1] ?? ''} ${year}`
}

/** `1,200,000`. */
export function numberPhrase(value: bigint): string {
  const digits = String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return digits.replace('-', '−')
}

/** The value, or `one of` the values. */
export function listPhrase(values: readonly string[]): string {
  const [only, second] = values
  if (only !== undefined && second === undefined) return only
  if (values.length <= SHOWN_VALUES) return `one of ${values.join(', ')}`
  const rest = numberPhrase(BigInt(values.length - SHOWN_VALUES))
  return `one of ${values.slice(0, SHOWN_VALUES).join(', ')} and ${rest} more`
}

/** A text between quotation marks. */
export function quotedText(text: string): string {
  return `“${plainText(text).replace(/[\u200c\u200d“”]/g, escaped)}”`
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A name or title; the joiners that some scripts need stay as they are. */
export function plainText(text: string): string {
  return text.replace(/(?![\u200c\u200d])[\p{C}\p{Zl}\p{Zp}]/gu, escaped)
}

/** Line breaks, direction marks and the like, as their code point. */
function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
