import { parentPort } from 'node:worker_threads'
import { buildPart } from '../../core/sorted-set.ts'
import type { SetPart, SetShape } from '../../core/sorted-set.ts'

/** A part of a set to be built. */
export interface PartTask {
  readonly shape: SetShape
  readonly prefix: number
  readonly values: BigUint64Array
}

/** undefined if the values are no set: what they are instead is said where the whole is built. */
export type BuiltPart = SetPart | undefined

parentPort?.on('message', (task: PartTask) => {
  parentPort?.postMessage(build(task))
})

function build({ shape, prefix, values }: PartTask): BuiltPart {
  try {
    return buildPart(shape, prefix, values)
  } catch {
    return undefined
  }
}
