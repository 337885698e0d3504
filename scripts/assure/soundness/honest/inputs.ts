import { enrolmentInputs } from '../../../../client/witness.ts'
import type { CircuitInputs } from '../../../../client/witness.ts'
import { holderCommitment } from '../../../../core/enrolment.ts'
import { CIRCUIT_SHAPES } from '../../../../core/shapes.ts'
import { createChance } from './chance.ts'
import type { Chance } from './chance.ts'
import { personInputs } from './people.ts'
import { edgeInputs } from './statements.ts'

/**
 * Inputs that the circuit must accept; other seeds give others. Half of them are of people and
 * policies of the examples, half of them at the edges of every domain.
 *
 * @param circuit - `enrolment`, `eligibility-1` or `eligibility-3`.
 */
export function honestInputs(circuit: string, seed: number): CircuitInputs {
  const shape = CIRCUIT_SHAPES.find(({ name }) => name === circuit)
  if (shape === undefined) return enrolling(createChance(seed))
  return seed % 2 === 0 ? edgeInputs(shape, seed) : personInputs(shape, seed)
}

function enrolling(chance: Chance): CircuitInputs {
  const element = (): bigint => (chance.chance(0.8) ? chance.field() : chance.pick([0n, 1n]))
  const [secret, blinding] = [element(), element()]
  return enrolmentInputs({
    secret,
    blinding,
    commitment: holderCommitment(secret, blinding),
    issuerScope: element(),
    nonce: element(),
  })
}
