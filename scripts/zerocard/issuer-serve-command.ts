import type { Command } from 'commander'
import { FORGEABLE_WARNING, assertBelievable, openArtifacts } from './artifacts.ts'
import { addCommand, runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { serveUntilStopped } from './serving.ts'

interface ServeOptions {
  readonly config: string
  readonly json?: boolean
}

export function addIssuerServeCommand(group: Command): void {
  runs(
    addCommand(group, 'serve', 'run an issuer as a service, until Ctrl-C').requiredOption(
      '--config <file>',
      'its configuration; the passphrase of its keys is in ZEROCARD_KEY_PASSPHRASE',
    ),
    serve,
  )
}

async function serve(options: ServeOptions, context: Context): Promise<ExitResult> {
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  const { keys, manifest, transcripts } = artifacts
  if (manifest.forgeable) await context.note(FORGEABLE_WARNING)
  // Only here: the other commands of an issuer start faster without it.
  const { startIssuerService } = await import('../../server/issuer/service.ts')
  return serveUntilStopped(options, context, 'issuer', () =>
    startIssuerService({
      configPath: options.config,
      environment: process.env,
      enrolmentKey: keys.enrolment.key,
      enrolmentTranscript: transcripts.enrolment,
      clock: () => Math.floor(Date.now() / 1000),
    }),
  )
}
