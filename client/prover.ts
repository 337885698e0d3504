import { encodeProof } from '../core/groth16.ts'
import { assertNotAborted, unlessAborted } from './proving/abort.ts'
import type { Groth16Prover } from './groth16/prover.ts'
import type { HelperPort } from './groth16/sum-helper.ts'
import type { CircuitInputs } from './witness.ts'
import { WitnessProgram, witnessValue } from './witness-program.ts'

export type CircuitName = 'eligibility-1' | 'eligibility-3' | 'enrolment'

/** What a prover needs of a circuit: the compiled witness program and the proving key. */
export interface CircuitArtifacts {
  readonly wasm: Uint8Array
  readonly zkey: Uint8Array
}

/**
 * Gives the artefacts of a circuit; whoever provides it checks them against the manifest.
 *
 * @param progress - Told the fraction of the bytes that are here, from 0 to 1, if it takes long.
 */
export type ArtifactSource = (
  circuit: CircuitName,
  progress?: (fraction: number) => void,
) => Promise<CircuitArtifacts>

/** What a prover is at: a stage and how much of the whole is done, from 0 to 1. */
export type ProofProgress = (stage: 'artifacts' | 'witness' | 'proof', fraction: number) => void

export interface ProvenSignals {
  /** Compressed, base64url. */
  readonly proof: string
  /** In circuit order, outputs first. */
  readonly publicSignals: readonly bigint[]
}

export interface Prover {
  /**
   * @throws ZerocardError with `PROVING_FAILED` if the inputs do not satisfy the circuit; the
   *   message names no input. `ABORTED` if the signal says so before the proof is there.
   */
  prove(
    circuit: CircuitName,
    inputs: CircuitInputs,
    progress?: ProofProgress,
    signal?: AbortSignal,
  ): Promise<ProvenSignals>
}

/** How much of the whole a download of artefacts is shown as, if there has to be one. */
const DOWNLOAD_SHARE = 0.6
/** How much of what remains is done when the artefacts are here, and when the witness is. */
const WITNESS_BEGINS = 0.1
const PROOF_BEGINS = 0.2

export interface ProverOptions {
  /** Starts a thread that takes half of each proof, where there are cores for it. */
  readonly spawnHelper?: () => HelperPort | undefined
}

/**
 * A prover in this thread, and one more if there is a helper: it can be aborted only between its
 * steps. A page uses `createWorkerProver` to stay responsive. Circuits stay ready between proofs.
 */
export function createProver(artifacts: ArtifactSource, options: ProverOptions = {}): Prover {
  const ready = new Map<CircuitName, Promise<ReadyCircuit>>()
  const load = lazily(async () => {
    // A page that proves in a worker never loads this.
    const { groth16Loader } = await import('./groth16/prover.ts')
    return groth16Loader(options.spawnHelper)
  })
  const prepare = (circuit: CircuitName, loaded: (done: number) => void): Promise<ReadyCircuit> => {
    const known = ready.get(circuit) ?? readyCircuit(artifacts, circuit, loaded, load)
    ready.set(circuit, known)
    // A failed download must not be remembered as the answer for ever.
    known.catch(() => ready.delete(circuit))
    return known
  }
  return {
    async prove(circuit, inputs, progress = () => undefined, signal) {
      let begun = 0
      const rest = (done: number): number => begun + (1 - begun) * done
      assertNotAborted(signal)
      progress('artifacts', 0)
      const loaded = (fraction: number): void => {
        if (signal?.aborted === true) return
        begun = Math.max(begun, DOWNLOAD_SHARE * fraction)
        progress('artifacts', begun)
      }
      const { program, prover } = await unlessAborted(prepare(circuit, loaded), signal)
      progress('witness', rest(WITNESS_BEGINS))
      const witness = await program.run(inputs)
      assertNotAborted(signal)
      progress('proof', rest(PROOF_BEGINS))
      const proof = await prover.prove(witness, (done) => {
        assertNotAborted(signal)
        progress('proof', rest(PROOF_BEGINS + (1 - PROOF_BEGINS) * done))
      })
      assertNotAborted(signal)
      progress('proof', 1)
      const publicSignals = Array.from({ length: prover.publicSignals }, (_, i) =>
        witnessValue(witness, i + 1),
      )
      return { proof: encodeProof(proof), publicSignals }
    },
  }
}

interface ReadyCircuit {
  readonly program: WitnessProgram
  readonly prover: Groth16Prover
}

async function readyCircuit(
  artifacts: ArtifactSource,
  circuit: CircuitName,
  loaded: (done: number) => void,
  load: () => Promise<(zkey: Uint8Array) => Promise<Groth16Prover>>,
): Promise<ReadyCircuit> {
  const { wasm, zkey } = await artifacts(circuit, loaded)
  const loadKey = await load()
  return { program: await WitnessProgram.compile(wasm), prover: await loadKey(zkey) }
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
