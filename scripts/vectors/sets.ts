import { FIELD_ORDER } from '../../core/field.ts'
import { poseidon } from '../../core/hash.ts'
import { LOOKUP_SHAPE, REVOCATION_SHAPE, SortedSet, shardPrefix } from '../../core/sorted-set.ts'
import type { SetProof, SetShard, SetShape } from '../../core/sorted-set.ts'
import { invalid, seedField, valid } from './kit.ts'
import type { Group, Inputs, Kit, Vector } from './kit.ts'

const NOTES = {
  Member: { bugType: 'BASIC', description: 'The value is in the set.' },
  NotMember: { bugType: 'BASIC', description: 'The value is not in the set.' },
  Root: { bugType: 'BASIC', description: 'The root of given values.' },
  FalseVerdict: {
    bugType: 'AUTH_BYPASS',
    description: 'Says found of what is not there, or not found of what is.',
  },
  OtherGap: {
    bugType: 'AUTH_BYPASS',
    description: 'A true gap of the set, but another one than the value falls into.',
  },
  BrokenPath: {
    bugType: 'MISSING_STEP',
    description: 'A hash that is not among the children of the next.',
  },
  OtherRoot: { bugType: 'MISSING_STEP', description: 'Of a set, but not of this one.' },
  OutOfRange: { bugType: 'MISSING_STEP', description: 'A number outside of its range.' },
  WrongForm: { bugType: 'PARSER', description: 'Other lengths, other texts, other members.' },
  Confusion: {
    bugType: 'AUTH_BYPASS',
    description: 'A node in the place of a run, or a run in the place of a node.',
  },
} as const

const NAMES = new Map([
  [REVOCATION_SHAPE, 'revocations'],
  [LOOKUP_SHAPE, 'lookups'],
])

export function setsKit(): Kit {
  return {
    name: 'sorted-sets',
    algorithm: 'sorted sets over Poseidon',
    header: ['Proofs that a value is in a set, or is not, against the root of the set.'],
    notes: NOTES,
    groups: [
      rootGroup(REVOCATION_SHAPE),
      rootGroup(LOOKUP_SHAPE),
      proofGroup(REVOCATION_SHAPE, numbers(REVOCATION_SHAPE, 40)),
      proofGroup(LOOKUP_SHAPE, numbers(LOOKUP_SHAPE, 20)),
      emptyGroup(),
      shardGroup(),
    ],
  }
}

function numbers({ valueBits }: SetShape, count: number): bigint[] {
  const values = Array.from({ length: count }, (_, i) => {
    return seedField(`value ${String(valueBits)} ${String(i)}`) >> BigInt(253 - valueBits)
  })
  const limit = 2n ** BigInt(valueBits)
  return [...values.map((value) => value % limit), 0n, limit - 1n]
}

function rootGroup(shape: SetShape): Group {
  const some = numbers(shape, 130)
  const sizes = [0, 1, 14, 15, 16, 119, 120, 130]
  const tests = sizes.map((size) => {
    const values = some.slice(0, size)
    const root = SortedSet.from(shape, values).root
    return valid(`${String(size)} values`, { values: values.map(String) }, String(root), 'Root')
  })
  return { type: 'SetRoot', parameters: { shape: NAMES.get(shape) }, tests }
}

function proofGroup(shape: SetShape, values: readonly bigint[]): Group {
  const set = SortedSet.from(shape, values)
  const [inside = 0n] = values
  const outside = inside + 1n
  const other = SortedSet.from(shape, [inside])
  const members = [inside, 0n, values.at(-1) ?? 0n]
  const strangers = [outside, inside - 1n, 1n, (values.at(-1) ?? 0n) - 1n]
  return {
    type: 'SetProof',
    parameters: { shape: NAMES.get(shape), root: String(set.root) },
    tests: [
      ...members.map((value) => proofVector(set, value, 'Member')),
      ...strangers.map((value) => proofVector(set, value, 'NotMember')),
      ...verdictTests(set, inside, outside),
      ...pathTests(set, inside),
      invalid('of another set', inputs(inside, other.prove(inside)), 'OtherRoot'),
      ...rangeTests(set, inside),
    ],
  }
}

function proofVector(set: SortedSet, value: bigint, flag: string): Vector {
  const proof = set.prove(value)
  return valid('a proof', inputs(value, proof), proof.found, flag)
}

function verdictTests(set: SortedSet, inside: bigint, outside: bigint): Vector[] {
  const [member, stranger] = [set.prove(inside), set.prove(outside)]
  const gaps = Array.from({ length: 4 }, (_, i) => (member.index + 1 + i) % 15)
  return [
    invalid('not found, but it is', inputs(inside, { ...member, found: false }), 'FalseVerdict'),
    invalid('found, but it is not', inputs(outside, { ...stranger, found: true }), 'FalseVerdict'),
    invalid('found as its neighbour', inputs(outside, member), 'FalseVerdict'),
    ...gaps.map((index) =>
      invalid(
        'another gap of the run',
        inputs(inside, { ...member, index, found: false }),
        'OtherGap',
      ),
    ),
    invalid(
      'the gap before',
      inputs(inside, { ...member, index: Math.max(0, member.index - 1), found: false }),
      'OtherGap',
    ),
    invalid(
      'not in a run far away',
      inputs(inside, { ...set.prove(2n ** 38n + 12_345n), found: false }),
      'OtherGap',
    ),
  ]
}

function pathTests(set: SortedSet, inside: bigint): Vector[] {
  const proof = set.prove(inside)
  const emptied = proof.run.map((key, i) => (i === proof.index ? (proof.run[i - 1] ?? 0n) : key))
  const levels = proof.children.map((nodes, level) => {
    const children = proof.children.map((same, i) =>
      i === level ? nodes.map((n) => (n + 1n) % FIELD_ORDER) : same,
    )
    return invalid(
      `level ${String(level)} altered`,
      inputs(inside, { ...proof, children }),
      'BrokenPath',
    )
  })
  const [lowest = []] = proof.children
  const replaced = [lowest.map(() => poseidon(emptied)), ...proof.children.slice(1)]
  return [
    ...levels,
    invalid(
      'a run without it',
      inputs(inside, { ...proof, run: emptied, found: false }),
      'BrokenPath',
    ),
    invalid(
      'the same with children made for it',
      inputs(inside, { ...proof, run: emptied, children: replaced, found: false }),
      'BrokenPath',
    ),
    invalid(
      'levels exchanged',
      inputs(inside, { ...proof, children: [...proof.children].reverse() }),
      'BrokenPath',
    ),
    invalid(
      'a level missing',
      inputs(inside, { ...proof, children: proof.children.slice(1) }),
      'WrongForm',
    ),
    invalid(
      'a level twice',
      inputs(inside, { ...proof, children: [lowest, ...proof.children] }),
      'WrongForm',
    ),
    invalid(
      'seven children',
      inputs(inside, { ...proof, children: [lowest.slice(1), ...proof.children.slice(1)] }),
      'WrongForm',
    ),
    invalid('a run of 15', inputs(inside, { ...proof, run: proof.run.slice(0, 15) }), 'WrongForm'),
    invalid(
      'children as a run',
      inputs(inside, { ...proof, run: [...lowest, ...lowest] }),
      'Confusion',
    ),
    invalid('only the run', inputs(inside, { ...proof, children: [] }), 'Confusion'),
  ]
}

function rangeTests(set: SortedSet, inside: bigint): Vector[] {
  const proof = set.prove(inside)
  const limit = 2n ** BigInt(set.shape.valueBits)
  const large = proof.run.map((key, i) => (i === 15 ? key + FIELD_ORDER : key))
  const wide = proof.run.map((key, i) => (i === 15 ? 4n * limit : key))
  return [
    invalid('a value that is too large', inputs(limit, proof), 'OutOfRange'),
    invalid('the value + r', inputs(inside + FIELD_ORDER, proof), 'OutOfRange'),
    invalid('a key + r', inputs(inside, { ...proof, run: large }), 'OutOfRange'),
    invalid('a key beyond all borders', inputs(inside, { ...proof, run: wide }), 'OutOfRange'),
    invalid('gap -1', inputs(inside, { ...proof, index: -1 }), 'OutOfRange'),
    invalid('gap 15', inputs(inside, { ...proof, index: 15 }), 'OutOfRange'),
    invalid('gap 1/2', inputs(inside, { ...proof, index: 0.5 }), 'OutOfRange'),
  ]
}

/** Of no values there are still borders, and they are no members. */
function emptyGroup(): Group {
  const set = SortedSet.from(REVOCATION_SHAPE, [])
  const proof = set.prove(0n)
  const zeros = { ...proof, run: Array<bigint>(16).fill(0n) }
  return {
    type: 'SetProof',
    parameters: { shape: 'revocations', root: String(set.root) },
    tests: [
      proofVector(set, 0n, 'NotMember'),
      proofVector(set, 2n ** 40n - 1n, 'NotMember'),
      invalid('found in nothing', inputs(0n, { ...proof, found: true }), 'FalseVerdict'),
      invalid('a run of zeros', inputs(0n, zeros), 'BrokenPath'),
    ],
  }
}

function shardGroup(): Group {
  const values = numbers(REVOCATION_SHAPE, 1100)
  const set = SortedSet.from(REVOCATION_SHAPE, values)
  const [inside = 0n] = values
  const shard = set.shard(shardPrefix(REVOCATION_SHAPE, inside))
  const outside = inside + 1n
  const small = SortedSet.from(REVOCATION_SHAPE, [inside])
  const changed = (changes: Partial<SetShard>): Inputs =>
    shardInputs(inside, { ...shard, ...changes })
  const without = shard.values.filter((value) => value !== String(inside))
  const swapped = [...shard.values.slice(1), ...shard.values.slice(0, 1)]
  const [first = [], ...rest] = shard.path
  return {
    type: 'SetShard',
    parameters: { root: String(set.root) },
    tests: [
      valid('in its shard', shardInputs(inside, shard), true, 'Member'),
      valid('not in the shard', shardInputs(outside, shard), false, 'NotMember'),
      invalid('a value left out', changed({ values: without }), 'FalseVerdict'),
      invalid(
        'a value put in',
        changed({ values: [...shard.values, String(BigInt(shard.values.at(-1) ?? 0) + 1n)] }),
        'FalseVerdict',
      ),
      invalid('no values', changed({ values: [] }), 'FalseVerdict'),
      invalid('values out of order', changed({ values: swapped }), 'WrongForm'),
      invalid(
        'a value twice',
        changed({ values: shard.values.flatMap((value) => [value, value]) }),
        'WrongForm',
      ),
      invalid('another shard', shardInputs(inside, set.shard((shard.prefix + 1) % 64)), 'OtherGap'),
      invalid(
        'the prefix of another shard',
        changed({ prefix: (shard.prefix + 1) % 64 }),
        'OtherGap',
      ),
      invalid('of another set', shardInputs(inside, small.shard(0)), 'OtherRoot'),
      invalid('levels exchanged', changed({ path: [...shard.path].reverse() }), 'BrokenPath'),
      invalid('a level missing', changed({ path: rest }), 'BrokenPath'),
      invalid('seven children', changed({ path: [first.slice(1), ...rest] }), 'WrongForm'),
      invalid('not as many levels as it says', changed({ shardLevels: 1 }), 'WrongForm'),
      invalid('more levels than there are', changed({ shardLevels: 9 }), 'WrongForm'),
      invalid('a negative prefix', changed({ prefix: -1 }), 'OutOfRange'),
      invalid(
        'a leading zero',
        changed({ values: shard.values.map((value) => `0${value}`) }),
        'WrongForm',
      ),
      invalid(
        'unknown members',
        { value: String(inside), shard: { ...shard, more: 1 } },
        'WrongForm',
      ),
      invalid('a value that is too large', shardInputs(2n ** 40n, shard), 'OutOfRange'),
    ],
  }
}

function inputs(value: bigint, { run, index, children, found }: SetProof): Inputs {
  return {
    value: String(value),
    run: run.map(String),
    index,
    children: children.map((nodes) => nodes.map(String)),
    found,
  }
}

function shardInputs(value: bigint, shard: SetShard): Inputs {
  return { value: String(value), shard }
}
