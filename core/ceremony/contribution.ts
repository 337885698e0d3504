import { concatBytes } from '../bytes.ts'
import type { G1Coordinates, G2Coordinates } from '../groth16-key.ts'
import { blake2b512 } from '../hash.ts'

/**
 * What one contributor has published about the second phase of a Groth16 set-up. Its secret x
 * multiplies delta; `s`, `sx` and `spx` prove that the contributor knew x.
 */
export interface Contribution {
  /** delta in G1 after it. */
  readonly delta: G1Coordinates
  readonly s: G1Coordinates
  /** x * s */
  readonly sx: G1Coordinates
  /** x times the point of G2 that the transcript hashes to. */
  readonly spx: G2Coordinates
  /** 64 bytes: everything that was published before, with `s` and `sx`. */
  readonly transcript: Uint8Array
  /** As the contributor gave it; nobody has checked it. */
  readonly name?: string
  /** Set where x is no secret but follows from a public value. */
  readonly beacon?: Beacon
}

export interface Beacon {
  readonly value: Uint8Array
  /** SHA-256 is applied to it two to this power times. */
  readonly iterations: number
}

/** 64 bytes that name a contribution; what contributors write down and publish. */
export function contributionHash(contribution: Contribution): Uint8Array {
  return blake2b512(publicKeyBytes(contribution))
}

/**
 * The transcript of a contribution to be.
 *
 * @param circuitHash - 64 bytes at the beginning of the chain.
 */
export function transcriptHash(
  circuitHash: Uint8Array,
  before: readonly Contribution[],
  s: G1Coordinates,
  sx: G1Coordinates,
): Uint8Array {
  return blake2b512(
    concatBytes(circuitHash, ...before.map(publicKeyBytes), g1Bytes(s), g1Bytes(sx)),
  )
}

function publicKeyBytes({ delta, s, sx, spx, transcript }: Contribution): Uint8Array {
  return concatBytes(g1Bytes(delta), g1Bytes(s), g1Bytes(sx), g2Bytes(spx), transcript)
}

function g1Bytes(point: G1Coordinates): Uint8Array {
  return concatBytes(...point.map(coordinateBytes))
}

/** Imaginary parts first. */
function g2Bytes([x, y]: G2Coordinates): Uint8Array {
  return concatBytes(...[x[1], x[0], y[1], y[0]].map(coordinateBytes))
}

/** 32 bytes, big-endian. */
function coordinateBytes(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(64, '0')
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}
