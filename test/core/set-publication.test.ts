import { describe, expect, test } from 'vitest'
import { toBase64url } from '../../core/bytes.ts'
import type { SetShape } from '../../core/set-leaf.ts'
import {
  LOOKUP_SHAPE,
  MAX_SET_BYTES,
  REVOCATION_SHAPE,
  SortedSet,
  WHOLE_SET_SIZE,
  checkSetProof,
  openSet,
} from '../../core/sorted-set.ts'
import { refusal } from '../support/refusal.ts'

/** 512 buckets of 128 values, 14 of which fit: 60 close together are divided twice. */
const SHAPE: SetShape = { valueBits: 16, levels: 3, bucketLevels: 3 }
const VALUES = Array.from({ length: 60 }, (_, i) => BigInt(7168 + 31 * i))
const set = SortedSet.from(SHAPE, VALUES)
const published = overTheWire(set)

function overTheWire(of: SortedSet): { values: string; nodes: string[][] } {
  return JSON.parse(JSON.stringify(of.publish())) as { values: string; nodes: string[][] }
}

describe('a published set', () => {
  test.each([...VALUES.slice(0, 6), 0n, 1n, 7167n, 7169n, 8191n, 8192n, 40_000n, 65_535n])(
    'gives the proof of %s that the set gives',
    (value) => {
      const proof = openSet(SHAPE, set.root, published)(value)
      expect(proof).toEqual(set.prove(value))
      expect(checkSetProof(SHAPE, set.root, value, proof)).toBe(true)
    },
  )

  test.each([0, 1, 119, 120, 952, 953])('does so with %i revoked numbers', (size) => {
    const values = Array.from({ length: size }, (_, i) => (BigInt(i) * 0x9e37_79b9n) % 2n ** 40n)
    const all = SortedSet.from(REVOCATION_SHAPE, values)
    const proofOf = openSet(REVOCATION_SHAPE, all.root, overTheWire(all))
    for (const value of [0n, 1n, 2n ** 39n, 2n ** 40n - 1n, ...values.slice(-2)]) {
      expect(proofOf(value)).toEqual(all.prove(value))
    }
  })

  test('of the largest size that is published whole fits into what is read', () => {
    const values = toBase64url(new Uint8Array(5 * WHOLE_SET_SIZE))
    const numbers = Array<string>(8).fill('9'.repeat(77))
    const nodes = Array<string[]>(9).fill(numbers)
    expect(JSON.stringify({ values, nodes }).length).toBeLessThan(MAX_SET_BYTES)
  })

  test('has values of whole bytes', () => {
    expect(() => SortedSet.from(LOOKUP_SHAPE, [5n]).publish()).toThrow(TypeError)
  })

  test('is asked about values of its domain', () => {
    const proofOf = openSet(SHAPE, set.root, published)
    for (const value of [-1n, 65_536n]) {
      expect(refusal(() => proofOf(value))).toBe('SET_INVALID')
    }
  })
})

describe('a published set is refused', () => {
  const [root = [], ...below] = published.nodes
  const other = overTheWire(SortedSet.from(SHAPE, VALUES.slice(1)))
  const opened = (json: unknown) => refusal(() => openSet(SHAPE, set.root, json))

  test.each<[string, unknown]>([
    ['of another root', other],
    ['without its nodes', { ...published, nodes: [] }],
    ['without the nodes below', { ...published, nodes: [root] }],
    ['with one more node', { ...published, nodes: [root, ...below, root] }],
    ['with nodes in another order', { ...published, nodes: [...below, root] }],
    ['with another number in a node', { ...published, nodes: [root.toReversed(), ...below] }],
    ['with a number that is none', { ...published, nodes: [root.map(() => '01'), ...below] }],
    ['with a node of seven', { ...published, nodes: [root.slice(1), ...below] }],
    ['with half a value', { ...published, values: `${published.values}AA` }],
    ['with padding', { ...published, values: `${published.values}==` }],
    ['with a value twice', { ...published, values: published.values + published.values.slice(-8) }],
    ['with another member', { ...published, more: 1 }],
    ['that is none', null],
  ])('%s', (_, json) => {
    expect(opened(json)).toBe('SET_INVALID')
  })

  test('where a value of the part is wrong, by everybody who opens it, and only there', () => {
    const bytes = Buffer.from(published.values, 'base64url')
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) + 1
    const proofOf = openSet(SHAPE, set.root, { ...published, values: toBase64url(bytes) })
    const last = VALUES.at(-1) ?? 0n
    expect(refusal(() => proofOf(last))).toBe('SET_INVALID')
    expect(proofOf(0n)).toEqual(set.prove(0n))
  })
})
