import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FIELD_ORDER, reduce } from '../../../core/field.ts'
import type { Optimisation } from '../../build/compile.ts'
import { System, parseR1cs } from '../soundness/engine.ts'
import type { Wire } from '../soundness/engine.ts'
import { compileOnce } from './constraints.ts'
import { deduce } from './deduced.ts'

/** The same circuit with all its signals, and simplified little and much. */
export const LEVELS: readonly Optimisation[] = [0, 1, 2]

/** Values by signal name. */
export type Assignment = ReadonlyMap<string, bigint>

/** What the builds say to one assignment. */
export interface Verdicts {
  /** `accepted` or `refused`; absent where a build leaves something open. */
  readonly byLevel: readonly ('accepted' | 'refused' | undefined)[]
  /** Outputs of the builds that accept, as texts to compare. */
  readonly outputs: readonly string[]
}

/** A circuit of `circuits/main/` at each level. */
export function buildsOf(name: string): Promise<System[]> {
  const path = fileURLToPath(new URL(`../../../circuits/main/${name}.circom`, import.meta.url))
  return compileAll(readFileSync(path, 'utf8').replaceAll('"../', '"'))
}

/** Any circuit at each level. */
export async function compileAll(main: string): Promise<System[]> {
  const builds: System[] = []
  for (const level of LEVELS) {
    const { r1cs, symbols } = await compileOnce(main, level)
    builds.push(new System(parseR1cs(r1cs, 'main'), symbols))
  }
  return builds
}

/** What each build makes of the values, with all that follows from them. */
export function verdictsOf(builds: readonly System[], assignment: Assignment): Verdicts {
  const all = builds.map((system, level) => {
    const values = [...assignment].map(([name, value]) => [system.wireOf(name), value] as const)
    const { verdict, values: known } = deduce(system, new Map(values), level > 0)
    const outputs = system.outputs.map((wire) => String(known.get(wire) ?? 'unknown'))
    return { verdict, outputs: outputs.join() }
  })
  return {
    byLevel: all.map(({ verdict }) =>
      verdict === 'accepted' || verdict === 'refused' ? verdict : undefined,
    ),
    outputs: all.flatMap(({ verdict, outputs }) => (verdict === 'accepted' ? [outputs] : [])),
  }
}

/** True if no build contradicts another. */
export function agree({ byLevel, outputs }: Verdicts): boolean {
  const verdicts = byLevel.filter((verdict) => verdict !== undefined)
  return new Set(verdicts).size === 1 && new Set(outputs).size <= 1
}

/** Inputs by the names that all builds have. */
export function namedInputs(
  [system]: readonly System[],
  inputs: Readonly<Record<string, bigint | readonly bigint[]>>,
): Map<string, bigint> {
  if (system === undefined) throw new TypeError('no builds')
  const isInput = new Set<Wire>(system.inputs)
  const wires = new Map<string, Set<Wire>>()
  for (const [name, wire] of system.names) {
    const [input = ''] = name.split(/[[.]/, 1)
    if (isInput.has(wire)) wires.set(input, (wires.get(input) ?? new Set()).add(wire))
  }
  return new Map(
    Object.entries(inputs).flatMap(([name, value]) => {
      const places = [...(wires.get(name) ?? [])].sort((a, b) => a - b)
      const values = [value].flat()
      if (places.length !== values.length) throw new TypeError(`the input ${name} has another size`)
      return places.map((wire, i) => [system.nameOf(wire), reduce(values[i] ?? 0n)] as const)
    }),
  )
}

/** Names of signals that every build has, inputs and outputs left out. */
export function commonNames(builds: readonly System[]): string[] {
  const [first, ...others] = builds.map(
    (system) =>
      new Set([...system.names].filter(([, wire]) => isInner(system, wire)).map(nameOnly)),
  )
  return [...(first ?? [])].filter((name) => others.every((names) => names.has(name)))
}

function isInner(system: System, wire: Wire): boolean {
  const { outputs, publicInputs, privateInputs } = system.r1cs
  return wire > outputs + publicInputs + privateInputs
}

function nameOnly([name]: readonly [string, Wire]): string {
  return name
}

/** Another value than the given one, in turn near it, special and anything. */
export function otherValue(value: bigint, turn: number): bigint {
  const others = [value + 1n, 1n - value, -value - 1n, (FIELD_ORDER + 1n) / 2n + value]
  return reduce(others[turn % others.length] ?? 0n)
}
