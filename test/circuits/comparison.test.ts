import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { compileForTest } from '../support/circuit.ts'

const circuit = compileForTest(
  ['comparison', 'tags'],
  `template TestComparison() {
     signal input left; signal input right; signal input mask; signal output isTrue;
     signal {maxbit} l <== InRange(120)(left);
     signal {maxbit} r <== InRange(120)(right);
     signal {binary} digits[3] <== Bits(3)(mask);
     isTrue <== Comparison()(Signed(154)(l), Signed(154)(r), digits);
   }
   component main {public [right, mask]} = TestComparison();`,
)

const TOP = 2n ** 120n - 1n
const LESS = 4n
const EQUAL = 2n
const GREATER = 1n

describe('comparison', () => {
  test('agrees with integers for every mask around every edge', async () => {
    const edges = [0n, 1n, 17n, 18n, 19n, TOP - 1n, TOP]
    for (const left of edges) {
      for (const right of edges) {
        const result = left < right ? LESS : left === right ? EQUAL : GREATER
        for (let mask = 0n; mask < 8n; mask++) {
          await circuit.expectPass(
            { left, right, mask },
            { isTrue: (mask & result) === 0n ? 0n : 1n },
          )
        }
      }
    }
  })

  test.each([
    ['2^120', 2n ** 120n],
    ['r - 1, which is -1', FIELD_ORDER - 1n],
    ['half the field', FIELD_ORDER / 2n],
  ])('refuses an operand of %s', async (_, value) => {
    await circuit.expectFail({ left: value, right: 18n, mask: 7n })
    await circuit.expectFail({ left: 18n, right: value, mask: 7n })
  })

  test('refuses a mask of more than three digits', async () => {
    await circuit.expectFail({ left: 1n, right: 1n, mask: 8n })
  })

  test('an answer that is flipped breaks a constraint', () => {
    circuit.expectCaught({ left: 17n, right: 18n, mask: GREATER | EQUAL }, { isTrue: 1n })
    circuit.expectCaught({ left: 18n, right: 18n, mask: LESS }, { isTrue: 1n })
    expect(circuit.r1cs.constraints.length).toBeGreaterThan(0)
  })
})
