import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'

/** Where things are. A test builds a project of its own in a temporary directory. */
export interface Project {
  readonly root: string
  /** Holds the templates, and in `main/` the instances. */
  readonly circuits: string
  /** Where results go: one directory per circuit. Never committed. */
  readonly artifacts: string
  readonly manifest: string
  /** circomlib's templates. */
  readonly circomlib: string
}

export function projectAt(root: string, nodeModules = join(root, 'node_modules')): Project {
  return {
    root,
    circuits: join(root, 'circuits'),
    artifacts: join(root, 'artifacts'),
    manifest: join(root, 'circuits', 'manifest.json'),
    circomlib: join(nodeModules, 'circomlib', 'circuits'),
  }
}

/**
 * The circuits to build: the files in `circuits/main/`, without `.circom`.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if there are none.
 */
export function listCircuits({ circuits }: Project): string[] {
  const names = circomFiles(join(circuits, 'main')).map((path) => basename(path, '.circom'))
  if (names.length > 0) return names
  throw new ZerocardError('ARTIFACT_INVALID', 'circuits/main: no circuits')
}

/** Path of a circuit's `component main`. */
export function circuitSource({ circuits }: Project, name: string): string {
  return join(circuits, 'main', `${name}.circom`)
}

/** All `.circom` files in a directory, not below it, sorted; none if it does not exist. */
export function circomFiles(directory: string): string[] {
  return filesIn(directory, '.circom')
}

export function filesIn(directory: string, extension: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(extension))
    return names.sort().map((name) => join(directory, name))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

/** The content, or undefined if there is no such file. */
export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
