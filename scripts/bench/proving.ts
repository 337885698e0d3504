import { fork } from 'node:child_process'
import { once } from 'node:events'
import * as snarkjs from 'snarkjs'
import type { EngineKind } from '../../client/groth16/engine.ts'
import { loadGroth16Prover } from '../../client/groth16/prover.ts'
import { SumHelper } from '../../client/groth16/sum-helper.ts'
import type { CircuitName } from '../../client/prover.ts'
import { WitnessProgram } from '../../client/witness-program.ts'
import { wtnsFile } from '../build/wtns.ts'
import { openArtifacts } from '../zerocard/artifacts.ts'
import { spawnHelper } from '../zerocard/sum-helper.ts'
import { circuitInputs } from './browser/inputs.ts'
import type { ColdTask } from './cold.ts'
import { medianOf, rounded } from './figure.ts'
import type { Figure } from './figure.ts'

// The prover beside snarkjs, on the same key and witness, by turns: only their ratios travel.

const ROUNDS = 7
/** V8 compiles what is hot once more; only then is it as fast as it gets. */
const WARM_UPS = 3
const COLD_ROUNDS = 3
/** Milliseconds before each run. */
const REST = 300

type Run = () => Promise<unknown>

/** Proofs of both circuits, witness excluded. */
export async function* proverFigures(): AsyncGenerator<Figure> {
  for await (const { circuit, zkey, witness } of jobs()) {
    const runs = await runsFor(zkey, witness)
    yield* figuresOf('prove', circuit, await byTurns(runs, ROUNDS, WARM_UPS))
  }
}

/** From the start of a process that has loaded nothing, its sources as they are, to a first proof. */
export async function* coldProcessFigures(): AsyncGenerator<Figure> {
  for await (const { circuit, zkey, witness } of jobs()) {
    const times = await byTurns(coldRuns(zkey, witness), COLD_ROUNDS, 0)
    yield* figuresOf('cold.process', circuit, times)
  }
}

interface Job {
  readonly circuit: CircuitName
  readonly zkey: Uint8Array
  readonly witness: Uint32Array
}

async function* jobs(): AsyncGenerator<Job> {
  const inputs = await circuitInputs()
  const { source } = await openArtifacts()
  for (const circuit of ['eligibility-1', 'eligibility-3'] as const) {
    const { wasm, zkey } = await source(circuit)
    const program = await WitnessProgram.compile(wasm)
    yield { circuit, zkey, witness: await program.run(inputs[circuit]) }
  }
}

/** By how the figures are called that they give. */
async function runsFor(zkey: Uint8Array, witness: Uint32Array): Promise<Record<string, Run>> {
  const own = async (kind: EngineKind, threads: 1 | 2): Promise<Run> => {
    const port = threads === 2 ? spawnHelper() : undefined
    const helper = port === undefined ? undefined : new SumHelper(port)
    const prover = await loadGroth16Prover(zkey, helper, [kind])
    return () => prover.prove(witness)
  }
  const theirs =
    (singleThread: boolean): Run =>
    () => {
      const wtns = { type: 'mem', data: wtnsFile(witness) } as const
      return snarkjs.groth16.prove({ type: 'mem', data: zkey }, wtns, undefined, { singleThread })
    }
  return {
    '': await own('fma', 2),
    '.1thread': await own('fma', 1),
    'scalar.': await own('scalar', 2),
    'scalar..1thread': await own('scalar', 1),
    'snarkjs.': theirs(false),
    'snarkjs..1thread': theirs(true),
  }
}

/** From the start of a process to its first proof. */
function coldRuns(zkey: Uint8Array, witness: Uint32Array): Record<string, Run> {
  const cold =
    (prover: ColdTask['prover']): Run =>
    async () => {
      const child = fork(new URL('./cold.ts', import.meta.url), { serialization: 'advanced' })
      try {
        child.send({ prover, zkey, witness } satisfies ColdTask)
        await once(child, 'message')
      } finally {
        child.kill()
      }
    }
  return { '': cold('own'), 'snarkjs.': cold('snarkjs') }
}

async function byTurns(
  runs: Readonly<Record<string, Run>>,
  rounds: number,
  warmUps: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(Object.keys(runs).map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      await rest()
      const start = performance.now()
      await run()
      if (round >= 0) times.get(name)?.push(performance.now() - start)
    }
  }
  return times
}

/** The threads of the run before are still ending, and its garbage is being collected. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, REST)
  })
}

/** `snarkjs..1thread` of `prove` becomes `prove.snarkjs.CIRCUIT.1thread.ms`, with the ratios to it. */
function* figuresOf(
  what: string,
  circuit: string,
  times: ReadonlyMap<string, readonly number[]>,
): Generator<Figure> {
  const nameOf = (key: string, unit: string): string => {
    const dot = key.startsWith('.') ? -1 : key.indexOf('.')
    const [before, after] = [key.slice(0, dot + 1), key.slice(dot + 1)]
    return `${what}.${before}${circuit}${after}.${unit}`
  }
  for (const [key, values] of times) yield medianOf(nameOf(key, 'ms'), 'ms', values)
  for (const [key, values] of times) {
    if (key.startsWith('snarkjs')) continue
    const peer = times.get(key.endsWith('.1thread') ? 'snarkjs..1thread' : 'snarkjs.') ?? []
    // Pair by pair, so that a machine that becomes slower does so for both.
    const ratios = values.map((value, i) => (peer[i] ?? Number.NaN) / value)
    const value = rounded(medianOf('', 'ms', ratios).value)
    yield { name: nameOf(key, 'times-snarkjs'), value, unit: 'times', runs: ratios.length }
  }
}
