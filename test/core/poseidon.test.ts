import fc from 'fast-check'
import { poseidon2 } from 'poseidon-lite/poseidon2'
import { poseidon8 } from 'poseidon-lite/poseidon8'
import { poseidon16 } from 'poseidon-lite/poseidon16'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { poseidonUnchecked } from '../../core/poseidon.ts'
import { otherPoseidon } from '../support/circomlibjs.ts'

const WIDTHS = Array.from({ length: 16 }, (_, i) => i + 1)
const elements = fc.oneof(
  fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }),
  fc.constantFrom(0n, 1n, FIELD_ORDER - 1n, 2n ** 253n),
)

describe.each(WIDTHS)('with %i inputs', (width) => {
  test('agrees with circomlibjs', () => {
    const inputs = fc.array(elements, { minLength: width, maxLength: width })
    fc.assert(
      fc.property(inputs, (values) => poseidonUnchecked(values) === otherPoseidon(values)),
      { numRuns: 25 },
    )
  })

  test('agrees with circomlibjs at the edges of the field', () => {
    for (const value of [0n, 1n, FIELD_ORDER - 1n]) {
      const inputs = Array<bigint>(width).fill(value)
      expect(poseidonUnchecked(inputs)).toBe(otherPoseidon(inputs))
    }
  })
})

test('agrees with poseidon-lite, which computes the rounds as they are defined', () => {
  for (const [width, plain] of [
    [2, poseidon2],
    [8, poseidon8],
    [16, poseidon16],
  ] as const) {
    const inputs = Array.from({ length: width }, (_, i) => (FIELD_ORDER - 1n) / BigInt(i + 1))
    expect(poseidonUnchecked(inputs)).toBe(plain(inputs))
  }
})

test('gives the published hash of 1 and 2', () => {
  // https://github.com/iden3/circomlibjs/blob/main/test/poseidon.js
  expect(poseidonUnchecked([1n, 2n])).toBe(
    0x115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189an,
  )
})
