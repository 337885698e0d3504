import { reduce } from '../../../core/field.ts'
import { ZerocardError } from '../../../core/errors.ts'
import { System, parseR1cs } from '../soundness/engine.ts'
import type { Wire } from '../soundness/engine.ts'
import type { Bench, Inputs } from '../templates/bench.ts'
import { compileOnce, compileWith, projectSources } from './constraints.ts'
import type { Compilation, Sources } from './constraints.ts'
import { deduce } from './deduced.ts'

/** What became of a mutant. */
export type Verdict =
  | 'compiler' // it does not compile, mostly for the tags
  | 'same' // the compiler makes the same constraints of it
  | 'uniqueness' // the inputs no longer determine the witness, or that there is none
  | 'model' // a true statement is refused, or an output is not what the model says
  | 'false statement' // a false statement is accepted
  | 'survived'

/** A bench with its circuit as it should be. */
export interface JudgedBench {
  readonly bench: Bench
  readonly compilation: Compilation
  readonly accepted: readonly Case[]
  readonly refused: readonly ReadonlyMap<Wire, bigint>[]
}

interface Case {
  readonly inputs: ReadonlyMap<Wire, bigint>
  readonly outputs: ReadonlyMap<Wire, bigint>
}

/** Compiles the bench; its cases are then by wire, which mutants do not renumber. */
export async function prepare(bench: Bench): Promise<JudgedBench> {
  const compilation = await compileOnce(bench.main, 0, sourcesOf(bench, projectSources()))
  const system = systemOf(compilation)
  return {
    bench,
    compilation,
    accepted: bench.accepted.map(({ inputs, outputs }) => ({
      inputs: wiresOf(system, inputs),
      outputs: new Map(
        Object.entries(outputs).map(([name, value]) => [system.wireOf(name), reduce(value)]),
      ),
    })),
    refused: bench.refused.map((inputs) => wiresOf(system, inputs)),
  }
}

/** Judges the circuit with other sources, until something is found. */
export async function judge(judged: JudgedBench, sources: Sources): Promise<Verdict> {
  const { bench, compilation } = judged
  const mutated = await compileWith(bench.main, sourcesOf(bench, sources)).catch(refusal)
  if (mutated === undefined) return 'compiler'
  if (Buffer.compare(mutated.r1cs, compilation.r1cs) === 0) return 'same'
  return judgeSystem(judged, systemOf(mutated))
}

/** Judges the bench's own circuit: `survived` is what it has to be. */
export function judgeHonest(judged: JudgedBench): Verdict {
  return judgeSystem(judged, systemOf(judged.compilation))
}

function judgeSystem({ accepted, refused }: JudgedBench, system: System): Verdict {
  const [first, ...others] = accepted
  const seen = first === undefined ? undefined : flawOf(system, first)
  if (seen !== undefined) return seen
  for (const inputs of refused) {
    const { verdict } = deduce(system, inputs)
    if (verdict === 'accepted') return 'false statement'
    if (verdict === 'open') return 'uniqueness'
  }
  for (const other of others) {
    const flaw = flawOf(system, other)
    if (flaw !== undefined) return flaw
  }
  return 'survived'
}

function flawOf(system: System, { inputs, outputs }: Case): Verdict | undefined {
  const { verdict, values } = deduce(system, inputs)
  if (verdict === 'refused') return 'model'
  if (verdict !== 'accepted') return 'uniqueness'
  return [...outputs].every(([wire, value]) => values.get(wire) === value) ? undefined : 'model'
}

function systemOf({ r1cs, symbols }: Compilation): System {
  return new System(parseR1cs(r1cs, 'mutant'), symbols)
}

function sourcesOf({ library = {} }: Bench, sources: Sources): Sources {
  return new Map([...sources, ...Object.entries(library)])
}

/** Only the compiler's own refusal counts. */
function refusal(error: unknown): undefined {
  if (error instanceof ZerocardError && error.code === 'ARTIFACT_INVALID') return undefined
  throw error
}

/** Inputs by wire: circom numbers the elements of an input in the order of their values. */
function wiresOf(system: System, inputs: Inputs): Map<Wire, bigint> {
  const places = inputPlaces(system)
  const known = new Map<Wire, bigint>()
  for (const [name, value] of Object.entries(inputs)) {
    const wires = places.get(name) ?? []
    const values = [value].flat(9) as bigint[]
    if (wires.length !== values.length) throw new TypeError(`the input ${name} has another size`)
    wires.forEach((wire, i) => known.set(wire, reduce(values[i] ?? 0n)))
  }
  if (known.size !== system.inputs.length) throw new TypeError('an input is missing')
  return known
}

function inputPlaces(system: System): Map<string, Wire[]> {
  const isInput = new Set(system.inputs)
  const places = new Map<string, Set<Wire>>()
  for (const [name, wire] of system.names) {
    const [input = ''] = name.split(/[[.]/, 1)
    if (!isInput.has(wire)) continue
    places.set(input, (places.get(input) ?? new Set()).add(wire))
  }
  return new Map([...places].map(([name, wires]) => [name, [...wires].sort((a, b) => a - b)]))
}
