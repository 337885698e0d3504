import { blake2b } from '@noble/hashes/blake2.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8 } from './bytes.ts'
import { assertField, fieldFromHash, integerFromBytes } from './field.ts'
import { poseidonUnchecked } from './poseidon.ts'

const MAX_POSEIDON_INPUTS = 16

/**
 * First input of every Poseidon hash that stands for something: the big-endian integer of an ASCII
 * name. Hashes of different things can then never be taken for each other.
 */
export const TAG = {
  holder: tag('zerocard/holder/1'),
  credential: tag('zerocard/credential/1'),
  issuer: tag('zerocard/issuer/1'),
  pseudonym: tag('zerocard/pseudonym/1'),
} as const

/**
 * Poseidon over the BN254 scalar field with circomlib's parameters.
 *
 * @param inputs - 1 to 16 field elements; hashes of different numbers of inputs are unrelated.
 * @throws ZerocardError with `FIELD_INVALID` for an input outside the field.
 * @throws TypeError for another number of inputs.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  if (inputs.length < 1 || inputs.length > MAX_POSEIDON_INPUTS) {
    throw new TypeError(`Poseidon takes 1 to 16 inputs, got ${String(inputs.length)}`)
  }
  for (const input of inputs) assertField(input, 'Poseidon input')
  return poseidonUnchecked(inputs)
}

/** SHA-256 (FIPS 180-4), 32 bytes. Synchronous, unlike the platform's. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(nobleSha256(bytes))
}

/** BLAKE2b-512 (RFC 7693), 64 bytes: what ceremonies of snarkjs hash with. */
export function blake2b512(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(blake2b(bytes, { dkLen: 64 }))
}

/** HMAC-SHA-512 (RFC 2104), 64 bytes. */
export function hmacSha512(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hmac(nobleSha512, key, message))
}

/**
 * Hashes a list of texts and byte strings into the field: the first 31 bytes of SHA-256 over the
 * domain and the parts, each after its length in 4 big-endian bytes, so that neither moving bytes
 * between parts nor another number of parts gives the same hash.
 *
 * @param domain - What is being hashed, like `zerocard/schema/1`.
 * @throws ZerocardError with `ENCODING_INVALID` for a text that is not well-formed Unicode.
 */
export function hashToField(domain: string, ...parts: readonly (string | Uint8Array)[]): bigint {
  return fieldFromHash(sha256(concatBytes(...[domain, ...parts].flatMap(lengthPrefixed))))
}

function lengthPrefixed(part: string | Uint8Array): [Uint8Array, Uint8Array] {
  const bytes = typeof part === 'string' ? utf8(part) : part
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length)
  return [length, bytes]
}

function tag(name: string): bigint {
  return integerFromBytes(utf8(name))
}
