import * as z from './zod.ts'
import { concatBytes, toBase64url, utf8 } from './bytes.ts'
import { CURVE_FIELD_ORDER } from './curve.ts'
import { ZerocardError } from './errors.ts'
import { sha256 } from './hash.ts'
import { readWith } from './json.ts'

/** An affine point of G1: x, y. */
export type G1Coordinates = readonly [bigint, bigint]

/** An element of the quadratic extension: c0 + c1*u with u^2 = -1. */
export type Fq2 = readonly [bigint, bigint]

/** An affine point of G2: x, y. */
export type G2Coordinates = readonly [Fq2, Fq2]

/** What a verifier needs to judge proofs of one circuit. None of the points is the identity. */
export interface VerificationKey {
  /** Public signals of the circuit, outputs first. */
  readonly publicSignals: number
  readonly alpha: G1Coordinates
  readonly beta: G2Coordinates
  readonly gamma: G2Coordinates
  readonly delta: G2Coordinates
  /** One point for the constant 1, then one for every public signal. */
  readonly inputs: readonly G1Coordinates[]
}

/** More than any circuit here has; bounds what a hostile key can make us read. */
const MAX_PUBLIC_SIGNALS = 1024

/**
 * alpha in G1 of every development key: it comes from the public seed alone, so it is the same for
 * all circuits, and nobody's later contribution to such a key changes it.
 */
export const DEVELOPMENT_ALPHA: G1Coordinates = [
  4280172381741716329656649506274397874331187732269217543559775378828865427523n,
  8396068456819630487520496572679082559708843752509054988660026940599200515970n,
]

/** Domain of {@link verificationKeyId}. */
const KEY_ID_DOMAIN = 'zerocard/vkey/1'

const DECIMAL = /^(0|[1-9][0-9]{0,76})$/

const coordinate = z.string().check(
  z.regex(DECIMAL, 'expected a canonical decimal'),
  // Also asked when the one before has failed.
  z.refine(
    (text) => DECIMAL.test(text) && BigInt(text) < CURVE_FIELD_ORDER,
    'not below the order of the curve field',
  ),
)
const fq2 = z.tuple([coordinate, coordinate])
const g1 = z.tuple([coordinate, coordinate, z.literal('1')])
const g2 = z.tuple([fq2, fq2, z.tuple([z.literal('1'), z.literal('0')])])

const fileSchema = z.strictObject({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  nPublic: z.int().check(z.minimum(1), z.maximum(MAX_PUBLIC_SIGNALS)),
  vk_alpha_1: g1,
  vk_beta_2: g2,
  vk_gamma_2: g2,
  vk_delta_2: g2,
  // e(alpha, beta), which follows from the two; whoever needs it computes it.
  vk_alphabeta_12: z.optional(z.unknown()),
  IC: z.array(g1).check(z.maxLength(MAX_PUBLIC_SIGNALS + 1)),
})

/**
 * Reads snarkjs' `verification_key.json`, strictly: known members, affine points as canonical
 * decimals, on their curves. Whether the key can be trusted is decided by its id elsewhere.
 *
 * @throws ZerocardError with `KEY_INVALID`, naming the member.
 */
export function parseVerificationKey(json: unknown): VerificationKey {
  const file = readWith(fileSchema, json, 'KEY_INVALID', 'verification key')
  if (file.IC.length !== file.nPublic + 1) {
    throw invalid(`IC: expected ${String(file.nPublic + 1)} points, got ${String(file.IC.length)}`)
  }
  return {
    publicSignals: file.nPublic,
    alpha: readG1(file.vk_alpha_1, 'vk_alpha_1'),
    beta: readG2(file.vk_beta_2, 'vk_beta_2'),
    gamma: readG2(file.vk_gamma_2, 'vk_gamma_2'),
    delta: readG2(file.vk_delta_2, 'vk_delta_2'),
    inputs: file.IC.map((point, i) => readG1(point, `IC.${String(i)}`)),
  }
}

/**
 * The name of a key, in presentations and allow-lists: base64url of the SHA-256 over a domain, the
 * number of public signals (4 bytes) and all coordinates (32 bytes each, c0 before c1), big-endian,
 * in the order alpha, beta, gamma, delta, inputs.
 */
export function verificationKeyId(key: VerificationKey): string {
  const count = new Uint8Array(4)
  new DataView(count.buffer).setUint32(0, key.publicSignals)
  const g2Points = [key.beta, key.gamma, key.delta]
  const coordinates = [...key.alpha, ...g2Points.flat(2), ...key.inputs.flat()]
  const bytes = concatBytes(utf8(KEY_ID_DOMAIN), count, ...coordinates.map(coordinateBytes))
  return toBase64url(sha256(bytes))
}

/**
 * True for a key made from the public development seed, under which anybody can forge proofs. It
 * is recognised by alpha, so also after contributions that were added to such a key, and for
 * circuits this program has never heard of.
 */
export function isDevelopmentKey(key: VerificationKey): boolean {
  return key.alpha[0] === DEVELOPMENT_ALPHA[0] && key.alpha[1] === DEVELOPMENT_ALPHA[1]
}

function readG1([x, y]: readonly [string, string, string], name: string): G1Coordinates {
  const point: G1Coordinates = [BigInt(x), BigInt(y)]
  if (!isOnCurve(point)) throw invalid(`${name}: not a point of the curve`)
  return point
}

function readG2(
  [x, y]: readonly [readonly [string, string], readonly [string, string], unknown],
  name: string,
): G2Coordinates {
  const point: G2Coordinates = [
    [BigInt(x[0]), BigInt(x[1])],
    [BigInt(y[0]), BigInt(y[1])],
  ]
  if (!isOnTwist(point)) throw invalid(`${name}: not a point of the twisted curve`)
  return point
}

/** y^2 = x^3 + 3 (EIP-196). */
function isOnCurve([x, y]: G1Coordinates): boolean {
  return (y * y - x * x * x - 3n) % CURVE_FIELD_ORDER === 0n
}

/** y^2 = x^3 + 3/(9 + u) (EIP-197), here without the fraction. */
function isOnTwist([x, y]: G2Coordinates): boolean {
  const [a, b] = multiply(y, y)
  const [c, d] = multiply(multiply(x, x), x)
  const left = multiply([9n, 1n], [a - c, b - d])
  return (left[0] - 3n) % CURVE_FIELD_ORDER === 0n && left[1] % CURVE_FIELD_ORDER === 0n
}

function multiply([a, b]: Fq2, [c, d]: Fq2): Fq2 {
  return [a * c - b * d, a * d + b * c]
}

function coordinateBytes(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(64, '0')
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('KEY_INVALID', `verification key.${message}`)
}
