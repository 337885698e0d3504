import { renameSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { artifactFileName, parseManifest } from '../../core/manifest.ts'
import type { ArtifactRole, CircuitFacts, Manifest } from '../../core/manifest.ts'
import { describeCompiler } from './compile.ts'
import { readIfPresent } from './project.ts'
import type { Project } from './project.ts'
import { DEVELOPMENT_SEED } from './trapdoor.ts'

const NOTE =
  'Anybody can forge proofs under these keys, because the seed they are made from is public.'

const UPDATE = 'npm run build -- --update-manifest'

/** In this order, because the later files follow from the earlier ones. */
const ROLES: readonly ArtifactRole[] = ['r1cs', 'wasm', 'zkey', 'vkey']

/**
 * @returns undefined if there is no manifest yet.
 * @throws ZerocardError with `ARTIFACT_INVALID` if it is no manifest, or one of keys that this
 *   build does not make.
 */
export function readManifest(project: Project): Manifest | undefined {
  const text = readIfPresent(project.manifest)
  if (text === undefined) return undefined
  const manifest = parseManifest(parseJson(text, 'ARTIFACT_INVALID', 'circuits/manifest.json'))
  if (manifest.kind === 'development') return manifest
  throw new ZerocardError(
    'ARTIFACT_INVALID',
    `circuits/manifest.json lists ${manifest.kind} keys; only development keys are made here`,
  )
}

/** Replaces the manifest by what was built, in one step. */
export function writeManifest(
  project: Project,
  circuits: Readonly<Record<string, CircuitFacts>>,
): Manifest {
  const manifest: Manifest = {
    kind: 'development',
    forgeable: true,
    note: NOTE,
    seed: DEVELOPMENT_SEED,
    compiler: describeCompiler(),
    circuits,
  }
  const temporary = `${project.manifest}.${String(process.pid)}.tmp`
  writeFileSync(temporary, `${JSON.stringify(manifest, null, 2)}\n`)
  renameSync(temporary, project.manifest)
  return manifest
}

/** The error for a project without a manifest. */
export function manifestMissing(project: Project): ZerocardError {
  const path = relative(project.root, project.manifest)
  return new ZerocardError('ARTIFACT_INVALID', `${path} does not exist; to make it run: ${UPDATE}`)
}

/**
 * Checks what holds for all circuits: the same compiler and seed, and the same list of circuits.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`.
 */
export function assertSameSetting(manifest: Manifest, names: readonly string[]): void {
  assertEqual('compiler', manifest.compiler, describeCompiler())
  assertEqual('seed', manifest.seed ?? 'none', DEVELOPMENT_SEED)
  const listed = Object.keys(manifest.circuits).sort()
  assertEqual('circuits', listed.join(', '), [...names].sort().join(', '))
}

/**
 * Compares a built circuit with the manifest.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`: circuit, file, expected and got, in one line.
 */
export function assertListed(manifest: Manifest, name: string, built: CircuitFacts): void {
  const expected = manifest.circuits[name]
  if (expected === undefined) throw mismatch(name, 'an entry', 'none')
  for (const role of ROLES) {
    const file = artifactFileName(name, role)
    assertEqual(`${file}: SHA-256`, expected.files[role].sha256, built.files[role].sha256)
    assertEqual(`${file}: bytes`, expected.files[role].bytes, built.files[role].bytes)
  }
  for (const fact of ['constraints', 'publicSignals', 'wires', 'domain', 'keyId'] as const) {
    assertEqual(`${name}: ${fact}`, expected[fact], built[fact])
  }
}

function assertEqual(what: string, expected: string | number, got: string | number): void {
  if (expected !== got) throw mismatch(what, String(expected), String(got))
}

function mismatch(what: string, expected: string, got: string): ZerocardError {
  return new ZerocardError(
    'ARTIFACT_INVALID',
    `${what}: circuits/manifest.json expects ${expected}, got ${got}; ` +
      `if this change is wanted, run: ${UPDATE}`,
  )
}
