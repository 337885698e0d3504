import { ZerocardError } from './errors.ts'
import { hashPublic } from './set-hash.ts'
import { ARITY } from './tree.ts'

/** How large a sorted set is and how it is divided; both sides of a proof must mean the same one. */
export interface SetShape {
  /** Values are integers from 0 to 2^valueBits - 1. */
  readonly valueBits: number
  /** Levels of 8-ary hashing between a run and the root. */
  readonly levels: number
  /** So many of them, from the root down, divide by the value: 8^bucketLevels buckets. */
  readonly bucketLevels: number
}

/** An aligned group of 8^height buckets, the `index`-th of its height; the whole set is one block. */
export interface Place {
  readonly height: number
  readonly index: number
}

/** The values of a block that is not divided further, in runs under a tree of hashes. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly hash: bigint
  /** Ascending. */
  readonly values: readonly bigint[]
  /** The hashes from the runs (first) to the block's own, without the unused places at the end. */
  readonly nodes: readonly (readonly bigint[])[]
}

/** The run that a value falls in, with what connects it to the hash of its block. */
export interface BlockPath {
  readonly run: readonly bigint[]
  /** The 8 children of each node on the way up. */
  readonly children: readonly (readonly bigint[])[]
}

/** 8 children share the value's next 3 bits. */
const ARITY_BITS = 3

/** Keys and borders in a run; neighbouring runs share one, so that no gap falls between them. */
export const RUN_LENGTH = 16
const RUN_STEP = RUN_LENGTH - 1

/** Half-open range of the values of a block. */
export function placeRange(shape: SetShape, { height, index }: Place): [low: bigint, high: bigint] {
  const bits = shape.valueBits - ARITY_BITS * (shape.bucketLevels - height)
  return [BigInt(index) << BigInt(bits), BigInt(index + 1) << BigInt(bits)]
}

/** So many values fit into the run places of one bucket. */
export function leafCapacity({ levels, bucketLevels }: SetShape): number {
  return RUN_STEP * ARITY ** (levels - bucketLevels) - 1
}

/**
 * @param values - Ascending, unique, all of them in the range of the place.
 * @param previous - A leaf of the same place: runs it has in common are not hashed again.
 * @throws ZerocardError with `SET_FULL` for more than {@link leafCapacity}.
 */
export function makeLeaf(
  shape: SetShape,
  place: Place,
  values: readonly bigint[],
  previous?: Leaf,
): Leaf {
  if (values.length > leafCapacity(shape)) {
    throw new ZerocardError(
      'SET_FULL',
      `a bucket has place for ${leafCapacity(shape)} values, not ${values.length}`,
    )
  }
  const kept = previous ? unchangedRuns(previous, values) : []
  const runs = Array.from(
    { length: runCount(values) },
    (_, i) => kept[i] ?? hashPublic(runAt(shape, place, values, i)),
  )
  const nodes = hashUp(runs, shape.levels - shape.bucketLevels + place.height)
  return { kind: 'leaf', hash: nodes.at(-1)?.[0] ?? 0n, values, nodes }
}

/** The path of a value that lies in the range of the place. */
export function leafPath(shape: SetShape, place: Place, leaf: Leaf, value: bigint): BlockPath {
  // A value that is in the set opens its gap: `low` is inclusive.
  const position = countBelow(leaf.values, value + 1n)
  let index = Math.floor(position / RUN_STEP)
  const run = runAt(shape, place, leaf.values, index)
  const children = leaf.nodes.slice(0, -1).map((nodes, level) => {
    index = Math.floor(index / ARITY)
    return eightFrom(nodes, ARITY * index, level)
  })
  return { run, children }
}

/** How many of the ascending `values` are below `limit`. */
export function countBelow(values: readonly bigint[], limit: bigint): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? limit) < limit) low = middle + 1
    else high = middle
  }
  return low
}

/** A value as it stands in a run: odd, so that it never equals a border, which is even. */
export function keyOf(value: bigint): bigint {
  return 2n * value + 1n
}

function runCount(values: readonly bigint[]): number {
  return Math.ceil((values.length + 1) / RUN_STEP)
}

/** Positions 15i to 15i + 15 of: low border, keys, high border, high border, ... */
function runAt(shape: SetShape, place: Place, values: readonly bigint[], index: number): bigint[] {
  const [low, high] = placeRange(shape, place)
  return Array.from({ length: RUN_LENGTH }, (_, i) => {
    const position = RUN_STEP * index + i
    if (position === 0) return 2n * low
    const value = values[position - 1]
    return value === undefined ? 2n * high : keyOf(value)
  })
}

/** Hashes of the first runs of a leaf, up to the first that other values would change. */
function unchangedRuns(previous: Leaf, values: readonly bigint[]): readonly bigint[] {
  const differing = values.findIndex((value, i) => value !== previous.values[i])
  return (previous.nodes[0] ?? []).slice(0, Math.floor(differing / RUN_STEP))
}

function hashUp(runs: readonly bigint[], levels: number): bigint[][] {
  const nodes = [[...runs]]
  for (let level = 0; level < levels; level++) {
    const below = nodes[level] ?? []
    nodes.push(
      Array.from({ length: Math.ceil(below.length / ARITY) }, (_, i) =>
        hashPublic(eightFrom(below, ARITY * i, level)),
      ),
    )
  }
  return nodes
}

/** Eight neighbours, with the hash of an unused subtree where nothing is kept. */
function eightFrom(nodes: readonly bigint[], from: number, level: number): bigint[] {
  return Array.from({ length: ARITY }, (_, i) => nodes[from + i] ?? unusedHash(level))
}

/** By level, made at first use: 0 for an unused run place, then the hash of eight of those below. */
const unusedHashes = [0n]

function unusedHash(level: number): bigint {
  return (unusedHashes[level] ??= hashPublic(Array<bigint>(ARITY).fill(unusedHash(level - 1))))
}
