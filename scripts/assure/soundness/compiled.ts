import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { reduce } from '../../../core/field.ts'
import { compileCircuit, describeCompiler } from '../../build/compile.ts'
import type { Optimisation } from '../../build/compile.ts'
import { circomFiles, hasCode, projectAt } from '../../build/project.ts'
import { readR1cs } from './r1cs.ts'
import { System } from './system.ts'
import type { Wire } from './system.ts'

const PROJECT = projectAt(fileURLToPath(new URL('../../..', import.meta.url)))
const CACHE = join(PROJECT.artifacts, 'assurance-circuits')

type Value = bigint | readonly Value[]
/** Inputs of a circuit by name; arrays and buses may be nested or flat. */
export type Inputs = Readonly<Record<string, Value>>

/** A circuit as constraints and as the program that computes its witnesses. */
export class CompiledSystem {
  readonly system: System
  readonly #program: WitnessProgram

  constructor(system: System, program: WitnessProgram) {
    this.system = system
    this.#program = program
  }

  /** @throws ZerocardError with `PROVING_FAILED` if the program finds the inputs wrong. */
  async witness(inputs: Inputs): Promise<bigint[]> {
    return witnessValues(await this.#program.run(flatInputs(inputs)))
  }

  /** @throws TypeError if an input is missing or has another size. */
  inputsOf(inputs: Inputs): Map<Wire, bigint> {
    const known = new Map<Wire, bigint>()
    for (const [name, values] of Object.entries(flatInputs(inputs))) {
      const wires = this.#wiresOf(name)
      if (wires.length !== values.length) throw new TypeError(`the input ${name} has another size`)
      wires.forEach((wire, i) => known.set(wire, values[i] ?? 0n))
    }
    if (known.size !== this.system.inputs.length) throw new TypeError('an input is missing')
    return known
  }

  /** The wires of an input, flat, in the order in which its values are given. */
  #wiresOf(input: string): Wire[] {
    const { outputs, publicInputs, privateInputs } = this.system.r1cs
    const last = outputs + publicInputs + privateInputs
    const wires = [...this.system.names]
      .filter(([name, wire]) => wire > outputs && wire <= last && belongsTo(input, name))
      .map(([, wire]) => wire)
    return [...new Set(wires)].sort((one, other) => one - other)
  }
}

/**
 * Compiles circom source, once per content.
 *
 * @param source - A whole file with its `component main`. Includes name files of `circuits/` and of
 *   circomlib, such as `tags.circom` or `bitify.circom`.
 * @throws ZerocardError with `ARTIFACT_INVALID` and the compiler's words if it refuses.
 */
export async function compileSource(
  source: string,
  optimisation: Optimisation = 0,
): Promise<CompiledSystem> {
  const digest = createHash('sha256').update(describeCompiler(optimisation)).update(ownSources())
  const folder = join(CACHE, digest.update(source).digest('hex').slice(0, 24))
  if (!existsSync(folder)) await compileInto(folder, source, optimisation)
  return load(folder, 'main')
}

/** A circuit that `npm run build` made. */
export function loadArtifact(name: string): Promise<CompiledSystem> {
  return load(join(PROJECT.artifacts, name), name)
}

async function load(folder: string, name: string): Promise<CompiledSystem> {
  const file = (ending: string): string => join(folder, `${name}.${ending}`)
  const program = await WitnessProgram.compile(readFileSync(file('wasm')))
  const symbols = readFileSync(file('sym'), 'utf8')
  return new CompiledSystem(new System(readR1cs(file('r1cs')), symbols), program)
}

async function compileInto(
  folder: string,
  source: string,
  optimisation: Optimisation,
): Promise<void> {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  try {
    writeFileSync(join(draft, 'main.circom'), source)
    await compileCircuit({
      source: join(draft, 'main.circom'),
      outDir: draft,
      optimisation,
      includePaths: [PROJECT.circuits, PROJECT.circomlib],
    })
    renameSync(draft, folder)
  } catch (error) {
    // Another process may have been faster; its result is the same.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function ownSources(): string {
  return circomFiles(PROJECT.circuits)
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`)
    .join('\n')
}

function belongsTo(input: string, name: string): boolean {
  return name === input || name.startsWith(`${input}[`) || name.startsWith(`${input}.`)
}

function flatInputs(inputs: Inputs): Record<string, bigint[]> {
  const flat = (value: Value): bigint[] =>
    typeof value === 'bigint' ? [reduce(value)] : value.flatMap(flat)
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, flat(value)]))
}
