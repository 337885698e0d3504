import type { AttributeType, AttributeValue } from '../../core/attribute.ts'
import { plainText } from '../../core/policy/wording.ts'
import type { Language } from '../wallet/types.ts'
import type { Words } from './words/words.ts'

/** Numbers, dates and values as a language writes them. */
export interface Format {
  readonly number: (value: number | bigint) => string
  /** A day, from an ISO date. */
  readonly day: (iso: string) => string
  /** A day of seconds since 1970-01-01 UTC, where the person is. */
  readonly date: (seconds: number) => string
  readonly dateTime: (seconds: number) => string
  readonly time: (seconds: number) => string
  /** Seconds with one digit, from milliseconds. */
  readonly seconds: (milliseconds: number) => string
}

/** English dates as the sentences of a question have them: `22 November 2026`. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', 'zh-Hans': 'zh-Hans' }

export function formatOf(spoken: Language): Format {
  const language = LOCALES[spoken]
  const number = new Intl.NumberFormat(language)
  const seconds = new Intl.NumberFormat(language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  // A date without a time belongs to no time zone.
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' })
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'long' })
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
  return {
    number: (value) => number.format(value),
    day: (iso) => day.format(new Date(iso)),
    date: (at) => date.format(at * 1000),
    dateTime: (at) => dateTime.format(at * 1000),
    time: (at) => time.format(at * 1000),
    seconds: (milliseconds) => seconds.format(milliseconds / 1000),
  }
}

/** A value of a credential as a person reads it. */
export function valueText(
  attribute: { readonly type?: AttributeType; readonly unit?: string },
  value: AttributeValue,
  format: Format,
  words: Words,
): string {
  if (typeof value === 'boolean') return value ? words.common.yes : words.common.no
  if (attribute.type === 'date') return format.day(String(value))
  if (attribute.type !== 'integer') return plainText(String(value))
  const number = format.number(BigInt(value))
  return attribute.unit === undefined ? number : `${number} ${plainText(attribute.unit)}`
}

/** The host of an origin; what is no address stays as it is. */
export function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : plainText(origin)
}
