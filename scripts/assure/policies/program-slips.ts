import type { CompiledPolicy } from '../../../core/policy/program.ts'
import { EQUAL } from '../../../core/shapes.ts'
import { BORDER_WORLD, borderTrials } from './borders.ts'
import type { PolicyCircuit } from './policy-circuit.ts'
import { policyInputs, publicProgram } from './statement-inputs.ts'
import { NOTHING } from './tally.ts'
import type { Tally } from './tally.ts'
import { holdsFor } from './trial.ts'
import { encodePerson } from './world.ts'

// Compilers with one slip each: what they make of the policies on the borders is given to the
// circuit in the place of the right program.

export interface ProgramSlip {
  readonly fault: string
  readonly change: (compiled: CompiledPolicy) => CompiledPolicy
}

export const PROGRAM_SLIPS: readonly ProgramSlip[] = [
  {
    fault: 'makes constants one too high',
    change: (compiled) => ({
      ...compiled,
      comparisons: compiled.comparisons.map((comparison) => ({
        ...comparison,
        constant: comparison.constant + 1n,
      })),
    }),
  },
  {
    fault: 'turns equality round',
    change: (compiled) => ({
      ...compiled,
      comparisons: compiled.comparisons.map((comparison) => ({
        ...comparison,
        mask: comparison.mask ^ EQUAL,
      })),
    }),
  },
  {
    fault: 'forgets the last literal of a conjunction',
    change: (compiled) => ({ ...compiled, terms: compiled.terms.map(withoutHighestBit) }),
  },
  {
    fault: 'forgets the signs of weights',
    change: (compiled) => ({
      ...compiled,
      weights: compiled.weights.map(({ attribute, times }) => ({
        attribute,
        times: times < 0n ? -times : times,
      })),
    }),
  },
]

/** How often the circuit and the evaluator disagree because of each slip, up to once. */
export function programSlipsSeen(circuit: PolicyCircuit): Tally {
  const trials = borderTrials()
  const isSeen = ({ change }: ProgramSlip): boolean =>
    trials.some((trial) => {
      if (typeof trial.program === 'string') return false
      const program = publicProgram(change(trial.program.compiled), false)
      return trial.people.some((person) => {
        const inputs = policyInputs(program, encodePerson(BORDER_WORLD, person))
        return circuit.decide(inputs).isAccepted !== holdsFor(trial, person)
      })
    })
  const slips = PROGRAM_SLIPS.map((slip) => [slip.fault, isSeen(slip) ? 1 : 0] as const)
  return { ...NOTHING, slips: Object.fromEntries(slips) }
}

function withoutHighestBit(term: bigint): bigint {
  return term === 0n ? 0n : term - (1n << BigInt(term.toString(2).length - 1))
}
