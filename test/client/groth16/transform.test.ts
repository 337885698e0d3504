import { beforeAll, describe, expect, test } from 'vitest'
import { FIELD_ORDER } from '../../../core/field.ts'
import { CosetTransform } from '../../../client/groth16/transform.ts'
import type { Engine } from '../../../client/groth16/engine.ts'
import { KINDS, numbersFrom, startEngineOf } from './engine-world.ts'

const modulo = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = modulo(result * square)
    square = modulo(square * square)
  }
  return result
}

/** The root of order 2^log that keys are made with: a power of 5. */
const root = (log: number): bigint => power(5n, (FIELD_ORDER - 1n) >> BigInt(log))

/** Values at the roots of unity to values at those times a root of twice the order, one by one. */
function slowly(values: readonly bigint[]): bigint[] {
  const log = Math.log2(values.length)
  const [omega, shift] = [root(log), root(log + 1)]
  const size = BigInt(values.length)
  const scale = power(size, FIELD_ORDER - 2n)
  const coefficients = values.map((_, k) =>
    modulo(
      scale *
        values.reduce((sum, value, i) => {
          return (
            sum +
            value *
              power(omega, BigInt((values.length - ((i * k) % values.length)) % values.length))
          )
        }, 0n),
    ),
  )
  return values.map((_, i) => {
    const x = modulo(shift * power(omega, BigInt(i)))
    return coefficients.reduceRight((sum, coefficient) => modulo(sum * x + coefficient), 0n)
  })
}

describe.each(KINDS)('with the %s engine', (kind) => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngineOf(kind)
  })

  test.each([2, 3, 4, 5, 7])('2^%i values come to the coset as by the definition', (log) => {
    const { fr } = engine.module
    const next = numbersFrom(log)
    const size = 2 ** log
    const values = Array.from({ length: size }, (_, i) => (i % 5 === 0 ? 0n : next(FIELD_ORDER)))
    const slots = size / fr.lanes
    const result = engine.temporarily(() => {
      const transform = new CosetTransform(engine, log)
      expect(transform.slots).toBe(slots)
      const data = engine.allocate(slots * fr.slotBytes)
      for (let i = 0; i < slots; i++) {
        const lanes = Array.from({ length: fr.lanes }, (_, lane) => values[i + lane * slots]!)
        engine.bytes(data + i * fr.slotBytes, fr.slotBytes).set(fr.slotOf(...lanes))
      }
      transform.run(data)
      const read = Array.from({ length: slots }, (_, i) =>
        fr.valuesOf(engine.bytes(data + i * fr.slotBytes, fr.slotBytes)),
      )
      return Array.from({ length: fr.lanes }, (_, lane) => read.map((pair) => pair[lane]!)).flat()
    })
    expect(result).toEqual(slowly(values))
  })
})
