import { describe, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { compileForTest, corruptions } from '../support/circuit.ts'

describe.each([
  { count: 5, bits: 3 },
  { count: 17, bits: 5 },
])('a choice of $count values by $bits digits', ({ count, bits }) => {
  const circuit = compileForTest(
    ['select', 'tags'],
    `template TestSelect() {
       signal input values[${count}]; signal input index; signal output out;
       out <== Select(${count}, ${bits})(values, Bits(${bits})(index));
     }
     component main = TestSelect();`,
  )
  const values = Array.from({ length: count }, (_, i) => FIELD_ORDER - 1n - BigInt(i * i))

  test('gives the value at each index, and 0 beyond the last', async () => {
    for (let index = 0; index < 1 << bits; index++) {
      const inputs = { values, index: BigInt(index) }
      await circuit.expectPass(inputs, { out: values[index] ?? 0n })
      await circuit.expectDetermined(inputs)
    }
  })

  test.each([
    ['with one digit more', BigInt(1 << bits)],
    ['of r - 1', -1n],
    ['of one half', (FIELD_ORDER + 1n) / 2n],
  ])('refuses an index %s', async (_, index) => {
    await circuit.expectFail({ values, index })
    circuit.expectCaught({ values, index })
  })

  test('gives no other value than the chosen one', () => {
    const inputs = { values, index: 0n }
    for (const other of [0n, 1n, ...values.slice(1)]) circuit.expectCaught(inputs, { out: other })
    circuit.expectCaught(inputs, { 'Bits.bits[0]': 1n })
  })

  test('another value elsewhere changes nothing', async () => {
    for (const [name, inputs] of corruptions({ values, index: 0n })) {
      if (name.startsWith('values[') && name !== 'values[0]') {
        await circuit.expectPass(inputs, { out: values[0] ?? 0n })
      }
    }
  })
})
