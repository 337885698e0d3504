import { createHash } from 'node:crypto'
import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import { FIELD_ORDER } from '../../core/field.ts'
import {
  damaged,
  ELEMENT_BYTES,
  getElement,
  readSections,
  requireSection,
  setElement,
  viewOf,
  writeSections,
} from './binary.ts'

// snarkjs' format of Groth16 proving keys. Points are affine, little-endian, in Montgomery form;
// the identity is all zeros.

const G1_BYTES = 64
const G2_BYTES = 128
const GROTH16 = 1

/** Section numbers of the format. */
const SECTION = {
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

/** Bytes of the hash of the circuit at the start of the last section. */
const CIRCUIT_HASH_BYTES = 64

/** Its SHA-512 stands where other keys have the hash of their circuit. */
const DEVELOPMENT_TEXT =
  'zerocard development key: not secure, its trapdoor is public and anybody can forge proofs'

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

/** A whole key. What the lists hold is told at `SetupScalars`, whose multiples they are. */
export interface Zkey extends ZkeyHeader {
  readonly inputs: Uint8Array
  readonly coefficients: Uint8Array
  readonly a: Uint8Array
  readonly b1: Uint8Array
  readonly b2: Uint8Array
  readonly c: Uint8Array
  readonly h: Uint8Array
}

/** Writes a development key: without contributions, and recognised by {@link isDevelopmentZkey}. */
export function writeDevelopmentZkey(key: Zkey): Uint8Array<ArrayBuffer> {
  const contributions = new Uint8Array(CIRCUIT_HASH_BYTES + 4)
  contributions.set(developmentHash())
  return writeSections('zkey', [
    [SECTION.protocol, Uint8Array.of(GROTH16, 0, 0, 0)],
    [SECTION.header, writeHeader(key)],
    [SECTION.inputs, key.inputs],
    [SECTION.coefficients, key.coefficients],
    [SECTION.a, key.a],
    [SECTION.b1, key.b1],
    [SECTION.b2, key.b2],
    [SECTION.c, key.c],
    [SECTION.h, key.h],
    [SECTION.contributions, contributions],
  ])
}

/**
 * Reads the header and the points of the public signals, and checks that all lists have the length
 * that the header says.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for a damaged file, another protocol or curve.
 */
export function readZkey(bytes: Uint8Array, name = 'zkey'): ZkeyHeader & { inputs: Uint8Array } {
  const sections = readSections(bytes, 'zkey', name)
  const protocol = requireSection(sections, SECTION.protocol, name, 4)
  if (viewOf(protocol).getUint32(0, true) !== GROTH16) throw damaged(name, 'not a Groth16 key')
  const header = readHeader(requireSection(sections, SECTION.header, name, HEADER_BYTES), name)
  const { wires, publicSignals, domain } = header
  const lists = [
    [SECTION.a, wires * G1_BYTES],
    [SECTION.b1, wires * G1_BYTES],
    [SECTION.b2, wires * G2_BYTES],
    [SECTION.c, (wires - publicSignals - 1) * G1_BYTES],
    [SECTION.h, domain * G1_BYTES],
  ] as const
  for (const [id, length] of lists) requireSection(sections, id, name, length)
  requireSection(sections, SECTION.coefficients, name)
  const inputs = requireSection(sections, SECTION.inputs, name, (publicSignals + 1) * G1_BYTES)
  return { ...header, inputs }
}

/**
 * True for a key made by this build, also after somebody's contribution to it: who knows tau,
 * alpha and beta needs no delta to forge.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if the bytes are no key.
 */
export function isDevelopmentZkey(bytes: Uint8Array, name = 'zkey'): boolean {
  const section = requireSection(readSections(bytes, 'zkey', name), SECTION.contributions, name)
  if (section.length < CIRCUIT_HASH_BYTES + 4) throw damaged(name, 'the last section is cut short')
  return developmentHash().equals(section.subarray(0, CIRCUIT_HASH_BYTES))
}

function writeHeader(key: Zkey): Uint8Array {
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
  const fields = [getElement(view, 4), getElement(view, 8 + ELEMENT_BYTES)]
  if (fields[0] !== CURVE_FIELD_ORDER || fields[1] !== FIELD_ORDER) {
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

function developmentHash(): Buffer {
  return createHash('sha512').update(DEVELOPMENT_TEXT).digest()
}
