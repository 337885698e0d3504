import { describe, expect, test } from 'vitest'
import { fromBase64url, fromHex, toHex } from '../../core/bytes.ts'
import {
  EMPTY_LOG,
  addLeaf,
  frontierAt,
  leafHash,
  logRoot,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '../../core/log.ts'
import type { LogHash, LogWindow } from '../../core/log.ts'

// Inputs and roots of the test data that Certificate Transparency logs publish for RFC 6962 trees,
// which RFC 9162 has kept.
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

const leaves = (count: number): LogHash[] =>
  Array.from({ length: count }, (_, i) =>
    leafHash(fromHex(INPUTS[i] ?? i.toString(16).padStart(4, '0'))),
  )
const whole = (count: number): LogWindow => ({ base: EMPTY_LOG, leaves: leaves(count) })
const rootOf = (count: number) => logRoot(frontierAt(whole(count), count))
const head = (size: number) => ({ size, root: rootOf(size) })
const other = leafHash(fromHex('ff'))

describe('a log', () => {
  test('has the roots that are published for its first eight leaves', () => {
    for (const [size, root] of ROOTS.entries()) {
      expect(toHex(fromBase64url(rootOf(size)))).toBe(root)
    }
  })

  test('shows the published path of a leaf, and the published way from six leaves to eight', () => {
    const hex = (proof: readonly string[]) => proof.map((hash) => toHex(fromBase64url(hash)))
    expect(hex(proveInclusion(whole(8), 0, 8))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ])
    expect(hex(proveConsistency(whole(8), 6, 8))).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ])
  })

  test('shows every leaf, from every place that its end can begin at', () => {
    for (let size = 1; size <= 20; size++) {
      for (let index = 0; index < size; index++) {
        const proof = proveInclusion(whole(20), index, size)
        const leaf = leaves(20)[index]!
        expect(verifyInclusion(leaf, index, proof, head(size))).toBe(true)
        for (let base = 0; base <= index; base++) {
          const window = { base: frontierAt(whole(20), base), leaves: leaves(20).slice(base) }
          if (base % 4 === 0) expect(proveInclusion(window, index, size)).toEqual(proof)
        }
      }
    }
  })

  test('does not show another leaf, place, size, root or path', () => {
    for (const [index, size] of [
      [0, 1],
      [2, 7],
      [6, 7],
      [9, 20],
      [19, 20],
    ] as const) {
      const proof = proveInclusion(whole(20), index, size)
      const leaf = leaves(20)[index]!
      const judged = (...given: Parameters<typeof verifyInclusion>) => verifyInclusion(...given)
      expect(judged(other, index, proof, head(size))).toBe(false)
      expect(judged(leaf, index, proof, { size, root: other })).toBe(false)
      expect(judged(leaf, index, [...proof, other], head(size))).toBe(false)
      expect(judged(leaf, index, proof.slice(1), head(size))).toBe(proof.length === 0)
      for (let place = 0; place < 20; place++) {
        expect(judged(leaf, place, proof, head(size))).toBe(place === index)
      }
      for (const [i] of proof.entries()) {
        expect(judged(leaf, index, proof.with(i, other), head(size))).toBe(false)
      }
      for (const odd of [-1, 0.5, NaN, 2 ** 40]) {
        expect(judged(leaf, odd, proof, head(size))).toBe(false)
        expect(judged(leaf, index, proof, { ...head(size), size: odd })).toBe(false)
      }
    }
  })

  test('shows that it was only added to, between any two sizes', () => {
    for (let to = 0; to <= 20; to++) {
      for (let from = 0; from <= to; from++) {
        const proof = proveConsistency(whole(20), from, to)
        expect(verifyConsistency(head(from), head(to), proof)).toBe(true)
        const base = from - (from % 4)
        const window = { base: frontierAt(whole(20), base), leaves: leaves(20).slice(base) }
        expect(proveConsistency(window, from, to)).toEqual(proof)
      }
    }
  })

  test('does not show that of another beginning, end, size or proof', () => {
    for (const [from, to] of [
      [1, 2],
      [3, 7],
      [4, 8],
      [6, 8],
      [7, 20],
      [16, 20],
    ] as const) {
      const proof = proveConsistency(whole(20), from, to)
      const judged = (...given: Parameters<typeof verifyConsistency>) => verifyConsistency(...given)
      expect(judged({ size: from, root: other }, head(to), proof)).toBe(false)
      expect(judged(head(from), { size: to, root: other }, proof)).toBe(false)
      expect(judged(head(from), head(to), [...proof, other])).toBe(false)
      expect(judged(head(from), head(to), proof.slice(1))).toBe(false)
      expect(judged(head(to), head(from), proof)).toBe(false)
      for (const [i] of proof.entries()) {
        expect(judged(head(from), head(to), proof.with(i, other))).toBe(false)
      }
      for (let size = 0; size <= 20; size++) {
        expect(judged({ ...head(from), size }, head(to), proof)).toBe(size === from)
      }
    }
    expect(verifyConsistency({ size: 0, root: other }, head(3), [])).toBe(false)
    expect(verifyConsistency(head(3), head(3), [other])).toBe(false)
  })

  test('does not know what is before its end', () => {
    const window = { base: frontierAt(whole(20), 8), leaves: leaves(20).slice(8) }
    expect(() => proveInclusion(window, 7, 20)).toThrow(TypeError)
    expect(() => proveConsistency(window, 7, 20)).toThrow(TypeError)
    expect(() => frontierAt(window, 7)).toThrow(TypeError)
    expect(() => frontierAt(window, 21)).toThrow(TypeError)
    expect(addLeaf(frontierAt(window, 19), leaves(20)[19]!)).toEqual(frontierAt(whole(20), 20))
  })
})
