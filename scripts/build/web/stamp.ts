import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from 'esbuild'
import type { FileFacts } from '../../../core/manifest.ts'
import { filesIn, readIfPresent } from '../project.ts'
import { scriptsOf, staticFilesOf } from './entries.ts'

// Whether `artifacts/web` is up to date: it says which files it was made from, with their hashes.

/** A built file: `integrity` is what a page may ask of it (Subresource Integrity). */
export interface WebFile extends FileFacts {
  readonly integrity: string
}

/** What is served, by path: `web-manifest.json`. */
export interface WebManifest {
  readonly files: Readonly<Record<string, WebFile>>
}

interface Stamp {
  readonly setting: string
  /** SHA-256 of every source, by path below the project. */
  readonly inputs: Readonly<Record<string, string>>
  readonly files: WebManifest['files']
}

export const WEB_MANIFEST = 'web-manifest.json'
export const STAMP = 'build.json'

export function measure(bytes: Uint8Array): WebFile {
  const hash = (name: string): Buffer => createHash(name).update(bytes).digest()
  return {
    sha256: hash('sha256').toString('hex'),
    bytes: bytes.length,
    integrity: `sha384-${hash('sha384').toString('base64')}`,
  }
}

/** The stamp of what was just built. */
export function stampOf(root: string, inputs: Iterable<string>, { files }: WebManifest): string {
  const hashes = [...new Set(inputs)].sort().map((path) => [path, hashOf(join(root, path))])
  const stamp = { setting: settingOf(root), inputs: Object.fromEntries(hashes) as object, files }
  return `${JSON.stringify(stamp, null, 2)}\n`
}

/** What is in place, if it is whole and was made from the sources as they are now. */
export function upToDate(root: string, place: string): WebManifest | undefined {
  const text = readIfPresent(join(place, STAMP))
  if (text === undefined) return undefined
  try {
    const { setting, inputs, files } = JSON.parse(text) as Stamp
    const isCurrent =
      setting === settingOf(root) &&
      Object.entries(inputs).every(([path, hash]) => hashOf(join(root, path)) === hash) &&
      Object.entries(files).every(([name, { sha256 }]) => hashOf(join(place, name)) === sha256) &&
      readIfPresent(join(place, WEB_MANIFEST)) === textOf({ files })
    return isCurrent ? { files } : undefined
  } catch {
    return undefined
  }
}

export function textOf(manifest: WebManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** The bundler, this program, and which entries there are. */
function settingOf(root: string): string {
  const hash = createHash('sha256').update(version)
  for (const path of filesIn(import.meta.dirname, '.ts')) hash.update(readFileSync(path))
  hash.update(JSON.stringify([scriptsOf(root), staticFilesOf(root).map(([output]) => output)]))
  return hash.digest('hex')
}

function hashOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch {
    return undefined
  }
}
