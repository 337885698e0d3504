import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ZerocardError } from '../core/errors.ts'
import { reportProgress, seconds } from './build/progress.ts'
import type { Progress } from './build/progress.ts'
import { projectAt } from './build/project.ts'
import { buildProject } from './build/run.ts'
import { buildWeb } from './build/web/web.ts'

const HELP = `Compiles the circuits and makes their development keys, into artifacts/; bundles what
browsers run, into artifacts/web/.

  npm run build -- [options]

What is up to date is not built again. Everything built must have the SHA-256 that
circuits/manifest.json lists; the first difference stops the build with exit code 1.

  --check            build everything from its sources in a temporary place and compare;
                     what is in artifacts/ stays as it is
  --force            build also what is up to date
  --update-manifest  list what was built in circuits/manifest.json
  --json             print the result as JSON on standard output
  --help             print this text

Development keys are made from a public seed: anybody can forge proofs under them.
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args)
    if (options.help) process.stdout.write(HELP)
    else await build(options)
    return 0
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    process.stderr.write(`build: ${error.code}: ${error.message}\n`)
    return error.code === 'USAGE' ? 2 : 1
  }
}

type Options = ReturnType<typeof readOptions>

function readOptions(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        check: flag,
        force: flag,
        'update-manifest': flag,
        json: flag,
        help: flag,
      },
    })
    if (!values.check || !values['update-manifest']) return values
  } catch (error) {
    throw new ZerocardError('USAGE', `${(error as Error).message}; see --help`, { cause: error })
  }
  throw new ZerocardError('USAGE', '--check and --update-manifest exclude each other')
}

async function build(options: Options): Promise<void> {
  const start = performance.now()
  const project = projectAt(resolve(import.meta.dirname, '..'))
  const { check, force } = options
  const report = (): Progress => reportProgress((line) => process.stderr.write(`build: ${line}\n`))
  const { manifest, circuits } = await buildProject(project, {
    check,
    force,
    updateManifest: options['update-manifest'],
    progress: report(),
  })
  await buildWeb(project, { check, force, progress: report() })
  if (options.json) {
    const built = Object.entries(circuits).map(([name, { facts, isCached }]) => [
      name,
      { ...facts, isCached },
    ])
    const result = { ...manifest, circuits: Object.fromEntries(built) as object }
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  }
  const count = Object.keys(circuits).length
  process.stderr.write(
    `build: ${String(count)} circuits as circuits/manifest.json lists them, ${seconds(start)}; ` +
      'development keys: anybody can forge proofs under them\n',
  )
}
