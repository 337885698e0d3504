import { expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { FULL_ROUNDS, PARTIAL_ROUNDS, poseidonConstants } from '../../core/poseidon-constants.ts'

test('the generator gives the constants circomlib lists for two inputs', () => {
  // circomlib 2.0.5, circuits/poseidon_constants.circom: POSEIDON_C(3)[0], POSEIDON_M(3)[0][0].
  const { roundConstants, matrix } = poseidonConstants(3, 57)
  expect(roundConstants[0]?.[0]).toBe(
    0x0ee9a592ba9a9518d05986d656f40c2114c4993c11bb29938d21d47304cd8e6en,
  )
  expect(matrix[0]?.[0]).toBe(0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118bn)
})

test('there is a constant for every element of every round, all in the field', () => {
  const width = 5
  const { roundConstants, matrix } = poseidonConstants(width, PARTIAL_ROUNDS[width - 2] ?? 0)
  expect(roundConstants).toHaveLength(FULL_ROUNDS + 60)
  for (const row of [...roundConstants, ...matrix]) {
    expect(row).toHaveLength(width)
    expect(row.every((value) => value >= 0n && value < FIELD_ORDER)).toBe(true)
  }
})
