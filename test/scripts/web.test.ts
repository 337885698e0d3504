import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { projectAt } from '../../scripts/build/project.ts'
import { buildWeb } from '../../scripts/build/web/web.ts'
import type { WebBuild } from '../../scripts/build/web/web.ts'
import { verdictOf } from '../support/refusal.ts'

const ROOT = join(import.meta.dirname, '../..')
const directory = mkdtempSync(join(tmpdir(), 'zerocard-web-'))

afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** The library's sources in another place, with one static file. */
function newProject(name: string) {
  const root = join(directory, name)
  for (const folder of ['core', 'client']) {
    cpSync(join(ROOT, folder), join(root, folder), {
      recursive: true,
      filter: (path) => !/client\/(app|element|wallet)$/.test(path),
    })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  mkdirSync(join(root, 'client/app/static/icons'), { recursive: true })
  writeFileSync(join(root, 'client/app/static/icons/card.svg'), '<svg/>')
  return projectAt(root)
}

const project = newProject('first')
const place = join(project.artifacts, 'web')
const read = (name: string) => readFileSync(join(place, name), 'utf8')

let first: WebBuild

beforeAll(async () => {
  first = await buildWeb(project)
})

describe('what browsers run', () => {
  test('is listed with the hash of each file, as it lies there', () => {
    const listed = JSON.parse(read('web-manifest.json')) as WebBuild['manifest']
    expect(listed).toEqual(first.manifest)
    expect(Object.keys(listed.files)).toEqual(
      expect.arrayContaining(['icons/card.svg', 'prover.worker.js', 'zerocard-client.js']),
    )
    for (const [name, { sha256, integrity, bytes }] of Object.entries(listed.files)) {
      const content = readFileSync(join(place, name))
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256)
      expect(`sha384-${createHash('sha384').update(content).digest('base64')}`).toBe(integrity)
      expect(content.length).toBe(bytes)
    }
  })

  test('is the same from sources in another place', async () => {
    const other = await buildWeb(newProject('a place with spaces/and depth'))
    expect(other.manifest).toEqual(first.manifest)
  })

  test('has the prover in the worker, and not in what a page loads', () => {
    // A name that only the prover has, and that no minifier shortens.
    const trace = 'fr_across_inverse'
    expect(read('prover.worker.js')).toContain(trace)
    expect(read('zerocard-client.js')).not.toContain(trace)
  })

  test('has nothing of snarkjs, nor of what it is made of', () => {
    const packages = /node_modules\/(snarkjs|ffjavascript|wasmcurves|wasmbuilder|@iden3)\//
    const inputs = Object.keys((JSON.parse(read('build.json')) as { inputs: object }).inputs)
    expect(inputs.filter((path) => packages.test(path))).toEqual([])
    // The list would name them: what is used is in it.
    expect(inputs).toEqual(
      expect.arrayContaining([expect.stringMatching(/node_modules\/@noble\/curves\//)]),
    )
  })

  test('starts the worker by the expression that bundlers look for', () => {
    expect(read('zerocard-client.js')).toMatch(
      /new Worker\(new URL\(["'`]\.\/prover\.worker\.js["'`],import\.meta\.url\),\{type:["'`]module["'`]\}\)/,
    )
  })

  test('names no path of this machine', () => {
    for (const name of readdirSync(place)) {
      if (name.endsWith('.js')) expect(read(name)).not.toContain(directory)
    }
  })
})

describe('building again', () => {
  test('does nothing if nothing changed', async () => {
    expect(await buildWeb(project)).toEqual({ ...first, isCached: true })
  })

  test('repairs a file that was damaged', async () => {
    writeFileSync(join(place, 'prover.worker.js'), '')
    expect(await buildWeb(project)).toEqual(first)
    expect(read('prover.worker.js')).not.toBe('')
  })

  test('notices a changed source and a new file', async () => {
    const source = join(project.root, 'client/proving/abort.ts')
    const text = readFileSync(source, 'utf8')
    writeFileSync(source, text.replace('stopped on request', 'stopped as asked'))
    const changed = await buildWeb(project)
    expect(changed.manifest).not.toEqual(first.manifest)
    expect(read('zerocard-client.js')).toContain('stopped as asked')
    writeFileSync(source, text)
    const extra = join(project.root, 'client/app/static/more.txt')
    writeFileSync(extra, 'more')
    expect((await buildWeb(project)).manifest.files).toHaveProperty(['more.txt'])
    rmSync(extra)
    expect(await buildWeb(project)).toEqual(first)
    expect(existsSync(join(place, 'more.txt'))).toBe(false)
  })

  test('leaves nothing but the result', () => {
    expect(readdirSync(project.artifacts)).toEqual(['web'])
  })

  test('with check builds and compares, and keeps what is in place', async () => {
    expect(await buildWeb(project, { check: true })).toEqual(first)
    const stamp = JSON.parse(read('build.json')) as { files: Record<string, { sha256: string }> }
    // Somebody put another script there and changed both lists to match.
    writeFileSync(join(place, 'prover.worker.js'), 'evil()')
    const sha256 = createHash('sha256').update('evil()').digest('hex')
    const files = { ...stamp.files, 'prover.worker.js': { sha256 } }
    writeFileSync(join(place, 'build.json'), JSON.stringify({ ...stamp, files }))
    writeFileSync(join(place, 'web-manifest.json'), `${JSON.stringify({ files }, null, 2)}\n`)
    expect(await verdictOf(() => buildWeb(project, { check: true }))).toBe('ARTIFACT_INVALID')
    expect(read('prover.worker.js')).toBe('evil()')
    expect(await buildWeb(project, { force: true })).toEqual(first)
  })

  test('says where a source is wrong, and keeps what is in place', async () => {
    const source = join(project.root, 'client/proving/worker.ts')
    const text = readFileSync(source, 'utf8')
    writeFileSync(source, 'import { nothing } from "./no-such-file.ts"\nnothing()\n')
    await expect(buildWeb(project)).rejects.toThrow(/worker\.ts:1: /)
    expect(await verdictOf(() => buildWeb(project))).toBe('ARTIFACT_INVALID')
    expect(existsSync(join(place, 'prover.worker.js'))).toBe(true)
    writeFileSync(source, text)
  })
})
