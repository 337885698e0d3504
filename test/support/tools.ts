import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createProver } from '../../client/prover.ts'
import type { CircuitName } from '../../client/prover.ts'
import type { CircuitKeys, ProvingTools, RevocationSource } from '../../client/holder.ts'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import type { AcceptedKeys } from '../../core/verify.ts'

// What `npm run build` made, for tests.

const ARTIFACTS = fileURLToPath(new URL('../../artifacts', import.meta.url))

export const CIRCUIT_NAMES: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

export function readArtifact(
  circuit: CircuitName,
  ending: 'wasm' | 'zkey' | 'r1cs' | 'vkey.json',
): Buffer {
  return readFileSync(join(ARTIFACTS, circuit, `${circuit}.${ending}`))
}

export const keys: CircuitKeys = Object.fromEntries(
  CIRCUIT_NAMES.map((circuit) => {
    const key = parseVerificationKey(JSON.parse(readArtifact(circuit, 'vkey.json').toString()))
    return [circuit, { id: verificationKeyId(key), key }]
  }),
) as unknown as CircuitKeys

/** Every development key, accepted for its circuit. */
export const acceptedKeys: AcceptedKeys = new Map(
  Object.entries(keys).map(([circuit, { id, key }]) => [id, { circuit, key }]),
)

export const prover = createProver((circuit) =>
  Promise.resolve({ wasm: readArtifact(circuit, 'wasm'), zkey: readArtifact(circuit, 'zkey') }),
)

export function toolsWith(revocations: RevocationSource): ProvingTools {
  return { prover, keys, revocations }
}
