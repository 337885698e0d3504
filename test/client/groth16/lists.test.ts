import { beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../../client/groth16/engine.ts'
import { KINDS, numbersFrom, startEngineOf } from './engine-world.ts'

/** Found again where something is written that should not be. */
const UNTOUCHED = 0x7e7e_7e7e

describe.each(KINDS)('lists of the %s engine', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngineOf(kind)
  })

  /** Words in memory, and a few behind them that nobody may write to. */
  function words(values: readonly number[]): { address: number; read: () => number[] } {
    const address = engine.allocate(4 * (values.length + 4))
    engine.words(address, values.length + 4).set([...values, ...Array<number>(4).fill(UNTOUCHED)])
    const read = (): number[] => {
      const all = [...engine.words(address, values.length + 4)]
      expect(all.slice(values.length)).toEqual(Array(4).fill(UNTOUCHED))
      return all.slice(0, values.length)
    }
    return { address, read }
  }
  function digitsAt(digits: readonly number[]): number {
    const address = engine.allocate(2 * digits.length)
    digits.forEach((digit, i) => {
      engine.bytes(address + 2 * i, 2).set([digit & 0xff, (digit >> 8) & 0xff])
    })
    return address
  }

  const next = numbersFrom(11)
  const random = (length: number, buckets: number): number[] =>
    Array.from({ length }, () => Number(next(BigInt(2 * buckets - 1))) - (buckets - 1))
  const DIGITS: (readonly [name: string, buckets: number, digits: readonly number[]])[] = [
    ['none', 3, []],
    ['zeros', 3, [0, 0, 0]],
    ['one bucket with both signs', 3, [2, -2, 2, 2, -2]],
    ['the largest that there are', 16_385, [16_384, -16_384, 0, 1, -1, 16_384]],
    ['many', 33, random(500, 33)],
  ]

  test.each(DIGITS)('each point goes to the bucket of its digit: %s', (_, buckets, digits) => {
    engine.temporarily(() => {
      const at = digitsAt(digits)
      const counts = words(Array<number>(buckets).fill(0))
      engine.call['buckets_count']!(at, digits.length, counts.address)
      const members = Array.from({ length: buckets }, (_, bucket) =>
        digits.flatMap((digit, i) => (Math.abs(digit) === bucket ? [i] : [])),
      )
      expect(counts.read()).toEqual(members.map(({ length }) => length))

      const filled = members.slice(1)
      const references = words(filled.flat().map(() => 0))
      let end = references.address
      const starts = [0, ...filled].map((list) => {
        const start = end
        if (Array.isArray(list)) end += 4 * list.length
        return start
      })
      const ends = words(starts)
      engine.call['buckets_fill']!(at, digits.length, ends.address, 8_000, 80)
      expect(references.read()).toEqual(
        filled.flat().map((i) => 8_000 + 80 * i + (digits[i]! < 0 ? 1 : 0)),
      )
      expect(ends.read()).toEqual([starts[0], ...starts.slice(2), end])
    })
  })

  test.each([
    ['no list', []],
    ['empty ones', [0, 0, 0]],
    ['one of each length', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['single ones', [1, 1, 1, 1]],
    ['long ones', [100, 0, 301, 1, 64]],
  ] as const)('neighbours become pairs, and their sums take their place: %s', (_, lengths) => {
    engine.temporarily(() => {
      let number = 0
      const lists = lengths.map((length) => Array.from({ length }, () => 1_000 + 3 * number++))
      const references = words(lists.flat())
      const counts = words(lengths)
      const expectedPairs: number[] = []
      const expected = lists.map((list) =>
        Array.from({ length: Math.ceil(list.length / 2) }, (_, i) => {
          const [first, second] = list.slice(2 * i, 2 * i + 2)
          if (second === undefined) return first
          expectedPairs.push(first!, second)
          return 90_000 + 160 * (expectedPairs.length / 2 - 1)
        }),
      )
      const pairs = words(expectedPairs.map(() => 0))
      const halve = engine.call['lists_halve']!
      const made = halve(
        ...[references.address, counts.address, lists.length],
        ...[pairs.address, 90_000, 160],
      )
      expect(made).toBe(expectedPairs.length / 2)
      expect(pairs.read()).toEqual(expectedPairs)
      expect(counts.read()).toEqual(expected.map(({ length }) => length))
      const left = expected.flat()
      expect(references.read().slice(0, left.length)).toEqual(left)
    })
  })
})
