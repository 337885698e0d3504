import { parentPort } from 'node:worker_threads'
import { Bn128 } from './bn128.ts'
import { FixedBase } from './fixed-base.ts'
import type { GroupName } from './fixed-base.ts'

/** A share of a multiplication; both arrays are in memory shared with the sender. */
export interface Chunk {
  readonly group: GroupName
  readonly scalars: Uint8Array
  readonly points: Uint8Array
}

// Tables are made once per thread, when first needed, and serve all circuits.
const curve = new Bn128()
const tables = new Map<GroupName, FixedBase>()

parentPort?.on('message', ({ group, scalars, points }: Chunk) => {
  const table = tables.get(group) ?? new FixedBase(curve, group)
  tables.set(group, table)
  table.multiply(scalars, points)
  parentPort?.postMessage('done')
})
