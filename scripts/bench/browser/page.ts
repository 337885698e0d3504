import { browserCaches } from '../../../client/proving/content-cache.ts'
import { openWebArtifacts } from '../../../client/proving/artifacts.ts'
import { createWorkerProver } from '../../../client/proving/worker-prover.ts'
import type { WorkerProver } from '../../../client/proving/worker-prover.ts'
import { presentProof } from '../../../client/holder.ts'
import type { CircuitName } from '../../../client/prover.ts'
import type { CircuitInputs } from '../../../client/witness.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'

// Runs in the page that is measured. Inputs come as text, because the debugger's wire knows no bigint.

let prover: WorkerProver | undefined

/** Milliseconds from asking the worker to having the proof. */
async function timeProof(circuit: CircuitName, json: string): Promise<number> {
  prover ??= await openProver()
  const inputs = readInputs(json)
  const start = performance.now()
  await prover.prove(circuit, inputs)
  return performance.now() - start
}

function endWorker(): void {
  prover?.close()
  prover = undefined
}

/** Milliseconds from a prepared proof to the presentation, `runs` times. */
async function timePresentation(runs: number): Promise<number[]> {
  const key = await generateSigningKey()
  const prepared = {
    policy: 'A'.repeat(43),
    circuit: 'A'.repeat(43),
    audience: location.origin,
    asOf: 46_000,
    trustRoots: [1n],
    proof: 'A'.repeat(171),
    jwk: await publicJwk(key.publicKey),
    privateKey: key.privateKey,
  }
  const times: number[] = []
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await presentProof(prepared, `nonce-${i}`, 1_790_000_000)
    times.push(performance.now() - start)
  }
  return times
}

async function openProver(): Promise<WorkerProver> {
  const base = new URL('artifacts/', location.href).href
  const web = await openWebArtifacts(base, (url, init) => fetch(url, init), browserCaches())
  return createWorkerProver({ base: web.base, manifest: web.manifest })
}

function readInputs(json: string): CircuitInputs {
  const texts = Object.entries(JSON.parse(json) as Record<string, string | string[]>)
  return Object.fromEntries(
    texts.map(([name, text]) => [
      name,
      typeof text === 'string' ? BigInt(text) : text.map((element) => BigInt(element)),
    ]),
  )
}

Object.assign(globalThis, { timeProof, endWorker, timePresentation })
