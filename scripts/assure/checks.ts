import { fileURLToPath } from 'node:url'
import type { AnyCheck } from './check.ts'
import { reproducibleBuildCheck } from './build/reproducible-check.ts'

/** A check, and where what it depends on is found. */
export interface Entry {
  readonly check: AnyCheck
  /** Path of its file. */
  readonly file: string
  /** Files and folders that it reads besides its imports, from the project's root. */
  readonly reads: readonly string[]
}

/** Every check of the assurance run, in the order of the report. */
export const ENTRIES: readonly Entry[] = [
  entry(reproducibleBuildCheck, './build/reproducible-check.ts'),
]

export const CHECKS: readonly AnyCheck[] = ENTRIES.map(({ check }) => check)

function entry(check: AnyCheck, file: string, reads: readonly string[] = []): Entry {
  return { check, file: fileURLToPath(new URL(file, import.meta.url)), reads }
}
