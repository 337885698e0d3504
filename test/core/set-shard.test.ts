import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import type { SetShape } from '../../core/set-leaf.ts'
import { parseShard, shardPrefix } from '../../core/set-shard.ts'
import type { SetShard } from '../../core/set-shard.ts'
import { LOOKUP_SHAPE, SortedSet, checkSetProof, proveFromShard } from '../../core/sorted-set.ts'
import { refusal } from '../support/refusal.ts'

/** 512 buckets of 128 values, 14 of which fit; a shard with two levels above it has 8 of them. */
const SHAPE: SetShape = { valueBits: 16, levels: 3, bucketLevels: 3 }
const VALUES = Array.from({ length: 60 }, (_, i) => BigInt(7168 + 31 * i))
const set = SortedSet.from(SHAPE, VALUES)
const value = VALUES[7] ?? 0n
const absent = value + 1n
const shard = shardOf(value)

function shardOf(x: bigint): SetShard {
  return parseShard(JSON.parse(JSON.stringify(set.shard(shardPrefix(SHAPE, x)))))
}

describe('a shard', () => {
  test.each(
    [...VALUES.slice(0, 6), absent, 0n, 1n, 7167n, 7168n, 8191n, 8192n, 40_000n].map((x) => [
      String(x),
    ]),
  )('gives the proof of %s that the set gives', (text) => {
    const x = BigInt(text)
    const proof = proveFromShard(SHAPE, set.root, shardOf(x), x)
    expect(proof).toEqual(set.prove(x))
    expect(checkSetProof(SHAPE, set.root, x, proof)).toBe(true)
  })

  test('tells the start of the value and holds no value of another', () => {
    expect(shard.prefix).toBe(Number(value / 1024n))
    expect(shard.values.every((text) => BigInt(text) / 1024n === value / 1024n)).toBe(true)
    expect(shard.path).toHaveLength(2)
  })

  test('of a sparse neighbourhood covers all of it', () => {
    const far = shardOf(60_000n)
    expect(far).toMatchObject({ prefix: 7, shardLevels: 1, values: [] })
    const empty = SortedSet.from(SHAPE, [])
    const all = empty.shard(63)
    expect(all).toEqual({ prefix: 0, shardLevels: 0, values: [], path: [] })
    expect(proveFromShard(SHAPE, empty.root, all, 5n).found).toBe(false)
  })

  test('can be the whole set or one bucket', () => {
    for (const levels of [0, 1, 3]) {
      const part = set.shard(shardPrefix(SHAPE, value, levels), levels)
      expect(proveFromShard(SHAPE, set.root, part, value)).toEqual(set.prove(value))
    }
    const lookup = SortedSet.from(LOOKUP_SHAPE, [5n, 7n])
    expect(proveFromShard(LOOKUP_SHAPE, lookup.root, lookup.shard(0, 0), 5n).found).toBe(true)
  })

  test('is asked for by its place only', () => {
    for (const [prefix, levels] of [
      [64, 2],
      [-1, 2],
      [0.5, 2],
      [0, 4],
      [0, -1],
      [0, NaN],
    ] as const) {
      expect(() => set.shard(prefix, levels)).toThrow(TypeError)
    }
  })
})

describe('proving from a shard', () => {
  const [first = [], second = []] = shard.path
  const changes: [string, Partial<SetShard>][] = [
    ['a value left out', { values: shard.values.slice(1) }],
    ['no values', { values: [] }],
    ['a value more', { values: [...shard.values, String((value / 1024n) * 1024n + 1023n)] }],
    ['a value changed', { values: [String(absent), ...shard.values.slice(1)] }],
    ['values out of order', { values: [...shard.values].reverse() }],
    ['a value twice', { values: [...shard.values.slice(0, 1), ...shard.values] }],
    ['a value of another shard', { values: ['0', ...shard.values] }],
    ['a value behind the shard', { values: [...shard.values, '65535'] }],
    ['a value that is no number', { values: ['x', ...shard.values] }],
    ['a value with a leading zero', { values: shard.values.map((text) => `0${text}`) }],
    ['another prefix', { prefix: shard.prefix + 1 }],
    ['a prefix out of range', { prefix: 64 }],
    ['other levels', { shardLevels: 1 }],
    ['more levels than the set', { shardLevels: 4, prefix: Number(value / 16n), values: [] }],
    ['levels without end', { shardLevels: 2 ** 53 - 1, prefix: 0 }],
    [
      'more levels and values',
      { shardLevels: 4, prefix: Number(value / 16n), values: [String(value)] },
    ],
    ['a shorter path', { path: [first] }],
    ['a longer path', { path: [first, second, second] }],
    ['a path upside down', { path: [second, first] }],
    ['a node changed', { path: [first, [...second.slice(0, 7), '1']] }],
    ['a node outside the field', { path: [first, [...second.slice(0, 7), String(FIELD_ORDER)]] }],
    ['own node elsewhere', { path: [[...first.slice(1), first[0] ?? ''], second] }],
  ]
  test.each(changes)('refuses %s', (_, change) => {
    const altered = { ...shard, ...change }
    expect(refusal(() => proveFromShard(SHAPE, set.root, altered, value))).toBe('SET_INVALID')
  })

  test('refuses another root', () => {
    const other = set.insert(65_000n)
    expect(refusal(() => proveFromShard(SHAPE, other.root, shard, value))).toBe('SET_INVALID')
  })

  test('refuses a value the shard does not cover', () => {
    for (const x of [value + 1024n, 65_535n, 0n, -1n, 2n ** 16n]) {
      expect(refusal(() => proveFromShard(SHAPE, set.root, shard, x))).toBe('SET_INVALID')
    }
  })
})

describe('reading a shard', () => {
  const refused: [string, unknown][] = [
    ['no object', null],
    ['a list', []],
    ['a missing member', { prefix: 0, shardLevels: 0, values: [] }],
    ['an unknown member', { ...shard, note: '' }],
    ['a number as value', { ...shard, values: [5] }],
    ['a text as prefix', { ...shard, prefix: '5' }],
    ['a negative prefix', { ...shard, prefix: -1 }],
    ['a fraction', { ...shard, shardLevels: 1.5 }],
    ['seven children', { ...shard, path: [shard.path[0]?.slice(1)] }],
    ['values that are no list', { ...shard, values: '5' }],
  ]
  test.each(refused)('refuses %s', (_, json) => {
    expect(refusal(() => parseShard(json))).toBe('SET_INVALID')
  })
})
