import type { AttributeValue } from '../attribute.ts'
import type { Day } from '../dates.ts'
import { isDay } from '../dates.ts'
import type { PolicyAttribute, PolicyVocabulary } from './attributes.ts'
import { findAttribute } from './attributes.ts'
import { operatorOf } from './condition.ts'
import type {
  AgeCondition,
  AttributeCondition,
  Condition,
  ConstantOperand,
  Operand,
  SumCondition,
  SumPart,
} from './rule.ts'
import {
  COMPARE_WORDS,
  NUMBER_WORDS,
  OPPOSITE,
  datePhrase,
  dayPhrase,
  listPhrase,
  numberPhrase,
  plainText,
  quotedText,
} from './wording.ts'

export interface PhraseContext {
  readonly vocabulary: PolicyVocabulary
  readonly asOf: Day
}

/** The name of the date that an age in years is the holder's own age by. */
const BIRTH_DATE = 'birthDate'

/** A condition or its opposite as an English clause, without capital and full stop. */
export function phrase(condition: Condition, isPositive: boolean, context: PhraseContext): string {
  if ('age' in condition) return agePhrase(condition, isPositive, context)
  if ('sum' in condition) return sumPhrase(condition, isPositive, context)
  return attributePhrase(condition, isPositive, context)
}

/** `your date of birth`, and on which credential if there is more than one. */
export function attributeName(attribute: PolicyAttribute, vocabulary: PolicyVocabulary): string {
  return `your ${bareName(attribute, vocabulary)}`
}

function agePhrase(
  { age, atLeast, under, leapDay }: AgeCondition,
  isPositive: boolean,
  { vocabulary }: PhraseContext,
): string {
  const date = findAttribute(vocabulary, age, age)
  const isAge = date.name === BIRTH_DATE
  const name = attributeName(date, vocabulary)
  const limits = ageLimits(atLeast, under, isPositive, isAge)
  const leap = leapDay === 'feb28' ? ' (born on 29 February: a year older on the 28th)' : ''
  return isAge ? `you are ${limits}, by ${name}${leap}` : `it is ${limits} since ${name}${leap}`
}

function ageLimits(
  atLeast: number | undefined,
  under: number | undefined,
  isPositive: boolean,
  isAge: boolean,
): string {
  const orOlder = (years: number) =>
    isAge ? `${String(years)} or older` : `at least ${yearsPhrase(years)}`
  const younger = (years: number) =>
    isAge ? `under ${String(years)}` : `less than ${yearsPhrase(years)}`
  const parts = isPositive
    ? [atLeast !== undefined && orOlder(atLeast), under !== undefined && younger(under)]
    : [atLeast !== undefined && younger(atLeast), under !== undefined && orOlder(under)]
  return parts.filter((part) => part !== false).join(isPositive ? ' and ' : ' or ')
}

function yearsPhrase(years: number): string {
  return years === 1 ? '1 year' : `${String(years)} years`
}

function sumPhrase(
  condition: SumCondition,
  isPositive: boolean,
  { vocabulary }: PhraseContext,
): string {
  const op = operatorOf(condition)
  const parts = condition.sum.map((part, i) => summandPhrase(part, i === 0, vocabulary))
  const words = NUMBER_WORDS[isPositive ? op : OPPOSITE[op]]
  return `${parts.join(' ')} ${words} ${numberPhrase(BigInt(condition[op] ?? 0))}`
}

function summandPhrase(
  { attribute, times }: SumPart,
  isFirst: boolean,
  vocabulary: PolicyVocabulary,
): string {
  const found = findAttribute(vocabulary, attribute, attribute)
  const plus = isFirst ? '' : '+ '
  const factor = Math.abs(times) === 1 ? '' : `${numberPhrase(BigInt(Math.abs(times)))} × `
  const unit = found.unit === undefined ? '' : ` (in ${plainText(found.unit)})`
  const counted = found.type === 'boolean' ? ' (1 if true, 0 if not)' : unit
  return `${times < 0 ? '− ' : plus}${factor}${attributeName(found, vocabulary)}${counted}`
}

function attributePhrase(
  condition: AttributeCondition,
  isPositive: boolean,
  context: PhraseContext,
): string {
  const attribute = findAttribute(context.vocabulary, condition.attribute, condition.attribute)
  const name = attributeName(attribute, context.vocabulary)
  const shown = (value: ConstantOperand) => constantPhrase(value, attribute, context)
  if (condition.prefix !== undefined) {
    const verb = isPositive ? 'starts' : 'does not start'
    return `${name} ${verb} with ${quotedText(condition.prefix)}`
  }
  if (condition.between !== undefined) {
    const [low, high] = condition.between
    const verb = isPositive ? 'is from' : 'is not from'
    return `${name} ${verb} ${shown(low)} to ${shown(high)}`
  }
  const values = condition.in ?? condition.notIn
  if (values !== undefined) {
    const isIn = (condition.in !== undefined) === isPositive
    return `${name} ${isIn ? 'is' : 'is not'} ${listPhrase(values.map(shown))}`
  }
  return comparisonPhrase(condition, isPositive, attribute, context)
}

function comparisonPhrase(
  condition: AttributeCondition,
  isPositive: boolean,
  attribute: PolicyAttribute,
  context: PhraseContext,
): string {
  const op = operatorOf(condition)
  const operand: Operand = condition[op] ?? ''
  const words = COMPARE_WORDS[attribute.type][isPositive ? op : OPPOSITE[op]]
  const name = attributeName(attribute, context.vocabulary)
  if (typeof operand !== 'object' || 'today' in operand) {
    return `${name} ${words} ${constantPhrase(operand, attribute, context)}`
  }
  const other = findAttribute(context.vocabulary, operand.attribute, operand.attribute)
  const verb = op === 'eq' || op === 'ne' ? `${words} the same as` : words
  return `${name} ${verb} ${attributeName(other, context.vocabulary)}`
}

function constantPhrase(
  value: ConstantOperand,
  { type, unit }: PolicyAttribute,
  { asOf }: PhraseContext,
): string {
  if (typeof value === 'object') return relativeDayPhrase(value.today, asOf)
  if (type === 'date') return datePhrase(String(value))
  if (type === 'integer') {
    const number = numberPhrase(BigInt(value))
    return unit === undefined ? number : `${number} ${plainText(unit)}`
  }
  return type === 'boolean' ? booleanPhrase(value) : quotedText(String(value))
}

function booleanPhrase(value: AttributeValue): string {
  return value === true ? 'true' : 'false'
}

function relativeDayPhrase(days: number, asOf: Day): string {
  const day = asOf + days
  const date = isDay(day) ? ` (${dayPhrase(day)})` : ''
  if (days === 0) return `the day of proof${date}`
  const count = Math.abs(days) === 1 ? '1 day' : `${numberPhrase(BigInt(Math.abs(days)))} days`
  return `${count} ${days < 0 ? 'before' : 'after'} the day of proof${date}`
}

function bareName({ title, alias }: PolicyAttribute, { credentials }: PolicyVocabulary): string {
  const isOnlyOne = Object.keys(credentials).length === 1
  return isOnlyOne ? plainText(title) : `${plainText(title)} (${alias})`
}
