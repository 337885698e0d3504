import { CURVE_FIELD_ORDER } from '../curve.ts'
import { FIELD_ORDER } from '../field.ts'
import {
  ELEMENT_BYTES,
  damaged,
  isField,
  readSections,
  requireSection,
  setElement,
  viewOf,
} from './sections.ts'

// snarkjs' format of Groth16 proving keys (https://github.com/iden3/snarkjs, `zkey_utils`). Points
// are affine, little-endian, in Montgomery form with R = 2^256; the identity is all zeros.

/** Bytes of a point. */
export const G1_BYTES = 64
export const G2_BYTES = 128
/** Bytes of a coefficient: matrix, row, wire, and the value in Montgomery form twice over. */
export const COEFFICIENT_BYTES = 12 + ELEMENT_BYTES

/** How the protocol section names Groth16. */
export const GROTH16 = 1

/** Section numbers of the format. */
export const ZKEY_SECTION = {
  protocol: 1,
  header: 2,
  inputs: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
} as const

/** In the header: size and order of both fields, three counts, then the single points. */
const COUNTS_OFFSET = 8 + 2 * ELEMENT_BYTES
const POINTS_OFFSET = COUNTS_OFFSET + 12
const HEADER_BYTES = POINTS_OFFSET + 3 * G1_BYTES + 3 * G2_BYTES

/** The single points of a key. */
export interface KeyPoints {
  readonly alpha1: Uint8Array
  readonly beta1: Uint8Array
  readonly beta2: Uint8Array
  readonly gamma2: Uint8Array
  readonly delta1: Uint8Array
  readonly delta2: Uint8Array
}

export interface ZkeyHeader extends KeyPoints {
  readonly wires: number
  readonly publicSignals: number
  readonly domain: number
}

/** A whole key. */
export interface Zkey extends ZkeyHeader {
  /** One point for the one and each public signal. */
  readonly inputs: Uint8Array
  /** Their number in 4 bytes, then {@link COEFFICIENT_BYTES} each. */
  readonly coefficients: Uint8Array
  /** One point for each wire, as in `b1` and `b2`. */
  readonly a: Uint8Array
  readonly b1: Uint8Array
  readonly b2: Uint8Array
  /** One point for each private wire, behind the one and the public signals. */
  readonly c: Uint8Array
  /** One point for each value of the domain. */
  readonly h: Uint8Array
}

/**
 * Reads a key, and checks that all lists have the length that the header says. Nothing is copied.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for a damaged file, another protocol or curve.
 */
export function readZkey(bytes: Uint8Array, name = 'zkey'): Zkey {
  const sections = readSections(bytes, 'zkey', name)
  const section = (id: number, length?: number): Uint8Array =>
    requireSection(sections, id, name, length)
  const protocol = section(ZKEY_SECTION.protocol, 4)
  if (viewOf(protocol).getUint32(0, true) !== GROTH16) throw damaged(name, 'not a Groth16 key')
  const header = readHeader(section(ZKEY_SECTION.header, HEADER_BYTES), name)
  const { wires, publicSignals, domain } = header
  const coefficients = section(ZKEY_SECTION.coefficients)
  const count = coefficients.length < 4 ? -1 : viewOf(coefficients).getUint32(0, true)
  if (coefficients.length !== 4 + COEFFICIENT_BYTES * count) {
    throw damaged(name, 'not the coefficients that it says')
  }
  return {
    ...header,
    inputs: section(ZKEY_SECTION.inputs, (publicSignals + 1) * G1_BYTES),
    coefficients,
    a: section(ZKEY_SECTION.a, wires * G1_BYTES),
    b1: section(ZKEY_SECTION.b1, wires * G1_BYTES),
    b2: section(ZKEY_SECTION.b2, wires * G2_BYTES),
    c: section(ZKEY_SECTION.c, (wires - publicSignals - 1) * G1_BYTES),
    h: section(ZKEY_SECTION.h, domain * G1_BYTES),
  }
}

/** The header's section. */
export function zkeyHeader(key: ZkeyHeader): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  const view = viewOf(header)
  view.setUint32(0, ELEMENT_BYTES, true)
  setElement(view, 4, CURVE_FIELD_ORDER)
  view.setUint32(4 + ELEMENT_BYTES, ELEMENT_BYTES, true)
  setElement(view, 8 + ELEMENT_BYTES, FIELD_ORDER)
  ;[key.wires, key.publicSignals, key.domain].forEach((count, i) => {
    view.setUint32(COUNTS_OFFSET + 4 * i, count, true)
  })
  let position = POINTS_OFFSET
  for (const point of [key.alpha1, key.beta1, key.beta2, key.gamma2, key.delta1, key.delta2]) {
    header.set(point, position)
    position += point.length
  }
  return header
}

function readHeader(header: Uint8Array, name: string): ZkeyHeader {
  const view = viewOf(header)
  if (!isField(view, 0, CURVE_FIELD_ORDER) || !isField(view, 4 + ELEMENT_BYTES, FIELD_ORDER)) {
    throw damaged(name, 'not a key over BN254')
  }
  let position = POINTS_OFFSET
  const take = (length: number): Uint8Array => {
    position += length
    return header.subarray(position - length, position)
  }
  return {
    wires: view.getUint32(COUNTS_OFFSET, true),
    publicSignals: view.getUint32(COUNTS_OFFSET + 4, true),
    domain: view.getUint32(COUNTS_OFFSET + 8, true),
    alpha1: take(G1_BYTES),
    beta1: take(G1_BYTES),
    beta2: take(G2_BYTES),
    gamma2: take(G2_BYTES),
    delta1: take(G1_BYTES),
    delta2: take(G2_BYTES),
  }
}
