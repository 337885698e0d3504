import { SUBGROUP_ORDER } from '../../../core/eddsa.ts'
import { FIELD_ORDER } from '../../../core/field.ts'
import type { Pattern, Values } from './pattern.ts'
import { at, combinations, list } from './values.ts'

// T6, T11 and T12: names that are not one for each person, hashes that mean two things, sets that
// are read wrongly.

/** An element of order 16 in the field: 5 generates all of it. */
const ROOT = power(5n, (FIELD_ORDER - 1n) / 16n)

/** The greatest scalar there is, in circom's words. */
const TOP_SCALAR = String(SUBGROUP_ORDER - 1n)

const BELOW_ORDER = `signal isAbove <== CompConstant(${TOP_SCALAR})(Num2Bits_strict()(scalar));
  isAbove === 0;`

export const NAMES: readonly Pattern[] = [
  {
    name: 'secret-above-the-order',
    threat: 'T6',
    fault: 'secrets that differ by the order of the subgroup have one key and several names',
    body: `signal input scalar; signal input scope; signal output key[2]; signal output name;
      CHECK
      (key[0], key[1]) <== BabyPbk()(scalar);
      name <== Poseidon(2)([scope, scalar]);`,
    faulty: '',
    mended: BELOW_ORDER,
    samples: combinations({ scalar: [5n, 5n + SUBGROUP_ORDER, 6n], scope: [1n] }),
    outputs: ['key[0]', 'key[1]', 'name'],
    isRight: isBelowOrder,
    oneFor: { of: ['key[0]', 'key[1]', 'scope'], is: 'name' },
  },
  {
    name: 'signature-as-a-name',
    threat: 'T6',
    fault: 'a name is made of the scalar of a signature, which may be raised by the order',
    body: `signal input scalar; signal input scope; signal output point; signal output name;
      var N = CHECK;
      signal digits[N] <== Num2Bits(N)(scalar);
      signal powers[N];
      var root = ${String(ROOT)};
      for (var i = 0; i < N; i++) {
        powers[i] <== (i == 0 ? 1 : powers[i - 1]) * (1 + digits[i] * (root - 1));
        root = root * root;
      }
      point <== powers[N - 1];
      name <== Poseidon(2)([scope, scalar]);`,
    faulty: '5',
    mended: '4',
    samples: combinations({ scalar: [3n, 15n, 3n + 16n, 31n], scope: [1n, 2n] }),
    outputs: ['point', 'name'],
    isRight: ({ scalar = 0n }, outputs) => (outputs !== undefined) === scalar < 16n,
    oneFor: { of: ['point', 'scope'], is: 'name' },
  },
  {
    name: 'serial-the-holder-chooses',
    threat: 'T6',
    fault: 'a name depends on a serial number that nothing ties to the person',
    body: `signal input secret; signal input serial; signal input scope;
      signal output commitment; signal output name;
      commitment <== Poseidon(2)(CHECK);
      name <== Poseidon(3)([scope, secret, serial]);`,
    faulty: '[secret, 0]',
    mended: '[secret, serial]',
    samples: combinations({ secret: [5n, 6n], serial: [0n, 1n], scope: [1n] }),
    outputs: ['commitment', 'name'],
    isRight: (_, outputs) => outputs !== undefined,
    oneFor: { of: ['commitment', 'scope'], is: 'name' },
  },
  {
    name: 'two-numbers-in-one-word',
    threat: 'T11',
    fault: 'two numbers without a range are packed into one word, and other numbers give it too',
    body: `signal input low; signal input high; signal output digest;
      CHECK
      digest <== Poseidon(1)([low + high * 256]);`,
    faulty: '',
    mended: '_ <== Num2Bits(8)(low); _ <== Num2Bits(8)(high);',
    samples: combinations({ low: [1n, 257n], high: [2n, 3n] }),
    digits: { low: 8, high: 8 },
    outputs: ['digest'],
    isRight: ({ low = 0n }, outputs) => (outputs !== undefined) === low < 256n,
    oneFor: { of: ['digest'], is: 'low' },
  },
  {
    name: 'one-hash-for-two-uses',
    threat: 'T11',
    fault: 'a commitment and a name are hashes of the same form, so one can stand for the other',
    body: `signal input secret; signal input blinding; signal input scope;
      signal output commitment; signal output name;
      var tags[2] = CHECK;
      commitment <== Poseidon(3)([tags[0], secret, blinding]);
      name <== Poseidon(3)([tags[1], secret, scope]);`,
    faulty: '[0, 0]',
    mended: '[1, 2]',
    samples: combinations({ secret: [5n], blinding: [6n, 7n], scope: [7n] }),
    outputs: ['commitment', 'name'],
    isRight: (_, outputs) => outputs !== undefined && outputs.commitment !== outputs.name,
  },
  {
    name: 'third-letter-of-the-next-word',
    threat: 'T12',
    fault: 'words of three letters stand in a row, and word i is read from letter i instead of 3 i',
    body: `signal input words[6]; signal input word[3]; signal output isListed;
      signal same[2][3];
      signal pairs[2];
      signal isWord[2];
      for (var i = 0; i < 2; i++) {
        for (var j = 0; j < 3; j++) same[i][j] <== IsEqual()([word[j], words[CHECK + j]]);
        pairs[i] <== same[i][0] * same[i][1];
        isWord[i] <== pairs[i] * same[i][2];
      }
      isListed <== isWord[0] + isWord[1] - isWord[0] * isWord[1];`,
    faulty: 'i',
    mended: '3 * i',
    samples: combinations({ 'word[0]': [1n, 2n], 'word[1]': [1n, 2n], 'word[2]': [1n, 2n] }).map(
      (word) => ({ ...list('words', [1n, 1n, 2n, 2n, 1n, 2n]), ...word }),
    ),
    outputs: ['isListed'],
    isRight: (inputs, outputs) => {
      const letters = [0, 1, 2].map((i) => at(inputs, `word[${String(i)}]`)).join('')
      return outputs?.isListed === (['112', '212'].includes(letters) ? 1n : 0n)
    },
  },
  {
    name: 'list-unpacked-another-way',
    threat: 'T12',
    fault: 'a packed list is unpacked by the prover into numbers without a range',
    body: `signal input word; signal input parts[3]; signal input value; signal output isListed;
      CHECK
      word === parts[0] + parts[1] * 256 + parts[2] * 65536;
      signal first <== (parts[0] - value) * (parts[1] - value);
      isListed <== IsZero()(first * (parts[2] - value));`,
    faulty: '',
    mended: 'for (var i = 0; i < 3; i++) _ <== Num2Bits(8)(parts[i]);',
    samples: [
      unpacked([5n, 6n, 7n], 5n),
      unpacked([5n, 6n, 7n], 8n),
      unpacked([261n, 5n, 7n], 6n),
      unpacked([261n, 5n, 7n], 5n),
      unpacked([-251n, 7n, 7n], 5n),
    ],
    digits: { 'parts[0]': 8, 'parts[1]': 8, 'parts[2]': 8 },
    outputs: ['isListed'],
    isRight: (inputs, outputs) => {
      const isClean = [0, 1, 2].every((i) => BigInt.asUintN(8, part(inputs, i)) === part(inputs, i))
      const listed = [5n, 6n, 7n].includes(at(inputs, 'value')) ? 1n : 0n
      return isClean ? outputs?.isListed === listed : outputs === undefined
    },
  },
]

function isBelowOrder({ scalar = 0n }: Values, outputs: Values | undefined): boolean {
  return (outputs !== undefined) === scalar < SUBGROUP_ORDER
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n
  const root = power((base * base) % FIELD_ORDER, exponent / 2n)
  return exponent % 2n === 0n ? root : (root * base) % FIELD_ORDER
}

function unpacked(parts: readonly bigint[], value: bigint): Values {
  const word = 5n + 6n * 256n + 7n * 65_536n
  return { word, value, ...list('parts', parts) }
}

function part(inputs: Values, index: number): bigint {
  return at(inputs, `parts[${String(index)}]`)
}
