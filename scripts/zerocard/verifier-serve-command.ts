import type { Command } from 'commander'
import { FORGEABLE_WARNING, assertBelievable, openArtifacts, withWarning } from './artifacts.ts'
import { addCommand, runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { serveUntilStopped } from './serving.ts'

interface ServeOptions {
  readonly config: string
  readonly json?: boolean
}

export function addVerifierServeCommand(group: Command): void {
  runs(
    addCommand(
      group,
      'serve',
      'run a verifier as a service, until it is told to end',
    ).requiredOption(
      '--config <file>',
      'its configuration; variables of the environment stand above it',
    ),
    serve,
  )
}

async function serve(options: ServeOptions, context: Context): Promise<ExitResult> {
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const isForgeable = withWarning({ text: '', json: {} }, artifacts.keys).text !== ''
  if (isForgeable) await context.note(FORGEABLE_WARNING)
  // Only here: the other commands start faster without it.
  const { startVerifierService } = await import('../../server/verifier/service.ts')
  return serveUntilStopped(options, context, 'verifier', () =>
    startVerifierService({
      configPath: options.config,
      environment: process.env,
      keys: artifacts.accepted,
      clock: () => Math.floor(Date.now() / 1000),
    }),
  )
}
