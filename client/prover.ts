import * as snarkjs from 'snarkjs'
import { encodeProof } from '../core/groth16.ts'
import type { CircuitInputs } from './witness.ts'
import { WitnessProgram, wtnsFile } from './witness-program.ts'

// The one place that knows snarkjs. Another prover that makes Groth16 proofs under the same keys
// can stand in for it.

export type CircuitName = 'eligibility-1' | 'eligibility-3' | 'enrolment'

/** What a prover needs of a circuit: the compiled witness program and the proving key. */
export interface CircuitArtifacts {
  readonly wasm: Uint8Array
  readonly zkey: Uint8Array
}

/** Gives the artefacts of a circuit; whoever provides it checks them against the manifest. */
export type ArtifactSource = (circuit: CircuitName) => Promise<CircuitArtifacts>

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
   * @throws ZerocardError with `PROVING_FAILED` if the inputs do not satisfy the circuit. The
   *   message names no input.
   */
  prove(
    circuit: CircuitName,
    inputs: CircuitInputs,
    progress?: ProofProgress,
  ): Promise<ProvenSignals>
}

/**
 * A prover over snarkjs, in this thread. Bring it into a worker to keep a page responsive.
 * Circuits stay compiled between proofs.
 */
export function createProver(artifacts: ArtifactSource): Prover {
  const ready = new Map<CircuitName, Promise<ReadyCircuit>>()
  const prepare = (circuit: CircuitName): Promise<ReadyCircuit> => {
    const known = ready.get(circuit) ?? readyCircuit(artifacts, circuit)
    ready.set(circuit, known)
    // A failed download must not be remembered as the answer for ever.
    known.catch(() => ready.delete(circuit))
    return known
  }
  return {
    async prove(circuit, inputs, progress = () => undefined) {
      progress('artifacts', 0)
      const { program, zkey } = await prepare(circuit)
      progress('witness', 0.1)
      const witness = wtnsFile(await program.run(inputs))
      progress('proof', 0.2)
      const proven = await provePoints(zkey, witness)
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
): Promise<ReadyCircuit> {
  const { wasm, zkey } = await artifacts(circuit)
  return { program: await WitnessProgram.compile(wasm), zkey }
}

async function provePoints(zkey: Uint8Array, witness: Uint8Array): Promise<ProvenSignals> {
  const { proof, publicSignals } = await snarkjs.groth16.prove(
    { type: 'mem', data: zkey },
    { type: 'mem', data: witness },
    undefined,
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
