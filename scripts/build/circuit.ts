import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseVerificationKey, verificationKeyId } from '../../core/groth16-key.ts'
import { artifactFileName } from '../../core/manifest.ts'
import type { CircuitFacts } from '../../core/manifest.ts'
import { damaged } from '../../core/iden3/sections.ts'
import { readZkey } from '../../core/iden3/zkey.ts'
import { cacheKey, findDamage, measureFiles, readStamp, writeStamp } from './cache.ts'
import { compileCircuit } from './compile.ts'
import { makeDevelopmentKey } from './keys.ts'
import type { Multiplier } from './multiplier.ts'
import type { Progress } from './progress.ts'
import { seconds } from './progress.ts'
import { circuitSource, hasCode } from './project.ts'
import type { Project } from './project.ts'
import { parseR1cs } from './r1cs.ts'
import { deriveTrapdoor, DEVELOPMENT_SEED } from './trapdoor.ts'
import { exportVerificationKey } from './verification-key.ts'

export interface Tools {
  readonly multiplier: Multiplier
  readonly progress: Progress
  readonly signal: AbortSignal
}

export interface BuiltCircuit {
  readonly facts: CircuitFacts
  /** True if nothing had to be done. */
  readonly isCached: boolean
}

/** Directories of builds that are not finished, or being removed: `.building-name-pid`. */
const UNFINISHED = /^\.(?:building|replaced|checking)-.*-(\d+)$/

/**
 * Brings `artifacts/<name>` up to date. The directory is made beside and then renamed, so what is
 * in place is always whole; its files are hashed again on every run.
 *
 * @param isForced - Build also what is up to date.
 * @throws ZerocardError with `ARTIFACT_INVALID` if it does not compile, or if a source was changed
 *   meanwhile: nobody could tell what the results were made from.
 */
export async function buildCircuit(
  project: Project,
  name: string,
  tools: Tools,
  isForced: boolean,
): Promise<BuiltCircuit> {
  const key = cacheKey(project, name)
  const place = join(project.artifacts, name)
  const stamp = isForced ? undefined : readStamp(place, key)
  const damage = stamp && findDamage(place, name, stamp.facts)
  if (stamp && damage === undefined) {
    tools.progress.done(name, 'up to date')
    return { facts: stamp.facts, isCached: true }
  }
  if (damage !== undefined) {
    tools.progress.note(name, `${artifactFileName(name, damage)} is damaged, building it again`)
  }
  const temporary = temporaryDirectory(project, 'building', name)
  const facts = await makeCircuit(project, name, temporary, tools)
  if (cacheKey(project, name) !== key) {
    throw damaged(name, 'a source was changed while it was built; build it again')
  }
  writeStamp(temporary, { cacheKey: key, facts })
  putInPlace(temporary, place, temporaryDirectory(project, 'replaced', name))
  return { facts, isCached: false }
}

/** Builds a circuit from its sources, whatever is in place, and leaves what is in place alone. */
export async function rebuildApart(
  project: Project,
  name: string,
  tools: Tools,
): Promise<BuiltCircuit> {
  const temporary = temporaryDirectory(project, 'checking', name)
  try {
    return { facts: await makeCircuit(project, name, temporary, tools), isCached: false }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Removes what builds that were killed have left. */
export function removeUnfinished({ artifacts }: Project): void {
  mkdirSync(artifacts, { recursive: true })
  for (const entry of readdirSync(artifacts)) {
    const pid = UNFINISHED.exec(entry)?.[1]
    if (pid === undefined || isRunning(Number(pid))) continue
    rmSync(join(artifacts, entry), { recursive: true, force: true })
  }
}

async function makeCircuit(
  project: Project,
  name: string,
  outDir: string,
  { multiplier, progress, signal }: Tools,
): Promise<CircuitFacts> {
  const start = performance.now()
  progress.step(name, 'compiling')
  const { r1cs: r1csPath } = await compileCircuit({
    source: circuitSource(project, name),
    outDir,
    includePaths: [project.circomlib],
    signal,
  })
  const r1cs = readFileSync(r1csPath)
  const { constraints } = parseR1cs(r1cs, artifactFileName(name, 'r1cs'))
  progress.note(name, `${String(constraints)} constraints, compiled in ${seconds(start)}`)
  progress.step(name, 'making the key')
  const zkey = await makeDevelopmentKey(
    r1cs,
    deriveTrapdoor(DEVELOPMENT_SEED),
    multiplier,
    artifactFileName(name, 'r1cs'),
  )
  signal.throwIfAborted()
  const vkey = exportVerificationKey(zkey, artifactFileName(name, 'zkey'))
  writeFileSync(join(outDir, artifactFileName(name, 'zkey')), zkey)
  writeFileSync(join(outDir, artifactFileName(name, 'vkey')), `${JSON.stringify(vkey, null, 2)}\n`)
  const { publicSignals, wires, domain } = readZkey(zkey)
  const keyId = verificationKeyId(parseVerificationKey(vkey))
  progress.done(name, `built in ${seconds(start)}`)
  return { constraints, publicSignals, wires, domain, keyId, files: measureFiles(outDir, name) }
}

function temporaryDirectory({ artifacts }: Project, purpose: string, name: string): string {
  const path = join(artifacts, `.${purpose}-${name}-${String(process.pid)}`)
  rmSync(path, { recursive: true, force: true })
  return path
}

/** Renames `made` to `place`; what is there goes away over `replaced`. */
function putInPlace(made: string, place: string, replaced: string): void {
  for (;;) {
    try {
      renameSync(place, replaced)
      rmSync(replaced, { recursive: true, force: true })
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
    try {
      renameSync(made, place)
      return
    } catch (error) {
      // Another build was faster; its result is the same, but this one is known to be whole.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}
