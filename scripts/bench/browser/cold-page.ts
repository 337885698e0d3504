import { WitnessProgram } from '../../../client/witness-program.ts'
import { readInputs } from './input-text.ts'

// Runs in a page: how long a worker takes from its start to its first proof, with key and witness
// at hand.

export interface ColdJob {
  readonly zkey: Uint8Array
  readonly witness: Uint32Array
}

let prepared: Promise<ColdJob> | undefined

/** Milliseconds. */
async function timeColdProof(circuit: string, inputs: string, script: string): Promise<number> {
  prepared ??= prepare(circuit, inputs)
  const job = await prepared
  const start = performance.now()
  const worker = new Worker(script, { type: 'module' })
  const proof = new Promise((resolve, reject) => {
    worker.onmessage = resolve
    worker.onerror = (event) => reject(new Error(event.message))
  })
  worker.postMessage(job)
  await proof
  const time = performance.now() - start
  worker.terminate()
  return time
}

async function prepare(circuit: string, inputs: string): Promise<ColdJob> {
  const bytesOf = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(`/artifacts/${circuit}/${circuit}.${name}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  const program = await WitnessProgram.compile(await bytesOf('wasm'))
  return { zkey: await bytesOf('zkey'), witness: await program.run(readInputs(inputs)) }
}

Object.assign(globalThis, { timeColdProof })
