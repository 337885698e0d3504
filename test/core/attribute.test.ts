import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_ATTRIBUTE, encodeAttribute, textPrefixRange } from '../../core/attribute.ts'
import type { AttributeType } from '../../core/attribute.ts'
import { refusal } from '../support/refusal.ts'

const utf8Length = (text: string): number => Buffer.byteLength(text.normalize('NFC'))
const texts = fc.string({ unit: 'grapheme', maxLength: 20 })
const shortTexts = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 14 }),
    fc.string({ unit: fc.constantFrom('\0', '\u0001', 'a', 'b', '\u007f', 'ä', '\uffff', '😀') }),
  )
  .filter((text) => utf8Length(text) <= 14)

describe('text', () => {
  test('of up to 14 bytes keeps the order of its bytes', () => {
    fc.assert(
      fc.property(shortTexts, shortTexts, (a, b) => {
        const [first, second] = [a, b].map((text) => encodeAttribute('text', text))
        const order = Buffer.compare(
          Buffer.from(a.normalize('NFC')),
          Buffer.from(b.normalize('NFC')),
        )
        expect(first === second ? 0 : (first ?? 0n) < (second ?? 0n) ? -1 : 1).toBe(order)
      }),
      { numRuns: 2000 },
    )
  })

  test('is its bytes, zeros and the length', () => {
    expect(encodeAttribute('text', '4401')).toBe(0x34343031_00000000_00000000_0000_04n)
    expect(encodeAttribute('text', '')).toBe(0n)
    expect(encodeAttribute('text', 'a'.repeat(14)) & 0xffn).toBe(14n)
  })

  test('from 15 bytes on is 0xFF and the start of its SHA-256', () => {
    const long = 'x'.repeat(15)
    const start = createHash('sha256').update(long).digest('hex').slice(0, 28)
    expect(encodeAttribute('text', long)).toBe(BigInt(`0xff${start}`))
  })

  test('is the same however it was composed, and different if it looks different', () => {
    expect(encodeAttribute('text', 'Zu\u0308rich')).toBe(encodeAttribute('text', 'Z\u00fcrich'))
    expect(encodeAttribute('text', 'Zürich')).not.toBe(encodeAttribute('text', 'Zurich'))
    expect(encodeAttribute('text', 'a\0')).not.toBe(encodeAttribute('text', 'a'))
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const isSame = a.normalize('NFC') === b.normalize('NFC')
        expect(encodeAttribute('text', a) === encodeAttribute('text', b)).toBe(isSame)
      }),
    )
  })

  test('may have 1,024 bytes of UTF-8 after normalisation', () => {
    expect(refusal(() => encodeAttribute('text', 'ä'.repeat(512)))).toBeUndefined()
    expect(refusal(() => encodeAttribute('text', 'a\u0308'.repeat(512)))).toBeUndefined()
    expect(refusal(() => encodeAttribute('text', 'ä'.repeat(512) + 'a'))).toBe('ATTRIBUTE_INVALID')
  })
})

describe('a prefix range', () => {
  const prefixes = shortTexts.filter((text) => text !== '')

  test('holds exactly the texts of up to 14 bytes that start so', () => {
    fc.assert(
      fc.property(prefixes, shortTexts, (prefix, rest) => {
        const { first, last } = textPrefixRange(prefix)
        for (const text of [prefix, rest, prefix + rest].filter((t) => utf8Length(t) <= 14)) {
          const [bytes, start] = [text, prefix].map((t) => Buffer.from(t.normalize('NFC')))
          const startsSo = bytes?.subarray(0, start?.length).equals(start ?? Buffer.of()) ?? false
          const encoded = encodeAttribute('text', text)
          expect(first <= encoded && encoded <= last).toBe(startsSo)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('of a region has its codes and not its neighbours', () => {
    const { first, last } = textPrefixRange('4401')
    const isInside = (text: string): boolean => {
      const encoded = encodeAttribute('text', text)
      return first <= encoded && encoded <= last
    }
    expect(['4401', '4401\0', '44010', '4401zzzzzzzzzz', '4401😀'].map(isInside)).not.toContain(
      false,
    )
    expect(['440', '4400\uffff', '4402', '04401', ''].map(isInside)).not.toContain(true)
  })

  test('of 14 bytes is the one text', () => {
    const { first, last } = textPrefixRange('a'.repeat(14))
    expect([first, last]).toEqual(Array(2).fill(encodeAttribute('text', 'a'.repeat(14))))
  })

  test.each(['', 'a'.repeat(15), '\ud800', 'ä'.repeat(8)])('of %j does not exist', (prefix) => {
    expect(refusal(() => textPrefixRange(prefix))).toBe('ATTRIBUTE_INVALID')
  })
})

describe('other types', () => {
  test('a date is its days since 1900', () => {
    expect(encodeAttribute('date', '1900-01-01')).toBe(0n)
    expect(encodeAttribute('date', '1970-01-01')).toBe(25_567n)
  })

  test('an integer is itself, as a number or as digits', () => {
    const integers = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(fc.property(integers, (n) => encodeAttribute('integer', String(n)) === n))
    fc.assert(fc.property(fc.maxSafeNat(), (n) => encodeAttribute('integer', n) === BigInt(n)))
  })

  test('a boolean is 0 or 1', () => {
    expect(encodeAttribute('boolean', false)).toBe(0n)
    expect(encodeAttribute('boolean', true)).toBe(1n)
  })

  test('all are below 2^120', () => {
    expect(MAX_ATTRIBUTE).toBe(2n ** 120n)
    fc.assert(fc.property(texts, (text) => encodeAttribute('text', text) < MAX_ATTRIBUTE))
  })
})

const refused: [AttributeType, unknown[]][] = [
  [
    'integer',
    [
      '1e3',
      '007',
      '00',
      '-0',
      '-1',
      '+1',
      ' 1',
      '1 ',
      '1\n',
      '',
      '1.0',
      '0x1',
      '1_0',
      '1n',
      'NaN',
      '١٢',
      '１',
      '²',
      '18446744073709551616',
      '9'.repeat(30),
      -0,
      -1,
      0.5,
      1e21,
      2 ** 53,
      NaN,
      Infinity,
      null,
      undefined,
      true,
      5n,
      [],
      [5],
      {},
      { valueOf: () => 5 },
      new Number(5),
    ],
  ],
  ['boolean', [0, 1, 'true', 'false', '', null, undefined, [], new Boolean(true)]],
  [
    'text',
    [
      5,
      null,
      undefined,
      true,
      [],
      ['a'],
      {},
      '\ud800',
      'a\udc00',
      '\udc00\ud800',
      'x'.repeat(1025),
    ],
  ],
  [
    'date',
    ['2026-2-3', '2026-02-30', '2025-02-29', '2026-02-03T00:00Z', '', 46_000, null, '1899-12-31'],
  ],
]

describe.each(refused)('%s', (type, values) => {
  test('refuses every other form', () => {
    for (const value of values) {
      expect(
        refusal(() => encodeAttribute(type, value)),
        typeof value,
      ).toBe('ATTRIBUTE_INVALID')
    }
  })

  test('never repeats a refused value in the message', () => {
    const secret = 'x-secret-'.repeat(120)
    expect(() => encodeAttribute(type, secret)).toThrow(/^(?!.*secret)/)
  })
})
