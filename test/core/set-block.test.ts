import fc from 'fast-check'
import { poseidon16 } from 'poseidon-lite/poseidon16'
import { poseidon8 } from 'poseidon-lite/poseidon8'
import { describe, expect, test } from 'vitest'
import type { SetShape } from '../../core/set-leaf.ts'
import { SortedSet } from '../../core/sorted-set.ts'

/** 64 buckets of 8 values, one run place each. */
const SMALL: SetShape = { valueBits: 9, levels: 2, bucketLevels: 2 }
/** 8 buckets of 512 values, 8 run places each. */
const WIDE: SetShape = { valueBits: 12, levels: 2, bucketLevels: 1 }
const LOOKUP: SetShape = { valueBits: 120, levels: 2, bucketLevels: 0 }

/**
 * The root in the plainest way: all run places of the tree in one list, hashed level by level. An
 * aligned group of buckets has its runs at its first places, if they are no more than one bucket
 * has, and else in the eighths of it.
 */
function modelRoot(shape: SetShape, values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1))
  let nodes = Array<bigint>(8 ** shape.levels).fill(0n)
  placeRuns(shape, nodes, sorted, 0n, 2n ** BigInt(shape.valueBits), 0)
  while (nodes.length > 1) {
    nodes = Array.from({ length: nodes.length / 8 }, (_, i) =>
      poseidon8(nodes.slice(8 * i, 8 * i + 8)),
    )
  }
  return nodes[0] ?? 0n
}

function placeRuns(
  shape: SetShape,
  places: bigint[],
  values: readonly bigint[],
  low: bigint,
  high: bigint,
  depth: number,
): void {
  const inside = values.filter((value) => value >= low && value < high)
  const span = (high - low) / 8n
  const capacity = 15 * 8 ** (shape.levels - shape.bucketLevels) - 1
  if (inside.length > capacity && depth < shape.bucketLevels) {
    for (let i = 0n; i < 8n; i++) {
      placeRuns(shape, places, inside, low + i * span, low + (i + 1n) * span, depth + 1)
    }
    return
  }
  const items = [2n * low, ...inside.map((value) => 2n * value + 1n), 2n * high]
  const first = Number((low * BigInt(places.length)) / 2n ** BigInt(shape.valueBits))
  for (let at = 0; at < items.length - 1; at += 15) {
    const run = Array.from({ length: 16 }, (_, i) => items[at + i] ?? 2n * high)
    places[first + at / 15] = poseidon16(run)
  }
}

function subset(shape: SetShape, maxLength: number): fc.Arbitrary<bigint[]> {
  const value = fc.bigInt({ min: 0n, max: 2n ** BigInt(shape.valueBits) - 1n })
  return fc.uniqueArray(value, { maxLength })
}

describe('the root', () => {
  test.each([
    ['many small buckets', SMALL, 60, 6],
    ['few large buckets', WIDE, 300, 3],
    ['one bucket', LOOKUP, 100, 4],
  ] as const)('is that of the plain model: %s', (_, shape, maxLength, numRuns) => {
    fc.assert(
      fc.property(
        subset(shape, maxLength),
        (values) => SortedSet.from(shape, values).root === modelRoot(shape, values),
      ),
      { numRuns },
    )
  })

  test.each([0, 1, 13, 14, 15, 28, 29, 30, 44, 119, 120, 170])(
    'is that of the model with %i values',
    (count) => {
      const values = Array.from({ length: count }, (_, i) => BigInt(100 + 5 * i))
      expect(SortedSet.from(WIDE, values).root).toBe(modelRoot(WIDE, values))
    },
  )
})
