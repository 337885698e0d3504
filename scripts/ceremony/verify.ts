import { join } from 'node:path'
import { ZerocardError } from '../../core/errors.ts'
import { assertProductionKey, isSameBeacon } from '../../core/ceremony/production-key.ts'
import type { Beacon } from '../../core/ceremony/contribution.ts'
import type { Transcript } from '../../core/ceremony/transcript.ts'
import type { Project } from '../build/project.ts'
import { named, readText } from '../zerocard/files.ts'
import type { Progress } from '../zerocard/progress.ts'
import { attestationText, parseAttestation } from './attestation.ts'
import { compileFor, inTemporaryFolder } from './compiled.ts'
import type { Compiled } from './compiled.ts'
import { hasDevelopmentBeta, weaknessesOf } from './forgeries.ts'
import { fileFacts } from './hashes.ts'
import type { CheckedFile } from './hashes.ts'
import { publishedName } from './known-powers.ts'
import { assertPowers } from './powers.ts'
import { assertSameProduction } from './production.ts'
import type { Production } from './production.ts'
import { beginKey, verifyFromFirst, verifyPowers } from './snarkjs.ts'
import { openCeremony } from './state.ts'
import type { CeremonyState, CurrentKey } from './state.ts'

export interface VerifyOptions {
  readonly folder: string
  /** Path of the powers of tau. */
  readonly powers: string
  /** Where the circuits' sources are. */
  readonly project: Project
  /** Believe the powers of tau by their hash alone. */
  readonly skipsPowers?: boolean
  /** The beacon's value, if whoever verifies has looked it up. */
  readonly beacon?: Uint8Array | undefined
  /** SHA-256 of `ceremony.json` in hex, as it was announced before the ceremony. */
  readonly announced?: string | undefined
  /** Attestations as contributors have published them: paths of texts. */
  readonly published?: readonly string[]
  readonly progress: Progress
}

/** What was found to be true of a ceremony. */
export interface VerifiedCeremony {
  readonly state: CeremonyState
  readonly transcripts: Readonly<Record<string, Transcript>>
  readonly compiled: Readonly<Record<string, Compiled>>
  /** The artefacts, if they were written before: then they are what the ceremony gives. */
  readonly production?: Production | undefined
  /** Sentences, in the order of the checks. */
  readonly findings: readonly string[]
  /** What was not looked at, as sentences. */
  readonly skipped: readonly string[]
}

/**
 * Checks a ceremony from the sources to the keys, believing nobody.
 *
 * @param use - Gets the result, and the compiled circuits while they are there.
 * @throws ZerocardError with `CONFLICT` before the beacon, `ARTIFACT_INVALID` or `KEY_FORGEABLE` for
 *   the first thing that is wrong.
 */
export function verifyCeremony<T>(
  options: VerifyOptions,
  use: (verified: VerifiedCeremony) => T | Promise<T>,
): Promise<T> {
  return inTemporaryFolder(async (temporary) => use(await verifyAll(options, temporary)))
}

async function verifyAll(options: VerifyOptions, temporary: string): Promise<VerifiedCeremony> {
  const { folder, powers, progress } = options
  progress.update(0, 'checking the contributions')
  const state = await openCeremony(folder)
  const { ceremony, keys } = state
  if (!state.hasBeacon) {
    throw new ZerocardError('CONFLICT', 'the ceremony has not come to its beacon yet')
  }
  assertAnnouncement(state, options.announced)
  const beacon = theBeacon(state)
  assertBeacon(beacon, options.beacon)
  assertPublished(state, options.published ?? [])
  progress.update(0.05, 'hashing the powers of tau')
  const checked = await assertPowers(ceremony, powers)
  progress.update(0.1, 'checking the powers of tau')
  if (options.skipsPowers !== true) await verifyPowers(checked)
  const compiled: Record<string, Compiled> = {}
  const transcripts: Record<string, Transcript> = {}
  for (const [i, [circuit, key]] of Object.entries(keys).entries()) {
    const share = 0.3 + (0.7 * i) / Object.keys(keys).length
    progress.update(share, `making the first key of ${circuit} again`)
    compiled[circuit] = await assertFirstKey(options, state, checked, circuit, temporary)
    transcripts[circuit] = transcriptOf(state, circuit, key)
    assertKey(circuit, key, transcripts[circuit], compiled[circuit])
  }
  const production = state.isFinished
    ? await assertSameProduction(state, transcripts, compiled)
    : undefined
  return { state, transcripts, compiled, production, ...report(options, state) }
}

function assertAnnouncement({ ceremony }: CeremonyState, expected: string | undefined): void {
  if (expected === undefined || expected === ceremony.id) return
  throw new ZerocardError('ARTIFACT_INVALID', 'this is another ceremony than the announced one')
}

function theBeacon({ keys }: CeremonyState): Beacon {
  const beacons = Object.values(keys).map(({ contributions }) => contributions.at(-1)?.beacon)
  const [first, ...others] = beacons
  if (first !== undefined && others.every((one) => one !== undefined && isSameBeacon(first, one))) {
    return first
  }
  throw new ZerocardError('ARTIFACT_INVALID', 'the circuits have different beacons')
}

function assertBeacon(beacon: Beacon, expected: Uint8Array | undefined): void {
  if (expected === undefined || isSameBeacon(beacon, { ...beacon, value: expected })) return
  throw new ZerocardError('KEY_FORGEABLE', 'the beacon has another value than the one you expect')
}

/** Attestations from elsewhere are to say what those in the folder say. */
function assertPublished({ attestations }: CeremonyState, paths: readonly string[]): void {
  const known = new Set(attestations.map(attestationText))
  for (const path of paths) {
    named(path, () => {
      if (known.has(attestationText(parseAttestation(readText(path))))) return
      throw new ZerocardError('ARTIFACT_INVALID', 'this contribution is not in the ceremony')
    })
  }
}

/** Sources give the constraints, those and the powers of tau the first key, and that one the last. */
async function assertFirstKey(
  { project }: VerifyOptions,
  { ceremony, keys }: CeremonyState,
  powers: CheckedFile,
  circuit: string,
  temporary: string,
): Promise<Compiled> {
  const [expected, last] = [ceremony.circuits[circuit], keys[circuit]]
  if (expected === undefined || last === undefined) throw new TypeError(`no circuit ${circuit}`)
  const compiled = await compileFor(project, circuit, temporary)
  for (const role of ['r1cs', 'wasm'] as const) {
    if (compiled[role].sha256 === expected[role].sha256) continue
    throw new ZerocardError(
      'ARTIFACT_INVALID',
      `${circuit}: these sources give another .${role} than the ceremony is about`,
    )
  }
  const first = join(temporary, `${circuit}.first.zkey`)
  await beginKey(compiled.r1csPath, powers, first)
  const { sha256 } = await fileFacts(first)
  if (sha256 !== expected.genesis.sha256) {
    throw new ZerocardError('ARTIFACT_INVALID', `${circuit}: the ceremony began with another key`)
  }
  await verifyFromFirst({ path: first, sha256 }, powers, last)
  return compiled
}

function transcriptOf({ ceremony }: CeremonyState, circuit: string, key: CurrentKey): Transcript {
  const { name, minimumContributions, beacon, powersOfTau, circuits } = ceremony
  return {
    ceremony: name,
    circuit,
    r1cs: circuits[circuit]?.r1cs.sha256 ?? '',
    powersOfTau: powersOfTau.blake2b512,
    genesis: circuits[circuit]?.genesis.sha256 ?? '',
    minimumContributions,
    beacon,
    circuitHash: key.circuitHash,
    contributions: key.contributions,
  }
}

/** What production checks at its start, and what only the sources can tell. */
function assertKey(
  circuit: string,
  { key, contributions }: CurrentKey,
  transcript: Transcript,
  { publicSignals }: Compiled,
): void {
  assertProductionKey({ circuit, key, transcript })
  if (key.publicSignals !== publicSignals) {
    throw new ZerocardError('KEY_INVALID', `${circuit}: the key has other public signals`)
  }
  if (hasDevelopmentBeta(key)) {
    throw new ZerocardError('KEY_FORGEABLE', `${circuit}: beta is that of development keys`)
  }
  const beacons = contributions.flatMap(({ beacon }) => (beacon === undefined ? [] : [beacon]))
  const [weakness] = weaknessesOf(key, beacons)
  if (weakness === undefined) return
  throw new ZerocardError('KEY_FORGEABLE', `${circuit}: a proof was forged, because ${weakness}`)
}

function report(
  options: VerifyOptions,
  { ceremony, attestations, isFinished }: CeremonyState,
): Pick<VerifiedCeremony, 'findings' | 'skipped'> {
  const { powersOfTau, beacon } = ceremony
  const published = publishedName(powersOfTau.blake2b512)
  const findings = [
    'The sources compile to the constraints that the ceremony is about.',
    published === undefined
      ? 'The powers of tau have the announced hash.'
      : `The powers of tau have the hash that was published for ${published}.`,
    'The first keys follow from constraints and powers of tau, and the last ones from the first.',
    `${String(attestations.length - 1)} contributions, each proven, attested and chained to the one before.`,
    `The last step is a beacon with 2^${String(beacon.iterations)} iterations.`,
    'Proofs forged in each of the known ways are refused.',
    ...(isFinished ? ['The artefacts for production are those of this ceremony.'] : []),
    ...(options.published ?? []).map((path) => `The contribution of ${path} is in it.`),
  ]
  const skipped = [
    ...(options.announced === undefined
      ? ['Whether all this was announced before was not checked; compare the SHA-256 above.']
      : []),
    ...(published === undefined
      ? ['The powers of tau are none that were published with snarkjs: ask who made them.']
      : []),
    ...(options.skipsPowers === true
      ? ['The powers of tau were not checked themselves, because you said so.']
      : []),
    ...(options.beacon === undefined
      ? [`The beacon's value was not compared; look it up: ${beacon.source}.`]
      : []),
  ]
  return { findings, skipped }
}
