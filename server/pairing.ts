import { assertSignals } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { VerificationKey } from '../core/groth16-key.ts'
import { BatchJudge } from './pairing/batch.ts'
import type { Candidate } from './pairing/batch.ts'
import { systemRandom } from './pairing/coefficients.ts'
import type { RandomBytes } from './pairing/coefficients.ts'
import type { PairingEngine } from './pairing/engine.ts'
import { startFusedEngine } from './pairing/fused/engine.ts'
import { startLibraryEngine } from './pairing/library/engine.ts'

// Groth16 verification for servers, several times faster than the portable engine of
// core/groth16.ts, and independent of it.

/** A proof with what it is to be judged against. */
export interface SubmittedProof {
  readonly key: VerificationKey
  readonly publicSignals: readonly bigint[]
  readonly proof: string
}

/** Judges many proofs at once; the verdicts come in the order of the proofs. */
export type BatchVerifier = (submitted: readonly SubmittedProof[]) => boolean[]

/**
 * `fused`: by fused multiply-add, where WebAssembly has it. `library`: by mcl, everywhere. The faster
 * first.
 */
export const PAIRING_KINDS = ['fused', 'library'] as const
export type PairingKind = (typeof PAIRING_KINDS)[number]

/** Proofs that one equation is for: with more, the parts that they share no longer weigh. */
const BATCH_LIMIT = 64

/**
 * Starts an engine.
 *
 * @param kinds - In the order in which they are tried.
 * @returns A verifier with the verdicts of `verifyGroth16`: false for every malformed proof,
 *   `TypeError` for public signals that are not the caller's best.
 */
export async function createPairingVerifier(
  kinds: readonly PairingKind[] = PAIRING_KINDS,
): Promise<ProofVerifier> {
  // One proof is not raised to a coefficient.
  const judge = await startJudge(kinds, systemRandom)
  return (key, publicSignals, proof) => judge([{ key, publicSignals, proof }])[0] === true
}

/**
 * Starts an engine.
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
 * group; for n proofs never more than n + n / 8.
 *
 * @param random - Where coefficients come from; another source than the system's is for tests.
 * @param kinds - In the order in which they are tried.
 * @returns A verifier with the verdicts of {@link createPairingVerifier} for every single proof. A
 *   `TypeError` for anyone's public signals comes before any proof is judged.
 */
export async function createBatchVerifier(
  random: RandomBytes = systemRandom,
  kinds: readonly PairingKind[] = PAIRING_KINDS,
): Promise<BatchVerifier> {
  return await startJudge(kinds, random)
}

/**
 * Starts an engine.
 *
 * @returns Whether the points of a proof are points of their groups, without any verdict on what it
 *   proves.
 */
export async function createPointReader(
  kinds: readonly PairingKind[] = PAIRING_KINDS,
): Promise<(proof: string) => boolean> {
  const engine = await startFirst(kinds)
  return (proof) => engine.readProofs([proof])[0] !== undefined
}

/**
 * Does now what the first proof under each key would wait for.
 *
 * @throws ZerocardError with `KEY_INVALID` if a point of a key is not in its group.
 */
export async function prepareKeys(
  keys: Iterable<VerificationKey>,
  kinds: readonly PairingKind[] = PAIRING_KINDS,
): Promise<void> {
  const engine = await startFirst(kinds)
  for (const key of keys) engine.prepareKey(key)
}

/** Of an engine nobody has to know what its values are. */
type AnyEngine = PairingEngine<unknown, unknown, unknown>

/** Once per process: engines have memory, and keys that are prepared. */
const started = new Map<PairingKind, Promise<AnyEngine | undefined>>()

const STARTS: Readonly<Record<PairingKind, () => Promise<AnyEngine | undefined>>> = {
  fused: startFusedEngine,
  library: startLibraryEngine,
}

async function startFirst(kinds: readonly PairingKind[]): Promise<AnyEngine> {
  let cause: unknown
  for (const kind of kinds) {
    const start = started.get(kind) ?? STARTS[kind]()
    started.set(kind, start)
    try {
      const engine = await start
      if (engine !== undefined) return engine
    } catch (error) {
      // For want of memory, say: another time it may start.
      started.delete(kind)
      cause = error
    }
  }
  throw new Error('no engine for pairings works here', { cause })
}

async function startJudge(
  kinds: readonly PairingKind[],
  random: RandomBytes,
): Promise<BatchVerifier> {
  const engine = await startFirst(kinds)
  const judge = new BatchJudge(engine, random)
  return (submitted) => {
    for (const { key, publicSignals } of submitted) assertSignals(key, publicSignals)
    const read = engine.readProofs(submitted.map(({ proof }) => proof))
    const candidates = submitted.map(({ key, publicSignals }, i) => {
      const points = read[i]
      if (points === undefined) return undefined
      return { key: engine.prepareKey(key), publicSignals, points }
    })
    const wellFormed = candidates.filter((candidate) => candidate !== undefined)
    const valid = new Set<Candidate<unknown, unknown> | undefined>()
    for (let i = 0; i < wellFormed.length; i += BATCH_LIMIT) {
      for (const one of judge.validAmong(wellFormed.slice(i, i + BATCH_LIMIT))) valid.add(one)
    }
    return candidates.map((candidate) => valid.has(candidate))
  }
}
