import { reduce } from '../../../core/field.ts'
import { Deduction } from './deduction.ts'
import { findSolutions, resolveChoices } from './settle.ts'
import type { System, Wire } from './system.ts'

/** A value in the place of an input, and what became of it. */
export interface Probe {
  readonly wire: Wire
  readonly value: bigint
  /** A witness with this value and all other inputs as they were; absent if none was found. */
  readonly witness?: readonly bigint[]
  /** True if it is proven that there is none. */
  readonly isRefuted: boolean
}

/**
 * Puts values in the place of single inputs, and computes everything else anew.
 *
 * @param inputs - Values of all inputs, of an honest witness.
 */
export function probeDomains(
  system: System,
  inputs: ReadonlyMap<Wire, bigint>,
  probes: readonly { readonly wire: Wire; readonly value: bigint }[],
): Probe[] {
  return [...Map.groupBy(probes, ({ wire }) => wire)].flatMap(([wire, group]) => {
    const deduction = new Deduction(system.network)
    for (const [other, value] of inputs) if (other !== wire) deduction.set(other, reduce(value))
    deduction.run()
    // The inputs are honest ones: only the probed value can contradict them.
    return group.map(({ value }) => probe(system, deduction, wire, reduce(value)))
  })
}

function probe(system: System, deduction: Deduction, wire: Wire, value: bigint): Probe {
  const mark = deduction.mark
  deduction.set(wire, value)
  const isPossible = resolveChoices(deduction)
  const { found, isExhaustive } = isPossible
    ? findSolutions(deduction, 1)
    : { found: [], isExhaustive: true }
  deduction.undo(mark)
  const witness = found[0]?.slice(0, system.r1cs.wires)
  return witness === undefined
    ? { wire, value, isRefuted: isExhaustive }
    : { wire, value, witness, isRefuted: false }
}
