import { hashPublic } from './set-hash.ts'
import { countBelow, leafCapacity, leafPath, makeLeaf, placeRange } from './set-leaf.ts'
import type { BlockPath, Leaf, Place, SetShape } from './set-leaf.ts'
import { ARITY } from './tree.ts'

/**
 * What a block holds. A block whose values fit into one bucket is one leaf, whatever its height: a
 * set of a few values has a few runs, not one for every bucket. Any other is divided, down to its
 * buckets if need be. Which of the two follows from the values alone, so a set has one root.
 */
export type Block = Leaf | Branch

interface Branch {
  readonly kind: 'branch'
  readonly hash: bigint
  readonly size: number
  readonly children: readonly Block[]
}

/** The child of a block that `value` belongs to, 0 to 7. */
export function childFor(shape: SetShape, place: Place, value: bigint): number {
  const [low] = placeRange(shape, place)
  const [, childSpan] = placeRange(shape, { height: place.height - 1, index: 0 })
  return Number((value - low) / childSpan)
}

export function childPlace({ height, index }: Place, child: number): Place {
  return { height: height - 1, index: ARITY * index + child }
}

/** A block that was built before, with its place. */
export interface PlacedBlock {
  readonly place: Place
  readonly block: Block
}

/**
 * @param values - Ascending, unique, all of them in the range of the place.
 * @param built - Blocks of the same values that need not be built again.
 * @throws ZerocardError with `SET_FULL` if a bucket has more values than run places can hold.
 */
export function buildBlock(
  shape: SetShape,
  place: Place,
  values: readonly bigint[],
  built: readonly PlacedBlock[] = [],
): Block {
  const found = built.find((part) => isSame(part.place, place))
  if (found && blockSize(found.block) === values.length) return found.block
  if (isLeaf(shape, place, values.length)) return makeLeaf(shape, place, values)
  return makeBranch(
    childValues(shape, place, values).map((part, child) =>
      buildBlock(shape, childPlace(place, child), part, built),
    ),
  )
}

/** The block with more values in it; what they do not touch is shared with the old one. */
export function extendBlock(
  shape: SetShape,
  place: Place,
  block: Block,
  added: readonly bigint[],
): Block {
  if (added.length === 0) return block
  if (block.kind === 'branch') {
    const parts = childValues(shape, place, added)
    return makeBranch(
      block.children.map((child, i) =>
        extendBlock(shape, childPlace(place, i), child, parts[i] ?? []),
      ),
    )
  }
  const values = [...block.values, ...added].sort(ascending)
  if (isLeaf(shape, place, values.length)) return makeLeaf(shape, place, values, block)
  return buildBlock(shape, place, values)
}

/** The path of a value that lies in the range of the place, whether or not it is in the block. */
export function blockPath(shape: SetShape, place: Place, block: Block, value: bigint): BlockPath {
  if (block.kind === 'leaf') return leafPath(shape, place, block, value)
  const child = childFor(shape, place, value)
  const below = blockPath(shape, childPlace(place, child), childAt(block, child), value)
  return { run: below.run, children: [...below.children, childHashes(block)] }
}

/**
 * Whether a hash is connected to the root: each node is among the children of the next. Where among
 * them needs no check: only the maker of the set decides what is under a root.
 */
export function leadsTo(
  root: bigint,
  start: bigint,
  children: readonly (readonly bigint[])[],
): boolean {
  let hash = start
  for (const nodes of children) {
    if (!nodes.includes(hash)) return false
    hash = hashPublic(nodes)
  }
  return hash === root
}

export function childAt(block: Branch, child: number): Block {
  const found = block.children[child]
  if (!found) throw new TypeError('a block has 8 children')
  return found
}

export function childHashes(block: Branch): bigint[] {
  return block.children.map((child) => child.hash)
}

export function* blockValues(block: Block): Generator<bigint, void> {
  if (block.kind === 'leaf') yield* block.values
  else for (const child of block.children) yield* blockValues(child)
}

export function blockSize(block: Block): number {
  return block.kind === 'leaf' ? block.values.length : block.size
}

/** Sort order of values. */
export function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isSame(a: Place, b: Place): boolean {
  return a.height === b.height && a.index === b.index
}

function isLeaf(shape: SetShape, { height }: Place, size: number): boolean {
  return height === 0 || size <= leafCapacity(shape)
}

function makeBranch(children: readonly Block[]): Branch {
  const size = children.reduce((sum, child) => sum + blockSize(child), 0)
  return { kind: 'branch', hash: hashPublic(children.map((child) => child.hash)), size, children }
}

function childValues(
  shape: SetShape,
  place: Place,
  values: readonly bigint[],
): (readonly bigint[])[] {
  return Array.from({ length: ARITY }, (_, child) => {
    const [low, high] = placeRange(shape, childPlace(place, child))
    return values.slice(countBelow(values, low), countBelow(values, high))
  })
}
