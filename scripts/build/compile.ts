import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, parse, relative, resolve, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { Worker } from 'node:worker_threads'
import { ZerocardError } from '../../core/errors.ts'
import type { CircomCall, CircomResult } from './circom.worker.ts'
import { improveWitnessProgram } from './witness-program.ts'

/** The compiler inside the npm package, and that package's version, which pins it. */
const CIRCOM = { compiler: '2.2.3', package: '0.2.23' }

/** How far circom simplifies: 0 keeps every constraint, 2 is what proofs are made with. */
export type Optimisation = 0 | 1 | 2

export interface CompileOptions {
  /** Path of the file with `component main`. */
  readonly source: string
  /** Directory for the results; made if it does not exist. */
  readonly outDir: string
  /** Default 2. */
  readonly optimisation?: Optimisation
  /** Directories that `include` also searches. */
  readonly includePaths?: readonly string[]
  /** Ends the compilation. */
  readonly signal?: AbortSignal
}

/** Paths of what a compilation wrote. */
export interface CompiledCircuit {
  /** File name of the source, without `.circom`. */
  readonly name: string
  readonly r1cs: string
  /** The program that computes witnesses. */
  readonly wasm: string
  /** Names of the signals. */
  readonly sym: string
}

/**
 * Compiles a circuit in a thread of its own. Constraints and wasm depend on the sources and the
 * optimisation only, not on where they are.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` and the compiler's words if it refuses.
 * @throws The signal's reason if it is aborted.
 */
export async function compileCircuit(options: CompileOptions): Promise<CompiledCircuit> {
  const source = resolve(options.source)
  const outDir = resolve(options.outDir)
  mkdirSync(outDir, { recursive: true })
  const { root } = parse(source)
  const seen = (path: string): string => `/${relative(root, resolve(path)).split(sep).join('/')}`
  const args = [
    seen(source),
    `--O${String(options.optimisation ?? 2)}`,
    ...['--r1cs', '--wasm', '--sym'],
    ...(options.includePaths ?? []).flatMap((path) => ['-l', seen(path)]),
    ...['-o', seen(outDir)],
  ]
  const { exitCode, output } = await runCircom({ args, root }, options.signal)
  if (exitCode !== 0) {
    const words = stripVTControlCharacters(output).trim()
    throw new ZerocardError('ARTIFACT_INVALID', `${options.source} does not compile:\n${words}`)
  }
  return flatten(basename(source, '.circom'), outDir)
}

/**
 * Compiler and flags as the manifest tells them, like `circom 2.2.3 (circom2 0.2.23), --O2`.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if another version is installed.
 */
export function describeCompiler(optimisation: Optimisation = 2): string {
  const installed = createRequire(import.meta.url)('circom2/package.json') as { version: string }
  if (installed.version !== CIRCOM.package) {
    throw new ZerocardError(
      'ARTIFACT_INVALID',
      `circom2: expected version ${CIRCOM.package}, got ${installed.version}; run: npm ci`,
    )
  }
  return `circom ${CIRCOM.compiler} (circom2 ${CIRCOM.package}), --O${String(optimisation)}`
}

/**
 * Runs circom with the given arguments; paths in them begin with `/`, which is `root`.
 *
 * @throws The signal's reason if it is aborted.
 */
export async function runCircom(call: CircomCall, signal?: AbortSignal): Promise<CircomResult> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./circom.worker.ts', import.meta.url), { workerData: call })
  const abort = (): void => void worker.terminate()
  signal?.addEventListener('abort', abort)
  try {
    return await new Promise<CircomResult>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => {
        reject(new Error('circom ended without a result'))
      })
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await worker.terminate()
  }
}

/**
 * circom puts the wasm, and two programs nobody needs, into a directory of its own. What is kept of
 * it is faster and gives the same witnesses.
 */
function flatten(name: string, outDir: string): CompiledCircuit {
  const wasm = join(outDir, `${name}.wasm`)
  const directory = join(outDir, `${name}_js`)
  const compiled = readFileSync(join(directory, `${name}.wasm`))
  writeFileSync(wasm, improveWitnessProgram(compiled, `${name}.wasm`))
  rmSync(directory, { recursive: true })
  return { name, r1cs: join(outDir, `${name}.r1cs`), wasm, sym: join(outDir, `${name}.sym`) }
}
