import type { RunningService } from '../../server/http/listen.ts'
import type { Context, ExitResult } from './command.ts'
import { writeOut } from './output.ts'

/** Signals by which an operator or a supervisor ends a service. */
const END_SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * Runs a service until it is told to end, then lets it finish what is in flight. A second signal
 * ends at once.
 *
 * @param name - What runs, for people, like `issuer https://registry.example`.
 */
export async function serveUntilStopped(
  options: { readonly json?: boolean },
  context: Context,
  name: string,
  start: () => Promise<RunningService>,
): Promise<ExitResult> {
  const stopped = nextSignal()
  const service = await start()
  context.progress.clear()
  const url = service.address
  const line =
    options.json === true ? JSON.stringify({ event: 'listening', url }) : `${name}: ${url}`
  await writeOut(process.stdout, `${line}\n`)
  const signal = await stopped
  const hurry = nextSignal().then(() => process.exit(1))
  await Promise.race([service.close(), hurry])
  return { text: `${name}: ended`, json: { event: 'ended', signal } }
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    const listener = (signal: string): void => {
      for (const each of END_SIGNALS) process.off(each, listener)
      resolve(signal)
    }
    for (const each of END_SIGNALS) process.on(each, listener)
  })
}
