import * as z from '../zod.ts'
import type { AttributeValue } from '../attribute.ts'
import type { LeapDay } from '../dates.ts'
import type { PolicyVocabulary } from './attributes.ts'
import { parseAge, parseComparison, parseSum } from './condition.ts'
import { isObject, policyInvalid, readStrict } from './strict-json.ts'

/** What must be true of the holder's attributes: conditions joined by all, any, not, k of n. */
export type Rule = AllRule | AnyRule | NotRule | AtLeastRule | Condition

export interface AllRule {
  readonly all: readonly Rule[]
}
export interface AnyRule {
  readonly any: readonly Rule[]
}
export interface NotRule {
  readonly not: Rule
}
export interface AtLeastRule {
  readonly atLeast: number
  readonly of: readonly Rule[]
}

export type Condition = AgeCondition | AttributeCondition | SumCondition

/** Complete years since a date, on the day of proof; at least one of `atLeast` and `under`. */
export interface AgeCondition {
  readonly age: string
  readonly atLeast?: number
  readonly under?: number
  readonly leapDay: LeapDay
}

/** One attribute, and exactly one of the operators. */
export interface AttributeCondition {
  readonly attribute: string
  readonly eq?: Operand
  readonly ne?: Operand
  readonly lt?: Operand
  readonly lte?: Operand
  readonly gt?: Operand
  readonly gte?: Operand
  /** Both ends belong to it. */
  readonly between?: readonly [ConstantOperand, ConstantOperand]
  readonly prefix?: string
  readonly in?: readonly AttributeValue[]
  readonly notIn?: readonly AttributeValue[]
}

/** A weighted sum of integers (true counts 1), and exactly one of the operators. */
export interface SumCondition {
  readonly sum: readonly SumPart[]
  readonly eq?: IntegerConstant
  readonly ne?: IntegerConstant
  readonly lt?: IntegerConstant
  readonly lte?: IntegerConstant
  readonly gt?: IntegerConstant
  readonly gte?: IntegerConstant
}

export interface SumPart {
  readonly attribute: string
  readonly times: number
}

/** A safe integer, or a canonical decimal string for a larger one. */
export type IntegerConstant = number | string

/** A constant, or for dates a day relative to the day of proof. */
export type ConstantOperand = AttributeValue | { readonly today: number }
export type Operand = ConstantOperand | { readonly attribute: string }

/** Deeper or larger rules are refused before any work is done on them. */
const MAX_DEPTH = 16
const MAX_RULES = 256
/** Constants in all lists together: more than all look-ups of the largest circuit take. */
const MAX_LISTED_VALUES = 16_384

/** The member that tells what a rule is. */
const KINDS = ['all', 'any', 'not', 'of', 'age', 'attribute', 'sum'] as const

/**
 * Reads a rule from JSON, with defaults filled in and constants in their one canonical form.
 *
 * @param at - Where the rule is, for messages.
 * @throws ZerocardError with `POLICY_INVALID`, naming the place.
 */
export function parseRule(json: unknown, vocabulary: PolicyVocabulary, at: string): Rule {
  assertSize(json, at)
  return parseNode(json, vocabulary, at)
}

/** What a rule joins; undefined for a condition and for NOT. */
export function partsOf(rule: Rule): readonly Rule[] | undefined {
  if ('all' in rule) return rule.all
  if ('any' in rule) return rule.any
  return 'of' in rule ? rule.of : undefined
}

function parseNode(json: unknown, vocabulary: PolicyVocabulary, at: string): Rule {
  switch (ruleKind(json, at)) {
    case 'all':
      return { all: parseList(readStrict(allShape, json, at).all, vocabulary, `${at}.all`) }
    case 'any':
      return { any: parseList(readStrict(anyShape, json, at).any, vocabulary, `${at}.any`) }
    case 'not':
      return { not: parseNode(readStrict(notShape, json, at).not, vocabulary, `${at}.not`) }
    case 'of':
      return parseAtLeast(json, vocabulary, at)
    case 'age':
      return parseAge(json, vocabulary, at)
    case 'attribute':
      return parseComparison(json, vocabulary, at)
    case 'sum':
      return parseSum(json, vocabulary, at)
  }
}

const rules = z.array(z.unknown()).check(z.minLength(1))
const allShape = z.strictObject({ all: rules })
const anyShape = z.strictObject({ any: rules })
const notShape = z.strictObject({ not: z.unknown() })
const atLeastShape = z.strictObject({ atLeast: z.int().check(z.minimum(1)), of: rules })

function parseAtLeast(json: unknown, vocabulary: PolicyVocabulary, at: string): AtLeastRule {
  const { atLeast, of } = readStrict(atLeastShape, json, at)
  if (atLeast > of.length) {
    throw policyInvalid(
      `${at}.atLeast`,
      `expected at most ${String(of.length)}, the rules there are`,
    )
  }
  return { atLeast, of: parseList(of, vocabulary, `${at}.of`) }
}

function parseList(items: readonly unknown[], vocabulary: PolicyVocabulary, at: string): Rule[] {
  return items.map((item, i) => parseNode(item, vocabulary, `${at}[${String(i)}]`))
}

function ruleKind(json: unknown, at: string): (typeof KINDS)[number] {
  if (!isObject(json)) throw policyInvalid(at, 'expected a rule: an object')
  const kinds = KINDS.filter((kind) => Object.hasOwn(json, kind))
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    throw policyInvalid(at, `expected exactly one of ${KINDS.join(', ')}`)
  }
  return kind
}

/** Runs before the recursive reading, so that nesting cannot exhaust the stack. */
function assertSize(json: unknown, at: string): void {
  let level: readonly unknown[] = [json]
  let count = 0
  let listed = 0
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length
    if (depth > MAX_DEPTH) {
      throw policyInvalid(at, `rules are nested more than ${String(MAX_DEPTH)} deep`)
    }
    if (count > MAX_RULES) throw policyInvalid(at, `more than ${String(MAX_RULES)} rules`)
    listed += level.reduce<number>((sum, json) => sum + countListed(json), 0)
    if (listed > MAX_LISTED_VALUES) {
      throw policyInvalid(at, `more than ${String(MAX_LISTED_VALUES)} values in lists`)
    }
    level = level.flatMap(innerRules)
  }
}

function innerRules(json: unknown): readonly unknown[] {
  if (!isObject(json)) return []
  const lists = [json['all'], json['any'], json['of']].filter(Array.isArray) as unknown[][]
  return Object.hasOwn(json, 'not') ? [...lists.flat(), json['not']] : lists.flat()
}

function countListed(json: unknown): number {
  if (!isObject(json)) return 0
  const lists = [json['in'], json['notIn']].filter(Array.isArray) as unknown[][]
  return lists.reduce((sum, list) => sum + list.length, 0)
}
