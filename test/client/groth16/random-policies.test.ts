import { beforeAll, describe, expect, test } from 'vitest'
import * as snarkjs from 'snarkjs'
import { ENGINE_KINDS } from '../../../client/groth16/engine.ts'
import { loadGroth16Prover } from '../../../client/groth16/prover.ts'
import type { Groth16Prover } from '../../../client/groth16/prover.ts'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { Dice } from '../../../scripts/assure/policies/dice.ts'
import { randomInputs } from '../../../scripts/assure/policies/whole-circuit.ts'
import { readArtifact } from '../../support/tools.ts'
import { numbersFrom, printed } from './engine-world.ts'

// Proofs of random policies for random people, judged by a verifier that is not ours.

const IS_DEEP = process.env['ZEROCARD_DEEP'] === '1'

const CASES = [
  { circuit: 'eligibility-1' as const, credentials: 1, proofs: IS_DEEP ? 160 : 2 },
  // Other tests prove with this one.
  ...(IS_DEEP ? [{ circuit: 'eligibility-3' as const, credentials: 3, proofs: 40 }] : []),
]

describe.each(CASES)('$circuit', ({ circuit, credentials, proofs }) => {
  const vkey: unknown = JSON.parse(readArtifact(circuit, 'vkey.json').toString())
  let provers: Groth16Prover[]
  let program: WitnessProgram
  beforeAll(async () => {
    const zkey = readArtifact(circuit, 'zkey')
    program = await WitnessProgram.compile(readArtifact(circuit, 'wasm'))
    provers = await Promise.all(
      ENGINE_KINDS.map((kind) => loadGroth16Prover(zkey, undefined, [kind])),
    )
  })

  test('what holds is proven, and snarkjs agrees; what breaks a constraint is not', async () => {
    const next = numbersFrom(proofs)
    let done = 0
    for await (const trial of randomInputs(credentials, new Dice(`proofs/${circuit}`))) {
      if (done === proofs) break
      if (trial.circuit !== circuit) continue
      done += 1
      const prover = provers[done % provers.length]!
      const witness = await program.run(trial.inputs)
      const proves = async (of: Uint32Array): Promise<boolean> => {
        const signals = witnessValues(of).slice(1, 1 + prover.publicSignals)
        return snarkjs.groth16.verify(vkey, signals.map(String), printed(await prover.prove(of)))
      }
      expect(await proves(witness), String(done)).toBe(true)
      if (done % 4 !== 1) continue
      // A private input, which other wires follow from. (Of public ones, some ask another question that
      // the same witness answers.)
      const wire = 1 + prover.publicSignals + Number(next(50n))
      const wrong = witness.slice()
      wrong[8 * wire] = (wrong[8 * wire] ?? 0) ^ 1
      expect(await proves(wrong), `${done}, wire ${wire}`).toBe(false)
    }
  })
})
