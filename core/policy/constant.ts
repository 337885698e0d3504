import * as z from '../zod.ts'
import type { AttributeType, AttributeValue } from '../attribute.ts'
import { MAX_ORDERED_TEXT_BYTES, encodeAttribute, textPrefixRange } from '../attribute.ts'
import { utf8 } from '../bytes.ts'
import { ZerocardError } from '../errors.ts'
import { MAX_LOOKUP_VALUES } from '../shapes.ts'
import type { PolicyAttribute } from './attributes.ts'
import type { ConstantOperand, IntegerConstant } from './rule.ts'
import { isObject, policyInvalid, readStrict } from './strict-json.ts'

// Every reader gives a constant its one canonical form, so that equal policies have equal hashes,
// and throws `POLICY_INVALID` with the place `at`.

/** Days reach less than this far from each other. */
const MAX_RELATIVE_DAYS = 2 ** 20 - 1
/** Constants of sums are below this in absolute value. */
const SUM_CONSTANT_LIMIT = 2n ** 120n

const listShape = z.array(z.unknown()).check(z.minLength(1), z.maxLength(MAX_LOOKUP_VALUES))
const pairShape = z.array(z.unknown()).check(z.length(2))
const todayShape = z.strictObject({
  today: z.int().check(z.minimum(-MAX_RELATIVE_DAYS), z.maximum(MAX_RELATIVE_DAYS)),
})

/** A constant of the attribute's type, or for a date also `{ "today": days }`. */
export function parseConstantOperand(
  json: unknown,
  { type }: PolicyAttribute,
  at: string,
): ConstantOperand {
  if (!isObject(json)) return parseConstant(json, type, at)
  if (type !== 'date') throw policyInvalid(at, `expected a constant of type ${type}`)
  const { today } = readStrict(todayShape, json, at)
  return { today: positiveZero(today) }
}

/** A constant that has an order: no boolean, no long text. */
export function parseOrdered(
  json: unknown,
  attribute: PolicyAttribute,
  at: string,
): ConstantOperand {
  if (attribute.type === 'boolean') throw policyInvalid(at, 'a boolean takes eq or ne')
  const constant = parseConstantOperand(json, attribute, at)
  const isLong =
    attribute.type === 'text' &&
    typeof constant === 'string' &&
    utf8(constant).length > MAX_ORDERED_TEXT_BYTES
  if (isLong) {
    throw policyInvalid(
      at,
      `a text over ${String(MAX_ORDERED_TEXT_BYTES)} bytes has no order: use eq, ne, in or notIn`,
    )
  }
  return constant
}

/** `[low, high]`, both inclusive. */
export function parseBetween(
  json: unknown,
  attribute: PolicyAttribute,
  at: string,
): [ConstantOperand, ConstantOperand] {
  const [low, high] = readStrict(pairShape, json, at)
  const between: [ConstantOperand, ConstantOperand] = [
    parseOrdered(low, attribute, `${at}[0]`),
    parseOrdered(high, attribute, `${at}[1]`),
  ]
  if (isBackwards(between, attribute.type))
    throw policyInvalid(at, 'nothing lies between: low > high')
  return between
}

/** The first 1 to 14 bytes of a text. */
export function parsePrefix(json: unknown, { type }: PolicyAttribute, at: string): string {
  if (type !== 'text') throw policyInvalid(at, `only a text has a prefix, not ${type}`)
  const prefix = readStrict(z.string(), json, at)
  return encoding(at, () => {
    textPrefixRange(prefix)
    return prefix.normalize('NFC')
  })
}

/** 1 to 4096 different constants. */
export function parseValues(
  json: unknown,
  attribute: PolicyAttribute,
  at: string,
): AttributeValue[] {
  if (attribute.type === 'boolean') throw policyInvalid(at, 'a boolean takes eq or ne')
  const values = readStrict(listShape, json, at).map((value, i) =>
    parseConstant(value, attribute.type, `${at}[${String(i)}]`),
  )
  const seen = new Set<AttributeValue>()
  values.forEach((value, i) => {
    if (seen.has(value)) throw policyInvalid(`${at}[${String(i)}]`, 'is in the list twice')
    seen.add(value)
  })
  return values
}

/** What a weighted sum is compared with: of either sign. */
export function parseSumConstant(json: unknown, at: string): IntegerConstant {
  const isInteger =
    (typeof json === 'number' && Number.isSafeInteger(json)) ||
    (typeof json === 'string' && /^(0|-?[1-9][0-9]{0,36})$/.test(json))
  if (!isInteger) throw policyInvalid(at, 'expected an integer: a number or a decimal string')
  const constant = BigInt(json)
  if (constant <= -SUM_CONSTANT_LIMIT || constant >= SUM_CONSTANT_LIMIT) {
    throw policyInvalid(at, 'is not between -2^120 and 2^120')
  }
  return shortInteger(constant)
}

/** Ends that move with the day of proof against ends that do not are left to the compiler. */
function isBackwards(
  [low, high]: readonly [ConstantOperand, ConstantOperand],
  type: AttributeType,
): boolean {
  if (typeof low === 'object' && typeof high === 'object') return low.today > high.today
  if (typeof low === 'object' || typeof high === 'object') return false
  return encodeAttribute(type, low) > encodeAttribute(type, high)
}

function parseConstant(json: unknown, type: AttributeType, at: string): AttributeValue {
  return encoding(at, () => {
    const encoded = encodeAttribute(type, json)
    if (type === 'integer') return shortInteger(encoded)
    return typeof json === 'string' ? json.normalize('NFC') : (json as AttributeValue)
  })
}

function shortInteger(integer: bigint): IntegerConstant {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : String(integer)
}

function positiveZero(value: number): number {
  return value === 0 ? 0 : value
}

/** Runs what refuses values with `ATTRIBUTE_INVALID`, and names the place in the policy instead. */
function encoding<T>(at: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ZerocardError) throw policyInvalid(at, error.message, error)
    throw error
  }
}
