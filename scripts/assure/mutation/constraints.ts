import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join, parse, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { ZerocardError } from '../../../core/errors.ts'
import { describeCompiler, runCircom } from '../../build/compile.ts'
import type { Optimisation } from '../../build/compile.ts'
import { circomFiles, readIfPresent } from '../../build/project.ts'

// Compiles to constraints only: witnesses of altered circuits are deduced, not computed.

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const CIRCUITS = join(ROOT, 'circuits')
const CIRCOMLIB = join(ROOT, 'node_modules', 'circomlib', 'circuits')
const PLACE = join(ROOT, 'artifacts', 'assurance-circuits')

/** What a compilation gives: the files' contents. */
export interface Compilation {
  readonly r1cs: Uint8Array
  readonly symbols: string
}

/** Sources of `circuits/` by file name. */
export type Sources = ReadonlyMap<string, string>

/** The circuits as they are, without the ones that are built. */
export function projectSources(): Sources {
  return new Map(
    circomFiles(CIRCUITS)
      .filter((path) => !relative(CIRCUITS, path).includes(sep))
      .map((path) => [relative(CIRCUITS, path), readFileSync(path, 'utf8')]),
  )
}

/**
 * Compiles a circuit, once per content.
 *
 * @param main - Whole text; `include` finds files of `circuits/` and of circomlib by name.
 * @throws ZerocardError with `ARTIFACT_INVALID` and the compiler's words if it refuses.
 */
export async function compileOnce(
  main: string,
  optimisation: Optimisation = 0,
  sources: Sources = projectSources(),
): Promise<Compilation> {
  const digest = createHash('sha256').update(describeCompiler(optimisation)).update(main)
  for (const [name, text] of sources) digest.update(`${name}\n${text}`)
  const folder = join(PLACE, digest.digest('hex').slice(0, 24))
  const symbols = readIfPresent(join(folder, 'main.sym'))
  if (symbols !== undefined) return { symbols, r1cs: readFileSync(join(folder, 'main.r1cs')) }
  return compileIn(main, sources, optimisation, (draft) => keep(draft, folder))
}

/** Compiles a circuit with the given sources in the place of `circuits/`, and keeps nothing. */
export async function compileWith(
  main: string,
  sources: Sources,
  optimisation: Optimisation = 0,
): Promise<Compilation> {
  return compileIn(main, sources, optimisation, () => undefined)
}

async function compileIn(
  main: string,
  sources: Sources,
  optimisation: Optimisation,
  finish: (folder: string) => void,
): Promise<Compilation> {
  mkdirSync(PLACE, { recursive: true })
  const folder = mkdtempSync(join(PLACE, '.draft-'))
  try {
    for (const [name, text] of sources) writeFileSync(join(folder, name), withLibrary(text))
    writeFileSync(join(folder, 'main.circom'), withLibrary(main))
    await compile(folder, optimisation)
    const result = {
      r1cs: readFileSync(join(folder, 'main.r1cs')),
      symbols: readFileSync(join(folder, 'main.sym'), 'utf8'),
    }
    finish(folder)
    return result
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compile(folder: string, optimisation: Optimisation): Promise<void> {
  const { root } = parse(folder)
  const seen = (path: string): string => `/${relative(root, path).split(sep).join('/')}`
  const args = [
    seen(join(folder, 'main.circom')),
    `--O${String(optimisation)}`,
    ...['--r1cs', '--sym', '-l', seen(CIRCOMLIB), '-o', seen(folder)],
  ]
  const { exitCode, output } = await runCircom({ args, root })
  if (exitCode === 0) return
  throw new ZerocardError('ARTIFACT_INVALID', stripVTControlCharacters(output).trim())
}

/** The sources stand elsewhere than the library they include. */
function withLibrary(source: string): string {
  return source.replaceAll('"../node_modules/circomlib/circuits/', '"')
}

function keep(draft: string, folder: string): void {
  try {
    renameSync(draft, folder)
  } catch {
    // Another process was faster; its result is the same.
  }
}
