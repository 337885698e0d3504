import { deriveForAllInputs } from './for-all-inputs.ts'
import { ZERO_HELPER } from './second-witness.ts'
import type { System, Wire } from './system.ts'

/** What is known of a system without looking at values: numbers of wires, inputs left out. */
export type Leftovers = {
  /** Follow from the inputs and the wires below, whatever the inputs are. */
  readonly always: number
  /** Helpers of comparisons with zero, which are free where zero is compared. */
  readonly helpers: number
  /** Follow if a divisor is not 0. */
  readonly divided: number
  /** Digits of numbers that several readings stand for. */
  readonly readInSeveralWays: number
  /** Names of the wires that follow from nothing. */
  readonly open: readonly string[]
  /** Where edge cases can lie: wires by the last two components of their names. */
  readonly places: Readonly<Record<string, number>>
}

export function leftoversOf(system: System): Leftovers {
  const { always, divided, readInSeveralWays, open } = deriveForAllInputs(system)
  const isHelper = (wire: Wire): boolean => ZERO_HELPER.test(system.nameOf(wire))
  const isNone = (wire: Wire): boolean => !isHelper(wire)
  const edges = [...divided.filter(isNone), ...readInSeveralWays]
  return {
    always: always.length,
    helpers: [...divided, ...open].filter(isHelper).length,
    divided: divided.filter(isNone).length,
    readInSeveralWays: readInSeveralWays.length,
    open: open.filter(isNone).map((wire) => system.nameOf(wire)),
    places: counted(edges.map((wire) => placeOf(system.nameOf(wire)))),
  }
}

function placeOf(name: string): string {
  const components = name
    .replace(/\[\d+\]/g, '')
    .split('.')
    .slice(0, -1)
  return components.slice(-2).join('.')
}

function counted(places: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const place of places) counts[place] = (counts[place] ?? 0) + 1
  return counts
}
