import type { Json } from '../check.ts'

/** What pieces of the comparison found; sums of them are of the same form. */
export type Tally = {
  /** Times the circuit was asked about a person. */
  readonly evaluations: number
  /** Those that it accepted. */
  readonly accepted: number
  readonly policies: number
  /** Policies by the compiler's code that it refused them with. */
  readonly refused: Readonly<Record<string, number>>
  /** People who differ by one step, and of whom the policy accepts some. */
  readonly borders: number
  /** Witnesses held against all constraints, or forced from the inputs where there is none. */
  readonly checkedWitnesses: number
  readonly forcedRefusals: number
  /** Answers of the circuits with signatures and trust. */
  readonly wholeCircuits: number
  /** Formulas whose truth table was compared. */
  readonly formulas: number
  /** Answers by which each slip showed. */
  readonly slips: Readonly<Record<string, number>>
  readonly faults: readonly string[]
} & Readonly<Record<string, Json>>

export const NOTHING: Tally = {
  evaluations: 0,
  accepted: 0,
  policies: 0,
  refused: {},
  borders: 0,
  checkedWitnesses: 0,
  forcedRefusals: 0,
  wholeCircuits: 0,
  formulas: 0,
  slips: {},
  faults: [],
}

export function sumOf(tallies: readonly Tally[]): Tally {
  return tallies.reduce(plus, NOTHING)
}

function plus(a: Tally, b: Tally): Tally {
  return {
    evaluations: a.evaluations + b.evaluations,
    accepted: a.accepted + b.accepted,
    policies: a.policies + b.policies,
    refused: added(a.refused, b.refused),
    borders: a.borders + b.borders,
    checkedWitnesses: a.checkedWitnesses + b.checkedWitnesses,
    forcedRefusals: a.forcedRefusals + b.forcedRefusals,
    wholeCircuits: a.wholeCircuits + b.wholeCircuits,
    formulas: a.formulas + b.formulas,
    slips: added(a.slips, b.slips),
    faults: [...a.faults, ...b.faults],
  }
}

function added(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}
