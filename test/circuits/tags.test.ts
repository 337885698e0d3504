import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../core/field.ts'
import { compileForTest, compilerErrors } from '../support/circuit.ts'

const HALF_FIELD = (FIELD_ORDER + 1n) / 2n

describe('in range', () => {
  const narrow = compileForTest(['tags'], 'component main = InRange(16);')
  const widest = compileForTest(['tags'], 'component main = InRange(253);')

  test.each([0n, 1n, 65_535n])('accepts %d in 16 digits and gives it back', async (value) => {
    await narrow.expectPass({ in: value }, { out: value })
    await narrow.expectDetermined({ in: value })
  })

  test.each([
    ['2^16', 65_536n],
    ['r - 1, which is -1', -1n],
    ['r - 2^16', -65_536n],
    ['a half', HALF_FIELD],
  ])('refuses %s in 16 digits', async (_, value) => {
    await narrow.expectFail({ in: value })
    narrow.expectCaught({ in: value })
    narrow.expectCaught({ in: value }, { 'Bits.bits[0]': value })
  })

  test('has room for 253 digits and no more', async () => {
    await widest.expectPass({ in: 2n ** 253n - 1n })
    await widest.expectFail({ in: 2n ** 253n })
    await widest.expectFail({ in: -1n })
  })
})

const small = compileForTest(
  ['tags'],
  `template TestSmall() {
     signal input value; signal output key <== OddKey(40)(InRange(40)(value));
     signal input left; signal input right; signal {binary} isEqual <== Equal()(left, right);
     signal input index; signal input digits; signal output chosen; signal output opposite;
     signal {binary} digit <== SelectBinary(4, 2)(Bits(4)(digits), Bits(2)(index));
     chosen <== digit;
     opposite <== Not()(digit);
   }
   component main = TestSmall();`,
)
const anything = { value: 0n, left: 0n, right: 0n, index: 0n, digits: 0n }

describe('odd key', () => {
  test('is twice the value and one', async () => {
    for (const value of [0n, 1n, 2n ** 40n - 1n]) {
      await small.expectPass({ ...anything, value }, { key: 2n * value + 1n })
    }
  })

  test('refuses a value of 41 digits', async () => {
    await small.expectFail({ ...anything, value: 2n ** 40n })
  })
})

describe('equal', () => {
  const of = (left: bigint, right: bigint) => ({ ...anything, left, right })

  test('tells equal elements of the field from others', async () => {
    for (const left of [0n, 1n, 2n ** 253n, -1n]) {
      await small.expectPass(of(left, left), { isEqual: 1n })
      await small.expectPass(of(left, left + 1n), { isEqual: 0n })
      await small.expectPass(of(left, -left - 1n), { isEqual: 0n })
      await small.expectDetermined(of(left, left + 1n))
    }
  })

  test('cannot be talked round, whatever inverse the prover claims', () => {
    for (const inverse of [0n, 1n, -1n, HALF_FIELD]) {
      const claim = { 'Equal.IsEqual.isz.inv': inverse }
      small.expectCaught(of(5n, 7n), { isEqual: 1n, ...claim })
      small.expectCaught(of(5n, 5n), { isEqual: 0n, ...claim })
      small.expectCaught(of(5n, 7n), { isEqual: HALF_FIELD, ...claim })
    }
  })
})

describe('a digit', () => {
  test('chosen among digits is one of them, and can be turned round', async () => {
    for (let digits = 0n; digits < 16n; digits++) {
      for (let index = 0n; index < 4n; index++) {
        const chosen = (digits >> index) & 1n
        const expected = { chosen, opposite: 1n - chosen }
        await small.expectPass({ ...anything, index, digits }, expected)
      }
    }
    const fourth = { ...anything, index: 2n, digits: 4n }
    small.expectCaught(fourth, { chosen: 0n })
    small.expectCaught(fourth, { opposite: 1n })
  })
})

describe('at least', () => {
  const circuit = compileForTest(
    ['tags'],
    `template TestAtLeast() {
       signal input left; signal input right; signal output out;
       out <== AtLeast()(PublicConstant(154)(left), PublicConstant(154)(right));
     }
     component main = TestAtLeast();`,
  )
  const top = 2n ** 154n - 1n

  test('agrees with integers from the lowest to the highest', async () => {
    const edges = [-top, 1n - top, -1n, 0n, 1n, top - 1n, top]
    for (const left of edges) {
      for (const right of edges) {
        await circuit.expectPass({ left, right }, { out: left >= right ? 1n : 0n })
      }
    }
    await circuit.expectDetermined({ left: -top, right: top })
  })

  test('refuses what is too far apart to be an order', async () => {
    await circuit.expectFail({ left: 2n ** 155n, right: -1n })
    await circuit.expectFail({ left: 0n, right: 2n ** 155n + 1n })
    await circuit.expectFail({ left: FIELD_ORDER / 2n, right: 0n })
  })

  test('its answer cannot be flipped', () => {
    for (const [left, right] of [
      [0n, 0n],
      [0n, 1n],
      [-top, top],
      [top, -top],
    ] as const) {
      circuit.expectCaught({ left, right }, { out: left >= right ? 0n : 1n })
      circuit.expectCaught({ left, right }, { out: 2n })
    }
  })
})

describe('sum of products', () => {
  const circuit = compileForTest(
    ['tags'],
    `template TestSum() {
       signal input values[4]; signal input magnitudes[4]; signal input signs[4];
       signal output out;
       signal {maxbit} tagged[4]; signal {binary} digits[4][32]; signal {binary} minus[4][1];
       for (var i = 0; i < 4; i++) {
         tagged[i] <== InRange(120)(values[i]);
         digits[i] <== Bits(32)(magnitudes[i]);
         minus[i] <== Bits(1)(signs[i]);
       }
       out <== SumOfProducts(4, 120, 32)(
         tagged, digits, [minus[0][0], minus[1][0], minus[2][0], minus[3][0]]
       );
     }
     component main = TestSum();`,
  )
  const none = [0n, 0n, 0n, 0n]
  const TOP_VALUE = 2n ** 120n - 1n
  const TOP_WEIGHT = 2n ** 32n - 1n

  const sum = (values: readonly bigint[], weights: readonly bigint[]): bigint =>
    values.reduce((total, value, i) => total + value * (weights[i] ?? 0n), 0n)

  const inputs = (values: readonly bigint[], weights: readonly bigint[]) => ({
    values,
    magnitudes: weights.map((weight) => (weight < 0n ? -weight : weight)),
    signs: weights.map((weight) => (weight < 0n ? 1n : 0n)),
  })

  test('agrees with integers for any values and weights', async () => {
    const quadruple = (limit: bigint) => {
      const element = fc.bigInt({ min: limit < 0n ? limit : 0n, max: limit < 0n ? -limit : limit })
      return fc.array(element, { minLength: 4, maxLength: 4 })
    }
    await fc.assert(
      fc.asyncProperty(quadruple(TOP_VALUE), quadruple(-TOP_WEIGHT), async (values, weights) => {
        await circuit.expectPass(inputs(values, weights), { out: sum(values, weights) })
      }),
      { numRuns: 50 },
    )
  })

  test('stays within the bound its tag states', async () => {
    for (const weight of [TOP_WEIGHT, -TOP_WEIGHT]) {
      const values = [TOP_VALUE, TOP_VALUE, TOP_VALUE, TOP_VALUE]
      const weights = [weight, weight, weight, weight]
      const total = sum(values, weights)
      expect(total < 2n ** 154n && total > -(2n ** 154n)).toBe(true)
      await circuit.expectPass(inputs(values, weights), { out: total })
    }
  })

  test('refuses a value, a weight or a sign out of range', async () => {
    const wrong = { values: 2n ** 120n, magnitudes: 2n ** 32n, signs: 2n }
    for (const [name, value] of Object.entries(wrong)) {
      const honest = { values: none, magnitudes: none, signs: none }
      await circuit.expectFail({ ...honest, [name]: [0n, 0n, value, 0n] })
      await circuit.expectFail({ ...honest, [name]: [-1n, 0n, 0n, 0n] })
    }
  })
})

describe('a tag that nobody earned does not compile', () => {
  const refused = (includes: readonly string[], statements: string): void => {
    const main = `template Forged() {
      signal input x; signal input y; signal output out;
      ${statements}
    }
    component main = Forged();`
    expect(compilerErrors(includes, main)).toMatch(/Tag value|missing tags|assert/i)
  }

  test.each([
    ['a choice', ['select'], 'signal {binary} b[1] <== [x]; out <== Select(2, 1)([x, y], b);'],
    ['a range', ['tags'], 'signal {maxbit} b <== x; out <== Signed(8)(b);'],
    [
      'half of an array',
      ['tags'],
      `signal {maxbit} b[2]; b[0] <== InRange(8)(x); b[1] <== y;
      out <== SelectUnsigned(2, 1)(b, Bits(1)(x));`,
    ],
    ['an operand', ['tags'], 'signal {maxabs} b <== x; out <== AtLeast()(b, b);'],
    ['a wider range', ['tags'], 'out <== Signed(8)(InRange(9)(x));'],
    [
      'arithmetic on a range',
      ['tags'],
      'signal {maxbit} s <== InRange(8)(x); out <== Signed(8)(s + 1);',
    ],
  ])('%s', (_, includes, statements) => {
    refused(includes, statements)
  })
})
