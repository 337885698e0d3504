import { SortedSet } from '../../../core/sorted-set.ts'
import { mainOf, packed, range } from './bench.ts'
import type { Bench, TrueCase } from './bench.ts'

// Templates about policies, for two comparisons, one look-up and two conjunctions.

const ATTRIBUTES = 16
const COMPARISONS = 2
const TERMS = 2
const SELECTOR_BITS = 5
const WEIGHT_BITS = 32
const LITERALS = COMPARISONS + 2

/** Selects the weighted sum on the left, the comparison's constant on the right. */
const SPECIAL = ATTRIBUTES

const [LESS, EQUAL, GREATER] = [4, 2, 1]
const ALWAYS = LESS | EQUAL | GREATER

/** One run of 16 keys. */
const SHAPE = { valueBits: 120, levels: 1, bucketLevels: 0 }

const LITERAL = { first: 1, second: 2, found: 4, notFound: 8 }

interface Question {
  readonly comparisons: readonly {
    readonly left: number
    readonly right: number
    readonly mask: number
  }[]
  readonly lookedUp: number
  readonly isPerCredential: boolean
  readonly weights: readonly { readonly attribute: number; readonly times: number }[]
  /** Sets of literals. */
  readonly terms: readonly number[]
}

const NOTHING: Question = {
  comparisons: range(COMPARISONS).map(() => ({ left: 0, right: SPECIAL, mask: ALWAYS })),
  lookedUp: 0,
  isPerCredential: false,
  weights: range(4).map(() => ({ attribute: 0, times: 0 })),
  terms: range(TERMS).map(() => 0),
}

export function programBench(): Bench {
  const programs: Question[] = [
    {
      comparisons: [
        { left: 5, right: 9, mask: 6 },
        { left: 18, right: 3, mask: 1 },
      ],
      lookedUp: 21,
      isPerCredential: true,
      weights: [
        { attribute: 1, times: 7 },
        { attribute: 30, times: -9 },
        { attribute: 12, times: 0 },
        { attribute: 3, times: 2 ** 32 - 1 },
      ],
      terms: [0b0101, 0b1010],
    },
    NOTHING,
    {
      comparisons: range(COMPARISONS).map(() => ({ left: 31, right: 31, mask: ALWAYS })),
      lookedUp: 31,
      isPerCredential: true,
      weights: range(4).map(() => ({ attribute: 31, times: 1 - 2 ** 32 })),
      terms: [15, 15],
    },
  ]
  const none = wordsOf(NOTHING)
  const widths = { operandWord: 32, weightWord: 152, formulaWord: 8 }
  return {
    name: 'program',
    main: mainOf(
      ['program'],
      `component main = Program(${[COMPARISONS, 1, TERMS, SELECTOR_BITS].join(', ')});`,
    ),
    accepted: programs.map((program) => ({
      inputs: wordsOf(program),
      outputs: digitsOf(program),
    })),
    refused: Object.entries(widths).flatMap(([name, width]) =>
      [2n ** BigInt(width), 2n ** BigInt(width + 1), -1n].map((word) => ({
        ...none,
        [name]: word,
      })),
    ),
  }
}

/** What circuits/program.circom has to make of the words. */
function digitsOf(program: Question): Record<string, bigint> {
  const digits = (name: string, value: number, width: number): [string, bigint][] =>
    range(width).map((k) => [`${name}[${String(k)}]`, (BigInt(value) >> BigInt(k)) & 1n])
  return Object.fromEntries([
    ...program.comparisons.flatMap(({ left, right, mask }, c) => [
      ...digits(`left[${String(c)}]`, left, SELECTOR_BITS),
      ...digits(`right[${String(c)}]`, right, SELECTOR_BITS),
      ...digits(`mask[${String(c)}]`, mask, 3),
    ]),
    ...digits('lookedUp[0]', program.lookedUp, SELECTOR_BITS),
    ['isPerCredential', program.isPerCredential ? 1n : 0n] as const,
    ...program.weights.flatMap(({ attribute, times }, w) => [
      ...digits(`weighted[${String(w)}]`, attribute, SELECTOR_BITS),
      ...digits(`magnitudes[${String(w)}]`, Math.abs(times), WEIGHT_BITS),
      [`signs[${String(w)}]`, times < 0 ? 1n : 0n] as [string, bigint],
    ]),
    ...program.terms.flatMap((term, t) => digits(`needs[${String(t)}]`, term, LITERALS)),
  ])
}

function wordsOf(question: Question) {
  return {
    operandWord: packed([
      ...question.comparisons.flatMap(
        ({ left, right, mask }) =>
          [
            [BigInt(left), SELECTOR_BITS],
            [BigInt(right), SELECTOR_BITS],
            [BigInt(mask), 3],
          ] as const,
      ),
      [BigInt(question.lookedUp), SELECTOR_BITS],
      [question.isPerCredential ? 1n : 0n, 1],
    ]),
    weightWord: packed(
      question.weights.flatMap(
        ({ attribute, times }) =>
          [
            [BigInt(attribute), SELECTOR_BITS],
            [BigInt(Math.abs(times)), WEIGHT_BITS],
            [times < 0 ? 1n : 0n, 1],
          ] as const,
      ),
    ),
    formulaWord: packed(question.terms.map((term) => [BigInt(term), LITERALS] as const)),
  }
}

export function policyBench(): Bench {
  const attributes = range(ATTRIBUTES).map((i) => BigInt(10 + i))
  const members = [11n, 13n, 40n]
  const set = SortedSet.from(SHAPE, members)
  const ask = (
    changes: Partial<Question>,
    constants: readonly bigint[] = [0n, 0n],
    values: readonly bigint[] = attributes,
  ) => {
    const question = { ...NOTHING, ...changes }
    const { run, index, children } = set.prove(values[question.lookedUp] ?? 0n)
    const outputs = { isPerCredential: question.isPerCredential ? 1n : 0n }
    const inputs = {
      attributes: values,
      lookupPlaces: [...run, BigInt(index), ...children.flat()],
      ...wordsOf(question),
      constants,
      lookupRoots: [set.root],
    }
    return { inputs, outputs }
  }
  const compare = (
    place: 0 | 1,
    comparison: Question['comparisons'][number],
    constant: bigint,
    values = attributes,
  ): TrueCase => {
    const comparisons = NOTHING.comparisons.with(place, comparison)
    const term = place === 0 ? LITERAL.first : LITERAL.second
    const constants = [0n, 0n].with(place, constant)
    return ask({ comparisons, terms: [term, term] }, constants, values)
  }
  const weights = [
    { attribute: 2, times: 3 },
    { attribute: 5, times: -2 },
    { attribute: 7, times: 1 },
    { attribute: 1, times: 10 },
  ]
  // 3 * 12 - 2 * 15 + 17 + 10 * 11
  const sum = (mask: number, constant: bigint): TrueCase => ({
    ...ask(
      {
        weights,
        comparisons: NOTHING.comparisons.with(0, { left: SPECIAL, right: SPECIAL, mask }),
        terms: [LITERAL.first, LITERAL.first],
      },
      [constant, 0n],
    ),
  })
  const lookUp = (attribute: number, literal: number): TrueCase =>
    ask({ lookedUp: attribute, terms: [literal, literal] })
  const either = (literals: readonly number[], left: bigint, right: bigint): TrueCase =>
    ask(
      {
        comparisons: [
          { left: 3, right: SPECIAL, mask: EQUAL },
          { left: 4, right: SPECIAL, mask: EQUAL },
        ],
        terms: literals,
      },
      [left, right],
    )
  const both = LITERAL.first | LITERAL.second
  const accepted = [
    ask({ isPerCredential: true, lookedUp: 3, weights }, [5n, -6n]),
    sum(EQUAL, 133n),
    sum(GREATER, 132n),
    compare(0, { left: 6, right: SPECIAL, mask: EQUAL }, 16n),
    compare(1, { left: 6, right: SPECIAL, mask: LESS }, 17n),
    compare(1, { left: 15, right: 14, mask: GREATER }, 0n),
    compare(0, { left: 15, right: 14, mask: GREATER }, 0n),
    compare(1, { left: 15, right: 14, mask: GREATER }, 100n),
    ...range(ATTRIBUTES).map((i) =>
      compare(0, { left: i, right: SPECIAL, mask: EQUAL }, BigInt(10 + i)),
    ),
    compare(0, { left: 17, right: SPECIAL, mask: EQUAL }, 0n),
    lookUp(3, LITERAL.found),
    lookUp(1, LITERAL.found),
    lookUp(4, LITERAL.notFound),
    either([both, both], 13n, 14n),
    either([LITERAL.first, LITERAL.second], 13n, 0n),
    either([LITERAL.first, LITERAL.second], 0n, 14n),
  ]
  const refused = [
    compare(0, { left: 6, right: SPECIAL, mask: ALWAYS - EQUAL }, 16n),
    compare(1, { left: 6, right: SPECIAL, mask: GREATER }, 17n),
    compare(0, { left: 14, right: 15, mask: GREATER }, 0n),
    compare(1, { left: 14, right: 15, mask: GREATER }, 0n),
    compare(1, { left: 15, right: SPECIAL, mask: EQUAL }, 10n),
    sum(ALWAYS - EQUAL, 133n),
    sum(LESS, 133n),
    lookUp(3, LITERAL.notFound),
    lookUp(4, LITERAL.found),
    either([both, both], 13n, 0n),
    either([both, both], 0n, 14n),
    either([LITERAL.first, LITERAL.second], 0n, 0n),
  ].map(({ inputs }) => inputs)
  const { inputs: honest } = lookUp(3, LITERAL.found)
  return {
    name: 'policy',
    main: mainOf(
      ['policy', 'tags'],
      `template TestPolicy() {
         signal input attributes[16]; input SetPlace(1) lookupPlaces[1];
         signal input operandWord; signal input weightWord; signal input formulaWord;
         signal input constants[2]; signal input lookupRoots[1];
         signal output isPerCredential;
         signal {maxbit} inRange[16]; signal roots[1];
         for (var i = 0; i < 16; i++) inRange[i] <== InRange(120)(attributes[i]);
         (roots, isPerCredential) <== SatisfiedPolicy(16, 2, 1, 2, 5, 1)(
           inRange, lookupPlaces, operandWord, weightWord, formulaWord, constants
         );
         roots === lookupRoots;
       }
       component main = TestPolicy();`,
    ),
    accepted,
    refused: [
      ...refused,
      { ...honest, lookupRoots: [set.root + 1n] },
      { ...honest, attributes: attributes.with(3, 12n) },
      ...['operandWord', 'weightWord', 'formulaWord'].map((name) => ({
        ...honest,
        [name]: 2n ** 200n,
      })),
    ],
  }
}
