import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CircuitKeys } from '../../client/holder.ts'
import type { ArtifactSource, CircuitName } from '../../client/prover.ts'
import { assertProductionKey } from '../../core/ceremony/production-key.ts'
import { parseTranscript } from '../../core/ceremony/transcript.ts'
import type { Transcript } from '../../core/ceremony/transcript.ts'
import { ZerocardError } from '../../core/errors.ts'
import {
  isDevelopmentKey,
  parseVerificationKey,
  verificationKeyId,
} from '../../core/groth16-key.ts'
import type { VerificationKey } from '../../core/groth16-key.ts'
import { parseJson } from '../../core/json.ts'
import {
  artifactFileName,
  assertArtifact,
  parseManifest,
  transcriptFileName,
} from '../../core/manifest.ts'
import type { ArtifactRole, CircuitFacts, FileFacts, Manifest } from '../../core/manifest.ts'
import type { AcceptedKeys } from '../../core/verify.ts'
import { named, readBytes } from './files.ts'
import type { Result } from './output.ts'

/** Circuits and keys as `npm run build` made them, or as somebody else provides them. */
export interface Artifacts {
  readonly manifest: Manifest
  /** The manifest's file. */
  readonly manifestBytes: Buffer
  /** SHA-256 of the manifest's file in hex. It names keys, circuits and transcripts, all of them. */
  readonly manifestHash: string
  readonly keys: CircuitKeys
  /** How the keys came about, where that is told: not for development keys. */
  readonly transcripts: Readonly<Record<CircuitName, Transcript | undefined>>
  /** The keys of presentations, by id. */
  readonly accepted: AcceptedKeys
  /** Files for proving, checked against the manifest when they are read. */
  readonly source: ArtifactSource
}

/** Said wherever development keys are used. */
export const FORGEABLE_WARNING =
  'These are DEVELOPMENT KEYS: anybody can forge proofs under them. Never decide anything real.'

const CIRCUITS: readonly CircuitName[] = ['eligibility-1', 'eligibility-3', 'enrolment']

/** Where circuits, keys and their manifest are. */
export interface ArtifactPlace {
  readonly folder: string
  readonly manifest: string
}

/**
 * The project's own artefacts; or those of the folder in `ZEROCARD_ARTIFACTS`, which has the
 * manifest in it.
 */
export function artifactPlace(): ArtifactPlace {
  const folder = process.env['ZEROCARD_ARTIFACTS']
  if (folder !== undefined && folder !== '')
    return { folder, manifest: join(folder, 'manifest.json') }
  return ownPlace()
}

function ownPlace(): ArtifactPlace {
  const inProject = (path: string): string =>
    fileURLToPath(new URL(`../../${path}`, import.meta.url))
  return { folder: inProject('artifacts'), manifest: inProject('circuits/manifest.json') }
}

/** @throws ZerocardError with `ARTIFACT_INVALID`. */
export function readManifest(place: ArtifactPlace): Manifest {
  return readManifestFile(place).manifest
}

function readManifestFile({ manifest: path }: ArtifactPlace): {
  readonly manifest: Manifest
  readonly bytes: Buffer
  readonly hash: string
} {
  try {
    // The bytes that are hashed are those that are believed: the file is read once.
    const bytes = readBytes(path)
    const manifest = named(path, () =>
      parseManifest(parseJson(bytes.toString('utf8'), 'ARTIFACT_INVALID', 'the manifest')),
    )
    return { manifest, bytes, hash: createHash('sha256').update(bytes).digest('hex') }
  } catch (cause) {
    throw unusable(cause)
  }
}

/**
 * Opens manifest and verification keys.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID` or `KEY_INVALID`.
 */
export async function openArtifacts(place = artifactPlace()): Promise<Artifacts> {
  const { manifest, bytes, hash } = readManifestFile(place)
  const keys = Object.fromEntries(
    await Promise.all(
      CIRCUITS.map(async (circuit) => {
        const key = await readKey(place, manifest, circuit)
        return [circuit, { id: verificationKeyId(key), key }] as const
      }),
    ),
  ) as CircuitKeys
  const transcripts = Object.fromEntries(
    await Promise.all(
      CIRCUITS.map(
        async (circuit) => [circuit, await readTranscript(place, manifest, circuit)] as const,
      ),
    ),
  ) as Artifacts['transcripts']
  const presentable = CIRCUITS.filter((circuit) => circuit !== 'enrolment')
  return {
    manifest,
    manifestBytes: bytes,
    manifestHash: hash,
    keys,
    transcripts,
    accepted: new Map(
      presentable.map((circuit) => [
        keys[circuit].id,
        { circuit, key: keys[circuit].key, transcript: transcripts[circuit] },
      ]),
    ),
    source: async (circuit) => ({
      wasm: await readArtifact(place, manifest, circuit, 'wasm'),
      zkey: await readArtifact(place, manifest, circuit, 'zkey'),
    }),
  }
}

/** Where the program runs. @throws ZerocardError with `USAGE` for a word that is neither. */
export function environment(): 'production' | 'development' {
  const value = process.env['ZEROCARD_ENV'] ?? ''
  if (value === 'production') return value
  if (value === '' || value === 'development') return 'development'
  throw new ZerocardError('USAGE', 'ZEROCARD_ENV: expected production or development')
}

/**
 * Whoever believes proofs calls this first. In production it takes about a tenth of a second for each
 * contribution to each key.
 *
 * @throws ZerocardError in production with `KEY_FORGEABLE` for development keys and for keys without a
 *   transcript that verifies, `CONFIG_INVALID` if `ZEROCARD_MANIFEST` does not name a manifest,
 *   `KEY_UNKNOWN` if it names another, or `KEY_INVALID` for keys that no ceremony makes, and for those
 *   of a ceremony about other circuits than this program's.
 */
export function assertBelievable({ manifest, manifestHash, keys, transcripts }: Artifacts): void {
  if (environment() !== 'production') return
  if (manifest.kind !== 'production' || manifest.forgeable || areForgeable(keys)) {
    throw new ZerocardError(
      'KEY_FORGEABLE',
      'ZEROCARD_ENV is production, and these are development keys: anybody can forge proofs under them',
    )
  }
  assertNamed(manifestHash)
  const own = readManifest(ownPlace())
  for (const circuit of CIRCUITS) {
    const { key } = keys[circuit]
    const transcript = transcripts[circuit]
    assertProductionKey({ circuit, key, transcript })
    if (transcript?.r1cs === factsOf(own, circuit).files.r1cs.sha256) continue
    throw new ZerocardError(
      'KEY_INVALID',
      `the key of ${circuit}: its ceremony was about other constraints than those of this program`,
    )
  }
}

/**
 * A transcript is signed by nobody, so one that verifies can be had for keys that somebody forges
 * under. What was verified is therefore named where the keys' folder has no say.
 */
function assertNamed(hash: string): void {
  const expected = process.env['ZEROCARD_MANIFEST'] ?? ''
  if (expected === hash) return
  if (/^[0-9a-f]{64}$/.test(expected)) {
    throw new ZerocardError(
      'KEY_UNKNOWN',
      'the manifest of these keys is another one than ZEROCARD_MANIFEST names',
    )
  }
  throw new ZerocardError(
    'CONFIG_INVALID',
    'ZEROCARD_MANIFEST: in production, the SHA-256 of the manifest of the keys that you have verified ' +
      'is expected here; zerocard ceremony finalize and verify print it',
  )
}

/** A result that rests on proofs, with the warning where anybody could have forged them. */
export function withWarning(result: Result, keys: CircuitKeys): Result {
  if (!areForgeable(keys)) return result
  const text = `${result.text}\n${FORGEABLE_WARNING}`
  return { ...result, text, json: { ...result.json, forgeable: true } }
}

function areForgeable(keys: CircuitKeys): boolean {
  return Object.values(keys).some(({ key }) => isDevelopmentKey(key))
}

async function readKey(
  place: ArtifactPlace,
  manifest: Manifest,
  circuit: CircuitName,
): Promise<VerificationKey> {
  const name = artifactFileName(circuit, 'vkey')
  const bytes = await readArtifact(place, manifest, circuit, 'vkey')
  const key = parseVerificationKey(parseJson(bytes.toString('utf8'), 'ARTIFACT_INVALID', name))
  if (verificationKeyId(key) === manifest.circuits[circuit]?.keyId) return key
  throw new ZerocardError('ARTIFACT_INVALID', `${name}: the manifest names another key`)
}

/** @returns Undefined where the manifest names none. */
async function readTranscript(
  { folder }: ArtifactPlace,
  manifest: Manifest,
  circuit: CircuitName,
): Promise<Transcript | undefined> {
  const facts = factsOf(manifest, circuit).transcript
  if (facts === undefined) return undefined
  const name = transcriptFileName(circuit)
  const bytes = await readChecked(join(folder, circuit, name), facts)
  return parseTranscript(parseJson(bytes.toString('utf8'), 'ARTIFACT_INVALID', name))
}

function readArtifact(
  { folder }: ArtifactPlace,
  manifest: Manifest,
  circuit: CircuitName,
  role: ArtifactRole,
): Promise<Buffer<ArrayBuffer>> {
  const facts = factsOf(manifest, circuit).files[role]
  return readChecked(join(folder, circuit, artifactFileName(circuit, role)), facts)
}

function factsOf(manifest: Manifest, circuit: CircuitName): CircuitFacts {
  const facts = manifest.circuits[circuit]
  if (facts !== undefined) return facts
  throw new ZerocardError('ARTIFACT_INVALID', `the manifest has no circuit ${circuit}`)
}

async function readChecked(path: string, facts: FileFacts): Promise<Buffer<ArrayBuffer>> {
  try {
    const bytes = readBytes(path)
    await assertArtifact(facts, bytes, path)
    return bytes
  } catch (cause) {
    throw unusable(cause)
  }
}

function unusable(cause: unknown): unknown {
  if (!(cause instanceof ZerocardError)) return cause
  const advice = cause.message.includes('no such file') ? '; to make it: npm run build' : ''
  return new ZerocardError('ARTIFACT_INVALID', cause.message + advice, { cause })
}
