import { ZerocardError } from './errors.ts'

// What a person types who cannot scan: a question's name for a few minutes. Eight letters are 40
// bits; a ninth finds every letter that was mistyped and every two that changed places.

/** Without the pairs that people take for each other: no 0 and O, no 1 and I. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** Letters in front of the one that checks them: 40 bits. */
const LENGTH = 8

/** A code as it is kept: nine letters, without a hyphen. */
export const SHORT_CODE = new RegExp(`^[${ALPHABET}]{${LENGTH + 1}}$`)

/**
 * The code of eight random bytes; five bits of each count.
 *
 * @throws TypeError for another number of bytes.
 */
export function shortCodeOf(random: Uint8Array): string {
  if (random.length !== LENGTH) throw new TypeError(`expected ${LENGTH} random bytes`)
  const values = Array.from(random, (byte) => byte & MASK)
  return [...values, timesX(remainder(values))].map((value) => ALPHABET[value]).join('')
}

/** In groups that can be read aloud: `ABCD-EFGH-J`. */
export function spokenCode(code: string): string {
  return (code.match(/.{1,4}/g) ?? []).join('-')
}

/**
 * A code as somebody typed it: small letters, spaces and hyphens are all right.
 *
 * @throws ZerocardError with `INPUT_INVALID` for what is no code, or a mistyped one.
 */
export function parseShortCode(text: string): string {
  const code = text.replace(/[\s-]/g, '').toUpperCase()
  if (!SHORT_CODE.test(code)) throw new ZerocardError('INPUT_INVALID', 'this is not a code')
  const values = Array.from(code, (letter) => ALPHABET.indexOf(letter))
  if (remainder(values) === 0) return code
  throw new ZerocardError('INPUT_INVALID', 'the code has a typing mistake')
}

const MASK = 0b11111

/** The letters as a polynomial over GF(32), at x: it is zero for a whole code. */
function remainder(values: readonly number[]): number {
  return values.reduce((sum, value) => timesX(sum) ^ value, 0)
}

/** In GF(32) modulo x^5 + x^2 + 1, where x has order 31. */
function timesX(value: number): number {
  const shifted = value << 1
  return shifted > MASK ? shifted ^ 0b100101 : shifted
}
