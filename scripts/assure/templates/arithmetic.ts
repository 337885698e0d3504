import { FIELD_ORDER } from '../../../core/field.ts'
import { mainOf, range } from './bench.ts'
import type { Bench, Inputs, TrueCase } from './bench.ts'

// Templates that hash nothing: tags, choices, comparisons, formulas.

const HALF_FIELD = (FIELD_ORDER + 1n) / 2n
const TOP_OPERAND = 2n ** 154n - 1n
const TOP_VALUE = 2n ** 120n - 1n
const TOP_WEIGHT = 2n ** 32n - 1n

export function tagsBench(): Bench {
  const main = mainOf(
    ['tags'],
    `template TestTags() {
       signal input short; signal output shortAgain <== InRange(16)(short);
       signal input value; signal output key <== OddKey(40)(InRange(40)(value));
       signal input left; signal input right;
       signal output isEqual; signal {binary} equal <== Equal()(left, right); isEqual <== equal;
       signal input low; signal input high; signal output isAtLeast <==
         AtLeast()(PublicConstant(154)(low), PublicConstant(154)(high));
       signal input narrow; signal input wide; signal output isWide <==
         AtLeast()(Signed(20)(InRange(20)(narrow)), Signed(20)(InRange(16)(wide)));
       signal input index; signal input digits; signal input numbers[3];
       signal output chosen; signal output opposite; signal output number; signal output operand;
       signal {binary} places[2] <== Bits(2)(index);
       signal {binary} digit <== SelectBinary(4, 2)(Bits(4)(digits), places);
       chosen <== digit; opposite <== Not()(digit);
       signal {maxbit} tagged[3]; signal {maxabs} operands[3];
       for (var i = 0; i < 3; i++) tagged[i] <== InRange(9)(numbers[i]);
       for (var i = 0; i < 3; i++) operands[i] <== Signed(9)(tagged[i]);
       number <== SelectUnsigned(3, 2)(tagged, places);
       operand <== SelectSigned(3, 2)(operands, places);
       signal input factors[4]; signal input magnitudes[4]; signal input signs[4];
       signal output sum;
       signal {maxbit} inRange[4]; signal {binary} weights[4][32]; signal {binary} minus[4][1];
       for (var i = 0; i < 4; i++) {
         inRange[i] <== InRange(120)(factors[i]);
         weights[i] <== Bits(32)(magnitudes[i]);
         minus[i] <== Bits(1)(signs[i]);
       }
       sum <== SumOfProducts(4, 120, 32)(
         inRange, weights, [minus[0][0], minus[1][0], minus[2][0], minus[3][0]]
       );
     }
     component main = TestTags();`,
  )
  const plain = {
    ...{ short: 5n, value: 6n, left: 7n, right: 7n, low: 3n, high: 4n, narrow: 9n, wide: 8n },
    ...{ index: 2n, digits: 0b0110n, numbers: [10n, 20n, 30n] },
    ...{ factors: [3n, 5n, 7n, 11n], magnitudes: [2n, 1n, 0n, 4n], signs: [0n, 1n, 0n, 1n] },
  }
  const orders = [0n, 1n, -1n, TOP_OPERAND, -TOP_OPERAND].flatMap((low) =>
    [0n, TOP_OPERAND, -TOP_OPERAND].map((high) => ({ ...plain, low, high })),
  )
  const accepted = [
    plain,
    { ...plain, left: 8n, short: 65_535n, value: 2n ** 40n - 1n },
    { ...plain, narrow: 2n ** 20n - 1n, wide: 0n },
    { ...plain, narrow: 0n, wide: 65_535n },
    ...range(4).flatMap((i) => [
      { ...plain, index: BigInt(i), digits: 0b0101n },
      { ...plain, index: BigInt(i), digits: 0b0011n },
    ]),
    {
      ...plain,
      factors: Array<bigint>(4).fill(TOP_VALUE),
      magnitudes: Array<bigint>(4).fill(TOP_WEIGHT),
      signs: Array<bigint>(4).fill(1n),
    },
    ...orders,
  ]
  const outside: Readonly<Record<string, readonly bigint[]>> = {
    short: [65_536n, -1n, HALF_FIELD],
    value: [2n ** 40n, -1n],
    narrow: [2n ** 20n, -1n],
    wide: [2n ** 16n],
    index: [4n, -1n],
    digits: [16n],
    low: [2n ** 155n + 4n, FIELD_ORDER / 2n],
    high: [2n ** 155n + 4n],
  }
  return {
    name: 'tags',
    main,
    accepted: accepted.map((inputs) => ({ inputs, outputs: outputsOfTags(inputs) })),
    refused: [
      ...Object.entries(outside).flatMap(([name, values]) =>
        values.map((value) => ({ ...plain, [name]: value })),
      ),
      { ...plain, numbers: [512n, 20n, 30n] },
      { ...plain, factors: [3n, 5n, 2n ** 120n, 11n] },
      { ...plain, magnitudes: [2n ** 32n, 1n, 0n, 4n] },
      { ...plain, signs: [0n, 2n, 0n, 1n] },
    ],
  }
}

interface TagInputs {
  readonly short: bigint
  readonly value: bigint
  readonly left: bigint
  readonly right: bigint
  readonly low: bigint
  readonly high: bigint
  readonly narrow: bigint
  readonly wide: bigint
  readonly index: bigint
  readonly digits: bigint
  readonly numbers: readonly bigint[]
  readonly factors: readonly bigint[]
  readonly magnitudes: readonly bigint[]
  readonly signs: readonly bigint[]
}

function outputsOfTags(inputs: TagInputs): Record<string, bigint> {
  const chosen = (inputs.digits >> inputs.index) & 1n
  const number = inputs.numbers[Number(inputs.index)] ?? 0n
  return {
    shortAgain: inputs.short,
    key: 2n * inputs.value + 1n,
    isEqual: inputs.left === inputs.right ? 1n : 0n,
    isAtLeast: inputs.low >= inputs.high ? 1n : 0n,
    isWide: inputs.narrow >= inputs.wide ? 1n : 0n,
    chosen,
    opposite: 1n - chosen,
    number,
    operand: number,
    sum: inputs.factors.reduce(
      (sum, factor, i) =>
        sum + factor * (inputs.magnitudes[i] ?? 0n) * (inputs.signs[i] === 1n ? -1n : 1n),
      0n,
    ),
  }
}

export function selectBench(): Bench {
  const values = range(5).map((i) => FIELD_ORDER - 1n - BigInt(i * i))
  return {
    name: 'select',
    main: mainOf(
      ['select', 'tags'],
      `template TestSelect() {
         signal input values[5]; signal input index; signal output out;
         out <== Select(5, 3)(values, Bits(3)(index));
       }
       component main = TestSelect();`,
    ),
    accepted: range(8).map((i) => ({
      inputs: { values, index: BigInt(i) },
      outputs: { out: values[i] ?? 0n },
    })),
    refused: [8n, -1n, HALF_FIELD].map((index) => ({ values, index })),
  }
}

export function comparisonBench(): Bench {
  const pairs = [
    [17n, 18n],
    [18n, 18n],
    [19n, 18n],
    [0n, TOP_VALUE],
    [TOP_VALUE, 0n],
    [TOP_VALUE, TOP_VALUE],
  ] as const
  const accepted = pairs.flatMap(([left, right]) =>
    range(8).map((mask): TrueCase => {
      const result = left < right ? 4 : left === right ? 2 : 1
      const inputs = { left, right, mask: BigInt(mask) }
      return { inputs, outputs: { isTrue: (mask & result) === 0 ? 0n : 1n } }
    }),
  )
  const outside = [2n ** 120n, -1n, FIELD_ORDER / 2n]
  return {
    name: 'comparison',
    main: mainOf(
      ['comparison', 'tags'],
      `template TestComparison() {
         signal input left; signal input right; signal input mask; signal output isTrue;
         signal {maxbit} l <== InRange(120)(left);
         signal {maxbit} r <== InRange(120)(right);
         signal {binary} digits[3] <== Bits(3)(mask);
         isTrue <== Comparison()(Signed(154)(l), Signed(154)(r), digits);
       }
       component main {public [right, mask]} = TestComparison();`,
    ),
    accepted,
    refused: [
      ...outside.map((left) => ({ left, right: 18n, mask: 7n })),
      ...outside.map((right) => ({ left: 18n, right, mask: 7n })),
      { left: 1n, right: 1n, mask: 8n },
    ],
  }
}

/** Every formula of two terms over three literals that can be told apart, and all literals. */
export function formulaBench(): Bench {
  const cases = range(64).flatMap((formula) =>
    range(8).map((literals) => ({ terms: [formula % 8, formula >> 3], literals })),
  )
  const holds = ({ terms, literals }: (typeof cases)[number]): boolean =>
    terms.some((term) => (term & literals) === term)
  const inputsOf = ({ terms, literals }: (typeof cases)[number]): Inputs => ({
    needs: terms.map(BigInt),
    literals: BigInt(literals),
  })
  return {
    name: 'formula',
    main: mainOf(
      ['formula', 'tags'],
      `template TestFormula(TERMS, LITERALS) {
         signal input literals; signal input needs[TERMS];
         signal {binary} digits[TERMS][LITERALS];
         for (var t = 0; t < TERMS; t++) digits[t] <== Bits(LITERALS)(needs[t]);
         Formula(TERMS, LITERALS)(Bits(LITERALS)(literals), digits);
       }
       component main = TestFormula(2, 3);`,
    ),
    accepted: cases.filter(holds).map((one) => ({ inputs: inputsOf(one), outputs: {} })),
    refused: cases.filter((one) => !holds(one)).map(inputsOf),
  }
}
