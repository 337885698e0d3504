import { randomBytes } from 'node:crypto'
import { bn254 } from '@noble/curves/bn254.js'
import { FIELD_ORDER, integerFromBytes, invert, reduce } from '../../../core/field.ts'
import { encodeProof } from '../../../core/groth16.ts'
import type { G1Coordinates, VerificationKey } from '../../../core/groth16-key.ts'
import { pseudonym } from '../../../core/pseudonym.ts'
import type { CircuitName, Prover } from '../../../client/prover.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { keys } from '../../../test/support/tools.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../build/trapdoor.ts'

// Proofs without a witness, in a hundredth of the time. In an honest Groth16 proof A and B are
// uniform and C is the one point that makes the equation hold, whatever the witness is: that is its
// zero knowledge. Here A and B are drawn uniformly and C is computed from the trapdoor that everybody
// knows of development keys, so the proofs have the same distribution, and verifiers accept them.

const G1 = bn254.G1.Point
const G2 = bn254.G2.Point
type G1Point = InstanceType<typeof G1>

/** Bits of one step of the tables of multiples. */
const WINDOW = 6

const trapdoor = deriveTrapdoor(DEVELOPMENT_SEED)
const inverseOfDelta = invert(trapdoor.delta)

/** The scalars behind the points A and B of a proof. */
export interface ProofRandomness {
  readonly a: bigint
  readonly b: bigint
}

/** @param randomness - Drawn anew for each proof, unless somebody wants to see what happens if not. */
export function trapdoorProver(randomness: () => ProofRandomness = freshRandomness): Prover {
  return {
    prove: (circuit, inputs) => {
      const publicSignals = signalsOf(circuit, inputs)
      const proof = forge(keys[circuit].key, publicSignals, randomness())
      return Promise.resolve({ proof, publicSignals })
    },
  }
}

export function freshRandomness(): ProofRandomness {
  return { a: randomScalar(), b: randomScalar() }
}

function randomScalar(): bigint {
  const scalar = integerFromBytes(randomBytes(48)) % FIELD_ORDER
  return scalar === 0n ? randomScalar() : scalar
}

/** Public inputs in the order of circuits/main; the output comes first. */
const PUBLIC_INPUTS = [
  ...['asOf', 'schemas', 'trustRoots', 'operandWord', 'weightWord', 'formulaWord', 'constants'],
  ...['lookupRoots', 'scope', 'limit', 'presenter'],
]

function signalsOf(circuit: CircuitName, inputs: CircuitInputs): bigint[] {
  const value = (name: string): readonly bigint[] => [inputs[name] ?? []].flat()
  const one = (name: string): bigint => value(name)[0] ?? 0n
  if (circuit === 'enrolment') {
    const tag = pseudonym(one('secret'), 0n, one('issuerScope'), 0n)
    return [tag, one('commitment'), one('issuerScope'), one('nonce')]
  }
  // The audit's policies name people, not credentials: the number that would be mixed in is 0.
  const name = pseudonym(one('secret'), 0n, one('scope'), one('use'))
  return [name, ...PUBLIC_INPUTS.flatMap(value)]
}

function forge(
  key: VerificationKey,
  signals: readonly bigint[],
  { a, b }: ProofRandomness,
): string {
  // gamma is 1, so the equation is a b = alpha beta + X + delta C.
  const { g1, g2 } = tablesOnce()
  const product = reduce((a * b - trapdoor.alpha * trapdoor.beta) * inverseOfDelta)
  const c = g1.multiply(product).subtract(publicPart(key, signals)).toAffine()
  const pointA = g1.multiply(a).toAffine()
  const pointB = g2.multiply(b).toAffine()
  return encodeProof({
    a: [pointA.x, pointA.y],
    b: [
      [pointB.x.c0, pointB.x.c1],
      [pointB.y.c0, pointB.y.c1],
    ],
    c: [c.x, c.y],
  })
}

/** Points of a key over delta, each with the multiples that were asked for last. */
const inputPoints = new Map<G1Coordinates, InputPoint>()
/** Most signals are the same for a whole day. */
const MAX_MULTIPLES = 500

interface InputPoint {
  readonly point: G1Point
  readonly multiples: Map<bigint, G1Point>
}

/** X over delta. */
function publicPart(key: VerificationKey, signals: readonly bigint[]): G1Point {
  return [1n, ...signals].reduce((sum, signal, i) => {
    const coordinates = key.inputs[i]
    if (coordinates === undefined) throw new TypeError('more signals than the key has')
    return signal === 0n ? sum : sum.add(multipleOf(coordinates, signal))
  }, G1.ZERO)
}

function multipleOf(coordinates: G1Coordinates, signal: bigint): G1Point {
  const { point, multiples } = inputPoints.get(coordinates) ?? inputPoint(coordinates)
  const known = multiples.get(signal) ?? point.multiply(signal)
  if (multiples.size > MAX_MULTIPLES) multiples.clear()
  multiples.set(signal, known)
  return known
}

function inputPoint(coordinates: G1Coordinates): InputPoint {
  const [x, y] = coordinates
  const point = G1.fromAffine({ x, y }).multiplyUnsafe(inverseOfDelta).precompute(WINDOW)
  const made = { point, multiples: new Map<bigint, G1Point>() }
  inputPoints.set(coordinates, made)
  return made
}

let tables: { readonly g1: G1Point; readonly g2: InstanceType<typeof G2> } | undefined

function tablesOnce(): NonNullable<typeof tables> {
  tables ??= { g1: G1.BASE.precompute(WINDOW), g2: G2.BASE.precompute(WINDOW) }
  return tables
}
