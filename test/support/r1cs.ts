import { readFileSync } from 'node:fs'
import { FIELD_ORDER } from '../../core/field.ts'

// Rank-1 constraints straight from circom's file, for tests that try to cheat a circuit.
// Format: https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md

/** Pairs of wire and coefficient; coefficients lie around 0, which keeps products short. */
export type Combination = readonly (readonly [wire: number, coefficient: bigint])[]

export interface R1cs {
  readonly wires: number
  /** Public outputs come first among the wires after the constant 1, then the inputs, public ones first. */
  readonly outputs: number
  readonly publicInputs: number
  readonly privateInputs: number
  readonly constraints: readonly (readonly [a: Combination, b: Combination, c: Combination])[]
}

export function readR1cs(file: string): R1cs {
  return parseR1cs(readFileSync(file))
}

export function parseR1cs(bytes: Buffer): R1cs {
  const sections = sectionOffsets(bytes)
  const header = sections.get(1) as number
  const fieldBytes = bytes.readUInt32LE(header)
  const count = bytes.readUInt32LE(header + 4 + fieldBytes + 24)
  let at = sections.get(2) as number

  const combination = (): Combination => {
    const length = bytes.readUInt32LE(at)
    at += 4
    return Array.from({ length }, () => {
      const wire = bytes.readUInt32LE(at)
      const coefficient = centred(littleEndian(bytes, at + 4))
      at += 4 + fieldBytes
      return [wire, coefficient] as const
    })
  }
  const sizes = header + 4 + fieldBytes
  return {
    wires: bytes.readUInt32LE(sizes),
    outputs: bytes.readUInt32LE(sizes + 4),
    publicInputs: bytes.readUInt32LE(sizes + 8),
    privateInputs: bytes.readUInt32LE(sizes + 12),
    constraints: Array.from(
      { length: count },
      () => [combination(), combination(), combination()] as const,
    ),
  }
}

/** Indexes of the constraints that do not hold for a witness. */
export function brokenConstraints(r1cs: R1cs, witness: readonly bigint[]): number[] {
  const value = (terms: Combination): bigint => {
    let sum = 0n
    for (const [wire, coefficient] of terms) sum += coefficient * (witness[wire] as bigint)
    return sum
  }
  const isBroken = ([a, b, c]: R1cs['constraints'][number]): boolean => {
    // Most constraints of a build without optimisation are linear.
    const product = a.length === 0 || b.length === 0 ? 0n : value(a) * value(b)
    return (product - value(c)) % FIELD_ORDER !== 0n
  }
  return [...r1cs.constraints.keys()].filter((i) => isBroken(r1cs.constraints[i]!))
}

function sectionOffsets(bytes: Buffer): Map<number, number> {
  const offsets = new Map<number, number>()
  let at = 12
  for (let i = 0; i < bytes.readUInt32LE(8); i++) {
    offsets.set(bytes.readUInt32LE(at), at + 12)
    at += 12 + Number(bytes.readBigUInt64LE(at + 4))
  }
  return offsets
}

function centred(value: bigint): bigint {
  return value > FIELD_ORDER / 2n ? value - FIELD_ORDER : value
}

function littleEndian(bytes: Buffer, at: number): bigint {
  let value = 0n
  for (let i = 3; i >= 0; i--) value = (value << 64n) | bytes.readBigUInt64LE(at + 8 * i)
  return value
}
