import { encodeAttribute, textPrefixRange } from '../../core/attribute.ts'
import type { AttributeType } from '../../core/attribute.ts'
import { toBase64url, toHex } from '../../core/bytes.ts'
import { FIELD_ORDER, fieldToBytes } from '../../core/field.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import { shortCodeOf } from '../../core/short-code.ts'
import { parsePolicy, policyHash } from '../../core/policy/policy.ts'
import { invalid, seedBytes, seedField, valid } from './kit.ts'
import type { Group, Kit, Vector } from './kit.ts'
import { withSpareBits } from './signer.ts'
import { SCHEMAS } from './world.ts'

const NOTES = {
  Canonical: { bugType: 'BASIC', description: 'The one text of a value.' },
  Boundary: { bugType: 'EDGE_CASE', description: 'The first or the last value of a range.' },
  OutOfRange: {
    bugType: 'MISSING_STEP',
    description: 'A value that a range check has to refuse; reduced, it would be another one.',
  },
  LeadingZero: {
    bugType: 'MALLEABILITY',
    description: 'A second text of a value: whoever compares texts takes it for another value.',
  },
  WrongForm: { bugType: 'PARSER', description: 'Not of the form, though some parsers read it.' },
  Padding: { bugType: 'MALLEABILITY', description: 'Base64url with padding.' },
  SpareBits: {
    bugType: 'MALLEABILITY',
    description: 'The last letter has bits that belong to no byte, and they are not zero.',
  },
  RepeatedMember: {
    bugType: 'PARSER',
    description: 'Readers differ in which of two members of one name they take.',
  },
  Unicode: {
    bugType: 'PARSER',
    description: 'Texts that look alike, or that no UTF-8 has: normalised to NFC, or refused.',
  },
  LongText: {
    bugType: 'EDGE_CASE',
    description: 'Over 14 bytes a text is a hash, and never in the range of a prefix.',
  },
  TypingMistake: { bugType: 'MISSING_STEP', description: 'The check letter has to find it.' },
} as const

const DECIMALS: readonly Vector[] = [
  ...[0n, 1n, 2n ** 64n, 2n ** 253n, FIELD_ORDER - 1n].map((value) =>
    valid('a field element', { text: String(value) }, String(value), 'Canonical'),
  ),
  ...[FIELD_ORDER, FIELD_ORDER + 1n, 2n * FIELD_ORDER - 1n, 2n ** 256n].map((value) =>
    invalid('not below the order', { text: String(value) }, 'OutOfRange'),
  ),
  ...['00', '01', '007', `0${String(FIELD_ORDER - 1n)}`].map((text) =>
    invalid('a leading zero', { text }, 'LeadingZero'),
  ),
  ...[
    '',
    '-1',
    '-0',
    '+1',
    ' 1',
    '1 ',
    '1\n',
    '1.0',
    '1e3',
    '0x0f',
    '0b1',
    '1_000',
    '١',
    '１',
    'NaN',
    '1n',
  ].map((text) => invalid('no decimal', { text }, 'WrongForm')),
  ...[1, null, true, ['1'], { value: '1' }].map((text) =>
    invalid('no text', { text }, 'WrongForm'),
  ),
  invalid('a million digits do not cost time', { text: '9'.repeat(5000) }, 'OutOfRange'),
]

const FIELD_CHARACTERS: readonly Vector[] = [
  ...[0n, 1n, FIELD_ORDER - 1n].map((value) =>
    valid('32 bytes', { text: toBase64url(fieldToBytes(value)) }, String(value), 'Canonical'),
  ),
  ...[FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n - 1n].map((value) =>
    invalid('not below the order', { text: characters(value) }, 'OutOfRange'),
  ),
  invalid('padded', { text: `${characters(1n)}=` }, 'Padding'),
  invalid('spare bits', { text: withSpareBits(characters(4n)) }, 'SpareBits'),
  invalid('31 bytes', { text: characters(1n).slice(0, 42) }, 'WrongForm'),
  invalid('33 bytes', { text: toBase64url(new Uint8Array(33)) }, 'WrongForm'),
  invalid('base64 instead', { text: `${characters(1n).slice(0, 41)}+/` }, 'WrongForm'),
  invalid('a decimal', { text: '1' }, 'WrongForm'),
]

const BASE64URL: readonly Vector[] = [
  ...['', '00', 'ff', 'fbff', '000000', 'fffefd', '0001020304'].map((hex) => {
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
    return valid('bytes', { text: toBase64url(bytes) }, toHex(bytes), 'Canonical')
  }),
  ...['AA==', 'AAA=', 'AAAA='].map((text) => invalid('padded', { text }, 'Padding')),
  ...['AB', 'A_', 'AAB', 'AA-'].map((text) => invalid('spare bits', { text }, 'SpareBits')),
  ...['A', 'AAAAA', 'A A', 'AA\n', '+/+/', 'ＡＡ', 'AA.', 'é'].map((text) =>
    invalid('no base64url', { text }, 'WrongForm'),
  ),
]

const JSON_TEXTS: readonly Vector[] = [
  valid('members', { text: '{"a":1,"b":[true,null]}' }, { a: 1, b: [true, null] }, 'Canonical'),
  valid(
    'one name in two objects',
    { text: '[{"a":1},{"a":2}]' },
    [{ a: 1 }, { a: 2 }],
    'Canonical',
  ),
  ...[
    ['twice', '{"a":1,"a":2}'],
    ['twice the same', '{"a":1,"a":1}'],
    ['twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['twice, deep inside', '{"x":[{"b":{"a":1,"c":2,"a":3}}]}'],
    ['twice, with space', '{"a" :1,\n"a"\t: 2}'],
  ].map(([comment = '', text]) => invalid(comment, { text }, 'RepeatedMember')),
  ...[
    '',
    '{',
    '{"a":1}{',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    '[01]',
    '[1.]',
    '[+1]',
    '[.5]',
    '// \n1',
    '\ufeff{}',
    '["\t"]',
    '[NaN]',
    '"\\x"',
    '\u00a01',
  ].map((text) => invalid('no JSON', { text }, 'WrongForm')),
]

const VALUES: Readonly<Record<AttributeType, readonly Vector[]>> = {
  date: [
    ...values('date', 'Boundary', '1900-01-01', '4770-11-26', '1900-02-28', '1900-03-01'),
    ...values('date', 'Canonical', '1990-05-17', '2000-02-29', '2024-02-29', '2400-02-29'),
    ...refused('OutOfRange', '1899-12-31', '4770-11-27', '9999-12-31', '0000-00-00'),
    ...refused('OutOfRange', '1900-02-29', '2023-02-29', '2100-02-29', '2024-04-31', '2024-13-01'),
    ...refused('WrongForm', '2024-1-1', '24-01-01', '2024-01-01T00:00:00Z', ' 2024-01-01', ''),
    ...refused('WrongForm', '2024/01/01', '２０２４-01-01', '+2024-01-01', 20240101, null),
  ],
  integer: [
    ...values('integer', 'Boundary', 0, '0', '18446744073709551615', Number.MAX_SAFE_INTEGER),
    ...values('integer', 'Canonical', 1, '1', 42, '9007199254740993'),
    ...refused('OutOfRange', -1, '-1', '18446744073709551616', '99999999999999999999', 2 ** 53),
    ...refused('LeadingZero', '00', '01', '0018'),
    ...refused('WrongForm', 1.5, '1.0', '1e3', '0x10', ' 1', '1 ', '', '+1', true, null, [1]),
  ],
  boolean: [
    ...values('boolean', 'Canonical', true, false),
    ...refused('WrongForm', 1, 0, 'true', 'false', '', null, []),
  ],
  text: [
    ...values('text', 'Canonical', 'a', 'DE-BY', 'Zoë', '日本', '😀'),
    ...values('text', 'Boundary', '', '14-bytes-text!', '\u0000', 'a\u0000'),
    ...values('text', 'LongText', '15-bytes-texts!', 'x'.repeat(1024), '日本語日本'),
    ...values(
      'text',
      'Unicode',
      'Zoe\u0308',
      '\u1e9b\u0323',
      '\u212b',
      'e\u0301e\u0301e\u0301e\u0301e\u0301',
    ),
    ...refused('OutOfRange', 'x'.repeat(1025), '日'.repeat(342)),
    ...refused('Unicode', '\ud800', 'a\udc00', '\udc00\ud800'),
    ...refused('WrongForm', 1, null, true, ['a']),
  ],
}

const PREFIXES: readonly Vector[] = [
  ...['B', 'BT', 'DE-BY', 'ZZ-ZZ-ZZ-ZZ-ZZ', 'é', 'e\u0301', '日'].map((prefix) => {
    const { first, last } = textPrefixRange(prefix)
    return valid('a range', { prefix }, [String(first), String(last)], 'Canonical')
  }),
  invalid('nothing', { prefix: '' }, 'OutOfRange'),
  invalid('15 bytes', { prefix: 'x'.repeat(15) }, 'OutOfRange'),
  invalid('no UTF-8', { prefix: '\ud83d' }, 'Unicode'),
  invalid('no text', { prefix: 7 }, 'WrongForm'),
]

const POLICIES = [
  { credentials: { person: { schema: 'person/1', trust: 'registries' } } },
  {
    credentials: { person: { schema: 'person/1', trust: 'registries' } },
    where: { age: 'person.birthDate', atLeast: 18 },
    once: { scope: 'gift' },
  },
  {
    credentials: {
      person: { schema: 'person/1', trust: 'registries' },
      income: { schema: 'income/1', trust: 'https://tax.example/list' },
    },
    where: { not: { sum: [{ attribute: 'income.annual' }], gt: 100 } },
    disclose: ['person.region'],
  },
  {
    credentials: {
      income: { schema: 'income/1', trust: 'https://tax.example/list' },
      person: { schema: 'person/1', trust: 'registries' },
    },
    where: { not: { sum: [{ attribute: 'income.annual' }], gt: 100 } },
    disclose: ['person.region'],
  },
].map((policy, i) => ({ id: `vectors@${String(i + 1)}`, purpose: 'A vector', ...policy }))

const CODES: readonly Vector[] = [
  ...Array.from({ length: 6 }, (_, i) => {
    const code = shortCodeOf(seedBytes(`code ${String(i)}`).slice(0, 8))
    const typed = [
      code,
      code.toLowerCase(),
      `${code.slice(0, 4)}-${code.slice(4, 8)} ${code.slice(8)}`,
    ]
    return valid('a code', { text: typed[i % 3] }, code, 'Canonical')
  }),
  ...Array.from({ length: 9 }, (_, i) => {
    const code = shortCodeOf(seedBytes('code 0').slice(0, 8))
    const other = code[i] === 'A' ? 'B' : 'A'
    return invalid(
      'one letter',
      { text: code.slice(0, i) + other + code.slice(i + 1) },
      'TypingMistake',
    )
  }),
  invalid(
    'exchanged',
    { text: exchanged(shortCodeOf(seedBytes('code 1').slice(0, 8))) },
    'TypingMistake',
  ),
  ...['', 'AAAAAAAA', 'AAAAAAAAAA', '0AAAAAAAA', 'OAAAAAAAA'].map((text) =>
    invalid('no code', { text }, 'WrongForm'),
  ),
]

function groups(): Group[] {
  return [
    { type: 'FieldText', tests: DECIMALS },
    { type: 'FieldBytes', tests: FIELD_CHARACTERS },
    { type: 'Base64url', tests: BASE64URL },
    { type: 'JsonText', tests: JSON_TEXTS },
    ...Object.entries(VALUES).map(([attributeType, tests]) => ({
      type: 'AttributeEncode',
      parameters: { attributeType },
      tests,
    })),
    { type: 'TextPrefix', tests: PREFIXES },
    { type: 'SchemaHash', tests: [...SCHEMAS.values()].map(schemaVector) },
    { type: 'PolicyHash', tests: POLICIES.map(policyVector) },
    { type: 'ShortCode', tests: CODES },
  ]
}

export function encodingsKit(): Kit {
  return {
    name: 'encodings',
    algorithm: 'encodings',
    header: ['Texts of numbers, attribute values, names of schemas and policies, typed codes.'],
    notes: NOTES,
    groups: groups(),
  }
}

function values(type: AttributeType, flag: string, ...given: readonly unknown[]): Vector[] {
  return given.map((value) => valid(type, { value }, String(encodeAttribute(type, value)), flag))
}

function refused(flag: string, ...given: readonly unknown[]): Vector[] {
  return given.map((value) => invalid('refused', { value }, flag))
}

function schemaVector(schema: unknown): Vector {
  return valid('a schema', { schema }, String(schemaHash(parseSchema(schema))), 'Canonical')
}

function policyVector(policy: unknown): Vector {
  const hash = toBase64url(policyHash(parsePolicy(policy, [...SCHEMAS.values()].map(parseSchema))))
  return valid('defaults count, and the order of credentials', { policy }, hash, 'Canonical')
}

/** The first two letters that differ change places. */
function exchanged(code: string): string {
  const at = Array.from(code).findIndex((letter, i) => letter !== code[i + 1])
  return code.slice(0, at) + (code[at + 1] ?? '') + (code[at] ?? '') + code.slice(at + 2)
}

function characters(value: bigint): string {
  const hex = value.toString(16).padStart(64, '0')
  return toBase64url(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))
}

/** Numbers that nobody chose. */
export const SAMPLE_FIELDS = Array.from({ length: 16 }, (_, i) => seedField(`field ${String(i)}`))
