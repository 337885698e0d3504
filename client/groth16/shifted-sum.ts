import { G1, G2, g1, g1Coordinates, g2, g2Coordinates } from '../../core/bn254.ts'

// The last some hundred and thirty doublings of a sum, one after the other. A library does them: in affine
// coordinates each would cost an inversion.

/** Affine coordinates with one part in G1 and two in G2; undefined is the point at infinity. */
export type AffinePoint =
  { readonly x: readonly bigint[]; readonly y: readonly bigint[] } | undefined

/** A digit's point in two parts, of which the upper one counts 2^bits times. */
type DigitPoint = readonly [upper: AffinePoint, lower: AffinePoint]

/** How many bits a digit has, and how many of them are below its upper part: no more than it has. */
interface Bits {
  readonly digit: number
  readonly upper: number
}

/**
 * The sum of points, each times 2^(its number · bits of a digit).
 *
 * @param components - Parts of a coordinate: 1 in G1, 2 in G2.
 * @param digits - From the lowest.
 */
export function shiftedSum(
  components: 1 | 2,
  digits: readonly DigitPoint[],
  bits: Bits,
): AffinePoint {
  if (components === 1) {
    const sum = horner(
      digits.map((pair) => pair.map(pointOfG1)),
      G1.ZERO,
      bits,
    )
    if (sum.is0()) return undefined
    const [x, y] = g1Coordinates(sum)
    return { x: [x], y: [y] }
  }
  const sum = horner(
    digits.map((pair) => pair.map(pointOfG2)),
    G2.ZERO,
    bits,
  )
  if (sum.is0()) return undefined
  const [x, y] = g2Coordinates(sum)
  return { x, y }
}

/** A point of G2 so many times. */
export function multipleInG2(point: AffinePoint, times: bigint): AffinePoint {
  const product = pointOfG2(point).multiplyUnsafe(times)
  if (product.is0()) return undefined
  const [x, y] = g2Coordinates(product)
  return { x, y }
}

interface Point<P> {
  add(other: P): P
  double(): P
}

function horner<P extends Point<P>>(digits: readonly P[][], zero: P, bits: Bits): P {
  const doubled = (point: P, times: number): P => {
    let result = point
    for (let i = 0; i < times; i++) result = result.double()
    return result
  }
  return digits.reduceRight((sum, [upper = zero, lower = zero]) => {
    return doubled(doubled(sum, bits.digit - bits.upper).add(upper), bits.upper).add(lower)
  }, zero)
}

function pointOfG1(point: AffinePoint): InstanceType<typeof G1> {
  const [x, y] = [point?.x[0], point?.y[0]]
  return x === undefined || y === undefined ? G1.ZERO : g1([x, y])
}

function pointOfG2(point: AffinePoint): InstanceType<typeof G2> {
  const [x0, x1, y0, y1] = [...(point?.x ?? []), ...(point?.y ?? [])]
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return G2.ZERO
  return g2([
    [x0, x1],
    [y0, y1],
  ])
}
