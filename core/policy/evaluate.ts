import type { AttributeType, AttributeValue } from '../attribute.ts'
import { ZerocardError } from '../errors.ts'
import type { SchemaSource } from './attributes.ts'
import type { Policy } from './policy.ts'
import type {
  AgeCondition,
  AttributeCondition,
  ConstantOperand,
  Operand,
  Rule,
  SumCondition,
} from './rule.ts'

// The oracle the compiler and the circuit are tested against. It works on plain values, as a
// person would, and uses neither the encodings nor the compiler nor this project's calendar.

/** A holder's plain values, by alias and attribute. */
export type PlainCredentials = Readonly<Record<string, Readonly<Record<string, AttributeValue>>>>

interface Facts {
  readonly policy: Policy
  readonly schemas: SchemaSource
  readonly credentials: PlainCredentials
  readonly today: CalendarDate
}

interface CalendarDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly dayOfMonth: number
  /** Days since 1970-01-01. */
  readonly unixDay: number
}

type Comparable = bigint | string

/** Texts of more bytes are signed as a hash, which has no order and no prefix. */
const MAX_ORDERED_TEXT_BYTES = 14

/**
 * Whether a holder's values satisfy a policy's rule. Says nothing about signatures and validity.
 *
 * Texts over 14 bytes come after all shorter ones and start with no prefix: only their equality
 * can be proven.
 *
 * @param asOf - The day of proof, in days since 1900-01-01.
 * @throws ZerocardError with `ATTRIBUTE_INVALID` for a value the rule needs and that is missing.
 */
export function evaluatePolicy(
  policy: Policy,
  schemas: SchemaSource,
  credentials: PlainCredentials,
  asOf: number,
): boolean {
  const today = calendarDate(asOf + Date.UTC(1900, 0, 1) / MILLISECONDS_PER_DAY)
  return policy.where === undefined || holds(policy.where, { policy, schemas, credentials, today })
}

const MILLISECONDS_PER_DAY = 86_400_000

function holds(rule: Rule, facts: Facts): boolean {
  if ('all' in rule) return rule.all.every((part) => holds(part, facts))
  if ('any' in rule) return rule.any.some((part) => holds(part, facts))
  if ('not' in rule) return !holds(rule.not, facts)
  if ('of' in rule) return rule.of.filter((part) => holds(part, facts)).length >= rule.atLeast
  if ('age' in rule) return ageHolds(rule, facts)
  if ('sum' in rule) return sumHolds(rule, facts)
  return attributeHolds(rule, facts)
}

function ageHolds({ age, atLeast, under, leapDay }: AgeCondition, facts: Facts): boolean {
  const years = completeYears(isoDate(plainValue(age, facts)), facts.today, leapDay)
  return (atLeast === undefined || years >= atLeast) && (under === undefined || years < under)
}

function completeYears(born: CalendarDate, today: CalendarDate, leapDay: 'mar1' | 'feb28'): number {
  const isLeapYear = new Date(Date.UTC(today.year, 1, 29)).getUTCMonth() === 1
  const isBornOnLeapDay = born.month === 2 && born.dayOfMonth === 29
  const movedTo = leapDay === 'mar1' ? [3, 1] : [2, 28]
  const [month = 0, dayOfMonth = 0] =
    isBornOnLeapDay && !isLeapYear ? movedTo : [born.month, born.dayOfMonth]
  const isBeforeBirthday =
    today.month < month || (today.month === month && today.dayOfMonth < dayOfMonth)
  return today.year - born.year - (isBeforeBirthday ? 1 : 0)
}

function sumHolds({ sum, ...condition }: SumCondition, facts: Facts): boolean {
  const total = sum.reduce(
    (subtotal, { attribute, times }) =>
      subtotal + BigInt(times) * BigInt(plainValue(attribute, facts)),
    0n,
  )
  return compares(condition, (operand) => [total, BigInt(operand)])
}

function attributeHolds(condition: AttributeCondition, facts: Facts): boolean {
  const type = attributeType(condition.attribute, facts)
  const plain = plainValue(condition.attribute, facts)
  const value = comparable(plain, type)
  const constant = (operand: ConstantOperand) => constantOf(operand, type, facts)
  if (condition.prefix !== undefined) return startsWith(plain, condition.prefix)
  if (condition.in !== undefined) return condition.in.map(constant).includes(value)
  if (condition.notIn !== undefined) return !condition.notIn.map(constant).includes(value)
  if (condition.between !== undefined) {
    const [low, high] = condition.between.map(constant)
    return low !== undefined && high !== undefined && low <= value && value <= high
  }
  return compares(condition, (operand) => [value, operandOf(operand, type, facts)])
}

function compares<T>(
  condition: Readonly<Partial<Record<'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte', T>>>,
  sides: (operand: T) => [Comparable, Comparable],
): boolean {
  const { eq, ne, lt, lte, gt, gte } = condition
  const is = (operand: T, test: (a: Comparable, b: Comparable) => boolean) =>
    test(...sides(operand))
  if (eq !== undefined) return is(eq, (a, b) => a === b)
  if (ne !== undefined) return is(ne, (a, b) => a !== b)
  if (lt !== undefined) return is(lt, (a, b) => a < b)
  if (lte !== undefined) return is(lte, (a, b) => a <= b)
  if (gt !== undefined) return is(gt, (a, b) => a > b)
  if (gte !== undefined) return is(gte, (a, b) => a >= b)
  throw new TypeError('a condition without operator')
}

function operandOf(operand: Operand, type: AttributeType, facts: Facts): Comparable {
  if (typeof operand !== 'object' || 'today' in operand) return constantOf(operand, type, facts)
  return comparable(plainValue(operand.attribute, facts), type)
}

function constantOf(operand: ConstantOperand, type: AttributeType, facts: Facts): Comparable {
  if (typeof operand === 'object') return BigInt(facts.today.unixDay + operand.today)
  return comparable(operand, type)
}

function comparable(plain: AttributeValue, type: AttributeType): Comparable {
  if (type === 'text') return orderedText(String(plain))
  return type === 'date' ? BigInt(isoDate(plain).unixDay) : BigInt(plain)
}

/** A text whose order by UTF-16 units is the order of its UTF-8 bytes; long texts come last. */
function orderedText(plain: string): string {
  const bytes = utf8(plain)
  const last = bytes.length > MAX_ORDERED_TEXT_BYTES ? '\u{100}' : ''
  return last + String.fromCharCode(...bytes)
}

function startsWith(plain: AttributeValue, prefix: string): boolean {
  const bytes = utf8(String(plain))
  const isShort = bytes.length <= MAX_ORDERED_TEXT_BYTES
  return isShort && utf8(prefix).every((byte, i) => bytes[i] === byte)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text.normalize('NFC'))
}

function isoDate(plain: AttributeValue): CalendarDate {
  return calendarDate(Date.parse(`${String(plain)}T00:00:00Z`) / MILLISECONDS_PER_DAY)
}

function calendarDate(unixDay: number): CalendarDate {
  const date = new Date(unixDay * MILLISECONDS_PER_DAY)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    dayOfMonth: date.getUTCDate(),
    unixDay,
  }
}

function plainValue(path: string, { credentials }: Facts): AttributeValue {
  const [alias = '', name = ''] = path.split('.')
  const values = Object.hasOwn(credentials, alias) ? credentials[alias] : undefined
  const value = values && Object.hasOwn(values, name) ? values[name] : undefined
  if (value === undefined) throw new ZerocardError('ATTRIBUTE_INVALID', `${path}: missing`)
  return value
}

function attributeType(path: string, { policy, schemas }: Facts): AttributeType {
  const [alias = '', name = ''] = path.split('.')
  const id = policy.credentials[alias]?.schema
  const schema = [...schemas.values()].find((candidate) => candidate.id === id)
  const attribute = schema?.attributes.find((candidate) => candidate.name === name)
  if (attribute === undefined) throw new TypeError(`${path}: not in the schemas`)
  return attribute.type
}
