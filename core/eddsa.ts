import { babyjubjub } from '@noble/curves/misc.js'
import { concatBytes, utf8 } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { FIELD_ORDER, fieldToBytes, integerFromBytes, isField } from './field.ts'
import { hmacSha512, poseidon } from './hash.ts'

/** A point of BabyJubJub (ERC-2494) in affine twisted Edwards coordinates, both in the field. */
export interface Point {
  readonly x: bigint
  readonly y: bigint
}

/** EdDSA-Poseidon, as circomlib's `EdDSAPoseidonVerifier` checks it. */
export interface Signature {
  readonly r8: Point
  readonly s: bigint
}

/** Order of the prime-order subgroup, which circomlib's `Base8` generates. */
export const SUBGROUP_ORDER =
  2736030358979909402780800718157159386076813972158567259200215660948447373041n

/** The curve is A x^2 + y^2 = 1 + D x^2 y^2 (ERC-2494). */
const A = 168_700n
const D = 168_696n

const PRIVATE_KEY_BYTES = 32

const { Point: CurvePoint } = babyjubjub
type CurvePoint = InstanceType<typeof CurvePoint>

/** 32 random bytes of the platform's generator. */
export function generatePrivateKey(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(PRIVATE_KEY_BYTES))
}

/** The public key of 32 private bytes; the same bytes always give the same key. */
export function publicKeyOf(privateKey: Uint8Array): Point {
  return CurvePoint.BASE.multiply(secretScalar(privateKey)).toAffine()
}

/**
 * Signs a field element. Deterministic: the nonce is a keyed hash of the message, so a weak random
 * generator cannot repeat one, which would give the key away.
 *
 * The key and the nonce pass only through `multiply`, which does the same additions for every
 * scalar; integers of the platform are not constant-time, so no more than that is claimed. The faster
 * arithmetic that sets and proofs are made with depends on its values and is kept away from here.
 */
export function signPoseidon(privateKey: Uint8Array, message: bigint): Signature {
  const scalar = secretScalar(privateKey)
  const publicKey = CurvePoint.BASE.multiply(scalar).toAffine()
  const nonce = hashToScalar('zerocard/eddsa/nonce/1', privateKey, fieldToBytes(message))
  const r8 = CurvePoint.BASE.multiply(nonce).toAffine()
  const challenge = challengeOf(r8, publicKey, message)
  return { r8, s: (nonce + 8n * challenge * scalar) % SUBGROUP_ORDER }
}

/**
 * True exactly if circomlib's circuit accepts: s is below l, and s * Base8 = R8 + h * 8A with
 * h = Poseidon(R8x, R8y, Ax, Ay, message), where 8A is not the identity. R8 has to be on the curve
 * as well, which that circuit leaves open.
 *
 * A key with a low-order part passes, as it does in the circuit: keys are checked once, where they
 * come in, with {@link assertPublicKey}.
 */
export function verifyPoseidon(publicKey: Point, message: bigint, signature: Signature): boolean {
  const { r8, s } = signature
  if (!isField(message) || s < 0n || s >= SUBGROUP_ORDER) return false
  const key = curvePoint(publicKey)?.clearCofactor()
  const commitment = curvePoint(r8)
  if (!key || !commitment || key.is0()) return false
  const challenge = challengeOf(r8, publicKey, message) % SUBGROUP_ORDER
  const right = commitment.add(key.multiplyUnsafe(challenge))
  return CurvePoint.BASE.multiplyUnsafe(s).equals(right)
}

/**
 * Checks a key before anything is trusted under it: canonical coordinates, on the curve, in the
 * prime-order subgroup, not the identity. Under other keys signatures can be forged.
 *
 * @throws ZerocardError with `KEY_INVALID`.
 */
export function assertPublicKey(point: Point): void {
  const key = curvePoint(point)
  if (!key) throw keyInvalid('not a point of the curve with canonical coordinates')
  if (key.is0()) throw keyInvalid('is the identity')
  if (!key.isTorsionFree()) throw keyInvalid('not in the prime-order subgroup')
}

/** Undefined for coordinates outside the field or off the curve. */
function curvePoint({ x, y }: Point): CurvePoint | undefined {
  if (!isField(x) || !isField(y)) return undefined
  const [xx, yy] = [x * x, y * y]
  // The library's own check also refuses the identity, which is a valid R8 for the circuit.
  if ((A * xx + yy - 1n - D * xx * yy) % FIELD_ORDER !== 0n) return undefined
  return CurvePoint.fromAffine({ x, y })
}

function challengeOf(r8: Point, publicKey: Point, message: bigint): bigint {
  return poseidon([r8.x, r8.y, publicKey.x, publicKey.y, message])
}

function secretScalar(privateKey: Uint8Array): bigint {
  if (privateKey.length !== PRIVATE_KEY_BYTES) {
    throw new ZerocardError('KEY_INVALID', `a private key has ${String(PRIVATE_KEY_BYTES)} bytes`)
  }
  return hashToScalar('zerocard/eddsa/scalar/1', privateKey, new Uint8Array())
}

/** 512 bits reduced: the bias is below 2^-256. Zero has the probability 2^-251 and is refused by `multiply`. */
function hashToScalar(domain: string, key: Uint8Array, message: Uint8Array): bigint {
  return integerFromBytes(hmacSha512(key, concatBytes(utf8(domain), message))) % SUBGROUP_ORDER
}

function keyInvalid(reason: string): ZerocardError {
  return new ZerocardError('KEY_INVALID', `public key: ${reason}`)
}
