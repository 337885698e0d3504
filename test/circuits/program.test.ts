import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import type { CompiledPolicy } from '../../core/policy/program.ts'
import { CIRCUIT_SHAPES } from '../../core/shapes.ts'
import type { CircuitShape } from '../../core/shapes.ts'
import { formulaWord, operandWord, weightWord } from '../../core/statement.ts'
import { compileForTest } from '../support/circuit.ts'
import type { TestCircuit } from '../support/circuit.ts'
import { anyProgram } from '../support/programs.ts'

describe.each(CIRCUIT_SHAPES)('program of $name', (shape) => {
  const { comparisons, lookups, terms, selectorBits } = shape
  const circuit = compileForTest(
    ['program'],
    `component main = Program(${[comparisons, lookups, terms, selectorBits].join(', ')});`,
  )

  test('is read as core writes it', async () => {
    await fc.assert(
      fc.asyncProperty(anyProgram(shape), fc.boolean(), async (program, isPerCredential) => {
        const witness = await circuit.witness(wordsOf(program, isPerCredential))
        expect(readProgram(circuit, witness, shape)).toEqual({
          comparisons: program.comparisons.map(({ left, right, mask }) => ({ left, right, mask })),
          lookups: program.lookups.map(({ attribute }) => attribute),
          isPerCredential,
          weights: program.weights,
          terms: program.terms,
        })
      }),
      { numRuns: 20 },
    )
  })

  test('leaves no choice of how to read a word', async () => {
    const [program = fail()] = fc.sample(anyProgram(shape), 1)
    await circuit.expectPass(wordsOf(program, true))
    await circuit.expectDetermined(wordsOf(program, true))
  })

  test('reads words that are full', async () => {
    const { operand, weight, formula } = widths(shape)
    const full = {
      operandWord: 2n ** operand - 1n,
      weightWord: 2n ** weight - 1n,
      formulaWord: 2n ** formula - 1n,
    }
    await circuit.expectPass(full, { isPerCredential: 1n })
  })

  test.each(['operand', 'weight', 'formula'] as const)('refuses a longer %s word', async (name) => {
    const none = { operandWord: 0n, weightWord: 0n, formulaWord: 0n }
    for (const word of [2n ** widths(shape)[name], -1n, FIELD_ORDER / 2n]) {
      await circuit.expectFail({ ...none, [`${name}Word`]: word })
      circuit.expectCaught({ ...none, [`${name}Word`]: word })
    }
  })

  test('no digit can be flipped', () => {
    const none = { operandWord: 0n, weightWord: 0n, formulaWord: 0n }
    for (const digit of [
      'left[0][0]',
      'right[1][2]',
      'mask[0][1]',
      'lookedUp[0][0]',
      'isPerCredential',
      'weighted[0][0]',
      'magnitudes[3][31]',
      'signs[0]',
      'needs[0][0]',
    ]) {
      circuit.expectCaught(none, { [digit]: 1n })
    }
  })
})

/** The words by the names they have in circuits/program.circom. */
function wordsOf(program: CompiledPolicy, isPerCredential: boolean) {
  return {
    operandWord: operandWord(program, isPerCredential),
    weightWord: weightWord(program),
    formulaWord: formulaWord(program),
  }
}

/** Digits of the three words. */
function widths({ comparisons, lookups, terms, selectorBits }: CircuitShape) {
  return {
    operand: BigInt(comparisons * (2 * selectorBits + 3) + lookups * selectorBits + 1),
    weight: BigInt(4 * (selectorBits + 33)),
    formula: BigInt(terms * (comparisons + 2 * lookups)),
  }
}

function readProgram(circuit: TestCircuit, witness: readonly bigint[], shape: CircuitShape) {
  const bit = (name: string): bigint => circuit.read(witness, name)
  const number = (name: string, width: number): bigint =>
    range(width).reduce((sum, k) => sum | (bit(`${name}[${k}]`) << BigInt(k)), 0n)
  const selector = (name: string): number => Number(number(name, shape.selectorBits))
  return {
    comparisons: range(shape.comparisons).map((c) => ({
      left: selector(`left[${c}]`),
      right: selector(`right[${c}]`),
      mask: Number(number(`mask[${c}]`, 3)),
    })),
    lookups: range(shape.lookups).map((l) => selector(`lookedUp[${l}]`)),
    isPerCredential: bit('isPerCredential') === 1n,
    weights: range(4).map((w) => ({
      attribute: selector(`weighted[${w}]`),
      times: number(`magnitudes[${w}]`, 32) * (1n - 2n * bit(`signs[${w}]`)),
    })),
    terms: range(shape.terms).map((t) =>
      number(`needs[${t}]`, shape.comparisons + 2 * shape.lookups),
    ),
  }
}

function range(length: number): number[] {
  return [...Array(length).keys()]
}

function fail(): never {
  throw new TypeError('no sample')
}
