import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { poseidon } from '../../core/hash.ts'
import { LOOKUP_SHAPE, REVOCATION_SHAPE, SortedSet, checkSetProof } from '../../core/sorted-set.ts'
import type { SetProof, SetShape } from '../../core/sorted-set.ts'
import { refusal } from '../support/refusal.ts'

/** 64 buckets of 64 values with one run place, which holds 14: larger sets are divided. */
const SHAPE: SetShape = { valueBits: 12, levels: 2, bucketLevels: 2 }
/** 8 buckets of 512 values with 8 run places, which hold 119. */
const WIDE: SetShape = { valueBits: 12, levels: 2, bucketLevels: 1 }
/** 64 buckets of 2 values. */
const TINY: SetShape = { valueBits: 7, levels: 2, bucketLevels: 2 }

function valuesOf({ valueBits }: SetShape, maxLength: number): fc.Arbitrary<bigint[]> {
  const max = 2n ** BigInt(valueBits) - 1n
  return fc.uniqueArray(fc.bigInt({ min: 0n, max }), { maxLength })
}

function proves(set: SortedSet, value: bigint): boolean {
  const proof = set.prove(value)
  return checkSetProof(set.shape, set.root, value, proof) && proof.found
}

function disproves(set: SortedSet, value: bigint): boolean {
  const proof = set.prove(value)
  return checkSetProof(set.shape, set.root, value, proof) && !proof.found
}

describe('the root', () => {
  test('does not depend on the order of values or on how they came in', () => {
    const cases = fc
      .tuple(valuesOf(SHAPE, 40), fc.nat(40))
      .chain(([values, cut]) =>
        fc.tuple(
          fc.constant(values),
          fc.constant(cut),
          fc.shuffledSubarray(values, { minLength: values.length }),
        ),
      )
    fc.assert(
      fc.property(cases, ([values, cut, shuffled]) => {
        const fresh = SortedSet.from(SHAPE, values)
        const grown = SortedSet.from(SHAPE, shuffled.slice(0, cut)).insertAll(shuffled.slice(cut))
        expect(grown.root).toBe(fresh.root)
        expect([...grown.values()]).toEqual([...fresh.values()])
      }),
      { numRuns: 8 },
    )
  })

  test('is the same after inserting one by one, through every division', () => {
    let grown = SortedSet.from(SHAPE, [])
    const values = Array.from({ length: 60 }, (_, i) => BigInt((i * 37) % 300))
    for (const [i, value] of values.entries()) {
      grown = grown.insert(value)
      expect(grown.root).toBe(SortedSet.from(SHAPE, values.slice(0, i + 1)).root)
    }
    expect(grown.size).toBe(60)
  })

  test('differs between sets, and between the empty set and one with 0', () => {
    const sets = [[], [0n], [1n], [0n, 1n], [4095n], [512n], [511n]]
    const roots = sets.map((values) => SortedSet.from(SHAPE, values).root)
    expect(new Set(roots).size).toBe(sets.length)
  })

  test('of a set stays when another is made from it', () => {
    const before = SortedSet.from(SHAPE, [5n])
    const { root } = before
    const after = before.insert(6n)
    expect(before.root).toBe(root)
    expect([before.has(6n), after.has(6n)]).toEqual([false, true])
    expect([before.size, after.size]).toEqual([1, 2])
  })
})

describe('proofs', () => {
  test('tell members from all others, for every value of the domain', () => {
    const members = [...Array(18).keys(), 63, 64, 100, 101, 126, 127].map(BigInt)
    const set = SortedSet.from(TINY, members)
    for (let value = 0n; value < 128n; value++) {
      const isMember = members.includes(value)
      expect(isMember ? proves(set, value) : disproves(set, value)).toBe(true)
      expect(set.has(value)).toBe(isMember)
    }
  })

  test.each<[string, bigint[]]>([
    ['the empty set', []],
    ['a set of 0', [0n]],
    ['a set of the largest value', [4095n]],
    [
      'a set of bucket borders',
      [...Array(16).keys()].flatMap((i) => [BigInt(64 * i), BigInt(64 * i + 63)]),
    ],
    ['neighbours', Array.from({ length: 28 }, (_, i) => BigInt(1010 + i))],
    ['a full bucket', Array.from({ length: 14 }, (_, i) => BigInt(512 + 4 * i))],
    [
      'a full bucket that is divided from others',
      [...Array(15).keys()].map((i) => BigInt(508 + 4 * i)),
    ],
    [
      'full buckets',
      [...Array(8 * 14).keys()].map((i) => BigInt(512 + 64 * Math.floor(i / 14) + (i % 14))),
    ],
  ])('hold at the edges of %s', (_, members) => {
    const set = SortedSet.from(SHAPE, members)
    const borders = [0, 64, 448, 512, 576, 3584, 4032].map((low) => [BigInt(low), BigInt(low + 63)])
    const near = members.slice(0, 20).flatMap((value) => [value - 1n, value, value + 1n])
    const asked = new Set([...borders.flat(), ...near].filter((x) => x >= 0n && x < 4096n))
    for (const value of asked) {
      expect(members.includes(value) ? proves(set, value) : disproves(set, value)).toBe(true)
    }
  })

  test('hold for random sets of the shapes in use', () => {
    for (const [shape, size] of [
      [REVOCATION_SHAPE, 8],
      [LOOKUP_SHAPE, 60],
    ] as const) {
      fc.assert(
        fc.property(valuesOf(shape, size), valuesOf(shape, 4), (members, others) => {
          const set = SortedSet.from(shape, members)
          expect(members.slice(0, 4).every((value) => proves(set, value))).toBe(true)
          for (const value of others.filter((other) => !members.includes(other))) {
            expect(disproves(set, value)).toBe(true)
          }
        }),
        { numRuns: 2 },
      )
    }
  })

  test('hold for every member of several runs, also where one run ends', () => {
    const members = Array.from({ length: 47 }, (_, i) => BigInt(3 * i + 1))
    const set = SortedSet.from(WIDE, members)
    expect(members.every((value) => proves(set, value) && disproves(set, value + 1n))).toBe(true)
  })

  test('have the documented sizes', () => {
    const proof = SortedSet.from(WIDE, [700n]).prove(700n)
    expect(proof.run).toHaveLength(16)
    expect(proof.children.map((nodes) => nodes.length)).toEqual([8, 8])
    expect(proof.run.slice(0, 4)).toEqual([0n, 1401n, 8192n, 8192n])
    expect([proof.index, proof.found]).toEqual([1, true])
  })
})

describe('the check refuses', () => {
  const members = Array.from({ length: 40 }, (_, i) => BigInt(520 + 7 * i))
  const set = SortedSet.from(WIDE, members)
  const member = members[17] ?? 0n
  const other = member + 3n
  const ofMember = set.prove(member)
  const ofOther = set.prove(other)
  const check = (value: bigint, proof: SetProof): boolean =>
    checkSetProof(WIDE, set.root, value, proof)

  test('no honest proof', () => {
    expect(check(member, ofMember)).toBe(true)
    expect(check(other, ofOther)).toBe(true)
  })

  test('a result that is turned round', () => {
    expect(check(member, { ...ofMember, found: false })).toBe(false)
    expect(check(other, { ...ofOther, found: true })).toBe(false)
  })

  test('the proof of another value', () => {
    expect(check(member, ofOther)).toBe(false)
    expect(check(other, ofMember)).toBe(false)
    expect(check(member + 100n, ofMember)).toBe(false)
    expect(check(member, set.prove(4000n))).toBe(false)
  })

  test('every other index', () => {
    for (let index = -1; index <= 16; index++) {
      if (index !== ofOther.index) expect(check(other, { ...ofOther, index })).toBe(false)
    }
    for (const index of [ofOther.index + 0.5, NaN]) {
      expect(check(other, { ...ofOther, index })).toBe(false)
    }
  })

  test('a member as missing from the gap that ends with it', () => {
    const before = { ...ofMember, index: ofMember.index - 1, found: false }
    expect(before.run[before.index + 1]).toBe(2n * member + 1n)
    expect(check(member, before)).toBe(false)
  })

  test('a change of any number in it', () => {
    for (const [i, key] of ofOther.run.entries()) {
      expect(check(other, { ...ofOther, run: ofOther.run.with(i, key + 1n) })).toBe(false)
      expect(check(other, { ...ofOther, run: ofOther.run.with(i, key - 1n) })).toBe(false)
    }
    for (const [level, nodes] of ofOther.children.entries()) {
      for (const [i, node] of nodes.entries()) {
        const children = ofOther.children.with(level, nodes.with(i, node + 1n))
        expect(check(other, { ...ofOther, children })).toBe(false)
      }
    }
  })

  test('a run or node of another form', () => {
    const { run, children } = ofOther
    const [bottom = [], top = []] = children
    const altered: Partial<SetProof>[] = [
      { run: run.slice(1) },
      { run: [...run, 0n] },
      { run: [] },
      { run: run.with(15, FIELD_ORDER) },
      { run: run.with(0, -1n) },
      { children: [bottom] },
      { children: [bottom, top, top] },
      { children: [] },
      { children: [top, bottom] },
      { children: [bottom.slice(1), top] },
      { children: [bottom.with(0, FIELD_ORDER), top] },
      { children: [[...bottom, 0n], top] },
      { children: [bottom, []] },
      { children: [bottom, [...top, ...top, ...top]] },
    ]
    for (const change of altered) expect(check(other, { ...ofOther, ...change })).toBe(false)
  })

  test('a run that is not in the tree, with an honest path', () => {
    const run = ofMember.run.filter((key) => key !== 2n * member + 1n)
    const forged = { ...ofMember, run: [...run, run.at(-1) ?? 0n], index: ofMember.index - 1 }
    expect(check(member, { ...forged, found: false })).toBe(false)
  })

  test('a run of its own under a root of its own', () => {
    const run = Array.from({ length: 16 }, (_, i) => (i === 0 ? 0n : 8192n))
    const bottom = Array<bigint>(8).fill(poseidon(run))
    const top = Array<bigint>(8).fill(poseidon(bottom))
    const forged = { run, index: 0, children: [bottom, top], found: false }
    expect(checkSetProof(WIDE, poseidon(top), member, forged)).toBe(true)
    expect(check(member, forged)).toBe(false)
  })

  test('a border as an element', () => {
    const zero = SortedSet.from(WIDE, [])
    const proof = { ...zero.prove(0n), found: true }
    expect(checkSetProof(WIDE, zero.root, 0n, proof)).toBe(false)
  })

  test('values outside the domain', () => {
    for (const value of [-1n, 4096n, member + FIELD_ORDER]) {
      expect(check(value, ofMember)).toBe(false)
      expect(check(value, ofOther)).toBe(false)
    }
  })

  test('another root and another shape', () => {
    expect(checkSetProof(WIDE, set.root + 1n, member, ofMember)).toBe(false)
    expect(checkSetProof(WIDE, set.insert(9n).root, member, ofMember)).toBe(false)
    expect(checkSetProof({ ...WIDE, levels: 3 }, set.root, member, ofMember)).toBe(false)
  })
})

describe('a set refuses', () => {
  const set = SortedSet.from(SHAPE, [7n, 9n])

  test('values given twice', () => {
    expect(refusal(() => SortedSet.from(SHAPE, [1n, 2n, 1n]))).toBe('SET_INVALID')
    expect(refusal(() => set.insert(7n))).toBe('SET_INVALID')
    expect(refusal(() => set.insertAll([1n, 1n]))).toBe('SET_INVALID')
    expect(refusal(() => set.insertAll([8n, 9n]))).toBe('SET_INVALID')
  })

  test('values outside the domain', () => {
    for (const value of [-1n, 4096n, 5 as unknown as bigint, '5' as unknown as bigint]) {
      expect(refusal(() => SortedSet.from(SHAPE, [value]))).toBe('SET_INVALID')
      expect(refusal(() => set.insert(value))).toBe('SET_INVALID')
      expect(refusal(() => set.prove(value))).toBe('SET_INVALID')
      expect(set.has(value)).toBe(false)
    }
  })

  test('more values than a bucket has place for, wherever they come from', () => {
    for (const [shape, capacity, next] of [
      [SHAPE, 14, 64n],
      [WIDE, 119, 512n],
    ] as const) {
      const full = Array.from({ length: capacity }, (_, i) => BigInt(i))
      const beside = BigInt(capacity + 3)
      expect(refusal(() => SortedSet.from(shape, full))).toBeUndefined()
      expect(refusal(() => SortedSet.from(shape, [...full, beside]))).toBe('SET_FULL')
      expect(refusal(() => SortedSet.from(shape, full).insert(beside))).toBe('SET_FULL')
      expect(refusal(() => SortedSet.from(shape, full).insert(next))).toBeUndefined()
    }
  })

  test('a shape that cannot be', () => {
    const shapes = [
      { ...SHAPE, levels: 1 },
      { ...SHAPE, bucketLevels: -1 },
      { ...SHAPE, levels: 0, bucketLevels: 0 },
      { ...SHAPE, valueBits: 2 },
      { ...SHAPE, valueBits: 251 },
      { ...SHAPE, levels: 2.5 },
      { ...SHAPE, valueBits: NaN },
    ]
    for (const shape of shapes) expect(() => SortedSet.from(shape, [])).toThrow(TypeError)
  })
})
