import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { SortedSet, shardPrefix } from '../../core/sorted-set.ts'
import type { SetPart, SetShape } from '../../core/sorted-set.ts'
import type { BuiltPart, PartTask } from './set-part.worker.ts'

/** Some seconds of hashing for one thread: starting others takes a second. */
const WORTH_THREADS = 20_000
/** Beyond this, taking over what they have built is most of the work. */
const MAX_THREADS = 8
/** Values go to the threads in so many bits. */
const SENT_BITS = 64

export interface SetThreads {
  /** Threads to build with; default one per core. */
  readonly threads?: number
  /** Smaller sets are built in this thread. */
  readonly fewest?: number
}

/**
 * The set that `SortedSet.from` makes, with its parts built in threads. This thread is needed for a
 * small share of the time, and does what no thread has done if one should fail.
 *
 * @throws ZerocardError as `SortedSet.from`.
 */
export async function buildSet(
  shape: SetShape,
  values: readonly bigint[],
  { threads = availableParallelism(), fewest = WORTH_THREADS }: SetThreads = {},
): Promise<SortedSet> {
  if (values.length < fewest || shape.valueBits > SENT_BITS) return SortedSet.from(shape, values)
  const tasks = partTasks(shape, values)
  const lines = Array.from({ length: Math.min(threads, MAX_THREADS) }, () => buildParts(tasks))
  return SortedSet.from(shape, values, (await Promise.all(lines)).flat())
}

function partTasks(shape: SetShape, values: readonly bigint[]): PartTask[] {
  const parts = Map.groupBy(values, (value) => shardPrefix(shape, value))
  return [...parts].map(([prefix, part]) => ({ shape, prefix, values: BigUint64Array.from(part) }))
}

/** One thread takes tasks until there are none, or until it fails. */
function buildParts(tasks: PartTask[]): Promise<readonly SetPart[]> {
  const worker = new Worker(new URL('./set-part.worker.ts', import.meta.url))
  const parts: SetPart[] = []
  return new Promise((resolve) => {
    const end = (): void => {
      resolve(parts)
      void worker.terminate()
    }
    const next = (): void => {
      const task = tasks.shift()
      if (task === undefined) end()
      else worker.postMessage(task, [task.values.buffer as ArrayBuffer])
    }
    worker.on('message', (part: BuiltPart) => {
      if (part !== undefined) parts.push(part)
      next()
    })
    worker.on('messageerror', end)
    worker.on('error', end)
    worker.on('exit', end)
    next()
  })
}
