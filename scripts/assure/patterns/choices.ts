import { poseidon } from '../../../core/hash.ts'
import type { Pattern, Values } from './pattern.ts'
import { at, combinations, list } from './values.ts'

// T2, T3 and T13: selectors that are no digits, comparisons of what has no range, empty leaves.

export const CHOICES: readonly Pattern[] = [
  {
    name: 'side-of-a-tree-path',
    threat: 'T2',
    fault: 'the side on which a node of a tree stands is a number other than 0 and 1',
    body: `signal input node; signal input sibling; signal input isRight; signal output parent;
      CHECK
      signal left <== node + isRight * (sibling - node);
      parent <== Poseidon(2)([left, node + sibling - left]);`,
    faulty: '',
    mended: 'isRight * (isRight - 1) === 0;',
    samples: combinations({ node: [3n], sibling: [4n], isRight: [0n, 1n] }),
    digits: { isRight: 1 },
    outputs: ['parent'],
    isRight: ({ node = 0n, sibling = 0n, isRight }, outputs) =>
      outputs?.parent === poseidon(isRight === 0n ? [node, sibling] : [sibling, node]),
  },
  {
    name: 'choice-between-four',
    threat: 'T2',
    fault: 'the digits that choose one of four values are numbers',
    body: `signal input values[4]; signal input digits[2]; signal output chosen;
      CHECK
      signal low <== values[0] + digits[0] * (values[1] - values[0]);
      signal high <== values[2] + digits[0] * (values[3] - values[2]);
      chosen <== low + digits[1] * (high - low);`,
    faulty: '',
    mended: 'for (var i = 0; i < 2; i++) digits[i] * (digits[i] - 1) === 0;',
    samples: combinations({ 'digits[0]': [0n, 1n], 'digits[1]': [0n, 1n] }).map((sample) => ({
      ...list('values', [10n, 20n, 40n, 80n]),
      ...sample,
    })),
    digits: { 'digits[0]': 1, 'digits[1]': 1 },
    outputs: ['chosen'],
    isRight: (inputs, outputs) =>
      outputs?.chosen ===
      at(inputs, `values[${String(at(inputs, 'digits[0]') + 2n * at(inputs, 'digits[1]'))}]`),
  },
  {
    name: 'flag-that-switches-by-degrees',
    threat: 'T2',
    fault: 'a flag that halves a price can be any number, and so can the price',
    body: `signal input price; signal input isMember; signal output due;
      CHECK
      due <== 2 * price - isMember * price;`,
    faulty: '',
    mended: 'isMember * (1 - isMember) === 0;',
    samples: combinations({ price: [10n, 25n], isMember: [0n, 1n] }),
    digits: { isMember: 1 },
    outputs: ['due'],
    isRight: ({ price = 0n, isMember = 0n }, outputs) => outputs?.due === price * (2n - isMember),
  },
  absentFromSparseTree(),
  {
    name: 'order-of-what-has-no-range',
    threat: 'T3',
    fault: 'two numbers of eight digits are compared, and nothing says that they have eight digits',
    body: `signal input left; signal input right; signal output isLess;
      CHECK
      isLess <== LessThan(8)([left, right]);`,
    faulty: '',
    mended: '_ <== Num2Bits(8)(left); _ <== Num2Bits(8)(right);',
    samples: combinations({ left: [0n, 1n, 18n, 255n], right: [0n, 18n, 255n] }),
    digits: { left: 8, right: 8 },
    outputs: ['isLess'],
    isRight: ({ left = 0n, right = 0n }, outputs) => outputs?.isLess === (left < right ? 1n : 0n),
  },
  {
    name: 'member-in-an-empty-place',
    threat: 'T13',
    fault: 'the mark of an empty place in a tree counts as a member',
    body: `signal input member; signal input leaves[2]; signal output root;
      (leaves[0] - member) * (leaves[1] - member) === 0;
      CHECK
      root <== Poseidon(2)(leaves);`,
    faulty: '',
    mended: 'signal isEmpty <== IsZero()(member); isEmpty === 0;',
    samples: combinations({ member: [0n, 5n, 6n], 'leaves[0]': [5n], 'leaves[1]': [0n, 6n] }),
    outputs: ['root'],
    isRight: (inputs, outputs) => {
      const leaves = [at(inputs, 'leaves[0]'), at(inputs, 'leaves[1]')]
      const member = at(inputs, 'member')
      return (outputs !== undefined) === (member !== 0n && leaves.includes(member))
    },
  },
]

/** The forged proof of absence leaves the mark of an empty leaf to the prover, who solves for it. */
function absentFromSparseTree(): Pattern {
  const leaf = (key: bigint, value: bigint): bigint => poseidon([key, value, 1n])
  const sample = (key: bigint, rest: Values): Values => ({
    root: leaf(5n, 50n),
    key,
    ...list('siblings', [0n, 0n]),
    ...rest,
  })
  const forged = { oldKey: 9n, oldValue: 90n }
  return {
    name: 'absence-from-a-sparse-tree',
    threat: 'T2',
    fault:
      'whether the leaf found instead is empty is private and any number (SMTVerifier, isOld0)',
    body: `signal input root; signal input key; signal input siblings[2];
      signal input oldKey; signal input oldValue; signal input isOld0;
      CHECK
      SMTVerifier(2)(
        enabled <== 1, root <== root, siblings <== siblings, oldKey <== oldKey,
        oldValue <== oldValue, isOld0 <== isOld0, key <== key, value <== 0, fnc <== 1
      );`,
    faulty: '',
    mended: 'isOld0 * (isOld0 - 1) === 0;',
    samples: [
      sample(6n, { oldKey: 5n, oldValue: 50n, isOld0: 0n }),
      sample(5n, { oldKey: 5n, oldValue: 50n, isOld0: 0n }),
      sample(5n, { ...forged, isOld0: 0n }),
      sample(5n, { ...forged, isOld0: 1n }),
      sample(5n, forged),
    ],
    outputs: [],
    isRight: ({ key }, outputs) => (outputs !== undefined) === (key === 6n),
  }
}
