import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CircuitFacts } from '../../../core/manifest.ts'
import { rebuildApart } from '../../build/circuit.ts'
import { assertListed, manifestMissing, readManifest } from '../../build/manifest.ts'
import { Multiplier } from '../../build/multiplier.ts'
import { SILENT } from '../../build/progress.ts'
import { listCircuits, projectAt } from '../../build/project.ts'
import type { Project } from '../../build/project.ts'
import type { Check, Conclusion } from '../check.ts'

// The keys are as good as the circuits they belong to, so a reader has to be able to get from the
// sources to the very bytes that are used.

const PROJECT = projectAt(fileURLToPath(new URL('../../..', import.meta.url)))

/** A digit of a hash domain is changed in a copy of the circuits: the build must come out otherwise. */
const SEEDED = { circuit: 'enrolment', file: 'domains.circom', from: '83409;', to: '83408;' }

type Input = { readonly circuit: string; readonly isChanged: boolean }

/** What differs from the manifest, in words; null if nothing does. */
type Result = { readonly isChanged: boolean; readonly difference: string | null }

export const reproducibleBuildCheck: Check<Input, Result> = {
  id: 'build.reproducible',
  claim: 'The circuits and keys in use are what these sources compile to, byte for byte.',
  method:
    'Each circuit is compiled and its development key made again in an empty folder; constraints, ' +
    'program, proving key and verification key are compared with circuits/manifest.json by SHA-256.',
  threats: ['T9', 'T10'],
  plan: (scope) => {
    const names = scope === 'part' ? [SEEDED.circuit] : listCircuits(PROJECT)
    return [
      ...names.map((circuit) => ({ name: circuit, input: { circuit, isChanged: false } })),
      { name: 'seeded', input: { circuit: SEEDED.circuit, isChanged: true } },
    ]
  },
  run: async ({ circuit, isChanged }) => ({
    isChanged,
    difference: isChanged ? await inChangedCopy(circuit) : await differenceOf(PROJECT, circuit),
  }),
  conclude,
}

function conclude(results: readonly Result[]): Conclusion {
  const own = results.filter(({ isChanged }) => !isChanged)
  const faults = own.flatMap(({ difference }) => (difference === null ? [] : [difference]))
  return {
    figures: [
      {
        name: 'circuits built again, equal in every byte',
        value: own.length - faults.length,
        aim: { atLeast: own.length },
      },
    ],
    faults,
    seeded: results
      .filter(({ isChanged }) => isChanged)
      .map(({ difference }) => ({
        fault: 'a constant of a circuit is another one than when the manifest was made',
        wasSeen: difference !== null,
      })),
    notes: [
      'Development keys come from a public seed; keys of a ceremony differ from them on purpose.',
    ],
  }
}

async function differenceOf(project: Project, circuit: string): Promise<string | null> {
  const manifest = readManifest(PROJECT)
  if (manifest === undefined) throw manifestMissing(PROJECT)
  const facts = await build(project, circuit)
  try {
    assertListed(manifest, circuit, facts)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function build(project: Project, circuit: string): Promise<CircuitFacts> {
  const multiplier = new Multiplier(1)
  const { signal } = new AbortController()
  try {
    return (await rebuildApart(project, circuit, { multiplier, progress: SILENT, signal })).facts
  } finally {
    await multiplier.close()
  }
}

async function inChangedCopy(circuit: string): Promise<string | null> {
  const root = mkdtempSync(join(tmpdir(), 'zerocard-assure-'))
  try {
    const copy = projectAt(root, join(PROJECT.root, 'node_modules'))
    cpSync(PROJECT.circuits, copy.circuits, { recursive: true })
    // The sources include circomlib by this path.
    cpSync(PROJECT.circomlib, join(root, 'node_modules', 'circomlib', 'circuits'), {
      recursive: true,
    })
    const path = join(copy.circuits, SEEDED.file)
    const text = readFileSync(path, 'utf8')
    if (!text.includes(SEEDED.from)) throw new Error(`${SEEDED.file} has no ${SEEDED.from}`)
    writeFileSync(path, text.replace(SEEDED.from, SEEDED.to))
    return await differenceOf(copy, circuit)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
