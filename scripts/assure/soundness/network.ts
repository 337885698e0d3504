import { centred, digitForm } from './digits.ts'
import type { Combination, Constraint, R1cs } from './r1cs.ts'
import { untangle } from './untangle.ts'

/** Coefficients by wire, none of them 0. */
export type Form = Map<number, bigint>

/** The constraint a * b = c. */
export interface Row {
  readonly a: Form
  readonly b: Form
  readonly c: Form
}

/** Wires and constraints as deductions walk along them. */
export interface Network {
  readonly wires: number
  readonly constraints: number
  /** Wires that some constraint makes 0 or 1. */
  readonly isDigit: Uint8Array
  /** Entries of constraint i: from `starts[i]` to `starts[i + 1]`. */
  readonly starts: Int32Array
  readonly wireOf: Int32Array
  readonly constraintOf: Int32Array
  /** Coefficients of an entry's wire on the three sides of its constraint; 0 where it is absent. */
  readonly a: readonly bigint[]
  readonly b: readonly bigint[]
  readonly c: readonly bigint[]
  /** Entries of wire w: `uses` from `useStarts[w]` to `useStarts[w + 1]`. */
  readonly useStarts: Int32Array
  readonly uses: Int32Array
}

/** The constraints as they are. */
export function plainNetwork({ constraints, wires }: R1cs): Network {
  return networkOf(constraints.map(rowOf), wires, new Set())
}

/**
 * The same constraints in a form that deductions can follow, with some wires more after those of
 * the file. What satisfies one satisfies the other. Where a constraint makes a sum of wires a digit,
 * the digit gets a wire; and what the optimiser has tangled up is untangled.
 */
export function deductiveNetwork(r1cs: R1cs): Network {
  const { rows, wires, digits } = withDigits(r1cs)
  let added = wires
  const known = 1 + r1cs.outputs + r1cs.publicInputs + r1cs.privateInputs
  const isInput = (wire: number): boolean => wire === 0 || (wire > r1cs.outputs && wire < known)
  const isDigit = (wire: number): boolean => digits.has(wire)
  const untangled = untangle(rows, { isInput, isDigit, addWire: () => added++ })
  return networkOf(untangled, added, digits)
}

/** As {@link deductiveNetwork}, for a circuit that no optimiser has touched: nothing is tangled. */
export function sourceNetwork(r1cs: R1cs): Network {
  const { rows, wires, digits } = withDigits(r1cs)
  return networkOf(rows, wires, digits)
}

function withDigits({ constraints, wires }: R1cs): {
  readonly rows: Row[]
  readonly wires: number
  readonly digits: ReadonlySet<number>
} {
  const digits = new Set<number>()
  let all = wires
  const rows = constraints.flatMap((constraint) => {
    const form = digitForm(constraint)
    const [only, ...others] = form?.wires ?? []
    if (form === undefined || only === undefined) return [rowOf(constraint)]
    if (others.length === 0 && form.coefficients[0] === 1n) {
      digits.add(only)
      return [rowOf(constraint)]
    }
    const digit = all++
    digits.add(digit)
    return sumIsDigit(formOf(form), digit)
  })
  return { rows, wires: all, digits }
}

/** form - digit = 0 and digit * (digit - 1) = 0 */
function sumIsDigit(form: Form, digit: number): Row[] {
  const difference = new Map(form).set(digit, -1n)
  const itself = new Map([[digit, 1n]])
  const less = new Map([
    [digit, 1n],
    [0, -1n],
  ])
  return [
    { a: new Map(), b: new Map(), c: difference },
    { a: itself, b: less, c: new Map() },
  ]
}

function rowOf([a, b, c]: Constraint): Row {
  return { a: formOf(a), b: formOf(b), c: formOf(c) }
}

function formOf({ wires, coefficients }: Combination): Form {
  const form: Form = new Map()
  wires.forEach((wire, i) => form.set(wire, (form.get(wire) ?? 0n) + (coefficients[i] ?? 0n)))
  return form
}

function networkOf(rows: readonly Row[], wires: number, digits: ReadonlySet<number>): Network {
  const wireOf: number[] = []
  const constraintOf: number[] = []
  const starts = [0]
  const [sideA, sideB, sideC]: [bigint[], bigint[], bigint[]] = [[], [], []]
  rows.forEach(({ a, b, c }, i) => {
    for (const wire of new Set([...a.keys(), ...b.keys(), ...c.keys()])) {
      wireOf.push(wire)
      constraintOf.push(i)
      sideA.push(centred(a.get(wire) ?? 0n))
      sideB.push(centred(b.get(wire) ?? 0n))
      sideC.push(centred(c.get(wire) ?? 0n))
    }
    starts.push(wireOf.length)
  })
  return {
    wires,
    constraints: rows.length,
    isDigit: Uint8Array.from({ length: wires }, (_, wire) => (digits.has(wire) ? 1 : 0)),
    starts: Int32Array.from(starts),
    wireOf: Int32Array.from(wireOf),
    constraintOf: Int32Array.from(constraintOf),
    a: sideA,
    b: sideB,
    c: sideC,
    ...usesOf(wireOf, wires),
  }
}

/** Entries sorted by wire. */
function usesOf(wireOf: readonly number[], wires: number): Pick<Network, 'useStarts' | 'uses'> {
  const useStarts = new Int32Array(wires + 1)
  for (const wire of wireOf) useStarts[wire + 1] = (useStarts[wire + 1] ?? 0) + 1
  for (let wire = 0; wire < wires; wire++) {
    useStarts[wire + 1] = (useStarts[wire + 1] ?? 0) + (useStarts[wire] ?? 0)
  }
  const next = useStarts.slice()
  const uses = new Int32Array(wireOf.length)
  wireOf.forEach((wire, entry) => {
    const at = next[wire] ?? 0
    uses[at] = entry
    next[wire] = at + 1
  })
  return { useStarts, uses }
}
