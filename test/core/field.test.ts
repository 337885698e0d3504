import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  FIELD_ORDER,
  assertField,
  fieldFromBytes,
  fieldFromHash,
  fieldToBytes,
  integerFromBytes,
  invert,
  invertAll,
  isField,
  parseField,
} from '../../core/field.ts'
import { refusal } from '../support/refusal.ts'

const elements = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n })

describe('the text form', () => {
  test('reads back every element', () => {
    fc.assert(fc.property(elements, (x) => parseField(String(x)) === x))
  })

  test('has 0 and the largest element', () => {
    expect(parseField('0')).toBe(0n)
    expect(parseField(String(FIELD_ORDER - 1n))).toBe(FIELD_ORDER - 1n)
  })

  const refused: unknown[] = [
    '',
    ' ',
    '1 ',
    ' 1',
    '1\n',
    '01',
    '00',
    '-0',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '1_000',
    '1n',
    '１',
    '٣',
    'NaN',
    'Infinity',
    String(FIELD_ORDER),
    String(FIELD_ORDER + 1n),
    String(2n ** 256n),
    '9'.repeat(77),
    '9'.repeat(78),
    '1'.repeat(100_000),
    1,
    1n,
    0,
    true,
    null,
    undefined,
    [],
    ['1'],
    {},
    new String('1'),
  ]
  test('is the only one', () => {
    for (const text of refused) {
      expect(
        refusal(() => parseField(text)),
        typeof text,
      ).toBe('FIELD_INVALID')
    }
  })

  test('is not confused by an alias of the same residue', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 77n - 1n - FIELD_ORDER }), (x) => {
        expect(refusal(() => parseField(String(x + FIELD_ORDER)))).toBe('FIELD_INVALID')
      }),
    )
  })
})

describe('the form of 32 bytes', () => {
  test('reads back every element', () => {
    fc.assert(fc.property(elements, (x) => fieldFromBytes(fieldToBytes(x)) === x))
  })

  test('is big-endian', () => {
    expect(fieldToBytes(0x0102n).slice(29)).toEqual(Uint8Array.of(0, 1, 2))
    expect(fieldToBytes(1n)).toHaveLength(32)
  })

  test('refuses other lengths and values from the order on', () => {
    for (const length of [0, 31, 33]) {
      expect(refusal(() => fieldFromBytes(new Uint8Array(length)))).toBe('FIELD_INVALID')
    }
    const order = fieldToBytes(FIELD_ORDER - 1n)
    order[31] = (order[31] ?? 0) + 1
    expect(integerFromBytes(order)).toBe(FIELD_ORDER)
    expect(refusal(() => fieldFromBytes(order))).toBe('FIELD_INVALID')
    expect(refusal(() => fieldFromBytes(new Uint8Array(32).fill(255)))).toBe('FIELD_INVALID')
    expect(refusal(() => fieldToBytes(FIELD_ORDER))).toBe('FIELD_INVALID')
    expect(refusal(() => fieldToBytes(-1n))).toBe('FIELD_INVALID')
  })
})

test('a hash becomes its first 31 bytes, always inside the field', () => {
  expect(fieldFromHash(new Uint8Array(32).fill(255))).toBe(2n ** 248n - 1n)
  expect(fieldFromHash(Uint8Array.from({ length: 32 }, (_, i) => (i === 30 ? 7 : 0)))).toBe(7n)
  expect(() => fieldFromHash(new Uint8Array(30))).toThrow(TypeError)
})

test('the border of the field is exact', () => {
  expect([-1n, 0n, FIELD_ORDER - 1n, FIELD_ORDER].map(isField)).toEqual([false, true, true, false])
  expect(refusal(() => assertField(FIELD_ORDER))).toBe('FIELD_INVALID')
  expect(refusal(() => assertField(0n))).toBeUndefined()
  expect(() => assertField(1 as unknown as bigint)).toThrow(TypeError)
})

test('an integer is read from any number of bytes', () => {
  expect(integerFromBytes(new Uint8Array())).toBe(0n)
  expect(integerFromBytes(Uint8Array.of(1, 0))).toBe(256n)
})

test('an inverse times its value is 1', () => {
  for (const value of [1n, 2n, 5n, FIELD_ORDER - 1n, FIELD_ORDER / 3n, 2n ** 200n + 7n]) {
    expect((invert(value) * value) % FIELD_ORDER).toBe(1n)
    expect(invert(value) < FIELD_ORDER).toBe(true)
  }
})

test('many inverses at once are those of each alone, and 0 has none', () => {
  const values = [3n, FIELD_ORDER - 2n, 2n ** 100n]
  expect(invertAll(values)).toEqual(values.map(invert))
  expect(invert(-3n)).toBe(FIELD_ORDER - invert(3n))
  expect(invert(0n)).toBe(0n)
})
