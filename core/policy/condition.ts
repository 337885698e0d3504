import * as z from '../zod.ts'
import { SUM_ATTRIBUTES } from '../shapes.ts'
import type { PolicyAttribute, PolicyVocabulary } from './attributes.ts'
import { findAttribute } from './attributes.ts'
import {
  parseBetween,
  parseConstantOperand,
  parseOrdered,
  parsePrefix,
  parseSumConstant,
  parseValues,
} from './constant.ts'
import type { AgeCondition, AttributeCondition, Operand, SumCondition, SumPart } from './rule.ts'
import { isObject, policyInvalid, quoted, readStrict } from './strict-json.ts'

export const COMPARE_OPS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const
export type CompareOp = (typeof COMPARE_OPS)[number]

const ATTRIBUTE_OPS = [...COMPARE_OPS, 'between', 'prefix', 'in', 'notIn'] as const
type AttributeOp = (typeof ATTRIBUTE_OPS)[number]

const MAX_YEARS = 150
const MAX_TIMES = 2 ** 32 - 1
const path = z.string().check(z.maxLength(200))
const years = z.int().check(z.minimum(1), z.maximum(MAX_YEARS))
const operators = Object.fromEntries(
  ATTRIBUTE_OPS.map((op) => [op, z.exactOptional(z.unknown())]),
) as Record<AttributeOp, z.ZodMiniExactOptional<z.ZodMiniUnknown>>
const compareOperators = Object.fromEntries(COMPARE_OPS.map((op) => [op, operators[op]])) as Pick<
  typeof operators,
  CompareOp
>

const ageShape = z.strictObject({
  age: path,
  atLeast: z.exactOptional(years),
  under: z.exactOptional(years),
  leapDay: z._default(z.enum(['mar1', 'feb28']), 'mar1'),
})
const attributeShape = z.strictObject({ attribute: path, ...operators })
const sumPartShape = z.strictObject({
  attribute: path,
  times: z._default(z.int().check(z.minimum(-MAX_TIMES), z.maximum(MAX_TIMES)), 1),
})
const sumShape = z.strictObject({
  sum: z.array(sumPartShape).check(z.minLength(1), z.maxLength(SUM_ATTRIBUTES)),
  ...compareOperators,
})
const referenceShape = z.strictObject({ attribute: path })

/** Reads `{ "age": …, "atLeast": 18, "under": 25 }`. Throws `POLICY_INVALID`. */
export function parseAge(json: unknown, vocabulary: PolicyVocabulary, at: string): AgeCondition {
  const condition = readStrict(ageShape, json, at)
  const { type } = findAttribute(vocabulary, condition.age, `${at}.age`)
  if (type !== 'date') throw policyInvalid(`${at}.age`, `expected a date attribute, not ${type}`)
  const { atLeast, under } = condition
  if (atLeast === undefined && under === undefined) {
    throw policyInvalid(at, 'expected atLeast, under or both')
  }
  if (atLeast !== undefined && under !== undefined && atLeast >= under) {
    throw policyInvalid(`${at}.under`, 'nobody is both: expected more than atLeast')
  }
  return condition
}

/** Reads `{ "attribute": …, OP: … }`. Throws `POLICY_INVALID`. */
export function parseComparison(
  json: unknown,
  vocabulary: PolicyVocabulary,
  at: string,
): AttributeCondition {
  const shape = readStrict(attributeShape, json, at)
  const attribute = findAttribute(vocabulary, shape.attribute, `${at}.attribute`)
  const op = onlyOperator(ATTRIBUTE_OPS, shape, at)
  const operand = shape[op]
  const there = `${at}.${op}`
  switch (op) {
    case 'between':
      return { attribute: attribute.path, between: parseBetween(operand, attribute, there) }
    case 'prefix':
      return { attribute: attribute.path, prefix: parsePrefix(operand, attribute, there) }
    case 'in':
    case 'notIn':
      return { attribute: attribute.path, [op]: parseValues(operand, attribute, there) }
    default:
      return {
        attribute: attribute.path,
        [op]: parseOperand(operand, op, attribute, vocabulary, there),
      }
  }
}

/** Reads `{ "sum": [{ "attribute": …, "times": … }], OP: … }`. Throws `POLICY_INVALID`. */
export function parseSum(json: unknown, vocabulary: PolicyVocabulary, at: string): SumCondition {
  const { sum, ...rest } = readStrict(sumShape, json, at)
  sum.forEach((part, i) => {
    assertSummand(sum, i, part, vocabulary, `${at}.sum[${String(i)}]`)
  })
  const op = onlyOperator(COMPARE_OPS, rest, at)
  return { sum, [op]: parseSumConstant(rest[op], `${at}.${op}`) }
}

/** The operator of a comparison that was read from JSON: there is exactly one. */
export function operatorOf(condition: AttributeCondition | SumCondition): CompareOp {
  const op = COMPARE_OPS.find((candidate) => condition[candidate] !== undefined)
  if (op === undefined) throw new TypeError('a comparison without operator')
  return op
}

function onlyOperator<Op extends string>(
  all: readonly Op[],
  condition: Readonly<Partial<Record<Op, unknown>>>,
  at: string,
): Op {
  const [op, second] = all.filter((candidate) => Object.hasOwn(condition, candidate))
  if (op === undefined || second !== undefined) {
    throw policyInvalid(at, `expected exactly one of ${all.join(', ')}`)
  }
  return op
}

function parseOperand(
  json: unknown,
  op: CompareOp,
  attribute: PolicyAttribute,
  vocabulary: PolicyVocabulary,
  at: string,
): Operand {
  const isOrder = op !== 'eq' && op !== 'ne'
  if (isObject(json) && Object.hasOwn(json, 'attribute')) {
    return parseReference(json, isOrder, attribute, vocabulary, at)
  }
  return isOrder ? parseOrdered(json, attribute, at) : parseConstantOperand(json, attribute, at)
}

function parseReference(
  json: unknown,
  isOrder: boolean,
  attribute: PolicyAttribute,
  vocabulary: PolicyVocabulary,
  at: string,
): { attribute: string } {
  const reference = readStrict(referenceShape, json, at)
  const other = findAttribute(vocabulary, reference.attribute, `${at}.attribute`)
  if (other.type !== attribute.type) {
    throw policyInvalid(at, `compares ${attribute.type} with ${other.type}`)
  }
  if (other.path === attribute.path) throw policyInvalid(at, 'compares an attribute with itself')
  if (isOrder && (other.type === 'boolean' || other.type === 'text')) {
    throw policyInvalid(at, `two ${other.type} attributes can only be compared with eq and ne`)
  }
  return reference
}

function assertSummand(
  sum: readonly SumPart[],
  index: number,
  { attribute, times }: SumPart,
  vocabulary: PolicyVocabulary,
  at: string,
): void {
  const { type } = findAttribute(vocabulary, attribute, `${at}.attribute`)
  if (type !== 'integer' && type !== 'boolean') {
    throw policyInvalid(`${at}.attribute`, `expected an integer or boolean attribute, not ${type}`)
  }
  if (times === 0) throw policyInvalid(`${at}.times`, 'expected a number other than 0')
  if (sum.findIndex((part) => part.attribute === attribute) !== index) {
    throw policyInvalid(`${at}.attribute`, `${quoted(attribute)} is in the sum twice`)
  }
}
