import * as z from './zod.ts'
import { toHex } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { readWith } from './json.ts'

/** The files a circuit is built to, by their role. */
export type ArtifactRole = 'r1cs' | 'wasm' | 'zkey' | 'vkey'

export interface FileFacts {
  /** Hex. */
  readonly sha256: string
  readonly bytes: number
}

export interface CircuitFacts {
  readonly constraints: number
  /** Outputs and public inputs. */
  readonly publicSignals: number
  readonly wires: number
  /** Size of the evaluation domain of the key, a power of two. */
  readonly domain: number
  /** See `verificationKeyId`. */
  readonly keyId: string
  readonly files: Readonly<Record<ArtifactRole, FileFacts>>
  /** Of keys from a ceremony: how they came about. */
  readonly transcript?: FileFacts | undefined
}

/** What was built from the circuits: `circuits/manifest.json`. */
export interface Manifest {
  /** `development`: made from a public seed. `production`: from a ceremony. */
  readonly kind: 'development' | 'production'
  /** True exactly for development keys. */
  readonly forgeable: boolean
  readonly note: string
  /** The public seed of development keys. */
  readonly seed?: string | undefined
  /** Compiler and flags. */
  readonly compiler: string
  readonly circuits: Readonly<Record<string, CircuitFacts>>
}

const count = z.int().check(z.minimum(0))
const file = z.strictObject({
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected SHA-256 in hex')),
  bytes: count,
})
const circuit = z.strictObject({
  constraints: count,
  publicSignals: count,
  wires: count,
  domain: count,
  keyId: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/, 'expected SHA-256 in base64url')),
  files: z.strictObject({ r1cs: file, wasm: file, zkey: file, vkey: file }),
  transcript: z.optional(file),
})
const manifest = z.strictObject({
  kind: z.enum(['development', 'production']),
  forgeable: z.boolean(),
  note: z.string(),
  seed: z.optional(z.string()),
  compiler: z.string(),
  circuits: z.record(z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)), circuit),
})

/**
 * @throws ZerocardError with `ARTIFACT_INVALID`, naming the member; also for a manifest that calls
 *   development keys not forgeable, or the other way round.
 */
export function parseManifest(json: unknown): Manifest {
  const parsed = readWith(manifest, json, 'ARTIFACT_INVALID', 'manifest')
  if (parsed.forgeable !== (parsed.kind === 'development')) {
    throw new ZerocardError('ARTIFACT_INVALID', `manifest.forgeable: wrong for ${parsed.kind} keys`)
  }
  return parsed
}

/** The name of a file in the circuit's directory. */
export function artifactFileName(circuitName: string, role: ArtifactRole): string {
  return `${circuitName}.${role === 'vkey' ? 'vkey.json' : role}`
}

/** The name of a circuit's transcript, in the same directory. */
export function transcriptFileName(circuitName: string): string {
  return `${circuitName}.transcript.json`
}

/**
 * Checks a file against the manifest, before it is used.
 *
 * @param name - What the file is, for messages.
 * @throws ZerocardError with `ARTIFACT_INVALID` if it is another one, cut short or damaged.
 */
export async function assertArtifact(
  expected: FileFacts,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<void> {
  const sha256 = toHex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes)))
  if (sha256 === expected.sha256) return
  throw new ZerocardError(
    'ARTIFACT_INVALID',
    `${name}: expected SHA-256 ${expected.sha256} (${String(expected.bytes)} bytes), ` +
      `got ${sha256} (${String(bytes.length)} bytes)`,
  )
}
