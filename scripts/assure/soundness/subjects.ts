import { BENCHES } from '../templates/benches.ts'
import type { Bench } from '../templates/bench.ts'
import { compileSource, loadArtifact } from './compiled.ts'
import type { CompiledSystem, Inputs } from './compiled.ts'
import { honestInputs } from './honest/inputs.ts'

// What the soundness checks are about: the circuits that ship, and each template by itself.

export const CIRCUITS = ['enrolment', 'eligibility-1', 'eligibility-3'] as const
export type Circuit = (typeof CIRCUITS)[number]

/** Names of the templates' benches. */
export function templateNames(): string[] {
  return [...benches().keys()]
}

export function isCircuit(name: string): name is Circuit {
  return (CIRCUITS as readonly string[]).includes(name)
}

const loaded = new Map<string, Promise<CompiledSystem>>()

/** A circuit as it ships, or a template without optimisation, with all its signals. */
export function loadSubject(name: string): Promise<CompiledSystem> {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const subject = isCircuit(name) ? loadArtifact(name) : compileSource(benchOf(name).main)
  loaded.set(name, subject)
  return subject
}

/** How many different honest inputs there are. */
export function honestCount(name: string): number {
  return isCircuit(name) ? Infinity : benchOf(name).accepted.length
}

/** @param index - The seed, for a circuit; the number of the case, for a template. */
export function honestInputsOf(name: string, index: number): Inputs {
  if (isCircuit(name)) return honestInputs(name, index)
  const honest = benchOf(name).accepted[index]
  if (honest === undefined) throw new TypeError(`${name} has no honest inputs number ${index}`)
  return honest.inputs
}

let made: ReadonlyMap<string, Bench> | undefined

function benches(): ReadonlyMap<string, Bench> {
  return (made ??= new Map(
    [...new Set(Object.values(BENCHES).flat())]
      .map((make) => make())
      .filter((bench) => isSingle(bench))
      .map((bench) => [bench.name, bench]),
  ))
}

/** Not one of the circuits under another name, and with nothing of the library replaced. */
function isSingle({ name, ...bench }: Bench): boolean {
  return !isCircuit(name) && name !== 'eligibility' && !('library' in bench)
}

function benchOf(name: string): Bench {
  const bench = benches().get(name)
  if (bench === undefined) throw new TypeError(`no bench ${name}`)
  return bench
}
