import { fileURLToPath } from 'node:url'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { fromHex } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { projectAt } from '../build/project.ts'
import type { Project } from '../build/project.ts'
import type { AddedStep } from '../ceremony/contribute.ts'
import type { Production } from '../ceremony/production.ts'
import { openCeremony } from '../ceremony/state.ts'
import { describeState, stageOf, timeOf } from '../ceremony/status.ts'
import type { VerifiedCeremony, VerifyOptions } from '../ceremony/verify.ts'
import { addCommand, collected, runs } from './command.ts'
import type { Context } from './command.ts'
import { readStart } from './files.ts'
import { hiddenLine } from './hidden-line.ts'
import type { Result } from './output.ts'

interface NewOptions extends PowersOptions, SourceOptions {
  readonly name: string
  readonly circuit?: readonly string[]
  readonly ptauHash?: string
  readonly minimum: string
  readonly beaconSource: string
  readonly beaconAt: string
  readonly beaconIterations: string
}

interface PowersOptions {
  readonly ptau: string
}

interface SourceOptions {
  readonly circuits?: string
}

interface VerifyCommandOptions extends PowersOptions, SourceOptions {
  readonly announced?: string
  readonly beacon?: string
  readonly attestation?: readonly string[]
  readonly withoutCheckingPowersOfTau?: boolean
}

const CIRCUITS = ['eligibility-1', 'eligibility-3', 'enrolment']

/** Bytes of a file of entropy that are read; more would add nothing, and some files never end. */
const MAX_ENTROPY_BYTES = 1024 * 1024

/** Less than this is a slip. */
const MIN_ENTROPY_BYTES = 8

const PTAU = 'powers of tau, prepared for the second phase'

export function addCeremonyCommands(group: Command): void {
  addNew(group)
  addContribute(group)
  addBeaconCommand(group)
  addVerify(group, 'verify', 'check everything, from the sources to the keys', verify)
  addVerify(group, 'finalize', "verify, and write a deployment's artefacts", finalize)
  runs(
    addCommand(group, 'status <folder>', 'where the ceremony stands, and what comes next'),
    status,
  )
}

function addNew(group: Command): void {
  runs(
    withSources(addCommand(group, 'new <folder>', 'announce a ceremony and make its first keys'))
      .requiredOption('--name <name>', 'what the ceremony is called')
      .requiredOption('--ptau <file>', PTAU)
      .option('--ptau-hash <hex>', 'BLAKE2b-512 of that file, unless it is a published one')
      .option('--circuit <name...>', 'by default all that a deployment needs', collected)
      .option('--minimum <count>', 'contributions, not counting the beacon', '3')
      .requiredOption('--beacon-source <text>', 'where everybody can look the beacon up')
      .requiredOption('--beacon-at <time>', 'when it becomes known, like 2026-12-24T12:00:00Z')
      .option('--beacon-iterations <n>', '2^n hashes', '10'),
    announce,
  )
}

function addContribute(group: Command): void {
  runs(
    addCommand(group, 'contribute <folder>', 'add your secret to the keys of all circuits')
      .requiredOption('--name <name>', 'as it will stand in your attestation')
      .requiredOption('--ptau <file>', PTAU)
      .option('--entropy-file <file>', 'anything that nobody can guess, instead of typing'),
    addContribution,
  )
}

function addBeaconCommand(group: Command): void {
  runs(
    addCommand(group, 'beacon <folder>', 'end the contributions with the announced beacon')
      .requiredOption('--value <hex>', 'the value that was looked up')
      .requiredOption('--ptau <file>', PTAU),
    endWithBeacon,
  )
}

function addVerify(
  group: Command,
  name: string,
  summary: string,
  work: (options: VerifyCommandOptions, context: Context, folder: string) => Promise<Result>,
): void {
  runs(
    withSources(addCommand(group, `${name} <folder>`, summary))
      .requiredOption('--ptau <file>', PTAU)
      .option('--announced <hex>', 'SHA-256 of ceremony.json, as it was announced')
      .option('--beacon <hex>', 'the value of the beacon, as you have looked it up yourself')
      .option('--attestation <file...>', 'as a contributor has published it', collected)
      .option(
        '--without-checking-powers-of-tau',
        'believe the powers of tau by their hash; the result will say so',
      ),
    work,
  )
}

function withSources(command: Command): Command {
  return command.option('--circuits <folder>', "sources, with main/; by default this project's")
}

async function announce(options: NewOptions, context: Context, folder: string): Promise<Result> {
  const { createCeremony } = await withSnarkjs(import('../ceremony/create.ts'))
  const ceremony = await createCeremony({
    folder,
    name: options.name,
    project: projectOf(options),
    circuits: options.circuit ?? CIRCUITS,
    powers: options.ptau,
    pinned: options.ptauHash,
    minimumContributions: numberOption(options.minimum, '--minimum'),
    beacon: {
      source: options.beaconSource,
      at: timeOption(options.beaconAt),
      iterations: numberOption(options.beaconIterations, '--beacon-iterations'),
    },
    now: context.now,
    progress: context.progress,
  })
  return {
    text: [
      `Ceremony "${ceremony.name}" in ${folder}.`,
      'Publish this, so that nobody can exchange it:',
      `  ceremony.json  SHA-256 ${ceremony.id}`,
      ...Object.entries(ceremony.circuits).map(
        ([circuit, { genesis }]) => `  ${circuit}.0000.zkey  SHA-256 ${genesis.sha256}`,
      ),
      `Contributions are possible until ${timeOf(ceremony.beacon.at)}.`,
    ].join('\n'),
    json: { folder, ...ceremony },
  }
}

async function addContribution(
  options: PowersOptions & { readonly name: string; readonly entropyFile?: string },
  context: Context,
  folder: string,
): Promise<Result> {
  const { contribute } = await withSnarkjs(import('../ceremony/contribute.ts'))
  const entropy = await entropyOf(options.entropyFile)
  const { now, progress } = context
  const step = await contribute(
    { folder, powers: options.ptau, name: options.name, now, progress },
    entropy,
  )
  return stepResult(step, [
    `Your contribution is in ${step.folder}. Pass ${folder} on with it, and publish this text, signed:`,
  ])
}

async function endWithBeacon(
  options: PowersOptions & { readonly value: string },
  context: Context,
  folder: string,
): Promise<Result> {
  const { addBeacon } = await withSnarkjs(import('../ceremony/contribute.ts'))
  const { now, progress } = context
  const value = hexOption(options.value, '--value')
  const step = await addBeacon({ folder, powers: options.ptau, now, progress }, value)
  return stepResult(step, [`The beacon is in ${step.folder}.`])
}

async function verify(
  options: VerifyCommandOptions,
  context: Context,
  folder: string,
): Promise<Result> {
  const { verifyCeremony } = await withSnarkjs(import('../ceremony/verify.ts'))
  const verified = await verifyCeremony(verifyOptions(options, context, folder), (found) => found)
  const { production } = verified
  return {
    text: [reportOf(verified), ...(production === undefined ? [] : usage(production))].join('\n'),
    json: {
      valid: true,
      ...verdictOf(verified),
      ...(production === undefined ? {} : { manifest: production.manifestHash }),
    },
  }
}

async function finalize(
  options: VerifyCommandOptions,
  context: Context,
  folder: string,
): Promise<Result> {
  const { finalizeCeremony } = await withSnarkjs(import('../ceremony/finalize.ts'))
  const finished = await finalizeCeremony(verifyOptions(options, context, folder))
  const { verified, manifest } = finished
  const keys = Object.entries(manifest.circuits).map(([circuit, { keyId }]) => [circuit, keyId])
  return {
    text: [reportOf(verified), ...usage(finished)].join('\n'),
    json: {
      valid: true,
      folder: finished.folder,
      manifest: finished.manifestHash,
      keys: Object.fromEntries(keys) as object,
      ...verdictOf(verified),
    },
  }
}

/** Keys are made and checked with snarkjs, which services do without. */
async function withSnarkjs<T>(loading: Promise<T>): Promise<T> {
  try {
    return await loading
  } catch (cause) {
    if (!(cause instanceof Error && cause.message.includes("Cannot find package 'snarkjs'")))
      throw cause
    throw new ZerocardError('UNAVAILABLE', 'ceremonies need snarkjs: npm ci, without --omit=dev', {
      cause,
    })
  }
}

function usage({ folder, manifestHash }: Production): string[] {
  return [
    '',
    `The artefacts are in ${folder}; run services with:`,
    `  ZEROCARD_ENV=production ZEROCARD_ARTIFACTS=${resolve(folder)}`,
    `  ZEROCARD_MANIFEST=${manifestHash}`,
  ]
}

async function status(_: object, context: Context, folder: string): Promise<Result> {
  const state = await openCeremony(folder)
  const { ceremony, attestations } = state
  return {
    text: describeState(state, context.now),
    json: {
      ...{ name: ceremony.name, id: ceremony.id, stage: stageOf(state, context.now) },
      minimumContributions: ceremony.minimumContributions,
      beacon: ceremony.beacon,
      steps: attestations.map(({ step, name, date }) => ({ step, name, date })),
    },
  }
}

function verifyOptions(
  options: VerifyCommandOptions,
  { progress }: Context,
  folder: string,
): VerifyOptions {
  return {
    folder,
    powers: options.ptau,
    project: projectOf(options),
    skipsPowers: options.withoutCheckingPowersOfTau === true,
    beacon: options.beacon === undefined ? undefined : hexOption(options.beacon, '--beacon'),
    announced: hashOption(options.announced, '--announced'),
    published: options.attestation ?? [],
    progress,
  }
}

function stepResult({ step, folder, attestation, text }: AddedStep, lines: string[]): Result {
  return { text: [...lines, '', text].join('\n'), json: { step, folder, attestation, text } }
}

function reportOf({ state, findings, skipped }: VerifiedCeremony): string {
  return [
    `Ceremony "${state.ceremony.name}" (${state.ceremony.id}): verified.`,
    ...findings.map((line) => `  + ${line}`),
    ...skipped.map((line) => `  - ${line}`),
  ].join('\n')
}

function verdictOf({ state, findings, skipped }: VerifiedCeremony): Result['json'] {
  return { ceremony: state.ceremony.id, findings, skipped }
}

function projectOf({ circuits }: SourceOptions): Project {
  const own = projectAt(fileURLToPath(new URL('../..', import.meta.url)))
  if (circuits === undefined) return own
  return { ...own, root: dirname(resolve(circuits)), circuits: resolve(circuits) }
}

/** What a person adds to the system's randomness. @throws ZerocardError with `USAGE`. */
async function entropyOf(file: string | undefined): Promise<Buffer> {
  const entropy = file === undefined ? await typedLine() : readStart(file, MAX_ENTROPY_BYTES)
  if (entropy.length >= MIN_ENTROPY_BYTES) return entropy
  entropy.fill(0)
  throw new ZerocardError('USAGE', `expected at least ${String(MIN_ENTROPY_BYTES)} characters`)
}

async function typedLine(): Promise<Buffer> {
  const typed = await hiddenLine('Type anything that nobody can guess, then Enter (not shown): ')
  if (typed !== undefined) return typed
  throw new ZerocardError('USAGE', 'there is no terminal to type at; give --entropy-file')
}

function hexOption(text: string, option: string): Uint8Array {
  const digits = text.replace(/^0x/, '').toLowerCase()
  if (/^([0-9a-f]{2}){1,255}$/.test(digits)) return fromHex(digits)
  throw new ZerocardError('USAGE', `${option}: expected 1 to 255 bytes in hex`)
}

function hashOption(text: string | undefined, option: string): string | undefined {
  const digits = text?.toLowerCase()
  if (digits === undefined || /^[0-9a-f]{64}$/.test(digits)) return digits
  throw new ZerocardError('USAGE', `${option}: expected 64 digits of hex`)
}

function numberOption(text: string, option: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text)
  throw new ZerocardError('USAGE', `${option}: expected a number`)
}

function timeOption(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/.test(text) ? Date.parse(text) : NaN
  if (!Number.isNaN(time)) return Math.floor(time / 1000)
  throw new ZerocardError('USAGE', '--beacon-at: expected a time like 2026-12-24T12:00:00Z')
}
