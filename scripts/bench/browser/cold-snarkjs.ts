import { groth16 } from 'snarkjs'
import { wtnsFile } from '../../build/wtns.ts'
import type { ColdJob } from './cold-page.ts'

// The same of snarkjs, with as many threads as it takes.

addEventListener('message', ({ data: { zkey, witness } }: MessageEvent<ColdJob>) => {
  const wtns = { type: 'mem', data: wtnsFile(witness) } as const
  void groth16.prove({ type: 'mem', data: zkey }, wtns).then(({ proof }) => postMessage(proof))
})
