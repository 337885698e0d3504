import { buildBabyjub, buildEddsa, buildPoseidon } from 'circomlibjs'
import type { Point, Signature } from '../../core/eddsa.ts'

// The second implementation that core/ is compared with. Its verifier does not check keys: see the
// tests of core/eddsa.ts for what that lets through.

const [library, curve, eddsa] = await Promise.all([buildPoseidon(), buildBabyjub(), buildEddsa()])
const field = curve.F

export function otherPoseidon(inputs: readonly bigint[]): bigint {
  return library.F.toObject(library([...inputs]))
}

export function otherPublicKey(privateKey: Uint8Array): Point {
  return toPoint(eddsa.prv2pub(privateKey))
}

export function otherSign(privateKey: Uint8Array, message: bigint): Signature {
  const { R8, S } = eddsa.signPoseidon(privateKey, field.e(message))
  return { r8: toPoint(R8), s: S }
}

export function otherVerify(publicKey: Point, message: bigint, { r8, s }: Signature): boolean {
  return eddsa.verifyPoseidon(field.e(message), { R8: fromPoint(r8), S: s }, fromPoint(publicKey))
}

export const curvePoints = {
  /** Generates the whole group, of order 8 l. */
  generator: toPoint(curve.Generator),
  base8: toPoint(curve.Base8),
  subgroupOrder: curve.subOrder,
}

export function addPoints(a: Point, b: Point): Point {
  return toPoint(curve.addPoint(fromPoint(a), fromPoint(b)))
}

export function multiplyPoint(point: Point, scalar: bigint): Point {
  return toPoint(curve.mulPointEscalar(fromPoint(point), scalar))
}

export function isOnCurve(point: Point): boolean {
  return curve.inCurve(fromPoint(point))
}

function toPoint([x, y]: [Uint8Array, Uint8Array]): Point {
  return { x: field.toObject(x), y: field.toObject(y) }
}

function fromPoint({ x, y }: Point): [Uint8Array, Uint8Array] {
  return [field.e(x), field.e(y)]
}
