import { parentPort, workerData } from 'node:worker_threads'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { createBatchVerifier, prepareKeys } from '../pairing.ts'

/** The accepted keys by id, given to the thread at its start. */
export type WorkerKeys = ReadonlyMap<string, VerificationKey>

/** A proof with the id of its key: keys are sent once, and prepared once. */
export interface ProofTask {
  readonly keyId: string
  readonly publicSignals: readonly bigint[]
  readonly proof: string
}

export interface ProofBatch {
  /** Comes back in the answer, so that an answer can never be taken for that to another batch. */
  readonly number: number
  readonly tasks: readonly ProofTask[]
}

export interface BatchVerdicts {
  readonly number: number
  readonly verdicts: readonly boolean[]
}

/** The type of the thread's first message, when its keys are prepared. */
export type Ready = 'ready'

const keys = workerData as WorkerKeys
const verify = await createBatchVerifier()
await prepareKeys(keys.values())

parentPort?.on('message', ({ number, tasks }: ProofBatch) => {
  const submitted = tasks.map(({ keyId, publicSignals, proof }) => {
    const key = keys.get(keyId)
    if (key === undefined) throw new TypeError(`no key ${keyId}`)
    return { key, publicSignals, proof }
  })
  const answer: BatchVerdicts = { number, verdicts: verify(submitted) }
  parentPort?.postMessage(answer)
})
parentPort?.postMessage('ready' satisfies Ready)
