import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import type { FileFacts } from '../../core/manifest.ts'
import { compileCircuit } from '../build/compile.ts'
import { circuitSource } from '../build/project.ts'
import type { Project } from '../build/project.ts'
import { parseR1cs } from '../build/r1cs.ts'
import { isFile } from '../zerocard/files.ts'
import { fileFacts } from './hashes.ts'

/** A circuit as the compiler makes it from its sources, here and now. */
export interface Compiled {
  readonly r1csPath: string
  readonly wasmPath: string
  readonly r1cs: FileFacts
  readonly wasm: FileFacts
  readonly constraints: number
  readonly publicSignals: number
  readonly wires: number
}

/** Gives `work` a folder that is gone afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-ceremony-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Compiles a circuit of a project into a folder.
 *
 * @throws ZerocardError with `INPUT_INVALID` if there is no such circuit, or `ARTIFACT_INVALID` if
 *   it does not compile.
 */
export async function compileFor(
  project: Project,
  circuit: string,
  folder: string,
): Promise<Compiled> {
  const source = circuitSource(project, circuit)
  if (!isFile(source)) throw new ZerocardError('INPUT_INVALID', `${source}: no such circuit`)
  const paths = await compileCircuit({
    source,
    outDir: folder,
    includePaths: [project.circomlib],
  })
  const { constraints, publicSignals, wires } = parseR1cs(readFileSync(paths.r1cs))
  return {
    r1csPath: paths.r1cs,
    wasmPath: paths.wasm,
    r1cs: await fileFacts(paths.r1cs),
    wasm: await fileFacts(paths.wasm),
    ...{ constraints, publicSignals, wires },
  }
}
