import fc from 'fast-check'
import { poseidon16 } from 'poseidon-lite/poseidon16'
import { poseidon8 } from 'poseidon-lite/poseidon8'
import { describe, expect, test } from 'vitest'
import { countBelow, leafPath, makeLeaf, placeRange } from '../../core/set-leaf.ts'
import type { SetShape } from '../../core/set-leaf.ts'
import { refusal } from '../support/refusal.ts'

/** One bucket of 8 run places. */
const SHAPE: SetShape = { valueBits: 10, levels: 1, bucketLevels: 0 }
const PLACE = { height: 0, index: 0 }

describe('a leaf', () => {
  test('without values is one run from border to border', () => {
    const run = [0n, ...Array<bigint>(15).fill(2048n)]
    const leaf = makeLeaf(SHAPE, PLACE, [])
    expect(leaf.hash).toBe(poseidon8([poseidon16(run), 0n, 0n, 0n, 0n, 0n, 0n, 0n]))
    expect(leafPath(SHAPE, PLACE, leaf, 5n).run).toEqual(run)
  })

  test('has runs that overlap by one, the last one filled up with the border', () => {
    const values = Array.from({ length: 20 }, (_, i) => BigInt(10 * i))
    const leaf = makeLeaf(SHAPE, PLACE, values)
    const keys = [0n, ...values.map((value) => 2n * value + 1n), ...Array<bigint>(15).fill(2048n)]
    const runs = [keys.slice(0, 16), keys.slice(15, 31)]
    expect(leaf.nodes[0]).toEqual(runs.map((run) => poseidon16(run)))
    expect(leafPath(SHAPE, PLACE, leaf, 139n).run).toEqual(runs[0])
    expect(leafPath(SHAPE, PLACE, leaf, 140n).run).toEqual(runs[1])
  })

  test('takes from another leaf only what it has in common with it', () => {
    const values = Array.from({ length: 46 }, (_, i) => BigInt(3 * i))
    const fresh = makeLeaf(SHAPE, PLACE, values)
    for (const i of values.keys()) {
      const previous = makeLeaf(SHAPE, PLACE, values.toSpliced(i, 1))
      expect(makeLeaf(SHAPE, PLACE, values, previous)).toEqual(fresh)
    }
  })

  test('holds 119 values in 8 run places', () => {
    const values = Array.from({ length: 120 }, (_, i) => BigInt(i))
    expect(refusal(() => makeLeaf(SHAPE, PLACE, values.slice(1)))).toBeUndefined()
    expect(refusal(() => makeLeaf(SHAPE, PLACE, values))).toBe('SET_FULL')
  })
})

test('the ranges of neighbouring places meet', () => {
  const shape = { valueBits: 10, levels: 3, bucketLevels: 2 }
  expect(placeRange(shape, { height: 2, index: 0 })).toEqual([0n, 1024n])
  expect(placeRange(shape, { height: 1, index: 7 })).toEqual([896n, 1024n])
  expect(placeRange(shape, { height: 0, index: 0 })).toEqual([0n, 16n])
  expect(placeRange(shape, { height: 0, index: 63 })).toEqual([1008n, 1024n])
})

test('counting below a limit is a search, not a guess', () => {
  const subset = fc.uniqueArray(fc.bigInt({ min: 0n, max: 511n }), { maxLength: 20 })
  fc.assert(
    fc.property(subset, fc.bigInt({ min: -1n, max: 513n }), (values, limit) => {
      const sorted = [...values].sort((a, b) => (a < b ? -1 : 1))
      expect(countBelow(sorted, limit)).toBe(sorted.filter((value) => value < limit).length)
    }),
  )
})
