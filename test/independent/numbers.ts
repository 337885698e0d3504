import { sha256 } from '@noble/hashes/sha2.js'
import { must, refuse, slips } from './refused.ts'

/** Order of the scalar field of BN254, in which everything is computed. */
export const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n
/** Order of the field of its coordinates. */
export const Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n

export const mod = (value: bigint, order = R): bigint => ((value % order) + order) % order

/** By Fermat's little theorem. */
export function inverse(value: bigint, order = R): bigint {
  return power(mod(value, order), order - 2n, order)
}

export function power(base: bigint, exponent: bigint, order = R): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % order
    square = (square * square) % order
  }
  return result
}

/** The one text of a field element. */
export function fieldOf(text: unknown): bigint {
  const form = slips('leading zeros accepted') ? /^[0-9]{1,90}$/ : /^(0|[1-9][0-9]*)$/
  must(typeof text === 'string' && text.length < 100 && form.test(text), 'no decimal')
  const value = BigInt(text)
  must(value < R || slips('signals reduced'), 'not below the order')
  return mod(value)
}

/** 43 characters of base64url. */
export function fieldOfBytes(text: unknown): bigint {
  const bytes = bytesOf(text)
  must(bytes.length === 32, 'not 32 bytes')
  const value = bigEndian(bytes)
  must(value < R || slips('signals reduced'), 'not below the order')
  return mod(value)
}

/** Base64url without padding and with spare bits zero. */
export function bytesOf(text: unknown): Uint8Array {
  must(typeof text === 'string', 'no text')
  const bare = slips('padding accepted') ? text.replace(/=+$/, '') : text
  must(/^[A-Za-z0-9_-]*$/.test(bare), 'no base64url')
  const bytes = new Uint8Array(Buffer.from(bare, 'base64url'))
  const again = base64url(bytes)
  const isSame = slips('spare bits accepted')
    ? again.length === bare.length && again.slice(0, -1) === bare.slice(0, -1)
    : again === bare
  must(isSame, 'base64url is not canonical')
  return bytes
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

export function bytes32(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n))
}

export function utf8(text: string): Uint8Array {
  must(text.isWellFormed() || slips('lone surrogates replaced'), 'a lone surrogate')
  return new Uint8Array(Buffer.from(text, 'utf8'))
}

export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return refuse('no UTF-8')
  }
}

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(new Uint8Array(Buffer.concat(parts)))
}

/** 248 bits of a hash over parts that each come after their length. */
export function hashToField(...parts: readonly string[]): bigint {
  const framed = parts.flatMap((part) => {
    const bytes = utf8(part)
    return [bytes32(BigInt(bytes.length)).slice(28), bytes]
  })
  return bigEndian(hash(...framed).slice(0, 31))
}

/** An ASCII name as a number. */
export function tag(name: string): bigint {
  return bigEndian(utf8(name))
}
