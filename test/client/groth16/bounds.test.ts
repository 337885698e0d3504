import { describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../core/field.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import type { EngineKind } from '../../../client/groth16/engine.ts'
import { place, slotAt } from '../../../core/wasm/fields/field-code.ts'
import type { Bounds, LaneCode, Product, Slot } from '../../../core/wasm/fields/field-code.ts'
import { addFmaField } from '../../../core/wasm/fields/fma-field.ts'
import type { FmaCode } from '../../../core/wasm/fields/fma-field.ts'
import { inverseModulo } from '../../../core/wasm/fields/prime-code.ts'
import { INVERTIBLE } from '../../../core/wasm/fields/inverse.ts'
import { addScalarField } from '../../../core/wasm/fields/scalar-field.ts'
import { Layout } from '../../../core/wasm/layout.ts'
import { moduleBytes } from '../../../core/wasm/binary.ts'
import { i32, ModuleBuilder } from '../../../core/wasm/code.ts'
import type { FunctionBuilder } from '../../../core/wasm/code.ts'
import { KINDS } from './engine-world.ts'

// Generated code trusts what is declared of its operands. Here they are as far out as declared: the
// results have to be right, and no further out than what was promised of them.

interface Form {
  readonly limbs: number
  readonly bits: number
  /** A reduced limb, of which bounds are multiples. */
  readonly unit: number
  readonly write: (view: DataView, limbs: readonly number[]) => void
  readonly read: (view: DataView) => number[]
  readonly bounds: readonly Bounds[]
}

/** A result, and what was promised of it. */
interface Probed {
  readonly value: bigint
  readonly limbs: readonly number[]
  readonly to: Slot
  /** What a second way has written. */
  readonly other: readonly number[]
}

const MODULI = [
  ['the base order', CURVE_FIELD_ORDER],
  ['the order of the scalars', FIELD_ORDER],
] as const

/** Every combination. */
const grid = (values: readonly number[], limbs: readonly number[]): Bounds[] =>
  values.flatMap((value) => limbs.map((limb) => ({ value, limb })))

const FORMS: Readonly<Record<EngineKind, Form>> = {
  fma: {
    ...{ limbs: 5, bits: 51, unit: 2 ** 50 },
    write: (view, limbs) => {
      for (const lane of [0, 8]) {
        limbs.forEach((limb, i) => view.setFloat64(16 * i + lane, limb, true))
      }
    },
    read: (view) => Array.from({ length: 5 }, (_, i) => view.getFloat64(16 * i + 8, true)),
    bounds: grid([0.51, 1.02, 2, 2.6, 4], [1, 1.4, 2, 3, 4]),
  },
  scalar: {
    ...{ limbs: 9, bits: 29, unit: 2 ** 29 },
    write: (view, limbs) => {
      limbs.forEach((limb, i) => view.setInt32(4 * i, limb, true))
    },
    read: (view) => Array.from({ length: 9 }, (_, i) => view.getInt32(4 * i, true)),
    bounds: grid([1.02, 4, 20, 64], [1, 1.58, 1.9, 2.4, 3.9]),
  },
}

/** Where the operands and the result of a probe lie, behind what the module keeps for itself. */
const [A, B, C, D, TO, OTHER] = [4096, 4352, 4608, 4864, 5120, 5376]

describe.each(KINDS)('the %s engine', (kind) => {
  const form = FORMS[kind]
  const addField = kind === 'fma' ? addFmaField : addScalarField

  /** Limbs as large as they may be, with signs by turns, and a value as large as it may be. */
  function extremes({ value, limb }: Bounds, modulus: bigint): number[][] {
    const most = Math.floor(limb * form.unit)
    const signs = [() => 1, () => -1, (i: number) => (i % 2 === 0 ? 1 : -1), () => 0]
    const lower = signs.map((sign) =>
      Array.from({ length: form.limbs - 1 }, (_, i) => most * sign(i)),
    )
    const limit = (BigInt(Math.floor(value * 1000)) * modulus) / 1000n
    const topUnit = 1n << BigInt(form.bits * (form.limbs - 1))
    return lower.flatMap((limbs) =>
      [1n, -1n].map((sign) => {
        const rest = integerOf(limbs)
        const top = Number((sign * limit - rest) / topUnit)
        return [...limbs, Math.max(-most, Math.min(most, top))]
      }),
    )
  }

  const integerOf = (limbs: readonly number[]): bigint =>
    limbs.reduce((sum, limb, i) => sum + (BigInt(limb) << BigInt(form.bits * i)), 0n)

  /** @returns For each piece of code, what computes it on two operands. */
  function probes(
    modulus: bigint,
    pieces: readonly ((field: LaneCode, f: FunctionBuilder) => Slot)[],
  ): ((...operands: readonly (readonly number[])[]) => Probed)[] {
    const [module, layout] = [new ModuleBuilder(), new Layout()]
    const field = addField(module, layout, 'f', modulus)
    const promised: Slot[] = []
    pieces.forEach((piece, i) => {
      module.define(`probe${i}`, [], (f) => void (promised[i] = piece(field, f)))
    })
    if (layout.end > A) throw new TypeError('the operands lie in the room of the module')
    const memory = new WebAssembly.Memory({ initial: 1 })
    layout.write(new Uint8Array(memory.buffer))
    const compiled = new WebAssembly.Module(moduleBytes(module.functions))
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
    return promised.map((to, i) => (...operands) => {
      operands.forEach((limbs, k) => {
        form.write(new DataView(memory.buffer, [A, B, C, D][k]), limbs)
      })
      const run = exports[`probe${i}`] as () => void
      run()
      const limbs = form.read(new DataView(memory.buffer, TO))
      const other = form.read(new DataView(memory.buffer, OTHER))
      return { value: integerOf(limbs), limbs, to, other }
    })
  }

  const at = (address: number) => place(i32.const(address))

  function expectRight(
    { value, limbs, to }: Probed,
    expected: bigint,
    factor: bigint,
    modulus: bigint,
  ): void {
    const magnitude = Number(((value < 0n ? -value : value) << 32n) / modulus) / 2 ** 32
    const largest = Math.max(...limbs.map(Math.abs)) / form.unit
    const isRight =
      (value * factor - expected) % modulus === 0n && magnitude <= to.value && largest <= to.limb
    if (!isRight) expect({ value: magnitude, limb: largest, limbs }).toBe(to)
  }

  const radix = 1n << BigInt(form.bits * form.limbs)

  test.each(MODULI)('multiplies modulo %s', (_, modulus) => {
    const pairs = form.bounds.flatMap((first, i) =>
      form.bounds.slice(i).map((second) => [first, second] as const),
    )
    const pieces = pairs.map(
      ([first, second]) =>
        (field: LaneCode, f: FunctionBuilder): Slot =>
          field.mul(f, at(TO), slotAt(at(A), first), slotAt(at(B), second)),
    )
    probes(modulus, pieces).forEach((run, i) => {
      for (const a of extremes(pairs[i]![0], modulus)) {
        for (const b of extremes(pairs[i]![1], modulus)) {
          expectRight(run(a, b), integerOf(a) * integerOf(b), radix, modulus)
        }
      }
    })
    expect(pairs.length).toBeGreaterThan(200)
  })

  test.each(MODULI)('sums two products modulo %s', (_, modulus) => {
    const pairs = form.bounds.flatMap((first) =>
      form.bounds.map((second) => [first, second] as const),
    )
    const fits: (typeof pairs)[number][] = []
    const piece =
      (sign: '+' | '-', [first, second]: (typeof pairs)[number]) =>
      (field: LaneCode, f: FunctionBuilder): Slot => {
        const slots = [A, B, C, D].map((address, i) =>
          slotAt(at(address), i % 2 === 0 ? first : second),
        )
        const [a, b, c, d] = slots as [Slot, Slot, Slot, Slot]
        return field.mulPair(f, at(TO), [a, b], sign, [c, d])
      }
    const pick = (field: LaneCode, f: FunctionBuilder): Slot => {
      fits.push(...pairs.filter(([first, second]) => field.pairFits(first, second)))
      return field.reduce(f, at(TO), slotAt(at(A), { value: 0.5, limb: 1 }))
    }
    probes(modulus, [pick])
    for (const sign of ['+', '-'] as const) {
      const runs = probes(
        modulus,
        fits.map((pair) => piece(sign, pair)),
      )
      runs.forEach((run, i) => {
        const [some, others] = fits[i]!.map((bounds) => extremes(bounds, modulus)) as [
          ...[number[][], number[][]],
        ]
        for (const [k, a] of some.entries()) {
          for (const [m, b] of others.entries()) {
            // The same again, which adds up, or other ones.
            for (const shift of [0, 1, 3]) {
              const c = some[(k + shift) % some.length]!
              const d = others[(m + 2 * shift) % others.length]!
              const second = integerOf(c) * integerOf(d)
              const sum = integerOf(a) * integerOf(b) + (sign === '+' ? second : -second)
              expectRight(run(a, b, c, d), sum, radix, modulus)
            }
          }
        }
      })
    }
    expect(fits.length).toBeGreaterThan(3)
    expect(fits.length).toBeLessThan(pairs.length)
    const tooWide = pairs.find((pair) => !fits.includes(pair))!
    expect(() => probes(modulus, [piece('+', tooWide)])).toThrow(TypeError)
  })

  test.each(MODULI)('squares and reduces modulo %s', (_, modulus) => {
    const of =
      (operation: 'sqr' | 'reduce') =>
      (bounds: Bounds) =>
      (field: LaneCode, f: FunctionBuilder): Slot =>
        field[operation](f, at(TO), slotAt(at(A), bounds))
    const squares = probes(modulus, form.bounds.map(of('sqr')))
    const reductions = probes(modulus, form.bounds.map(of('reduce')))
    form.bounds.forEach((bounds, i) => {
      for (const a of extremes(bounds, modulus)) {
        expectRight(squares[i]!(a, a), integerOf(a) ** 2n, radix, modulus)
        expectRight(reductions[i]!(a, a), integerOf(a), 1n, modulus)
      }
    })
    expect(squares.length).toBeGreaterThanOrEqual(20)
  })

  test.each(MODULI)('inverts modulo %s', (_, modulus) => {
    const inverse =
      (bounds: Bounds) =>
      (field: LaneCode, f: FunctionBuilder): Slot =>
        field.inv(f, at(TO), slotAt(at(A), bounds))
    // Of two lanes, the one that is not looked at can be another element's.
    const beside = (field: LaneCode, f: FunctionBuilder): Slot => {
      if (field.lanes > 1) field.replace(f, at(A), i32.const(1), at(B))
      return inverse(INVERTIBLE)(field, f)
    }
    const [run, runBeside] = probes(modulus, [inverse(INVERTIBLE), beside])
    const narrow = { value: INVERTIBLE.value, limb: 1 }
    const operands = [INVERTIBLE, narrow].flatMap((bounds) => extremes(bounds, modulus))
    for (const a of operands) {
      // Of a · R it is what times R is the inverse of a.
      expectRight(run!(a), radix ** 2n, integerOf(a), modulus)
    }
    expect(operands.every((a) => integerOf(a) % modulus !== 0n)).toBe(true)
    // What is 0 and does not look like it.
    const digits = Array.from({ length: form.limbs }, (_unused, i) =>
      Number(BigInt.asUintN(form.bits, modulus >> BigInt(form.bits * i))),
    )
    for (const zero of [digits, digits.map((digit) => -digit)]) {
      expect(run!(zero).value).toBe(0n)
      for (const a of operands) {
        expectRight(runBeside!(a, zero), radix ** 2n, integerOf(a), modulus)
      }
    }
    for (const wider of [{ value: 1.2 }, { limb: 2.1 }]) {
      expect(() => probes(modulus, [inverse({ ...INVERTIBLE, ...wider })])).toThrow(TypeError)
    }
  })

  const WAYS = [at(TO), at(OTHER)] as const
  /** Operands of two ways, and what computes on them alone and side by side. */
  type Operands = readonly [a: Slot, b: Slot, c: Slot, d: Slot]
  const besides: readonly (readonly [
    name: string,
    alone: (field: LaneCode, f: FunctionBuilder, way: 0 | 1, of: Operands) => Slot,
    each: (field: LaneCode, f: FunctionBuilder, of: readonly [Operands, Operands]) => Slot[],
  ])[] = [
    [
      'products',
      (field, f, way, [a, b]) => field.mul(f, WAYS[way], a, b),
      (field, f, [[a, b], [c, d]]) =>
        field.mulEach(f, [
          [at(TO), a, b],
          [at(OTHER), c, d],
        ]),
    ],
    [
      'squares',
      (field, f, way, [a]) => field.sqr(f, WAYS[way], a),
      (field, f, [[a], [b]]) =>
        field.sqrEach(f, [
          [at(TO), a],
          [at(OTHER), b],
        ]),
    ],
    [
      'pairs',
      (field, f, way, [a, b, c, d]) =>
        field.mulPair(f, WAYS[way], [a, b], way === 0 ? '-' : '+', [c, d]),
      (field, f, [first, second]) => {
        const [a, b, c, d] = first
        const [k, l, m, n] = second
        return field.mulPairEach(f, [
          { to: at(TO), first: [a, b], sign: '-', second: [c, d] },
          { to: at(OTHER), first: [k, l], sign: '+', second: [m, n] },
        ])
      },
    ],
  ]

  describe.each(besides)('%s side by side', (name, alone, each) => {
    test.each(MODULI)('are what they are alone, modulo %s', (_, modulus) => {
      const isPair = name === 'pairs'
      const all = isPair
        ? form.bounds.filter(({ value, limb }) => value <= 1.02 && limb <= 1)
        : form.bounds
      const cases = all.flatMap((first) => all.map((second) => [first, second] as const))
      const operands = ([first, second]: (typeof cases)[number]): [Operands, Operands] => {
        const [a, b, c, d] = [A, B, C, D].map((address, i) =>
          slotAt(at(address), i % 2 === 0 ? first : second),
        ) as [Slot, Slot, Slot, Slot]
        return [
          [a, b, c, d],
          [d, a, b, c],
        ]
      }
      const both = probes(
        modulus,
        cases.map((bounds) => (field, f) => each(field, f, operands(bounds))[0] as Slot),
      )
      const [first, second] = [0, 1].map((way) =>
        probes(
          modulus,
          cases.map((bounds) => (field, f) => {
            const [own, other] = operands(bounds)
            return way === 0 ? alone(field, f, 0, own) : alone(field, f, 1, other)
          }),
        ),
      ) as [typeof both, typeof both]
      let compared = 0
      cases.forEach(([of, others], i) => {
        const [some, more] = [extremes(of, modulus), extremes(others, modulus)]
        some.forEach((a, k) => {
          const values = [a, more[k % more.length]!, some[(k + 1) % some.length]!, more.at(-1 - k)!]
          const { limbs, other, to } = both[i]!(...values)
          // To the last bit: steps are the same, however they are ordered.
          expect(limbs).toEqual(first[i]!(...values).limbs)
          expect(other).toEqual(second[i]!(...values).other)
          if (k === 0) expect(to).toMatchObject({ value: first[i]!(...values).to.value })
          compared++
        })
      })
      expect(compared).toBeGreaterThanOrEqual(isPair ? 8 : 1_000)
    })
  })

  if (kind !== 'fma') return

  const asFma = (field: LaneCode): FmaCode => field as FmaCode
  const REDUCED: Bounds = { value: 0.51, limb: 1 }

  test.each(MODULI)('sums up to twelve products modulo %s', (_, modulus) => {
    const bounds = [REDUCED, ...grid([0.51, 1.02, 2.04], [2, 3, 4])]
    const cases = bounds.flatMap((first) =>
      bounds.flatMap((second) => [3, 12].map((count) => ({ first, second, count }))),
    )
    const piece =
      ({ first, second, count }: (typeof cases)[number], sign: '+' | '-') =>
      (field: LaneCode, f: FunctionBuilder): Slot => {
        // Every other product can be of the other sign, with which its columns add up, too.
        const products = Array.from({ length: count }, (_unused, i): Product => {
          const [a, b] = i % 2 === 0 ? [A, B] : [C, D]
          return [i % 2 === 0 ? '+' : sign, slotAt(at(a), first), slotAt(at(b), second)]
        })
        return asFma(field).mulSum(f, at(TO), products)
      }
    const isRefused = (one: (typeof cases)[number]): boolean => {
      try {
        probes(modulus, [piece(one, '+')])
        return false
      } catch {
        return true
      }
    }
    const fits = cases.filter((one) => !isRefused(one))
    expect(fits.filter(({ count }) => count === 12).length).toBeGreaterThan(4)
    expect(fits.some(({ first, second }) => first.limb * second.limb === 4)).toBe(true)
    expect(fits.length).toBeLessThan(cases.length)
    for (const sign of ['+', '-'] as const) {
      const runs = probes(
        modulus,
        fits.map((one) => piece(one, sign)),
      )
      runs.forEach((run, i) => {
        const { first, second, count } = fits[i]!
        const seconds = extremes(second, modulus)
        for (const a of extremes(first, modulus)) {
          for (const [k, b] of seconds.entries()) {
            // The opposite of a limb is as large.
            const c = sign === '+' ? a : a.map((limb) => -limb)
            const d = k % 3 === 2 ? seconds[0]! : b
            const even = BigInt(Math.ceil(count / 2)) * integerOf(a) * integerOf(b)
            const odd = BigInt(Math.floor(count / 2)) * integerOf(c) * integerOf(d)
            expectRight(run(a, b, c, d), sign === '+' ? even + odd : even - odd, radix, modulus)
          }
        }
      })
    }
    const thirteen = { first: REDUCED, second: REDUCED, count: 13 }
    expect(() => probes(modulus, [piece(thirteen, '+')])).toThrow(TypeError)
  })

  test.each(MODULI)('sums the farthest columns modulo %s', (_, modulus) => {
    // Of factors a little below 2^51 both halves of a product are as large as halves can be, and of
    // one sign: a column of twelve is beyond 2^57.
    const bounds: Bounds = { value: 0.66, limb: 2 }
    const most = 2 ** 51 - 2 ** 25
    const limit = (66n * modulus) / 100n
    const filled = [1, -1].flatMap((sign) =>
      [1n, -1n].map((side) => {
        const lower = Array.from({ length: 4 }, () => sign * most)
        return [...lower, Number((side * limit - integerOf(lower)) / (1n << 204n))]
      }),
    )
    const [run] = probes(modulus, [
      (field, f) =>
        asFma(field).mulSum(
          ...([f, at(TO)] as const),
          Array.from({ length: 12 }, () => ['+', slotAt(at(A), bounds), slotAt(at(B), bounds)]),
        ),
    ])
    for (const a of filled) {
      for (const b of filled) {
        expectRight(run!(a, b), 12n * integerOf(a) * integerOf(b), radix, modulus)
      }
    }
  })

  describe('several at once', () => {
    const modulus = CURVE_FIELD_ORDER
    const [near, far]: Bounds[] = [REDUCED, { value: 1.5, limb: 1.2 }]
    const of = (address: number, bounds: Bounds) => slotAt(at(address), bounds)
    const written = (work: (field: FmaCode, f: FunctionBuilder) => Slot[]): Slot[] => {
      const [module, layout] = [new ModuleBuilder(), new Layout()]
      const field = addFmaField(module, layout, 'f', modulus)
      const slots: Slot[] = []
      module.define('written', [], (f) => void slots.push(...work(field, f)))
      return slots
    }
    const boundsOf = (slots: readonly Slot[]): Bounds[] =>
      slots.map(({ value, limb }) => ({ value, limb }))

    const sums = (f: FunctionBuilder, field: FmaCode, ...all: readonly (readonly Bounds[])[]) =>
      field.mulSumEach(
        f,
        all.map((factors, way) => [
          way === 0 ? at(TO) : at(OTHER),
          factors.map((bounds): Product => ['+', of(A, bounds), of(B, bounds)]),
        ]),
      )

    test('each promises what it promises alone', () => {
      for (const bounds of [[near!, far!] as const, [far!, near!] as const]) {
        const [a, b] = bounds.map((one) => of(A, one)) as [Slot, Slot]
        const each = written((field, f) => [
          ...field.mulEach(f, [
            [at(TO), a, a],
            [at(OTHER), b, b],
          ]),
          ...field.sqrEach(f, [
            [at(TO), a],
            [at(OTHER), b],
          ]),
          ...sums(f, field, [bounds[0]], [bounds[1]]),
        ])
        const alone = written((field, f) => [
          ...[field.mul(f, at(TO), a, a), field.mul(f, at(OTHER), b, b)],
          ...[field.sqr(f, at(TO), a), field.sqr(f, at(OTHER), b)],
          ...sums(f, field, [bounds[0]]),
          ...sums(f, field, [bounds[1]]),
        ])
        expect(boundsOf(each)).toEqual(boundsOf(alone))
        expect(each[0]?.value).not.toBe(each[1]?.value)
      }
    })

    test('a sum that could overflow is refused wherever it stands', () => {
      for (const bad of [
        { value: 0.51, limb: 2.1 },
        { value: 2.4, limb: 1 },
      ]) {
        for (const all of [[[bad], [near!]] as const, [[near!], [bad]] as const]) {
          expect(() => written((field, f) => sums(f, field, ...all))).toThrow('could overflow')
        }
      }
    })

    test('sums of different lengths are refused', () => {
      const [one, two] = [[near!], [near!, near!]]
      for (const all of [[one, two] as const, [two, one] as const]) {
        expect(() => written((field, f) => sums(f, field, ...all))).toThrow('of as many products')
      }
    })

    test('more than there are ways are all computed', () => {
      const [run] = probes(modulus, [
        (field, f) =>
          field
            .mulEach(f, [
              [at(D), of(A, near!), of(A, near!)],
              [at(TO), of(A, near!), of(B, near!)],
              [at(OTHER), of(B, near!), of(C, near!)],
            ])
            .at(-2) as Slot,
      ])
      const [a, b, c] = extremes(near!, modulus) as [number[], number[], number[]]
      const { other, ...first } = run!(a, b, c)
      expectRight({ ...first, other }, integerOf(a) * integerOf(b), radix, modulus)
      expectRight(
        { ...first, other, limbs: other, value: integerOf(other) },
        ...([integerOf(b) * integerOf(c), radix, modulus] as const),
      )
    })
  })

  test.each(MODULI)('adds to small multiples modulo %s', (_, modulus) => {
    const piece =
      (factor: number, sign: 'multiplePlus' | 'multipleMinus', of = REDUCED) =>
      (field: LaneCode, f: FunctionBuilder): Slot =>
        asFma(field)[sign](f, at(TO), factor, slotAt(at(A), of), slotAt(at(B), REDUCED))
    for (const sign of ['multiplePlus', 'multipleMinus'] as const) {
      const factors = Array.from({ length: 10 }, (_unused, i) => i + 1)
      const runs = probes(
        modulus,
        factors.map((factor) => piece(factor, sign)),
      )
      for (const [i, factor] of factors.entries()) {
        for (const a of extremes(REDUCED, modulus)) {
          for (const b of extremes(REDUCED, modulus)) {
            const multiple = BigInt(factor) * integerOf(a)
            const sum = sign === 'multiplePlus' ? multiple + integerOf(b) : multiple - integerOf(b)
            expectRight(runs[i]!(a, b), sum, 1n, modulus)
          }
        }
      }
      expect(() => probes(modulus, [piece(11, sign)])).toThrow(TypeError)
      for (const wide of [{ value: 1.02, limb: 1 } as const, { value: 0.51, limb: 2 } as const]) {
        expect(() => probes(modulus, [piece(9, sign, wide)])).toThrow(TypeError)
      }
    }
  })

  test.each(MODULI)('reduces all that it takes modulo %s', (_, modulus) => {
    // What squares of norm one leave is among them: limbs of 5, and a value of 2.55.
    const values = [0.51, 1, 1.5, 1.53, 2, 2.499, 2.5, 2.501, 2.55, 3, 3.5, 4.5, 5.1]
    const taken = grid(values, [1, 2, 3, 4, 5, 6, 7]).filter(
      ({ value, limb }) => limb + Math.ceil(value) <= 8,
    )
    const piece =
      (bounds: Bounds) =>
      (field: LaneCode, f: FunctionBuilder): Slot =>
        field.reduce(f, at(TO), slotAt(at(A), bounds))
    probes(modulus, taken.map(piece)).forEach((run, i) => {
      for (const a of extremes(taken[i]!, modulus)) {
        expectRight(run(a), integerOf(a), 1n, modulus)
      }
    })
    expect(() => probes(modulus, [piece({ value: 2.55, limb: 5.1 })])).toThrow(TypeError)
    expect(() => probes(modulus, [piece({ value: 3.01, limb: 5 })])).toThrow(TypeError)
  })

  test.each(MODULI)('takes values from outside near to zero modulo %s', (_, modulus) => {
    const field = addFmaField(new ModuleBuilder(), new Layout(), 'f', modulus)
    const limits = [0n, 1n, modulus >> 1n, (modulus >> 1n) + 1n, modulus - 1n, 1n << 253n]
    for (const value of limits) {
      const integer = (value * inverseModulo(radix % modulus, modulus)) % modulus
      const numbers = new Float64Array(field.slotOf(integer, modulus - integer).slice().buffer)
      // What comes from outside is taken for reduced.
      for (const lane of [0, 1]) {
        const limbs = [0, 1, 2, 3, 4].map((i) => numbers[2 * i + lane]!)
        expect(limbs.every((limb) => Math.abs(limb) <= form.unit)).toBe(true)
        const magnitude = integerOf(limbs)
        expect(2n * (magnitude < 0n ? -magnitude : magnitude) <= modulus).toBe(true)
      }
    }
  })
})
