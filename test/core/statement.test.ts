import { describe, expect, test } from 'vitest'
import { buildStatement, publicInputs, publicSignals } from '../../core/statement.ts'
import type { ProgramMemo, Statement } from '../../core/statement.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { SCHEMAS, TODAY, policyOf } from '../support/world.ts'

const policy = policyOf({
  where: {
    any: [
      { age: 'person.birthDate', atLeast: 18 },
      { attribute: 'person.isStudent', eq: true },
    ],
  },
  once: { scope: 'gift', limit: 3 },
})
const context = {
  schemas: SCHEMAS,
  asOf: TODAY,
  trustRoots: { person: 5n },
  audience: 'https://shop.example',
  presenter: 99n,
}
const statement = buildStatement(policy, context)

describe('a statement', () => {
  test('has the public signals in the order of the circuit', () => {
    const inputs = publicInputs(statement)
    const signals = publicSignals(statement, 7n)
    expect(signals).toHaveLength(17)
    expect(signals.slice(0, 2)).toEqual([7n, BigInt(TODAY)])
    expect(signals.slice(-3)).toEqual([inputs.scope, 3n, 99n])
    expect(signals.every((signal) => signal >= 0n && signal < FIELD_ORDER)).toBe(true)
  })

  test.each<[string, Partial<Statement['compiled']>]>([
    ['a term', { terms: statement.compiled.terms.slice(1) }],
    ['a comparison', { comparisons: statement.compiled.comparisons.slice(1) }],
    ['a look-up', { lookups: [] }],
    ['a weight', { weights: statement.compiled.weights.slice(1) }],
  ])('is never built from a program that lacks %s: zeros would ask for nothing', (_, part) => {
    const lacking = { ...statement, compiled: { ...statement.compiled, ...part } }
    expect(() => publicInputs(lacking)).toThrow(TypeError)
  })

  test('is never built with a constant, a limit or a mask outside its digits', () => {
    const [first, ...rest] = statement.compiled.comparisons
    if (first === undefined) throw new TypeError('no comparison')
    const withFirst = (changes: object): Statement => ({
      ...statement,
      compiled: { ...statement.compiled, comparisons: [{ ...first, ...changes }, ...rest] },
    })
    expect(() => publicInputs(withFirst({ constant: 1n << 154n }))).toThrow(TypeError)
    expect(() => publicInputs(withFirst({ constant: -(1n << 154n) }))).toThrow(TypeError)
    expect(() => publicInputs(withFirst({ constant: 1n - (1n << 154n) }))).not.toThrow()
    expect(() => publicInputs(withFirst({ mask: 8 }))).toThrow(TypeError)
    expect(() => publicInputs(withFirst({ left: 32 }))).toThrow(TypeError)
    for (const limit of [0, 65_536, 1.5]) {
      expect(() => publicInputs({ ...statement, limit })).toThrow(TypeError)
    }
  })

  test('differs with everything it depends on', () => {
    const inputs = (changes: object, other = policy) =>
      publicSignals(buildStatement(other, { ...context, ...changes }), 0n).join()
    const stricter = policyOf({ ...policy, where: { age: 'person.birthDate', atLeast: 19 } })
    const texts = [
      inputs({}),
      inputs({ asOf: TODAY + 1 }),
      inputs({ trustRoots: { person: 6n } }),
      inputs({ audience: 'https://other.example' }),
      inputs({ presenter: 98n }),
      inputs({}, stricter),
    ]
    expect(new Set(texts).size).toBe(texts.length)
  })

  test('is the same with a memo, which is for one policy and holds no disclosed value', () => {
    const region = { attribute: 'person.region', in: ['DE-BY', 'DE-BE'] }
    for (const disclose of [[], ['person.personId']]) {
      const asked = policyOf({ where: region, disclose })
      const memo: ProgramMemo = new Map()
      for (const personId of ['P-1', 'P-2']) {
        for (const asOf of [TODAY, TODAY + 1, TODAY + 2, TODAY + 3]) {
          const facts = { ...context, asOf, disclosed: { 'person.personId': personId } }
          const plain = publicSignals(buildStatement(asked, facts), 0n)
          expect(publicSignals(buildStatement(asked, { ...facts, memo }), 0n)).toEqual(plain)
        }
      }
      expect(memo.size).toBeLessThanOrEqual(3)
    }
  })

  test('is a mistake of the caller without a trust root, or with a day that is none', () => {
    expect(() => publicInputs(buildStatement(policy, { ...context, trustRoots: {} }))).toThrow(
      TypeError,
    )
    expect(() => buildStatement(policy, { ...context, asOf: -1 })).toThrow(TypeError)
  })
})
