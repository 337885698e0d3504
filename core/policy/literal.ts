import { MAX_ATTRIBUTE } from '../attribute.ts'
import type { AttributeType } from '../attribute.ts'
import { DAY_BITS } from '../dates.ts'
import { EQUAL, GREATER, LESS } from '../shapes.ts'
import type { PolicyAttribute } from './attributes.ts'
import type { Weight } from './program.ts'
import type { ValueSet } from './value-set.ts'
import { ascending, listOf, rangeOf } from './value-set.ts'

/** A rule without NOT: literals joined by all, any and k of n. */
export type Formula =
  | Literal
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Formula[] }
  | { readonly kind: 'atLeast'; readonly count: number; readonly parts: readonly Formula[] }

/** What one comparison or one look-up can tell. */
export type Literal = ValueLiteral | RelationLiteral

/** "The quantity is in the set", where the set is one that a comparison or a look-up can test. */
export interface ValueLiteral {
  readonly kind: 'value'
  /** Equal for literals that say the same. */
  readonly key: string
  /** What it is about: equal for literals of one quantity. */
  readonly subject: string
  readonly quantity: Quantity
  readonly test: 'atMost' | 'atLeast' | 'in' | 'notIn'
  /** One for `atMost` and `atLeast`; ascending. */
  readonly values: readonly bigint[]
  readonly allowed: ValueSet
}

/** "Attribute `left` is less, equal or greater than attribute `right`", as a mask. */
export interface RelationLiteral {
  readonly kind: 'relation'
  readonly key: string
  /** What it is about: equal for literals of one pair. */
  readonly subject: string
  readonly left: number
  readonly right: number
  readonly mask: number
}

/** An attribute, or a weighted sum of attributes, with all values it can have. */
export interface Quantity {
  readonly key: string
  /** One attribute once, or the sum's parts in the order of attributes. */
  readonly weights: readonly Weight[]
  readonly low: bigint
  readonly high: bigint
}

export const TRUE: Formula = { kind: 'all', parts: [] }
export const FALSE: Formula = { kind: 'any', parts: [] }

const TYPE_LIMIT: Readonly<Record<AttributeType, bigint>> = {
  date: 2n ** BigInt(DAY_BITS),
  integer: 2n ** 64n,
  boolean: 2n,
  text: MAX_ATTRIBUTE,
}

export function attributeQuantity({ selector, type }: PolicyAttribute): Quantity {
  return {
    key: String(selector),
    weights: [{ attribute: selector, times: 1n }],
    low: 0n,
    high: TYPE_LIMIT[type] - 1n,
  }
}

/** The parts need not be in order, and no attribute may be there twice. */
export function sumQuantity(
  parts: readonly { readonly attribute: PolicyAttribute; readonly times: bigint }[],
): Quantity {
  const sorted = [...parts].sort((a, b) => a.attribute.selector - b.attribute.selector)
  const [first] = sorted
  if (sorted.length === 1 && first?.times === 1n) return attributeQuantity(first.attribute)
  const ends = sorted.map(({ attribute, times }) => times * (TYPE_LIMIT[attribute.type] - 1n))
  return {
    key: sorted
      .map(({ attribute, times }) => `${String(times)}*${String(attribute.selector)}`)
      .join('+'),
    weights: sorted.map(({ attribute, times }) => ({ attribute: attribute.selector, times })),
    low: sum(ends.filter((end) => end < 0n)),
    high: sum(ends.filter((end) => end > 0n)),
  }
}

/** The number of the attribute, if the quantity is one. */
export function attributeOf({ weights }: Quantity): number | undefined {
  const [first, second] = weights
  return first?.times === 1n && second === undefined ? first.attribute : undefined
}

export function atMost(quantity: Quantity, value: bigint): Formula {
  if (value < quantity.low) return FALSE
  if (value >= quantity.high) return TRUE
  if (value === quantity.low) return literal(quantity, 'in', [value])
  return literal(quantity, 'atMost', [value])
}

export function atLeast(quantity: Quantity, value: bigint): Formula {
  if (value > quantity.high) return FALSE
  if (value <= quantity.low) return TRUE
  if (value === quantity.high) return literal(quantity, 'in', [value])
  return literal(quantity, 'atLeast', [value])
}

export function oneOf(quantity: Quantity, values: readonly bigint[]): Formula {
  const possible = possibleValues(quantity, values)
  return possible.length === 0 ? FALSE : literal(quantity, 'in', possible)
}

export function noneOf(quantity: Quantity, values: readonly bigint[]): Formula {
  const possible = possibleValues(quantity, values)
  const [first, second] = possible
  if (first === undefined) return TRUE
  if (second !== undefined) return literal(quantity, 'notIn', possible)
  if (first === quantity.low) return atLeast(quantity, first + 1n)
  if (first === quantity.high) return atMost(quantity, first - 1n)
  return literal(quantity, 'notIn', possible)
}

/** `left MASK right` for two different attributes, in the one order that counts as normal. */
export function relation(left: number, right: number, mask: number): Formula {
  const [a, b, m] = left < right ? [left, right, mask] : [right, left, mirrored(mask)]
  const subject = `${String(a)}~${String(b)}`
  return { kind: 'relation', key: `${subject} ${String(m)}`, subject, left: a, right: b, mask: m }
}

/** `in` as equalities: the same set without a look-up. */
export function asEqualities({ quantity, test, values }: ValueLiteral): Formula {
  return test === 'in'
    ? { kind: 'any', parts: values.map((value) => oneOf(quantity, [value])) }
    : { kind: 'all', parts: values.map((value) => noneOf(quantity, [value])) }
}

/** The set a literal of several values looks up: equal for literals that can share a look-up. */
export function listKey({ quantity, values }: ValueLiteral): string {
  return `${quantity.key}:${values.join()}`
}

/** The mask that says the same with the sides exchanged, or both signs changed. */
export function mirrored(mask: number): number {
  return (mask & EQUAL) | (mask & LESS ? GREATER : 0) | (mask & GREATER ? LESS : 0)
}

function literal(
  quantity: Quantity,
  test: ValueLiteral['test'],
  values: readonly bigint[],
): ValueLiteral {
  const subject = quantity.key
  const key = `${subject} ${test} ${values.join()}`
  const allowed = allowedBy(quantity, test, values)
  return { kind: 'value', key, subject, quantity, test, values, allowed }
}

function allowedBy(
  { low, high }: Quantity,
  test: ValueLiteral['test'],
  values: readonly bigint[],
): ValueSet {
  const [value = 0n] = values
  switch (test) {
    case 'atMost':
      return rangeOf(low, value)
    case 'atLeast':
      return rangeOf(value, high)
    case 'in':
      return listOf(values)
    case 'notIn':
      return rangeOf(low, high, values)
  }
}

function possibleValues({ low, high }: Quantity, values: readonly bigint[]): bigint[] {
  return ascending(values.filter((value) => value >= low && value <= high))
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
