import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ZerocardError } from '../../../core/errors.ts'
import { SILENT, seconds } from '../progress.ts'
import type { Progress } from '../progress.ts'
import { hasCode } from '../project.ts'
import type { Project } from '../project.ts'
import { bundleScript } from './bundle.ts'
import { scriptsOf, staticFilesOf } from './entries.ts'
import { STAMP, WEB_MANIFEST, measure, stampOf, textOf, upToDate } from './stamp.ts'
import type { WebManifest } from './stamp.ts'

export interface WebBuildOptions {
  /** Build from the sources and compare with what is in place, which stays as it is. */
  readonly check?: boolean
  /** Build also what is up to date. */
  readonly force?: boolean
  readonly progress?: Progress
}

export interface WebBuild {
  readonly manifest: WebManifest
  /** True if nothing had to be done. */
  readonly isCached: boolean
}

const NAME = 'web'

/**
 * Brings `artifacts/web` up to date: the scripts that browsers run, the wallet's static files, and
 * `web-manifest.json` with the hash of each. What is in place is always whole.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if a script cannot be bundled; with `check`, if what
 *   is in place and up to date is not what its sources make.
 */
export async function buildWeb(
  { root, artifacts }: Project,
  { check = false, force = false, progress = SILENT }: WebBuildOptions = {},
): Promise<WebBuild> {
  const place = join(artifacts, NAME)
  const current = upToDate(root, place)
  try {
    if (current !== undefined && !check && !force) {
      progress.done(NAME, 'up to date')
      return { manifest: current, isCached: true }
    }
    const start = performance.now()
    progress.step(NAME, 'bundling')
    const made = await makeAll(root)
    if (!check) putInPlace(root, made, place)
    else if (current !== undefined) assertSame(current, made.manifest)
    progress.done(NAME, `${made.contents.size} files built in ${seconds(start)}`)
    return { manifest: made.manifest, isCached: false }
  } finally {
    progress.close()
  }
}

interface Made {
  readonly contents: ReadonlyMap<string, Uint8Array>
  readonly inputs: readonly string[]
  readonly manifest: WebManifest
}

async function makeAll(root: string): Promise<Made> {
  const bundles = await Promise.all(scriptsOf(root).map((entry) => bundleScript(root, entry)))
  const copied = staticFilesOf(root)
  const contents = new Map([
    ...bundles.flatMap(({ files }) => [...files]),
    ...copied.map(([output, path]) => [output, new Uint8Array(readFileSync(path))] as const),
  ])
  const names = [...contents.keys()].sort()
  const facts = names.map((name) => [name, measure(contents.get(name) as Uint8Array)] as const)
  return {
    contents,
    inputs: [
      ...bundles.flatMap(({ inputs }) => inputs),
      ...copied.map(([, path]) => relative(root, path)),
    ],
    manifest: { files: Object.fromEntries(facts) },
  }
}

/** Writes everything beside the place and renames it: nobody sees half of it. */
function putInPlace(root: string, { contents, inputs, manifest }: Made, place: string): void {
  const beside = (purpose: string): string =>
    join(dirname(place), `.${purpose}-${NAME}-${String(process.pid)}`)
  const [temporary, old] = [beside('building'), beside('replaced')]
  rmSync(temporary, { recursive: true, force: true })
  for (const [name, bytes] of contents) {
    mkdirSync(dirname(join(temporary, name)), { recursive: true })
    writeFileSync(join(temporary, name), bytes)
  }
  mkdirSync(temporary, { recursive: true })
  writeFileSync(join(temporary, WEB_MANIFEST), textOf(manifest))
  writeFileSync(join(temporary, STAMP), stampOf(root, inputs, manifest))
  for (let attempts = 0; ; attempts++) {
    try {
      moveAway(place, old)
      renameSync(temporary, place)
      return
    } catch (error) {
      // Another build was faster; that one is replaced.
      if (attempts === MAX_ATTEMPTS || !hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    }
  }
}

/** Builds that get in each other's way; more than a handful is a fault. */
const MAX_ATTEMPTS = 5

function moveAway(place: string, old: string): void {
  try {
    renameSync(place, old)
    rmSync(old, { recursive: true, force: true })
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

function assertSame(current: WebManifest, made: WebManifest): void {
  const names = new Set([...Object.keys(current.files), ...Object.keys(made.files)])
  for (const name of names) {
    const [expected, got] = [current.files[name]?.sha256, made.files[name]?.sha256]
    if (expected === got) continue
    throw new ZerocardError(
      'ARTIFACT_INVALID',
      `artifacts/web/${name}: expected SHA-256 ${expected ?? 'of no file'}, ` +
        `its sources make ${got ?? 'no such file'}`,
    )
  }
}
