import { G1_BYTES, G2_BYTES } from '../../core/iden3/zkey.ts'
import type { KeyPoints } from '../../core/iden3/zkey.ts'
import type { Multiplier } from './multiplier.ts'
import { parseR1cs } from './r1cs.ts'
import { evaluateSetup, share } from './setup.ts'
import type { Trapdoor } from './trapdoor.ts'
import { writeDevelopmentZkey } from './zkey.ts'

/**
 * Makes the proving key of a circuit directly from a trapdoor. Equal constraints and trapdoors give
 * equal bytes, whatever the machine and the number of threads.
 *
 * @param r1cs - The circuit's `.r1cs` file.
 * @param name - What that file is, for messages.
 * @returns A `.zkey` file that snarkjs proves with.
 * @throws ZerocardError with `ARTIFACT_INVALID` if the constraints are damaged.
 */
export async function makeDevelopmentKey(
  r1cs: Uint8Array,
  trapdoor: Trapdoor,
  multiplier: Multiplier,
  name = 'r1cs',
): Promise<Uint8Array<ArrayBuffer>> {
  const circuit = parseR1cs(r1cs, name)
  const scalars = evaluateSetup(circuit, trapdoor)
  const [b2, points, a, b1, c, h, inputs] = await Promise.all([
    multiplier.multiply('g2', scalars.b),
    keyPoints(trapdoor, multiplier),
    multiplier.multiply('g1', scalars.a),
    multiplier.multiply('g1', scalars.b),
    multiplier.multiply('g1', scalars.c),
    multiplier.multiply('g1', scalars.h),
    multiplier.multiply('g1', scalars.inputs),
  ])
  const { wires, publicSignals } = circuit
  const { domain, coefficients } = scalars
  const counts = { wires, publicSignals, domain }
  return writeDevelopmentZkey({ ...counts, ...points, inputs, coefficients, a, b1, b2, c, h })
}

async function keyPoints(trapdoor: Trapdoor, multiplier: Multiplier): Promise<KeyPoints> {
  const { alpha, beta, delta } = trapdoor
  const gamma = 1n
  const [g1, g2] = await Promise.all([
    multiplier.multiply('g1', share([alpha, beta, delta])),
    multiplier.multiply('g2', share([beta, gamma, delta])),
  ])
  const nth = (points: Uint8Array, size: number, i: number): Uint8Array =>
    points.subarray(i * size, (i + 1) * size)
  return {
    alpha1: nth(g1, G1_BYTES, 0),
    beta1: nth(g1, G1_BYTES, 1),
    delta1: nth(g1, G1_BYTES, 2),
    beta2: nth(g2, G2_BYTES, 0),
    gamma2: nth(g2, G2_BYTES, 1),
    delta2: nth(g2, G2_BYTES, 2),
  }
}
