import { invert, reduce } from '../../../core/field.ts'
import type { Equation } from './decoding.ts'

// The optimiser replaces sums by other sums. What was one step of a hash function is then a block
// of equations that have their unknowns in common, as many as there are equations.

type Row = Map<number, bigint>
/** Where a row keeps its constant. */
const REST = -1

/** A wire and the only value that equations leave it. */
export type Solved = readonly [wire: number, value: bigint]

/**
 * Solves linear equations together.
 *
 * @returns The wires that all equations together determine; undefined if they contradict each other.
 */
export function solveTogether(equations: readonly Equation[]): Solved[] | undefined {
  const solved: Solved[] = []
  for (const component of components(withoutLoose(equations))) {
    const part = solve(component)
    if (part === undefined) return undefined
    solved.push(...part)
  }
  return solved
}

/**
 * Without the equations in which an unknown occurs that no other has: whatever that unknown is
 * makes up for the rest, so they say nothing of the others.
 */
function withoutLoose(equations: readonly Equation[]): Equation[] {
  const users = new Map<number, Set<number>>()
  equations.forEach(({ wires }, i) => {
    for (const wire of wires) {
      const known = users.get(wire)
      if (known === undefined) users.set(wire, new Set([i]))
      else known.add(i)
    }
  })
  const left = new Set(equations.keys())
  const pending = [...users.keys()]
  // The list grows while it is read.
  for (const wire of pending) {
    const [only, other] = users.get(wire) ?? []
    if (only === undefined || other !== undefined) continue
    const wires = equations[only]?.wires ?? []
    if (wires.length === 1) continue
    left.delete(only)
    for (const shared of wires) {
      users.get(shared)?.delete(only)
      pending.push(shared)
    }
  }
  return [...left].flatMap((i) => equations[i] ?? [])
}

/** Equations that share unknowns, directly or through others. */
function components(equations: readonly Equation[]): Equation[][] {
  const rowsOf = new Map<number, number[]>()
  equations.forEach(({ wires }, i) => {
    for (const wire of wires) rowsOf.set(wire, [...(rowsOf.get(wire) ?? []), i])
  })
  const seen = new Set<number>()
  return [...equations.keys()].flatMap((start) => {
    if (seen.has(start)) return []
    const members = [start]
    seen.add(start)
    // The list grows while it is read.
    for (const i of members) {
      for (const wire of equations[i]?.wires ?? []) {
        for (const next of rowsOf.get(wire) ?? []) {
          if (seen.has(next)) continue
          seen.add(next)
          members.push(next)
        }
      }
    }
    return [members.flatMap((i) => equations[i] ?? [])]
  })
}

function solve(equations: readonly Equation[]): Solved[] | undefined {
  const pivots = new Map<number, Row>()
  for (const equation of equations) if (!addRow(pivots, rowOf(equation))) return undefined
  return [...pivots].flatMap(([wire, row]): Solved[] => {
    const isAlone = [...row.keys()].every((other) => other === wire || other === REST)
    return isAlone ? [[wire, reduce(-(row.get(REST) ?? 0n))]] : []
  })
}

function rowOf({ wires, coefficients, rest }: Equation): Row {
  const row: Row = new Map(wires.map((wire, i) => [wire, coefficients[i] ?? 0n]))
  return rest === 0n ? row : row.set(REST, rest)
}

/**
 * Keeps every pivot out of all rows but its own.
 *
 * @returns false if the row says that a number other than 0 is 0.
 */
function addRow(pivots: Map<number, Row>, row: Row): boolean {
  for (const wire of [...row.keys()]) {
    const pivot = pivots.get(wire)
    if (pivot !== undefined) subtract(row, pivot, row.get(wire) ?? 0n)
  }
  const wire = [...row.keys()].find((key) => key !== REST)
  if (wire === undefined) return !row.has(REST)
  const inverse = invert(row.get(wire) ?? 0n)
  for (const [key, value] of row) row.set(key, reduce(value * inverse))
  for (const other of pivots.values()) {
    const factor = other.get(wire)
    if (factor !== undefined) subtract(other, row, factor)
  }
  pivots.set(wire, row)
  return true
}

/** row - factor * other, in place. */
function subtract(row: Row, other: Row, factor: bigint): void {
  for (const [key, value] of other) {
    const difference = reduce((row.get(key) ?? 0n) - factor * value)
    if (difference === 0n) row.delete(key)
    else row.set(key, difference)
  }
}
