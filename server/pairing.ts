import { assertSignals } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { VerificationKey } from '../core/groth16-key.ts'
import { validAmong } from './pairing/batch.ts'
import { systemRandom } from './pairing/coefficients.ts'
import type { RandomBytes } from './pairing/coefficients.ts'
import { startEngine } from './pairing/engine.ts'
import { satisfiesEquation } from './pairing/equation.ts'
import type { Candidate } from './pairing/equation.ts'
import { prepareKey } from './pairing/prepared-key.ts'
import { readProof } from './pairing/proof-points.ts'

// Groth16 verification for servers, over mcl in WebAssembly: several times faster than the portable
// engine of core/groth16.ts, and independent of it.

/** A proof with what it is to be judged against. */
export interface SubmittedProof {
  readonly key: VerificationKey
  readonly publicSignals: readonly bigint[]
  readonly proof: string
}

/** Judges many proofs at once; the verdicts come in the order of the proofs. */
export type BatchVerifier = (submitted: readonly SubmittedProof[]) => boolean[]

/** Proofs that one equation is for: with more, the parts that they share no longer weigh. */
const BATCH_LIMIT = 64

/**
 * Starts mcl.
 *
 * @returns A verifier with the verdicts of `verifyGroth16`: false for every malformed proof,
 *   `TypeError` for public signals that are not the caller's best.
 */
export async function createPairingVerifier(): Promise<ProofVerifier> {
  await startEngine()
  return (key, publicSignals, proof) => {
    const candidate = readCandidate({ key, publicSignals, proof })
    return candidate !== undefined && satisfiesEquation(candidate)
  }
}

/**
 * Starts mcl.
 *
 * Proofs are checked together, from 4 to 64, whatever their keys: the equation of each is raised to
 * a random coefficient, and the product of all is checked. A batch that fails is halved until
 * groups of eight remain, in which each proof is checked by itself, so that none makes another
 * fail. A bad proof passes for at most one in 2^128 - 1 coefficients in each of the at most four
 * products it is checked in; a valid one always passes.
 *
 * This rests on coefficients that nobody can foresee. They are drawn when all proofs of the batch
 * are at hand, and never used for another batch: who knew them could add errors to two proofs that
 * cancel each other.
 *
 * Besides the first there are at most 3 equations for each bad proof and one for each proof in its
 * group; for n proofs never more than n + n / 8. So a flood of bad ones costs less than twice
 * checking each by itself: under one key two fifths more, in small batches under three keys three
 * quarters.
 *
 * @param random - Where coefficients come from; another source than the system's is for tests.
 * @returns A verifier with the verdicts of {@link createPairingVerifier} for every single proof. A
 *   `TypeError` for anyone's public signals comes before any proof is judged.
 */
export async function createBatchVerifier(
  random: RandomBytes = systemRandom,
): Promise<BatchVerifier> {
  await startEngine()
  return (submitted) => {
    const candidates = submitted.map(readCandidate)
    const wellFormed = candidates.filter((candidate) => candidate !== undefined)
    const valid = new Set<Candidate>()
    for (let i = 0; i < wellFormed.length; i += BATCH_LIMIT) {
      const batch = wellFormed.slice(i, i + BATCH_LIMIT)
      for (const candidate of validAmong(batch, random)) valid.add(candidate)
    }
    return candidates.map((candidate) => candidate !== undefined && valid.has(candidate))
  }
}

function readCandidate({ key, publicSignals, proof }: SubmittedProof): Candidate | undefined {
  assertSignals(key, publicSignals)
  const points = readProof(proof)
  return points === undefined ? undefined : { key: prepareKey(key), publicSignals, points }
}
