import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalJson,
  concatBytes,
  equalBytes,
  fromBase64url,
  fromHex,
  toBase64url,
  toHex,
  utf8,
} from '../../core/bytes.ts'
import { refusal } from '../support/refusal.ts'

const bytes = fc.uint8Array({ maxLength: 70 })

describe('base64url', () => {
  test('agrees with the platform, both ways', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64url(value)).toBe(Buffer.from(value).toString('base64url'))
        expect(fromBase64url(toBase64url(value))).toEqual(Uint8Array.from(value))
      }),
    )
  })

  test('has exactly one text for every byte string', () => {
    const alphabet = fc.string({
      unit: fc.constantFrom(...'AQgwBCDabc-_019'.split('')),
      maxLength: 12,
    })
    fc.assert(
      fc.property(alphabet, (text) => {
        if (refusal(() => fromBase64url(text))) return
        expect(toBase64url(fromBase64url(text))).toBe(text)
      }),
    )
  })

  test.each([
    'A',
    'AAAAA',
    'AA==',
    'AAA=',
    'A+A',
    'A/AA',
    'AA A',
    'AAA\n',
    'AB',
    'AAB',
    'ÄA',
    '😀A',
  ])('refuses %j', (text) => {
    expect(refusal(() => fromBase64url(text))).toBe('ENCODING_INVALID')
  })

  test('refuses what is no text', () => {
    for (const value of [undefined, null, 5, ['AA']] as unknown[]) {
      expect(refusal(() => fromBase64url(value as string))).toBe('ENCODING_INVALID')
    }
  })
})

describe('hex', () => {
  test('reads back what it writes', () => {
    fc.assert(fc.property(bytes, (value) => equalBytes(fromHex(toHex(value)), value)))
    expect(toHex(Uint8Array.of(0, 15, 255))).toBe('000fff')
  })

  test.each(['0', 'FF', '0x00', 'g0', ' 00', '00\n', '０0'])('refuses %j', (text) => {
    expect(refusal(() => fromHex(text))).toBe('ENCODING_INVALID')
  })
})

describe('UTF-8', () => {
  test('agrees with the platform', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        equalBytes(utf8(text), Buffer.from(text, 'utf8')),
      ),
    )
  })

  test('refuses a lone surrogate instead of replacing it', () => {
    for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800']) {
      expect(refusal(() => utf8(text))).toBe('ENCODING_INVALID')
    }
  })
})

test('bytes are joined in order and compared by content', () => {
  expect(concatBytes()).toEqual(new Uint8Array())
  expect(concatBytes(Uint8Array.of(1), new Uint8Array(), Uint8Array.of(2, 3))).toEqual(
    Uint8Array.of(1, 2, 3),
  )
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false)
  expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
})

describe('canonical JSON', () => {
  test('sorts members by UTF-16 code units and writes no spaces', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      ö: 7,
    }
    // The order of RFC 8785 section 3.2.3: the emoji's first surrogate sorts before U+FB33.
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
    expect(canonicalJson({ b: [1, { d: null, c: true }], a: 'x\n"' })).toBe(
      '{"a":"x\\n\\"","b":[1,{"c":true,"d":null}]}',
    )
  })

  test('does not depend on the order of members and means the same to a reader', () => {
    const json = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
        expect(text).toBe(canonicalJson(reversed(value)))
      }),
    )
  })

  const refused: [string, unknown][] = [
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a hole', [, 1]],
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a fraction', 0.5],
    ['an integer over 2^53', 2 ** 53],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['bytes', new Uint8Array(1)],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate as name', { '\ud800': 1 }],
    ['deep nesting', nested(100)],
  ]
  test.each(refused)('refuses %s', (_, value) => {
    expect(refusal(() => canonicalJson(value))).toBe('ENCODING_INVALID')
  })

  test('takes nesting as deep as documents have', () => {
    expect(canonicalJson(nested(60))).toContain('[[[')
  })
})

function nested(depth: number): unknown {
  return Array.from({ length: depth }).reduce<unknown>((inner) => [inner], [])
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  )
}
