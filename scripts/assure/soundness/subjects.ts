import { ZerocardError } from '../../../core/errors.ts'
import { BENCHES } from '../templates/benches.ts'
import type { Bench, TrueCase } from '../templates/bench.ts'
import { CompiledCircuit, compileSource, loadArtifact } from './compiled.ts'
import type { CompiledSystem, Inputs } from './compiled.ts'
import { honestInputs } from './honest/inputs.ts'
import { searchSecondWitness } from './second-witness.ts'

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
  return isCircuit(name) ? honestInputs(name, index) : caseOf(name, index).inputs
}

/** Outputs of a template's case by name, as they are computed without circuits; empty for a circuit. */
export function expectedOutputs(name: string, index: number): Readonly<Record<string, bigint>> {
  return isCircuit(name) ? {} : caseOf(name, index).outputs
}

/**
 * A witness for honest inputs: for a circuit, as its own program computes it; for a template, as it
 * follows from the constraints.
 *
 * @returns undefined if the inputs are refused.
 */
export async function honestWitness(
  name: string,
  index: number,
): Promise<readonly bigint[] | undefined> {
  const inputs = honestInputsOf(name, index)
  const compiled = await loadSubject(name)
  if (compiled instanceof CompiledCircuit) return compiled.witness(inputs).catch(refusal)
  return searchSecondWitness(compiled.system, compiled.inputsOf(inputs)).witness
}

/** Only the program's own refusal counts; a wrong name or size is a mistake of the check. */
function refusal(error: unknown): undefined {
  if (error instanceof ZerocardError && error.code === 'PROVING_FAILED') return undefined
  throw error
}

function caseOf(name: string, index: number): TrueCase {
  const honest = benchOf(name).accepted[index]
  if (honest === undefined) throw new TypeError(`${name} has no honest inputs number ${index}`)
  return honest
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
