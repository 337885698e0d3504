import { groth16 } from 'snarkjs'
import { wtnsFile } from '../../build/wtns.ts'
import type { ColdJob } from './cold-page.ts'

// The same of snarkjs, in one thread: from a worker it does not get others to answer.

addEventListener('message', ({ data: { zkey, witness } }: MessageEvent<ColdJob>) => {
  const wtns = { type: 'mem', data: wtnsFile(witness) } as const
  const options = { singleThread: true }
  void groth16
    .prove({ type: 'mem', data: zkey }, wtns, undefined, options)
    .then(({ proof }) => postMessage(proof))
})
