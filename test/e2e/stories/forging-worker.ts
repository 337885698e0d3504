import { browserCaches } from '../../../client/proving/content-cache.ts'
import { serveProving } from '../../../client/proving/worker-host.ts'
import type { ArtifactSource, CircuitName, Prover } from '../../../client/prover.ts'
import { WitnessProgram, witnessValues } from '../../../client/witness-program.ts'
import { parseVerificationKey } from '../../../core/groth16-key.ts'
import { forgeProof } from '../../support/forgery.ts'

// The wallet's proving worker with another prover: it fetches, checks and computes everything that
// the real one does, up to the witness, and makes the proof by the trapdoor that everybody knows of
// development keys. What is sent and what is refused is the same; only the seconds are saved.

/** Of every circuit, put in when this is bundled: nothing more is to be fetched than shipped. */
declare const VERIFICATION_KEYS: Readonly<Record<CircuitName, unknown>>

serveProving(globalThis, {
  fetch: (url, init) => fetch(url, init),
  caches: browserCaches(),
  proverOver: forgingProver,
})

function forgingProver(artifacts: ArtifactSource): Prover {
  return {
    async prove(circuit, inputs, progress = () => undefined) {
      progress('artifacts', 0)
      const { wasm } = await artifacts(circuit, (fraction) => progress('artifacts', fraction))
      progress('witness', 0.6)
      const program = await WitnessProgram.compile(wasm)
      const witness = witnessValues(await program.run(inputs))
      progress('proof', 0.8)
      const key = parseVerificationKey(VERIFICATION_KEYS[circuit])
      const publicSignals = witness.slice(1, key.inputs.length)
      // Random, as in a real proof: no two are to share anything.
      const [a = 1, b = 1] = crypto.getRandomValues(new Uint32Array(2))
      const proof = forgeProof(key, publicSignals, BigInt(a) + 1n, BigInt(b) + 1n)
      progress('proof', 1)
      return { proof, publicSignals }
    },
  }
}
