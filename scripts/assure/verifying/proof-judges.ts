import { createRequire } from 'node:module'
import { decodeProof } from '../../../core/groth16.ts'
import type { CircuitName } from '../../../client/prover.ts'
import { isProven, readProof } from '../../../test/independent/groth16.ts'
import type { Key } from '../../../test/independent/groth16.ts'
import { Refused, withSlip } from '../../../test/independent/refused.ts'
import type { Slip } from '../../../test/independent/refused.ts'
import { keyJson } from '../../vectors/keys.ts'

// Verifiers of proofs that are not the server's.

/** By the second verifier, on noble-curves. */
export function verdictOf(
  key: Key,
  signals: readonly bigint[],
  proof: string,
  slip?: Slip,
): boolean {
  try {
    return withSlip(slip, () => isProven(key, signals, proof))
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}

/** Whether the second verifier finds three points in it. */
export function hasPoints(proof: string): boolean {
  try {
    readProof(proof)
    return true
  } catch {
    return false
  }
}

interface Groth16 {
  readonly verify: (key: unknown, signals: readonly string[], proof: object) => Promise<boolean>
}

const require = createRequire(import.meta.url)

/** @param text - A proof with three points. */
export async function verdictOfSnarkjs(
  circuit: CircuitName,
  signals: readonly bigint[],
  text: string,
): Promise<boolean> {
  const { groth16 } = require('snarkjs') as { readonly groth16: Groth16 }
  const { a, b, c } = decodeProof(text)
  const [pa, pb, pc] = [a.toAffine(), b.toAffine(), c.toAffine()]
  const proof = {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: [String(pa.x), String(pa.y), '1'],
    pi_b: [
      [String(pb.x.c0), String(pb.x.c1)],
      [String(pb.y.c0), String(pb.y.c1)],
      ['1', '0'],
    ],
    pi_c: [String(pc.x), String(pc.y), '1'],
  }
  return groth16.verify(keyJson(circuit), signals.map(String), proof)
}
