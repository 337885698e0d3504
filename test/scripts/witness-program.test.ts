import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, parse, relative } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WitnessProgram, witnessValues } from '../../client/witness-program.ts'
import { FIELD_ORDER, invert } from '../../core/field.ts'
import { moduleBytes } from '../../core/wasm/binary.ts'
import { runCircom } from '../../scripts/build/compile.ts'
import { getElement, setElement } from '../../core/iden3/sections.ts'
import {
  fieldInverse,
  fromMontgomery,
  montgomeryProduct,
} from '../../scripts/build/witness-field.ts'
import { improveWitnessProgram } from '../../scripts/build/witness-program.ts'
import { refusal, verdictOf } from '../support/refusal.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const LIBRARY = join(import.meta.dirname, '../../node_modules/circomlib/circuits')
const directory = mkdtempSync(join(tmpdir(), 'zerocard-witness-'))

afterAll(() => {
  rmSync(directory, { recursive: true })
})

/** What the compiler writes, before anything is done to it. */
async function compiled(name: string, ...flags: string[]): Promise<Uint8Array> {
  const { root } = parse(directory)
  const seen = (path: string): string => `/${relative(root, path)}`
  const out = mkdtempSync(join(directory, 'out-'))
  const source = seen(join(FIXTURES, `${name}.circom`))
  const args = [source, '--O2', '--wasm', '-l', seen(LIBRARY), '-o', seen(out), ...flags]
  const { exitCode, output } = await runCircom({ args, root })
  expect(exitCode, output).toBe(0)
  return readFileSync(join(out, `${name}_js`, `${name}.wasm`))
}

/** Values where carries, borrows and shortcuts are. */
const EDGES = [
  ...[0n, 1n, 2n, 3n, FIELD_ORDER - 1n, FIELD_ORDER - 2n, (FIELD_ORDER - 1n) / 2n],
  ...[29n, 30n, 31n, 32n, 58n, 63n, 64n, 128n, 192n, 232n, 240n, 252n, 253n].flatMap((bits) => [
    1n << bits,
    (1n << bits) - 1n,
    FIELD_ORDER - (1n << bits),
  ]),
  ...[256n, 261n, 270n, 512n].map((bits) => (1n << bits) % FIELD_ORDER),
]
const element = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }) },
)

describe('the arithmetic of a witness program', () => {
  const radixInverse = invert((1n << 256n) % FIELD_ORDER)
  const [A, B, TO] = [0, 32, 64]
  let view: DataView
  let call: Record<'product' | 'back' | 'inverse', (...places: number[]) => void>

  beforeAll(async () => {
    const memory = new WebAssembly.Memory({ initial: 1 })
    view = new DataView(memory.buffer)
    const bytes = moduleBytes([
      { ...montgomeryProduct(), name: 'product' },
      { ...fromMontgomery(), name: 'back' },
      { ...fieldInverse(), name: 'inverse' },
    ])
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
    call = instance.exports as typeof call
  })

  const product = (a: bigint, b: bigint): bigint => {
    setElement(view, A, a)
    setElement(view, B, b)
    call.product(A, B, TO)
    return getElement(view, TO)
  }
  const inverse = (a: bigint): bigint => {
    setElement(view, A, a)
    call.inverse(A, B, TO)
    return getElement(view, TO)
  }

  test('multiplies as integers do', () => {
    const check = (a: bigint, b: bigint): void => {
      expect(product(a, b)).toBe((a * b * radixInverse) % FIELD_ORDER)
    }
    for (const a of EDGES) for (const b of EDGES) check(a, b)
    fc.assert(fc.property(element, element, check), { numRuns: 5000 })
  })

  test('leaves the form of Montgomery', () => {
    const check = (a: bigint): void => {
      setElement(view, A, a)
      call.back(A, TO)
      expect(getElement(view, TO)).toBe((a * radixInverse) % FIELD_ORDER)
    }
    EDGES.forEach(check)
    fc.assert(fc.property(element, check), { numRuns: 1000 })
  })

  test('inverts, and leaves 0 as it is', () => {
    expect(inverse(0n)).toBe(0n)
    EDGES.forEach((a) => {
      expect(inverse(a)).toBe(invert(a))
    })
    fc.assert(
      fc.property(element, (a) => {
        expect(inverse(a)).toBe(invert(a))
      }),
      { numRuns: 3000 },
    )
  })

  test('may write where it reads', () => {
    const [a, b] = [EDGES[9] ?? 0n, EDGES[12] ?? 0n]
    const expected = product(a, b)
    for (const to of [A, B]) {
      setElement(view, A, a)
      setElement(view, B, b)
      call.product(A, B, to)
      expect(getElement(view, to)).toBe(expected)
    }
    setElement(view, A, a)
    call.product(A, A, A)
    expect(getElement(view, A)).toBe((a * a * radixInverse) % FIELD_ORDER)
    setElement(view, A, a)
    call.inverse(A, B, A)
    expect(getElement(view, A)).toBe(invert(a))
    setElement(view, A, a)
    call.back(A, A)
    expect(getElement(view, A)).toBe((a * radixInverse) % FIELD_ORDER)
  })
})

describe('an improved witness program', () => {
  let original: Uint8Array
  let improved: Uint8Array
  let before: WitnessProgram
  let after: WitnessProgram

  beforeAll(async () => {
    original = await compiled('hints')
    improved = improveWitnessProgram(original, 'hints.wasm')
    before = await WitnessProgram.compile(original)
    after = await WitnessProgram.compile(improved)
  })

  test('gives the witness that it gave before', async () => {
    await fc.assert(
      fc.asyncProperty(element, element, async (left, right) => {
        fc.pre(left !== right)
        expect(await after.run({ left, right })).toEqual(await before.run({ left, right }))
      }),
      { numRuns: 100 },
    )
  })

  test('gives it again, with nothing of the last one left', async () => {
    const first = await after.run({ left: 1n, right: 2n })
    await after.run({ left: FIELD_ORDER - 1n, right: 7n })
    expect(await after.run({ left: 1n, right: 2n })).toEqual(first)
    expect(witnessValues(first)[0]).toBe(1n)
  })

  test('refuses what it refused before', async () => {
    const [toyBefore] = [await compiled('toy')]
    const toyAfter = improveWitnessProgram(toyBefore, 'toy.wasm')
    for (const wasm of [toyBefore, toyAfter]) {
      const program = await WitnessProgram.compile(wasm)
      const run = (number: bigint) => () => program.run({ number, unused: 0n, secret: 3n })
      expect(await verdictOf(run(2n ** 20n - 1n))).toBe('accepted')
      expect(await verdictOf(run(2n ** 20n))).toBe('PROVING_FAILED')
      expect(await verdictOf(run(FIELD_ORDER - 1n))).toBe('PROVING_FAILED')
    }
    // A sum of two points with the same coordinate divides by zero.
    for (const program of [before, after]) {
      expect(await verdictOf(() => program.run({ left: 5n, right: 5n }))).toBe('PROVING_FAILED')
    }
  })

  test('is the same each time', () => {
    expect(improved).not.toEqual(original)
    expect(improveWitnessProgram(original, 'hints.wasm')).toEqual(improved)
  })
})

describe('what is not improved', () => {
  const improve = (wasm: Uint8Array) => () => improveWitnessProgram(wasm, 'some.wasm')

  test('is no module', () => {
    expect(refusal(improve(new Uint8Array()))).toBe('ARTIFACT_INVALID')
    expect(refusal(improve(new TextEncoder().encode('not a module')))).toBe('ARTIFACT_INVALID')
  })

  test('is a program of another field, cut short, or improved already', async () => {
    const wasm = await compiled('toy')
    expect(refusal(improve(await compiled('toy', '--prime', 'bls12381')))).toBe('ARTIFACT_INVALID')
    expect(refusal(improve(wasm.subarray(0, wasm.length / 2)))).toBe('ARTIFACT_INVALID')
    expect(refusal(improve(improveWitnessProgram(wasm, 'toy.wasm')))).toBe('ARTIFACT_INVALID')
  })
})
