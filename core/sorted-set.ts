import { ZerocardError } from './errors.ts'
import { isField } from './field.ts'
import { poseidon } from './hash.ts'
import {
  ascending,
  blockPath,
  blockSize,
  blockValues,
  buildBlock,
  extendBlock,
  leadsTo,
} from './set-block.ts'
import type { Block, PlacedBlock } from './set-block.ts'
import { RUN_LENGTH, countBelow, keyOf } from './set-leaf.ts'
import type { BlockPath, SetShape } from './set-leaf.ts'
import { openPublished, publishBlock } from './set-publication.ts'
import type { PublishedSet } from './set-publication.ts'
import { SHARD_LEVELS, cutShard, pathFromShard, shardPrefix, topPlace } from './set-shard.ts'
import type { SetShard } from './set-shard.ts'
import { ARITY } from './tree.ts'

/** A part of a set that was built apart. */
export type SetPart = PlacedBlock
export type { SetShape } from './set-leaf.ts'
export { MAX_SET_BYTES, WHOLE_SET_SIZE } from './set-publication.ts'
export type { PublishedSet } from './set-publication.ts'
export { SHARD_LEVELS, parseShard, shardPrefix } from './set-shard.ts'
export type { SetShard } from './set-shard.ts'

/** Revocation identifiers: 2^40 of them, 32,768 buckets of up to 119 values. */
export const REVOCATION_SHAPE: SetShape = { valueBits: 40, levels: 6, bucketLevels: 5 }

/** Encoded attributes: one bucket of up to 7,679 values. */
export const LOOKUP_SHAPE: SetShape = { valueBits: 120, levels: 3, bucketLevels: 0 }

/**
 * Shows whether a value is in the set with a given root; which of the two, only its owner sees.
 *
 * A value x stands in the set as the key 2x + 1, between even borders that are no elements. Every
 * run is 16 of these in ascending order.
 */
export interface SetProof {
  /** The run with run[index] at most 2x + 1 and run[index + 1] above it. */
  readonly run: readonly bigint[]
  /** 0 to 14. */
  readonly index: number
  /** For each level, lowest first, the 8 children of the node on the way from the run to the root. */
  readonly children: readonly (readonly bigint[])[]
  /** Whether run[index] is 2x + 1 itself, so x is in the set. */
  readonly found: boolean
}

/**
 * A set of integers with a root to prove membership and its absence against. Never changes:
 * inserting gives another set, which shares what it has in common with the first.
 */
export class SortedSet {
  readonly shape: SetShape
  readonly #top: Block

  private constructor(shape: SetShape, top: Block) {
    this.shape = shape
    this.#top = top
  }

  /**
   * The set of `values`, in any order.
   *
   * @param parts - What {@link buildPart} has made of the same values; the rest is built here.
   * @throws ZerocardError with `SET_INVALID` for a value outside the domain or given twice, and
   * with `SET_FULL` if a bucket overflows: values have to be spread evenly, as random ones are.
   */
  static from(
    shape: SetShape,
    values: Iterable<bigint>,
    parts: readonly SetPart[] = [],
  ): SortedSet {
    assertShape(shape)
    const sorted = sortedUnique(shape, values)
    return new SortedSet(shape, buildBlock(shape, topPlace(shape), sorted, parts))
  }

  /** Number of values. */
  get size(): number {
    return blockSize(this.#top)
  }

  /** Depends on the shape and the values, not on the order they came in. */
  get root(): bigint {
    return this.#top.hash
  }

  /** All values, ascending. */
  values(): Iterable<bigint> {
    return blockValues(this.#top)
  }

  has(value: bigint): boolean {
    return isInDomain(this.shape, value) && this.prove(value).found
  }

  /** The set with one value more; errors as in {@link SortedSet.from}. */
  insert(value: bigint): SortedSet {
    return this.insertAll([value])
  }

  /** The set with more values; cheaper than one by one, as shared nodes are hashed once. */
  insertAll(values: Iterable<bigint>): SortedSet {
    const added = sortedUnique(this.shape, values)
    if (added.some((value) => this.has(value))) throw invalid('a value is already in the set')
    return new SortedSet(
      this.shape,
      extendBlock(this.shape, topPlace(this.shape), this.#top, added),
    )
  }

  /** @throws ZerocardError with `SET_INVALID` for a value outside the domain. */
  prove(value: bigint): SetProof {
    assertInDomain(this.shape, value)
    return toProof(value, blockPath(this.shape, topPlace(this.shape), this.#top, value))
  }

  /**
   * The part of the set that holds every value starting with the bits of `prefix`.
   *
   * @param shardLevels - Levels above it: there are 8^shardLevels shards.
   * @returns A shard that may begin higher and then covers more, if there is little around.
   */
  shard(prefix: number, shardLevels = SHARD_LEVELS): SetShard {
    return cutShard(this.shape, this.#top, prefix, shardLevels)
  }

  /**
   * The whole set in its published form.
   *
   * @throws TypeError for a shape whose values are not whole bytes, up to six.
   */
  publish(): PublishedSet {
    return publishBlock(this.shape, this.#top)
  }
}

/**
 * Builds what lies under one prefix, so that several threads can build a set. The result is plain
 * data that can be sent, and only for {@link SortedSet.from}.
 *
 * @param prefix - As {@link shardPrefix} gives it for all of the values.
 * @throws ZerocardError as {@link SortedSet.from}, and with `SET_INVALID` for values of another prefix.
 */
export function buildPart(shape: SetShape, prefix: number, values: Iterable<bigint>): SetPart {
  assertShape(shape)
  const sorted = sortedUnique(shape, values)
  if (sorted.some((value) => shardPrefix(shape, value) !== prefix)) {
    throw invalid('a value is not in the part')
  }
  const place = { height: shape.bucketLevels - SHARD_LEVELS, index: prefix }
  return { place, block: buildBlock(shape, place, sorted) }
}

/**
 * The proof {@link SortedSet.prove} would give, made from a shard.
 *
 * @param root - From a source that is trusted apart from the shard, like a signed document.
 * @throws ZerocardError with `SET_INVALID` if the shard is malformed, does not cover the value or
 * does not belong to the root, and with `SET_FULL` if it holds more than any set could.
 */
export function proveFromShard(
  shape: SetShape,
  root: bigint,
  shard: SetShard,
  value: bigint,
): SetProof {
  assertShape(shape)
  assertInDomain(shape, value)
  return toProof(value, pathFromShard(shape, root, shard, value))
}

/**
 * Opens a set as {@link SortedSet.publish} makes it. Only what a proof needs is hashed.
 *
 * @param root - From a source that is trusted apart from the set, like a signed document.
 * @returns The proof {@link SortedSet.prove} would give; it throws ZerocardError with `SET_INVALID`
 *   for a value outside the domain, or in a part of the set that is not of the root.
 * @throws ZerocardError with `SET_INVALID` if it is malformed or does not belong to the root.
 */
export function openSet(shape: SetShape, root: bigint, json: unknown): (value: bigint) => SetProof {
  assertShape(shape)
  const pathOf = openPublished(shape, root, json)
  return (value) => {
    assertInDomain(shape, value)
    return toProof(value, pathOf(value))
  }
}

/**
 * Checks a proof as the circuit does: the run brackets the value and is connected to the root.
 */
export function checkSetProof(
  shape: SetShape,
  root: bigint,
  value: bigint,
  proof: SetProof,
): boolean {
  return (
    hasProofForm(shape, proof) &&
    isBracketed(value, proof) &&
    leadsTo(root, poseidon(proof.run), proof.children)
  )
}

function hasProofForm(shape: SetShape, { run, index, children }: SetProof): boolean {
  const isIndex = Number.isInteger(index) && index >= 0 && index < RUN_LENGTH - 1
  const limit = 2n ** BigInt(shape.valueBits + 1)
  return (
    isIndex &&
    run.length === RUN_LENGTH &&
    run.every((key) => key >= 0n && key <= limit) &&
    children.length === shape.levels &&
    children.every((nodes) => nodes.length === ARITY && nodes.every(isField))
  )
}

function isBracketed(value: bigint, { run, index, found }: SetProof): boolean {
  const [low = 0n, high = 0n] = run.slice(index, index + 2)
  const key = keyOf(value)
  return low <= key && key < high && found === (low === key)
}

function toProof(value: bigint, { run, children }: BlockPath): SetProof {
  const key = keyOf(value)
  const index = countBelow(run, key + 1n) - 1
  return { run, index, children, found: run[index] === key }
}

function sortedUnique(shape: SetShape, values: Iterable<bigint>): bigint[] {
  const sorted = Array.from(values)
  for (const value of sorted) assertInDomain(shape, value)
  sorted.sort(ascending)
  if (sorted.some((value, i) => value === sorted[i - 1])) throw invalid('a value is given twice')
  return sorted
}

function assertInDomain(shape: SetShape, value: bigint): void {
  if (!isInDomain(shape, value)) {
    throw invalid(`a value is no integer from 0 to 2^${shape.valueBits} - 1`)
  }
}

function isInDomain(shape: SetShape, value: bigint): boolean {
  return typeof value === 'bigint' && value >= 0n && value >> BigInt(shape.valueBits) === 0n
}

function assertShape({ valueBits, levels, bucketLevels }: SetShape): void {
  const areIntegers = [valueBits, levels, bucketLevels].every(Number.isSafeInteger)
  const fits = bucketLevels >= 0 && bucketLevels <= levels && 3 * bucketLevels <= valueBits
  if (!areIntegers || !fits || levels < 1 || valueBits > 250)
    throw new TypeError('no such shape of a set')
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('SET_INVALID', `set: ${message}`)
}
