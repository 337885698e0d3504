import { createHash, createHmac } from 'node:crypto'
import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex, utf8 } from '../../core/bytes.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import { TAG, hashToField, hmacSha512, poseidon, sha256 } from '../../core/hash.ts'
import { refusal } from '../support/refusal.ts'

describe('Poseidon', () => {
  test('refuses other than 1 to 16 inputs', () => {
    expect(() => poseidon([])).toThrow(TypeError)
    expect(() => poseidon(Array<bigint>(17).fill(0n))).toThrow(TypeError)
  })

  test('refuses inputs outside the field, so that an input has no second form', () => {
    for (const input of [-1n, FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 256n]) {
      expect(refusal(() => poseidon([1n, input]))).toBe('FIELD_INVALID')
    }
    expect(() => poseidon([1 as unknown as bigint])).toThrow(TypeError)
  })
})

describe('SHA-256 and HMAC-SHA-512', () => {
  test('agree with the platform', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(bytes, bytes, (key, message) => {
        expect(toHex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
        expect(toHex(hmacSha512(key, message))).toBe(
          createHmac('sha512', key).update(message).digest('hex'),
        )
      }),
    )
  })
})

describe('hashing to the field', () => {
  test('is the start of SHA-256 over length-prefixed parts', () => {
    const digest = createHash('sha256')
      .update(Buffer.from('\0\0\0\x01d\0\0\0\x03\u00e9a\0\0\0\0', 'utf8'))
      .digest('hex')
    expect(hashToField('d', '\u00e9a', new Uint8Array())).toBe(BigInt(`0x${digest.slice(0, 62)}`))
  })

  test('treats a text as its bytes', () => {
    expect(hashToField('d', 'text')).toBe(hashToField('d', utf8('text')))
  })

  test('tells apart how the same bytes are divided', () => {
    const divisions = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c']]
    const hashes = [
      ...divisions.map((parts) => hashToField('d', ...parts)),
      hashToField('da', 'bc'),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  test('refuses a lone surrogate', () => {
    expect(refusal(() => hashToField('d', '\ud800'))).toBe('ENCODING_INVALID')
  })
})

test('tags are the ASCII of their names, all different', () => {
  expect(TAG.holder).toBe(BigInt(`0x${Buffer.from('zerocard/holder/1').toString('hex')}`))
  expect(new Set(Object.values(TAG)).size).toBe(4)
  expect(Object.values(TAG).every((tag) => tag < FIELD_ORDER)).toBe(true)
})
