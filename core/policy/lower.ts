import { encodeAttribute, textPrefixRange } from '../attribute.ts'
import type { Day } from '../dates.ts'
import { birthDayCutoff } from '../dates.ts'
import { ALWAYS, EQUAL, GREATER, LESS } from '../shapes.ts'
import type { PolicyAttribute, PolicyVocabulary } from './attributes.ts'
import { findAttribute } from './attributes.ts'
import type { CompareOp } from './condition.ts'
import { operatorOf } from './condition.ts'
import type { Formula, Quantity } from './literal.ts'
import {
  FALSE,
  TRUE,
  atLeast,
  atMost,
  attributeQuantity,
  mirrored,
  noneOf,
  oneOf,
  relation,
  sumQuantity,
} from './literal.ts'
import type { Policy } from './policy.ts'
import type {
  AgeCondition,
  AttributeCondition,
  ConstantOperand,
  Rule,
  SumCondition,
} from './rule.ts'

const MASKS: Readonly<Record<CompareOp, number>> = {
  eq: EQUAL,
  ne: LESS | GREATER,
  lt: LESS,
  lte: LESS | EQUAL,
  gt: GREATER,
  gte: GREATER | EQUAL,
}

interface LoweringContext {
  readonly vocabulary: PolicyVocabulary
  readonly asOf: Day
}

/** What a policy asks on one day, and the opposite of that. */
export function lowerPolicy(
  { where }: Policy,
  vocabulary: PolicyVocabulary,
  asOf: Day,
): { formula: Formula; opposite: Formula } {
  if (where === undefined) return { formula: TRUE, opposite: FALSE }
  const context = { vocabulary, asOf }
  return {
    formula: lowerRule(where, true, context),
    opposite: lowerRule(where, false, context),
  }
}

/**
 * Turns a rule into what comparisons and look-ups on encoded attributes can tell on one day, or
 * its opposite: NOT goes down to the literals, where it is another comparison or "not found".
 */
function lowerRule(rule: Rule, isPositive: boolean, context: LoweringContext): Formula {
  const lowerAll = (rules: readonly Rule[]) =>
    rules.map((part) => lowerRule(part, isPositive, context))
  if ('all' in rule) return { kind: isPositive ? 'all' : 'any', parts: lowerAll(rule.all) }
  if ('any' in rule) return { kind: isPositive ? 'any' : 'all', parts: lowerAll(rule.any) }
  if ('not' in rule) return lowerRule(rule.not, !isPositive, context)
  if ('of' in rule) {
    // Fewer than k of n hold if and only if more than n - k do not.
    const count = isPositive ? rule.atLeast : rule.of.length - rule.atLeast + 1
    return { kind: 'atLeast', count, parts: lowerAll(rule.of) }
  }
  if ('age' in rule) return lowerAge(rule, isPositive, context)
  if ('sum' in rule) return lowerSum(rule, isPositive, context)
  return lowerAttribute(rule, isPositive, context)
}

/** At least N years old is born on the cutoff day of N years or before. */
function lowerAge(
  { age, atLeast: years, under, leapDay }: AgeCondition,
  isPositive: boolean,
  { vocabulary, asOf }: LoweringContext,
): Formula {
  const birthDay = attributeQuantity(findAttribute(vocabulary, age, age))
  const cutoff = (n: number) => BigInt(birthDayCutoff(asOf, n, leapDay))
  const latest = years === undefined ? birthDay.high : cutoff(years)
  const earliest = under === undefined ? birthDay.low : cutoff(under) + 1n
  return within(birthDay, earliest, latest, isPositive)
}

function lowerAttribute(
  condition: AttributeCondition,
  isPositive: boolean,
  context: LoweringContext,
): Formula {
  const { vocabulary } = context
  const attribute = findAttribute(vocabulary, condition.attribute, condition.attribute)
  const quantity = attributeQuantity(attribute)
  const constant = (value: ConstantOperand) => encodeConstant(value, attribute, context)
  if (condition.prefix !== undefined) {
    const { first, last } = textPrefixRange(condition.prefix)
    return within(quantity, first, last, isPositive)
  }
  if (condition.between !== undefined) {
    const [low, high] = condition.between
    return within(quantity, constant(low), constant(high), isPositive)
  }
  const values = condition.in ?? condition.notIn
  if (values !== undefined) {
    const isIn = (condition.in !== undefined) === isPositive
    return (isIn ? oneOf : noneOf)(quantity, values.map(constant))
  }
  return lowerComparison(condition, isPositive, attribute, context)
}

function lowerComparison(
  condition: AttributeCondition,
  isPositive: boolean,
  attribute: PolicyAttribute,
  context: LoweringContext,
): Formula {
  const op = operatorOf(condition)
  const operand = condition[op]
  if (operand === undefined) throw new TypeError('a comparison without operand')
  const mask = isPositive ? MASKS[op] : ALWAYS ^ MASKS[op]
  if (typeof operand === 'object' && 'attribute' in operand) {
    const other = findAttribute(context.vocabulary, operand.attribute, operand.attribute)
    return relation(attribute.selector, other.selector, mask)
  }
  return compared(attributeQuantity(attribute), mask, encodeConstant(operand, attribute, context))
}

/**
 * Sums that differ by a factor are one sum: the sign of the first part is made positive and the
 * greatest common divisor of all parts is taken out.
 */
function lowerSum(
  condition: SumCondition,
  isPositive: boolean,
  { vocabulary }: LoweringContext,
): Formula {
  const parts = condition.sum.map(({ attribute, times }) => ({
    attribute: findAttribute(vocabulary, attribute, attribute),
    times: BigInt(times),
  }))
  const op = operatorOf(condition)
  const constant = BigInt(condition[op] ?? 0)
  const mask = isPositive ? MASKS[op] : ALWAYS ^ MASKS[op]
  const first = parts.reduce((a, b) => (a.attribute.selector < b.attribute.selector ? a : b))
  const divisor = parts.map(({ times }) => magnitude(times)).reduce(greatestCommonDivisor)
  const scale = first.times < 0n ? -divisor : divisor
  const scaled = parts.map(({ attribute, times }) => ({ attribute, times: times / scale }))
  return comparedMultiple(sumQuantity(scaled), scale, mask, constant)
}

/** `scale * quantity MASK constant`. */
function comparedMultiple(
  quantity: Quantity,
  scale: bigint,
  mask: number,
  constant: bigint,
): Formula {
  if (scale < 0n) return comparedMultiple(quantity, -scale, mirrored(mask), -constant)
  const floor = floorDivide(constant, scale)
  if (floor * scale === constant) return compared(quantity, mask, floor)
  if (mask === EQUAL) return FALSE
  if (mask === (LESS | GREATER)) return TRUE
  return mask & LESS ? atMost(quantity, floor) : atLeast(quantity, floor + 1n)
}

function compared(quantity: Quantity, mask: number, constant: bigint): Formula {
  if (mask === EQUAL) return oneOf(quantity, [constant])
  if (mask === (LESS | GREATER)) return noneOf(quantity, [constant])
  const bound = mask & EQUAL ? 0n : 1n
  return mask & LESS ? atMost(quantity, constant - bound) : atLeast(quantity, constant + bound)
}

function within(quantity: Quantity, low: bigint, high: bigint, isPositive: boolean): Formula {
  if (low === high) return (isPositive ? oneOf : noneOf)(quantity, [low])
  return isPositive
    ? { kind: 'all', parts: [atLeast(quantity, low), atMost(quantity, high)] }
    : { kind: 'any', parts: [atMost(quantity, low - 1n), atLeast(quantity, high + 1n)] }
}

/** Days relative to the day of proof may lie outside the calendar: then as plain numbers. */
function encodeConstant(
  value: ConstantOperand,
  { type }: PolicyAttribute,
  { asOf }: LoweringContext,
): bigint {
  return typeof value === 'object' ? BigInt(asOf + value.today) : encodeAttribute(type, value)
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}
