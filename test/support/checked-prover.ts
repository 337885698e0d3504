import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CircuitName, Prover, ProvenSignals } from '../../client/prover.ts'
import { WitnessProgram, witnessValues } from '../../client/witness-program.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readR1cs } from '../../scripts/assure/soundness/r1cs.ts'
import type { R1cs } from '../../scripts/assure/soundness/r1cs.ts'
import { violations } from '../../scripts/assure/soundness/violations.ts'
import { forgeProof } from './forgery.ts'
import { keys, readArtifact } from './tools.ts'

// A prover for tests of everything but proving. It computes the witness and holds it against every
// constraint, which is what a Groth16 proof shows; the proof of exactly these public signals it
// makes by the trapdoor that everybody knows of development keys, in a hundredth of the time.

const ARTIFACTS = fileURLToPath(new URL('../../artifacts', import.meta.url))

interface Circuit {
  readonly program: WitnessProgram
  readonly r1cs: R1cs
}

const circuits = new Map<CircuitName, Promise<Circuit>>()

/** Proofs by it have all the same A and B, and say so to whoever compares them. */
export const checkedProver = checkedProverWith(() => ({ a: 5n, b: 7n }))

/** @param randomness - The scalars behind the points A and B of a proof. */
export function checkedProverWith(
  randomness: () => { readonly a: bigint; readonly b: bigint },
): Prover {
  return { prove: (...job) => prove(randomness(), ...job) }
}

async function prove(
  { a, b }: { readonly a: bigint; readonly b: bigint },
  ...[circuit, inputs, progress = () => undefined]: Parameters<Prover['prove']>
): Promise<ProvenSignals> {
  progress('artifacts', 0)
  const { program, r1cs } = await circuitOf(circuit)
  const witness = witnessValues(await program.run(inputs))
  progress('witness', 0.5)
  const broken = violations(r1cs, witness)
  if (broken.length > 0) {
    throw new ZerocardError('PROVING_FAILED', `${broken.length} constraints do not hold`)
  }
  const publicSignals = witness.slice(1, 1 + r1cs.outputs + r1cs.publicInputs)
  const proof = forgeProof(keys[circuit].key, publicSignals, a, b)
  progress('proof', 1)
  return { proof, publicSignals }
}
function circuitOf(name: CircuitName): Promise<Circuit> {
  const known = circuits.get(name) ?? readCircuit(name)
  circuits.set(name, known)
  return known
}

async function readCircuit(name: CircuitName): Promise<Circuit> {
  return {
    program: await WitnessProgram.compile(readArtifact(name, 'wasm')),
    r1cs: readR1cs(join(ARTIFACTS, name, `${name}.r1cs`)),
  }
}
