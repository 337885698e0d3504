import { reduce } from '../../../core/field.ts'
import { Deduction } from './deduction.ts'
import { findSolutions, resolveChoices } from './settle.ts'
import type { System, Wire } from './system.ts'

/** What is known of the witnesses that go with some inputs. */
export interface SecondWitnessSearch {
  /** One that satisfies all constraints; absent if none was found. */
  readonly witness?: readonly bigint[]
  /** True if it is proven that there is none. */
  readonly isRefuted: boolean
  /** Wires that the inputs do not determine. */
  readonly undetermined: readonly Wire[]
  /** The undetermined ones but for the helpers of comparisons with zero, where zero is compared. */
  readonly unexplained: readonly Wire[]
  /** Another witness, different from the first in a wire that nothing explains. */
  readonly second?: readonly bigint[]
}

/** circomlib's `IsZero` multiplies its helper with what it compares, and so with 0. */
export const ZERO_HELPER = /(^|[.])inv$/

/**
 * Looks for two witnesses with the same inputs. What follows from the inputs is deduced, with every
 * reading of every decomposition; what is left is tried.
 *
 * @param inputs - All inputs, or a part of them if a prover may choose the others too.
 * @param honest - The witness of the circuit's own program, for comparison.
 */
export function searchSecondWitness(
  system: System,
  inputs: ReadonlyMap<Wire, bigint>,
  honest?: readonly bigint[],
): SecondWitnessSearch {
  const deduction = new Deduction(system.network)
  for (const [wire, value] of inputs) deduction.set(wire, reduce(value))
  if (!resolveChoices(deduction)) return { isRefuted: true, undetermined: [], unexplained: [] }
  const undetermined = deduction.unknown.filter((wire) => wire < system.r1cs.wires)
  const unexplained = undetermined.filter(
    (wire) => !ZERO_HELPER.test(system.nameOf(wire)) || !deduction.isFree(wire),
  )
  for (const wire of undetermined) {
    if (!unexplained.includes(wire)) deduction.set(wire, honest?.[wire] ?? 0n)
  }
  const { found, isExhaustive } = findSolutions(deduction, 2, honest)
  const own = found.map((values) => values.slice(0, system.r1cs.wires))
  const [witness] = own
  const second = own.find((other) => differs(other, honest ?? witness))
  return {
    ...(witness === undefined ? {} : { witness }),
    ...(second === undefined ? {} : { second }),
    isRefuted: witness === undefined && isExhaustive,
    undetermined,
    unexplained,
  }
}

function differs(one: readonly bigint[], other: readonly bigint[] | undefined): boolean {
  return other !== undefined && one.some((value, wire) => value !== other[wire])
}
