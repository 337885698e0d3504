import type { Command } from 'commander'
import { addCommand, runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { serveUntilStopped } from './serving.ts'

interface ServeOptions {
  readonly config: string
  readonly json?: boolean
}

export function addTrustServeCommand(group: Command): void {
  runs(
    addCommand(
      group,
      'serve',
      'keep trust lists up to date and offer them, until Ctrl-C',
    ).requiredOption('--config <file>', 'its configuration'),
    serve,
  )
}

async function serve(options: ServeOptions, context: Context): Promise<ExitResult> {
  // Only here: the other commands start faster without it.
  const { startTrustService } = await import('../../server/trust/service.ts')
  return serveUntilStopped(options, context, 'trust lists', () =>
    startTrustService({
      configPath: options.config,
      environment: process.env,
      clock: () => Math.floor(Date.now() / 1000),
    }),
  )
}
