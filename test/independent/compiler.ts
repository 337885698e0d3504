import { attributesOf, cutoff, encode, prefixRange } from './attributes.ts'
import { asObjects } from './json.ts'
import type { Members } from './json.ts'
import { refuse } from './refused.ts'

// The public program of a policy, for rules that are one condition, or `all` or `any` of conditions on
// different attributes. docs/formats.md has the whole way from other rules to a program; vectors with
// such rules carry their program with them.

export interface Program {
  readonly comparisons: readonly Comparison[]
  readonly weights: readonly { readonly attribute: number; readonly times: bigint }[]
  readonly lookups: readonly { readonly attribute: number; readonly values: readonly bigint[] }[]
  /** Numbers of the bits that are set. */
  readonly terms: readonly (readonly number[])[]
}

export interface Comparison {
  readonly left: number
  readonly right: number
  readonly mask: number
  readonly constant: bigint
}

export interface Shape {
  readonly slots: number
  readonly comparisons: number
  readonly lookups: number
  readonly terms: number
  readonly bits: number
}

export const SHAPES: Readonly<Record<string, Shape>> = {
  'eligibility-1': { slots: 1, comparisons: 6, lookups: 1, terms: 8, bits: 5 },
  'eligibility-3': { slots: 3, comparisons: 12, lookups: 3, terms: 12, bits: 6 },
}

export interface Field {
  readonly selector: number
  readonly type: unknown
}

const [LESS, EQUAL, GREATER] = [4, 2, 1]
const LIMITS = new Map<unknown, bigint>([
  ['date', 1n << 20n],
  ['integer', 1n << 64n],
  ['boolean', 2n],
  ['text', 1n << 120n],
])

/** One comparison with a constant, or one look-up. */
interface Literal {
  readonly selector: number
  readonly mask: number
  readonly values: readonly bigint[]
  readonly isFound?: boolean
}

/** Attributes by path, with their numbers. */
export function fieldsOf(policy: Members, schemas: ReadonlyMap<unknown, Members>) {
  const credentials = policy.get('credentials') as ReadonlyMap<string, Members>
  const named = [...credentials].flatMap(([alias, credential], slot) => {
    const schema = schemas.get(credential.get('schema')) ?? refuse('no such schema')
    return attributesOf(schema).map(({ name, type }, position): [string, Field] => [
      `${alias}.${name}`,
      { selector: 16 * slot + position, type },
    ])
  })
  return new Map(named)
}

/** The rule's part of a program, and what it discloses. */
export function compile(
  policy: Members,
  fields: ReadonlyMap<string, Field>,
  shape: Shape,
  day: number,
  disclosed: readonly Comparison[],
): Program {
  const alternatives = alternativesOf(asObjects(policy.get('where')) as Rule | undefined)
  const terms = alternatives.map((rules) => rules.flatMap((rule) => literalsOf(rule, fields, day)))
  terms.sort((a, b) => a.length - b.length)
  const literals = terms.flat()
  const compared = literals.filter(({ values }) => values.length === 1)
  const listed = literals.filter(({ values }) => values.length > 1)
  const right = 16 * shape.slots
  const comparisons = compared.map(({ selector: left, mask, values: [constant = 0n] }) => ({
    left,
    right,
    mask,
    constant,
  }))
  const all = [...comparisons, ...disclosed]
  const bitOf = (literal: Literal): number => {
    if (literal.values.length === 1) return compared.indexOf(literal)
    return shape.comparisons + 2 * listed.indexOf(literal) + (literal.isFound === true ? 0 : 1)
  }
  const always = disclosed.map((_, i) => comparisons.length + i)
  if (all.length > shape.comparisons || listed.length > shape.lookups) return beyond()
  return {
    comparisons: all,
    weights: [],
    lookups: listed.map(({ selector, values }) => ({ attribute: selector, values })),
    terms: terms.map((term) => [...term.map(bitOf), ...always]),
  }
}

type Rule = Readonly<Record<string, unknown>>

function alternativesOf(rule: Rule | undefined): (readonly Rule[])[] {
  const alternatives = rule === undefined ? [[]] : groupsOf(rule)
  const names = alternatives.flat().map(({ attribute, age }) => attribute ?? age)
  const isSimple = names.every((name) => typeof name === 'string')
  if (!isSimple || new Set(names).size !== names.length) beyond()
  return alternatives
}

function groupsOf(rule: Rule): (readonly Rule[])[] {
  if (Array.isArray(rule['all'])) return [rule['all'] as Rule[]]
  if (Array.isArray(rule['any'])) return (rule['any'] as Rule[]).map((part) => [part])
  return [[rule]]
}

function literalsOf(rule: Rule, fields: ReadonlyMap<string, Field>, day: number): Literal[] {
  const field = fields.get((rule['attribute'] ?? rule['age']) as string) ?? refuse('no attribute')
  if ('age' in rule) return ageLiterals(rule, field, day)
  const [operator, operand] = Object.entries(rule).find(([name]) => name !== 'attribute') ?? []
  const code = (value: unknown): bigint => {
    if (typeof value !== 'object' || value === null) return encode(field.type, value)
    return 'today' in value ? BigInt(day + (value.today as number)) : beyond()
  }
  switch (operator) {
    case 'in':
    case 'notIn':
      return listed(field, (operand as unknown[]).map(code), operator === 'in')
    case 'between': {
      const [low, high] = (operand as unknown[]).map(code) as [bigint, bigint]
      return within(field, low, high)
    }
    case 'prefix':
      return within(field, ...prefixRange(operand))
    default:
      return compared(field, operator, code(operand))
  }
}

function ageLiterals(rule: Rule, field: Field, day: number): Literal[] {
  const born = (years: unknown) => BigInt(cutoff(day, years as number, rule['leapDay'] === 'feb28'))
  const low = 'under' in rule ? born(rule['under']) + 1n : 0n
  const high = 'atLeast' in rule ? born(rule['atLeast']) : highest(field)
  return within(field, low, high)
}

function compared(field: Field, operator: string | undefined, value: bigint): Literal[] {
  switch (operator) {
    case 'eq':
      return listed(field, [value], true)
    case 'ne':
      return listed(field, [value], false)
    case 'lt':
      return atMost(field, value - 1n)
    case 'lte':
      return atMost(field, value)
    case 'gt':
      return atLeast(field, value + 1n)
    case 'gte':
      return atLeast(field, value)
    default:
      return beyond()
  }
}

const highest = ({ type }: Field): bigint => (LIMITS.get(type) ?? 0n) - 1n

function within(field: Field, low: bigint, high: bigint): Literal[] {
  if (low === high) return listed(field, [low], true)
  return [...atLeast(field, low), ...atMost(field, high)]
}

function atMost(field: Field, value: bigint): Literal[] {
  if (value < 0n) return beyond()
  if (value >= highest(field)) return []
  return [literal(field, value === 0n ? EQUAL : LESS | EQUAL, value)]
}

function atLeast(field: Field, value: bigint): Literal[] {
  if (value > highest(field)) return beyond()
  if (value <= 0n) return []
  return [literal(field, value === highest(field) ? EQUAL : GREATER | EQUAL, value)]
}

function listed(field: Field, values: readonly bigint[], isFound: boolean): Literal[] {
  const inside = values.filter((value) => value >= 0n && value <= highest(field))
  const sorted = inside.sort((a, b) => (a < b ? -1 : 1))
  const [first, second] = sorted
  if (first === undefined) return isFound ? beyond() : []
  if (second !== undefined) return [{ selector: field.selector, mask: 0, values: sorted, isFound }]
  if (isFound) return [literal(field, EQUAL, first)]
  if (first === 0n) return atLeast(field, 1n)
  if (first === highest(field)) return atMost(field, first - 1n)
  return [literal(field, LESS | GREATER, first)]
}

function literal({ selector }: Field, mask: number, value: bigint): Literal {
  return { selector, mask, values: [value] }
}

function beyond(): never {
  throw new TypeError('a rule that needs its program given')
}
