import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { verificationKeyId } from '../../core/groth16-key.ts'
import { artifactFileName, transcriptFileName } from '../../core/manifest.ts'
import type { CircuitFacts, FileFacts, Manifest } from '../../core/manifest.ts'
import { transcriptToJson } from '../../core/ceremony/transcript.ts'
import type { Transcript } from '../../core/ceremony/transcript.ts'
import { exportVerificationKey } from '../build/verification-key.ts'
import { readZkey } from '../../core/iden3/zkey.ts'
import {
  PUBLIC,
  ensureFolder,
  explained,
  makeFolder,
  readBytes,
  writeJson,
} from '../zerocard/files.ts'
import type { Compiled } from './compiled.ts'
import { fileFacts, hashOf, readAgain } from './hashes.ts'
import { productionFolder } from './state.ts'
import type { CeremonyState } from './state.ts'

// What a deployment runs with: the layout that `ZEROCARD_ARTIFACTS` expects.

const MANIFEST = 'manifest.json'

/** What services are run with. */
export interface Production {
  readonly folder: string
  readonly manifest: Manifest
  /** SHA-256 of the manifest's file in hex, for `ZEROCARD_MANIFEST`. */
  readonly manifestHash: string
}

/**
 * Writes the artefacts of a verified ceremony.
 *
 * @throws ZerocardError with `INPUT_INVALID`, or `ARTIFACT_INVALID` if a file has become another one
 *   since it was verified.
 */
export async function writeProduction(
  state: CeremonyState,
  transcripts: Readonly<Record<string, Transcript>>,
  compiled: Readonly<Record<string, Compiled>>,
): Promise<Production> {
  const folder = productionFolder(state.folder)
  const circuits: Record<string, CircuitFacts> = {}
  await makeFolder(folder, PUBLIC, async (made) => {
    for (const [circuit, transcript] of Object.entries(transcripts)) {
      ensureFolder(join(made, circuit), PUBLIC)
      copyInputs(state, circuit, compiled[circuit], join(made, circuit))
      writeDerived(state, circuit, transcript, join(made, circuit))
      circuits[circuit] = await describe(state, circuit, compiled[circuit], join(made, circuit))
      assertSameInputs(state, circuit, compiled[circuit], circuits[circuit])
    }
    writeJson(join(made, MANIFEST), manifestOf(state, circuits), PUBLIC)
  })
  return production(folder, manifestOf(state, circuits))
}

/** Its hash is not taken from the file, in whose place there may be another one by now. */
function production(folder: string, manifest: Manifest): Production {
  return { folder, manifest, manifestHash: hashOf(utf8(textOf(manifest)), 'sha256') }
}

/**
 * Checks that artefacts which were written before are those that the ceremony gives.
 *
 * @throws ZerocardError with `ARTIFACT_INVALID`, naming the file.
 */
export async function assertSameProduction(
  state: CeremonyState,
  transcripts: Readonly<Record<string, Transcript>>,
  compiled: Readonly<Record<string, Compiled>>,
): Promise<Production> {
  const folder = productionFolder(state.folder)
  const circuits: Record<string, CircuitFacts> = {}
  for (const [circuit, transcript] of Object.entries(transcripts)) {
    const place = join(folder, circuit)
    assertSameText(join(place, artifactFileName(circuit, 'vkey')), derived(state, circuit))
    assertSameText(join(place, transcriptFileName(circuit)), transcriptToJson(transcript))
    circuits[circuit] = await describe(state, circuit, compiled[circuit], place)
    assertSameInputs(state, circuit, compiled[circuit], circuits[circuit])
  }
  const listed = readdirSync(folder).filter((name) => name !== MANIFEST)
  if (listed.sort().join() !== Object.keys(circuits).sort().join()) throw different(folder)
  const manifest = manifestOf(state, circuits)
  assertSameText(join(folder, MANIFEST), manifest)
  return production(folder, manifest)
}

function copyInputs(
  { keys }: CeremonyState,
  circuit: string,
  compiled: Compiled | undefined,
  place: string,
): void {
  const key = keys[circuit]
  if (compiled === undefined || key === undefined) throw new TypeError(`no circuit ${circuit}`)
  explained(place, () => {
    copyFileSync(compiled.r1csPath, join(place, artifactFileName(circuit, 'r1cs')))
    copyFileSync(compiled.wasmPath, join(place, artifactFileName(circuit, 'wasm')))
    copyFileSync(key.path, join(place, artifactFileName(circuit, 'zkey')))
  })
}

function writeDerived(
  state: CeremonyState,
  circuit: string,
  transcript: Transcript,
  place: string,
): void {
  writeJson(join(place, artifactFileName(circuit, 'vkey')), derived(state, circuit), PUBLIC)
  writeJson(join(place, transcriptFileName(circuit)), transcriptToJson(transcript), PUBLIC)
}

/** The verification key that is in the last proving key. */
function derived({ keys }: CeremonyState, circuit: string): unknown {
  const key = keys[circuit]
  if (key === undefined) throw new TypeError(`no circuit ${circuit}`)
  return exportVerificationKey(readAgain(key), circuit)
}

async function describe(
  { keys }: CeremonyState,
  circuit: string,
  compiled: Compiled | undefined,
  place: string,
): Promise<CircuitFacts> {
  const current = keys[circuit]
  if (compiled === undefined || current === undefined) throw new TypeError(`no circuit ${circuit}`)
  const { constraints, publicSignals, wires } = compiled
  const facts = (name: string): Promise<FileFacts> => fileFacts(join(place, name))
  return {
    ...{ constraints, publicSignals, wires },
    domain: readZkey(readAgain(current)).domain,
    keyId: verificationKeyId(current.key),
    files: {
      r1cs: await facts(artifactFileName(circuit, 'r1cs')),
      wasm: await facts(artifactFileName(circuit, 'wasm')),
      zkey: await facts(artifactFileName(circuit, 'zkey')),
      vkey: await facts(artifactFileName(circuit, 'vkey')),
    },
    transcript: await facts(transcriptFileName(circuit)),
  }
}

function manifestOf(
  { ceremony, attestations }: CeremonyState,
  circuits: Readonly<Record<string, CircuitFacts>>,
): Manifest {
  const count = String(attestations.length - 1)
  return {
    kind: 'production',
    forgeable: false,
    note: `From the ceremony "${ceremony.name}" (${ceremony.id}): ${count} contributions and a beacon.`,
    compiler: ceremony.compiler,
    circuits,
  }
}

function assertSameInputs(
  { keys }: CeremonyState,
  circuit: string,
  compiled: Compiled | undefined,
  { files: { zkey, r1cs, wasm } }: CircuitFacts,
): void {
  const expected = [keys[circuit]?.sha256, compiled?.r1cs, compiled?.wasm]
  if (JSON.stringify([zkey.sha256, r1cs, wasm]) === JSON.stringify(expected)) return
  throw new ZerocardError('ARTIFACT_INVALID', `${circuit}: a file is not the one that was verified`)
}

function assertSameText(path: string, json: unknown): void {
  if (readBytes(path).toString('utf8') !== textOf(json)) throw different(path)
}

/** What `writeJson` writes. */
function textOf(json: unknown): string {
  return `${JSON.stringify(json, null, 2)}\n`
}

function different(path: string): ZerocardError {
  return new ZerocardError('ARTIFACT_INVALID', `${path}: is not what this ceremony gives`)
}
