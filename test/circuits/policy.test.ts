import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateCompiled } from '../../core/policy/program.ts'
import type { CompiledPolicy } from '../../core/policy/program.ts'
import {
  ALWAYS,
  ELIGIBILITY_1,
  EQUAL,
  GREATER,
  LESS,
  constantSelector,
  weightedSelector,
} from '../../core/shapes.ts'
import { LOOKUP_SHAPE, SortedSet } from '../../core/sorted-set.ts'
import { formulaWord, operandWord, weightWord } from '../../core/statement.ts'
import { compileForTest } from '../support/circuit.ts'
import type { Inputs } from '../support/circuit.ts'
import { anyAttributes, anyProgram, literalMask } from '../support/programs.ts'

const SHAPE = ELIGIBILITY_1
const CONSTANT = constantSelector(SHAPE)
const WEIGHTED = weightedSelector(SHAPE)
const FOUND = SHAPE.comparisons
const NOT_FOUND = SHAPE.comparisons + 1

const sizes = [
  16,
  SHAPE.comparisons,
  SHAPE.lookups,
  SHAPE.terms,
  SHAPE.selectorBits,
  LOOKUP_SHAPE.levels,
]
const circuit = compileForTest(
  ['policy', 'tags'],
  `template TestPolicy() {
     signal input attributes[16]; input SetPlace(${LOOKUP_SHAPE.levels}) lookupPlaces[1];
     signal input operandWord; signal input weightWord; signal input formulaWord;
     signal input constants[${SHAPE.comparisons}]; signal input lookupRoots[1];
     signal output isPerCredential;
     signal {maxbit} inRange[16]; signal roots[1];
     for (var i = 0; i < 16; i++) inRange[i] <== InRange(120)(attributes[i]);
     (roots, isPerCredential) <== SatisfiedPolicy(${sizes.join(', ')})(
       inRange, lookupPlaces, operandWord, weightWord, formulaWord, constants
     );
     roots === lookupRoots;
   }
   component main = TestPolicy();`,
)

/** Nothing is asked: comparisons always hold, terms need nothing, weights are 0. */
const NOTHING: CompiledPolicy = {
  shape: SHAPE,
  comparisons: Array(SHAPE.comparisons).fill({
    left: 0,
    right: CONSTANT,
    mask: ALWAYS,
    constant: 0n,
  }),
  weights: Array(4).fill({ attribute: 0, times: 0n }),
  lookups: [{ attribute: 0, values: [] }],
  terms: Array(SHAPE.terms).fill(0n),
}
const attributes = Array.from({ length: 16 }, (_, i) => BigInt(10 + i))

describe('satisfied policy', () => {
  test('agrees with the reference on random programs', async () => {
    const verdicts = new Set<boolean>()
    await fc.assert(
      fc.asyncProperty(anyProgram(SHAPE), anyAttributes(SHAPE), async (program, values) => {
        const holds = evaluateCompiled(program, values)
        verdicts.add(holds)
        if (holds) await circuit.expectPass(inputs(program, values), { isPerCredential: 0n })
        else await circuit.expectFail(inputs(program, values))
      }),
      { numRuns: 40 },
    )
    expect(verdicts.size).toBe(2)
  })

  test('each operand can be compared, and no result but its own is claimed', async () => {
    for (let number = 0; number <= 16; number++) {
      const value = attributes[number] ?? 12n
      const weights = [{ attribute: 2, times: 1n }, ...NOTHING.weights.slice(1)]
      const asks = (mask: number): CompiledPolicy => ({
        ...onlyComparison({ left: number, right: CONSTANT, mask, constant: value }),
        weights,
      })
      expect(evaluateCompiled(asks(EQUAL), attributes)).toBe(true)
      await circuit.witness(inputs(asks(EQUAL)))
      await circuit.expectFail(inputs(asks(ALWAYS - EQUAL)))
    }
  })

  test('a selector beyond the operands reads 0', async () => {
    for (const left of [17, 31]) {
      await circuit.expectPass(
        inputs(onlyComparison({ left, right: CONSTANT, mask: EQUAL, constant: 0n })),
      )
      await circuit.expectFail(
        inputs(onlyComparison({ left, right: 0, mask: EQUAL, constant: 0n })),
      )
    }
  })

  test('says whether the pseudonym is one of the credential', async () => {
    const word = operandWord(NOTHING, true)
    await circuit.expectPass({ ...inputs(NOTHING), operandWord: word }, { isPerCredential: 1n })
  })

  test('leaves the prover nothing to choose', async () => {
    const program = { ...NOTHING, lookups: [{ attribute: 3, values: [12n, 13n] }] }
    await circuit.expectDetermined(inputs(program))
  })

  test.each(['operandWord', 'weightWord', 'formulaWord'])(
    'refuses a %s beyond its last field',
    async (name) => {
      await circuit.expectFail({ ...inputs(NOTHING), [name]: 2n ** 200n })
      await circuit.expectFail({ ...inputs(NOTHING), [name]: -1n })
    },
  )
})

describe('a cheat that does not satisfy the policy', () => {
  const tooYoung = onlyComparison({
    left: 0,
    right: CONSTANT,
    mask: GREATER | EQUAL,
    constant: 11n,
  })
  const comparison = 'SatisfiedPolicy.ProgrammedComparison[0]'

  test('cannot change the result of a comparison', async () => {
    await circuit.expectFail(inputs(tooYoung))
    for (const [signal, value] of [
      ['SatisfiedPolicy.literals[0]', 1n],
      [`${comparison}.isTrue`, 1n],
      [`${comparison}.Comparison.atLeast`, 1n],
      [`${comparison}.Comparison.equal`, 1n],
      [`${comparison}.Comparison.left`, 11n],
      [`${comparison}.SelectSigned.out`, 11n],
      [`${comparison}.SelectSigned#2.out`, 10n],
      [`${comparison}.mask[2]`, 1n],
      [`${comparison}.leftSelector[0]`, 1n],
      ['SatisfiedPolicy.operands[0]', 11n],
      ['SatisfiedPolicy.attributes[0]', 11n],
      ['SatisfiedPolicy.Formula.fails[0][0]', 0n],
      ['SatisfiedPolicy.Formula.products[7]', 0n],
      ['SatisfiedPolicy.program.needs[0][0]', 0n],
    ] as const) {
      circuit.expectCaught(inputs(tooYoung), { [signal]: value })
    }
  })

  test('cannot move another attribute to the place that is asked for', async () => {
    await circuit.expectPass(inputs(tooYoung, attributes.with(0, 11n)))
    await circuit.expectPass(inputs({ ...tooYoung, comparisons: moved(tooYoung, 1) }))
    await circuit.expectFail(inputs(tooYoung))
  })

  test('cannot change a weighted sum', () => {
    const sum = {
      ...onlyComparison({ left: WEIGHTED, right: CONSTANT, mask: LESS, constant: 30n }),
      weights: [
        { attribute: 4, times: 3n },
        { attribute: 5, times: -1n },
        ...NOTHING.weights.slice(2),
      ],
    }
    expect(evaluateCompiled(sum, attributes.with(4, 14n))).toBe(true)
    expect(evaluateCompiled(sum, attributes.with(4, 15n))).toBe(false)
    circuit.expectCaught(inputs(sum, attributes.with(4, 15n)), {
      'SatisfiedPolicy.factors[0]': 14n,
    })
    circuit.expectCaught(inputs(sum, attributes.with(4, 15n)), {
      'SatisfiedPolicy.program.signs[0]': 1n,
    })
    circuit.expectCaught(inputs(sum, attributes.with(4, 15n)), {
      'SatisfiedPolicy.operands[16]': 29n,
    })
  })

  test('cannot claim to be in a set, nor not to be', async () => {
    const lookups = [{ attribute: 2, values: [11n, 13n] }]
    const mustBeIn = { ...NOTHING, lookups, terms: allTerms(literalMask([FOUND])) }
    const mustNot = { ...NOTHING, lookups, terms: allTerms(literalMask([NOT_FOUND])) }
    const member = attributes.with(2, 13n)
    await circuit.expectPass(inputs(mustBeIn, member))
    await circuit.expectPass(inputs(mustNot))
    for (const signal of ['SatisfiedPolicy.isFound[0]', 'SatisfiedPolicy.SetLookup[0].isFound']) {
      circuit.expectCaught(inputs(mustBeIn), { [signal]: 1n })
      circuit.expectCaught(inputs(mustNot, member), { [signal]: 0n })
    }
    circuit.expectCaught(inputs(mustBeIn), { [`SatisfiedPolicy.literals[${FOUND}]`]: 1n })
    circuit.expectCaught(inputs(mustBeIn), { 'SatisfiedPolicy.SelectUnsigned#2[0].out': 13n })
  })

  test('cannot look up another attribute or in another set', async () => {
    const lookups = [{ attribute: 2, values: [13n] }]
    const mustBeIn = { ...NOTHING, lookups, terms: allTerms(literalMask([FOUND])) }
    const other = { ...mustBeIn, lookups: [{ attribute: 3, values: [13n] }] }
    await circuit.expectPass(inputs(other))
    await circuit.expectFail({ ...inputs(other), operandWord: operandWord(mustBeIn, false) })
    const own = { ...mustBeIn, lookups: [{ attribute: 2, values: [12n] }] }
    await circuit.expectPass(inputs(own))
    const swapped = { ...inputs(own), lookupRoots: inputs(mustBeIn).lookupRoots ?? 0n }
    await circuit.expectFail(swapped)
    circuit.expectCaught(swapped)
  })

  test('cannot name a literal of an AND as one of an OR', async () => {
    const both = {
      ...NOTHING,
      comparisons: tooYoung.comparisons,
      terms: allTerms(literalMask([0, 1])),
    }
    const either = { ...both, terms: [literalMask([0]), ...allTerms(literalMask([1])).slice(1)] }
    await circuit.expectPass(inputs(either))
    await circuit.expectFail(inputs(both))
    await circuit.expectFail({ ...inputs(either), formulaWord: formulaWord(both) })
  })
})

function onlyComparison(comparison: CompiledPolicy['comparisons'][number]): CompiledPolicy {
  return {
    ...NOTHING,
    comparisons: [comparison, ...NOTHING.comparisons.slice(1)],
    terms: allTerms(literalMask([0])),
  }
}

function moved({ comparisons }: CompiledPolicy, left: number): CompiledPolicy['comparisons'] {
  return comparisons.map((comparison) => ({ ...comparison, left }))
}

function allTerms(term: bigint): bigint[] {
  return Array<bigint>(SHAPE.terms).fill(term)
}

function inputs(program: CompiledPolicy, values: readonly bigint[] = attributes): Inputs {
  const sets = program.lookups.map((lookup) => SortedSet.from(LOOKUP_SHAPE, lookup.values))
  return {
    attributes: values,
    lookupPlaces: program.lookups.flatMap(({ attribute }, i) => {
      const { run = [], index = 0, children = [] } = sets[i]?.prove(values[attribute] ?? 0n) ?? {}
      return [...run, BigInt(index), ...children.flat()]
    }),
    operandWord: operandWord(program, false),
    weightWord: weightWord(program),
    formulaWord: formulaWord(program),
    constants: program.comparisons.map(({ constant }) => constant),
    lookupRoots: sets.map(({ root }) => root),
  }
}
