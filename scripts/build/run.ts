import { availableParallelism } from 'node:os'
import type { CircuitFacts, Manifest } from '../../core/manifest.ts'
import { buildCircuit, rebuildApart, removeUnfinished } from './circuit.ts'
import type { BuiltCircuit, Tools } from './circuit.ts'
import {
  assertListed,
  assertSameSetting,
  manifestMissing,
  readManifest,
  writeManifest,
} from './manifest.ts'
import { Multiplier } from './multiplier.ts'
import { SILENT } from './progress.ts'
import type { Progress } from './progress.ts'
import { listCircuits } from './project.ts'
import type { Project } from './project.ts'

export interface BuildOptions {
  /** Build everything from its sources in a temporary place and compare; keep what is in place. */
  readonly check?: boolean
  /** Build also what is up to date. */
  readonly force?: boolean
  /** Write what was built to the manifest instead of comparing with it. */
  readonly updateManifest?: boolean
  /** Threads for keys; default one per core. The results do not depend on it. */
  readonly threads?: number
  readonly progress?: Progress
}

export interface BuildResult {
  readonly manifest: Manifest
  readonly circuits: Readonly<Record<string, BuiltCircuit>>
}

/** Compilations at once: each takes one core and some 400 MB. */
const MAX_LANES = 3

/**
 * Builds all circuits of a project and compares them with its manifest.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` if a circuit does not compile, the manifest is
 *   missing, or anything differs from it. The first such circuit ends the work on all others.
 */
export async function buildProject(
  project: Project,
  options: BuildOptions = {},
): Promise<BuildResult> {
  const names = listCircuits(project)
  const manifest = options.updateManifest === true ? undefined : requireManifest(project, names)
  removeUnfinished(project)
  const abort = new AbortController()
  const multiplier = new Multiplier(options.threads)
  const tools = { multiplier, progress: options.progress ?? SILENT, signal: abort.signal }
  try {
    const built = await inLanes(largestFirst(names, manifest), async (name) => {
      const circuit = await buildOne(project, name, tools, options)
      if (manifest) assertListed(manifest, name, circuit.facts)
      return [name, circuit] as const
    })
    built.sort(([a], [b]) => (a < b ? -1 : 1))
    const circuits = Object.fromEntries(built)
    return { manifest: manifest ?? writeManifest(project, factsOf(built)), circuits }
  } catch (error) {
    abort.abort(error)
    throw error
  } finally {
    tools.progress.close()
    await multiplier.close()
  }
}

function requireManifest(project: Project, names: readonly string[]): Manifest {
  const manifest = readManifest(project)
  if (manifest === undefined) throw manifestMissing(project)
  assertSameSetting(manifest, names)
  return manifest
}

function buildOne(
  project: Project,
  name: string,
  tools: Tools,
  { check = false, force = false }: BuildOptions,
): Promise<BuiltCircuit> {
  return check ? rebuildApart(project, name, tools) : buildCircuit(project, name, tools, force)
}

/** The largest circuit decides how long the whole takes, so it begins. */
function largestFirst(names: readonly string[], manifest: Manifest | undefined): string[] {
  const size = (name: string): number => manifest?.circuits[name]?.constraints ?? Infinity
  return [...names].sort((a, b) => (size(a) === size(b) ? 0 : size(b) - size(a)))
}

/** Works on several items at a time; the first failure is the result. */
async function inLanes<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = [...items]
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      results.push(await work(item))
    }
  }
  const lanes = Math.min(availableParallelism(), MAX_LANES, items.length)
  await Promise.all(Array.from({ length: lanes }, lane))
  return results
}

function factsOf(
  built: readonly (readonly [string, BuiltCircuit])[],
): Readonly<Record<string, CircuitFacts>> {
  return Object.fromEntries(built.map(([name, { facts }]) => [name, facts]))
}
