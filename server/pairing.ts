import mcl from 'mcl-wasm'
import { FIELD_ORDER, integerFromBytes } from '../core/field.ts'
import { assertSignals } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { VerificationKey } from '../core/groth16-key.ts'
import { combination, fr, prepareKey, readProof, startEngine } from './pairing-points.ts'
import type { G1, GT, PreparedKey, ProofPoints } from './pairing-points.ts'

// Groth16 verification for servers, over mcl (https://github.com/herumi/mcl) in WebAssembly:
// several times faster than the portable engine of core/groth16.ts, and independent of it.

/** A proof with what it is to be judged against. */
export interface SubmittedProof {
  readonly key: VerificationKey
  readonly publicSignals: readonly bigint[]
  readonly proof: string
}

/** Judges many proofs at once; the verdicts come in the order of the proofs. */
export type BatchVerifier = (submitted: readonly SubmittedProof[]) => boolean[]

/** Bytes of a coefficient: a check of a batch with a bad proof succeeds once in 2^128 times. */
const COEFFICIENT_BYTES = 16

/**
 * Starts mcl.
 *
 * @returns A verifier with the verdicts of `verifyGroth16`: false for every malformed proof,
 *   `TypeError` for public signals that are not the caller's best.
 */
export async function createPairingVerifier(): Promise<ProofVerifier> {
  await startEngine()
  return (key, publicSignals, proof) => {
    assertSignals(key, publicSignals)
    const points = readProof(proof)
    return points !== undefined && satisfiesEquation(prepareKey(key), publicSignals, points)
  }
}

/**
 * Starts mcl.
 *
 * Proofs under the same key are checked together: the equation of each is raised to a random
 * coefficient, and the product of all is checked. A batch that fails is halved until the bad proofs
 * are found, so none of them makes another fail. Every bad proof passes with probability at most
 * 2^-128 in each of the at most log2 n + 1 sets it is checked in; a valid one always passes.
 *
 * This rests on coefficients that nobody can foresee. They are drawn when all proofs of the batch
 * are at hand, and never used for another batch: who knew them could add errors to two proofs that
 * cancel each other.
 *
 * For n proofs of which k are bad there are at most 1 + k log2 n checks, and never more than n. The
 * Miller loops of the proofs are kept, so a flood of bad proofs costs about a fifth more than checking
 * each by itself.
 *
 * @returns A verifier with the verdicts of {@link createPairingVerifier} for every single proof. A
 *   `TypeError` for anyone's public signals comes before any proof is judged.
 */
export async function createBatchVerifier(): Promise<BatchVerifier> {
  await startEngine()
  return (submitted) => {
    for (const { key, publicSignals } of submitted) assertSignals(key, publicSignals)
    const candidates = submitted.map(({ key, publicSignals, proof }) => {
      const points = readProof(proof)
      return points === undefined ? undefined : { key: prepareKey(key), publicSignals, points }
    })
    const wellFormed = candidates.filter((candidate) => candidate !== undefined)
    const batches = Map.groupBy(wellFormed, ({ key }) => key)
    const valid = new Set(Array.from(batches, ([key, batch]) => validAmong(key, batch)).flat())
    return candidates.map((candidate) => candidate !== undefined && valid.has(candidate))
  }
}

interface Candidate {
  readonly publicSignals: readonly bigint[]
  readonly points: ProofPoints
}

/** What a proof contributes to the equation of a batch: its own, raised to its coefficient. */
interface Term {
  readonly candidate: Candidate
  /** Scalars of the key's input points. */
  readonly inputs: readonly bigint[]
  /** Miller loop of -A and B. */
  readonly loop: GT
  readonly c: G1
}

function validAmong(key: PreparedKey, batch: readonly Candidate[]): Candidate[] {
  const [first] = batch
  if (first !== undefined && batch.length === 1) {
    return satisfiesEquation(key, first.publicSignals, first.points) ? [first] : []
  }
  const terms = batch.map(randomTerm)
  return withoutBad(key, terms, residue(key, terms)).map(({ candidate }) => candidate)
}

function randomTerm(candidate: Candidate): Term {
  const { a, b, c } = candidate.points
  const coefficient = randomCoefficient()
  const scalar = fr(coefficient)
  return {
    candidate,
    inputs: [1n, ...candidate.publicSignals].map((signal) => coefficient * signal),
    loop: mcl.millerLoop(mcl.neg(mcl.mul(a, scalar)), b),
    c: mcl.mul(c, scalar),
  }
}

function randomCoefficient(): bigint {
  const value = integerFromBytes(crypto.getRandomValues(new Uint8Array(COEFFICIENT_BYTES)))
  return value === 0n ? randomCoefficient() : value
}

/**
 * Residues are multiplicative, so that of the right half follows from the other two. The halves can
 * keep the coefficients: these are as random for every part of the batch as for the whole.
 */
function withoutBad(key: PreparedKey, terms: readonly Term[], product: GT): readonly Term[] {
  if (product.isOne()) return terms
  if (terms.length === 1) return []
  const left = terms.slice(0, terms.length / 2)
  const right = terms.slice(left.length)
  const leftProduct = residue(key, left)
  const rightProduct = mcl.mul(product, mcl.inv(leftProduct))
  return [...withoutBad(key, left, leftProduct), ...withoutBad(key, right, rightProduct)]
}

/** Right side over left side of the product of the terms' equations: 1 if all of them hold. */
function residue(key: PreparedKey, terms: readonly Term[]): GT {
  const inputs = key.inputs.map(
    (_, i) => terms.reduce((sum, term) => sum + (term.inputs[i] ?? 0n), 0n) % FIELD_ORDER,
  )
  const c = terms.map((term) => term.c).reduce((left, right) => mcl.add(left, right))
  const loops = [
    ...terms.map(({ loop }) => loop),
    mcl.precomputedMillerLoop(combination(key.inputs, inputs), key.gamma),
    mcl.precomputedMillerLoop(c, key.delta),
  ]
  // The constant 1 has the first input point, so the scalar of that is the sum of coefficients.
  return mcl.mul(finish(loops), mcl.pow(key.alphaBeta, fr(inputs[0] ?? 0n)))
}

/** e(A, B) = e(alpha, beta) e(X, gamma) e(C, delta), with X the combination of the public signals. */
function satisfiesEquation(
  key: PreparedKey,
  signals: readonly bigint[],
  { a, b, c }: ProofPoints,
): boolean {
  const x = mcl.add(key.inputs[0] as G1, combination(key.inputs.slice(1), signals))
  const loops = [
    mcl.millerLoop(mcl.neg(a), b),
    mcl.precomputedMillerLoop(x, key.gamma),
    mcl.precomputedMillerLoop(c, key.delta),
  ]
  return mcl.mul(finish(loops), key.alphaBeta).isOne()
}

/** The pairings' product. */
function finish(loops: readonly GT[]): GT {
  return mcl.finalExp(loops.reduce((left, right) => mcl.mul(left, right)))
}
