import { Engine } from './engine.ts'
import type { Group } from './engine.ts'
import type { Address } from '../../core/wasm/memory.ts'
import { REFERENCE_BYTES } from './kernels/points.ts'
import { HALF_BITS, MAX_DIGIT_BITS } from './kernels/scalars.ts'
import { INFINITY, PointSums } from './point-sums.ts'
import { multiplesOf, shiftedSum } from './shifted-sum.ts'

// Sums of multiples of fixed points, by buckets (N. Pippenger, "On the evaluation of powers and
// related problems", 1976), signed digits and the curve's endomorphism.

/** Bytes of a scalar: an integer below 2^255, the lowest byte first. */
export const SCALAR_BYTES = 32

/** A bucket's number is split into two parts, of which this is the lower one's width. */
const LOW_BITS = 6

/** Affine coordinates with one part in G1 and two in G2; undefined is the point at infinity. */
export type AffinePoint =
  { readonly x: readonly bigint[]; readonly y: readonly bigint[] } | undefined

/** Points in an engine's memory, each with its image under the endomorphism. */
export interface PointTable {
  readonly group: Group
  readonly count: number
  readonly address: number
}

/** Told which part of the whole has been done, from 0 to 1. */
export type Step = (part: number) => void

/** Brings points of a proving key into memory. */
export function importPoints(engine: Engine, group: Group, points: Uint8Array): PointTable {
  const { lanes } = engine.module.fq
  const { pointBytes } = group.code
  const keyPointBytes = 64 * group.components
  const count = points.length / keyPointBytes
  // A whole group is read and written, also where the last one has but one point. The images are
  // written after the points, so the last group of points must not reach into them.
  const padded = Math.ceil(count / lanes) * lanes
  const address = engine.allocate(2 * padded * pointBytes)
  engine.temporarily(() => {
    const source = engine.allocate(padded * keyPointBytes)
    engine.bytes(source, points.length).set(points)
    const run = engine.call[`${group.name}_import`]
    run?.(source, address, address + padded * pointBytes, padded / lanes)
  })
  return { group, count: padded, address }
}

/**
 * The sum of all points, each times its scalar, and then times each of some factors.
 *
 * @param scalars - Address of {@link SCALAR_BYTES} for each point of the table.
 * @param factors - Not negative.
 * @param step - Told after each step which part of the whole it was.
 * @returns A point for each factor.
 */
export function multiply(
  engine: Engine,
  table: PointTable,
  scalars: number,
  factors: readonly bigint[],
  step: Step = () => undefined,
): AffinePoint[] {
  return engine.temporarily(() => {
    const { count, group } = table
    const bits = digitBits(2 * count)
    const windows = Math.ceil((HALF_BITS + 1) / bits)
    const digits = engine.allocate(2 * 2 * count * windows)
    engine.call['digits']?.(digits, scalars, count, bits, windows)
    const sums = new PointSums(engine, group)
    const keptBytes = partsOf(bits) * group.code.pointBytes
    const kept = engine.allocate(windows * keptBytes)
    const room = bucketRoom(engine, count, bits)
    // Every addition makes one point less, and each bucket is in two lists after that.
    sums.reserve(2 * count + 2 * room.buckets)
    const parts = Array.from({ length: windows }, (_, window) => {
      const part = sums.keep(kept + window * keptBytes, () =>
        bucketSums(engine, sums, table, digits + 4 * count * window, room),
      )
      step(1 / windows)
      return part
    })
    const sum = combine(sums, parts, bits)
    return multiplesOf(sums, sum, factors).map((reference) => readPoint(engine, group, reference))
  })
}

/** Where additions to buckets and sums of buckets cost the least together; at least a lower part. */
function digitBits(points: number): number {
  let best = { bits: LOW_BITS, cost: Infinity }
  for (let bits = LOW_BITS; bits <= MAX_DIGIT_BITS; bits++) {
    const cost = Math.ceil((HALF_BITS + 1) / bits) * (points + 2 * 2 ** (bits - 1) + 300)
    if (cost < best.cost) best = { bits, cost }
  }
  return best.bits
}

const bucketsOf = (bits: number): number => 2 ** (bits - 1) + 1
/** How many lists of buckets there are that have the same upper part of their number. */
const highsOf = (bits: number): number => (bucketsOf(bits) >>> LOW_BITS) + 1
const LOWS = 2 ** LOW_BITS
const partsOf = (bits: number): number => highsOf(bits) + LOWS

/** Where the lists of one window are, and how many buckets and parts it has. */
interface BucketRoom {
  readonly buckets: number
  readonly parts: number
  readonly references: Address
  /** A word for each bucket, and for each part. */
  readonly counts: Address
  readonly ends: Address
  readonly partCounts: Address
}

function bucketRoom(engine: Engine, count: number, bits: number): BucketRoom {
  const [buckets, parts] = [bucketsOf(bits), partsOf(bits)]
  const words = (length: number): Address => engine.allocate(4 * length)
  return {
    ...{ buckets, parts },
    references: words(2 * Math.max(count, buckets)),
    ...{ counts: words(buckets), ends: words(buckets), partCounts: words(parts) },
  }
}

/** Sums of the buckets of one window that have the same upper, and the same lower part. */
function bucketSums(
  engine: Engine,
  sums: PointSums,
  { address, count, group }: PointTable,
  digits: Address,
  room: BucketRoom,
): Uint32Array {
  const { buckets, references } = room
  const counts = engine.words(room.counts, buckets).fill(0)
  engine.call['buckets_count']?.(digits, 2 * count, room.counts)
  counts[0] = 0
  const ends = engine.words(room.ends, buckets)
  let length = 0
  for (let bucket = 1; bucket < buckets; bucket++) {
    ends[bucket] = references + length * REFERENCE_BYTES
    length += counts[bucket] as number
  }
  engine.call['buckets_fill']?.(digits, 2 * count, room.ends, address, group.code.pointBytes)
  sums.lists({ references, length, counts: room.counts, lists: buckets })
  return partSums(engine, sums, room)
}

/** A bucket belongs to the list of its number’s upper bits, and to that of its lower six. */
function partSums(engine: Engine, sums: PointSums, room: BucketRoom): Uint32Array {
  const { buckets, parts, references } = room
  const highs = parts - LOWS
  const all = engine.words(room.counts, buckets)
  const counts = engine.words(room.partCounts, parts).fill(0)
  const to = engine.words(references, 2 * buckets)
  let length = 0
  const add = (list: number, reference: number): void => {
    if (reference === INFINITY) return
    to[length++] = reference
    counts[list] = (counts[list] as number) + 1
  }
  all.forEach((reference, bucket) => add(bucket >>> LOW_BITS, reference))
  for (let low = 0; low < LOWS; low++) {
    for (let bucket = low; bucket < buckets; bucket += LOWS) add(highs + low, all[bucket] as number)
  }
  sums.lists({ references, length, counts: room.partCounts, lists: parts })
  return engine.words(room.partCounts, parts)
}

/** From the sums of parts of all windows to the whole. */
function combine(sums: PointSums, parts: readonly Uint32Array[], bits: number): number {
  const highs = highsOf(bits)
  const weighted = weightedSums(sums, [
    ...parts.map((part) => part.subarray(0, highs)),
    ...parts.map((part) => part.subarray(highs)),
  ])
  const at = (list: number): number => weighted[list] ?? INFINITY
  const digits = parts.map((_, i) => [at(i), at(parts.length + i)] as const)
  return shiftedSum(sums, digits, { digit: bits, upper: LOW_BITS })
}

/** Of each list, the sum of its elements times their index, by sums of sums from the end. */
function weightedSums(sums: PointSums, lists: readonly Uint32Array[]): number[] {
  const length = Math.max(...lists.map((list) => list.length))
  let running = lists.map(() => INFINITY)
  let total = lists.map(() => INFINITY)
  for (let i = length - 1; i >= 0; i--) {
    // One step of both at once: the totals take what was running before.
    const both = sums.pairs([
      ...running.map((sum, k) => [sum, lists[k]?.[i] ?? INFINITY] as const),
      ...total.map((sum, k) => [sum, running[k] ?? INFINITY] as const),
    ])
    running = both.slice(0, lists.length)
    total = both.slice(lists.length)
  }
  return total
}

function readPoint(engine: Engine, group: Group, reference: number): AffinePoint {
  if (reference === INFINITY) return undefined
  const { fq } = engine.module
  const coordinate = (start: number): bigint[] =>
    Array.from({ length: group.components }, (_, i) =>
      fq.valueOf(engine.bytes(start + i * fq.elementBytes, fq.elementBytes)),
    )
  const start = reference & ~1
  const y = coordinate(start + group.code.pointBytes / 2)
  const isOpposite = (reference & 1) === 1
  return {
    x: coordinate(start),
    y: isOpposite ? y.map((part) => (fq.modulus - part) % fq.modulus) : y,
  }
}
