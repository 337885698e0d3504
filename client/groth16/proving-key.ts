import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import { ZerocardError } from '../../core/errors.ts'
import { FIELD_ORDER } from '../../core/field.ts'

// The `.zkey` format of snarkjs for Groth16, as far as proving needs it
// (https://github.com/iden3/snarkjs, `zkey_utils`). Points are affine, in Montgomery form with
// R = 2^256; zeros are the point at infinity.

/** Bytes of a point of G1 in a key. */
export const G1_BYTES = 64
const G2_BYTES = 128

export interface ProvingKey {
  readonly wires: number
  /** Without the constant one. */
  readonly publicSignals: number
  /** log2 of the size of the evaluation domain. */
  readonly log: number
  readonly alpha: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
  /** Entries of 44 bytes: matrix, row, wire, value in Montgomery form twice over. */
  readonly coefficients: Uint8Array
  /** One point for each wire. */
  readonly a: Uint8Array
  readonly b1: Uint8Array
  readonly b2: Uint8Array
  /** One point for each private wire, behind the one and the public signals, but those of `d`. */
  readonly c: Uint8Array
  /** The same for the last of them, if another thread sums those. */
  readonly d: Uint8Array
  /** One point for each value of the domain. */
  readonly h: Uint8Array
}

export const COEFFICIENT_BYTES = 44

const SECTION = { system: 1, header: 2, coefficients: 4, a: 5, b1: 6, b2: 7, c: 8, h: 9 } as const
const GROTH16 = 1

/** r - 1 has 28 factors 2, one of which the coset takes. */
const MAX_LOG = 27

/** @throws ZerocardError with `ARTIFACT_INVALID` if the bytes are no such key over BN254. */
export function readProvingKey(bytes: Uint8Array): ProvingKey {
  // A Buffer of Node gives views where others give copies.
  const sections = sectionsOf(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const section = (name: keyof typeof SECTION, length?: number): Uint8Array => {
    const found = sections.get(SECTION[name])
    if (found === undefined) throw invalid(`has no section ${name}`)
    if (length !== undefined && found.length !== length) throw invalid(`has a wrong ${name}`)
    return found
  }
  const system = sections.get(SECTION.system)
  if (system?.length !== 4 || u32(system, 0) !== GROTH16) throw invalid('is not for Groth16')
  // Two primes with their lengths, three numbers, three points of G1 and three of G2.
  const header = section('header', 36 + 36 + 12 + 3 * G1_BYTES + 3 * G2_BYTES)
  assertPrime(header.subarray(0, 36), CURVE_FIELD_ORDER)
  assertPrime(header.subarray(36, 72), FIELD_ORDER)
  const [wires, publicSignals, domain] = [u32(header, 72), u32(header, 76), u32(header, 80)]
  const log = Math.log2(domain)
  if (!Number.isInteger(log) || log < 2 || log > MAX_LOG || publicSignals + 1 > wires) {
    throw invalid('has wrong sizes')
  }
  let at = 84
  const point = (length: number): Uint8Array => header.subarray(at, (at += length))
  const alpha = point(G1_BYTES)
  const [beta1, beta2] = [point(G1_BYTES), point(G2_BYTES)]
  // Gamma is for verifiers.
  point(G2_BYTES)
  const [delta1, delta2] = [point(G1_BYTES), point(G2_BYTES)]
  const coefficients = section('coefficients')
  if (coefficients.length < 4) throw invalid('has wrong coefficients')
  const count = u32(coefficients, 0)
  if (coefficients.length !== 4 + COEFFICIENT_BYTES * count) throw invalid('has wrong coefficients')
  return {
    ...{ wires, publicSignals, log, alpha, beta1, beta2, delta1, delta2 },
    coefficients: coefficients.subarray(4),
    a: section('a', wires * G1_BYTES),
    b1: section('b1', wires * G1_BYTES),
    b2: section('b2', wires * G2_BYTES),
    c: section('c', (wires - publicSignals - 1) * G1_BYTES),
    d: new Uint8Array(),
    h: section('h', domain * G1_BYTES),
  }
}

/** Bytes as words of 32 bits; copied, because sections begin anywhere. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer)
}

function sectionsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  if (bytes.length < 12 || new TextDecoder().decode(bytes.subarray(0, 4)) !== 'zkey') {
    throw invalid('is none')
  }
  const sections = new Map<number, Uint8Array>()
  let at = 12
  for (let i = 0; i < u32(bytes, 8); i++) {
    if (at + 12 > bytes.length) throw invalid('is cut short')
    const [id, length] = [u32(bytes, at), u32(bytes, at + 4) + u32(bytes, at + 8) * 2 ** 32]
    at += 12
    if (at + length > bytes.length) throw invalid('is cut short')
    if (sections.has(id)) throw invalid('has a section twice')
    sections.set(id, bytes.subarray(at, at + length))
    at += length
  }
  return sections
}

function assertPrime(bytes: Uint8Array, prime: bigint): void {
  const words = Array.from({ length: 8 }, (_, i) => Number((prime >> BigInt(32 * i)) & 0xffffffffn))
  if (u32(bytes, 0) !== 32 || words.some((word, i) => u32(bytes, 4 + 4 * i) !== word)) {
    throw invalid('is not over BN254')
  }
}

function u32(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true)
}

function invalid(what: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', `the proving key ${what}`)
}
