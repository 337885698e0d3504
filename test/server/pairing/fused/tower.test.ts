import { describe, expect, test } from 'vitest'
import { Fp12, Fp2 } from '../../../../core/bn254.ts'
import { v128 } from '../../../../core/wasm/code.ts'
import { place } from '../../../../core/wasm/fields/field-code.ts'
import type { Product } from '../../../../core/wasm/fields/field-code.ts'
import { inverseModulo } from '../../../../core/wasm/fields/prime-code.ts'
import {
  Probes,
  elementsFrom,
  fp12Bytes,
  fp12Of,
  fp12ValueOf,
  fp2Bytes,
  fp2ValuesOf,
} from './world.ts'
import { extremeSlot, isReduced, partsOf, q } from './world.ts'
import type { Fp12Value, Fp2Value } from './world.ts'

// The fields of pairings against those of another library. Lanes have values of their own, and what
// is written must be as near to zero as the next operation is told.

const SIGNS = ['+', '-', '+-', '++', '-+-', '++--', '+-+-+', '++++++', '------', '+-++-+'] as const

const probes = new Probes(({ module, prime, pair, tower }) => {
  const slot = (at: Parameters<typeof place>[0], index = 0) =>
    pair.slot(place(at, index * pair.slotBytes))
  module.define('probe_conjugate', ['i32', 'i32'] as const, (f, [to, a]) => {
    pair.conjugate(f, place(to), slot(a))
  })
  module.define('probe_scale', ['i32', 'i32', 'i32'] as const, (f, [to, a, by]) => {
    pair.scale(f, place(to), slot(a), { ...place(by), ...prime.reduced })
  })
  for (const signs of SIGNS) {
    module.define(`probe_sum${signs}`, ['i32', 'i32'] as const, (f, [to, from]) => {
      const products = Array.from(signs, (sign, k): Product => [
        sign as '+',
        slot(from, 2 * k),
        slot(from, 2 * k + 1),
      ])
      pair.mulSum(f, place(to), products)
    })
  }
  module.define('probe_line', ['i32'] as const, (f, [from]) => {
    tower.line.forEach((part, i) => {
      const { pointer, offset } = slot(from, i)
      pair.limbwise(f, part, (at) => v128.load(pointer, offset + at))
    })
  })
})

const { prime } = probes
const PAIR_BYTES = 2 * prime.slotBytes
const TOWER_BYTES = 3 * PAIR_BYTES
const [A, B, TO] = [
  probes.allocate(12 * PAIR_BYTES),
  probes.allocate(TOWER_BYTES),
  probes.allocate(TOWER_BYTES),
]

type Lanes = readonly [Fp2Value, Fp2Value]

describe('in the quadratic field', () => {
  const { next, number, fp2 } = elementsFrom(1)
  const XI = Fp2.fromBigTuple([9n, 1n])
  const two = (): Lanes => [fp2(), fp2()]

  /** Calls a function on elements that lie at A, one behind the other. */
  function compute(name: string, operands: readonly Lanes[], to = TO): Fp2Value[] {
    operands.forEach(([low, high], i) => probes.set(A + i * PAIR_BYTES, fp2Bytes(prime, low, high)))
    const isSum = name.startsWith('probe_sum')
    const from = isSum ? [A] : operands.map((_, i) => A + i * PAIR_BYTES)
    probes.call(name, to, ...from)
    const bytes = probes.get(to, PAIR_BYTES)
    if (!isReduced(prime, bytes)) throw new Error(`${name} gives what is not reduced`)
    return fp2ValuesOf(prime, bytes)
  }

  function expectLanes(name: string, operands: readonly Lanes[], of: (lane: 0 | 1) => Fp2Value) {
    const expected = [of(0), of(1)]
    // An operand may be replaced.
    const to = [TO, A, A + (operands.length - 1) * PAIR_BYTES][Number(next(3n))]
    expect(compute(name, operands, to), name).toEqual(expected)
  }

  test('products, squares, inverses and multiples are right, 600 times each', () => {
    for (let i = 0; i < 600; i++) {
      const [a, b] = [two(), two()]
      expectLanes('fq2_mul', [a, b], (lane) => Fp2.mul(a[lane], b[lane]))
      expectLanes('fq2_sqr', [a], (lane) => Fp2.sqr(a[lane]))
      expectLanes('fq2_xi', [a], (lane) => Fp2.mul(a[lane], XI))
      expectLanes('probe_conjugate', [a], (lane) => Fp2.frobeniusMap(a[lane], 1))
    }
    for (let i = 0; i < 150; i++) {
      const a = two()
      expectLanes('fq2_inv', [a], (lane) => (Fp2.is0(a[lane]) ? Fp2.ZERO : Fp2.inv(a[lane])))
    }
  })

  test('multiples by elements of the prime field are right, for each lane another', () => {
    for (let i = 0; i < 500; i++) {
      const [a, by] = [two(), [number(), number()] as const]
      probes.set(B, prime.slotOf(...by))
      probes.set(A, fp2Bytes(prime, ...a))
      const to = i % 2 === 0 ? TO : A
      probes.call('probe_scale', to, A, B)
      const bytes = probes.get(to, PAIR_BYTES)
      expect(fp2ValuesOf(prime, bytes)).toEqual(a.map((own, lane) => Fp2.mul(own, by[lane]!)))
      expect(isReduced(prime, bytes)).toBe(true)
    }
  })

  test.each(SIGNS)('sums of products %s are right, 120 times', (signs) => {
    for (let i = 0; i < 120; i++) {
      // All of them at an edge, too.
      const all = two()
      const operands = Array.from({ length: 2 * signs.length }, () => (i % 4 === 0 ? all : two()))
      expectLanes(`probe_sum${signs}`, operands, (lane) =>
        Array.from(signs).reduce((sum, sign, k) => {
          const product = Fp2.mul(operands[2 * k]![lane], operands[2 * k + 1]![lane])
          return sign === '+' ? Fp2.add(sum, product) : Fp2.sub(sum, product)
        }, Fp2.ZERO),
      )
    }
  })
})

describe('in the field of pairings', () => {
  const { next, fp2, fp12 } = elementsFrom(2)

  /** Elements with few parts, and others. */
  function some(): Fp12Value {
    const whole = fp12()
    if (next(3n) > 0n) return whole
    const kept = Number(next(64n))
    return fp12Of(partsOf(whole).map((part, i) => ((kept >> i) & 1 ? part : Fp2.ZERO)))
  }

  const result = (name: string, at: number): Fp12Value => {
    const bytes = probes.get(at, TOWER_BYTES)
    if (!isReduced(prime, bytes)) throw new Error(`${name} gives what is not reduced`)
    return fp12ValueOf(prime, bytes)
  }

  /** Of one operand, in place or not. */
  function expectImage(name: string, a: Fp12Value, expected: Fp12Value): void {
    const to = next(2n) === 0n ? A : TO
    probes.set(A, fp12Bytes(prime, a))
    probes.call(`fp12_${name}`, to, A)
    expect(Fp12.eql(result(name, to), expected), name).toBe(true)
  }

  test('products are right, whichever operand they replace, 600 times', () => {
    for (let i = 0; i < 600; i++) {
      const [a, b] = [some(), some()]
      probes.set(A, fp12Bytes(prime, a))
      probes.set(B, fp12Bytes(prime, b))
      const to = [TO, A, B][i % 3]!
      probes.call('fp12_mul', to, A, B)
      expect(Fp12.eql(result('mul', to), Fp12.mul(a, b))).toBe(true)
    }
    for (let i = 0; i < 50; i++) {
      const a = some()
      probes.set(A, fp12Bytes(prime, a))
      probes.call('fp12_mul', A, A, A)
      expect(Fp12.eql(result('mul', A), Fp12.sqr(a))).toBe(true)
    }
  })

  test('squares and conjugates are right, 500 times each', () => {
    for (let i = 0; i < 500; i++) {
      const a = some()
      expectImage('sqr', a, Fp12.sqr(a))
      expectImage('conjugate', a, Fp12.conjugate(a))
    }
  })

  test.each([1, 2, 3])('powers by q^%i are right, 200 times', (n) => {
    for (let i = 0; i < 200; i++) {
      const a = some()
      expectImage(`frobenius${String(n)}`, a, Fp12.frobeniusMap(a, n))
    }
  })

  test('inverses are right, and 0 has 0', () => {
    for (let i = 0; i < 150; i++) {
      const a = some()
      if (!Fp12.is0(a)) expectImage('inv', a, Fp12.inv(a))
    }
    expectImage('inv', Fp12.ZERO, Fp12.ZERO)
  })

  test('squares of elements of norm one are right, 300 times', () => {
    for (let i = 0; i < 100; i++) {
      const any = some()
      const a = Fp12.is0(any) ? Fp12.ONE : any
      const norm = Fp12.mul(Fp12.conjugate(a), Fp12.inv(a))
      let easy = Fp12.mul(Fp12.frobeniusMap(norm, 2), norm)
      for (let k = 0; k < 3; k++) {
        const square = Fp12.sqr(easy)
        expectImage('cyclotomic', easy, square)
        easy = square
      }
    }
    expectImage('cyclotomic', Fp12.ONE, Fp12.ONE)
  })

  test('products with lines of either lane are right, 250 times each', () => {
    for (let i = 0; i < 250; i++) {
      const [f, line] = [some(), [0, 1, 2].map((): Lanes => [fp2(), fp2()])]
      line.forEach((lanes, k) => probes.set(B + k * PAIR_BYTES, fp2Bytes(prime, ...lanes)))
      probes.call('probe_line', B)
      for (const lane of [0, 1] as const) {
        const [c0, c1, c3] = line.map((lanes) => lanes[lane])
        for (const [name, first] of [['line', c0!] as const, ['lineone', Fp2.ONE] as const]) {
          const factor = fp12Of([first, c1!, Fp2.ZERO, c3!, Fp2.ZERO, Fp2.ZERO])
          probes.set(A, fp12Bytes(prime, f))
          probes.call(`fp12_${name}${String(lane)}`, A)
          expect(Fp12.eql(result(name, A), Fp12.mul(f, factor)), name).toBe(true)
        }
      }
    }
  })

  test('operands as far out as they may be have right results, 150 times', () => {
    const extreme = (at: number): Fp12Value => {
      for (let i = 0; i < 6; i++) probes.set(at + i * prime.slotBytes, extremeSlot(next))
      return fp12ValueOf(prime, probes.get(at, TOWER_BYTES))
    }
    for (let i = 0; i < 150; i++) {
      const [a, b] = [extreme(A), extreme(B)]
      const expectResult = (name: string, operands: readonly number[], expected: Fp12Value) => {
        probes.call(`fp12_${name}`, TO, ...operands)
        expect(Fp12.eql(result(name, TO), expected), name).toBe(true)
      }
      expectResult('mul', [A, B], Fp12.mul(a, b))
      expectResult('sqr', [A], Fp12.sqr(a))
      expectResult('cyclotomic', [A], Fp12._cyclotomicSquare(a))
      expectResult('inv', [A], Fp12.inv(a))
      expectResult('frobenius1', [A], Fp12.frobeniusMap(a, 1))
      // What lies at B, as a line.
      const parts = partsOf(b)
      probes.call('probe_line', B)
      for (const lane of [0, 1] as const) {
        const [c0, c1, c3] = [parts[lane]!, parts[2 + lane]!, parts[4 + lane]!]
        for (const [name, first] of [['line', c0] as const, ['lineone', Fp2.ONE] as const]) {
          const factor = fp12Of([first, c1, Fp2.ZERO, c3, Fp2.ZERO, Fp2.ZERO])
          probes.set(TO, probes.get(A, TOWER_BYTES))
          expectResult(`${name}${String(lane)}`, [], Fp12.mul(a, factor))
        }
      }
    }
  })

  test('results are taken as operands again, 400 times, without losing bounds', () => {
    let [a, b] = [fp12(), fp12()]
    probes.set(A, fp12Bytes(prime, a))
    probes.set(B, fp12Bytes(prime, b))
    for (let i = 0; i < 200; i++) {
      probes.call('fp12_mul', A, A, B)
      probes.call('fp12_sqr', B, B)
      ;[a, b] = [Fp12.mul(a, b), Fp12.sqr(b)]
    }
    expect(Fp12.eql(result('mul', A), a)).toBe(true)
    expect(Fp12.eql(result('sqr', B), b)).toBe(true)
  })
})

describe('one', () => {
  const isOne = (value: Fp12Value): number => {
    probes.set(A, fp12Bytes(prime, value))
    return probes.call('fp12_isone', A)
  }

  test('is one, also with zeros that have a sign, and computed', () => {
    expect(isOne(Fp12.ONE)).toBe(1)
    probes.call('fp12_conjugate', A, A)
    expect(probes.call('fp12_isone', A)).toBe(1)
    const a = elementsFrom(3).fp12()
    probes.set(A, fp12Bytes(prime, a))
    probes.call('fp12_inv', B, A)
    probes.call('fp12_mul', A, A, B)
    expect(probes.call('fp12_isone', A)).toBe(1)
  })

  test('is nothing that differs in one part, however little', () => {
    const inverseRadix = inverseModulo(prime.radix % q, q)
    // In one limb of what is kept, too.
    const limbs = [0n, 1n, 2n, 3n, 4n].map((i) => ((1n << (51n * i)) * inverseRadix) % q)
    const differences = [1n, q - 1n, 2n, q >> 1n, ...limbs, ...limbs.map((limb) => q - limb)]
    const parts = partsOf(Fp12.ONE)
    for (let i = 0; i < parts.length; i++) {
      for (const difference of differences) {
        for (const tuple of [[difference, 0n] as const, [0n, difference] as const]) {
          const other = parts.with(i, Fp2.add(parts[i]!, Fp2.fromBigTuple([...tuple])))
          expect(isOne(fp12Of(other)), `part ${i}`).toBe(0)
        }
      }
    }
  })

  test('is not zero, nor its opposite, a power of w, or anything else', () => {
    const parts = partsOf(Fp12.ONE)
    for (let i = 1; i < 6; i++) {
      expect(isOne(fp12Of(parts.with(0, Fp2.ZERO).with(i, Fp2.ONE)))).toBe(0)
    }
    for (const value of [Fp12.ZERO, Fp12.neg(Fp12.ONE)]) expect(isOne(value)).toBe(0)
    const { fp12 } = elementsFrom(4)
    for (let i = 0; i < 100; i++) expect(isOne(fp12())).toBe(0)
  })
})
