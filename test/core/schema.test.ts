import { describe, expect, test } from 'vitest'
import { encodeAttribute } from '../../core/attribute.ts'
import { encodeAttributes, parseSchema, schemaHash, schemaWords } from '../../core/schema.ts'
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
    ['a title that nobody sees', { ...json, title: '\u3164\u2800' }],
    ['a title that grows over its limit', { ...json, title: '\u0958'.repeat(101) }],
    ['a title that turns round', { ...json, attributes: [{ ...annual, title: 'a\u202eb' }] }],
    ['a unit that nobody sees', { ...json, attributes: [{ ...annual, unit: '\u2800' }] }],
    [
      'a translated title that nobody sees',
      { ...json, translations: { de: { attributes: { annual: '\u115f' } } } },
    ],
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

describe('the words of a schema', () => {
  const chinese = {
    title: '个人',
    attributes: { birthDate: '出生日期', annual: '年收入' },
    units: { 'GBP pence': '便士' },
  }
  const translated = (words: object) => ({ ...json, translations: { 'zh-Hans': words } })
  const said = (words: object, language: string) => {
    const { title, attributes } = schemaWords(parseSchema(translated(words)), language)
    return { title, attributes: Object.fromEntries(attributes) }
  }
  const own = {
    title: 'Person',
    attributes: {
      birthDate: { title: 'date of birth' },
      annual: { title: 'annual income', unit: 'GBP pence' },
    },
  }

  test('are read and kept', () => {
    expect(parseSchema(translated(chinese))).toEqual(translated(chinese))
    const many = { translations: { en: {}, 'zh-Hans': chinese, 'pt-BR': { title: 'Pessoa' } } }
    expect(parseSchema({ ...json, ...many })).toEqual({ ...json, ...many })
    const tags = Array.from({ length: 32 }, (_, i) => [`de-${String(100 + i)}`, {}])
    const most = { ...json, translations: Object.fromEntries(tags) as object }
    expect(parseSchema(most)).toEqual(most)
  })

  test('are those of the language, and the author’s where it has none', () => {
    expect(said(chinese, 'zh-Hans')).toEqual({
      title: '个人',
      attributes: {
        birthDate: { title: '出生日期' },
        annual: { title: '年收入', unit: '便士' },
      },
    })
    expect(said({ attributes: { annual: '年收入' } }, 'zh-Hans')).toEqual({
      title: 'Person',
      attributes: { ...own.attributes, annual: { title: '年收入', unit: 'GBP pence' } },
    })
    for (const language of ['en', 'zh', 'zh-Hant', 'ZH-HANS', '__proto__', 'toString', '']) {
      expect(said(chinese, language)).toEqual(own)
    }
  })

  test('are never what every object has', () => {
    const attributes = [{ ...annual, name: 'constructor', unit: 'valueOf' }]
    const odd = parseSchema({
      ...json,
      attributes,
      translations: { de: { attributes: {}, units: {} } },
    })
    expect(schemaWords(odd, 'de').attributes.get('constructor')).toEqual({
      title: 'annual income',
      unit: 'valueOf',
    })
  })

  test.each<[string, unknown]>([
    ['a list', [chinese]],
    ['no language', {}],
    ['a language by its name', { Chinese: chinese }],
    ['a tag with another script’s case', { 'zh-hans': chinese }],
    ['a long tag', { 'zh-Hans-CN-x-private': chinese }],
    ['a tag of two lines', { 'zh-Hans\n': chinese }],
    ['a hidden language', JSON.parse('{"de":{},"__proto__":{}}')],
    ['a text', { 'zh-Hans': '个人' }],
    ['an unknown member', { 'zh-Hans': { ...chinese, description: '个人' } }],
    ['an empty title', { 'zh-Hans': { title: '' } }],
    ['a long title', { 'zh-Hans': { title: '个'.repeat(201) } }],
    ['a title that is undefined', { 'zh-Hans': { title: undefined } }],
    ['an unknown attribute', { 'zh-Hans': { attributes: { ...chinese.attributes, age: '年龄' } } }],
    [
      'a hidden attribute',
      { 'zh-Hans': { attributes: JSON.parse('{"__proto__":"年龄"}') as unknown } },
    ],
    ['an attribute of all objects', { 'zh-Hans': { attributes: { toString: '年龄' } } }],
    ['an empty title of an attribute', { 'zh-Hans': { attributes: { annual: '' } } }],
    ['a long title of an attribute', { 'zh-Hans': { attributes: { annual: '年'.repeat(201) } } }],
    ['attributes as the schema lists them', { 'zh-Hans': { attributes: [annual] } }],
    ['an unknown unit', { 'zh-Hans': { units: { 'EUR cents': '欧分' } } }],
    ['a unit by the attribute', { 'zh-Hans': { units: { annual: '便士' } } }],
    ['an empty unit', { 'zh-Hans': { units: { 'GBP pence': '' } } }],
    ['a long unit', { 'zh-Hans': { units: { 'GBP pence': '便'.repeat(65) } } }],
    [
      '33 languages',
      Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`de-${String(100 + i)}`, {}])),
    ],
  ])('are refused with %s', (_, translations) => {
    expect(refusal(() => parseSchema({ ...json, translations }))).toBe('SCHEMA_INVALID')
  })

  test('are refused at their place', () => {
    expect(() => parseSchema(translated({ units: { metres: '米' } }))).toThrow(
      /schema\.translations\.zh-Hans\.units/,
    )
    expect(() => parseSchema(translated({ title: 5 }))).toThrow(
      /schema\.translations\.zh-Hans\.title/,
    )
  })
})

describe('the hash', () => {
  const hashWith = (change: object): bigint => schemaHash(parseSchema({ ...json, ...change }))

  test('ignores titles, translations and the order of members', () => {
    expect(hashWith({ title: 'Personne' })).toBe(schemaHash(schema))
    expect(hashWith({ attributes: [{ ...birthDate, title: 'né le' }, annual] })).toBe(
      schemaHash(schema),
    )
    const words = { title: '个人', units: { 'GBP pence': '便士' } }
    expect(hashWith({ translations: { 'zh-Hans': words } })).toBe(schemaHash(schema))
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
