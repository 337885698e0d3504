import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

/** What every check rests on besides its own imports. */
const ALWAYS = ['circuits', 'package-lock.json']

/** A text in quotes that begins like a relative path, as imports and worker addresses do. */
const RELATIVE = /['"](\.\.?\/[^'"\n]+)['"]/g

/**
 * SHA-256, in hex, of everything a check's result can depend on: the files it imports, theirs, and
 * so on, the circuits and the lock file. A result is kept only as long as this stays the same.
 *
 * @param entry - Path of the check's file.
 * @param reads - Files and folders it reads besides, from the project's root.
 */
export function sourcesDigest(entry: string, reads: readonly string[] = []): string {
  const files = new Set<string>()
  follow(entry, files)
  for (const name of [...ALWAYS, ...reads]) collect(join(ROOT, name), files)
  const hash = createHash('sha256')
  for (const file of [...files].sort()) {
    const content = readFileSync(file)
    hash.update(`${relative(ROOT, file)}\n${String(content.length)}\n`).update(content)
  }
  return hash.digest('hex')
}

function follow(file: string, seen: Set<string>): void {
  if (seen.has(file)) return
  seen.add(file)
  if (!/\.(ts|mjs|js)$/.test(file)) return
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(RELATIVE)) {
    const target = resolve(dirname(file), path)
    if (isInProject(target) && statSync(target, { throwIfNoEntry: false })?.isFile() === true) {
      follow(target, seen)
    }
  }
}

/** What was built is made from files that are counted already. */
function isInProject(path: string): boolean {
  const inside = relative(ROOT, path)
  return !/^(\.\.|node_modules|artifacts)(\/|$)/.test(inside)
}

function collect(path: string, into: Set<string>): void {
  if (statSync(path).isFile()) {
    into.add(path)
    return
  }
  for (const entry of readdirSync(path)) collect(join(path, entry), into)
}
