import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ESLint } from 'eslint'
import ts from 'typescript'
import { ZerocardError } from '../core/errors.ts'

const HELP = `Checks types and style of all sources, as \`tsc -p .\` and \`eslint .\` do, in less time:
the compiler reads the sources once, and ESLint asks about types where they are known already.

  node scripts/bootstrap.mjs scripts/check.ts [options]

What is wrong goes to standard output, and the exit code is 1 if anything is; 2 for a wrong call.

  --help             print this text
`

const ROOT = resolve(import.meta.dirname, '..')

const FORMAT: ts.FormatDiagnosticsHost = {
  getCurrentDirectory: () => ROOT,
  getCanonicalFileName: (name) => name,
  getNewLine: () => '\n',
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  try {
    if (readOptions(args).help) {
      process.stdout.write(HELP)
      return 0
    }
    const program = programOf(join(ROOT, 'tsconfig.json'))
    const isTyped = reportTypes(program)
    // After the compiler's own look, which leaves every type known.
    const isClean = await reportStyle(program)
    return isTyped && isClean ? 0 : 1
  } catch (error) {
    if (!(error instanceof ZerocardError)) throw error
    process.stderr.write(`check: ${error.code}: ${error.message}\n`)
    return error.code === 'USAGE' ? 2 : 1
  }
}

function readOptions(args: readonly string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const
    return parseArgs({ args: [...args], options: { help: flag } }).values
  } catch (error) {
    throw new ZerocardError('USAGE', `${(error as Error).message}; see --help`, { cause: error })
  }
}

/** What `tsc -p` compiles. */
function programOf(path: string): ts.Program {
  const config = ts.getParsedCommandLineOfConfigFile(path, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new ZerocardError('CONFIG_INVALID', ts.formatDiagnostic(diagnostic, FORMAT).trim())
    },
  })
  if (config === undefined) throw new ZerocardError('CONFIG_INVALID', `no ${path}`)
  return ts.createProgram({
    rootNames: config.fileNames,
    options: config.options,
    ...(config.projectReferences && { projectReferences: config.projectReferences }),
    configFileParsingDiagnostics: config.errors,
  })
}

/** Writes the compiler's findings. @returns Whether there are none. */
function reportTypes(program: ts.Program): boolean {
  const found = ts.sortAndDeduplicateDiagnostics(ts.getPreEmitDiagnostics(program))
  const format = process.stdout.isTTY
    ? ts.formatDiagnosticsWithColorAndContext
    : ts.formatDiagnostics
  process.stdout.write(format(found, FORMAT))
  return found.every(({ category }) => category !== ts.DiagnosticCategory.Error)
}

/** Writes ESLint's findings on the files that `eslint .` looks at. @returns Whether all are warnings. */
async function reportStyle(program: ts.Program): Promise<boolean> {
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfig: {
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { projectService: false, programs: [program] } },
    },
  })
  const results = await eslint.lintFiles('.')
  const formatter = await eslint.loadFormatter('stylish')
  process.stdout.write(await formatter.format(results))
  return results.every(({ errorCount }) => errorCount === 0)
}
