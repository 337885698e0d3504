import { INFINITY } from './point-sums.ts'
import type { PointSums } from './point-sums.ts'

// The last steps of a sum, one after the other: doublings above all, each with an inversion of its own.

/** Bits of a factor that are taken at once: a table of 16 multiples for four doublings each. */
const FACTOR_BITS = 4

/** A digit's point in two parts, of which the upper one counts 2^bits times. */
type DigitPoint = readonly [upper: number, lower: number]

/** How many bits a digit has, and how many of them are below its upper part: no more than it has. */
interface Bits {
  readonly digit: number
  readonly upper: number
}

/**
 * The sum of points, each times 2^(its number · bits of a digit).
 *
 * @param digits - References, from the lowest.
 * @returns A reference.
 */
export function shiftedSum(sums: PointSums, digits: readonly DigitPoint[], bits: Bits): number {
  const shifted = (sum: number, by: number, added: number): number => {
    let all = [sum]
    for (let i = 0; i < by; i++) all = sums.doubles(all)
    return only(sums.pairs([[only(all), added]]))
  }
  return digits.reduceRight(
    (sum, [upper, lower]) =>
      shifted(shifted(sum, bits.digit - bits.upper, upper), bits.upper, lower),
    INFINITY,
  )
}

/**
 * A point so many times, for each of these numbers: they take their steps side by side.
 *
 * @param factors - Not negative.
 * @returns References.
 */
export function multiplesOf(sums: PointSums, point: number, factors: readonly bigint[]): number[] {
  const table = [INFINITY, point]
  while (table.length < 2 ** FACTOR_BITS) {
    table.push(only(sums.pairs([[table.at(-1) ?? INFINITY, point]])))
  }
  const longest = Math.max(...factors.map((factor) => factor.toString(2).length))
  let results = factors.map(() => INFINITY)
  for (let digit = Math.ceil(longest / FACTOR_BITS) - 1; digit >= 0; digit--) {
    for (let i = 0; i < FACTOR_BITS; i++) results = sums.doubles(results)
    const shift = BigInt(FACTOR_BITS * digit)
    const addends = factors.map(
      (factor) => table[Number(BigInt.asUintN(FACTOR_BITS, factor >> shift))],
    )
    results = sums.pairs(results.map((result, k) => [result, addends[k] ?? INFINITY] as const))
  }
  return results
}

function only(references: readonly number[]): number {
  return references[0] ?? INFINITY
}
