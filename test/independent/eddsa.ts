import { R, inverse, mod } from './numbers.ts'
import { poseidon } from './poseidon.ts'
import { must, slips } from './refused.ts'

// EdDSA with Poseidon over BabyJubJub (ERC-2494): 168700 x^2 + y^2 = 1 + 168696 x^2 y^2.

export type Point = readonly [x: bigint, y: bigint]

const A = 168700n
const D = 168696n
/** Order of the subgroup; the curve has eight times as many points. */
export const L = 2736030358979909402780800718157159386076813972158567259200215660948447373041n
export const BASE: Point = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
]
const ZERO: Point = [0n, 1n]

export function isOnCurve([x, y]: Point): boolean {
  return mod(A * x * x + y * y - 1n - D * x * x * y * y) === 0n
}

/** The law is complete on this curve: no case needs another formula. */
export function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(D * x1 * x2 * y1 * y2)
  return [
    mod((x1 * y2 + y1 * x2) * inverse(1n + product)),
    mod((y1 * y2 - A * x1 * x2) * inverse(1n - product)),
  ]
}

type Projective = readonly [bigint, bigint, bigint]

/** add-2008-bbjlp of the Explicit-Formulas Database: the same without a division. */
function addProjective([x1, y1, z1]: Projective, [x2, y2, z2]: Projective): Projective {
  const a = (z1 * z2) % R
  const b = (a * a) % R
  const c = (x1 * x2) % R
  const d = (y1 * y2) % R
  const e = (((D * c) % R) * d) % R
  const f = mod(b - e)
  const g = (b + e) % R
  const cross = mod((x1 + y1) * (x2 + y2) - c - d)
  return [(((a * f) % R) * cross) % R, (((a * g) % R) * mod(d - A * c)) % R, (f * g) % R]
}

const products = new Map<string, Point>()

export function multiply(point: Point, scalar: bigint): Point {
  const name = `${point.join()} ${scalar}`
  const product = products.get(name) ?? productOf(point, scalar)
  if (products.size > 4096) products.clear()
  products.set(name, product)
  return product
}

function productOf(point: Point, scalar: bigint): Point {
  let sum: Projective = [0n, 1n, 1n]
  for (const bit of scalar.toString(2)) {
    sum = addProjective(sum, sum)
    if (bit === '1') sum = addProjective(sum, [...point, 1n])
  }
  const [x, y, z] = sum
  const scale = inverse(z)
  return [mod(x * scale), mod(y * scale)]
}

export const isSame = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1]

/** A key under which nobody but its owner can sign. */
export function checkKey(key: Point): void {
  must(isOnCurve(key), 'the key is not on the curve')
  must(!isSame(key, ZERO) || slips('identity key accepted'), 'the key is the identity')
  const isInGroup = isSame(multiply(key, L), ZERO)
  must(isInGroup || slips('low order keys accepted'), 'the key is outside the subgroup')
}

export function isSigned(key: Point, message: bigint, r8: Point, s: bigint): boolean {
  if (s >= L && !slips('unreduced s accepted')) return false
  if (!isOnCurve(key) || !isOnCurve(r8)) return false
  const key8 = multiply(key, 8n)
  if (isSame(key8, ZERO) && !slips('low order keys accepted') && !slips('identity key accepted')) {
    return false
  }
  const challenge = poseidon(...r8, ...key, message)
  return isSame(multiply(BASE, s), add(r8, multiply(key8, challenge)))
}
