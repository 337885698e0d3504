import { canonical, list, members, text } from './json.ts'
import type { Members } from './json.ts'
import { bigEndian, hash, hashToField, utf8 } from './numbers.ts'
import { must, refuse, slips } from './refused.ts'

// Attribute values as integers below 2^120, and the hash that names a schema.

const ORDERED_BYTES = 14
const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(1900, 0, 1)

/** Days since 1900-01-01 of `YYYY-MM-DD`. */
export function dayOf(value: unknown): number {
  const form = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/
  must(typeof value === 'string' && form.test(value), 'no date')
  const at = Date.parse(`${value}T00:00:00Z`)
  must(Number.isFinite(at) && new Date(at).toISOString().startsWith(value), 'no such date')
  const day = (at - FIRST_DAY) / DAY_MS
  must(day >= 0 && day < 2 ** 20, 'outside the calendar')
  return day
}

export function dayOfSeconds(seconds: number): number {
  return Math.floor((seconds * 1000 - FIRST_DAY) / DAY_MS)
}

/** The latest birthday of whoever is `years` old on a day. */
export function cutoff(day: number, years: number, isFebruary28: boolean): number {
  const today = new Date(FIRST_DAY + day * DAY_MS)
  const [year, month, date] = [
    today.getUTCFullYear() - years,
    today.getUTCMonth(),
    today.getUTCDate(),
  ]
  const lastOf = (y: number) => new Date(Date.UTC(y, month + 1, 0)).getUTCDate()
  const isLast = date === lastOf(today.getUTCFullYear())
  const isEarly = isFebruary28 && month === 1 && isLast
  const last = isEarly ? lastOf(year) : Math.min(date, lastOf(year))
  return (Date.UTC(year, month, last) - FIRST_DAY) / DAY_MS
}

export function encode(type: unknown, value: unknown): bigint {
  switch (type) {
    case 'date':
      return BigInt(dayOf(value))
    case 'integer':
      return integerOf(value)
    case 'boolean':
      must(typeof value === 'boolean', 'no truth value')
      return value ? 1n : 0n
    case 'text':
      return textCode(bytesOfText(value))
    default:
      return refuse('no such type')
  }
}

/** The first and the last code of short texts with a beginning. */
export function prefixRange(prefix: unknown): [bigint, bigint] {
  const bytes = bytesOfText(prefix)
  must(bytes.length >= 1 && bytes.length <= ORDERED_BYTES, 'no such prefix')
  return [textCode(bytes), padded(bytes, 0xff, ORDERED_BYTES)]
}

function integerOf(value: unknown): bigint {
  const isNumber = Number.isSafeInteger(value) && !Object.is(value, -0)
  const isText = typeof value === 'string' && /^(0|[1-9][0-9]{0,19})$/.test(value)
  const isLoose =
    slips('leading zeros accepted') && typeof value === 'string' && /^0*[0-9]{1,20}$/.test(value)
  must(isNumber || isText || isLoose, 'no integer')
  const integer = BigInt(value as string | number)
  must(integer >= 0n && integer < 1n << 64n, 'outside of 64 bits')
  return integer
}

function bytesOfText(value: unknown): Uint8Array {
  must(typeof value === 'string', 'no text')
  const bytes = utf8(slips('text not normalised') ? value : value.normalize('NFC'))
  must(bytes.length <= 1024, 'the text is too long')
  return bytes
}

function textCode(bytes: Uint8Array): bigint {
  if (bytes.length <= ORDERED_BYTES) return padded(bytes, 0, bytes.length)
  return bigEndian(Uint8Array.of(0xff, ...hash(bytes).slice(0, ORDERED_BYTES)))
}

function padded(bytes: Uint8Array, filling: number, length: number): bigint {
  const rest = Array<number>(ORDERED_BYTES - bytes.length).fill(filling)
  return bigEndian(Uint8Array.of(...bytes, ...rest, length))
}

export interface Attribute {
  readonly name: string
  readonly type: unknown
}

/** The attributes of a schema in their order; titles are for people and not judged here. */
export function attributesOf(schema: Members): Attribute[] {
  return list(schema.get('attributes'), 1, 16).map((attribute) => {
    const { name, type } = Object.fromEntries(members(attribute, 'name type title unit?'))
    return { name: text(name, 1, 64), type }
  })
}

export function schemaHash(schema: Members): bigint {
  const attributes = list(schema.get('attributes'), 1, 16).map((attribute) => {
    const named = new Map(members(attribute, 'name type title unit?'))
    named.delete('title')
    return named
  })
  const named = new Map<string, unknown>([
    ['id', schema.get('id')],
    ['attributes', attributes],
  ])
  return hashToField('zerocard/schema/1', canonical(named))
}
