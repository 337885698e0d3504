import { FIELD_ORDER } from '../../../core/field.ts'
import type { Combination, Constraint, R1cs } from './r1cs.ts'

/** Indexes of the constraints that do not hold for a witness. */
export function violations(
  { constraints }: Pick<R1cs, 'constraints'>,
  witness: readonly bigint[],
): number[] {
  const broken: number[] = []
  constraints.forEach((constraint, i) => {
    if (isBroken(constraint, witness)) broken.push(i)
  })
  return broken
}

function isBroken([a, b, c]: Constraint, witness: readonly bigint[]): boolean {
  // Most constraints of a build without optimisation are linear.
  const isLinear = a.wires.length === 0 || b.wires.length === 0
  const product = isLinear ? 0n : valueOf(a, witness) * valueOf(b, witness)
  return (product - valueOf(c, witness)) % FIELD_ORDER !== 0n
}

function valueOf({ wires, coefficients }: Combination, witness: readonly bigint[]): bigint {
  let sum = 0n
  for (let i = 0; i < wires.length; i++) {
    sum += (coefficients[i] ?? 0n) * (witness[wires[i] ?? 0] ?? 0n)
  }
  return sum
}
