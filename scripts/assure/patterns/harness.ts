import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import { deduce, readTwice } from '../mutation/deduced.ts'
import { killWireMutants, searchSecondWitness } from '../soundness/engine.ts'
import type { System, Wire } from '../soundness/engine.ts'
import type { Pattern, Values } from './pattern.ts'

/** Parts of the harness, in the order in which they are tried. */
export const PARTS = ['uniqueness', 'wires', 'domains', 'specification'] as const

export type Part = (typeof PARTS)[number]

/** The parts that find something wrong with a circuit that should be what the pattern says. */
export function findingsIn(system: System, pattern: Pattern): Part[] {
  const accepted = pattern.samples.map((sample) => ({ sample, ...accept(system, sample) }))
  const found: Record<Part, boolean> = {
    uniqueness: accepted.some(({ isAmbiguous }) => isAmbiguous),
    wires: accepted.some(({ witness }) => witness !== undefined && hasLooseWire(system, witness)),
    domains: pattern.samples.some((sample) => acceptsBeyond(system, pattern, sample)),
    specification:
      accepted.some(({ sample, witness }) => {
        return !pattern.isRight(sample, witness && outputsOf(system, pattern, witness))
      }) || givesTwo(system, pattern, accepted),
  }
  return PARTS.filter((part) => found[part])
}

interface Acceptance {
  /** Undefined if the circuit refuses. */
  readonly witness: readonly bigint[] | undefined
  readonly isAmbiguous: boolean
}

function accept(system: System, sample: Values): Acceptance {
  const { verdict, values } = deduce(system, wiresOf(system, sample))
  if (verdict === 'refused') return { witness: undefined, isAmbiguous: false }
  if (verdict === 'accepted') return { witness: inOrder(values), isAmbiguous: false }
  const reading = readTwice(system, values)
  if (reading !== undefined) return { witness: inOrder(reading), isAmbiguous: true }
  const { witness, second } = searchSecondWitness(system, values)
  return { witness: witness ?? second, isAmbiguous: second !== undefined }
}

function inOrder(values: ReadonlyMap<Wire, bigint>): bigint[] {
  return Array.from({ length: values.size }, (_, wire) => values.get(wire) ?? 0n)
}

/** True if a wire that is no input can have another value, all others staying as they are. */
function hasLooseWire(system: System, witness: readonly bigint[]): boolean {
  const inputs = new Set(system.inputs)
  return killWireMutants(system, witness).survivors.some(({ wire }) => {
    // The helper of a comparison with zero is free where zero is compared.
    return !inputs.has(wire) && !/(^|[.])inv$/.test(system.nameOf(wire))
  })
}

/** True if an input of a sample can be put out of its range, with all that follows from it. */
function acceptsBeyond(system: System, { digits = {} }: Pattern, sample: Values): boolean {
  return Object.entries(digits).some(([name, width]) =>
    beyond(width).some((value) => accept(system, { ...sample, [name]: value }).witness),
  )
}

/** Values that have no place in a range of this many digits. */
function beyond(width: number): bigint[] {
  const outside = [-1n, 1n << BigInt(width), (FIELD_ORDER + 1n) / 2n, 1n << 252n, 3n << 100n]
  return outside.map(reduce)
}

function givesTwo(
  system: System,
  pattern: Pattern,
  accepted: readonly (Acceptance & { readonly sample: Values })[],
): boolean {
  const { oneFor } = pattern
  if (oneFor === undefined) return false
  const given = new Map<string, bigint | undefined>()
  return accepted.some(({ sample, witness }) => {
    if (witness === undefined) return false
    const values = { ...sample, ...outputsOf(system, pattern, witness) }
    const key = oneFor.of.map((name) => String(values[name])).join()
    const value = values[oneFor.is]
    const isOther = given.has(key) && given.get(key) !== value
    given.set(key, value)
    return isOther
  })
}

function outputsOf(system: System, { outputs }: Pattern, witness: readonly bigint[]): Values {
  return Object.fromEntries(outputs.map((name) => [name, witness[system.wireOf(name)] ?? 0n]))
}

function wiresOf(system: System, values: Values): Map<Wire, bigint> {
  return new Map(
    Object.entries(values).map(([name, value]) => [system.wireOf(name), reduce(value)]),
  )
}
