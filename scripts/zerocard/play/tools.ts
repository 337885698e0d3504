import { createProver } from '../../../client/prover.ts'
import { spawnHelper } from '../sum-helper.ts'
import type { Prover } from '../../../client/prover.ts'
import type { ProofVerifier } from '../../../core/groth16.ts'
import { createPairingVerifier } from '../../../server/pairing.ts'
import type { Artifacts } from '../artifacts.ts'
import type { Stage } from '../demo/stage.ts'

/** What all wallets of the demo use. */
export interface Tools {
  readonly stage: Stage
  readonly artifacts: Artifacts
  readonly prover: Prover
  readonly verifyProof: ProofVerifier
}

export async function createTools(stage: Stage, artifacts: Artifacts): Promise<Tools> {
  const verifyProof = await createPairingVerifier()
  return { stage, artifacts, prover: createProver(artifacts.source, { spawnHelper }), verifyProof }
}
