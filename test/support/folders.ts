import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []

/** A folder that is gone after the last hook of a file, also of one that failed. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'zerocard-test-'))
  folders.push(folder)
  return folder
}

/** Called after each file: those that share a process load a module like this one only once. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}
