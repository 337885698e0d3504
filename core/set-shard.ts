import * as z from './zod.ts'
import { ZerocardError } from './errors.ts'
import { parseField } from './field.ts'
import { readWith } from './json.ts'
import {
  blockPath,
  blockValues,
  buildBlock,
  childAt,
  childHashes,
  childPlace,
  leadsTo,
} from './set-block.ts'
import type { Block } from './set-block.ts'
import { placeRange } from './set-leaf.ts'
import type { BlockPath, Place, SetShape } from './set-leaf.ts'
import { ARITY } from './tree.ts'

/**
 * One block of a set with what connects it to the root: enough to make the proof of any value in
 * its range, and no more telling than that range. JSON, integers as decimal strings.
 */
export interface SetShard {
  /** The first 3 * shardLevels bits of every value in the block, as an integer. */
  readonly prefix: number
  /** Levels above the block. */
  readonly shardLevels: number
  /** Ascending. */
  readonly values: readonly string[]
  /** The 8 children of each node above the block, lowest first. */
  readonly path: readonly (readonly string[])[]
}

/** With two levels above it a shard is one of 64. */
export const SHARD_LEVELS = 2

const shardShape = z.strictObject({
  prefix: z.int().check(z.nonnegative()),
  shardLevels: z.int().check(z.nonnegative()),
  values: z.array(z.string()),
  path: z.array(z.array(z.string()).check(z.length(ARITY))),
})

/**
 * Reads the outside of a shard; what it claims about a root is checked where it is used.
 *
 * @throws ZerocardError with `SET_INVALID`.
 */
export function parseShard(json: unknown): SetShard {
  return readWith(shardShape, json, 'SET_INVALID', 'shard')
}

/** The shard to ask for: its prefix says that much about the value and no more. */
export function shardPrefix(shape: SetShape, value: bigint, shardLevels = SHARD_LEVELS): number {
  return Number(value >> BigInt(shape.valueBits - 3 * shardLevels))
}

/** Cuts a shard out of a set. A sparse neighbourhood comes in one piece, with fewer levels above. */
export function cutShard(
  shape: SetShape,
  top: Block,
  prefix: number,
  shardLevels: number,
): SetShard {
  assertShardPlace(shape, prefix, shardLevels)
  let [block, place] = [top, topPlace(shape)]
  const path: string[][] = []
  while (block.kind === 'branch' && path.length < shardLevels) {
    const child = Math.floor(prefix / ARITY ** (shardLevels - path.length - 1)) % ARITY
    path.unshift(childHashes(block).map(String))
    place = childPlace(place, child)
    block = childAt(block, child)
  }
  const values = Array.from(blockValues(block), String)
  return { prefix: place.index, shardLevels: path.length, values, path }
}

/**
 * Rebuilds a block from its values, checks that it belongs to the root and makes the path of a
 * value, as the whole set would.
 *
 * @param root - From a source that is trusted apart from the shard, like a signed document.
 * @throws ZerocardError with `SET_INVALID` if the shard does not cover the value or is not of this
 * root.
 */
export function pathFromShard(
  shape: SetShape,
  root: bigint,
  shard: SetShard,
  value: bigint,
): BlockPath {
  const place = { height: shape.bucketLevels - shard.shardLevels, index: shard.prefix }
  const [low, high] = placeRange(shape, place)
  if (value < low || value >= high) throw invalid('does not cover the value')
  const block = buildBlock(shape, place, shardValues(shard, low, high))
  // The borders in the hash of a block say where it belongs, so the path need not.
  const above = shard.path.map((children) => children.map(integer))
  if (!leadsTo(root, block.hash, above)) throw invalid('does not belong to the root')
  const below = blockPath(shape, place, block, value)
  return { run: below.run, children: [...below.children, ...above] }
}

/** The place of the whole set. */
export function topPlace(shape: SetShape): Place {
  return { height: shape.bucketLevels, index: 0 }
}

function shardValues(shard: SetShard, low: bigint, high: bigint): bigint[] {
  let previous = low - 1n
  return shard.values.map((text) => {
    const value = integer(text)
    if (value <= previous || value >= high) throw invalid('values are not ascending in the block')
    previous = value
    return value
  })
}

function integer(text: string): bigint {
  try {
    return parseField(text)
  } catch (cause) {
    throw invalid('expected field elements as decimal strings', { cause })
  }
}

function assertShardPlace(shape: SetShape, prefix: number, shardLevels: number): void {
  const isLevel = Number.isInteger(shardLevels) && shardLevels >= 0
  if (!isLevel || shardLevels > shape.bucketLevels) {
    throw new TypeError(`a shard has 0 to ${shape.bucketLevels} levels above it`)
  }
  if (!Number.isInteger(prefix) || prefix < 0 || prefix >= ARITY ** shardLevels) {
    throw new TypeError(`there are ${ARITY ** shardLevels} shards`)
  }
}

function invalid(message: string, options?: ErrorOptions): ZerocardError {
  return new ZerocardError('SET_INVALID', `shard: ${message}`, options)
}
