import { encodeProof } from '../core/groth16.ts'
import { assertNotAborted, unlessAborted } from './proving/abort.ts'
import type { Logger } from 'snarkjs'
import type { CircuitInputs } from './witness.ts'
import { WitnessProgram, wtnsFile } from './witness-program.ts'

// The one place that knows snarkjs, which is loaded when the first proof is made: a page that proves
// in a worker never loads it. Another prover that makes Groth16 proofs under the same keys can stand
// in for it.

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

/** Messages that snarkjs 0.7.6 gives its logger during a proof: steps of about equal length. */
const PROOF_STEPS = 34

/**
 * A prover over snarkjs, in this thread: it can be aborted only between its steps. A page uses
 * `createWorkerProver` to stay responsive. Circuits stay compiled between proofs.
 */
export function createProver(artifacts: ArtifactSource): Prover {
  const ready = new Map<CircuitName, Promise<ReadyCircuit>>()
  const prepare = (circuit: CircuitName, loaded: (done: number) => void): Promise<ReadyCircuit> => {
    const known = ready.get(circuit) ?? readyCircuit(artifacts, circuit, loaded)
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
      const { program, zkey } = await unlessAborted(prepare(circuit, loaded), signal)
      progress('witness', rest(WITNESS_BEGINS))
      const witness = wtnsFile(await program.run(inputs))
      assertNotAborted(signal)
      progress('proof', rest(PROOF_BEGINS))
      const proven = await provePoints(zkey, witness, (done) => {
        progress('proof', rest(PROOF_BEGINS + (1 - PROOF_BEGINS) * done))
      })
      assertNotAborted(signal)
      progress('proof', 1)
      return proven
    },
  }
}

interface ReadyCircuit {
  readonly program: WitnessProgram
  readonly zkey: Uint8Array
}

async function readyCircuit(
  artifacts: ArtifactSource,
  circuit: CircuitName,
  loaded: (fraction: number) => void,
): Promise<ReadyCircuit> {
  const { wasm, zkey } = await artifacts(circuit, loaded)
  return { program: await WitnessProgram.compile(wasm), zkey }
}

async function provePoints(
  zkey: Uint8Array,
  witness: Uint8Array,
  step: (done: number) => void,
): Promise<ProvenSignals> {
  const { groth16 } = await import('snarkjs')
  const { proof, publicSignals } = await groth16.prove(
    { type: 'mem', data: zkey },
    { type: 'mem', data: witness },
    countingLogger(step),
    { singleThread: true },
  )
  const [a, b, c] = [proof.pi_a, proof.pi_b, proof.pi_c]
  return {
    proof: encodeProof({
      a: [BigInt(a[0]), BigInt(a[1])],
      b: [
        [BigInt(b[0][0]), BigInt(b[0][1])],
        [BigInt(b[1][0]), BigInt(b[1][1])],
      ],
      c: [BigInt(c[0]), BigInt(c[1])],
    }),
    publicSignals: publicSignals.map(BigInt),
  }
}

/** What snarkjs says is counted and dropped. */
function countingLogger(step: (done: number) => void): Logger {
  let steps = 0
  const debug = (): void => {
    steps += 1
    if (steps < PROOF_STEPS) step(steps / PROOF_STEPS)
  }
  const ignore = (): void => undefined
  return { debug, info: ignore, warn: ignore, error: ignore }
}
