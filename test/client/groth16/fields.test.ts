import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FIELD_ORDER } from '../../../core/field.ts'
import { CURVE_FIELD_ORDER, ENDOMORPHISM } from '../../../core/curve.ts'
import { createEngineModule, Engine, startEngine } from '../../../client/groth16/engine.ts'
import { addFmaField } from '../../../core/wasm/fields/fma-field.ts'
import { place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import { isSound } from '../../../client/groth16/self-test.ts'
import { f64x2, FunctionBuilder, i32, ModuleBuilder } from '../../../core/wasm/code.ts'
import { Layout } from '../../../core/wasm/layout.ts'
import { verdictOf } from '../../support/refusal.ts'
import { integerBytes, integersIn, KINDS, numbersFrom, startEngineOf } from './engine-world.ts'

const FIELDS = [
  ['fq', CURVE_FIELD_ORDER],
  ['fr', FIELD_ORDER],
] as const

/** Values that fill limbs, or leave them empty, or lie beside a border. */
function edges(modulus: bigint): bigint[] {
  const powers = [29n, 51n, 58n, 102n, 128n, 204n, 232n, 253n].map((bits) => 1n << bits)
  const beside = powers.flatMap((power) => [power - 1n, power, power + 1n])
  const half = modulus >> 1n
  return [0n, 1n, 2n, half, half + 1n, modulus - 2n, modulus - 1n, ...beside]
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** The engine with another function in the place of one. */
function withFunction(
  engine: Engine,
  name: string,
  replacement: (...operands: number[]) => number,
): Engine {
  return {
    module: engine.module,
    call: { ...engine.call, [name]: replacement },
    allocate: (bytes: number) => engine.allocate(bytes),
    bytes: (address: number, length: number) => engine.bytes(address, length),
    temporarily: (work: () => unknown) => engine.temporarily(work),
  } as unknown as Engine
}

describe.each(KINDS)('the %s engine', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngineOf(kind)
  })

  /** Calls a function on slots. @returns The lanes of the result, in this order. */
  function compute(
    name: 'fq' | 'fr',
    operation: string,
    ...operands: readonly (readonly bigint[])[]
  ): bigint[] {
    const field = engine.module[name]
    return engine.temporarily(() => {
      const [to, ...from] = [[], ...operands].map(() => engine.allocate(field.slotBytes))
      from.forEach((address, i) => {
        engine.bytes(address, field.slotBytes).set(field.slotOf(...(operands[i] ?? [])))
      })
      engine.call[`${name}_${operation}`]!(to!, ...from)
      return field.valuesOf(engine.bytes(to!, field.slotBytes))
    })
  }

  // Two operations, two fields and two engines make 10,000.
  test.each(FIELDS)('multiplies and squares in %s, 1,250 times each', (name, modulus) => {
    const next = numbersFrom(kind.length)
    for (let i = 0; i < 1_250; i++) {
      const [a, b] = [next(modulus), next(modulus)]
      expect(compute(name, 'mul', [a, b], [b, b])[0]).toBe((a * b) % modulus)
      expect(compute(name, 'sqr', [a, b])[0]).toBe((a * a) % modulus)
    }
  })

  test.each(FIELDS)('multiplies edges in %s, in every lane', (name, modulus) => {
    const { lanes } = engine.module.fq
    for (const a of edges(modulus)) {
      for (const b of edges(modulus)) {
        const expected = [(a * b) % modulus, (b * b) % modulus].slice(0, lanes)
        expect(compute(name, 'mul', [a, b], [b, b])).toEqual(expected)
      }
      const squares = [(a * a) % modulus, 1n].slice(0, lanes)
      expect(compute(name, 'sqr', [a, modulus - 1n])).toEqual(squares)
    }
  })

  test.each(FIELDS)('inverts in %s, each lane by itself, and gives 0 for 0', (name, modulus) => {
    const expectInverses = (...values: readonly bigint[]): void => {
      const lanes = values.slice(0, engine.module[name].lanes)
      const inverses = compute(name, 'inv', lanes)
      expect(inverses.map((inverse, i) => (inverse * lanes[i]!) % modulus)).toEqual(
        lanes.map((value) => (value === 0n ? 0n : 1n)),
      )
      // Of 0 it is 0, and not what times 0 is 0 as well.
      expect(inverses.map((inverse) => inverse === 0n)).toEqual(lanes.map((value) => value === 0n))
    }
    for (const a of edges(modulus)) {
      for (const b of edges(modulus)) expectInverses(a, b)
    }
    const next = numbersFrom(kind.length + 1)
    for (let i = 0; i < 2_000; i++) expectInverses(next(modulus), next(modulus))
  })

  test('takes what it wrote as an operand again, without losing the bounds', () => {
    // A chain in which every product is the next factor shows sums that were carried too late.
    const { fr } = engine.module
    engine.temporarily(() => {
      const [a, b] = [engine.allocate(fr.slotBytes), engine.allocate(fr.slotBytes)]
      engine.bytes(a, fr.slotBytes).set(fr.slotOf(FIELD_ORDER - 1n))
      engine.bytes(b, fr.slotBytes).set(fr.slotOf(FIELD_ORDER - 3n))
      let [x, y] = [FIELD_ORDER - 1n, FIELD_ORDER - 3n]
      for (let i = 0; i < 1_000; i++) {
        engine.call['fr_mul']!(a, a, b)
        engine.call['fr_sqr']!(b, b)
        ;[x, y] = [(x * y) % FIELD_ORDER, (y * y) % FIELD_ORDER]
      }
      expect(fr.valuesOf(engine.bytes(a, fr.slotBytes))[0]).toBe(x)
      expect(fr.valuesOf(engine.bytes(b, fr.slotBytes))[0]).toBe(y)
    })
  })

  test('reads and writes integers, also those that are not below the order', () => {
    const { fr } = engine.module
    const next = numbersFrom(7)
    const values = [...edges(FIELD_ORDER), FIELD_ORDER, (1n << 255n) - 1n, next(FIELD_ORDER)]
    const count = Math.ceil(values.length / fr.lanes) * fr.lanes
    // The only function that writes integers computes a·b - c of numbers in Montgomery form; what is
    // read is not in it, so the other factor is in it twice.
    engine.temporarily(() => {
      const [from, read] = [engine.allocate(32 * count), engine.allocate(count * fr.elementBytes)]
      engine.bytes(from, 32 * values.length).set(integerBytes(values))
      engine.call['fr_read']!(read, from, count / fr.lanes)
      const slots = count / fr.lanes
      const [a, b, c] = [0, 1, 2].map(() => engine.allocate(slots * fr.slotBytes)) as [
        ...[number, number, number],
      ]
      engine.call['fr_spread']!(a, read, read + slots * fr.elementBytes, slots)
      for (let slot = 0; slot < slots; slot++) {
        const at = slot * fr.slotBytes
        engine.bytes(b + at, fr.slotBytes).set(fr.slotOf((3n * fr.radix) % FIELD_ORDER))
        engine.bytes(c + at, fr.slotBytes).set(fr.slotOf(0n))
      }
      const to = engine.allocate(32 * count)
      engine.call['fr_quotient']!(to, to + 32 * slots, a, b, c, slots)
      const written = integersIn(engine.bytes(to, 32 * values.length))
      expect(written.map((value) => value % FIELD_ORDER)).toEqual(
        values.map((value) => (3n * value) % FIELD_ORDER),
      )
      expect(written.every((value) => value < 1n << 255n)).toBe(true)
    })
  })

  test('is found sound', () => {
    expect(isSound(engine)).toBe(true)
  })

  test.each(['fq_mul', 'fq_sqr', 'fr_mul', 'fr_sqr'])('is found out if %s is wrong', (name) => {
    const field = name.startsWith('fq') ? engine.module.fq : engine.module.fr
    for (let lane = 0; lane < field.lanes; lane++) {
      const spoilt = (to: number, ...from: number[]): number => {
        engine.call[name]!(to, ...from)
        const values = field.valuesOf(engine.bytes(to, field.slotBytes))
        values[lane] = (values[lane]! + 1n) % field.modulus
        engine.bytes(to, field.slotBytes).set(field.slotOf(...values))
        return 0
      }
      expect(isSound(withFunction(engine, name, spoilt))).toBe(false)
    }
  })
})

describe('on hardware that rounds a multiply-add twice', () => {
  const roundTwice = (): void => {
    vi.spyOn(f64x2, 'relaxedMadd').mockImplementation((a, b, c) => f64x2.add(f64x2.mul(a, b), c))
  }

  test('the fast engine is found out', async () => {
    roundTwice()
    expect(isSound(await Engine.start(createEngineModule('fma')))).toBe(false)
    // The other one does not use it.
    expect(isSound(await Engine.start(createEngineModule('scalar')))).toBe(true)
  })

  test('the engine that is taken is the other one', async () => {
    expect((await startEngine()).module.kind).toBe('fma')
    roundTwice()
    expect((await startEngine()).module.kind).toBe('scalar')
  })

  test('there is none if there is no other', async () => {
    roundTwice()
    expect(await verdictOf(() => startEngine(['fma']))).toBe('PROVING_FAILED')
  })
})

test('code that could overflow is not generated', () => {
  const [module, layout] = [new ModuleBuilder(), new Layout()]
  const field = addFmaField(module, layout, 'f', CURVE_FIELD_ORDER)
  const at = place(i32.const(0))
  const f = new FunctionBuilder([])
  const wide = slotAt(at, { value: 4, limb: 7 })
  expect(() => field.add(f, at, wide, wide)).toThrow(TypeError)
  expect(() => field.scatter(f, [at, at], wide)).toThrow(TypeError)
  expect(() => field.inv(f, at, wide)).toThrow(TypeError)
  expect(() => field.reduce(f, at, wide)).toThrow(TypeError)
  // A product reduces its factors first: what it gives is smaller than it could be of these.
  const large = slotAt(at, { value: 4, limb: 4 })
  expect(field.mul(f, at, large, large).value).toBeLessThan(1.5)
  expect(field.sqr(f, at, slotAt(at, { value: 1.02, limb: 2 })).value).toBeLessThan(0.7)
})

test('the endomorphism’s constants are cube roots of 1', () => {
  const { lambda, beta, betaG2 } = ENDOMORPHISM
  expect([
    lambda ** 3n % FIELD_ORDER,
    beta ** 3n % CURVE_FIELD_ORDER,
    betaG2 ** 3n % CURVE_FIELD_ORDER,
  ]).toEqual([...[1n, 1n, 1n]])
  expect([lambda, beta, betaG2]).not.toContain(1n)
})
