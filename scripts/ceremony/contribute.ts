import { createHash, randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { ZerocardError } from '../../core/errors.ts'
import { contributionName } from '../../core/ceremony/chain.ts'
import type { Beacon } from '../../core/ceremony/contribution.ts'
import { PUBLIC, makeFolder, readBytes, removeUnfinished, writeWhole } from '../zerocard/files.ts'
import type { Progress } from '../zerocard/progress.ts'
import { attestationText, isAttestedName } from './attestation.ts'
import type { Attestation, AttestedCircuit } from './attestation.ts'
import { fileFacts } from './hashes.ts'
import { readKeyHistory } from './key-history.ts'
import { assertPowers } from './powers.ts'
import { assertRoom } from './room.ts'
import { applyBeacon, contributeTo, verifyFromFirst } from './snarkjs.ts'
import { attestationPath, isSameName, keyFileName, openCeremony, stepFolder } from './state.ts'
import type { CeremonyState, CurrentKey } from './state.ts'

export interface StepOptions {
  readonly folder: string
  /** Path of the ceremony's powers of tau. */
  readonly powers: string
  /** Seconds since 1970-01-01 UTC. */
  readonly now: number
  readonly progress: Progress
}

/** A step that was added, with what to publish about it. */
export interface AddedStep {
  readonly step: number
  readonly folder: string
  readonly attestation: Attestation
  readonly text: string
}

/** The name of the step that the beacon is. */
export const BEACON_NAME = 'beacon'

/**
 * Adds a person's contribution to all circuits, after checking everything before it.
 *
 * @param entropy - What the person adds to the system's randomness; it is overwritten with zeros.
 * @throws ZerocardError with `USAGE`, `CONFLICT` where it is not the time for it, and the codes of
 *   `openCeremony`.
 */
export async function contribute(
  options: StepOptions & { readonly name: string },
  entropy: Buffer,
): Promise<AddedStep> {
  const { name, now } = options
  try {
    if (!isAttestedName(name) || isSameName(name, BEACON_NAME)) {
      throw new ZerocardError('USAGE', '--name: expected your name, up to 60 plain characters')
    }
    const state = await openForStep(options)
    if (now >= state.ceremony.beacon.at) {
      throw conflict('the time for contributions is over: the beacon is known by now')
    }
    if (state.attestations.some((attestation) => isSameName(attestation.name, name))) {
      throw conflict(`${name} has contributed before`)
    }
    return await addStep(options, state, name, async (from, to) => {
      // Of every circuit its own: no secret serves twice.
      await contributeTo(from, to, name, mixed(entropy))
    })
  } finally {
    entropy.fill(0)
  }
}

/**
 * Ends the contributions with the announced beacon.
 *
 * @throws ZerocardError as {@link contribute}.
 */
export async function addBeacon(options: StepOptions, value: Uint8Array): Promise<AddedStep> {
  if (value.length < 1 || value.length > 255) {
    throw new ZerocardError('USAGE', '--value: expected 1 to 255 bytes in hex')
  }
  const state = await openForStep(options)
  const { beacon: announced, minimumContributions } = state.ceremony
  const missing = minimumContributions - state.attestations.length
  if (missing > 0) throw conflict(`too few contributions: ${String(missing)} more are needed`)
  if (options.now < announced.at) {
    const time = new Date(announced.at * 1000).toISOString()
    throw conflict(`the beacon is announced for ${time}, which is still to come`)
  }
  const beacon: Beacon = { value, iterations: announced.iterations }
  return addStep(options, state, BEACON_NAME, (from, to) =>
    applyBeacon(from, to, BEACON_NAME, beacon),
  )
}

async function openForStep({ folder, powers, progress }: StepOptions): Promise<CeremonyState> {
  removeUnfinishedIn(folder)
  progress.update(0, 'checking the steps so far')
  const state = await openCeremony(folder)
  if (state.isFinished) throw conflict('the ceremony is finished')
  if (state.hasBeacon) throw conflict('the beacon has been applied: nobody can contribute any more')
  const checked = await assertPowers(state.ceremony, powers)
  const circuits = Object.entries(state.keys)
  for (const [i, [circuit, key]] of circuits.entries()) {
    progress.update((0.5 * (i + 1)) / (circuits.length + 1), `checking the key of ${circuit}`)
    const path = join(stepFolder(folder, 0), keyFileName(circuit, 0))
    const sha256 = state.ceremony.circuits[circuit]?.genesis.sha256 ?? ''
    if (state.attestations.length > 0) await verifyFromFirst({ path, sha256 }, checked, key)
  }
  return state
}

async function addStep(
  { folder, now, progress }: StepOptions,
  state: CeremonyState,
  name: string,
  change: (from: CurrentKey, to: string) => Promise<void>,
): Promise<AddedStep> {
  const step = state.attestations.length + 1
  const place = stepFolder(folder, step)
  const circuits = Object.entries(state.keys)
  assertRoom(
    folder,
    circuits.reduce((sum, [, { path }]) => sum + statSync(path).size, 0),
  )
  const attested: Record<string, AttestedCircuit> = {}
  const attestation: Attestation = {
    ceremony: state.ceremony.id,
    step,
    name,
    date: new Date(now * 1000).toISOString().slice(0, 10),
    software: software(),
    circuits: attested,
  }
  await makeFolder(place, PUBLIC, async (made) => {
    for (const [i, [circuit, key]] of circuits.entries()) {
      progress.update(0.5 + (0.5 * i) / circuits.length, `changing the key of ${circuit}`)
      const path = join(made, keyFileName(circuit, step))
      await change(key, path)
      attested[circuit] = await describe(key, path)
    }
    writeWhole(attestationPath(made), attestationText(attestation), PUBLIC)
  })
  return { step, folder: place, attestation, text: attestationText(attestation) }
}

async function describe(from: CurrentKey, path: string): Promise<AttestedCircuit> {
  const added = readKeyHistory(readBytes(path)).contributions.at(-1)
  if (added === undefined) throw new Error('snarkjs has added no contribution')
  return {
    received: from.sha256,
    made: (await fileFacts(path)).sha256,
    contribution: contributionName(added),
  }
}

/** 64 bytes of the system's randomness with the person's, as a text, which snarkjs adds to its own. */
function mixed(entropy: Buffer): string {
  const random = randomBytes(64)
  const digest = createHash('sha512').update(random).update(entropy).digest()
  const text = digest.toString('hex')
  random.fill(0)
  digest.fill(0)
  return text
}

function software(): string {
  const { version, devDependencies } = packageJson
  return `zerocard ${version}, snarkjs ${devDependencies.snarkjs}, node ${process.versions.node}`
}

/** The folder may be missing, which is told better by whoever reads it. */
function removeUnfinishedIn(folder: string): void {
  try {
    removeUnfinished(folder)
  } catch {
    return
  }
}

function conflict(message: string): ZerocardError {
  return new ZerocardError('CONFLICT', message)
}
