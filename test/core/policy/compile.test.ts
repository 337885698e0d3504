import { describe, expect, test } from 'vitest'
import { encodeAttribute } from '../../../core/attribute.ts'
import { birthDayCutoff, dayFromIso } from '../../../core/dates.ts'
import { compilePolicy, evaluateCompiled, policyUse } from '../../../core/policy/compile.ts'
import type { CompiledPolicy } from '../../../core/policy/compile.ts'
import { parsePolicy } from '../../../core/policy/policy.ts'
import { ALWAYS, ELIGIBILITY_1, ELIGIBILITY_3 } from '../../../core/shapes.ts'
import {
  ANA,
  ANAS_INCOME,
  SCHEMAS,
  encodePeople,
  policyJson,
  policyWhere,
  refusal,
} from './world.ts'

const TODAY = dayFromIso('2026-11-22')
const UNUSED = ALWAYS

function compile(where: unknown, slots: 1 | 2 | 3 = 1): CompiledPolicy {
  return compilePolicy(policyWhere(where, slots), SCHEMAS, TODAY)
}

function used({ comparisons }: CompiledPolicy) {
  return comparisons.filter(({ mask }) => mask !== UNUSED)
}

function size(op: string, value: unknown) {
  return { attribute: 'person.householdSize', [op]: value }
}

function region(op: string, value: unknown) {
  return { attribute: 'person.region', [op]: value }
}

function text(value: string): bigint {
  return encodeAttribute('text', value)
}

describe('the program', () => {
  test('has the size of the circuit, whatever the policy', () => {
    for (const [slots, shape] of [
      [1, ELIGIBILITY_1],
      [2, ELIGIBILITY_3],
      [3, ELIGIBILITY_3],
    ] as const) {
      const compiled = compile(size('lt', 5), slots)
      expect(compiled.shape).toBe(shape)
      expect(compiled.comparisons).toHaveLength(shape.comparisons)
      expect(compiled.lookups).toHaveLength(shape.lookups)
      expect(compiled.terms).toHaveLength(shape.terms)
      expect(compiled.weights).toHaveLength(4)
    }
  })

  test('of a policy without rule always holds', () => {
    const policy = parsePolicy(policyJson(), SCHEMAS)
    const compiled = compilePolicy(policy, SCHEMAS, TODAY)
    expect(compiled.terms).toEqual(Array(8).fill(0n))
    expect(compiled.comparisons[0]).toEqual({ left: 0, right: 16, mask: 7, constant: 0n })
    expect(compiled.lookups[0]).toEqual({ attribute: 0, values: [] })
    expect(evaluateCompiled(compiled, encodePeople(policy, { person: ANA }))).toBe(true)
  })

  test('repeats the first term in unused places', () => {
    const { terms } = compile({ any: [size('eq', 5), region('eq', 'a')] })
    expect(terms).toEqual([1n, 2n, 1n, 1n, 1n, 1n, 1n, 1n])
  })

  test('is the same every time', () => {
    const where = { atLeast: 2, of: [size('lt', 5), region('in', ['b', 'a']), size('gt', 9)] }
    expect(compile(where)).toEqual(compile(where))
  })

  test('counts ages from the day of proof', () => {
    const adult = compile({ age: 'person.birthDate', atLeast: 18, under: 25, leapDay: 'feb28' })
    expect(used(adult)).toEqual([
      { left: 0, right: 16, mask: 3, constant: BigInt(birthDayCutoff(TODAY, 25, 'feb28')) + 1n },
      { left: 0, right: 16, mask: 6, constant: BigInt(birthDayCutoff(TODAY, 18, 'feb28')) },
    ])
    expect(adult.terms[0]).toBe(0b11n)
  })

  test('counts relative dates from the day of proof', () => {
    const recent = compile({ attribute: 'person.movedIn', gt: { today: -365 } })
    expect(used(recent)).toEqual([{ left: 6, right: 16, mask: 3, constant: BigInt(TODAY) - 364n }])
  })

  test('numbers attributes by slot', () => {
    const compiled = compile({ attribute: 'partner.region', eq: 'a' }, 3)
    expect(used(compiled)).toEqual([{ left: 33, right: 48, mask: 2, constant: text('a') }])
  })

  test('compares two attributes in one direction only', () => {
    const other = { attribute: 'income.assessed' }
    const first = compile({ attribute: 'person.birthDate', lt: other }, 2)
    const second = compile(
      { attribute: 'income.assessed', gt: { attribute: 'person.birthDate' } },
      2,
    )
    expect(used(first)).toEqual([{ left: 0, right: 18, mask: 4, constant: 0n }])
    expect(second).toEqual(first)
  })
})

describe('comparisons are shared', () => {
  test('between equal conditions', () => {
    const compiled = compile({
      any: [
        { all: [size('lt', 5), region('eq', 'a')] },
        { all: [size('lte', 4), region('eq', 'b')] },
      ],
    })
    expect(used(compiled)).toHaveLength(3)
  })

  test('but not with their opposites', () => {
    const compiled = compile({
      any: [
        { all: [size('lt', 5), region('eq', 'a')] },
        { all: [{ not: size('lt', 5) }, region('eq', 'b')] },
      ],
    })
    expect(used(compiled).filter(({ left }) => left === 3)).toEqual([
      { left: 3, right: 16, mask: 6, constant: 4n },
      { left: 3, right: 16, mask: 3, constant: 5n },
    ])
  })

  test.each([
    ['a higher bound', { all: [size('gte', 3), size('gte', 5), size('ne', 1)] }, 3, 5n],
    ['a lower bound', { any: [size('gte', 3), size('gte', 5), size('eq', 7)] }, 3, 3n],
    ['a lower bound that comes last', { any: [size('gte', 5), size('gte', 3)] }, 3, 3n],
    ['a bound that is itself left out', { any: [lteBut(6), size('lte', 5)] }, 6, 5n],
  ])('and left out where they follow from %s', (_, where, mask, constant) => {
    expect(used(compile(where))).toEqual([{ left: 3, right: 16, mask, constant }])
  })

  test('and left out where they follow from a list', () => {
    const outer = { all: [size('between', [5, 7]), size('ne', 6)] }
    const compiled = compile({ any: [outer, size('in', [5, 7])] })
    expect(used(compiled)).toEqual([])
    expect(compiled.lookups).toEqual([{ attribute: 3, values: [5n, 7n] }])
  })
})

function lteBut(value: number): unknown {
  return { all: [size('lte', value), size('ne', value)] }
}

describe('weighted sums', () => {
  const balance = (factor: number, op: string, constant: number) => ({
    sum: [
      { attribute: 'person.householdSize', times: -2 * factor },
      { attribute: 'income.annual', times: 3 * factor },
    ],
    [op]: constant,
  })

  test('are one sum if they differ by a factor', () => {
    const compiled = compile(
      {
        any: [
          { all: [balance(1, 'lt', 7), region('eq', 'a')] },
          { all: [balance(-2, 'lt', -31), region('eq', 'b')] },
        ],
      },
      2,
    )
    expect(compiled.weights).toEqual([
      { attribute: 3, times: 2n },
      { attribute: 16, times: -3n },
      { attribute: 0, times: 0n },
      { attribute: 0, times: 0n },
    ])
    // 3y - 2x < 7 is 2x - 3y > -7; 4x - 6y < -31 is 2x - 3y <= -16.
    expect(used(compiled).filter(({ left }) => left === 48)).toEqual([
      { left: 48, right: 48, mask: 3, constant: -6n },
      { left: 48, right: 48, mask: 6, constant: -16n },
    ])
  })

  test('of one attribute are a plain comparison', () => {
    const where = { sum: [{ attribute: 'person.householdSize', times: -3 }], gte: -10 }
    const compiled = compile(where)
    expect(used(compiled)).toEqual([{ left: 3, right: 16, mask: 6, constant: 3n }])
    expect(compiled.weights[0]?.times).toBe(0n)
  })

  test('are refused if there are two', () => {
    const other = {
      sum: [{ attribute: 'person.disability' }, { attribute: 'income.annual' }],
      gt: 5,
    }
    const error = refusal(() => compile({ all: [balance(1, 'lt', 7), other] }, 2))
    expect(error.code).toBe('POLICY_TOO_LARGE')
    expect(error.message).toContain('2 of 1 weighted sums')
  })
})

describe('lists', () => {
  test('are look-ups, one for both answers', () => {
    const compiled = compile({
      any: [
        { all: [region('in', ['b', 'a']), size('lt', 5)] },
        { all: [region('notIn', ['a', 'b']), size('gt', 9)] },
      ],
    })
    expect(compiled.lookups).toEqual([{ attribute: 1, values: [text('a'), text('b')] }])
    expect(compiled.terms.slice(0, 2)).toEqual([0b0100_0001n, 0b1000_0010n])
  })

  test('of two attributes are two look-ups, even with the same values', () => {
    const values = ['a', 'b']
    const compiled = compile(
      { any: [region('in', values), { attribute: 'income.idNumber', in: values }] },
      2,
    )
    expect(compiled.lookups.map(({ attribute }) => attribute)).toEqual([1, 19, 0])
  })

  test('of one value are a comparison', () => {
    const compiled = compile({ all: [region('notIn', ['a']), size('in', [4])] })
    expect(used(compiled).map(({ mask }) => mask)).toEqual([5, 2])
    expect(compiled.lookups[0]?.values).toEqual([])
  })

  test('are written out, the shorter ones, if look-ups run out', () => {
    const compiled = compile({
      all: [region('in', ['a', 'b', 'c']), size('in', [1, 2]), size('ne', 0)],
    })
    expect(compiled.lookups.map(({ values }) => values.length)).toEqual([3])
    expect(used(compiled)).toHaveLength(2)
    expect(new Set(compiled.terms).size).toBe(2)
  })

  test('are written out as they fit best', () => {
    const long = Array.from({ length: 5 }, (_, i) => `r${String(i)}`)
    // Excluding five regions takes five comparisons and no more terms; the other list as well
    // would take nine terms and six comparisons.
    const compiled = compile({ all: [region('notIn', long), size('in', [1, 3, 5])] })
    expect(compiled.lookups[0]?.attribute).toBe(1)
    const reversed = compile({
      all: [region('notIn', long), size('in', [1, 3, 5, 7, 9, 11, 13, 15, 17])],
    })
    expect(reversed.lookups[0]?.attribute).toBe(3)
    expect(used(reversed).map(({ mask }) => mask)).toEqual([5, 5, 5, 5, 5])
  })

  test('take over from comparisons that run out', () => {
    const seven = [
      size('eq', 3),
      region('eq', 'a'),
      size('gt', 9),
      { attribute: 'person.disability', gt: 9 },
      { attribute: 'person.movedIn', lt: '2020-01-01' },
      { attribute: 'person.student', eq: true },
      { attribute: 'person.photo', ne: 'x' },
    ]
    const compiled = compile({ any: seven })
    expect(used(compiled)).toHaveLength(6)
    expect(compiled.lookups[0]?.values).toHaveLength(1)
    expect(compiled.terms[0]).toBe(1n << 6n)
  })

  test('of 4096 values fit a look-up', () => {
    const values = Array.from({ length: 4096 }, (_, i) => `region-${String(i)}`)
    const compiled = compile(region('in', values))
    const sorted = [...values.map(text)].sort((a, b) => (a < b ? -1 : 1))
    expect(compiled.lookups[0]?.values).toEqual(sorted)
  })
})

describe('disclosure', () => {
  const policy = parsePolicy(
    policyJson({
      where: { any: [size('lt', 3), region('in', ['4401', '4403'])] },
      disclose: ['person.photo', 'person.region'],
    }),
    SCHEMAS,
  )
  const disclosed = { 'person.photo': text('sha256-0a1b2c3d4e5f'), 'person.region': text('4401') }

  test('must hold in every term', () => {
    const compiled = compilePolicy(policy, SCHEMAS, TODAY, disclosed)
    expect(used(compiled)).toHaveLength(3)
    expect(compiled.terms.every((term) => (term & 0b110n) === 0b110n)).toBe(true)
    expect(evaluateCompiled(compiled, encodePeople(policy, { person: ANA }))).toBe(true)
  })

  test('of a wrong value does not hold', () => {
    for (const path of policy.disclose) {
      const wrong = { ...disclosed, [path]: text('another') }
      const compiled = compilePolicy(policy, SCHEMAS, TODAY, wrong)
      expect(evaluateCompiled(compiled, encodePeople(policy, { person: ANA }))).toBe(false)
    }
  })

  test('takes a comparison of its own whatever the value', () => {
    const use = policyUse(policy, SCHEMAS, TODAY)
    expect(use.comparisons.needs).toBe(3)
    expect(use.isFitting).toBe(true)
  })

  test('is refused if a value is missing, unasked for or out of range', () => {
    const photo = { 'person.photo': 1n }
    for (const wrong of [
      undefined,
      photo,
      { ...disclosed, 'person.student': 1n },
      { ...photo, 'person.region': -1n },
      { ...photo, 'person.region': 1n << 120n },
    ]) {
      const error = refusal(() => compilePolicy(policy, SCHEMAS, TODAY, wrong))
      expect(error.code).toBe('ATTRIBUTE_INVALID')
    }
  })
})

describe('a policy too large', () => {
  const regions = (count: number) =>
    Array.from({ length: count }, (_, i) => region('eq', `r${String(i)}`))

  test('is refused with what it needs and what there is', () => {
    const error = refusal(() => compile({ any: regions(9) }))
    expect(error.code).toBe('POLICY_TOO_LARGE')
    expect(error.message).toBe(
      'policy test@1 does not fit eligibility-1: needs 8 of 6 comparisons, 1 of 1 look-ups, 9 of 8 alternatives, 0 of 1 weighted sums',
    )
  })

  test('is measured without being refused', () => {
    const use = policyUse(policyWhere({ any: regions(9) }), SCHEMAS, TODAY)
    expect(use.terms).toEqual({ needs: 9, has: 8 })
    expect(use.isFitting).toBe(false)
  })

  test('is refused soon, however many alternatives it has', () => {
    const unlike = Array.from({ length: 120 }, (_, i) => region('ne', `r${String(i)}`))
    const either = unlike.map((part, i) => ({ any: [part, size('ne', i)] }))
    for (const where of [
      { all: either.slice(0, 60) },
      { atLeast: 60, of: unlike },
      { not: { all: [{ atLeast: 60, of: unlike }, { any: either.slice(0, 30) }] } },
      manyLongLists(20),
    ]) {
      const start = performance.now()
      expect(refusal(() => compile(where)).code).toBe('POLICY_TOO_LARGE')
      expect(performance.now() - start).toBeLessThan(5_000)
    }
  })
})

function manyLongLists(count: number): unknown {
  return {
    any: Array.from({ length: count }, (_, i) => ({
      all: [
        region(
          'in',
          Array.from({ length: 400 }, (_, n) => `r${String(n + i)}`),
        ),
        region(
          'notIn',
          Array.from({ length: 400 }, (_, n) => `r${String(2 * n + i)}`),
        ),
      ],
    })),
  }
}

test('the reference refuses a wrong number of attributes', () => {
  expect(() => evaluateCompiled(compile(size('lt', 5)), [])).toThrow(TypeError)
})

test('with two credentials the third slot repeats the first', () => {
  const policy = policyWhere({ attribute: 'income.annual', lt: 1_200_000 }, 2)
  const people = { person: ANA, income: ANAS_INCOME }
  const attributes = encodePeople(policy, people)
  expect(attributes.slice(32)).toEqual(attributes.slice(0, 16))
  expect(evaluateCompiled(compilePolicy(policy, SCHEMAS, TODAY), attributes)).toBe(true)
})
