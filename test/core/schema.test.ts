import { describe, expect, test } from 'vitest'
import { encodeAttribute } from '../../core/attribute.ts'
import { encodeAttributes, parseSchema, schemaHash } from '../../core/schema.ts'
import { refusal } from '../support/refusal.ts'

const birthDate = { name: 'birthDate', type: 'date', title: 'date of birth' }
const annual = { name: 'annual', type: 'integer', unit: 'GBP pence', title: 'annual income' }
const json = { id: 'person/1', title: 'Person', attributes: [birthDate, annual] }
const schema = parseSchema(json)
const values = { birthDate: '2008-02-29', annual: 1_200_000 }

function numbered(count: number): unknown {
  const attributes = Array.from({ length: count }, (_, i) => ({ ...annual, name: `a${String(i)}` }))
  return { ...json, attributes }
}

describe('reading a schema', () => {
  test('gives what the JSON says', () => {
    expect(schema).toEqual(json)
    expect(parseSchema(numbered(16)).attributes).toHaveLength(16)
  })

  const refused: [string, unknown][] = [
    ['no object', null],
    ['a list', [json]],
    ['a text', JSON.stringify(json)],
    ['an unknown member', { ...json, version: 1 }],
    ['an unknown member of an attribute', { ...json, attributes: [{ ...annual, optional: true }] }],
    ['no attribute', numbered(0)],
    ['17 attributes', numbered(17)],
    ['a name twice', { ...json, attributes: [birthDate, { ...annual, name: 'birthDate' }] }],
    ['no title', { ...json, title: undefined }],
    ['an empty title', { ...json, title: '' }],
    ['an attribute without title', { ...json, attributes: [{ name: 'a', type: 'text' }] }],
    ['an unknown type', { ...json, attributes: [{ ...annual, type: 'number' }] }],
    ['a unit that is no text', { ...json, attributes: [{ ...annual, unit: 5 }] }],
    ['a unit that is undefined', { ...json, attributes: [{ ...annual, unit: undefined }] }],
    ...[
      'person',
      'person/0',
      'person/01',
      'Person/1',
      '1person/1',
      'person/1 ',
      'person/1\n',
      'pérson/1',
    ].map((id): [string, unknown] => [`the id ${JSON.stringify(id)}`, { ...json, id }]),
    ...[
      '',
      'Name',
      '1name',
      'a b',
      'a.b',
      'a-b',
      '__proto__',
      'naïve',
      'name\n',
      'x'.repeat(65),
    ].map((name): [string, unknown] => [
      `the name ${JSON.stringify(name)}`,
      { ...json, attributes: [{ ...annual, name }] },
    ]),
  ]
  test.each(refused)('refuses %s', (_, other) => {
    expect(refusal(() => parseSchema(other))).toBe('SCHEMA_INVALID')
  })

  test('says where it is wrong', () => {
    const broken = { ...json, attributes: [birthDate, { ...annual, type: 'money' }] }
    expect(() => parseSchema(broken)).toThrow(/schema\.attributes\.1\.type/)
    const twice = { ...json, attributes: [birthDate, birthDate] }
    expect(() => parseSchema(twice)).toThrow(/schema\.attributes\.1\.name/)
  })
})

describe('the hash', () => {
  const hashWith = (change: object): bigint => schemaHash(parseSchema({ ...json, ...change }))

  test('ignores titles and the order of members', () => {
    expect(hashWith({ title: 'Personne' })).toBe(schemaHash(schema))
    expect(hashWith({ attributes: [{ ...birthDate, title: 'né le' }, annual] })).toBe(
      schemaHash(schema),
    )
    const { id, title, attributes } = json
    expect(schemaHash(parseSchema({ attributes, title, id }))).toBe(schemaHash(schema))
  })

  test('changes with everything that gives a number its meaning', () => {
    const hashes = [
      {},
      { id: 'person/2' },
      { attributes: [annual, birthDate] },
      { attributes: [birthDate] },
      { attributes: [birthDate, { ...annual, name: 'monthly' }] },
      { attributes: [birthDate, { ...annual, type: 'text' }] },
      { attributes: [birthDate, { ...annual, unit: 'EUR cents' }] },
      { attributes: [birthDate, { name: 'annual', type: 'integer', title: 'annual income' }] },
    ].map(hashWith)
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('stays what issued credentials say', () => {
    expect(schemaHash(schema)).toBe(
      433714535857775545167386711294086058389843639130551442649677258963455070083n,
    )
  })
})

describe('encoding a person', () => {
  test('puts every value in its slot and zeros behind', () => {
    const encoded = encodeAttributes(schema, values)
    expect(encoded).toHaveLength(16)
    expect(encoded[0]).toBe(encodeAttribute('date', '2008-02-29'))
    expect(encoded[1]).toBe(1_200_000n)
    expect(encoded.slice(2)).toEqual(Array(14).fill(0n))
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a missing value', { birthDate: '2008-02-29' }, 'annual'],
    ['an unknown value', { ...values, height: 180 }, 'height'],
    ['a wrong value', { ...values, annual: '1e3' }, 'annual'],
    ['an undefined value', { ...values, annual: undefined }, 'annual'],
    ['a date that does not exist', { ...values, birthDate: '2007-02-29' }, 'birthDate'],
  ])('refuses %s and names it', (_, other, name) => {
    expect(refusal(() => encodeAttributes(schema, other))).toBe('ATTRIBUTE_INVALID')
    expect(() => encodeAttributes(schema, other)).toThrow(new RegExp(`person/1\\.${name}: `))
  })

  test('does not take a value from the prototype', () => {
    const odd = parseSchema({ ...json, attributes: [{ ...annual, name: 'constructor' }] })
    expect(refusal(() => encodeAttributes(odd, {}))).toBe('ATTRIBUTE_INVALID')
    const inherited = Object.create(values) as Record<string, unknown>
    expect(refusal(() => encodeAttributes(schema, inherited))).toBe('ATTRIBUTE_INVALID')
  })
})
