import { fromBase64url } from '../../core/bytes.ts'
import { PROOF_BYTES } from '../../core/groth16.ts'
import { mcl } from './engine.ts'
import type { G1, G2 } from './engine.ts'
import { isInSubgroup } from './subgroup.ts'

export interface ProofPoints {
  readonly a: G1
  readonly b: G2
  readonly c: G1
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
      !point.isZero() && point.isValid() && (point instanceof mcl.G1 || isInSubgroup(point))
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
