import { groth16Loader } from '../../../client/groth16/prover.ts'
import { serveSums } from '../../../client/groth16/sum-helper.ts'
import type { ColdJob } from './cold-page.ts'

// A worker that has loaded nothing but this: its first proof, with a helper as the wallet's has.

const HELPER = 'helper'

if (self.name === HELPER) serveSums(globalThis)
else {
  addEventListener('message', ({ data }: MessageEvent<ColdJob>) => {
    void prove(data).then((proof) => postMessage(proof))
  })
}

async function prove({ zkey, witness }: ColdJob): Promise<unknown> {
  const load = groth16Loader(() => new Worker(location.href, { type: 'module', name: HELPER }))
  return (await load(zkey)).prove(witness)
}
