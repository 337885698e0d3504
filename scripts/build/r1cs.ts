import { FIELD_ORDER } from '../../core/field.ts'
import {
  damaged,
  ELEMENT_BYTES,
  getElement,
  isField,
  readSections,
  requireSection,
  viewOf,
} from '../../core/iden3/sections.ts'

const HEADER = 1
const CONSTRAINTS = 2
/** Sections that describe PLONK gates; Groth16 has none. */
const CUSTOM_GATES = [4, 5]
const HEADER_BYTES = 64
const TERM_BYTES = 4 + ELEMENT_BYTES

/** A constraint says: (sum over matrix A) * (sum over B) = (sum over C). */
export type Matrix = 0 | 1 | 2

/** The constraints of a circuit, as circom writes them. */
export interface R1cs {
  /** Wires, with the constant 1 as wire 0, then outputs, public inputs, and the private ones. */
  readonly wires: number
  /** Outputs and public inputs: wires 1 to `publicSignals`. */
  readonly publicSignals: number
  readonly constraints: number
  readonly name: string
  readonly terms: Uint8Array
}

/**
 * Reads an `.r1cs` file over the BN254 scalar field. Its terms are read by {@link forEachTerm}.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for a damaged file or another field.
 */
export function parseR1cs(bytes: Uint8Array, name = 'r1cs'): R1cs {
  const sections = readSections(bytes, 'r1cs', name)
  if (CUSTOM_GATES.some((id) => (sections.get(id)?.length ?? 0) > 4)) {
    throw damaged(name, 'custom gates are not supported')
  }
  const header = viewOf(requireSection(sections, HEADER, name, HEADER_BYTES))
  if (!isField(header, 0, FIELD_ORDER)) {
    throw damaged(name, 'not over the BN254 scalar field')
  }
  const wires = header.getUint32(36, true)
  const publicSignals = header.getUint32(40, true) + header.getUint32(44, true)
  if (publicSignals >= wires) throw damaged(name, 'more public signals than wires')
  const constraints = header.getUint32(60, true)
  const terms = requireSection(sections, CONSTRAINTS, name)
  return { wires, publicSignals, constraints, name, terms }
}

/**
 * Visits every term `coefficient * wire` in the order of the file.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` for a wire that does not exist, a coefficient
 *   outside the field and terms that are cut short.
 */
export function forEachTerm(
  { constraints, wires, name, terms }: R1cs,
  visit: (constraint: number, matrix: Matrix, wire: number, coefficient: bigint) => void,
): void {
  const view = viewOf(terms)
  let position = 0
  const readCount = (): number => {
    if (position + 4 > terms.length) throw damaged(name, 'constraints are cut short')
    const count = view.getUint32(position, true)
    position += 4
    if (position + count * TERM_BYTES > terms.length) {
      throw damaged(name, 'constraints are cut short')
    }
    return count
  }
  for (let constraint = 0; constraint < constraints; constraint++) {
    for (const matrix of MATRICES) {
      for (let left = readCount(); left > 0; left--) {
        const wire = view.getUint32(position, true)
        const coefficient = getElement(view, position + 4)
        if (wire >= wires) throw damaged(name, `no wire ${String(wire)}`)
        if (coefficient >= FIELD_ORDER) throw damaged(name, 'a coefficient is outside the field')
        visit(constraint, matrix, wire, coefficient)
        position += TERM_BYTES
      }
    }
  }
  if (position !== terms.length) throw damaged(name, 'more terms than constraints')
}

const MATRICES: readonly Matrix[] = [0, 1, 2]
