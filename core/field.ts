import { ZerocardError } from './errors.ts'

/** Order of the BN254 scalar field, the field of every circuit signal (EIP-196 calls it the group order). */
export const FIELD_ORDER =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n

/** Bytes of a field element's fixed-size form. */
export const FIELD_BYTES = 32

/** Bytes of a hash that always fit the field: 248 bits are below its order, whatever they are. */
const HASH_BYTES = 31

const CANONICAL_DECIMAL = /^(0|[1-9][0-9]{0,76})$/

/** True for an integer from 0 to {@link FIELD_ORDER} - 1. */
export function isField(value: bigint): boolean {
  return value >= 0n && value < FIELD_ORDER
}

/** The representative from 0 to the order - 1; `value` may be negative. */
export function reduce(value: bigint): bigint {
  const rest = value % FIELD_ORDER
  return rest < 0n ? rest + FIELD_ORDER : rest
}

/** The inverse, by the extended Euclidean algorithm; 0 for 0. Its time depends on the value. */
export function invert(value: bigint): bigint {
  let [low, high] = [reduce(value), FIELD_ORDER]
  let [factor, previous] = [1n, 0n]
  while (low > 0n) {
    const quotient = high / low
    ;[low, high] = [high - quotient * low, low]
    ;[factor, previous] = [previous - quotient * factor, factor]
  }
  return reduce(previous)
}

/** Inverts many non-zero elements with one inversion (Montgomery's trick). */
export function invertAll(values: readonly bigint[]): bigint[] {
  const before: bigint[] = []
  let product = 1n
  for (const value of values) {
    before.push(product)
    product = (product * value) % FIELD_ORDER
  }
  let rest = invert(product)
  const inverses = new Array<bigint>(values.length)
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (rest * (before[i] ?? 0n)) % FIELD_ORDER
    rest = (rest * (values[i] ?? 0n)) % FIELD_ORDER
  }
  return inverses
}

/**
 * @param name - What the value is, for the message.
 * @throws ZerocardError with `FIELD_INVALID` for a value outside the field.
 */
export function assertField(value: bigint, name = 'value'): void {
  if (typeof value !== 'bigint') throw new TypeError(`${name}: expected a bigint`)
  if (!isField(value)) throw new ZerocardError('FIELD_INVALID', `${name}: outside the field`)
}

/**
 * Reads the one accepted text form of a field element: canonical decimal, no sign, no leading
 * zero, no space, below the order. Two texts are therefore equal exactly if the elements are.
 *
 * @throws ZerocardError with `FIELD_INVALID` for anything else, also for what is no string.
 */
export function parseField(text: unknown, name = 'value'): bigint {
  if (typeof text !== 'string' || !CANONICAL_DECIMAL.test(text)) {
    throw new ZerocardError('FIELD_INVALID', `${name}: expected a canonical decimal string`)
  }
  const value = BigInt(text)
  assertField(value, name)
  return value
}

/** 32 bytes, big-endian. Throws `FIELD_INVALID` for a value outside the field. */
export function fieldToBytes(value: bigint): Uint8Array<ArrayBuffer> {
  assertField(value)
  const hex = value.toString(16).padStart(2 * FIELD_BYTES, '0')
  return Uint8Array.from({ length: FIELD_BYTES }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
}

/**
 * Reads 32 big-endian bytes.
 *
 * @throws ZerocardError with `FIELD_INVALID` for another length or a value not below the order.
 */
export function fieldFromBytes(bytes: Uint8Array): bigint {
  if (bytes.length !== FIELD_BYTES) {
    throw new ZerocardError(
      'FIELD_INVALID',
      `expected ${String(FIELD_BYTES)} bytes, got ${String(bytes.length)}`,
    )
  }
  const value = integerFromBytes(bytes)
  assertField(value)
  return value
}

/** The first 31 bytes of a hash as a big-endian integer: always in the field, 248 bits. */
export function fieldFromHash(hash: Uint8Array): bigint {
  if (hash.length < HASH_BYTES) {
    throw new TypeError(`expected a hash of at least ${String(HASH_BYTES)} bytes`)
  }
  return integerFromBytes(hash.subarray(0, HASH_BYTES))
}

/** The unsigned big-endian integer in `bytes`, of any length; no bytes are 0. */
export function integerFromBytes(bytes: Uint8Array): bigint {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return BigInt(`0x0${hex}`)
}
