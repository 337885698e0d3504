import { mcl, multiply } from './engine.ts'
import type { G1, GT } from './engine.ts'
import { inputSum } from './prepared-key.ts'
import type { PreparedKey } from './prepared-key.ts'
import type { ProofPoints } from './proof-points.ts'

/** A well-formed proof with what it is to be judged against. */
export interface Candidate {
  readonly key: PreparedKey
  readonly publicSignals: readonly bigint[]
  readonly points: ProofPoints
}

/** e(A, B) = e(alpha, beta) e(X, gamma) e(C, delta), with X the public signals' combination. */
export function satisfiesEquation({ key, publicSignals, points }: Candidate): boolean {
  const x = inputSum(key, [1n, ...publicSignals])
  const loops = [mcl.millerLoop(mcl.neg(points.a), points.b), keyLoops(key, x, points.c)]
  return mcl.mul(mcl.finalExp(multiply(loops)), key.alphaBeta).isOne()
}

/** Miller loops of X and gamma, and of C and delta, multiplied. X or C may be zero. */
export function keyLoops({ gamma, delta }: PreparedKey, x: G1, c: G1): GT {
  return mcl.precomputedMillerLoop2(x, gamma, c, delta)
}
