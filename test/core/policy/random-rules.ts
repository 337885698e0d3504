import fc from 'fast-check'
import type { AttributeValue } from '../../../core/attribute.ts'

// Random rules over the world of these tests, and people to judge by them.

// Values come from small pools that rules and people share, so that edges are hit often.
export const DATES = [
  '1999-12-31',
  '2000-02-28',
  '2000-02-29',
  '2000-03-01',
  '2008-02-29',
  '2026-02-28',
]
export const DAYS = [
  '2024-02-29',
  '2025-02-28',
  '2025-03-01',
  '2026-02-28',
  '2026-03-01',
  '2028-02-29',
]
const TEXTS = ['', 'a', 'ab', 'ab\u0000', 'b', 'ba', 'Ä', 'A\u0308', '😀', 'zzzzzzzzzzzzzz']
const LONG_TEXTS = [
  'a text of more than 14 bytes',
  'another text of many bytes',
  'a long text, the 82nd',
]
const INTEGERS = [0, 1, 2, 3, 5, 10, 11, '18446744073709551615']
const ORDER = ['lt', 'lte', 'gt', 'gte'] as const
const EQUALITY = ['eq', 'ne'] as const
const date = fc.constantFrom(...DATES)
const integer = fc.constantFrom<AttributeValue>(...INTEGERS)
const text = fc.constantFrom(...TEXTS)
const anyText = fc.constantFrom(...TEXTS, ...LONG_TEXTS)
const op = fc.constantFrom(...EQUALITY, ...ORDER)
const equality = fc.constantFrom(...EQUALITY)

export const person = fc.record({
  birthDate: date,
  region: anyText,
  disability: integer,
  householdSize: integer,
  student: fc.boolean(),
  veteran: fc.boolean(),
  movedIn: date,
  idNumber: anyText,
  photo: anyText,
})
export const income = fc.record({
  annual: integer,
  pension: integer,
  assessed: date,
  idNumber: anyText,
  employed: fc.boolean(),
})

const dateOperand = fc.oneof(
  date,
  fc.integer({ min: -12_000, max: 3 }).map((today) => ({ today })),
  fc.constantFrom(-365, -366, 0, 1, -50_000, 1_048_575).map((today) => ({ today })),
)

function condition(one: boolean): fc.Arbitrary<unknown> {
  const aliases = one ? ['person'] : ['person', 'partner']
  const of = (...names: string[]) =>
    fc.constantFrom(...aliases.flatMap((alias) => names.map((name) => `${alias}.${name}`)))
  const dates = one
    ? of('birthDate', 'movedIn')
    : fc.oneof(of('birthDate'), fc.constant('income.assessed'))
  const integers = one
    ? of('disability', 'householdSize')
    : fc.oneof(of('householdSize'), fc.constantFrom('income.annual', 'income.pension'))
  const booleans = of('student', 'veteran')
  const longTexts = one
    ? of('idNumber', 'photo')
    : fc.oneof(of('idNumber'), fc.constant('income.idNumber'))
  const age = fc.oneof(
    fc.record({ atLeast: fc.constantFrom(17, 18, 24, 26) }),
    fc.record({ under: fc.constantFrom(1, 18, 25, 27, 150) }),
    fc.constant({ atLeast: 17, under: 18 }),
  )
  return fc.oneof(
    fc
      .tuple(of('birthDate'), age, fc.constantFrom('mar1', 'feb28'))
      .map(([path, years, leapDay]) => ({ age: path, ...years, leapDay })),
    binary(dates, op, dateOperand),
    binary(integers, op, integer),
    binary(booleans, equality, fc.boolean()),
    binary(of('region'), op, text),
    binary(longTexts, equality, anyText),
    binary(
      dates,
      op,
      dates.map((attribute) => ({ attribute })),
    ),
    binary(
      integers,
      op,
      integers.map((attribute) => ({ attribute })),
    ),
    binary(
      booleans,
      equality,
      booleans.map((attribute) => ({ attribute })),
    ),
    binary(
      longTexts,
      equality,
      longTexts.map((attribute) => ({ attribute })),
    ),
    binary(dates, fc.constant('between'), fc.tuple(dateOperand, dateOperand)),
    binary(integers, fc.constant('between'), fc.tuple(integer, integer)),
    binary(of('region'), fc.constant('between'), fc.tuple(text, text)),
    binary(
      of('region'),
      fc.constant('prefix'),
      fc.constantFrom('a', 'ab', 'A\u0308', 'zzzzzzzzzzzzzz'),
    ),
    binary(longTexts, fc.constantFrom('in', 'notIn'), list(anyText)),
    binary(integers, fc.constantFrom('in', 'notIn'), list(integer)),
    binary(dates, fc.constantFrom('in', 'notIn'), list(date)),
    sum(fc.oneof(integers, booleans)),
  )
}

function binary(
  path: fc.Arbitrary<string>,
  operator: fc.Arbitrary<string>,
  operand: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  return fc
    .tuple(path, operator, operand)
    .map(([attribute, name, value]) => ({ attribute, [name]: value }))
}

function list(value: fc.Arbitrary<AttributeValue>): fc.Arbitrary<AttributeValue[]> {
  return fc.uniqueArray(value, {
    minLength: 1,
    maxLength: 5,
    selector: (item) => String(item).normalize('NFC'),
  })
}

function sum(path: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  const times = fc.constantFrom(1, -1, 2, -3, 6, 4_294_967_295)
  const parts = fc.uniqueArray(fc.record({ attribute: path, times }), {
    minLength: 1,
    maxLength: 3,
    selector: ({ attribute }) => attribute,
  })
  const constant = fc.constantFrom(0, 1, -1, 4, -9, 12, 24, '1329227995784915872903807060280344575')
  return fc.tuple(parts, op, constant).map(([all, name, value]) => ({ sum: all, [name]: value }))
}

/** @param one - Whether over one credential, or over all three. */
export function rule(one: boolean): fc.Arbitrary<unknown> {
  const { tree } = fc.letrec((tie) => {
    const parts = fc.array(tie('tree'), { minLength: 1, maxLength: 3 })
    return {
      tree: fc.oneof(
        { maxDepth: 3, depthSize: 'small' },
        condition(one),
        parts.map((all) => ({ all })),
        parts.map((any) => ({ any })),
        tie('tree').map((not) => ({ not })),
        fc.tuple(parts, fc.nat()).map(([of, n]) => ({ atLeast: 1 + (n % of.length), of })),
      ),
    }
  })
  return tree
}
