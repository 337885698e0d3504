import { FIELD_ORDER, invert, reduce } from '../../../core/field.ts'
import type { Combination, Constraint } from './r1cs.ts'

// Constraints of the form form * (form - 1) = 0: what they say, and how they are told.

/** A linear combination, constant included, that a constraint makes 0 or 1. */
export interface DigitForm {
  readonly wires: readonly number[]
  readonly coefficients: readonly bigint[]
}

/** The form that a constraint makes 0 or 1, if that is what the constraint does. */
export function digitForm([a, b, c]: Constraint): DigitForm | undefined {
  if (c.wires.length > 0) return undefined
  const [left, right] = [variablePart(a), variablePart(b)]
  const [first] = left.keys()
  if (first === undefined || left.size !== right.size) return undefined
  const ratio = reduce((right.get(first) ?? 0n) * invert(left.get(first) ?? 0n))
  for (const [wire, coefficient] of left) {
    if (reduce(coefficient * ratio - (right.get(wire) ?? 0n)) !== 0n) return undefined
  }
  return formBetween(left, -constantOf(a), -constantOf(b) * invert(ratio))
}

/** `part` is `zero` or `one`; scaled so that it is 0 or 1. */
function formBetween(
  part: ReadonlyMap<number, bigint>,
  zero: bigint,
  one: bigint,
): DigitForm | undefined {
  const difference = reduce(one - zero)
  if (difference === 0n) return undefined
  const scaled = scaledForm(part, zero, invert(difference))
  // A single wire is a digit whichever of its two values the constraint names first.
  const [coefficient = 0n, constant = 0n] = scaled.coefficients
  const isComplement = part.size === 1 && coefficient === -1n && constant === 1n
  return isComplement ? scaledForm(part, one, invert(reduce(-difference))) : scaled
}

function scaledForm(part: ReadonlyMap<number, bigint>, zero: bigint, scale: bigint): DigitForm {
  const constant = centred(-zero * scale)
  return {
    wires: [...part.keys(), ...(constant === 0n ? [] : [0])],
    coefficients: [
      ...[...part.values()].map((coefficient) => centred(coefficient * scale)),
      ...(constant === 0n ? [] : [constant]),
    ],
  }
}

function variablePart({ wires, coefficients }: Combination): Map<number, bigint> {
  const part = new Map<number, bigint>()
  wires.forEach((wire, i) => {
    if (wire !== 0) part.set(wire, (part.get(wire) ?? 0n) + (coefficients[i] ?? 0n))
  })
  return part
}

function constantOf({ wires, coefficients }: Combination): bigint {
  return wires.reduce((sum, wire, i) => (wire === 0 ? sum + (coefficients[i] ?? 0n) : sum), 0n)
}

/** The representative next to 0. */
export function centred(value: bigint): bigint {
  const reduced = reduce(value)
  return reduced > FIELD_ORDER / 2n ? reduced - FIELD_ORDER : reduced
}
