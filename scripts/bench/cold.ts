import { wtnsFile } from '../build/wtns.ts'
import { spawnHelper } from '../zerocard/sum-helper.ts'

// A first proof in a process that has loaded nothing before: neither code nor key. A process and not
// a thread, because snarkjs does not run in a thread of Node.

export interface ColdTask {
  readonly prover: 'own' | 'snarkjs'
  readonly zkey: Uint8Array
  readonly witness: Uint32Array
}

process.once('message', ({ prover, zkey, witness }: ColdTask) => {
  void (prover === 'own' ? own(zkey, witness) : theirs(zkey, witness)).then(() => {
    process.send?.('proven')
  })
})

async function own(zkey: Uint8Array, witness: Uint32Array): Promise<void> {
  const { groth16Loader } = await import('../../client/groth16/prover.ts')
  const load = groth16Loader(spawnHelper)
  await (await load(zkey)).prove(witness)
}

async function theirs(zkey: Uint8Array, witness: Uint32Array): Promise<void> {
  const { groth16 } = await import('snarkjs')
  const wtns = { type: 'mem', data: wtnsFile(witness) } as const
  await groth16.prove({ type: 'mem', data: zkey }, wtns)
}
