import { bn254 } from '@noble/curves/bn254.js'
import { list, literal, members, natural } from './json.ts'
import { Q, R, base64url, bigEndian, bytes32, bytesOf, hash, mod, utf8 } from './numbers.ts'
import { must, refuse, slips } from './refused.ts'

// Groth16 over BN254. The pairing and the curves' laws are the library's; everything else is here.

const { Fp, Fp2 } = bn254.fields
const G1 = bn254.G1.Point
const G2 = bn254.G2.Point
type G1 = InstanceType<typeof G1>
type G2 = InstanceType<typeof G2>
type Fp12 = ReturnType<typeof bn254.pairing>
type Fq2 = readonly [bigint, bigint]

/** As the file `…vkey.json` has it, read. */
export interface Key {
  readonly id: string
  readonly signals: number
  /** e(alpha, beta), computed when it is first needed. */
  readonly alphaBeta: () => Fp12
  readonly gamma: G2
  readonly delta: G2
  readonly inputs: readonly G1[]
}

export interface Proof {
  readonly a: G1
  readonly b: G2
  readonly c: G1
}

/** A verification key in the form of snarkjs. */
export function readKey(json: unknown): Key {
  const file = members(
    json,
    'protocol curve nPublic vk_alpha_1 vk_beta_2 vk_gamma_2 vk_delta_2 vk_alphabeta_12? IC',
  )
  literal(file.get('protocol'), 'groth16')
  literal(file.get('curve'), 'bn128')
  const signals = natural(file.get('nPublic'), 1)
  const inputs = list(file.get('IC'), signals + 1, signals + 1).map(pairOf)
  const alpha = pairOf(file.get('vk_alpha_1'))
  const [beta, gamma, delta] = ['vk_beta_2', 'vk_gamma_2', 'vk_delta_2'].map((name) =>
    pairsOf(file.get(name)),
  ) as [[Fq2, Fq2], [Fq2, Fq2], [Fq2, Fq2]]
  const numbers = [...alpha, ...[beta, gamma, delta].flat(2), ...inputs.flat()]
  const count = bytes32(BigInt(signals)).slice(28)
  const id = hash(utf8('zerocard/vkey/1'), count, ...numbers.map(bytes32))
  return {
    id: base64url(id),
    signals,
    alphaBeta: once(() => bn254.pairing(g1(...alpha), g2(...beta))),
    gamma: g2(...gamma),
    delta: g2(...delta),
    inputs: inputs.map((pair) => g1(...pair)),
  }
}

/** e(A, B) = e(alpha, beta) e(X, gamma) e(C, delta). */
export function isProven(key: Key, given: readonly bigint[], text: unknown): boolean {
  must(given.length === key.signals || slips('signal count unchecked'), 'another number of signals')
  const proof = readProof(text)
  const signals = Array.from({ length: key.signals }, (_, i) => given[i] ?? 0n)
  const isReduced = signals.every((signal) => signal >= 0n && signal < R)
  must(isReduced || slips('signals reduced'), 'a signal outside the field')
  const name = `${key.id} ${signals.join()} ${String(text)}`
  const verdict = verdicts.get(name) ?? isEquation(key, signals, proof)
  if (verdicts.size > 2_000) verdicts.clear()
  verdicts.set(name, verdict)
  return verdict
}

const verdicts = new Map<string, boolean>()

function isEquation(key: Key, signals: readonly bigint[], { a, b, c }: Proof): boolean {
  const x = signals.reduce(
    (sum, signal, i) => sum.add(multiple(key.inputs[i + 1] ?? refuse('no input'), mod(signal))),
    key.inputs[0] ?? refuse('no input'),
  )
  const pairs = [
    { g1: a.negate(), g2: b },
    { g1: x, g2: key.gamma },
    { g1: c, g2: key.delta },
  ].filter((pair) => !pair.g1.is0() && !pair.g2.is0())
  const { Fp12 } = bn254.fields
  return Fp12.eql(Fp12.mul(productOf(pairs), key.alphaBeta()), Fp12.ONE)
}

/** The library itself refuses points outside the subgroup. */
function productOf(pairs: Parameters<typeof bn254.pairingBatch>[0]): Fp12 {
  try {
    return bn254.pairingBatch(pairs)
  } catch {
    return refuse('points without a pairing')
  }
}

const multiples = new Map<string, G1>()

/** Messages about one question share most of their signals. */
function multiple(point: G1, factor: bigint): G1 {
  const name = `${point.toHex()} ${factor}`
  const known = multiples.get(name) ?? point.multiplyUnsafe(factor)
  if (multiples.size > 4096) multiples.clear()
  multiples.set(name, known)
  return known
}

/** Three compressed points in 128 bytes. */
export function readProof(text: unknown): Proof {
  const bytes = bytesOf(text)
  must(bytes.length === 128, 'not 128 bytes')
  return {
    a: g1Of(bytes.slice(0, 32)),
    b: g2Of(bytes.slice(32, 96)),
    c: g1Of(bytes.slice(96)),
  }
}

function g1Of(bytes: Uint8Array): G1 {
  if (isInfinity(bytes)) return G1.ZERO
  const x = coordinateOf(bytes)
  const y = rootOf(() => Fp.sqrt(mod(x ** 3n + 3n, Q)))
  return g1(x, isOdd(bytes) === (y % 2n === 1n) ? y : mod(-y, Q))
}

function g2Of(bytes: Uint8Array): G2 {
  if (isInfinity(bytes)) return G2.ZERO
  must((bytes[32] ?? 0) < 0x40, 'bits that mean nothing')
  const x = Fp2.create({ c0: coordinateOf(bytes.slice(32)), c1: coordinateOf(bytes.slice(0, 32)) })
  // 3 / (9 + u), of the twist of EIP-197.
  const b = Fp2.div(Fp2.create({ c0: 3n, c1: 0n }), Fp2.create({ c0: 9n, c1: 1n }))
  const y = rootOf(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)))
  const sign = y.c0 === 0n ? y.c1 : y.c0
  const point = G2.fromAffine({ x, y: isOdd(bytes) === (sign % 2n === 1n) ? y : Fp2.neg(y) })
  must(isInGroup(point) || slips('subgroup unchecked'), 'outside the subgroup')
  return point
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

function isInGroup(point: G2): boolean {
  return point.multiplyUnsafe(R - 1n).equals(point.negate())
}

function isInfinity(bytes: Uint8Array): boolean {
  const isZero = bytes.every((byte) => byte === 0)
  must(!isZero || slips('infinity accepted'), 'the point at infinity')
  return isZero
}

const isOdd = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) >= 0x80

function coordinateOf(bytes: Uint8Array): bigint {
  must(((bytes[0] ?? 0) & 0x40) === 0, 'a bit that means nothing')
  const value = bigEndian(bytes) & ((1n << 254n) - 1n)
  must(value < Q || slips('coordinates reduced'), 'not below the order')
  return value % Q
}

function rootOf<T>(root: () => T): T {
  try {
    return root()
  } catch {
    return refuse('no point of the curve')
  }
}

function pairOf(json: unknown): [bigint, bigint] {
  const [x, y, z] = list(json, 3, 3)
  literal(z, '1')
  return [coordinateText(x), coordinateText(y)]
}

function pairsOf(json: unknown): [Fq2, Fq2] {
  const [x, y] = list(json, 3, 3).map((pair) => list(pair, 2, 2))
  return [x, y].map((pair = []) => [coordinateText(pair[0]), coordinateText(pair[1])]) as never
}

function coordinateText(json: unknown): bigint {
  must(typeof json === 'string' && /^(0|[1-9][0-9]{0,76})$/.test(json), 'no decimal')
  const value = BigInt(json)
  must(value < Q, 'not below the order')
  return value
}

function g1(x: bigint, y: bigint): G1 {
  must(mod(y * y - x ** 3n - 3n, Q) === 0n, 'off the curve')
  return G1.fromAffine({ x, y })
}

function g2([x0, x1]: Fq2, [y0, y1]: Fq2): G2 {
  const point = G2.fromAffine({
    x: Fp2.create({ c0: x0, c1: x1 }),
    y: Fp2.create({ c0: y0, c1: y1 }),
  })
  must(isInGroup(point), 'outside the subgroup')
  return point
}
