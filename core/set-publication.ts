import * as z from './zod.ts'
import { fromBase64url, toBase64url } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import { parseField } from './field.ts'
import { readWith } from './json.ts'
import {
  blockPath,
  blockSize,
  blockValues,
  buildBlock,
  childAt,
  childHashes,
  childPlace,
} from './set-block.ts'
import type { Block } from './set-block.ts'
import { hashPublic } from './set-hash.ts'
import { leafCapacity, placeRange } from './set-leaf.ts'
import type { BlockPath, Place, SetShape } from './set-leaf.ts'
import { SHARD_LEVELS, topPlace } from './set-shard.ts'
import { ARITY } from './tree.ts'

/**
 * All values of a set in one text, with the hashes by which one part of it can be proved without
 * hashing the others. JSON.
 */
export interface PublishedSet {
  /** Ascending, each of `valueBits / 8` bytes, the highest first; base64url. */
  readonly values: string
  /**
   * The 8 children of each node that is divided, of the first {@link SHARD_LEVELS} levels: a node
   * comes before those below it. Integers as decimal strings.
   */
  readonly nodes: readonly (readonly string[])[]
}

/** A set of at most so many values is published, and asked for, as a whole; a larger one by shards. */
export const WHOLE_SET_SIZE = 65_536

/** Characters of the largest: its values, 9 nodes of 8 numbers, and what JSON needs. */
export const MAX_SET_BYTES = Math.ceil((WHOLE_SET_SIZE * 5 * 4) / 3) + 16 * 1024

const publishedShape = z.strictObject({
  values: z.string(),
  nodes: z
    .array(z.array(z.string()).check(z.length(ARITY)))
    .check(z.maxLength(ARITY ** (SHARD_LEVELS - 1) + 1)),
})

/** A part of a set that is not divided in what was published. */
interface Part {
  readonly place: Place
  /** Of its values among all. */
  readonly from: number
  readonly to: number
  readonly hash: bigint
  /** The children of the nodes above, lowest first. */
  readonly above: readonly (readonly bigint[])[]
}

/** @throws TypeError for a shape whose values are not whole bytes, up to six. */
export function publishBlock(shape: SetShape, top: Block): PublishedSet {
  const width = widthOf(shape)
  const bytes = new Uint8Array(width * blockSize(top))
  let at = 0
  for (const value of blockValues(top)) {
    writeNumber(bytes.subarray(at, at + width), Number(value))
    at += width
  }
  return { values: toBase64url(bytes), nodes: nodesBelow(top, SHARD_LEVELS) }
}

/**
 * Reads a set and connects its parts to the root. Which part somebody is going to ask for has no
 * influence on whether it is taken.
 *
 * @param root - From a source that is trusted apart from the set, like a signed document.
 * @returns The path of any value; it throws `SET_INVALID` if the part with the value is not the one
 *   that the root stands for.
 * @throws ZerocardError with `SET_INVALID` if the text is no set or does not belong to the root.
 */
export function openPublished(
  shape: SetShape,
  root: bigint,
  json: unknown,
): (value: bigint) => BlockPath {
  const published = readWith(publishedShape, json, 'SET_INVALID', 'set')
  const values = numbersIn(published.values, widthOf(shape))
  const nodes = published.nodes.map((children) => children.map(integer))
  const parts = partsOf(shape, root, values, nodes)
  const [first] = parts
  // Of one that is not divided nothing else is connected to the root.
  const whole = first && parts.length === 1 ? blockOf(shape, values, first) : undefined
  return (value) => {
    const part = parts.find(({ place }) => value < placeRange(shape, place)[1])
    if (part === undefined) throw invalid('does not cover the value')
    const below = blockPath(shape, part.place, whole ?? blockOf(shape, values, part), value)
    return { run: below.run, children: [...below.children, ...part.above] }
  }
}

function nodesBelow(block: Block, levels: number): (readonly string[])[] {
  if (block.kind === 'leaf' || levels === 0) return []
  const below = Array.from({ length: ARITY }, (_, i) => nodesBelow(childAt(block, i), levels - 1))
  return [childHashes(block).map(String), ...below.flat()]
}

function partsOf(
  shape: SetShape,
  root: bigint,
  values: readonly number[],
  nodes: readonly (readonly bigint[])[],
): readonly Part[] {
  let used = 0
  const divide = (part: Part): Part[] => {
    const { place, from, to, hash, above } = part
    const isLeaf = place.height === 0 || to - from <= leafCapacity(shape)
    if (isLeaf || above.length === SHARD_LEVELS) return [part]
    const children = nodes[used++]
    if (children === undefined || hashPublic(children) !== hash) throw invalid('is not of the root')
    return children.flatMap((child, i) => {
      const below = childPlace(place, i)
      const [low, high] = placeRange(shape, below).map(Number)
      const bounds = { from: countBelow(values, low), to: countBelow(values, high) }
      return divide({ place: below, ...bounds, hash: child, above: [children, ...above] })
    })
  }
  const all = { place: topPlace(shape), from: 0, to: values.length, hash: root, above: [] }
  const parts = divide(all)
  if (used !== nodes.length) throw invalid('has nodes that nothing is below')
  return parts
}

function blockOf(shape: SetShape, values: readonly number[], part: Part): Block {
  const { place, from, to, hash } = part
  const block = buildBlock(shape, place, values.slice(from, to).map(BigInt))
  if (block.hash !== hash) throw invalid('has values that are not of the root')
  return block
}

/** So many numbers are below a limit. */
function countBelow(values: readonly number[], limit = 0): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? limit) < limit) low = middle + 1
    else high = middle
  }
  return low
}

function numbersIn(text: string, width: number): number[] {
  const bytes = bytesIn(text)
  if (bytes.length % width !== 0) throw invalid('ends within a value')
  let previous = -1
  return Array.from({ length: bytes.length / width }, (_, i) => {
    const value = readNumber(bytes, width * i, width)
    if (value <= previous) throw invalid('values are not ascending')
    previous = value
    return value
  })
}

function bytesIn(text: string): Uint8Array {
  try {
    return fromBase64url(text)
  } catch (cause) {
    throw invalid('expected base64url', { cause })
  }
}

function integer(text: string): bigint {
  try {
    return parseField(text)
  } catch (cause) {
    throw invalid('expected field elements as decimal strings', { cause })
  }
}

/** Six bytes are the most that a number holds exactly. */
function widthOf({ valueBits }: SetShape): number {
  if (valueBits % 8 === 0 && valueBits <= 48) return valueBits / 8
  throw new TypeError('values are not of up to six whole bytes')
}

function writeNumber(bytes: Uint8Array, value: number): void {
  let rest = value
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}

function readNumber(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < width; i++) value = 256 * value + (bytes[at + i] ?? 0)
  return value
}

function invalid(message: string, options?: ErrorOptions): ZerocardError {
  return new ZerocardError('SET_INVALID', `set: ${message}`, options)
}
