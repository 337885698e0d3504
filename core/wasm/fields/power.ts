import { i32 } from '../code.ts'
import type { Callable, ModuleBuilder } from '../code.ts'
import type { Layout } from '../layout.ts'
import { place, settled, slotAt } from './field-code.ts'
import type { Bounds, FieldCode, Slot } from './field-code.ts'

/** Bits of the exponent that one multiplication takes. */
const WINDOW = 4
const ENTRIES = 1 << WINDOW

/** Of what the function gives. */
export const POWER_BOUNDS: Bounds = { value: 1.01, limb: 1 }
/** Of what it takes. */
export const BASE_BOUNDS: Bounds = { value: 1.1, limb: 2 }

/**
 * A function `(to, a)` that raises to a fixed power.
 *
 * @param field - Its product and square, and one.
 */
export function addPower(
  module: ModuleBuilder,
  layout: Layout,
  name: string,
  field: FieldCode,
  exponent: bigint,
): Callable {
  const digits = windowsOf(exponent)
  const exponentAt = layout.constant(Uint8Array.from(digits))
  const table = layout.room(ENTRIES * field.slotBytes)
  const result = place(layout.room(field.slotBytes))
  return module.define(name, ['i32', 'i32'] as const, (f, [to, a]) => {
    const entry = (i: number) => place(table, i * field.slotBytes)
    const bounds = { value: 1.2, limb: 1 }
    // a · 1 brings a within bounds, whatever they were.
    const base = field.mul(f, entry(1), slotAt(place(a), BASE_BOUNDS), field.one)
    field.mul(f, entry(0), field.one, field.one)
    field.mul(f, result, field.one, field.one)
    for (let i = 2; i < ENTRIES; i++) {
      settled(field.mul(f, entry(i), slotAt(entry(i - 1), bounds), base), bounds)
    }
    const kept: Slot = slotAt(result, bounds)
    const index = f.let(i32.const(0))
    f.upTo(index, i32.const(digits.length), 1, () => {
      for (let k = 0; k < WINDOW; k++) settled(field.sqr(f, result, kept), bounds)
      const digit = i32.and(i32.load(i32.add(exponentAt, index)), i32.const(ENTRIES - 1))
      const factor = i32.add(table, i32.mul(digit, i32.const(field.slotBytes)))
      settled(field.mul(f, result, kept, slotAt(place(factor), bounds)), bounds)
    })
    settled(field.mul(f, place(to), kept, field.one), POWER_BOUNDS)
  })
}

/** From the highest. */
function windowsOf(exponent: bigint): number[] {
  const digits = []
  for (let rest = exponent; rest > 0n; rest >>= BigInt(WINDOW)) {
    digits.unshift(Number(rest & BigInt(ENTRIES - 1)))
  }
  return digits
}
