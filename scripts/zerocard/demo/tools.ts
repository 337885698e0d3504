import type { ProofVerifier } from '../../../core/groth16.ts'
import type { Schema } from '../../../core/schema.ts'
import { createProver } from '../../../client/prover.ts'
import { spawnHelper } from '../sum-helper.ts'
import type { Prover } from '../../../client/prover.ts'
import { createPairingVerifier } from '../../../server/pairing.ts'
import type { Artifacts } from '../artifacts.ts'
import type { Stage } from './stage.ts'

/** What everybody uses. */
export interface Tools {
  readonly stage: Stage
  readonly artifacts: Artifacts
  readonly prover: Prover
  readonly verifyProof: ProofVerifier
  readonly schemas: ReadonlyMap<string, Schema>
  /** Seconds since 1970-01-01 UTC; scenes move it. */
  readonly clock: { now: number }
}

export async function createTools(
  stage: Stage,
  artifacts: Artifacts,
  schemas: ReadonlyMap<string, Schema>,
  now: number,
): Promise<Tools> {
  const verifyProof = await createPairingVerifier()
  const prover = createProver(artifacts.source, { spawnHelper })
  return { stage, artifacts, prover, verifyProof, schemas, clock: { now } }
}
