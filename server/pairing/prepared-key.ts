import { ZerocardError } from '../../core/errors.ts'
import type { G1Coordinates, G2Coordinates, VerificationKey } from '../../core/groth16-key.ts'
import { fr, mcl } from './engine.ts'
import type { G1, G2, GT } from './engine.ts'

type Lines = InstanceType<typeof mcl.PrecomputedG2>

/** A key with everything computed that does not depend on the proof. */
export interface PreparedKey {
  readonly alphaBeta: GT
  readonly gamma: Lines
  readonly delta: Lines
  /** The point of the constant 1, then one for each public signal. */
  readonly inputs: readonly G1[]
}

const preparedKeys = new WeakMap<VerificationKey, PreparedKey>()

/** @throws ZerocardError with `KEY_INVALID` if a point is not in its group. */
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

/** The sum of the key's input points, each times its scalar. */
export function inputSum({ inputs }: PreparedKey, scalars: readonly bigint[]): G1 {
  // A policy leaves many places of its circuit empty, and a zero would cost as much as any other.
  const used = inputs.flatMap((point, i) => {
    const scalar = scalars[i] ?? 0n
    return scalar === 0n ? [] : [{ point, scalar: fr(scalar) }]
  })
  if (used.length === 0) return new mcl.G1()
  return mcl.mulVec(
    used.map(({ point }) => point),
    used.map(({ scalar }) => scalar),
  )
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
