import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { SortedSet } from '../../core/sorted-set.ts'
import type { SetProof } from '../../core/sorted-set.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'
import type { Inputs } from '../support/circuit.ts'

// A shape small enough to try all its values: 8 buckets of 16 values, in two runs each.
const SHAPE = { valueBits: 7, levels: 2, bucketLevels: 1 }
const DOMAIN = Array.from({ length: 128 }, (_, i) => BigInt(i))

const circuit = compileForTest(
  ['sorted-set', 'tags'],
  `template TestSet(VALUE_BITS, LEVELS) {
     signal input value; input SetPlace(LEVELS) place; signal input root; signal output isFound;
     signal top;
     (top, isFound) <== SetLookup(VALUE_BITS, LEVELS)(InRange(VALUE_BITS)(value), place);
     top === root;
   }
   component main {public [root]} = TestSet(${SHAPE.valueBits}, ${SHAPE.levels});`,
)

/** Full but for four values, so it is divided into buckets. */
const stranger = 70n
const absent = [1n, stranger, 80n, 127n]
const set = SortedSet.from(
  SHAPE,
  DOMAIN.filter((x) => !absent.includes(x)),
)
const member = 72n
const sparse = SortedSet.from(SHAPE, [3n, member, 100n])

describe('set look-up', () => {
  test('says of a value whether it is in the set', async () => {
    for (const value of DOMAIN.filter((x) => x % 5n === 1n || absent.includes(x))) {
      const answer = circuit.read(await circuit.witness(lookup(value)), 'isFound')
      expect(answer, String(value)).toBe(absent.includes(value) ? 0n : 1n)
    }
    for (const value of [0n, 1n, 15n, 16n, 80n, 127n]) await circuit.expectPass(lookup(value))
    await circuit.expectDetermined(lookup(member))
    await circuit.expectDetermined(lookup(stranger))
  })

  test.each([
    ['an empty set', []],
    ['a set of few', [0n, 3n, member, 127n]],
    ['a full set', DOMAIN],
  ])('agrees with %s, also at the borders of buckets', async (_, values) => {
    const other = SortedSet.from(SHAPE, values)
    for (const value of DOMAIN.filter((x) => [0n, 3n, 15n].includes(x % 32n))) {
      const isFound = values.includes(value) ? 1n : 0n
      await circuit.expectPass(lookup(value, other), { isFound })
    }
  })

  test('refuses every corrupted input', async () => {
    for (const value of [member, stranger]) {
      for (const [name, inputs] of corruptions(lookup(value))) {
        if (name !== 'value') await circuit.expectFail(inputs)
      }
    }
  })

  test('gives the next value, which has the same place, its own answer', async () => {
    const next = { ...lookup(member, sparse), value: member + 1n }
    await circuit.expectPass(next, { isFound: 0n })
  })

  test.each([
    ['2^7', 128n, 127n],
    ['-1', -1n, 0n],
    ['the half that would make the border of bucket 4 its key', 64n - (FIELD_ORDER + 1n) / 2n, 64n],
  ])('refuses the value %s', async (_, value, neighbour) => {
    await circuit.expectFail({ ...lookup(neighbour), value })
    circuit.expectCaught({ ...lookup(neighbour), value })
  })
})

describe('a cheat that wants another answer', () => {
  test('cannot flip it', () => {
    for (const [value, answer] of [
      [member, 0n],
      [stranger, 1n],
      [member, 2n],
    ] as const) {
      circuit.expectCaught(lookup(value), { isFound: answer })
      circuit.expectCaught(lookup(value), { 'SetLookup.isFound': answer })
      circuit.expectCaught(lookup(value), {
        'SetLookup.Equal.IsEqual.isz.inv': 0n,
        isFound: answer,
      })
    }
  })

  test('cannot place a member beside itself', async () => {
    const { index } = set.prove(member)
    for (const i of [-1, index - 1, index + 1, 15, 16]) {
      const inputs = { ...lookup(member), place: place({ ...set.prove(member), index: i }) }
      await circuit.expectFail(inputs)
      circuit.expectCaught(inputs)
    }
  })

  test('cannot use the last place of a run, which has no neighbour', async () => {
    const full = SortedSet.from(SHAPE, DOMAIN)
    // Run 0 of a full bucket is its border and 15 keys: the last key stands in two runs.
    const last = 14n
    const first = full.prove(0n)
    const inputs = { ...lookup(last, full), place: place({ ...first, index: 15 }) }
    await circuit.expectPass(lookup(last, full), { isFound: 1n })
    await circuit.expectFail(inputs)
    circuit.expectCaught(inputs)
    circuit.expectCaught(inputs, { 'SetLookup.high': 2n * last + 3n })
  })

  test('cannot borrow another place, nor the padding of its own run', async () => {
    for (const value of [member, stranger]) {
      const honest = place(set.prove(value))
      for (const other of [0n, 63n, member, stranger, 127n]) {
        for (let index = 0; index < 16; index++) {
          const borrowed = place({ ...set.prove(other), index })
          if (String(borrowed) === String(honest)) continue
          await circuit.expectFail({ ...lookup(value), place: borrowed })
        }
      }
    }
  })

  test('cannot make up a run, not even one for an empty place of the tree', async () => {
    const gap = [2n * member, ...Array<bigint>(15).fill(2n * member + 2n)]
    const { children } = set.prove(member)
    const invented = {
      ...lookup(member),
      place: place({ run: gap, index: 0, children, found: false }),
    }
    await circuit.expectFail(invented)
    circuit.expectCaught(invented)
    // Places without a run are 0 in the tree.
    circuit.expectCaught(invented, { 'SetLookup.leaf': 0n })
    circuit.expectCaught(invented, { 'SetLookup.Poseidon.out': 0n })
    circuit.expectCaught(invented, { 'SetLookup.root': set.root })
  })

  test('cannot show its place in another set', async () => {
    const without = SortedSet.from(
      SHAPE,
      [...set.values()].filter((x) => x !== member),
    )
    await circuit.expectPass(lookup(member, without), { isFound: 0n })
    await circuit.expectFail({ ...lookup(member, without), root: set.root })
    circuit.expectCaught({ ...lookup(member, without), root: set.root })
  })

  test('cannot lie about its neighbours', () => {
    const key = 2n * member + 1n
    const otherDigit = BigInt(1 - (set.prove(stranger).index % 2))
    circuit.expectCaught(lookup(member), { 'SetLookup.low': key - 2n })
    circuit.expectCaught(lookup(member), { 'SetLookup.low': key - FIELD_ORDER / 2n })
    circuit.expectCaught(lookup(stranger), { 'SetLookup.low': 2n * stranger + 1n })
    circuit.expectCaught(lookup(stranger), { 'SetLookup.high': 2n * stranger + 5n })
    circuit.expectCaught(lookup(stranger), { 'SetLookup.Select.bits[0]': otherDigit })
    circuit.expectCaught(lookup(stranger), { 'SetLookup.key': 2n * member + 1n })
  })
})

describe('in a gap', () => {
  const gap = compileForTest(
    ['sorted-set', 'tags'],
    `template TestGap() {
       signal input key; signal input low; signal input high;
       InGap(10)(InRange(9)(key), low, high);
     }
     component main = TestGap();`,
  )

  test('accepts low <= key < high and nothing else', async () => {
    for (const key of [0n, 1n, 17n, 511n]) {
      for (const [low, high] of [
        [key, key + 1n],
        [key - 1n, key + 2n],
        [key - 1_023n, key + 1_024n],
      ] as const) {
        await gap.expectPass({ key, low, high })
        await gap.expectFail({ key, low: key + 1n, high })
        await gap.expectFail({ key, low, high: key })
        await gap.expectFail({ key, low: high, high: low })
      }
      await gap.expectFail({ key, low: key - 1_024n, high: key + 1n })
      await gap.expectFail({ key, low: key, high: key + 1_025n })
      await gap.expectFail({ key, low: key + FIELD_ORDER / 2n, high: key + 1n })
    }
  })
})

function lookup(value: bigint, among = set): Inputs {
  return { value, place: place(among.prove(value)), root: among.root }
}

function place({ run, index, children }: SetProof): bigint[] {
  return [...run, BigInt(index), ...children.flat()]
}
