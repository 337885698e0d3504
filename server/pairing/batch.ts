import { drawCoefficient } from './coefficients.ts'
import type { RandomBytes } from './coefficients.ts'
import type { PairingEngine, Term } from './engine.ts'

// The equations of many proofs, each raised to a random coefficient rho of its own, multiplied:
//
//     prod e(-rho A, B) . prod over the keys of
//         e(sum rho alpha, beta) e(sum rho X, gamma) e(sum rho C, delta) = 1
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

/** A well-formed proof with what it is to be judged against. */
export interface Candidate<Key, Points> extends Term<Points> {
  readonly key: Key
}

/** Some candidates of a batch with their coefficients, and the product of their own Miller loops. */
interface Group<Key, Points, Value> {
  readonly candidates: readonly Candidate<Key, Points>[]
  readonly terms: readonly Candidate<Key, Points>[]
  readonly loops: Value
}

export class BatchJudge<Key, Points, Value> {
  readonly #engine: PairingEngine<Key, Points, Value>
  readonly #random: RandomBytes

  constructor(engine: PairingEngine<Key, Points, Value>, random: RandomBytes) {
    this.#engine = engine
    this.#random = random
  }

  /** Whether the equation of one proof holds. */
  holds(candidate: Candidate<Key, Points>): boolean {
    const loops = this.#engine.loops([candidate], [{ key: candidate.key, terms: [candidate] }])
    return this.#engine.isOne(this.#engine.residue([loops]))
  }

  /** @returns Those whose equation holds. */
  validAmong(batch: readonly Candidate<Key, Points>[]): readonly Candidate<Key, Points>[] {
    if (batch.length < SMALLEST) return batch.filter((candidate) => this.holds(candidate))
    const terms = batch.map((candidate) => ({
      ...candidate,
      coefficient: drawCoefficient(this.#random),
    }))
    const groups = Array.from({ length: Math.ceil(batch.length / GROUP) }, (_, i) => {
      const [from, to] = [i * GROUP, (i + 1) * GROUP]
      const own = terms.slice(from, to)
      const loops = this.#engine.loops(own, [])
      return { candidates: batch.slice(from, to), terms: own, loops }
    })
    return this.#withoutBad(groups, this.#residue(groups))
  }

  /**
   * Halves until the groups with bad ones are found. The halves can keep the coefficients: these are
   * as random for every part of the batch as for the whole.
   *
   * @param residue - Of all groups.
   */
  #withoutBad(
    groups: readonly Group<Key, Points, Value>[],
    residue: Value,
  ): readonly Candidate<Key, Points>[] {
    const candidates = groups.flatMap((group) => group.candidates)
    if (this.#engine.isOne(residue)) return candidates
    if (groups.length === 1) return candidates.filter((candidate) => this.holds(candidate))
    const left = groups.slice(0, groups.length / 2)
    const leftResidue = this.#residue(left)
    // Residues are multiplicative, so that of the right half follows from the other two.
    const rightResidue = this.#engine.quotient(residue, leftResidue)
    return [
      ...this.#withoutBad(left, leftResidue),
      ...this.#withoutBad(groups.slice(left.length), rightResidue),
    ]
  }

  /** Left side of the product of the terms' equations: 1 if all of them hold. */
  #residue(groups: readonly Group<Key, Points, Value>[]): Value {
    const byKey = Map.groupBy(
      groups.flatMap(({ terms }) => terms),
      ({ key }) => key,
    )
    const shared = Array.from(byKey, ([key, terms]) => ({ key, terms }))
    return this.#engine.residue([
      ...groups.map(({ loops }) => loops),
      this.#engine.loops([], shared),
    ])
  }
}
