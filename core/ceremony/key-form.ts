import { G1, G2, assertPoint, g1, g1Coordinates, g2, g2Coordinates } from '../bn254.ts'
import { ZerocardError } from '../errors.ts'
import { isDevelopmentKey } from '../groth16-key.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../groth16-key.ts'

const G1_GENERATOR = g1Coordinates(G1.BASE)
const G2_GENERATOR = g2Coordinates(G2.BASE)

/**
 * Checks what can be seen of a verification key alone, for a key that comes from a ceremony.
 *
 * @throws ZerocardError with `KEY_FORGEABLE` for a key under which anybody can forge: a development
 *   key, or one with a generator where a secret multiple belongs; `KEY_INVALID` for one that no
 *   ceremony makes.
 */
export function assertKeyForm(key: VerificationKey): void {
  if (isDevelopmentKey(key)) throw forgeable('it is a development key')
  if (isEqual(key.delta, key.gamma)) throw forgeable('nobody has contributed to it: delta is gamma')
  if (isEqual(key.delta, G2_GENERATOR)) throw forgeable('delta is the generator')
  if (isEqual(key.alpha, G1_GENERATOR)) throw forgeable('alpha is the generator')
  if (isEqual(key.beta, G2_GENERATOR)) throw forgeable('beta is the generator')
  if (!isEqual(key.gamma, G2_GENERATOR)) throw invalid('gamma is not the generator')
  if (key.inputs.length !== key.publicSignals + 1) throw invalid('IC has another length')
  assertPoints(key)
  if (new Set(key.inputs.map((point) => point.join())).size !== key.inputs.length) {
    throw invalid('two points of IC are equal')
  }
}

function assertPoints({ alpha, beta, gamma, delta, inputs }: VerificationKey): void {
  const points = [
    ...[alpha, ...inputs].map((point) => () => g1(point)),
    ...[beta, gamma, delta].map((point) => () => g2(point)),
  ]
  for (const point of points) {
    try {
      assertPoint(point())
    } catch (cause) {
      throw invalid('a point is the identity or outside its group', cause)
    }
  }
}

function isEqual(a: G1Coordinates | G2Coordinates, b: G1Coordinates | G2Coordinates): boolean {
  return a.flat().join() === b.flat().join()
}

function forgeable(reason: string): ZerocardError {
  return new ZerocardError('KEY_FORGEABLE', `anybody can forge proofs under this key: ${reason}`)
}

function invalid(reason: string, cause?: unknown): ZerocardError {
  return new ZerocardError('KEY_INVALID', `no ceremony makes such a key: ${reason}`, { cause })
}
