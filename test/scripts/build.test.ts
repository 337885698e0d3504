import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import { parseManifest } from '../../core/manifest.ts'
import { projectAt } from '../../scripts/build/project.ts'
import type { Project } from '../../scripts/build/project.ts'
import { buildProject } from '../../scripts/build/run.ts'
import type { BuildOptions, BuildResult } from '../../scripts/build/run.ts'
import { SILENT } from '../../scripts/build/progress.ts'
import { verdictOf } from '../support/refusal.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const NODE_MODULES = join(import.meta.dirname, '../../node_modules')

const directory = mkdtempSync(join(tmpdir(), 'zerocard-build-'))

afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** A project whose only circuit is the toy. */
function newProject(name: string): Project {
  const root = join(directory, name)
  mkdirSync(join(root, 'circuits', 'main'), { recursive: true })
  copyFileSync(join(FIXTURES, 'toy.circom'), join(root, 'circuits', 'main', 'toy.circom'))
  return projectAt(root, NODE_MODULES)
}

function build(project: Project, options: BuildOptions = {}): Promise<BuildResult> {
  return buildProject(project, { threads: 1, ...options })
}

function editManifest(project: Project, edit: (text: string) => string): void {
  writeFileSync(project.manifest, edit(readFileSync(project.manifest, 'utf8')))
}

describe('a build', () => {
  const project = newProject('first')
  const artifact = (ending: string): string => join(project.artifacts, 'toy', `toy.${ending}`)
  let first: BuildResult

  beforeAll(async () => {
    first = await build(project, { updateManifest: true })
  })

  test('writes a manifest that says what the keys are worth', () => {
    const manifest = parseManifest(JSON.parse(readFileSync(project.manifest, 'utf8')))
    expect(manifest).toMatchObject({ kind: 'development', forgeable: true })
    expect(Object.keys(manifest.circuits)).toEqual(['toy'])
    expect(manifest).toEqual(first.manifest)
    const vkey: unknown = JSON.parse(readFileSync(artifact('vkey.json'), 'utf8'))
    expect(manifest.circuits['toy']?.keyId).toBe(verificationKeyId(parseVerificationKey(vkey)))
  })

  test('does nothing again if nothing changed', async () => {
    const { circuits } = await build(project)
    expect(circuits['toy']?.isCached).toBe(true)
  })

  test('gives the same hashes in another place', async () => {
    const other = newProject('a place with spaces/and depth')
    const { manifest } = await build(other, { updateManifest: true, threads: 2 })
    expect(manifest).toEqual(first.manifest)
  })

  test.each(['zkey', 'wasm', 'r1cs', 'vkey.json'])('repairs a damaged %s', async (ending) => {
    const notes: string[] = []
    truncateSync(artifact(ending), 100)
    const progress = { ...SILENT, note: (_: string, text: string) => notes.push(text) }
    const { circuits } = await build(project, { progress })
    expect(circuits['toy']?.isCached).toBe(false)
    expect(notes[0]).toContain(`toy.${ending} is damaged`)
  })

  test('with --check compares a fresh build, and leaves what is in place alone', async () => {
    truncateSync(artifact('wasm'), 100)
    const { circuits } = await build(project, { check: true })
    expect(circuits['toy']?.facts).toEqual(first.circuits['toy']?.facts)
    expect(readFileSync(artifact('wasm')).length).toBe(100)
    expect(readdirSync(project.artifacts)).toEqual(['toy'])
  })
})

describe('a build is stopped', () => {
  const project = newProject('stopped')
  const messageOf = (options?: BuildOptions): Promise<string> =>
    build(project, options).then(
      () => 'built',
      (error: unknown) => (error as Error).message,
    )

  beforeAll(async () => {
    await build(project, { updateManifest: true })
  })

  test.each([
    ['SHA-256', (text: string) => text.replace(/"sha256": "[0-9a-f]{8}/, '"sha256": "00000000')],
    ['keyId', (text: string) => text.replace(/"keyId": "..../, '"keyId": "AAAA')],
    ['compiler', (text: string) => text.replace('circom 2', 'circom 1')],
    ['seed', (text: string) => text.replace(/"seed": "/, '"seed": "other ')],
    ['circuits', (text: string) => text.replace('"toy"', '"other"')],
  ])('by another %s in the manifest, in one line', async (what, edit) => {
    const before = readFileSync(project.manifest, 'utf8')
    editManifest(project, edit)
    expect(await verdictOf(() => build(project))).toBe('ARTIFACT_INVALID')
    expect(await messageOf()).toMatch(new RegExp(`^.*${what}.* expects .*, got .*$`))
    writeFileSync(project.manifest, before)
    expect(await messageOf()).toBe('built')
  })

  test('by a circuit that was changed, until the manifest is updated on purpose', async () => {
    const source = join(project.circuits, 'main', 'toy.circom')
    writeFileSync(source, readFileSync(source, 'utf8').replace('Toy(20)', 'Toy(21)'))
    expect(await messageOf()).toMatch(/^toy\.r1cs: SHA-256: .*--update-manifest$/)
    expect(await messageOf({ check: true })).toMatch(/^toy\.r1cs: SHA-256: /)
    await build(project, { updateManifest: true })
    expect(await messageOf()).toBe('built')
  })

  test.each([
    ['a manifest that is no JSON', () => '{'],
    ['a manifest with an unknown member', (text: string) => text.replace('{', '{ "extra": 1,')],
    ['production keys', (text: string) => text.replace('development', 'production')],
    [
      'production keys that are not called forgeable',
      (text: string) =>
        text
          .replace('development', 'production')
          .replace('"forgeable": true', '"forgeable": false'),
    ],
  ])('by %s', async (_, edit) => {
    const before = readFileSync(project.manifest, 'utf8')
    editManifest(project, edit)
    expect(await verdictOf(() => build(project))).toBe('ARTIFACT_INVALID')
    writeFileSync(project.manifest, before)
  })

  test('by a source that changes meanwhile', async () => {
    const source = join(project.circuits, 'main', 'toy.circom')
    const before = readFileSync(source, 'utf8')
    const step = (): void => writeFileSync(source, `${before}// edited\n`)
    const progress = { ...SILENT, step }
    expect(await verdictOf(() => build(project, { progress, force: true }))).toBe(
      'ARTIFACT_INVALID',
    )
    writeFileSync(source, before)
    expect(await messageOf()).toBe('built')
  })

  test('if there is no manifest', async () => {
    expect(await verdictOf(() => build(newProject('without manifest')))).toBe('ARTIFACT_INVALID')
  })

  test('if there are no circuits', async () => {
    const empty = projectAt(join(directory, 'empty'), NODE_MODULES)
    expect(await verdictOf(() => build(empty))).toBe('ARTIFACT_INVALID')
  })
})

test('a build that is killed leaves nothing that is believed', async () => {
  const project = newProject('killed')
  const script = join(FIXTURES, 'build-project.ts')
  const child = spawn(process.execPath, [script, project.root, NODE_MODULES], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const unfinished = join(project.artifacts, `.building-toy-${child.pid ?? 0}`)
  while (!existsSync(unfinished)) await sleep(2)
  child.kill('SIGKILL')
  await ended
  expect(readdirSync(project.artifacts)).toEqual([`.building-toy-${child.pid ?? 0}`])
  expect(existsSync(project.manifest)).toBe(false)
  const { circuits } = await build(project, { updateManifest: true })
  expect(circuits['toy']?.isCached).toBe(false)
  expect(readdirSync(project.artifacts)).toEqual(['toy'])
})
