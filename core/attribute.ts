import { concatBytes, utf8 } from './bytes.ts'
import { dayFromIso } from './dates.ts'
import { ZerocardError } from './errors.ts'
import { integerFromBytes } from './field.ts'
import { sha256 } from './hash.ts'

export const ATTRIBUTE_TYPES = ['date', 'integer', 'boolean', 'text'] as const
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number]

/** An attribute as people and JSON write it; which form belongs to which type: {@link encodeAttribute}. */
export type AttributeValue = string | number | boolean

/** Encoded attributes have this many bits, whatever their type. */
export const ATTRIBUTE_BITS = 120

/** Encoded attributes are below this. */
export const MAX_ATTRIBUTE = 2n ** BigInt(ATTRIBUTE_BITS)

/** Texts up to this many bytes of UTF-8 keep their order and their prefixes when encoded. */
export const MAX_ORDERED_TEXT_BYTES = 14

/** Longer texts than this are refused. */
export const MAX_TEXT_BYTES = 1024

const MAX_INTEGER = 2n ** 64n - 1n
/** First byte of a hashed text. No UTF-8 has it, so hashed texts come after all ordered ones. */
const HASHED_TEXT = 0xff
/** Above every byte of UTF-8, so above every continuation of a prefix. */
const HIGHEST_BYTE = 0xff

const ENCODERS: Readonly<Record<AttributeType, (value: unknown) => bigint>> = {
  date: (value) => BigInt(dayFromIso(value)),
  integer: encodeInteger,
  boolean: encodeBoolean,
  text: (value) => encodeText(normalText(value)),
}

/**
 * Encodes a value as an unsigned integer below 2^120 in which order means something for every type.
 *
 * - `date`: `YYYY-MM-DD`, as days since 1900-01-01
 * - `integer`: 0 to 2^64 - 1, a safe integer or a canonical decimal string
 * - `boolean`: true or false, as 1 or 0
 * - `text`: up to 1,024 bytes of UTF-8 after NFC normalisation. Up to 14 bytes: the bytes, then
 *   zeros, then the length, so that order is the order of the bytes. Longer: 0xFF, then the
 *   first 14 bytes of SHA-256: after all shorter texts, and only equality means something.
 *
 * @throws ZerocardError with `ATTRIBUTE_INVALID`; the message never holds the value.
 */
export function encodeAttribute(type: AttributeType, value: unknown): bigint {
  return ENCODERS[type](value)
}

/**
 * The encodings of all texts of up to 14 bytes that start with `prefix`: first and last, inclusive.
 * No longer text is in the range: its encoding starts with a byte no prefix has.
 *
 * @param prefix - 1 to 14 bytes of UTF-8 after NFC normalisation.
 * @throws ZerocardError with `ATTRIBUTE_INVALID`.
 */
export function textPrefixRange(prefix: string): { first: bigint; last: bigint } {
  const bytes = normalText(prefix)
  if (bytes.length === 0 || bytes.length > MAX_ORDERED_TEXT_BYTES) {
    throw invalid(`expected a prefix of 1 to ${String(MAX_ORDERED_TEXT_BYTES)} bytes`)
  }
  return {
    first: orderedText(bytes, 0, bytes.length),
    last: orderedText(bytes, HIGHEST_BYTE, MAX_ORDERED_TEXT_BYTES),
  }
}

function encodeInteger(value: unknown): bigint {
  const isSafe = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)
  const isDecimal = typeof value === 'string' && /^(0|[1-9][0-9]{0,19})$/.test(value)
  if (!isSafe && !isDecimal) {
    throw invalid(
      'expected a whole number: a JSON integer or a decimal string without leading zero',
    )
  }
  const integer = BigInt(value)
  if (integer < 0n || integer > MAX_INTEGER) throw invalid('integer is outside 0 to 2^64 - 1')
  return integer
}

function encodeBoolean(value: unknown): bigint {
  if (typeof value !== 'boolean') throw invalid('expected true or false')
  return value ? 1n : 0n
}

function encodeText(bytes: Uint8Array): bigint {
  if (bytes.length <= MAX_ORDERED_TEXT_BYTES) return orderedText(bytes, 0, bytes.length)
  const start = sha256(bytes).subarray(0, MAX_ORDERED_TEXT_BYTES)
  return integerFromBytes(concatBytes(Uint8Array.of(HASHED_TEXT), start))
}

function orderedText(bytes: Uint8Array, padding: number, length: number): bigint {
  const encoded = new Uint8Array(MAX_ORDERED_TEXT_BYTES + 1).fill(padding)
  encoded.set(bytes)
  encoded[MAX_ORDERED_TEXT_BYTES] = length
  return integerFromBytes(encoded)
}

/** NFC, so that one visible text has one encoding however a keyboard composed it. */
function normalText(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw invalid('expected a text')
  if (!value.isWellFormed()) throw invalid('text is not well-formed Unicode')
  const bytes = utf8(value.normalize('NFC'))
  if (bytes.length > MAX_TEXT_BYTES) throw invalid(`text is over ${String(MAX_TEXT_BYTES)} bytes`)
  return bytes
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('ATTRIBUTE_INVALID', message)
}
