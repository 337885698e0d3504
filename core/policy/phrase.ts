import { MAX_ORDERED_TEXT_BYTES } from '../attribute.ts'
import type { Day } from '../dates.ts'
import { isDay, isoFromDay } from '../dates.ts'
import { schemaWords } from '../schema.ts'
import type { PolicyAttribute, PolicyVocabulary, SchemaSource } from './attributes.ts'
import { findAttribute, findSchema, policyVocabulary } from './attributes.ts'
import type { CompareOp } from './condition.ts'
import { operatorOf } from './condition.ts'
import type { Language } from './languages/languages.ts'
import { phraseBook } from './languages/languages.ts'
import type { PhraseBook } from './languages/phrase-book.ts'
import type { Policy } from './policy.ts'
import type {
  AgeCondition,
  AttributeCondition,
  Condition,
  ConstantOperand,
  Operand,
  SumCondition,
  SumPart,
} from './rule.ts'
import { OPPOSITE, SHOWN_VALUES, plainText, quotedText } from './wording.ts'

/** What the parts of one sentence are made with. */
export interface PhraseContext {
  /** With titles and units in the sentence's language. */
  readonly vocabulary: PolicyVocabulary
  /** Titles of the credentials, by alias. */
  readonly titles: ReadonlyMap<string, string>
  readonly asOf: Day
  readonly book: PhraseBook
}

/** The name of the date that an age in years is the holder's own age by. */
const BIRTH_DATE = 'birthDate'

/** @throws TypeError for a language without sentences. */
export function phraseContext(
  { credentials }: Policy,
  schemas: SchemaSource,
  asOf: Day,
  language: Language,
): PhraseContext {
  const words = new Map(
    Object.entries(credentials).map(([alias, { schema }]) => {
      return [alias, schemaWords(findSchema(schemas, schema, alias), language)] as const
    }),
  )
  const { attributes } = policyVocabulary(credentials, schemas)
  const translated = [...attributes].map(([path, attribute]) => {
    const own = words.get(attribute.alias)?.attributes.get(attribute.name)
    return [path, { ...attribute, ...own }] as const
  })
  return {
    vocabulary: { credentials, attributes: new Map(translated) },
    titles: new Map([...words].map(([alias, { title }]) => [alias, title])),
    asOf,
    book: phraseBook(language),
  }
}

/** A condition or its opposite as a clause, not yet a whole sentence. */
export function phrase(condition: Condition, isPositive: boolean, context: PhraseContext): string {
  if ('age' in condition) return agePhrase(condition, isPositive, context)
  if ('sum' in condition) return sumPhrase(condition, isPositive, context)
  return attributePhrase(condition, isPositive, context)
}

/** `your date of birth`, and on which credential if there is more than one. */
export function attributeName(
  { title, alias }: Pick<PolicyAttribute, 'title' | 'alias'>,
  context: PhraseContext,
): string {
  return context.book.parts.yours(titleOf(title, alias, context))
}

/** A title, and the credential's alias if there is more than one. */
export function titleOf(title: string, alias: string, { vocabulary, book }: PhraseContext): string {
  const isOnlyOne = Object.keys(vocabulary.credentials).length === 1
  return isOnlyOne ? plainText(title) : book.parts.titled(plainText(title), alias)
}

/** A day in words. */
export function dayPhrase(day: Day, { parts }: PhraseBook): string {
  return parts.date(isoFromDay(day))
}

function agePhrase(
  { age, atLeast, under, leapDay }: AgeCondition,
  isPositive: boolean,
  context: PhraseContext,
): string {
  const date = findAttribute(context.vocabulary, age, age)
  const limits = [
    atLeast === undefined ? [] : { years: atLeast, isReached: isPositive },
    under === undefined ? [] : { years: under, isReached: !isPositive },
  ].flat()
  return context.book.conditions.age({
    name: attributeName(date, context),
    isOwnAge: date.name === BIRTH_DATE,
    limits,
    isEither: !isPositive,
    isFebruary28: leapDay === 'feb28',
  })
}

function sumPhrase(condition: SumCondition, isPositive: boolean, context: PhraseContext): string {
  const { parts, conditions } = context.book
  const op = operatorOf(condition)
  const sum = condition.sum.map((part, i) => summandPhrase(part, i === 0, context)).join(' ')
  const constant = parts.number(BigInt(condition[op] ?? 0))
  return conditions.compare(sum, 'integer', isPositive ? op : OPPOSITE[op], constant)
}

function summandPhrase(
  { attribute, times }: SumPart,
  isFirst: boolean,
  context: PhraseContext,
): string {
  const { parts } = context.book
  const found = findAttribute(context.vocabulary, attribute, attribute)
  const plus = isFirst ? '' : '+ '
  const factor = Math.abs(times) === 1 ? '' : `${parts.number(BigInt(Math.abs(times)))} × `
  const unit = found.unit === undefined ? '' : parts.unitNote(plainText(found.unit))
  const counted = found.type === 'boolean' ? parts.booleanNote : unit
  return `${times < 0 ? '− ' : plus}${factor}${attributeName(found, context)}${counted}`
}

function attributePhrase(
  condition: AttributeCondition,
  isPositive: boolean,
  context: PhraseContext,
): string {
  const { conditions } = context.book
  const attribute = findAttribute(context.vocabulary, condition.attribute, condition.attribute)
  const name = attributeName(attribute, context)
  if (condition.prefix !== undefined) {
    const clause = conditions.prefix(name, isPositive, quotedText(condition.prefix))
    return isPositive ? clause : orLongText(clause, attribute, context)
  }
  if (condition.between !== undefined) {
    const [low, high] = condition.between.map((end) => constantPhrase(end, attribute, context))
    const clause = conditions.between(name, isPositive, low ?? '', high ?? '')
    return isPositive ? clause : orLongText(clause, attribute, context)
  }
  const values = condition.in ?? condition.notIn
  if (values !== undefined) {
    const isIn = (condition.in !== undefined) === isPositive
    return listPhrase(values, isIn, attribute, context)
  }
  const op = operatorOf(condition)
  return comparisonPhrase(condition[op] ?? '', isPositive ? op : OPPOSITE[op], attribute, context)
}

function listPhrase(
  values: readonly ConstantOperand[],
  isIn: boolean,
  attribute: PolicyAttribute,
  context: PhraseContext,
): string {
  const [only, second] = values
  if (only !== undefined && second === undefined) {
    return comparisonPhrase(only, isIn ? 'eq' : 'ne', attribute, context)
  }
  const { conditions, parts } = context.book
  const shown = values.slice(0, SHOWN_VALUES)
  const rest = values.length - shown.length
  return conditions.oneOf(
    attributeName(attribute, context),
    isIn,
    shown.map((value) => constantPhrase(value, attribute, context)),
    rest === 0 ? undefined : parts.number(BigInt(rest)),
  )
}

function comparisonPhrase(
  operand: Operand,
  op: CompareOp,
  attribute: PolicyAttribute,
  context: PhraseContext,
): string {
  const { conditions } = context.book
  const { type } = attribute
  const name = attributeName(attribute, context)
  if (typeof operand === 'boolean') return conditions.isBoolean(name, op === 'eq', operand)
  if (typeof operand !== 'object' || 'today' in operand) {
    const clause = conditions.compare(name, type, op, constantPhrase(operand, attribute, context))
    return op === 'gt' || op === 'gte' ? orLongText(clause, attribute, context) : clause
  }
  const other = findAttribute(context.vocabulary, operand.attribute, operand.attribute)
  return conditions.compareWith(name, type, op, attributeName(other, context))
}

/**
 * Long texts come after all others and have no prefix: whoever has one proves this clause, too, whatever
 * the text begins with. Of the opposite they prove nothing, so that it can be said as it is.
 */
function orLongText(clause: string, { type }: PolicyAttribute, { book }: PhraseContext): string {
  return type === 'text' ? book.conditions.orLong(clause, MAX_ORDERED_TEXT_BYTES) : clause
}

function constantPhrase(
  value: ConstantOperand,
  { type, unit }: PolicyAttribute,
  { asOf, book }: PhraseContext,
): string {
  const { parts } = book
  if (typeof value === 'object') {
    const day = asOf + value.today
    return parts.relativeDay(value.today, isDay(day) ? dayPhrase(day, book) : undefined)
  }
  if (type === 'date') return parts.date(String(value))
  if (type !== 'integer') return quotedText(String(value))
  const number = parts.number(BigInt(value))
  return unit === undefined ? number : parts.amount(number, plainText(unit))
}
