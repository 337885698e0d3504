import { describe, expect, test } from 'vitest'
import { toHex } from '../../../core/bytes.ts'
import {
  freshnessSeconds,
  parsePolicy,
  policyHash,
  policyPurpose,
  pseudonymRule,
} from '../../../core/policy/policy.ts'
import { SCHEMAS, policyJson, policyWhere, refusal } from './world.ts'

const WINTER_FUEL = {
  id: 'winter-fuel@1',
  purpose: 'Winter fuel grant 2026',
  credentials: {
    person: { schema: 'person/1', trust: 'registries' },
    income: { schema: 'income/1', trust: 'https://example.org/trust/tax' },
  },
  where: {
    all: [
      { age: 'person.birthDate', atLeast: 65 },
      {
        any: [
          { attribute: 'income.annual', lt: 1_200_000 },
          { attribute: 'person.disability', gte: 50 },
        ],
      },
      { attribute: 'person.region', in: ['4401', '4403'] },
    ],
  },
  disclose: ['person.photo'],
  once: { scope: 'winter-fuel-2026' },
}

function hash(json: unknown): string {
  return toHex(policyHash(parsePolicy(json, SCHEMAS)))
}

describe('a policy', () => {
  test('is read with its defaults', () => {
    const policy = parsePolicy(WINTER_FUEL, SCHEMAS)
    expect(policy).toEqual({
      ...WINTER_FUEL,
      where: {
        all: [
          { age: 'person.birthDate', atLeast: 65, leapDay: 'mar1' },
          ...WINTER_FUEL.where.all.slice(1),
        ],
      },
      once: { scope: 'winter-fuel-2026', limit: 1, per: 'person', shared: false },
      freshness: '24h',
    })
  })

  test('reads the same from what was read', () => {
    for (const json of [
      WINTER_FUEL,
      policyJson(),
      policyJson({ recognise: { scope: 'club' } }),
      policyJson({ purposes: { 'zh-Hans': '测试', de: 'Pru\u0308fung' } }),
      policyJson({ where: { attribute: 'person.disability', eq: '18446744073709551615' } }),
    ]) {
      const policy = parsePolicy(json, SCHEMAS)
      expect(parsePolicy(policy, SCHEMAS)).toEqual(policy)
    }
  })

  test('takes schemas as a list or by id', () => {
    const byId = new Map(SCHEMAS.map((schema) => [schema.id, schema]))
    expect(parsePolicy(WINTER_FUEL, byId)).toEqual(parsePolicy(WINTER_FUEL, SCHEMAS))
  })

  test('has one form for one value', () => {
    const same = [
      [
        { attribute: 'person.disability', eq: '50' },
        { attribute: 'person.disability', eq: 50 },
      ],
      [
        { attribute: 'person.region', eq: 'A\u0308' },
        { attribute: 'person.region', eq: '\u00c4' },
      ],
      [
        { sum: [{ attribute: 'person.disability' }], gt: '-3' },
        { sum: [{ attribute: 'person.disability', times: 1 }], gt: -3 },
      ],
      [
        { attribute: 'person.movedIn', eq: { today: -0 } },
        { attribute: 'person.movedIn', eq: { today: 0 } },
      ],
    ]
    for (const [a, b] of same) expect(policyWhere(a)).toEqual(policyWhere(b))
  })

  test('tells what its pseudonym means', () => {
    const rule = (members: object) => pseudonymRule(parsePolicy(policyJson(members), SCHEMAS))
    expect(rule({})).toBeUndefined()
    expect(rule({ recognise: { scope: 'club' } })).toEqual({
      scope: 'club',
      limit: 1,
      per: 'person',
      shared: false,
      isRepeatable: true,
    })
    const once = { scope: 'x', limit: 3, per: 'credential', shared: true }
    expect(rule({ once })).toEqual({ ...once, isRepeatable: false })
  })

  test('tells its purpose in the languages it has, and in its own words otherwise', () => {
    const policy = parsePolicy(policyJson({ purposes: { 'zh-Hans': '测试' } }), SCHEMAS)
    expect(policyPurpose(policy, 'zh-Hans')).toBe('测试')
    for (const language of ['en', 'zh', 'zh-hans', 'toString', '__proto__']) {
      expect(policyPurpose(policy, language)).toBe('A test')
    }
    expect(policyPurpose(parsePolicy(policyJson(), SCHEMAS), 'zh-Hans')).toBe('A test')
  })

  test('tells its freshness in seconds', () => {
    const seconds = (freshness: string) =>
      freshnessSeconds(parsePolicy(policyJson({ freshness }), SCHEMAS))
    expect(['30m', '24h', '7d'].map(seconds)).toEqual([1800, 86_400, 604_800])
  })
})

describe('the hash of a policy', () => {
  test('is 32 bytes and stays what it is', () => {
    expect(hash(WINTER_FUEL)).toMatch(/^[0-9a-f]{64}$/)
    expect(hash(WINTER_FUEL)).toBe(hash(structuredClone(WINTER_FUEL)))
  })

  test('of a policy without further languages stays what it was before there were any', () => {
    expect(hash(WINTER_FUEL)).toBe(
      '0f32a74fd137c620d74b14965e8ac7f2c2598098f1cd61907efb4835f304f585',
    )
    expect(hash(policyJson())).toBe(
      '3c2bc9915243f05e2b7abde07beb927b1d8b8ad2cb38ecb1ebf2a369ea31fac8',
    )
  })

  test('does not depend on the order of members', () => {
    const { where, credentials, ...rest } = WINTER_FUEL
    const reversed = Object.fromEntries(Object.entries(rest).reverse())
    expect(hash({ where, ...reversed, credentials })).toBe(hash(WINTER_FUEL))
  })

  test('does not depend on whether defaults are written down', () => {
    const once = { shared: false, per: 'person', limit: 1, scope: 'winter-fuel-2026' }
    expect(hash({ ...WINTER_FUEL, once, freshness: '24h' })).toBe(hash(WINTER_FUEL))
  })

  test('changes with every change of meaning', () => {
    const { all } = WINTER_FUEL.where
    const { person, income } = WINTER_FUEL.credentials
    const changed = [
      { id: 'winter-fuel@2' },
      { purpose: 'Winter fuel grant 2027' },
      { purposes: { 'zh-Hans': '2026年冬季燃料补助' } },
      { purposes: { 'zh-Hans': '2027年冬季燃料补助' } },
      { purposes: { 'zh-Hant': '2026年冬季燃料补助' } },
      { credentials: { income, person } },
      { credentials: { person: { ...person, trust: 'registry' }, income } },
      { where: { all: all.slice(1) } },
      { where: { any: all } },
      { where: { not: WINTER_FUEL.where } },
      { where: { atLeast: 2, of: all } },
      { where: { all: [{ age: 'person.birthDate', atLeast: 66 }, ...all.slice(1)] } },
      { where: { all: [{ age: 'person.birthDate', under: 65 }, ...all.slice(1)] } },
      { where: { all: [{ age: 'person.movedIn', atLeast: 65 }, ...all.slice(1)] } },
      {
        where: {
          all: [{ age: 'person.birthDate', atLeast: 65, leapDay: 'feb28' }, ...all.slice(1)],
        },
      },
      { where: { all: [...all.slice(0, 2), { attribute: 'person.region', in: ['4401'] }] } },
      {
        where: {
          all: [...all.slice(0, 2), { attribute: 'person.region', notIn: ['4401', '4403'] }],
        },
      },
      { disclose: [] },
      { disclose: ['person.region'] },
      { once: { scope: 'winter-fuel-2027' } },
      { once: { scope: 'winter-fuel-2026', limit: 2 } },
      { once: { scope: 'winter-fuel-2026', per: 'credential' } },
      { once: { scope: 'winter-fuel-2026', shared: true } },
      { once: undefined, recognise: { scope: 'winter-fuel-2026' } },
      { freshness: '12h' },
    ]
    const hashes = changed.map((members) => {
      const json = Object.entries({ ...WINTER_FUEL, ...members })
      return hash(Object.fromEntries(json.filter(([, value]) => value !== undefined)))
    })
    expect(new Set([hash(WINTER_FUEL), ...hashes]).size).toBe(changed.length + 1)
  })
})

const PERSON = { schema: 'person/1', trust: 'registries' }
const size = (op: string, value: unknown) => ({ attribute: 'person.householdSize', [op]: value })
const region = (op: string, value: unknown) => ({ attribute: 'person.region', [op]: value })
const moved = (op: string, value: unknown) => ({ attribute: 'person.movedIn', [op]: value })
const student = (op: string, value: unknown) => ({ attribute: 'person.student', [op]: value })

function nested(depth: number): unknown {
  return depth === 0 ? size('eq', 1) : { not: nested(depth - 1) }
}

test('two credentials of one schema are refused: one credential could fill both places', () => {
  const credentials = { first: PERSON, second: PERSON }
  expect(refusal(() => parsePolicy(policyJson({ credentials }), SCHEMAS)).code).toBe(
    'POLICY_INVALID',
  )
})

describe('refuses, naming the place,', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'policy', 'policy: '],
    ['null', null, 'policy: '],
    ['a missing id', { ...policyJson(), id: undefined }, 'policy.id: '],
    ['an id without version', policyJson({ id: 'test' }), 'policy.id: '],
    ['an id with version 0', policyJson({ id: 'test@0' }), 'policy.id: '],
    ['an unknown member', policyJson({ were: {} }), 'policy: unknown member "were"'],
    ['an empty purpose', policyJson({ purpose: '' }), 'policy.purpose: '],
    ['a long purpose', policyJson({ purpose: 'x'.repeat(201) }), 'policy.purpose: '],
    ['a purpose that turns round', policyJson({ purpose: 'a\u202eb' }), 'policy.purpose: '],
    ['a purpose of two lines', policyJson({ purpose: 'a\nb' }), 'policy.purpose: '],
    ['a lone surrogate', policyJson({ purpose: 'a\ud800' }), 'policy.purpose: '],
    ['a purpose of fillers', policyJson({ purpose: '\u3164'.repeat(9) }), 'policy.purpose: '],
    ['a purpose that grows', policyJson({ purpose: '\u0958'.repeat(150) }), 'policy.purpose: '],
    [
      'a purpose of a language that grows',
      policyJson({ purposes: { hi: '\u0958'.repeat(101) } }),
      'policy.purposes.hi: ',
    ],
    ['a scope that grows', policyJson({ once: { scope: '\u0958'.repeat(51) } }), 'policy.once.'],
    ['an empty-looking scope', policyJson({ recognise: { scope: '\u2800' } }), 'policy.recognise'],
    ['purposes in no language', policyJson({ purposes: {} }), 'policy.purposes: '],
    ['a list of purposes', policyJson({ purposes: ['A test'] }), 'policy.purposes: '],
    ['a language by its name', policyJson({ purposes: { German: 'x' } }), 'policy.purposes: '],
    [
      'a hidden language',
      policyJson({ purposes: JSON.parse('{"de":"x","__proto__":"y"}') as unknown }),
      'policy.purposes: ',
    ],
    [
      '33 languages',
      policyJson({
        purposes: Object.fromEntries(
          Array.from({ length: 33 }, (_, i) => [`de-${String(100 + i)}`, 'x']),
        ),
      }),
      'policy.purposes: ',
    ],
    [
      'an empty purpose of a language',
      policyJson({ purposes: { de: '' } }),
      'policy.purposes.de: ',
    ],
    [
      'a long purpose of a language',
      policyJson({ purposes: { de: 'x'.repeat(201) } }),
      'policy.purposes.de: ',
    ],
    [
      'a purpose that is no text',
      policyJson({ purposes: { de: { title: 'x' } } }),
      'policy.purposes.de: ',
    ],
    [
      'a purpose that turns round in one language',
      policyJson({ purposes: { de: 'x', 'zh-Hans': 'a\u202eb' } }),
      'policy.purposes["zh-Hans"]: ',
    ],
    ['no credential', policyJson({ credentials: {} }), 'policy.credentials: '],
    [
      'four credentials',
      policyJson({ credentials: { a: PERSON, b: PERSON, c: PERSON, d: PERSON } }),
      'policy.credentials: ',
    ],
    ['a bad alias', policyJson({ credentials: { 'A b': PERSON } }), 'policy.credentials["A b"]: '],
    [
      'the alias of every object',
      policyJson({ credentials: { constructor: PERSON } }),
      'policy.credentials.constructor: ',
    ],
    [
      'a hidden prototype',
      JSON.parse(
        `{"id":"a@1","purpose":"p","credentials":{"person":${JSON.stringify(PERSON)},"__proto__":{}}}`,
      ),
      'policy.credentials',
    ],
    [
      'an unknown schema',
      policyJson({ credentials: { person: { ...PERSON, schema: 'person/2' } } }),
      'policy.credentials.person.schema: unknown schema "person/2"',
    ],
    [
      'trust in plain http',
      policyJson({ credentials: { person: { ...PERSON, trust: 'http://example.org/' } } }),
      'policy.credentials.person.trust: ',
    ],
    [
      'trust with a password',
      policyJson({ credentials: { person: { ...PERSON, trust: 'https://a:b@example.org/' } } }),
      'policy.credentials.person.trust: ',
    ],
    [
      'trust in a URL no browser writes',
      policyJson({ credentials: { person: { ...PERSON, trust: 'https://EXAMPLE.org/' } } }),
      'policy.credentials.person.trust: ',
    ],
    [
      'disclosure of nothing known',
      policyJson({ disclose: ['person.name'] }),
      'policy.disclose[0]: ',
    ],
    [
      'disclosure twice',
      policyJson({ disclose: ['person.photo', 'person.photo'] }),
      'policy.disclose[1]: ',
    ],
    ['once without scope', policyJson({ once: {} }), 'policy.once.scope: missing'],
    ['a limit of 0', policyJson({ once: { scope: 'x', limit: 0 } }), 'policy.once.limit: '],
    [
      'a limit of 65536',
      policyJson({ once: { scope: 'x', limit: 65_536 } }),
      'policy.once.limit: ',
    ],
    [
      'a pseudonym per household',
      policyJson({ once: { scope: 'x', per: 'household' } }),
      'policy.once.per: ',
    ],
    [
      'a long scope',
      policyJson({ recognise: { scope: 'x'.repeat(101) } }),
      'policy.recognise.scope: ',
    ],
    [
      'once and recognise',
      policyJson({ once: { scope: 'x' }, recognise: { scope: 'x' } }),
      'policy.recognise: ',
    ],
    [
      'a limit to recognition',
      policyJson({ recognise: { scope: 'x', limit: 2 } }),
      'policy.recognise: ',
    ],
    ['freshness of nothing', policyJson({ freshness: '0h' }), 'policy.freshness: '],
    ['freshness in years', policyJson({ freshness: '1y' }), 'policy.freshness: '],
  ])('%s', (_, json, message) => {
    const given = Object.fromEntries(
      Object.entries(json ?? {}).filter(([, value]) => value !== undefined),
    )
    const error = refusal(() =>
      parsePolicy(typeof json === 'object' && json ? given : json, SCHEMAS),
    )
    expect(error.code).toBe('POLICY_INVALID')
    expect(error.message).toContain(message)
  })

  test.each<[string, unknown, string]>([
    ['no rule', 7, ''],
    ['an empty rule', {}, ''],
    ['two rules in one', { all: [size('eq', 1)], any: [size('eq', 1)] }, ''],
    ['an empty list', { all: [] }, '.all'],
    [
      'a deep mistake',
      { all: [{ any: [{ age: 'person.birthdate', atLeast: 1 }] }] },
      '.all[0].any[0].age',
    ],
    ['an extra member', { not: size('eq', 1), why: 1 }, ''],
    ['at least 0', { atLeast: 0, of: [size('eq', 1)] }, '.atLeast'],
    ['at least more than there are', { atLeast: 2, of: [size('eq', 1)] }, '.atLeast'],
    ['nesting without end', nested(17), ''],
    ['rules without end', { all: Array.from({ length: 256 }, () => size('eq', 1)) }, ''],
    ['an age of text', { age: 'person.region', atLeast: 18 }, '.age'],
    ['an age of nothing', { age: 'person.birthDate' }, ''],
    ['an age that excludes itself', { age: 'person.birthDate', atLeast: 18, under: 18 }, '.under'],
    ['half an age', { age: 'person.birthDate', atLeast: 17.5 }, '.atLeast'],
    ['an age of Methuselah', { age: 'person.birthDate', atLeast: 969 }, '.atLeast'],
    ['a leap day in April', { age: 'person.birthDate', atLeast: 18, leapDay: 'apr1' }, '.leapDay'],
    ['an unknown credential', { attribute: 'nobody.region', eq: 'a' }, '.attribute'],
    ['the prototype as credential', { attribute: 'constructor.name', eq: 'a' }, '.attribute'],
    ['a path too long', { attribute: 'person.region.x', eq: 'a' }, '.attribute'],
    ['no operator', { attribute: 'person.region' }, ''],
    ['two operators', { ...size('gt', 1), lt: 5 }, ''],
    ['an unknown operator', { attribute: 'person.region', like: 'a' }, ''],
    ['a number for text', region('eq', 4401), '.eq'],
    ['text for a number', size('eq', 'two'), '.eq'],
    ['half a person', size('eq', 2.5), '.eq'],
    ['a negative person', size('eq', -1), '.eq'],
    ['a number above 64 bits', size('eq', '18446744073709551616'), '.eq'],
    ['a number for true', student('eq', 1), '.eq'],
    ['an order of booleans', student('gt', false), '.gt'],
    ['a list of booleans', student('in', [true]), '.in'],
    ['a range of booleans', student('between', [false, true]), '.between[0]'],
    ['a date that does not exist', moved('eq', '2026-02-29'), '.eq'],
    ['a relative number', size('eq', { today: 1 }), '.eq'],
    ['half a relative day', moved('eq', { today: 0.5 }), '.eq.today'],
    ['a relative day beyond the calendar', moved('eq', { today: 2 ** 20 }), '.eq.today'],
    ['a relative day with company', moved('eq', { today: 1, tomorrow: 2 }), '.eq'],
    ['null', region('eq', null), '.eq'],
    ['an order of long texts', region('lt', 'fifteen bytes!!'), '.lt'],
    ['a range of long texts', region('between', ['a', 'fifteen bytes!!']), '.between[1]'],
    ['an order of long texts in UTF-8', region('gte', 'ääääääää'), '.gte'],
    ['a long prefix', region('prefix', 'fifteen bytes!!'), '.prefix'],
    ['an empty prefix', region('prefix', ''), '.prefix'],
    ['a prefix of a number', size('prefix', '1'), '.prefix'],
    ['a text over 1024 bytes', region('eq', 'x'.repeat(1025)), '.eq'],
    ['a range of one end', size('between', [1]), '.between'],
    ['a range backwards', size('between', [2, 1]), '.between'],
    ['relative days backwards', moved('between', [{ today: 1 }, { today: 0 }]), '.between'],
    ['an empty value list', region('in', []), '.in'],
    ['a value twice', region('in', ['a', 'b', 'a']), '.in[2]'],
    ['a value twice in two forms', region('notIn', ['\u00c4', 'A\u0308']), '.notIn[1]'],
    ['a number twice in two forms', size('in', [5, '5']), '.in[1]'],
    ['a bad value in a list', moved('in', ['2020-01-01', '2020-13-01']), '.in[1]'],
    [
      '4097 values',
      size(
        'in',
        Array.from({ length: 4097 }, (_, i) => i),
      ),
      '.in',
    ],
    [
      'lists without end',
      {
        any: Array.from({ length: 5 }, (_, n) =>
          size(
            'in',
            Array.from({ length: 4000 }, (_, i) => i + n),
          ),
        ),
      },
      '',
    ],
    ['another type', size('eq', { attribute: 'person.region' }), '.eq'],
    ['itself', size('eq', { attribute: 'person.householdSize' }), '.eq'],
    ['an order of two texts', region('lt', { attribute: 'person.photo' }), '.lt'],
    ['an unknown other side', region('eq', { attribute: 'person.name' }), '.eq.attribute'],
    [
      'a range up to an attribute',
      size('between', [1, { attribute: 'person.disability' }]),
      '.between[1]',
    ],
    ['a sum of text', { sum: [{ attribute: 'person.region' }], eq: 1 }, '.sum[0].attribute'],
    ['a sum of nothing', { sum: [], eq: 1 }, '.sum'],
    [
      'nothing times',
      { sum: [{ attribute: 'person.disability', times: 0 }], eq: 1 },
      '.sum[0].times',
    ],
    [
      '2^32 times',
      { sum: [{ attribute: 'person.disability', times: 2 ** 32 }], eq: 1 },
      '.sum[0].times',
    ],
    [
      'a sum with one attribute twice',
      { sum: [{ attribute: 'person.disability' }, { attribute: 'person.disability' }], eq: 1 },
      '.sum[1].attribute',
    ],
    ['a sum without operator', { sum: [{ attribute: 'person.disability' }] }, ''],
    ['a sum in a range', { sum: [{ attribute: 'person.disability' }], between: [1, 2] }, ''],
    [
      'a sum of 2^120',
      { sum: [{ attribute: 'person.disability' }], eq: String(2n ** 120n) },
      '.eq',
    ],
    ['a sum of half', { sum: [{ attribute: 'person.disability' }], eq: 0.5 }, '.eq'],
    ['a sum of minus zero', { sum: [{ attribute: 'person.disability' }], eq: '-0' }, '.eq'],
  ])('%s', (_, where, place) => {
    const error = refusal(() => policyWhere(where))
    expect(error.code).toBe('POLICY_INVALID')
    expect(error.message.split(': ')[0]).toBe(`policy.where${place}`)
  })

  test('an attribute by name and schema', () => {
    const error = refusal(() =>
      policyWhere({ any: [size('eq', 1), { age: 'person.birthdate', atLeast: 18 }] }),
    )
    expect(error.message).toBe(
      'policy.where.any[1].age: no attribute "birthdate" in schema person/1',
    )
  })
})
