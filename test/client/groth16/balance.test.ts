import { beforeAll, describe, expect, test } from 'vitest'
import { G1, g1 } from '../../../core/bn254.ts'
import type { G1Point } from '../../../core/bn254.ts'
import { balanced } from '../../../client/groth16/balance.ts'
import { ProofSums } from '../../../client/groth16/proof-sums.ts'
import { readProvingKey } from '../../../client/groth16/proving-key.ts'
import { G1_BYTES } from '../../../core/iden3/zkey.ts'
import type { ProvingKey } from '../../../client/groth16/proving-key.ts'
import type { AffinePoint } from '../../../client/groth16/multiexp.ts'
import { readArtifact } from '../../support/tools.ts'
import { integerBytes, KINDS, numbersFrom, startEngineOf } from './engine-world.ts'

/** The key with so many of its last points apart. */
const apart = (key: ProvingKey, points: number): ProvingKey => {
  const cut = key.c.length - points * G1_BYTES
  return { ...key, c: key.c.subarray(0, cut), d: key.c.subarray(cut) }
}

const pointOf = (sum: AffinePoint): G1Point =>
  sum === undefined ? G1.ZERO : g1([sum.x[0]!, sum.y[0]!])

describe.each(KINDS)('the sums of the %s engine', (kind) => {
  const key = readProvingKey(readArtifact('enrolment', 'zkey'))
  const privates = key.wires - key.publicSignals - 1
  let witness: Uint32Array
  beforeAll(() => {
    // No witness of the circuit: sums are sums of anything.
    const next = numbersFrom(3)
    const values = Array.from({ length: key.wires }, (_, i) => (i === 0 ? 1n : next(1n << 253n)))
    witness = new Uint32Array(integerBytes(values).buffer)
  })

  test.each([1, 2, 100, privates - 1, privates])('are the same with %i points apart', async (n) => {
    const blinding = { scale: 5n, shift: 7n }
    const whole = new ProofSums(await startEngineOf(kind), key, ['c'])
    const parts = new ProofSums(await startEngineOf(kind), apart(key, n), ['c', 'd'])
    const { c } = parts.compute('c', witness, blinding)
    const { d } = parts.compute('d', witness, blinding)
    const expected = pointOf(whole.compute('c', witness, blinding).c)
    expect(pointOf(c).add(pointOf(d)).equals(expected)).toBe(true)
    expect(pointOf(c).equals(expected)).toBe(false)
  })

  test('that were not made ready are not computed', async () => {
    const sums = new ProofSums(await startEngineOf(kind), key, ['a'])
    for (const name of ['b', 'c', 'd'] as const) {
      expect(() => sums.compute(name, witness, { scale: 1n, shift: 1n })).toThrow(TypeError)
    }
  })
})

describe('two threads', () => {
  test('share a small key as it is', () => {
    const key = readProvingKey(readArtifact('enrolment', 'zkey'))
    expect(balanced(key)).toBe(key)
    expect(key.d).toHaveLength(0)
  })

  test('share a large one so that no point is lost or summed twice', () => {
    const key = readProvingKey(readArtifact('eligibility-3', 'zkey'))
    const { c, d } = balanced(key)
    expect(Buffer.concat([c, d]).equals(key.c)).toBe(true)
    expect(d.length % G1_BYTES).toBe(0)
    // The domain has half as many values again as the circuit has wires.
    expect(d.length / key.c.length).toBeGreaterThan(0.3)
    expect(c.length).toBeGreaterThan(0)
  })
})
