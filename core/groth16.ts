import { Fp, Fp2, G1, G2, assertPoint, g1, g2, pairsToOne } from './bn254.ts'
import type { G1Point, G2Point } from './bn254.ts'
import { ZerocardError } from './errors.ts'
import { FIELD_ORDER } from './field.ts'
import { fromBase64url, toBase64url } from './bytes.ts'
import type { VerificationKey } from './groth16-key.ts'

// Groth16 over BN254 (Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016).
// Points are checked here, always: on the curve, in the subgroup, not the identity.

/** Affine coordinates as snarkjs prints them: decimals in `pi_a`, `pi_b` (c0 first) and `pi_c`. */
export interface ProofCoordinates {
  readonly a: readonly [bigint, bigint]
  readonly b: readonly [readonly [bigint, bigint], readonly [bigint, bigint]]
  readonly c: readonly [bigint, bigint]
}

/** A proof whose three points have been checked. Only {@link decodeProof} makes one. */
export interface Proof {
  readonly a: G1Point
  readonly b: G2Point
  readonly c: G1Point
}

/** How a proof is judged against a key; the server and the browser may use different engines. */
export type ProofVerifier = (
  key: VerificationKey,
  publicSignals: readonly bigint[],
  proof: string,
) => boolean | Promise<boolean>

/** Bytes of a compressed proof: A and C 32 each, B 64. */
export const PROOF_BYTES = 128

/** Set in the first byte of a point whose y is the odd one of the two roots; q has 254 bits. */
const ODD_Y = 0x80
/** Bits of the first byte that belong to the x coordinate. */
const X_BITS = 0x3f

/**
 * Checks a Groth16 proof.
 *
 * @param key - A verification key from `parseVerificationKey`; whether to trust it is decided elsewhere.
 * @param publicSignals - As many field elements as the key has public signals, in circuit order.
 * @param proof - Compressed, base64url, see {@link encodeProof}.
 * @returns Whether the pairing equation holds. Malformed proofs are `false`, never an exception.
 * @throws TypeError if the signals are not canonical or not as many as the key wants: the caller
 *   builds them from its own state, so that is its own bug.
 */
export function verifyGroth16(
  key: VerificationKey,
  publicSignals: readonly bigint[],
  proof: string,
): boolean {
  assertSignals(key, publicSignals)
  let points: Proof
  try {
    points = decodeProof(proof)
  } catch (error) {
    if (error instanceof ZerocardError) return false
    throw error
  }
  return pairsToOne(
    [
      { g1: points.a.negate(), g2: points.b },
      { g1: g1(key.alpha), g2: g2(key.beta) },
      { g1: combinedInputs(key, publicSignals), g2: g2(key.gamma) },
      { g1: points.c, g2: g2(key.delta) },
    ].filter((pair) => !pair.g1.is0()),
  )
}

/** @throws TypeError if there are not exactly as many canonical signals as the key wants. */
export function assertSignals(key: VerificationKey, publicSignals: readonly bigint[]): void {
  if (publicSignals.length !== key.publicSignals) {
    throw new TypeError(
      `expected ${String(key.publicSignals)} public signals, got ${String(publicSignals.length)}`,
    )
  }
  for (const signal of publicSignals) {
    if (signal < 0n || signal >= FIELD_ORDER)
      throw new TypeError('a public signal is not canonical')
  }
}

/**
 * Compresses a proof to 128 bytes: per point the x coordinate, big-endian (for B the imaginary
 * part first), with one bit that tells whether y (for B its real part) is odd.
 *
 * @throws ZerocardError with `PROOF_INVALID` if a point is off its curve or the identity.
 */
export function encodeProof(coordinates: ProofCoordinates): string {
  const { a, b, c } = coordinates
  const points = { a: g1(a), b: g2(b), c: g1(c) }
  assertPoints(points)
  const bytes = new Uint8Array(PROOF_BYTES)
  bytes.set(Fp.toBytes(a[0]), 0)
  bytes.set(Fp.toBytes(b[0][1]), 32)
  bytes.set(Fp.toBytes(b[0][0]), 64)
  bytes.set(Fp.toBytes(c[0]), 96)
  const mark = (offset: number, isOdd: boolean): void => {
    if (isOdd) bytes[offset] = (bytes[offset] ?? 0) | ODD_Y
  }
  mark(0, isOdd(a[1]))
  mark(32, isOddPair(b[1]))
  mark(96, isOdd(c[1]))
  return toBase64url(bytes)
}

/**
 * Decompresses and checks a proof.
 *
 * @throws ZerocardError with `PROOF_INVALID` if it is not 128 bytes of canonical coordinates of
 *   points on the curves, in the subgroups of order r, none of them the identity.
 */
export function decodeProof(text: string): Proof {
  const bytes = proofBytes(text)
  const points = {
    a: decodeG1(bytes.subarray(0, 32)),
    b: decodeG2(bytes.subarray(32, 96)),
    c: decodeG1(bytes.subarray(96, 128)),
  }
  assertPoints(points)
  return points
}

function proofBytes(text: string): Uint8Array {
  try {
    const bytes = fromBase64url(text)
    if (bytes.length === PROOF_BYTES) return bytes
  } catch (cause) {
    throw invalid('not base64url', cause)
  }
  throw invalid(`not ${String(PROOF_BYTES)} bytes`)
}

function assertPoints(points: Proof): void {
  try {
    for (const point of [points.a, points.b, points.c]) assertPoint(point)
  } catch (cause) {
    throw invalid('a point that is not one', cause)
  }
}

function decodeG1(bytes: Uint8Array): G1Point {
  const x = coordinate(bytes, true)
  const y = root(() => Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), G1.CURVE().b)))
  return G1.fromAffine({ x, y: wantsOdd(bytes) === isOdd(y) ? y : Fp.neg(y) })
}

function decodeG2(bytes: Uint8Array): G2Point {
  const x = Fp2.fromBigTuple([
    coordinate(bytes.subarray(32), false),
    coordinate(bytes.subarray(0, 32), true),
  ])
  const y = root(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), G2.CURVE().b)))
  return G2.fromAffine({ x, y: wantsOdd(bytes) === isOddPair([y.c0, y.c1]) ? y : Fp2.neg(y) })
}

function root<T>(compute: () => T): T {
  try {
    return compute()
  } catch (cause) {
    throw invalid('a point off the curve', cause)
  }
}

function coordinate(bytes: Uint8Array, hasFlag: boolean): bigint {
  const copy = bytes.slice(0, 32)
  const first = copy[0] ?? 0
  if ((first & ~(hasFlag ? ODD_Y | X_BITS : X_BITS)) !== 0) throw invalid('an unknown flag')
  copy[0] = first & X_BITS
  let value = 0n
  for (const byte of copy) value = (value << 8n) | BigInt(byte)
  if (value >= Fp.ORDER) throw invalid('a coordinate that is not canonical')
  return value
}

const wantsOdd = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & ODD_Y) !== 0
const isOdd = (y: bigint): boolean => (y & 1n) === 1n
const isOddPair = ([c0, c1]: readonly [bigint, bigint]): boolean =>
  c0 === 0n ? isOdd(c1) : isOdd(c0)

function combinedInputs(key: VerificationKey, signals: readonly bigint[]): G1Point {
  return signals.reduce(
    (sum, signal, i) => {
      const base = key.inputs[i + 1]
      return signal === 0n || base === undefined ? sum : sum.add(g1(base).multiplyUnsafe(signal))
    },
    g1(key.inputs[0] as readonly [bigint, bigint]),
  )
}

function invalid(what: string, cause?: unknown): ZerocardError {
  return new ZerocardError('PROOF_INVALID', `the proof is or contains ${what}`, { cause })
}
