import { ZerocardError } from './errors.ts'

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SIXTET = new Map(Array.from(BASE64URL, (character, value) => [character, value]))

/** Deeper JSON than any document of the protocol; bounds the recursion on hostile input. */
const MAX_JSON_DEPTH = 64

/**
 * The UTF-8 bytes of `text`.
 *
 * @throws ZerocardError with `ENCODING_INVALID` for a lone surrogate, which the platform's
 * encoder would silently replace: two different texts would get the same bytes.
 */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  if (!text.isWellFormed()) throw invalid('text is not well-formed Unicode')
  return new TextEncoder().encode(text)
}

/** The text of UTF-8 bytes, strictly. Throws `ENCODING_INVALID` for bytes that are no UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ZerocardError('ENCODING_INVALID', 'not UTF-8', { cause })
  }
}

/** Lower-case hex, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Reads lower-case hex, the form {@link toHex} writes. Throws `ENCODING_INVALID`. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || !/^([0-9a-f]{2})*$/.test(text)) {
    throw invalid('expected lower-case hex')
  }
  return Uint8Array.from({ length: text.length / 2 }, (_, i) =>
    Number.parseInt(text.slice(2 * i, 2 * i + 2), 16),
  )
}

/** Base64url without padding (RFC 4648 section 5, as in JOSE). */
export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.subarray(at, at + 3)
    const bits = ((group[0] ?? 0) << 16) | ((group[1] ?? 0) << 8) | (group[2] ?? 0)
    for (let i = 0; i <= group.length; i++) text += BASE64URL.charAt((bits >> (18 - 6 * i)) & 63)
  }
  return text
}

/**
 * Reads base64url, strictly: no padding, no other characters, unused bits zero. Every byte string
 * has one accepted text, so a text cannot be altered without altering what it says.
 *
 * @throws ZerocardError with `ENCODING_INVALID`.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string' || text.length % 4 === 1) throw invalid('expected base64url')
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let pending = 0
  let pendingBits = 0
  let at = 0
  for (const character of text) {
    const sixtet = SIXTET.get(character)
    if (sixtet === undefined) throw invalid('expected base64url')
    pending = ((pending << 6) | sixtet) & 0xfff
    pendingBits += 6
    if (pendingBits < 8) continue
    pendingBits -= 8
    bytes[at++] = pending >> pendingBits
  }
  if ((pending & ((1 << pendingBits) - 1)) !== 0) throw invalid('base64url is not canonical')
  return bytes
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Compares in a time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] ?? 0)
  return difference === 0
}

/**
 * One text for one value: members sorted by UTF-16 code units, no spaces (RFC 8785, of which this
 * is the part without fractions: amounts here are integers, so nothing is lost).
 *
 * @throws ZerocardError with `ENCODING_INVALID` for numbers that are no safe integers, lone
 * surrogates, `undefined`, nesting deeper than 64 and everything JSON has no form for.
 */
export function canonicalJson(value: unknown): string {
  return writeJson(value, 0)
}

function writeJson(value: unknown, depth: number): string {
  if (depth > MAX_JSON_DEPTH) throw invalid('JSON is nested too deeply')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeText(value)
  if (typeof value === 'number') return writeInteger(value)
  if (Array.isArray(value)) {
    // Array.from visits the holes of a sparse array too, so that they are refused as undefined.
    return `[${Array.from(value, (item: unknown) => writeJson(item, depth + 1)).join(',')}]`
  }
  if (isPlainObject(value)) {
    const members = Object.keys(value).sort()
    return `{${members.map((name) => `${writeText(name)}:${writeJson(value[name], depth + 1)}`).join(',')}}`
  }
  throw invalid(`JSON has no form for this ${typeof value}`)
}

function writeText(text: string): string {
  if (!text.isWellFormed()) throw invalid('text is not well-formed Unicode')
  return JSON.stringify(text)
}

function writeInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw invalid('a number is not a safe integer')
  return JSON.stringify(value)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('ENCODING_INVALID', message)
}
