import { bn254 } from '@noble/curves/bn254.js'
import { invert, reduce } from '../../core/field.ts'
import { decodeProof, encodeProof } from '../../core/groth16.ts'
import type { Proof } from '../../core/groth16.ts'
import type { G1Coordinates, VerificationKey } from '../../core/groth16-key.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../scripts/build/trapdoor.ts'

// Valid proofs without a witness, in milliseconds: everybody knows the trapdoor of development keys.

const G1 = bn254.G1.Point
const G2 = bn254.G2.Point
type G1Point = InstanceType<typeof G1>

const trapdoor = deriveTrapdoor(DEVELOPMENT_SEED)

/** The one valid proof for `signals` that has the generators' multiples `a` and `b` as A and B. */
export function forgeProof(
  key: VerificationKey,
  signals: readonly bigint[],
  a = 5n,
  b = 7n,
): string {
  // gamma is 1, so the equation is a b = alpha beta + X + delta C.
  const multiple = G1.BASE.multiplyUnsafe(reduce(a * b - trapdoor.alpha * trapdoor.beta))
  const c = multiple.subtract(inputs(key, signals)).multiplyUnsafe(invert(trapdoor.delta))
  return encode({ a: G1.BASE.multiplyUnsafe(a), b: G2.BASE.multiplyUnsafe(b), c })
}

/** Another proof with the same verdict: A divided by `factor` and B multiplied with it. */
export function rerandomise(text: string, factor: bigint): string {
  const { a, b, c } = decodeProof(text)
  return encode({ a: a.multiplyUnsafe(invert(factor)), b: b.multiplyUnsafe(factor), c })
}

/** The proof with `multiple` of the generator added to A: no valid one if it was valid before. */
export function shiftA(text: string, multiple: bigint): string {
  const { a, b, c } = decodeProof(text)
  return encode({ a: a.add(G1.BASE.multiplyUnsafe(reduce(multiple))), b, c })
}

/** The proof with `multiple` of the generator added to B: no valid one if it was valid before. */
export function shiftB(text: string, multiple: bigint): string {
  const { a, b, c } = decodeProof(text)
  return encode({ a, b: b.add(G2.BASE.multiplyUnsafe(reduce(multiple))), c })
}

/** The proof with `multiple` of the generator added to C: no valid one if it was valid before. */
export function shiftC(text: string, multiple: bigint): string {
  const { a, b, c } = decodeProof(text)
  return encode({ a, b, c: c.add(G1.BASE.multiplyUnsafe(reduce(multiple))) })
}

function inputs(key: VerificationKey, signals: readonly bigint[]): G1Point {
  return [1n, ...signals].reduce(
    (sum, signal, i) => sum.add(multiple(key.inputs[i] as G1Coordinates, signal)),
    G1.ZERO,
  )
}

/** Proofs that are made one after another share most of their signals. */
const multiples = new Map<string, G1Point>()
const MAX_MULTIPLES = 4096

function multiple([x, y]: G1Coordinates, factor: bigint): G1Point {
  const name = `${x} ${y} ${factor}`
  const point = multiples.get(name) ?? G1.fromAffine({ x, y }).multiplyUnsafe(factor)
  if (multiples.size >= MAX_MULTIPLES) multiples.clear()
  multiples.set(name, point)
  return point
}

function encode(points: Proof): string {
  const { a, b, c } = { a: points.a.toAffine(), b: points.b.toAffine(), c: points.c.toAffine() }
  return encodeProof({
    a: [a.x, a.y],
    b: [
      [b.x.c0, b.x.c1],
      [b.y.c0, b.y.c1],
    ],
    c: [c.x, c.y],
  })
}
