import type { Engine } from './engine.ts'
import type { PrimeCode } from '../../core/wasm/fields/prime-code.ts'

// Relaxed SIMD may round a multiply-add once or twice, as the hardware can, and there is no telling
// but by trying. Rounded twice, nearly every product is wrong.

const PAIRS = 8

/** Whether products and squares of this engine are right, on values that are easily got wrong. */
export function isSound(engine: Engine): boolean {
  const { fq, fr } = engine.module
  return isFieldSound(engine, 'fq', fq) && isFieldSound(engine, 'fr', fr)
}

function isFieldSound(engine: Engine, name: 'fq' | 'fr', field: PrimeCode): boolean {
  const { modulus, slotBytes } = field
  return engine.temporarily(() => {
    const [a, b, to] = [0, 1, 2].map(() => engine.allocate(slotBytes)) as [number, number, number]
    const write = (at: number, value: bigint): void =>
      engine.bytes(at, slotBytes).set(field.slotOf(value))
    const holds = (value: bigint): boolean =>
      field.valuesOf(engine.bytes(to, slotBytes)).every((lane) => lane === value)
    return testPairs(modulus).every(([x, y]) => {
      write(a, x)
      write(b, y)
      engine.call[`${name}_mul`]?.(to, a, b)
      if (!holds((x * y) % modulus)) return false
      engine.call[`${name}_sqr`]?.(to, a)
      return holds((x * x) % modulus)
    })
  })
}

function testPairs(modulus: bigint): (readonly [bigint, bigint])[] {
  const edges = [0n, 1n, modulus - 1n, modulus >> 1n, (modulus >> 1n) + 1n]
  const pairs = edges.map((a, i) => [a, edges.at(-i) ?? 0n] as const)
  // Any numbers do, as long as they fill all limbs: a sequence of squares.
  let last = modulus / 3n
  for (let i = 0; i < PAIRS; i++) {
    const next = (last * last + BigInt(i)) % modulus
    pairs.push([last, next])
    last = next
  }
  return pairs
}
