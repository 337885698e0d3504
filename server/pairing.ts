import mcl from 'mcl-wasm'
import { fromBase64url } from '../core/bytes.ts'
import { ZerocardError } from '../core/errors.ts'
import { PROOF_BYTES, assertSignals } from '../core/groth16.ts'
import type { ProofVerifier } from '../core/groth16.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../core/groth16-key.ts'

// Groth16 verification for servers, over mcl (https://github.com/herumi/mcl) in WebAssembly:
// several times faster than the portable engine of core/groth16.ts, and independent of it.

type G1 = InstanceType<typeof mcl.G1>
type G2 = InstanceType<typeof mcl.G2>
type GT = InstanceType<typeof mcl.GT>

/** A key with everything computed that does not depend on the proof. */
interface PreparedKey {
  readonly alphaBeta: GT
  readonly gamma: InstanceType<typeof mcl.PrecomputedG2>
  readonly delta: InstanceType<typeof mcl.PrecomputedG2>
  /** The point of the constant 1, then one for each public signal. */
  readonly inputs: readonly G1[]
}

/**
 * Starts mcl, once per process.
 *
 * @returns A verifier with the verdicts of `verifyGroth16`: false for every malformed proof,
 *   `TypeError` for public signals that are not the caller's best.
 */
export async function createPairingVerifier(): Promise<ProofVerifier> {
  await mcl.init(mcl.BN_SNARK1)
  // Deserialising would check the subgroup as well; it is checked once, visibly, in readProof.
  mcl.verifyOrderG1(false)
  mcl.verifyOrderG2(false)
  const prepared = new WeakMap<VerificationKey, PreparedKey>()
  return (key, publicSignals, proof) => {
    assertSignals(key, publicSignals)
    const points = readProof(proof)
    if (points === undefined) return false
    const ready = prepared.get(key) ?? prepareKey(key)
    prepared.set(key, ready)
    return satisfiesEquation(ready, publicSignals, points)
  }
}

interface ProofPoints {
  readonly a: G1
  readonly b: G2
  readonly c: G1
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
  const product = mcl.mul(
    mcl.finalExp(loops.reduce((left, right) => mcl.mul(left, right))),
    key.alphaBeta,
  )
  return product.isOne()
}

function combination(points: readonly G1[], signals: readonly bigint[]): G1 {
  const scalars = signals.map((signal) => {
    const scalar = new mcl.Fr()
    scalar.setStr(signal.toString(), 10)
    return scalar
  })
  return mcl.mulVec([...points], scalars)
}

/** The points of a proof: canonical, on the curves, in the subgroup, none the identity. */
function readProof(text: string): ProofPoints | undefined {
  try {
    const bytes = fromBase64url(text)
    if (bytes.length !== PROOF_BYTES) return undefined
    const points = {
      a: readPoint(new mcl.G1(), bytes.subarray(0, 32)),
      b: readPoint(new mcl.G2(), bytes.subarray(32, 96)),
      c: readPoint(new mcl.G1(), bytes.subarray(96, 128)),
    }
    const isSound = (point: G1 | G2): boolean =>
      !point.isZero() && point.isValid() && point.isValidOrder()
    return [points.a, points.b, points.c].every(isSound) ? points : undefined
  } catch (error) {
    // mcl reports bytes that are no point with a plain Error, base64url its own.
    if (error instanceof TypeError || error instanceof RangeError) throw error
    return undefined
  }
}

/** mcl's compressed form is the same as ours with the bytes in the opposite order. */
function readPoint<T extends G1 | G2>(point: T, bytes: Uint8Array): T {
  point.deserialize(bytes.slice().reverse())
  return point
}

function prepareKey(key: VerificationKey): PreparedKey {
  return {
    alphaBeta: mcl.pairing(g1(key.alpha), g2(key.beta)),
    gamma: new mcl.PrecomputedG2(g2(key.gamma)),
    delta: new mcl.PrecomputedG2(g2(key.delta)),
    inputs: key.inputs.map(g1),
  }
}

function g1([x, y]: G1Coordinates): G1 {
  const point = new mcl.G1()
  point.setStr(`1 ${String(x)} ${String(y)}`, 10)
  if (!point.isValid()) throw keyInvalid()
  return point
}

function g2([x, y]: G2Coordinates): G2 {
  const point = new mcl.G2()
  point.setStr(`1 ${[...x, ...y].map(String).join(' ')}`, 10)
  if (!point.isValid() || !point.isValidOrder()) throw keyInvalid()
  return point
}

function keyInvalid(): ZerocardError {
  return new ZerocardError('KEY_INVALID', 'the verification key has a point outside its group')
}
