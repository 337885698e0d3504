import { G1, G2, assertPoint, g1, g1Coordinates, g2, pairsToOne } from '../bn254.ts'
import type { G1Point, G2Point } from '../bn254.ts'
import { concatBytes, equalBytes, toHex } from '../bytes.ts'
import { ZerocardError } from '../errors.ts'
import { integerFromBytes } from '../field.ts'
import type { G1Coordinates, G2Coordinates } from '../groth16-key.ts'
import { sha256 } from '../hash.ts'
import { contributionHash, transcriptHash } from './contribution.ts'
import type { Beacon, Contribution } from './contribution.ts'
import { Sampler } from './sampler.ts'

// The chain of a set-up's second phase (Bowe, Gabizon, Miers, "Scalable Multi-party Computation for
// zk-SNARK Parameters in the Random Beacon Model", 2017), as snarkjs writes it: delta begins as the
// generator, and each contributor multiplies it by a secret.

/** Bytes of the coefficient that joins two equations into one: 128 bits. */
const COEFFICIENT_BYTES = 16

/**
 * Checks that every contributor knew the secret by which delta was multiplied, from the generator
 * to the end, and that beacons follow from their public value.
 *
 * Who they were, and whether they destroyed the secret, no computation can tell.
 *
 * @param circuitHash - 64 bytes.
 * @returns delta in G1 after the last of them.
 * @throws ZerocardError with `KEY_FORGEABLE`, naming the first contribution that is wrong.
 */
export function verifyChain(
  circuitHash: Uint8Array,
  contributions: readonly Contribution[],
): G1Coordinates {
  const deltas = new Set([nameOf(g1Coordinates(G1.BASE))])
  let delta: G1Point = G1.BASE
  for (const [i, contribution] of contributions.entries()) {
    const before = contributions.slice(0, i)
    const reason = findFlaw(circuitHash, before, delta, contribution)
    if (reason !== undefined) throw broken(i, reason)
    if (deltas.has(nameOf(contribution.delta))) throw broken(i, 'changes nothing, or undoes others')
    deltas.add(nameOf(contribution.delta))
    delta = g1(contribution.delta)
  }
  return g1Coordinates(delta)
}

/**
 * Whether a point of the twisted curve is in G2, and the same multiple of its generator as a point of
 * G1.
 */
export function isSameMultiple(inG1: G1Coordinates, inG2: G2Coordinates): boolean {
  const point = g2(inG2)
  if (!isPoint(point)) return false
  return pairsToOne([
    { g1: g1(inG1), g2: G2.BASE },
    { g1: G1.BASE.negate(), g2: point },
  ])
}

/** The secret of a beacon, which is none, and the point that it is shown with. */
export function beaconSecret({ value, iterations }: Beacon): {
  readonly x: bigint
  readonly s: G1Point
} {
  let seed = value
  for (let left = 2 ** iterations; left > 0; left--) seed = sha256(seed)
  const sampler = new Sampler(seed)
  const x = sampler.scalar()
  return { x, s: sampler.g1() }
}

function findFlaw(
  circuitHash: Uint8Array,
  before: readonly Contribution[],
  delta: G1Point,
  contribution: Contribution,
): string | undefined {
  const { s, sx, transcript, beacon } = contribution
  if (!hasPoints(contribution)) return 'has a point that is none'
  if (!equalBytes(transcriptHash(circuitHash, before, s, sx), transcript)) {
    return 'does not follow from those before it'
  }
  if (!provesKnowledge(delta, contribution)) return 'does not prove that its secret was known'
  if (beacon !== undefined && !isOfBeacon(contribution, beacon)) {
    return 'does not follow from its beacon'
  }
  return undefined
}

function hasPoints({ delta, s, sx, spx }: Contribution): boolean {
  return [g1(delta), g1(s), g1(sx), g2(spx)].every(isPoint)
}

function isPoint(point: G1Point | G2Point): boolean {
  try {
    assertPoint(point)
    return true
  } catch {
    return false
  }
}

/**
 * That `sx` is to `s`, and the new delta to the old one, as `spx` is to the point of the transcript.
 * The two equations are one with a coefficient that is a hash of everything in them: a pair that
 * is wrong passes with a probability of 2^-128.
 */
function provesKnowledge(before: G1Point, contribution: Contribution): boolean {
  const { s, sx, spx, delta, transcript } = contribution
  const sp = new Sampler(transcript).g2()
  const seed = concatBytes(contributionHash(contribution), before.toBytes())
  const factor = integerFromBytes(sha256(seed).subarray(0, COEFFICIENT_BYTES))
  const left = g1(s).add(before.multiplyUnsafe(factor))
  const right = g1(sx).add(g1(delta).multiplyUnsafe(factor))
  if (left.is0() || right.is0()) return false
  return pairsToOne([
    { g1: left, g2: g2(spx) },
    { g1: right.negate(), g2: sp },
  ])
}

function isOfBeacon(contribution: Contribution, beacon: Beacon): boolean {
  const { x, s } = beaconSecret(beacon)
  return s.equals(g1(contribution.s)) && s.multiplyUnsafe(x).equals(g1(contribution.sx))
}

/** The same for a point and its negative: to change the sign is to change nothing. */
function nameOf([x]: G1Coordinates): string {
  return String(x)
}

function broken(index: number, reason: string): ZerocardError {
  return new ZerocardError('KEY_FORGEABLE', `contribution ${String(index + 1)} ${reason}`)
}

/** A contribution's hash in hex, as it is published. */
export function contributionName(contribution: Contribution): string {
  return toHex(contributionHash(contribution))
}
