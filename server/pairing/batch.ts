import { FIELD_ORDER } from '../../core/field.ts'
import { drawCoefficient } from './coefficients.ts'
import type { RandomBytes } from './coefficients.ts'
import { fr, mcl, millerProduct, multiply } from './engine.ts'
import type { Fr, G1, GT } from './engine.ts'
import { keyLoops, satisfiesEquation } from './equation.ts'
import type { Candidate } from './equation.ts'
import { inputSum } from './prepared-key.ts'
import type { PreparedKey } from './prepared-key.ts'

// The equations of many proofs, each raised to a random coefficient of its own, multiplied:
//
//     prod e(-rho A, B) . prod over the keys of e(sum rho X, gamma) e(sum rho C, delta)
//                                               e(alpha, beta)^(sum rho) = 1
//
// Only the first product has a factor for each proof; the final exponentiation is one for all. For
// every set of proofs with a bad one, this holds for at most one coefficient of that proof, whatever
// the others are: its equation's residue is not 1, in a group of prime order.

/** Pairs whose Miller loops mcl computes at once. */
const GROUP = 16

interface Term {
  readonly candidate: Candidate
  readonly coefficient: bigint
  readonly scalar: Fr
  /** The coefficient's multiple of -A. */
  readonly a: G1
}

/** Some terms of a batch that are found good or bad together, and the product of their loops. */
interface Part {
  readonly terms: readonly Term[]
  readonly loops: GT
}

/** @returns Those whose equation holds. */
export function validAmong(batch: readonly Candidate[], random: RandomBytes): readonly Candidate[] {
  if (batch.length < 2) return batch.filter(satisfiesEquation)
  const terms = batch.map((candidate) => termOf(candidate, drawCoefficient(random)))
  const groups = Array.from({ length: Math.ceil(terms.length / GROUP) }, (_, i) =>
    partOf(terms.slice(i * GROUP, (i + 1) * GROUP)),
  )
  return withoutBad(groups, residue(groups)).map(({ candidate }) => candidate)
}

function termOf(candidate: Candidate, coefficient: bigint): Term {
  const scalar = fr(coefficient)
  const a = mcl.mul(mcl.neg(candidate.points.a), scalar)
  return { candidate, coefficient, scalar, a }
}

function partOf(terms: readonly Term[]): Part {
  const pairs = terms.map(({ a, candidate }) => ({ g1: a, g2: candidate.points.b }))
  return { terms, loops: millerProduct(pairs) }
}

/**
 * Halves until the bad ones are found. The halves can keep the coefficients: these are as random for
 * every part of the batch as for the whole.
 *
 * @param product - The residue of all parts.
 */
function withoutBad(parts: readonly Part[], product: GT): readonly Term[] {
  if (product.isOne()) return parts.flatMap(({ terms }) => terms)
  const [first] = parts
  if (first !== undefined && parts.length === 1) {
    return first.terms.length === 1 ? [] : withoutBad(first.terms.map(single), product)
  }
  const left = parts.slice(0, parts.length / 2)
  const leftProduct = residue(left)
  // Residues are multiplicative, so that of the right half follows from the other two.
  const rightProduct = mcl.mul(product, mcl.inv(leftProduct))
  return [...withoutBad(left, leftProduct), ...withoutBad(parts.slice(left.length), rightProduct)]
}

const single = (term: Term): Part => partOf([term])

/** Left side of the product of the terms' equations: 1 if all of them hold. */
function residue(parts: readonly Part[]): GT {
  const byKey = Map.groupBy(
    parts.flatMap(({ terms }) => terms),
    ({ candidate }) => candidate.key,
  )
  const shares = Array.from(byKey, ([key, terms]) => keyShare(key, terms))
  const loops = [...parts, ...shares].map((part) => part.loops)
  return multiply([mcl.finalExp(multiply(loops)), ...shares.map(({ power }) => power)])
}

/** What the terms of one key contribute besides their own loops. */
function keyShare(key: PreparedKey, terms: readonly Term[]): { loops: GT; power: GT } {
  // The constant 1 belongs to the first input point, so its sum is that of the coefficients.
  const sums = key.inputs.map(
    (_, i) =>
      terms.reduce(
        (sum, { candidate, coefficient }) =>
          sum + coefficient * (i === 0 ? 1n : (candidate.publicSignals[i - 1] ?? 0n)),
        0n,
      ) % FIELD_ORDER,
  )
  const c = mcl.mulVec(
    terms.map(({ candidate }) => candidate.points.c),
    terms.map(({ scalar }) => scalar),
  )
  return {
    loops: keyLoops(key, inputSum(key, sums), c),
    power: mcl.pow(key.alphaBeta, fr(sums[0] ?? 0n)),
  }
}
