import type { Command } from 'commander'
import { FORGEABLE_WARNING, assertBelievable, openArtifacts } from '../../artifacts.ts'
import { addCommand, runs } from '../../command.ts'
import type { Context, ExitResult } from '../../command.ts'
import { serveUntilStopped } from '../../serving.ts'
import { startSites } from './serve.ts'

interface ServeOptions {
  readonly config: string
  readonly json?: boolean
}

export function addSitesCommands(group: Command): void {
  runs(
    addCommand(group, 'serve', "run a town's portal and sites, until Ctrl-C").requiredOption(
      '--config <file>',
      'what `zerocard town` wrote for them',
    ),
    serve,
  )
}

async function serve(options: ServeOptions, context: Context): Promise<ExitResult> {
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  if (artifacts.manifest.forgeable) await context.note(FORGEABLE_WARNING)
  return serveUntilStopped(options, context, 'portal', () =>
    startSites(options.config, artifacts.accepted),
  )
}
