import { readFileSync } from 'node:fs'
import { FIELD_ORDER } from '../../../core/field.ts'
import { readSections, requireSection, viewOf } from '../../../core/iden3/sections.ts'
import { forEachTerm, parseR1cs as parseFile } from '../../build/r1cs.ts'

/** A linear combination of wires; coefficients lie around 0, which keeps products short. */
export interface Combination {
  readonly wires: readonly number[]
  readonly coefficients: readonly bigint[]
}

/** Holds if (value of a) * (value of b) = (value of c). */
export type Constraint = readonly [a: Combination, b: Combination, c: Combination]

/** A rank-1 constraint system with all its terms. */
export interface R1cs {
  readonly wires: number
  /** Public outputs are wires 1 and following; then come the inputs, public ones first. */
  readonly outputs: number
  readonly publicInputs: number
  readonly privateInputs: number
  readonly constraints: readonly Constraint[]
}

/** @throws ZerocardError with `ARTIFACT_INVALID` for a damaged file. */
export function readR1cs(file: string): R1cs {
  return parseR1cs(readFileSync(file), file)
}

/**
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` for a damaged file or another field.
 */
export function parseR1cs(bytes: Uint8Array, name = 'r1cs'): R1cs {
  const file = parseFile(bytes, name)
  const header = viewOf(requireSection(readSections(bytes, 'r1cs', name), 1, name))
  return {
    wires: file.wires,
    outputs: header.getUint32(40, true),
    publicInputs: header.getUint32(44, true),
    privateInputs: header.getUint32(48, true),
    constraints: collectConstraints(file),
  }
}

interface Terms {
  readonly wires: number[]
  readonly coefficients: bigint[]
}

function collectConstraints(file: ReturnType<typeof parseFile>): Constraint[] {
  const empty = (): Terms => ({ wires: [], coefficients: [] })
  const constraints = Array.from(
    { length: file.constraints },
    () => [empty(), empty(), empty()] as const,
  )
  // Hash functions use the same coefficients again and again.
  const known = new Map<bigint, bigint>()
  forEachTerm(file, (constraint, matrix, wire, coefficient) => {
    const terms = constraints[constraint]?.[matrix]
    const shared = known.get(coefficient) ?? centred(coefficient)
    known.set(coefficient, shared)
    terms?.wires.push(wire)
    terms?.coefficients.push(shared)
  })
  return constraints
}

function centred(value: bigint): bigint {
  return value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value
}
