import { reduce } from '../../../core/field.ts'
import { Deduction } from '../soundness/deduction.ts'
import { sourceNetwork } from '../soundness/network.ts'
import type { Network } from '../soundness/network.ts'
import type { System, Wire } from '../soundness/engine.ts'

/** What constraints say to some inputs. */
export interface Deduced {
  /** `refused`: no witness. `accepted`: one. `open`: something is left undetermined. */
  readonly verdict: 'refused' | 'accepted' | 'open'
  /** What is known of the wires; all of them if the inputs are accepted. */
  readonly values: ReadonlyMap<Wire, bigint>
}

/** Assumptions for one list of inputs; honest circuits need a few, and what takes more is open. */
const MAX_ASSUMPTIONS = 500

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
  const network = isSimplified ? system.network : sourceNetworkOf(system)
  const deduction = new Deduction(network, isSimplified)
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
  const deduction = new Deduction(sourceNetworkOf(system), false)
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

const networks = new WeakMap<System, Network>()

function sourceNetworkOf(system: System): Network {
  const network = networks.get(system) ?? sourceNetwork(system.r1cs)
  networks.set(system, network)
  return network
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
  let budget = MAX_ASSUMPTIONS
  while (deduction.run()) {
    const choice = deduction.isComplete ? undefined : decidedChoice(deduction, budget)
    if (choice === undefined) return true
    if (choice.values === undefined) return false
    assume(deduction, choice.wires, choice.values)
    budget = choice.budget
  }
  return false
}

interface DecidedChoice {
  readonly wires: readonly Wire[]
  /** Absent if nothing is possible. */
  readonly values?: readonly bigint[]
  /** What is left of the assumptions. */
  readonly budget: number
}

/** A choice with one possibility at most that contradicts nothing. */
function decidedChoice(deduction: Deduction, budget: number): DecidedChoice | undefined {
  let left = budget
  for (const { wires, possibilities } of deduction.choices()) {
    if (wires.length < 2) continue
    left -= possibilities.length
    if (left < 0) return undefined
    const alive = possibilities.filter((values) => isPossible(deduction, wires, values))
    const [only, other] = alive
    if (only === undefined) return { wires, budget: left }
    if (other === undefined) return { wires, values: only, budget: left }
  }
  return undefined
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
