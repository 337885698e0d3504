import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { parseVerificationKey } from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { contributionName, isSameMultiple, verifyChain } from '../../core/ceremony/chain.ts'
import { exportVerificationKey } from '../build/verification-key.ts'
import { explained, named, readBytes, readText } from '../zerocard/files.ts'
import { parseAttestation } from './attestation.ts'
import type { Attestation } from './attestation.ts'
import { readCeremony } from './ceremony-file.ts'
import type { NamedCeremony } from './ceremony-file.ts'
import { fileFacts, hashOf } from './hashes.ts'
import { readKeyHistory } from './key-history.ts'
import type { KeyHistory } from './key-history.ts'

// A ceremony is a folder: `ceremony.json`, and one folder for each step, `0000` with the first keys,
// then `0001`, `0002`, … with an attestation and a key of every circuit. Keys of steps between the
// first and the last may be missing: their contributions stand in the last one.

/** One key of the newest step. */
export interface CurrentKey extends KeyHistory {
  readonly path: string
  readonly sha256: string
  readonly key: VerificationKey
}

/** How far a ceremony is. All of this has been checked, as far as it goes without powers of tau. */
export interface CeremonyState {
  readonly folder: string
  readonly ceremony: NamedCeremony
  /** Of the steps 1, 2, …. */
  readonly attestations: readonly Attestation[]
  /** By circuit. */
  readonly keys: Readonly<Record<string, CurrentKey>>
  readonly hasBeacon: boolean
  readonly isFinished: boolean
}

const STEP_FOLDER = /^[0-9]{4}$/
const ATTESTATION_FILE = 'attestation.txt'
const PRODUCTION_FOLDER = 'production'

/** Where a finished ceremony has its result. */
export function productionFolder(folder: string): string {
  return join(folder, PRODUCTION_FOLDER)
}

export function stepFolder(folder: string, step: number): string {
  return join(folder, stepName(step))
}

export function keyFileName(circuit: string, step: number): string {
  return `${circuit}.${stepName(step)}.zkey`
}

export function attestationPath(step: string): string {
  return join(step, ATTESTATION_FILE)
}

/**
 * Opens a ceremony and checks all that has happened in it.
 *
 * @throws ZerocardError with `INPUT_INVALID` for files that are missing, `ARTIFACT_INVALID` for
 *   damaged ones and those of another ceremony, `KEY_FORGEABLE` for contributions that prove nothing.
 */
export async function openCeremony(folder: string): Promise<CeremonyState> {
  assertPlain(folder)
  const ceremony = readCeremony(folder)
  const last = countSteps(folder)
  const attestations = Array.from({ length: last }, (_, i) =>
    readAttestation(folder, ceremony, i + 1),
  )
  assertSequence(ceremony, attestations)
  await assertFirstKeys(folder, ceremony)
  const keys: Record<string, CurrentKey> = {}
  for (const circuit of Object.keys(ceremony.circuits)) {
    keys[circuit] = readCurrentKey(folder, circuit, ceremony, attestations)
  }
  const [first] = Object.values(keys)
  const hasBeacon = first?.contributions.at(-1)?.beacon !== undefined
  assertDates(ceremony, attestations, hasBeacon)
  const isFinished = existsSync(productionFolder(folder))
  return { folder, ceremony, attestations, keys, hasBeacon, isFinished }
}

/** What is sent as a link or a pipe may lead to something that has no end. */
function assertPlain(folder: string): void {
  const entries = explained(folder, () => readdirSync(folder, { withFileTypes: true }))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    // Nothing that is hidden is read.
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) assertPlain(path)
    else if (!entry.isFile()) throw wrong(`${path}: is neither a file nor a folder`)
  }
}

function stepName(step: number): string {
  return String(step).padStart(4, '0')
}

/** The number of the last step. */
function countSteps(folder: string): number {
  const names = explained(folder, () => readdirSync(folder))
  const steps = names.filter((name) => STEP_FOLDER.test(name)).sort()
  const missing = steps.findIndex((name, i) => name !== stepName(i))
  if (steps.length === 0) throw wrong(`${folder}: the step ${stepName(0)} is missing`)
  if (missing >= 0) throw wrong(`${folder}: the step ${stepName(missing)} is missing`)
  return steps.length - 1
}

function readAttestation(folder: string, ceremony: NamedCeremony, step: number): Attestation {
  const path = attestationPath(stepFolder(folder, step))
  return named(path, () => {
    const attestation = parseAttestation(readText(path))
    if (attestation.ceremony !== ceremony.id) throw wrong('is of another ceremony')
    if (attestation.step !== step) throw wrong(`is of step ${String(attestation.step)}`)
    if (listed(attestation.circuits) !== listed(ceremony.circuits)) {
      throw wrong('names other circuits than the ceremony')
    }
    return attestation
  })
}

/** Each step begins with what the one before it has made. */
function assertSequence(ceremony: NamedCeremony, attestations: readonly Attestation[]): void {
  for (const [i, { circuits, name }] of attestations.entries()) {
    for (const [circuit, { received }] of Object.entries(circuits)) {
      const before =
        attestations[i - 1]?.circuits[circuit]?.made ?? ceremony.circuits[circuit]?.genesis.sha256
      if (received === before) continue
      throw wrong(`step ${stepName(i + 1)}: ${circuit} does not continue the step before it`)
    }
    if (attestations.slice(0, i).some((other) => isSameName(other.name, name))) {
      throw wrong(`step ${stepName(i + 1)}: ${name} has contributed before`)
    }
  }
}

/** Whether two names are one to a reader's eye, but for letters of other alphabets that look alike. */
export function isSameName(a: string, b: string): boolean {
  return skeletonOf(a) === skeletonOf(b)
}

/** Without what shows nothing by itself: joiners, selectors, and how many spaces there are. */
function skeletonOf(name: string): string {
  const shown = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return shown.replace(/\s+/gu, ' ').trim().toLowerCase()
}

/**
 * Contributions are dated before the beacon, and the beacon not before its time. Whoever dates a
 * step can lie; but a clock that was wrong is found out here.
 */
function assertDates(
  { beacon }: NamedCeremony,
  attestations: readonly Attestation[],
  hasBeacon: boolean,
): void {
  const day = new Date(beacon.at * 1000).toISOString().slice(0, 10)
  for (const { step, date } of attestations) {
    const isBeacon = hasBeacon && step === attestations.length
    if (isBeacon ? date >= day : date <= day) continue
    throw wrong(`step ${stepName(step)}: its date is on the wrong side of the beacon's`)
  }
}

async function assertFirstKeys(folder: string, { circuits }: NamedCeremony): Promise<void> {
  for (const [circuit, { genesis }] of Object.entries(circuits)) {
    const path = join(stepFolder(folder, 0), keyFileName(circuit, 0))
    if ((await fileFacts(path)).sha256 === genesis.sha256) continue
    throw wrong(`${path}: is not the key that the ceremony began with`)
  }
}

function readCurrentKey(
  folder: string,
  circuit: string,
  ceremony: NamedCeremony,
  attestations: readonly Attestation[],
): CurrentKey {
  const step = attestations.length
  const path = join(stepFolder(folder, step), keyFileName(circuit, step))
  // The bytes that are hashed are those that are looked at.
  const bytes = readBytes(path)
  const sha256 = hashOf(bytes, 'sha256')
  const made = attestations.at(-1)?.circuits[circuit]?.made
  if (sha256 !== (made ?? ceremony.circuits[circuit]?.genesis.sha256)) {
    throw wrong(`${path}: is not the file that its attestation names`)
  }
  return named(path, () => {
    const history = readKeyHistory(bytes)
    assertAttested(circuit, history, attestations)
    assertBeacon(ceremony, history)
    const delta = verifyChain(history.circuitHash, history.contributions)
    const key = parseVerificationKey(exportVerificationKey(bytes))
    if (!isSameMultiple(delta, key.delta)) throw wrong('its contributions lead to another delta')
    return { ...history, path, sha256, key }
  })
}

function assertAttested(
  circuit: string,
  { contributions }: KeyHistory,
  attestations: readonly Attestation[],
): void {
  if (contributions.length !== attestations.length) {
    const [got, expected] = [contributions.length, attestations.length].map(String)
    throw wrong(`expected ${expected ?? ''} contributions, got ${got ?? ''}`)
  }
  for (const [i, contribution] of contributions.entries()) {
    const attestation = attestations[i]
    const isAttested =
      attestation?.circuits[circuit]?.contribution === contributionName(contribution) &&
      attestation.name === contribution.name
    if (!isAttested) throw wrong(`contribution ${String(i + 1)} is not the attested one`)
  }
}

/** Before a beacon is computed: that takes as long as the file says, which may be for ever. */
function assertBeacon({ beacon: announced }: NamedCeremony, { contributions }: KeyHistory): void {
  for (const [i, { beacon }] of contributions.entries()) {
    if (beacon === undefined) continue
    if (i !== contributions.length - 1) throw wrong('a contribution was made after the beacon')
    if (beacon.iterations === announced.iterations) continue
    const [got, expected] = [beacon.iterations, announced.iterations].map(String)
    throw wrong(`the beacon has 2^${got ?? ''} iterations, announced were 2^${expected ?? ''}`)
  }
}

function listed(circuits: object): string {
  return Object.keys(circuits).sort().join()
}

function wrong(message: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', message)
}
