import { ZerocardError } from '../../core/errors.ts'
import { verifyGroth16 } from '../../core/groth16.ts'
import { parseManifest } from '../../core/manifest.ts'
import { readWith } from '../../core/json.ts'
import type { HelperPort } from '../groth16/sum-helper.ts'
import type { Fetch } from '../http.ts'
import { createProver } from '../prover.ts'
import type { ProofProgress, Prover, ProverOptions } from '../prover.ts'
import { cachedArtifacts } from './artifacts.ts'
import type { CachedArtifacts } from './artifacts.ts'
import { ContentCache } from './content-cache.ts'
import type { Caches } from './content-cache.ts'
import { fetchManifest } from './manifest-file.ts'
import { requestShape, shortMessage } from './protocol.ts'
import type { ReportedFailure, WorkerReport, WorkerRequest } from './protocol.ts'

// The worker's side: makes and checks proofs, one after the other as they are asked for. It keeps
// no input longer than the job, writes nothing anywhere but files of circuits, and logs nothing.

/** What is used of a worker's global scope. */
export interface WorkerPort {
  postMessage(message: WorkerReport): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
}

export interface WorkerMeans {
  readonly fetch: Fetch
  readonly caches?: Caches | undefined
  /** Starts a thread that takes half of each proof. */
  readonly spawnHelper?: () => HelperPort | undefined
  /** Another prover, in tests. */
  readonly proverOver?: (artifacts: CachedArtifacts, options: ProverOptions) => Prover
}

/** Answers what a `WorkerProver` asks. */
export function serveProving(port: WorkerPort, means: WorkerMeans): void {
  let opened: Promise<Opened> | undefined
  port.addEventListener('message', ({ data }) => {
    const request = readWith(requestShape, data, 'INPUT_INVALID', 'request')
    if (request.kind === 'open') {
      opened = open(request, means)
      // Told to the job that needs it.
      opened.catch(() => undefined)
      return
    }
    if (opened === undefined) throw new TypeError('the worker was not opened')
    void answer(request, opened).then((report) => port.postMessage(report))
  })

  async function answer(request: Job, before: Promise<Opened>): Promise<WorkerReport> {
    const { job } = request
    const progress: ProofProgress = (stage, fraction) => {
      port.postMessage({ kind: 'progress', job, stage, fraction })
    }
    try {
      return { kind: 'done', job, result: await perform(request, before, progress) }
    } catch (error) {
      return failureOf(job, error)
    }
  }
  port.postMessage({ kind: 'ready' })
}

type Job = Exclude<WorkerRequest, { kind: 'open' }>

interface Opened {
  readonly prover: Prover
  readonly artifacts: CachedArtifacts
}

async function open(
  { base, manifest: known }: Extract<WorkerRequest, { kind: 'open' }>,
  { fetch, caches, spawnHelper, proverOver = createProver }: WorkerMeans,
): Promise<Opened> {
  const manifest =
    known === undefined
      ? await fetchManifest(base, fetch, new ContentCache(caches, base))
      : parseManifest(known)
  const artifacts = cachedArtifacts({ manifest, base }, { fetch, caches })
  const options = spawnHelper === undefined ? {} : { spawnHelper }
  return { artifacts, prover: proverOver(artifacts, options) }
}

async function perform(
  request: Job,
  opened: Promise<Opened>,
  progress: ProofProgress,
): Promise<unknown> {
  if (request.kind === 'verify') return verifyGroth16(request.key, request.signals, request.proof)
  const { prover, artifacts } = await opened
  if (request.kind === 'prove') return prover.prove(request.circuit, request.inputs, progress)
  await artifacts.prefetch(request.circuit, (fraction) => progress('artifacts', fraction))
  return null
}

/** What is no error of ours may repeat anything in its message: it stays here. */
function failureOf(job: number, error: unknown): ReportedFailure {
  if (error instanceof ZerocardError) {
    return { kind: 'failed', job, failure: error.code, message: shortMessage(error.message) }
  }
  const isWrongCall = error instanceof TypeError
  const failure = isWrongCall ? 'wrong-call' : 'internal'
  return { kind: 'failed', job, failure, message: isWrongCall ? shortMessage(error.message) : '' }
}
