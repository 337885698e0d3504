import { FIELD_ORDER } from '../../../core/field.ts'
import type { Assignment } from './decoding.ts'
import type { Choice, Deduction } from './deduction.ts'
import type { Wire } from './system.ts'

// What is left when nothing follows by itself: choices of a few possibilities, and wires that no
// constraint speaks of clearly. Trying finds out which of them are real.

/** Values to try for a wire that could be anything; the last has nothing special about it. */
const GUESSES = [0n, 1n, 2n, FIELD_ORDER - 1n, 0x5eed_0f_a_b1a5_ed_c01n]
/** Choices to look into; a sound circuit leaves one or two. */
const MAX_CHOICES = 100
/** Assumptions to make before giving up. */
const MAX_ASSUMPTIONS = 4_000

/**
 * Rules out possibilities that contradict something, until each choice has two or more left.
 *
 * @returns false if nothing is possible.
 */
export function resolveChoices(deduction: Deduction): boolean {
  if (!deduction.run()) return false
  for (;;) {
    const decided = deduction.isComplete ? undefined : findDecided(deduction)
    if (decided === undefined) return true
    if (decided === 'impossible') return false
    assume(deduction, decided.wires, decided.values)
    if (!deduction.run()) return false
  }
}

interface Decided {
  readonly wires: readonly Wire[]
  readonly values: readonly bigint[]
}

/** Wires that have the same value in all possibilities of a choice that contradict nothing. */
function findDecided(deduction: Deduction): Decided | 'impossible' | undefined {
  const seen = new Set<Wire>()
  for (const { wires, possibilities } of choicesByWeight(deduction).slice(0, MAX_CHOICES)) {
    // What can be known of single digits follows from the readings of the number they are part of.
    if (wires.every((wire) => seen.has(wire))) continue
    for (const wire of wires) seen.add(wire)
    const [first, ...others] = possibilities
    if (first === undefined) return 'impossible'
    // The first is nearly always the right one. If no other is left, it need not be tried apart.
    const alive = others.filter((values) => isPossible(deduction, wires, values))
    if (alive.length > 0 && isPossible(deduction, wires, first)) alive.push(first)
    const decided = inCommon(wires, alive.length === 0 ? [first] : alive)
    if (decided.wires.length > 0) return decided
  }
  return undefined
}

function inCommon(wires: readonly Wire[], possibilities: readonly Assignment[]): Decided {
  const [first = []] = possibilities
  const places = [...wires.keys()].filter((i) =>
    possibilities.every((values) => values[i] === first[i]),
  )
  return {
    wires: places.map((i) => wires[i] ?? 0),
    values: places.map((i) => first[i] ?? 0n),
  }
}

function isPossible(
  deduction: Deduction,
  wires: readonly Wire[],
  values: readonly bigint[],
): boolean {
  const mark = deduction.mark
  assume(deduction, wires, values)
  const isPossible = deduction.run()
  deduction.undo(mark)
  return isPossible
}

/** What a search for assignments found. */
export interface Solutions {
  /** Values of all wires, each list different from the others. */
  readonly found: readonly (readonly bigint[])[]
  /** True if there are no others: nothing was guessed and nothing left out. */
  readonly isExhaustive: boolean
}

/**
 * Assignments that satisfy every constraint, beginning with what the deduction knows.
 *
 * @param hints - Values to try first, by wire.
 */
export function findSolutions(
  deduction: Deduction,
  limit: number,
  hints: readonly bigint[] = [],
): Solutions {
  const found: bigint[][] = []
  let assumptions = 0
  let isExhaustive = true

  const visit = (): void => {
    if (!deduction.run()) return
    if (deduction.isComplete) {
      found.push(deduction.values.map((value) => value ?? 0n))
      return
    }
    const choice = choicesByWeight(deduction)[0]
    if (choice === undefined) isExhaustive = false
    const { wires, possibilities } = choice ?? guesses(deduction, hints)
    for (const values of possibilities) {
      if (found.length >= limit || assumptions++ > MAX_ASSUMPTIONS) {
        isExhaustive = false
        return
      }
      const mark = deduction.mark
      assume(deduction, wires, values)
      visit()
      deduction.undo(mark)
    }
  }

  visit()
  return { found, isExhaustive }
}

/** Those that settle most first. */
function choicesByWeight(deduction: Deduction): Choice[] {
  return deduction.choices().sort((one, other) => other.wires.length - one.wires.length)
}

function guesses(deduction: Deduction, hints: readonly bigint[]): Choice {
  const { unknown } = deduction
  const wire = unknown.find((candidate) => !deduction.isFree(candidate)) ?? unknown[0] ?? 0
  const hint = hints[wire]
  const values = [...new Set([...(hint === undefined ? [] : [hint]), ...GUESSES])]
  return { wires: [wire], possibilities: values.map((value) => [value]) }
}

function assume(deduction: Deduction, wires: readonly Wire[], values: readonly bigint[]): void {
  wires.forEach((wire, i) => deduction.set(wire, values[i] ?? 0n))
}
