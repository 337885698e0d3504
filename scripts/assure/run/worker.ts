import { pathToFileURL } from 'node:url'
import type { AnyCheck, Json } from '../check.ts'

// A process that does one unit after the other for the assurance run.

/** What the worker is asked. */
export interface Order {
  readonly check: string
  /** Path of the file that exports the check. */
  readonly file: string
  readonly input: Json
}

/** What it answers: shares of the unit that are done, and in the end the result or what went wrong. */
export type Answer =
  | { readonly share: number }
  | { readonly result: Json; readonly seconds: number }
  | { readonly error: string }

process.on('message', (order: Order) => void work(order))
// The run that asked is gone, and nobody waits for results any more.
process.on('disconnect', () => process.exit(1))
// Whoever stops the run stops it by its own process, which keeps what is finished.
process.on('SIGINT', () => undefined)

async function work({ check: id, file, input }: Order): Promise<void> {
  try {
    const check = await checkIn(file, id)
    const start = process.cpuUsage()
    const result = (await check.run(input, { progress: (share) => answer({ share }) })) as Json
    const { user, system } = process.cpuUsage(start)
    answer({ result, seconds: (user + system) / 1e6 })
  } catch (error) {
    answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  }
}

async function checkIn(file: string, id: string): Promise<AnyCheck> {
  const exported = Object.values((await import(pathToFileURL(file).href)) as object) as unknown[]
  const check = exported.find((value) => isCheck(value) && value.id === id)
  if (check === undefined) throw new TypeError(`${file} exports no check ${id}`)
  return check as AnyCheck
}

function isCheck(value: unknown): value is AnyCheck {
  return typeof value === 'object' && value !== null && 'id' in value && 'conclude' in value
}

function answer(message: Answer): void {
  process.send?.(message)
}
