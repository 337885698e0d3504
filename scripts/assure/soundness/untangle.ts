import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import { inverseOf } from './inverses.ts'
import type { Form, Row } from './network.ts'

// The optimiser removes linear constraints by replacing wires with sums of others, in whatever
// direction. In the rounds of a hash function, the value of each step is then a sum of wires of later
// steps: the constraints determine the sum, but none of its wires, and whoever follows wires alone
// is stuck. Here such a sum gets a wire of its own, in place of one of those it is made of. This is a
// change of variables that can be undone, so it adds no solution and removes none.

/** What is known of the wires before anything is deduced. */
export interface Wires {
  readonly isInput: (wire: number) => boolean
  readonly isDigit: (wire: number) => boolean
  /** Makes a new wire. */
  readonly addWire: () => number
}

/**
 * Rewrites rows so that, in some order, each determines one new wire (where nothing is divided by
 * 0), as far as that is possible.
 */
export function untangle(rows: readonly Row[], wires: Wires): Row[] {
  return new Untangling(rows, wires).rows()
}

interface TrackedForm {
  readonly terms: Form
  /** What a wire was replaced by stays as it is: it is needed only to find the wire's value. */
  readonly isDefinition: boolean
  /** Wires of the form that are not known yet. */
  open: number
  readonly rows: number[]
}

interface TrackedRow {
  readonly a: TrackedForm
  readonly b: TrackedForm
  readonly c: TrackedForm
}

class Untangling {
  readonly #wires: Wires
  readonly #rows: TrackedRow[] = []
  readonly #isKnown = new Set<number>()
  /** Forms in which an unknown wire occurs. */
  readonly #uses = new Map<number, Set<TrackedForm>>()
  readonly #shared = new Map<string, TrackedForm>()
  #pending: number[] = []

  constructor(rows: readonly Row[], wires: Wires) {
    this.#wires = wires
    for (const { a, b, c } of rows) {
      for (const wire of [...a.keys(), ...b.keys(), ...c.keys()]) {
        if (wires.isInput(wire)) this.#isKnown.add(wire)
      }
      this.#addRow({ a: this.#track(a), b: this.#track(b), c: this.#track(c) })
    }
    this.#follow()
    while (this.#replaceSums()) this.#follow()
  }

  rows(): Row[] {
    return this.#rows.map(({ a, b, c }) => ({ a: a.terms, b: b.terms, c: c.terms }))
  }

  #addRow(row: TrackedRow): void {
    const i = this.#rows.push(row) - 1
    for (const form of [row.a, row.b, row.c]) form.rows.push(i)
    this.#pending.push(i)
  }

  /** Equal forms are rewritten once: squares have two of them. */
  #track(terms: Form): TrackedForm {
    const key = [...terms].flat().join()
    const known = this.#shared.get(key)
    if (known !== undefined) return known
    const form = this.#newForm(new Map(terms), false)
    this.#shared.set(key, form)
    return form
  }

  #newForm(terms: Form, isDefinition: boolean): TrackedForm {
    const form = { terms, isDefinition, open: 0, rows: [] }
    for (const wire of terms.keys()) this.#enter(form, wire)
    return form
  }

  #enter(form: TrackedForm, wire: number): void {
    if (this.#isKnown.has(wire)) return
    form.open++
    const uses = this.#uses.get(wire)
    if (uses === undefined) this.#uses.set(wire, new Set([form]))
    else uses.add(form)
  }

  /** Marks as known what rows determine, one row at a time. */
  #follow(): void {
    // The list grows while it is read.
    for (const i of this.#pending) {
      const unknown = this.#determinedBy(this.#rows[i])
      for (const wire of unknown) this.#know(wire)
    }
    this.#pending = []
  }

  #determinedBy(row: TrackedRow | undefined): number[] {
    if (row === undefined || (row.a.open > 0 && row.b.open > 0)) return []
    const factor = row.a.open > 0 ? row.a : row.b
    // Long sums of numbers are not worth a look.
    if (factor.open > 1 && row.c.open > 1 && !this.#hasOnlyDigits(row.c)) return []
    const unknown = this.#unknownIn(factor, row.c)
    return unknown.length === 1 || unknown.every(this.#wires.isDigit) ? unknown : []
  }

  #know(wire: number): void {
    this.#isKnown.add(wire)
    for (const form of this.#uses.get(wire) ?? []) {
      form.open--
      this.#pending.push(...form.rows)
    }
    this.#uses.delete(wire)
  }

  /** Gives a wire to each sum that is determined although none of its wires is. */
  #replaceSums(): boolean {
    let isAny = false
    for (const row of [...this.#rows]) {
      if (row.a.open > 0 || row.b.open > 0 || row.c.open < 2 || row.c.isDefinition) continue
      const unknown = this.#unknownIn(row.c)
      const [pivot] = unknown
      if (pivot === undefined || unknown.some(this.#wires.isDigit)) continue
      this.#replaceSum(row, pivot)
      isAny = true
    }
    return isAny
  }

  #replaceSum(row: TrackedRow, pivot: number): void {
    const sum = this.#wires.addWire()
    this.#isKnown.add(sum)
    // sum = terms, so pivot = (sum - other terms) / its coefficient
    const factor = reduce(-inverseOf(reduce(row.c.terms.get(pivot) ?? 0n)))
    const value: Form = new Map([[sum, reduce(-factor)]])
    for (const [wire, coefficient] of row.c.terms) {
      if (wire !== pivot) value.set(wire, reduce(coefficient * factor))
    }
    const forms = [...(this.#uses.get(pivot) ?? [])]
    this.#uses.set(pivot, new Set(forms.filter(({ isDefinition }) => isDefinition)))
    for (const form of forms) if (!form.isDefinition) this.#substitute(form, pivot, value)
    const nothing = this.#track(new Map())
    const definition = this.#newForm(new Map(value).set(pivot, -1n), true)
    this.#addRow({ a: nothing, b: nothing, c: definition })
  }

  #substitute(form: TrackedForm, pivot: number, value: Form): void {
    const factor = form.terms.get(pivot) ?? 0n
    form.terms.delete(pivot)
    form.open--
    for (const [wire, coefficient] of value) {
      const before = form.terms.get(wire)
      const after = ((before ?? 0n) + factor * coefficient) % FIELD_ORDER
      if (after === 0n) {
        form.terms.delete(wire)
        if (before !== undefined) this.#leave(form, wire)
      } else {
        form.terms.set(wire, after)
        if (before === undefined) this.#enter(form, wire)
      }
    }
    if (form.open < 2) this.#pending.push(...form.rows)
  }

  #leave(form: TrackedForm, wire: number): void {
    if (this.#isKnown.has(wire)) return
    form.open--
    this.#uses.get(wire)?.delete(form)
  }

  #unknownIn(...forms: readonly TrackedForm[]): number[] {
    const unknown = new Set<number>()
    for (const { terms, open } of forms) {
      if (open === 0) continue
      for (const wire of terms.keys()) if (!this.#isKnown.has(wire)) unknown.add(wire)
    }
    return [...unknown]
  }

  #hasOnlyDigits({ terms }: TrackedForm): boolean {
    for (const wire of terms.keys()) {
      if (!this.#isKnown.has(wire) && !this.#wires.isDigit(wire)) return false
    }
    return true
  }
}
