import { requestCredential } from '../../client/holder.ts'
import { openWebArtifacts } from '../../client/proving/artifacts.ts'
import type { WebArtifacts } from '../../client/proving/artifacts.ts'
import { browserCaches } from '../../client/proving/content-cache.ts'
import { createWorkerProver } from '../../client/proving/worker-prover.ts'
import type { WorkerProver } from '../../client/proving/worker-prover.ts'
import { ZerocardError } from '../../core/errors.ts'
import type { ProofVerifier } from '../../core/groth16.ts'

// Runs inside a page: proofs of enrolment, made and checked in a worker.

const ISSUER = { issuer: 'https://registry.example', nonce: 'nonce' }

let web: WebArtifacts
let prover: WorkerProver

async function open(workerUrl: string): Promise<string> {
  return outcome(async () => {
    const base = new URL('/artifacts/', location.href).href
    web = await openWebArtifacts(base, (url, init) => fetch(url, init), browserCaches())
    prover = createWorkerProver({ base, manifest: web.manifest, workerUrl })
  })
}

/** @param stopAt - Stage at which the proof is aborted. */
async function enrol(stopAt?: string): Promise<string> {
  const controller = new AbortController()
  const progress = (stage: string): void => {
    if (stage === stopAt) controller.abort()
  }
  const verifyProof: ProofVerifier = (...parts) => prover.verify(...parts)
  const tools = { prover, keys: web.keys, verifyProof }
  const watch = { progress, signal: controller.signal }
  return outcome(() => requestCredential(5n, ISSUER, tools, 6n, watch))
}

async function outcome(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
    return 'done'
  } catch (error) {
    return error instanceof ZerocardError ? error.code : String(error)
  }
}

Object.assign(globalThis, { open_: open, enrol, close_: () => prover.close() })
