import { reduce } from '../../../core/field.ts'
import { Deduction } from '../soundness/deduction.ts'
import type { System, Wire } from '../soundness/engine.ts'

/** What constraints say to some inputs. */
export interface Deduced {
  /** `refused`: no witness. `accepted`: one. `open`: something is left undetermined. */
  readonly verdict: 'refused' | 'accepted' | 'open'
  /** What is known of the wires; all of them if the inputs are accepted. */
  readonly values: ReadonlyMap<Wire, bigint>
}

/** Helper of circomlib's `IsZero`: any value will do where zero is compared. */
const ZERO_HELPER = /(^|[.])inv$/

/**
 * Carries inputs through the constraints; of several ways to write digits, those that fit.
 *
 * @param isSimplified - True for a system that the compiler has optimised.
 */
export function deduce(
  system: System,
  inputs: ReadonlyMap<Wire, bigint>,
  isSimplified = false,
): Deduced {
  const deduction = new Deduction(system.network, isSimplified)
  for (const [wire, value] of inputs) deduction.set(wire, reduce(value))
  if (!settle(deduction)) return { verdict: 'refused', values: new Map() }
  for (const wire of deduction.unknown) {
    const isHelper = wire < system.r1cs.wires && ZERO_HELPER.test(system.nameOf(wire))
    if (isHelper && deduction.isFree(wire)) deduction.set(wire, 0n)
  }
  if (!settle(deduction)) return { verdict: 'refused', values: new Map() }
  const verdict = deduction.isComplete ? 'accepted' : 'open'
  return { verdict, values: knownTo(deduction, system) }
}

/**
 * A witness that is one of two: some number can be written in two ways, each of which determines
 * everything else.
 *
 * @param values - What is known.
 */
export function readTwice(
  system: System,
  values: ReadonlyMap<Wire, bigint>,
): ReadonlyMap<Wire, bigint> | undefined {
  const deduction = new Deduction(system.network, false)
  for (const [wire, value] of values) deduction.set(wire, value)
  if (!deduction.run()) return undefined
  for (const { wires, possibilities } of deduction.choices()) {
    if (wires.length < 2) continue
    const { mark } = deduction
    const whole = possibilities.flatMap((reading) => {
      assume(deduction, wires, reading)
      const found = deduction.run() && deduction.isComplete ? [knownTo(deduction, system)] : []
      deduction.undo(mark)
      return found
    })
    if (whole.length > 1) return whole[0]
  }
  return undefined
}

function knownTo(deduction: Deduction, system: System): Map<Wire, bigint> {
  const values = new Map<Wire, bigint>()
  deduction.values.slice(0, system.r1cs.wires).forEach((value, wire) => {
    if (value !== undefined) values.set(wire, value)
  })
  return values
}

/** @returns false if a constraint cannot hold. */
function settle(deduction: Deduction): boolean {
  if (!deduction.run()) return false
  if (deduction.isComplete) return true
  for (const { wires, possibilities } of deduction.choices()) {
    if (wires.length < 2) continue
    const alive = possibilities.filter((values) => isPossible(deduction, wires, values))
    const [only, other] = alive
    if (only === undefined) return false
    if (other !== undefined) continue
    assume(deduction, wires, only)
    return settle(deduction)
  }
  return true
}

function isPossible(
  deduction: Deduction,
  wires: readonly Wire[],
  values: readonly bigint[],
): boolean {
  const { mark } = deduction
  assume(deduction, wires, values)
  const holds = deduction.run()
  deduction.undo(mark)
  return holds
}

function assume(deduction: Deduction, wires: readonly Wire[], values: readonly bigint[]): void {
  wires.forEach((wire, i) => deduction.set(wire, values[i] ?? 0n))
}
