import { readFileSync } from 'node:fs'
import type { CircuitName } from '../../client/prover.ts'
import { parseVerificationKey } from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'

// The public development keys, as `npm run build` makes them.

/** In the form of snarkjs, without what follows from the rest. */
export function keyJson(circuit: CircuitName): Record<string, unknown> {
  const url = new URL(`../../artifacts/${circuit}/${circuit}.vkey.json`, import.meta.url)
  const { vk_alphabeta_12: _, ...key } = JSON.parse(readFileSync(url, 'utf8')) as Record<
    string,
    unknown
  >
  return key
}

const known = new Map<CircuitName, VerificationKey>()

/** The same, read. */
export function vectorKey(circuit: CircuitName): VerificationKey {
  const key = known.get(circuit) ?? parseVerificationKey(keyJson(circuit))
  known.set(circuit, key)
  return key
}
