import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseJson, readWith } from '../../core/json.ts'
import { readableText } from '../../core/plain-text.ts'
import type { FileFacts } from '../../core/manifest.ts'
import { announcementShape } from '../../core/ceremony/transcript.ts'
import type { Announcement } from '../../core/ceremony/transcript.ts'
import { named, readBytes } from '../zerocard/files.ts'

/** What a ceremony is about. Nothing in it ever changes. */
export interface Ceremony extends Announcement {
  readonly name: string
  /** Seconds since 1970-01-01 UTC. */
  readonly createdAt: number
  /** Compiler and flags. */
  readonly compiler: string
  readonly powersOfTau: {
    readonly blake2b512: string
    readonly bytes: number
  }
  readonly circuits: Readonly<Record<string, CeremonyCircuit>>
}

export interface CeremonyCircuit {
  readonly constraints: number
  readonly r1cs: FileFacts
  readonly wasm: FileFacts
  /** The proving key that the ceremony begins with: made from constraints and powers of tau alone. */
  readonly genesis: FileFacts
}

/** A ceremony with the hash that attestations name it by. */
export interface NamedCeremony extends Ceremony {
  /** SHA-256 of the file, hex. */
  readonly id: string
}

const FORMAT = 'zerocard/ceremony/1'
const FILE = 'ceremony.json'

const count = z.int().check(z.minimum(0))
const facts = z.strictObject({
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected SHA-256 in hex')),
  bytes: count,
})
const shape = z.strictObject({
  format: z.literal(FORMAT),
  name: readableText(100),
  createdAt: count,
  compiler: readableText(200),
  ...announcementShape,
  powersOfTau: z.strictObject({
    blake2b512: z.string().check(z.regex(/^[0-9a-f]{128}$/, 'expected BLAKE2b-512 in hex')),
    bytes: count,
  }),
  circuits: z.record(
    z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)),
    z.strictObject({ constraints: count, r1cs: facts, wasm: facts, genesis: facts }),
  ),
})

export function ceremonyPath(folder: string): string {
  return join(folder, FILE)
}

/**
 * @throws ZerocardError with `INPUT_INVALID` if there is no ceremony in the folder, or
 *   `ARTIFACT_INVALID` if its description is damaged.
 */
export function readCeremony(folder: string): NamedCeremony {
  const path = ceremonyPath(folder)
  const bytes = readBytes(path)
  return named(path, () => {
    const json = parseJson(bytes.toString('utf8'), 'ARTIFACT_INVALID', 'ceremony')
    const { format: _, ...ceremony } = readWith(shape, json, 'ARTIFACT_INVALID', 'ceremony')
    if (Object.keys(ceremony.circuits).length === 0) {
      throw new ZerocardError('ARTIFACT_INVALID', 'ceremony.circuits: none')
    }
    return { ...ceremony, id: createHash('sha256').update(bytes).digest('hex') }
  })
}

/** The content of the file. */
export function ceremonyText(ceremony: Ceremony): string {
  return `${JSON.stringify({ format: FORMAT, ...ceremony }, null, 2)}\n`
}
