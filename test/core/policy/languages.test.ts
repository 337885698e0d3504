import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPolicies, readSchemas } from '../../../examples/catalogue.ts'
import { dayFromIso } from '../../../core/dates.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { LANGUAGES, isLanguage } from '../../../core/policy/languages/languages.ts'
import type { Language } from '../../../core/policy/languages/languages.ts'
import { parsePolicy, policyPurpose } from '../../../core/policy/policy.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { policySentence, sentenceText } from '../../../core/policy/sentence.ts'
import { parseSchema, schemaWords } from '../../../core/schema.ts'
import type { Schema } from '../../../core/schema.ts'
import { DAYS, rule } from './random-rules.ts'
import { TRANSLATED } from './translated-world.ts'
import { SCHEMAS, policyJson } from './world.ts'

const TODAY = dayFromIso('2026-11-22')
const RUNS = process.env['ZEROCARD_DEEP'] === '1' ? 20_000 : 300
const MONTHS =
  'January February March April May June July August September October November December'

interface Line {
  readonly group: string
  readonly depth: number
  readonly text: string
}

function lines(
  policy: Policy,
  language: Language,
  issuers: Readonly<Record<string, number>> = {},
  asOf = TODAY,
): Line[] {
  const { asked, learned, hidden } = policySentence(policy, TRANSLATED, asOf, issuers, language)
  return [
    ...asked.map((line) => ({ group: 'asked', ...line })),
    ...learned.map((text) => ({ group: 'learned', depth: 0, text })),
    ...hidden.map((text) => ({ group: 'hidden', depth: 0, text })),
  ]
}

/** Titles of attributes in a language, in an order that is the same in all. */
function titles(language: Language): string[] {
  return TRANSLATED.flatMap((schema) =>
    [...schemaWords(schema, language).attributes.values()].map(({ title }) => title),
  )
}

/** What a line says beyond words of its language: which attributes, texts, numbers and dates. */
function facts({ text }: Line, language: Language): unknown {
  const own = text
    .replace(' (born on 29 February: a year older on the 28th)', ' FEB28')
    .replace('（生于2月29日的，在没有该日的年份于2月28日长一岁）', ' FEB28')
  const unquoted = own.replace(/“[^”]*”/g, '“”')
  const named = titles(language).map((title) => unquoted.includes(title))
  const dated = unquoted
    .replace(/(\d+) ([A-Z][a-z]+) (\d{4,})/g, (_, day: string, month: string, year: string) => {
      return date(year, MONTHS.split(' ').indexOf(month) + 1, day)
    })
    .replace(/(\d{4,})年(\d+)月(\d+)日/g, (_, year: string, month: string, day: string) =>
      date(year, Number(month), day),
    )
  return {
    named,
    quoted: (own.match(/“[^”]*”/g) ?? []).filter((quoted) => !/^“[是否]”$/.test(quoted)).map(fold),
    numbers: (dated.match(/−?[\d,/]*\d/g) ?? []).toSorted(),
    leap: own.includes('FEB28'),
  }
}

function date(year: string, month: number, day: string): string {
  return [year, String(month), day].join('/')
}

/** Titles of credentials are quoted too, and are words. */
function fold(quoted: string): string {
  return quoted.replace(/^“(Person|Partner|Income|个人|伴侣|收入)(?: \(|（)?(\w*)[)）]?”$/, '“$2”')
}

/** Letters outside of quotations and of the names that a policy gives its credentials. */
function foreignLetters(text: string): string[] {
  const own = text.replace(/“[^”]*”/g, '').replace(/（(person|income|partner)）/g, '')
  return own.match(/[A-Za-z]+/g) ?? []
}

const scope = fc.constantFrom('club', 'a place', 'x”y')
const members = fc.oneof(
  fc.constant({}),
  fc.record({ recognise: fc.record({ scope }) }),
  fc.record({
    once: fc.record({
      scope,
      limit: fc.constantFrom(1, 3, 1000),
      per: fc.constantFrom('person', 'credential'),
      shared: fc.boolean(),
    }),
  }),
)
const disclose = fc.subarray(['person.birthDate', 'person.region', 'person.student'])
const freshness = fc.constantFrom('1m', '24h', '1d', '7d')
const counts = fc.record({ person: fc.nat(3), income: fc.nat(3) }, { requiredKeys: [] })

describe('every language', () => {
  test('says the same in the same order, about random policies', () => {
    let compared = 0
    const asked = fc.oneof(
      fc.tuple(rule(true), fc.constant<1 | 3>(1)),
      fc.tuple(rule(false), fc.constant<1 | 3>(3)),
    )
    const asOf = fc.constantFrom(...DAYS).map(dayFromIso)
    const property = fc.property(
      asked,
      fc.tuple(members, disclose, freshness, counts, asOf),
      ([where, slots], [pseudonym, shown, age, issuers, day]) => {
        const json = policyJson({ where, ...pseudonym, disclose: shown, freshness: age }, slots)
        const policy = policyOf(json)
        if (policy === undefined) return
        compared++
        const english = lines(policy, 'en', issuers, day)
        const chinese = lines(policy, 'zh-Hans', issuers, day)
        const outline = (all: readonly Line[]) =>
          all.map(({ group, depth, text }) => [group, depth, /[:：]$/.test(text)])
        expect(outline(chinese)).toEqual(outline(english))
        chinese.forEach((line, i) => {
          expect(facts(line, 'zh-Hans')).toEqual(english[i] && facts(english[i], 'en'))
          expect(foreignLetters(line.text)).toEqual([])
        })
      },
    )
    fc.assert(property, { numRuns: RUNS })
    expect(compared).toBeGreaterThan(RUNS / 2)
  })

  test('is made of its own words, also in the headings of the groups', () => {
    const policy = parsePolicy(policyJson(), TRANSLATED)
    const sentence = policySentence(policy, TRANSLATED, TODAY, {}, 'zh-Hans')
    expect(foreignLetters(sentenceText(sentence, 'zh-Hans'))).toEqual([])
  })

  test('is known by its tag alone', () => {
    expect(LANGUAGES).toEqual(['en', 'zh-Hans'])
    expect(['en', 'zh-Hans', 'zh', 'EN', '', 'toString', '__proto__'].filter(isLanguage)).toEqual([
      ...LANGUAGES,
    ])
    const policy = parsePolicy(policyJson(), SCHEMAS)
    const unknown = 'toString' as Language
    expect(() => policySentence(policy, SCHEMAS, TODAY, {}, unknown)).toThrow(TypeError)
    expect(() => sentenceText({ asked: [], learned: [], hidden: [] }, unknown)).toThrow(TypeError)
  })

  test('is English by default', () => {
    const policy = parsePolicy(policyJson(), TRANSLATED)
    const sentence = policySentence(policy, TRANSLATED, TODAY)
    expect(sentence).toEqual(policySentence(policy, TRANSLATED, TODAY, {}, 'en'))
    expect(sentenceText(sentence)).toBe(sentenceText(sentence, 'en'))
    expect(sentenceText(sentence)).not.toMatch(/\p{Script=Han}/u)
  })
})

function policyOf(json: unknown): Policy | undefined {
  try {
    return parsePolicy(json, TRANSLATED)
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

describe('words that are not translated', () => {
  const person = SCHEMAS.find(({ id }) => id === 'person/1')
  const where = { attribute: 'person.disability', gte: 50 }

  function chinese(translations: object): string[] {
    const schemas = [parseSchema({ ...person, ...translations })]
    const policy = parsePolicy(policyJson({ where }), schemas)
    const { asked } = policySentence(policy, schemas, TODAY, {}, 'zh-Hans')
    return [asked[0]?.text.slice(0, 16) ?? '', asked[2]?.text ?? '']
  }

  test.each<[string, object, string, string]>([
    ['of no schema', {}, '“Person”', '您的degree of disability至少为50 per cent。'],
    [
      'of another language',
      { translations: { 'zh-Hant': { title: '個人' }, zh: { title: '个人' } } },
      '“Person”',
      '您的degree of disability至少为50 per cent。',
    ],
    [
      'of a title',
      { translations: { 'zh-Hans': { attributes: { disability: '残疾程度' } } } },
      '“Person”',
      '您的残疾程度至少为50 per cent。',
    ],
    [
      'of an attribute',
      { translations: { 'zh-Hans': { title: '个人', attributes: { region: '地区' } } } },
      '“个人”',
      '您的degree of disability至少为50 per cent。',
    ],
    [
      'of everything but a unit',
      { translations: { 'zh-Hans': { units: { 'per cent': '分' } } } },
      '“Person”',
      '您的degree of disability至少为50分。',
    ],
  ])('stay the author’s: %s', (_, translations, title, line) => {
    const [held, asked] = chinese(translations)
    expect(held).toContain(`您持有凭证${title}，`)
    expect(asked).toBe(line)
  })

  test('English too is a translation if the author has another language', () => {
    const translations = { en: { attributes: { disability: 'degree of handicap' } } }
    const schemas = [parseSchema({ ...person, translations })]
    const policy = parsePolicy(policyJson({ where }), schemas)
    expect(policySentence(policy, schemas, TODAY).asked[2]?.text).toBe(
      'Your degree of handicap is at least 50 per cent.',
    )
  })
})

describe('nobody’s words disguise themselves', () => {
  const deceptive = 'a”\u202eb\n\u200bc'
  const shown = 'a”\\u{202e}b\\u{a}\\u{200b}c'
  const quoted = 'a\\u{201d}\\u{202e}b\\u{a}\\u{200b}c'
  // Not even if somebody reads schemas in another way than `parseSchema`, which refuses these.
  const schemas: Schema[] = [
    {
      id: 'person/1',
      title: deceptive,
      attributes: [{ name: 'size', type: 'integer', title: deceptive, unit: deceptive }],
      translations: {
        'zh-Hans': {
          title: `中${deceptive}`,
          attributes: { size: `长${deceptive}` },
          units: { [deceptive]: `米${deceptive}` },
        },
      },
    },
  ]
  const where = {
    all: [
      { attribute: 'person.size', eq: 5 },
      { sum: [{ attribute: 'person.size' }], lt: 5 },
    ],
  }

  test.each<[Language, string[], string]>([
    [
      'en',
      [
        `You hold a credential “${quoted}”, signed`,
        `Your ${shown} is 5 ${shown}.`,
        `Your ${shown} (in ${shown}) is less than 5.`,
      ],
      `The value of your ${shown}.`,
    ],
    [
      'zh-Hans',
      [
        `您持有凭证“中${quoted}”，由名单`,
        `您的长${shown}为5米${shown}。`,
        `您的长${shown}（单位：米${shown}）小于5。`,
      ],
      `您的长${shown}的具体内容。`,
    ],
  ])('in a schema, in %s', (language, expected, value) => {
    const policy = parsePolicy(policyJson({ where, disclose: ['person.size'] }), schemas)
    const { asked, learned } = policySentence(policy, schemas, TODAY, {}, language)
    const [held, , ...rule] = asked.map(({ text }) => text)
    expect([held?.slice(0, expected[0]?.length), ...rule]).toEqual(expected)
    expect(learned[1]).toBe(value)
  })

  test.each<[Language, string]>([
    ['en', 'Your region is “a\\u{201d}.\\u{202e}b\\u{a}\\u{200d}”.'],
    ['zh-Hans', '您的地区为“a\\u{201d}.\\u{202e}b\\u{a}\\u{200d}”。'],
  ])('in a constant, in %s', (language, line) => {
    const where = { attribute: 'person.region', eq: 'a”.\u202eb\n\u200d' }
    const policy = parsePolicy(policyJson({ where }), TRANSLATED)
    expect(lines(policy, language)[2]?.text).toBe(line)
  })
})

describe('the examples', () => {
  const schemas = [...readSchemas().values()].map(parseSchema)
  const policies = [...readPolicies().values()].map((json) => parsePolicy(json, schemas))

  test('have every word in Chinese', () => {
    for (const { id, attributes, translations } of schemas) {
      const words = translations?.['zh-Hans']
      const units = attributes.flatMap(({ unit }) => unit ?? [])
      expect(words?.title, id).toMatch(/\p{Script=Han}/u)
      expect(Object.keys(words?.attributes ?? {})).toEqual(attributes.map(({ name }) => name))
      expect(Object.keys(words?.units ?? {})).toEqual([...new Set(units)])
    }
    for (const policy of policies) {
      expect(policyPurpose(policy, 'zh-Hans'), policy.id).toMatch(/\p{Script=Han}/u)
      expect(policyPurpose(policy, 'en')).toBe(policy.purpose)
    }
    expect(policies.length).toBeGreaterThan(15)
  })
})
