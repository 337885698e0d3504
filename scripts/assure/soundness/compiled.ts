import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { reduce } from '../../../core/field.ts'
import type { Optimisation } from '../../build/compile.ts'
import { projectAt } from '../../build/project.ts'
import { compileOnce } from '../mutation/constraints.ts'
import { parseR1cs, readR1cs } from './r1cs.ts'
import { System } from './system.ts'
import type { Wire } from './system.ts'

const PROJECT = projectAt(fileURLToPath(new URL('../../..', import.meta.url)))

type Value = bigint | readonly Value[]
/** Inputs of a circuit by name; arrays and buses may be nested or flat. */
export type Inputs = Readonly<Record<string, Value>>

/** A circuit as constraints. */
export class CompiledSystem {
  readonly system: System
  #places: ReadonlyMap<string, readonly Wire[]> | undefined

  constructor(system: System) {
    this.system = system
  }

  /** @throws TypeError if an input is missing or has another size. */
  inputsOf(inputs: Inputs): Map<Wire, bigint> {
    this.#places ??= inputPlaces(this.system)
    const known = new Map<Wire, bigint>()
    for (const [name, values] of Object.entries(flatInputs(inputs))) {
      const wires = this.#places.get(name) ?? []
      if (wires.length !== values.length) throw new TypeError(`the input ${name} has another size`)
      wires.forEach((wire, i) => known.set(wire, values[i] ?? 0n))
    }
    if (known.size !== this.system.inputs.length) throw new TypeError('an input is missing')
    return known
  }
}

/** A circuit with the program that computes its witnesses. */
export class CompiledCircuit extends CompiledSystem {
  readonly #program: WitnessProgram

  constructor(system: System, program: WitnessProgram) {
    super(system)
    this.#program = program
  }

  /** @throws ZerocardError with `PROVING_FAILED` if the program finds the inputs wrong. */
  async witness(inputs: Inputs): Promise<bigint[]> {
    return witnessValues(await this.#program.run(flatInputs(inputs)))
  }
}

/**
 * Compiles circom source to constraints, once per content. There is no program for witnesses, which
 * takes the compiler as long again.
 *
 * @param source - A whole file with its `component main`. Includes name files of `circuits/` and of
 *   circomlib, such as `tags.circom` or `bitify.circom`.
 * @throws ZerocardError with `ARTIFACT_INVALID` and the compiler's words if it refuses.
 */
export async function compileSource(
  source: string,
  optimisation: Optimisation = 0,
): Promise<CompiledSystem> {
  const { r1cs, symbols } = await compileOnce(source, optimisation)
  return new CompiledSystem(new System(parseR1cs(r1cs), symbols))
}

/** A circuit that `npm run build` made. */
export async function loadArtifact(name: string): Promise<CompiledCircuit> {
  const file = (ending: string): string => join(PROJECT.artifacts, name, `${name}.${ending}`)
  const program = await WitnessProgram.compile(readFileSync(file('wasm')))
  const symbols = readFileSync(file('sym'), 'utf8')
  return new CompiledCircuit(new System(readR1cs(file('r1cs')), symbols), program)
}

/** The wires of each input, flat, in the order in which its values are given. */
function inputPlaces(system: System): Map<string, Wire[]> {
  const isInput = new Set(system.inputs)
  const places = new Map<string, Set<Wire>>()
  for (const [name, wire] of system.names) {
    if (!isInput.has(wire)) continue
    const [input = ''] = name.split(/[[.]/, 1)
    places.set(input, (places.get(input) ?? new Set()).add(wire))
  }
  return new Map([...places].map(([name, wires]) => [name, [...wires].sort((a, b) => a - b)]))
}

function flatInputs(inputs: Inputs): Record<string, bigint[]> {
  const flat = (value: Value): bigint[] =>
    typeof value === 'bigint' ? [reduce(value)] : value.flatMap(flat)
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, flat(value)]))
}
