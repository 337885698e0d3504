import { describe, expect, test } from 'vitest'
import { REVOCATION_SHAPE, SortedSet, buildPart } from '../../../core/sorted-set.ts'
import type { SetShape } from '../../../core/sorted-set.ts'
import { buildSet } from '../../../server/issuer/set-threads.ts'
import { refusal, verdictOf } from '../../support/refusal.ts'

/** 512 buckets of 8 values, which hold 14 each if need be. */
const SHAPE: SetShape = { valueBits: 12, levels: 3, bucketLevels: 3 }
const THREADED = { threads: 2, fewest: 0 }

/** Distinct, in no order. */
function values(count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt((i * 1597) % 4096))
}

describe('a set that is built in threads', () => {
  test.each([0, 1, 15, 900])('of %i values is the same set', async (count) => {
    const set = await buildSet(SHAPE, values(count), THREADED)
    const alone = SortedSet.from(SHAPE, values(count))
    expect(set.root).toBe(alone.root)
    expect([...set.values()]).toEqual([...alone.values()])
    expect(set.insert(4095n).root).toBe(alone.insert(4095n).root)
    expect(set.prove(2000n)).toEqual(alone.prove(2000n))
  })

  test('is the same with any number of threads, also for the shape in use', async () => {
    const numbers = values(300).map((value) => value << 28n)
    const roots = [1, 3].map((threads) =>
      buildSet(REVOCATION_SHAPE, numbers, { threads, fewest: 0 }),
    )
    const { root } = SortedSet.from(REVOCATION_SHAPE, numbers)
    expect((await Promise.all(roots)).map((set) => set.root)).toEqual([root, root])
  })

  test('is refused like any other', async () => {
    const crowded = Array.from({ length: 15 }, (_, i) => BigInt(64 + i))
    const tight = { ...SHAPE, valueBits: 15 }
    for (const [shape, members, code] of [
      [SHAPE, [...values(50), 1597n], 'SET_INVALID'],
      [SHAPE, [...values(50), -1n], 'SET_INVALID'],
      [tight, crowded, 'SET_FULL'],
    ] as const) {
      expect(await verdictOf(() => buildSet(shape, members, THREADED))).toBe(code)
      expect(refusal(() => SortedSet.from(shape, members))).toBe(code)
    }
  })

  test('is built where it is wanted if there are no threads', async () => {
    const set = await buildSet(SHAPE, values(40), { threads: 0, fewest: 0 })
    expect(set.root).toBe(SortedSet.from(SHAPE, values(40)).root)
  })
})

describe('a part of a set', () => {
  test('has only values of its prefix', () => {
    expect(refusal(() => buildPart(SHAPE, 0, [63n]))).toBeUndefined()
    expect(refusal(() => buildPart(SHAPE, 0, [64n]))).toBe('SET_INVALID')
    expect(refusal(() => buildPart(SHAPE, 0, [1n, 1n]))).toBe('SET_INVALID')
  })

  test('of other values is not taken', () => {
    const members = values(500)
    const wrong = buildPart(SHAPE, 0, [1n])
    const { root } = SortedSet.from(SHAPE, members)
    expect(SortedSet.from(SHAPE, members, [wrong]).root).toBe(root)
  })
})
