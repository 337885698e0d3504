import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { isReadable } from '../../core/plain-text.ts'
import { BEACON_ITERATIONS } from '../../core/ceremony/transcript.ts'
import type { Announcement } from '../../core/ceremony/transcript.ts'
import { describeCompiler } from '../build/compile.ts'
import type { Project } from '../build/project.ts'
import { PUBLIC, ensureFolder, makeFolder, writeWhole } from '../zerocard/files.ts'
import type { Progress } from '../zerocard/progress.ts'
import { ceremonyPath, ceremonyText, readCeremony } from './ceremony-file.ts'
import type { CeremonyCircuit, NamedCeremony } from './ceremony-file.ts'
import { compileFor, inTemporaryFolder } from './compiled.ts'
import { fileFacts } from './hashes.ts'
import type { CheckedFile } from './hashes.ts'
import { publishedName } from './known-powers.ts'
import { choosePowers } from './powers.ts'
import { assertRoom } from './room.ts'
import { beginKey, verifyPowers } from './snarkjs.ts'
import { keyFileName, stepFolder } from './state.ts'

export interface NewCeremony extends Announcement {
  /** Made by this; must not exist. */
  readonly folder: string
  readonly name: string
  readonly project: Project
  readonly circuits: readonly string[]
  /** Path of the powers of tau, prepared for the second phase. */
  readonly powers: string
  /** BLAKE2b-512 of that file in hex, unless it is a published one. */
  readonly pinned?: string | undefined
  /** Seconds since 1970-01-01 UTC. */
  readonly now: number
  readonly progress: Progress
}

/**
 * Begins a ceremony: compiles the circuits and makes the keys that contributors then change.
 *
 * @throws ZerocardError with `USAGE`, `INPUT_INVALID`, or `ARTIFACT_INVALID` for powers of tau that
 *   are not the expected ones, are damaged or too few.
 */
export async function createCeremony(options: NewCeremony): Promise<NamedCeremony> {
  const { folder, circuits, powers, progress, beacon, now } = options
  assertAnnouncement(options)
  progress.update(0, 'hashing the powers of tau')
  const powersOfTau = await choosePowers(powers, options.pinned)
  const checked = { path: powers, blake2b512: powersOfTau.blake2b512 }
  if (publishedName(powersOfTau.blake2b512) === undefined) {
    progress.update(0.1, 'checking the powers of tau')
    await verifyPowers(checked)
  }
  assertRoom(folder, powersOfTau.bytes * circuits.length)
  await makeFolder(folder, PUBLIC, async (made) => {
    const made0 = stepFolder(made, 0)
    ensureFolder(made0, PUBLIC)
    const described: Record<string, CeremonyCircuit> = {}
    for (const [i, circuit] of circuits.entries()) {
      progress.update(0.3 + (0.7 * i) / circuits.length, `making the first key of ${circuit}`)
      const path = join(made0, keyFileName(circuit, 0))
      described[circuit] = await makeFirstKey(options.project, checked, circuit, path)
    }
    const ceremony = {
      name: options.name,
      createdAt: now,
      compiler: describeCompiler(),
      minimumContributions: options.minimumContributions,
      beacon,
      powersOfTau,
      circuits: described,
    }
    writeWhole(ceremonyPath(made), ceremonyText(ceremony), PUBLIC)
  })
  return readCeremony(folder)
}

function assertAnnouncement({
  minimumContributions,
  beacon,
  now,
  circuits,
  name,
}: NewCeremony): void {
  const { least, most } = BEACON_ITERATIONS
  if (!isReadable(name) || name.length > 100) throw usage('--name: expected 1 to 100 characters')
  if (circuits.length === 0 || new Set(circuits).size !== circuits.length) {
    throw usage('--circuit: expected one circuit or more, each once')
  }
  if (!Number.isInteger(minimumContributions) || minimumContributions < 1) {
    throw usage('--minimum: expected a number from 1 on')
  }
  if (
    !Number.isInteger(beacon.iterations) ||
    beacon.iterations < least ||
    beacon.iterations > most
  ) {
    throw usage(`--beacon-iterations: expected ${String(least)} to ${String(most)}`)
  }
  if (!isReadable(beacon.source) || beacon.source.length > 500) {
    throw usage('--beacon-source: expected where the value is to be looked up')
  }
  if (beacon.at <= now) throw usage('--beacon-at: expected a time that is still to come')
}

function makeFirstKey(
  project: Project,
  powers: CheckedFile,
  circuit: string,
  path: string,
): Promise<CeremonyCircuit> {
  return inTemporaryFolder(async (folder) => {
    const compiled = await compileFor(project, circuit, folder)
    await beginKey(compiled.r1csPath, powers, path)
    const { constraints, r1cs, wasm } = compiled
    return { constraints, r1cs, wasm, genesis: await fileFacts(path) }
  })
}

function usage(message: string): ZerocardError {
  return new ZerocardError('USAGE', message)
}
