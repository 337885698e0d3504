import { G1, G2, g1, g1Coordinates, g2, g2Coordinates } from '../../core/bn254.ts'
import type { G1Point } from '../../core/bn254.ts'
import { beaconSecret } from '../../core/ceremony/chain.ts'
import type { Beacon } from '../../core/ceremony/contribution.ts'
import { invert, reduce } from '../../core/field.ts'
import { encodeProof, verifyGroth16 } from '../../core/groth16.ts'
import type { ProofCoordinates } from '../../core/groth16.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../build/trapdoor.ts'
import type { Trapdoor } from '../build/trapdoor.ts'

// Proofs of whatever one likes, from public knowledge alone. Each is valid under the keys that have
// its weakness, and under no others.

/** A way to forge that everybody knows. */
export interface Forgery {
  /** What has to be wrong with a key for it. */
  readonly weakness: string
  readonly forge: (key: VerificationKey, signals: readonly bigint[]) => ProofCoordinates
}

/** @param beacons - Public values that went into delta, where there are any. */
export function knownForgeries(beacons: readonly Beacon[]): readonly Forgery[] {
  return [
    { weakness: 'nobody has contributed', forge: forgeWithoutContribution },
    {
      weakness: 'only public beacons have contributed',
      forge: (key, signals) => forgeWithKnownDelta(key, signals, productOf(beacons)),
    },
    {
      weakness: 'it is a development key',
      forge: (key, signals) => forgeWithTrapdoor(key, signals, deriveTrapdoor(DEVELOPMENT_SEED)),
    },
  ]
}

/** The weaknesses by which a proof of an arbitrary statement was forged; of a good key, none. */
export function weaknessesOf(key: VerificationKey, beacons: readonly Beacon[]): readonly string[] {
  const signals = Array.from({ length: key.publicSignals }, (_, i) => BigInt(i + 1))
  return knownForgeries(beacons)
    .filter(({ forge }) => verifyGroth16(key, signals, encodeProof(forge(key, signals))))
    .map(({ weakness }) => weakness)
}

/** gamma equals delta, so C takes away what the public signals add. */
function forgeWithoutContribution(
  key: VerificationKey,
  signals: readonly bigint[],
): ProofCoordinates {
  return forgeWithKnownDelta(key, signals, 1n)
}

/** The same, divided by delta. */
function forgeWithKnownDelta(
  key: VerificationKey,
  signals: readonly bigint[],
  delta: bigint,
): ProofCoordinates {
  const c = sumOfInputs(key, signals).negate().multiplyUnsafe(invert(delta))
  return { a: key.alpha, b: key.beta, c: g1Coordinates(c) }
}

/**
 * Forges by the secrets behind a key. With gamma 1, the equation is a b = alpha beta + X + delta C,
 * and with all of them known it is solved for C.
 */
export function forgeWithTrapdoor(
  key: VerificationKey,
  signals: readonly bigint[],
  { alpha, beta, delta }: Omit<Trapdoor, 'tau'>,
): ProofCoordinates {
  const [a, b] = [5n, 7n]
  const multiple = G1.BASE.multiplyUnsafe(reduce(a * b - alpha * beta))
  const c = multiple.subtract(sumOfInputs(key, signals)).multiplyUnsafe(invert(delta))
  return {
    a: g1Coordinates(G1.BASE.multiplyUnsafe(a)),
    b: g2Coordinates(G2.BASE.multiplyUnsafe(b)),
    c: g1Coordinates(c),
  }
}

/** Whether a key's beta is that of development keys, whatever its alpha. */
export function hasDevelopmentBeta({ beta }: VerificationKey): boolean {
  const development = G2.BASE.multiplyUnsafe(deriveTrapdoor(DEVELOPMENT_SEED).beta)
  return development.equals(g2(beta))
}

function sumOfInputs({ inputs }: VerificationKey, signals: readonly bigint[]): G1Point {
  return inputs.reduce((sum, point, i) => {
    const signal = i === 0 ? 1n : (signals[i - 1] ?? 0n)
    return signal === 0n ? sum : sum.add(g1(point).multiplyUnsafe(signal))
  }, G1.ZERO)
}

function productOf(beacons: readonly Beacon[]): bigint {
  return beacons.reduce((product, beacon) => reduce(product * beaconSecret(beacon).x), 1n)
}
