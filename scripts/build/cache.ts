import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { artifactFileName } from '../../core/manifest.ts'
import type { ArtifactRole, CircuitFacts, FileFacts } from '../../core/manifest.ts'
import { describeCompiler } from './compile.ts'
import { circomFiles, circuitSource, filesIn, readIfPresent } from './project.ts'
import type { Project } from './project.ts'
import { DEVELOPMENT_SEED } from './trapdoor.ts'

/** What a directory of results was made from, and what it holds. It is written last. */
export interface Stamp {
  readonly cacheKey: string
  readonly facts: CircuitFacts
}

const STAMP = 'build.json'
const ROLES: readonly ArtifactRole[] = ['r1cs', 'wasm', 'zkey', 'vkey']

/** Also decide what is built: the id of a key is part of the facts. */
const CORE = join(import.meta.dirname, '../../core')
const KEY_ID_SOURCE = join(CORE, 'groth16-key.ts')
const SHARED_SOURCES = ['iden3', 'wasm'].map((name) => join(CORE, name))

/**
 * A hash of everything that a circuit's results depend on: its sources, circomlib, the compiler
 * with its flags, the seed, and the program that makes the keys and improves what computes
 * witnesses. Paths are not among it.
 */
export function cacheKey(project: Project, name: string): string {
  const hash = createHash('sha256')
  const add = (text: string): void => {
    hash.update(`${String(Buffer.byteLength(text))}:${text}`)
  }
  add(describeCompiler())
  add(DEVELOPMENT_SEED)
  add(readFileSync(join(dirname(project.circomlib), 'package.json'), 'utf8'))
  const sources = [
    circuitSource(project, name),
    ...circomFiles(project.circuits),
    ...circomFiles(project.circomlib),
    ...filesIn(import.meta.dirname, '.ts'),
    KEY_ID_SOURCE,
    ...SHARED_SOURCES.flatMap((directory) => filesIn(directory, '.ts')),
  ]
  for (const path of sources) {
    add(basename(path))
    add(readFileSync(path, 'utf8'))
  }
  return hash.digest('hex')
}

export function writeStamp(directory: string, stamp: Stamp): void {
  writeFileSync(join(directory, STAMP), `${JSON.stringify(stamp, null, 2)}\n`)
}

/** What the directory says it holds, if it was made with this cache key; else undefined. */
export function readStamp(directory: string, key: string): Stamp | undefined {
  const text = readIfPresent(join(directory, STAMP))
  if (text === undefined) return undefined
  try {
    const stamp = JSON.parse(text) as Stamp
    return stamp.cacheKey === key ? stamp : undefined
  } catch {
    return undefined
  }
}

/** The role of the first file that is not what the stamp says, or undefined if all are. */
export function findDamage(
  directory: string,
  name: string,
  facts: CircuitFacts,
): ArtifactRole | undefined {
  return ROLES.find((role) => {
    const found = factsOf(join(directory, artifactFileName(name, role)))
    return found?.sha256 !== facts.files[role].sha256
  })
}

/** Size and hash of every result in a directory. */
export function measureFiles(directory: string, name: string): CircuitFacts['files'] {
  const facts = (role: ArtifactRole): FileFacts => {
    const path = join(directory, artifactFileName(name, role))
    const found = factsOf(path)
    if (found === undefined) throw new Error(`${path} was not written`)
    return found
  }
  return { r1cs: facts('r1cs'), wasm: facts('wasm'), zkey: facts('zkey'), vkey: facts('vkey') }
}

function factsOf(path: string): FileFacts | undefined {
  try {
    const bytes = readFileSync(path)
    return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length }
  } catch {
    return undefined
  }
}
