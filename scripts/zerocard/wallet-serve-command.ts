import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import { FORGEABLE_WARNING, artifactPlace, assertBelievable, openArtifacts } from './artifacts.ts'
import { addCommand, runs } from './command.ts'
import type { Context, ExitResult } from './command.ts'
import { serveUntilStopped } from './serving.ts'
import { startWalletServer } from './wallet-serve.ts'

interface ServeOptions {
  readonly listen: string
  readonly web: string
  readonly artifacts?: string
  readonly witness?: readonly string[]
  readonly json?: boolean
}

/** What the build makes of the wallet's page. */
const WEB = fileURLToPath(new URL('../../artifacts/web', import.meta.url))

export function addWalletCommands(group: Command): void {
  runs(
    addCommand(group, 'serve', 'serve the wallet page, until Ctrl-C; it keeps no log of visitors')
      .requiredOption('--listen <host:port>', 'where to listen, such as localhost:4185')
      .option('--web <folder>', "the page's files", WEB)
      .option('--artifacts <folder>', 'circuits, keys and their manifest.json')
      .option(
        '--witness <origin...>',
        "trust list operators that wallets compare issuers' documents with",
      ),
    serve,
  )
}

async function serve(options: ServeOptions, context: Context): Promise<ExitResult> {
  const { host, port } = listenOption(options.listen)
  // The one place that says where artefacts are reads this variable.
  if (options.artifacts !== undefined) process.env['ZEROCARD_ARTIFACTS'] = options.artifacts
  const artifacts = await openArtifacts()
  assertBelievable(artifacts)
  if (artifacts.manifest.forgeable) await context.note(FORGEABLE_WARNING)
  return serveUntilStopped(options, context, 'wallet', () =>
    startWalletServer({
      host,
      port,
      web: options.web,
      place: artifactPlace(),
      manifest: artifacts.manifest,
      manifestBytes: artifacts.manifestBytes,
      witnesses: (options.witness ?? []).map(witnessOption),
    }),
  )
}

/** Wallets ask by https, but for services of this machine. */
function witnessOption(text: string): string {
  const url = URL.parse(text)
  const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)
  if (url?.origin === text && (url.protocol === 'https:' || isLocal)) return text
  throw new ZerocardError('USAGE', '--witness: expected an origin, like https://trust.example')
}

function listenOption(text: string): { readonly host: string; readonly port: number } {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})$/.exec(text)
  const [, host = '', port = ''] = match ?? []
  if (match !== null && Number(port) < 65_536) {
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  }
  throw new ZerocardError('USAGE', '--listen: expected HOST:PORT, like localhost:4185')
}
