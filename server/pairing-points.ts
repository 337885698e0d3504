import mcl from 'mcl-wasm'
import { fromBase64url } from '../core/bytes.ts'
import { ZerocardError } from '../core/errors.ts'
import { PROOF_BYTES } from '../core/groth16.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../core/groth16-key.ts'

// mcl (https://github.com/herumi/mcl) in WebAssembly, and what it computes with, checked.

export type G1 = InstanceType<typeof mcl.G1>
export type G2 = InstanceType<typeof mcl.G2>
export type GT = InstanceType<typeof mcl.GT>
type Fr = InstanceType<typeof mcl.Fr>

export interface ProofPoints {
  readonly a: G1
  readonly b: G2
  readonly c: G1
}

/** A key with everything computed that does not depend on the proof. */
export interface PreparedKey {
  readonly alphaBeta: GT
  readonly gamma: InstanceType<typeof mcl.PrecomputedG2>
  readonly delta: InstanceType<typeof mcl.PrecomputedG2>
  /** The point of the constant 1, then one for each public signal. */
  readonly inputs: readonly G1[]
}

let engine: Promise<void> | undefined

/** Once per process: starting again would give mcl a new memory, without the prepared keys. */
export function startEngine(): Promise<void> {
  engine ??= mcl.init(mcl.BN_SNARK1).then(() => {
    // Deserialising would check the subgroup as well; it is checked once, visibly, in readProof.
    mcl.verifyOrderG1(false)
    mcl.verifyOrderG2(false)
  })
  return engine
}

/** The points of a proof: canonical, on the curves, in the subgroup, none the identity. */
export function readProof(text: string): ProofPoints | undefined {
  try {
    const bytes = fromBase64url(text)
    if (bytes.length !== PROOF_BYTES) return undefined
    const points = {
      a: readPoint(new mcl.G1(), bytes.subarray(0, 32)),
      b: readPoint(new mcl.G2(), bytes.subarray(32, 96)),
      c: readPoint(new mcl.G1(), bytes.subarray(96, 128)),
    }
    const isSound = (point: G1 | G2): boolean =>
      // G1 has prime order: a point of that curve other than zero is in the group.
      !point.isZero() && point.isValid() && (point instanceof mcl.G1 || point.isValidOrder())
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

const preparedKeys = new WeakMap<VerificationKey, PreparedKey>()

export function prepareKey(key: VerificationKey): PreparedKey {
  const known = preparedKeys.get(key)
  if (known !== undefined) return known
  const prepared = {
    alphaBeta: mcl.pairing(g1(key.alpha), g2(key.beta)),
    gamma: new mcl.PrecomputedG2(g2(key.gamma)),
    delta: new mcl.PrecomputedG2(g2(key.delta)),
    inputs: key.inputs.map(g1),
  }
  preparedKeys.set(key, prepared)
  return prepared
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

/** The sum of the points, each times its scalar. */
export function combination(points: readonly G1[], scalars: readonly bigint[]): G1 {
  return mcl.mulVec([...points], scalars.map(fr))
}

export function fr(value: bigint): Fr {
  const scalar = new mcl.Fr()
  scalar.setStr(value.toString(), 10)
  return scalar
}
