import * as z from '../zod.ts'
import { fromHex, toHex } from '../bytes.ts'
import { CURVE_FIELD_ORDER } from '../curve.ts'
import { readWith } from '../json.ts'
import { readableText } from '../plain-text.ts'
import type { Beacon, Contribution } from './contribution.ts'

/** What a ceremony has announced before it began. */
export interface Announcement {
  /** Contributions that do not come from a beacon. */
  readonly minimumContributions: number
  readonly beacon: {
    /** In words, precise enough that everybody looks up the same value. */
    readonly source: string
    /** When the value becomes known: seconds since 1970-01-01 UTC. */
    readonly at: number
    readonly iterations: number
  }
}

/** How the key of one circuit came about; enough to check its second phase without any large file. */
export interface Transcript extends Announcement {
  readonly ceremony: string
  readonly circuit: string
  /** SHA-256 of the constraints, hex. */
  readonly r1cs: string
  /** BLAKE2b-512 of the powers of tau, hex. */
  readonly powersOfTau: string
  /** SHA-256 of the proving key that the ceremony began with, hex. */
  readonly genesis: string
  /** 64 bytes that the chain begins with. */
  readonly circuitHash: Uint8Array
  readonly contributions: readonly Contribution[]
}

/** snarkjs demands no less than 10; a start takes a second at 20. */
export const BEACON_ITERATIONS = { least: 10, most: 20 } as const

/** Far more than any ceremony of this kind had. */
const MAX_CONTRIBUTIONS = 4096

const FORMAT = 'zerocard/transcript/1'

const coordinate = z.pipe(
  z.string().check(z.regex(/^(0|[1-9][0-9]{0,76})$/, 'expected a canonical decimal')),
  z.transform((text: string) => BigInt(text)),
)
const below = coordinate.check(
  z.refine((value) => value < CURVE_FIELD_ORDER, 'not below the order of the curve field'),
)
const fq2 = z.tuple([below, below])
const g1 = z.tuple([below, below])
const g2 = z.tuple([fq2, fq2])
const iterations = z
  .int()
  .check(z.minimum(BEACON_ITERATIONS.least), z.maximum(BEACON_ITERATIONS.most))
/** Such texts are printed in reports, where they must not look like lines of the report. */
const shown = readableText(500)
/** Seconds since 1970-01-01 UTC, the last that has a date. */
const LAST_TIME = 8_640_000_000_000

/** Bytes in hex. */
function hex(least: number, most: number): z.ZodMiniType<Uint8Array, string> {
  const pattern = new RegExp(`^([0-9a-f]{2}){${String(least)},${String(most)}}$`)
  return z.pipe(
    z.string().check(z.regex(pattern, `expected ${String(least)} to ${String(most)} bytes in hex`)),
    z.transform((text: string) => fromHex(text)),
  )
}

function hexText(bytes: number): z.ZodMiniType<string> {
  return z
    .string()
    .check(
      z.regex(new RegExp(`^[0-9a-f]{${String(2 * bytes)}}$`), `expected ${bytes} bytes in hex`),
    )
}

const beacon = z.strictObject({ value: hex(1, 255), iterations })
const contribution = z.strictObject({
  delta: g1,
  s: g1,
  sx: g1,
  spx: g2,
  transcript: hex(64, 64),
  name: z.exactOptional(z.string().check(z.maxLength(255))),
  beacon: z.exactOptional(beacon),
})

/** Members of {@link Announcement}. */
export const announcementShape = {
  minimumContributions: z.int().check(z.minimum(1), z.maximum(MAX_CONTRIBUTIONS)),
  beacon: z.strictObject({
    source: shown,
    at: z.int().check(z.minimum(0), z.maximum(LAST_TIME)),
    iterations,
  }),
}

const transcript = z.strictObject({
  format: z.literal(FORMAT),
  ceremony: shown,
  circuit: z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)),
  r1cs: hexText(32),
  powersOfTau: hexText(64),
  genesis: hexText(32),
  circuitHash: hex(64, 64),
  ...announcementShape,
  contributions: z.array(contribution).check(z.maxLength(MAX_CONTRIBUTIONS)),
})

/** @throws ZerocardError with `ARTIFACT_INVALID`, naming the member. */
export function parseTranscript(json: unknown): Transcript {
  const { format: _, ...parsed } = readWith(transcript, json, 'ARTIFACT_INVALID', 'transcript')
  return parsed
}

/** What {@link parseTranscript} reads. */
export function transcriptToJson(transcript: Transcript): Readonly<Record<string, unknown>> {
  const { circuitHash, contributions, ...rest } = transcript
  return {
    format: FORMAT,
    ...rest,
    circuitHash: toHex(circuitHash),
    contributions: contributions.map(contributionToJson),
  }
}

function contributionToJson({ delta, s, sx, spx, transcript, name, beacon }: Contribution): object {
  return {
    ...(name === undefined ? {} : { name }),
    ...(beacon === undefined ? {} : { beacon: beaconToJson(beacon) }),
    delta: delta.map(String),
    s: s.map(String),
    sx: sx.map(String),
    spx: spx.map((coordinate) => coordinate.map(String)),
    transcript: toHex(transcript),
  }
}

function beaconToJson({ value, iterations }: Beacon): object {
  return { value: toHex(value), iterations }
}
