import { FIELD_ORDER } from '../../core/field.ts'
import { drawCoefficient } from './coefficients.ts'
import type { RandomBytes } from './coefficients.ts'
import { fr, mcl, millerProduct, multiply } from './engine.ts'
import type { Fr, GT } from './engine.ts'
import { keyLoops, satisfiesEquation } from './equation.ts'
import type { Candidate } from './equation.ts'
import { inputSum } from './prepared-key.ts'
import type { PreparedKey } from './prepared-key.ts'

// The equations of many proofs, each raised to a random coefficient rho of its own, multiplied:
//
//     prod e(-rho A, B) . prod over the keys of
//         e(alpha, beta)^(sum rho) e(sum rho X, gamma) e(sum rho C, delta) = 1
//
// Only the first product has a factor for each proof; the final exponentiation is one for all. For
// every set of proofs with a bad one, this holds for at most one coefficient of that proof,
// whatever the others are: the residue of its equation is not 1, in a group of prime order.

/**
 * Proofs whose Miller loops are computed at once. Of a group that fails each proof is checked by
 * itself: halving further would cost less where one is bad, and more where several are.
 */
const GROUP = 8

/** Fewer are checked one by one: together they cost little less, and nearly twice if one is bad. */
const SMALLEST = 4

interface Term {
  readonly candidate: Candidate
  readonly coefficient: bigint
  readonly scalar: Fr
}

/** Some terms of a batch, and the product of their own Miller loops. */
interface Group {
  readonly terms: readonly Term[]
  readonly loops: GT
}

/** @returns Those whose equation holds. */
export function validAmong(batch: readonly Candidate[], random: RandomBytes): readonly Candidate[] {
  if (batch.length < SMALLEST) return batch.filter(satisfiesEquation)
  const terms = batch.map((candidate) => {
    const coefficient = drawCoefficient(random)
    return { candidate, coefficient, scalar: fr(coefficient) }
  })
  const groups = Array.from({ length: Math.ceil(terms.length / GROUP) }, (_, i) =>
    groupOf(terms.slice(i * GROUP, (i + 1) * GROUP)),
  )
  return withoutBad(groups, residue(groups))
}

function groupOf(terms: readonly Term[]): Group {
  const pairs = terms.map(({ candidate: { points }, scalar }) => ({
    g1: mcl.mul(mcl.neg(points.a), scalar),
    g2: points.b,
  }))
  return { terms, loops: millerProduct(pairs) }
}

/**
 * Halves until the groups with bad ones are found. The halves can keep the coefficients: these are
 * as random for every part of the batch as for the whole.
 *
 * @param product - The residue of all groups.
 */
function withoutBad(groups: readonly Group[], product: GT): readonly Candidate[] {
  const candidates = groups.flatMap(({ terms }) => terms.map(({ candidate }) => candidate))
  if (product.isOne()) return candidates
  if (groups.length === 1) return candidates.filter(satisfiesEquation)
  const left = groups.slice(0, groups.length / 2)
  const leftProduct = residue(left)
  // Residues are multiplicative, so that of the right half follows from the other two.
  const rightProduct = mcl.mul(product, mcl.inv(leftProduct))
  return [...withoutBad(left, leftProduct), ...withoutBad(groups.slice(left.length), rightProduct)]
}

/** Left side of the product of the terms' equations: 1 if all of them hold. */
function residue(groups: readonly Group[]): GT {
  const byKey = Map.groupBy(
    groups.flatMap(({ terms }) => terms),
    ({ candidate }) => candidate.key,
  )
  const shares = Array.from(byKey, ([key, terms]) => keyShare(key, terms))
  const loops = [...groups, ...shares].map((part) => part.loops)
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
