import type { System, Wire } from './system.ts'
import type { WireMutant } from './wire-mutants.ts'

/** Why a wire may be changed alone, although no constraint notices. */
export interface Explanation {
  readonly reason: string
  readonly explains: (mutant: WireMutant, system: System) => boolean
}

/** Reviewed by hand, each with its reason; a survivor that none of them explains is a fault. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    // circomlib, comparators.circom: out = 1 - in * inv and in * out = 0. With in = 0, out is 1.
    reason: 'helper of a comparison with zero, multiplied by the zero that is compared',
    explains: ({ wire }, system) =>
      /(^|[.])(isz|isZero(\[\d+\])?)[.]inv$/.test(system.nameOf(wire)),
  },
  {
    // The verifier sets these from its own policy; with another value it asks something else, which
    // is then also true of this witness: a constant that no comparison selects, a digit of the
    // program that nothing needs, the key -p beside p, of which only the square is constrained.
    // Groth16 binds the value itself, so a proof for one is none for the other.
    reason: 'public input: another question, to which the same witness is an answer as well',
    explains: ({ wire }, system) => isPublicInput(wire, system),
  },
]

/** The reason, or undefined if there is none. */
export function explanationOf(mutant: WireMutant, system: System): string | undefined {
  return EXPLANATIONS.find(({ explains }) => explains(mutant, system))?.reason
}

function isPublicInput(wire: Wire, { r1cs }: System): boolean {
  return wire > r1cs.outputs && wire <= r1cs.outputs + r1cs.publicInputs
}
