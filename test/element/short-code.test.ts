import { describe, expect, test } from 'vitest'
import { readShortCode } from '../../client/short-code.ts'
import { parseShortCode, shortCodeOf, spokenCode } from '../../core/short-code.ts'
import { refusal } from '../support/refusal.ts'

const CODE = shortCodeOf(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 248]))
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

describe('a short code', () => {
  test('is read as it was shown, and as people type it', () => {
    expect(CODE).toBe('3456789S' + CODE.slice(-1))
    for (const text of [
      CODE,
      spokenCode(CODE),
      ` ${CODE.toLowerCase()} `,
      CODE.split('').join(' '),
    ]) {
      expect(parseShortCode(text)).toBe(CODE)
    }
  })

  test('is refused with any one letter wrong', () => {
    for (let at = 0; at < CODE.length; at++) {
      for (const letter of ALPHABET.replace(CODE[at] ?? '', '')) {
        const wrong = CODE.slice(0, at) + letter + CODE.slice(at + 1)
        expect([wrong, refusal(() => parseShortCode(wrong))]).toEqual([wrong, 'INPUT_INVALID'])
      }
    }
  })

  test('is refused with any two letters in the place of each other', () => {
    for (let one = 0; one < CODE.length; one++) {
      for (let other = one + 1; other < CODE.length; other++) {
        const letters = Array.from(CODE)
        ;[letters[one], letters[other]] = [letters[other] ?? '', letters[one] ?? '']
        const wrong = letters.join('')
        if (wrong !== CODE) expect(refusal(() => parseShortCode(wrong))).toBe('INPUT_INVALID')
      }
    }
  })

  test('is refused if it is none', () => {
    for (const text of ['', CODE.slice(1), `${CODE}2`, 'O'.repeat(9), 'ÀBCDEFGHJ']) {
      expect(refusal(() => parseShortCode(text))).toBe('INPUT_INVALID')
    }
    expect(() => shortCodeOf(new Uint8Array(7))).toThrow(TypeError)
  })
})

describe('a typed line', () => {
  test('names a verifier and a code', () => {
    const spoken = spokenCode(CODE)
    const verifiers = {
      [`shop.example ${spoken}`]: 'https://shop.example',
      [`  https://Shop.example/  ${CODE.toLowerCase()}`]: 'https://shop.example',
      [`shop.example:8443 ${spoken}`]: 'https://shop.example:8443',
      [`localhost:4183 ${spoken}`]: 'http://localhost:4183',
    }
    for (const [text, verifier] of Object.entries(verifiers)) {
      expect(readShortCode(text)).toEqual({ verifier, code: CODE })
    }
  })

  test('is refused without either, or with more than a host', () => {
    const texts = [CODE, 'shop.example', `user@shop.example ${CODE}`, `shop.example/x ${CODE}`]
    for (const text of [...texts, `javascript:x ${CODE}`, `a b ${CODE}`, `shop.example ${CODE}2`]) {
      expect([text, refusal(() => readShortCode(text))]).toEqual([text, 'INPUT_INVALID'])
    }
  })
})
