import fc from 'fast-check'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { fromBase64url, toBase64url } from '../../../core/bytes.ts'
import { FIELD_ORDER, invert } from '../../../core/field.ts'
import { verifyGroth16 } from '../../../core/groth16.ts'
import { CURVE_FIELD_ORDER } from '../../../core/curve.ts'
import type { VerificationKey } from '../../../core/groth16-key.ts'
import { systemRandom } from '../../../server/pairing/coefficients.ts'
import type { RandomBytes } from '../../../server/pairing/coefficients.ts'
import { FusedEngine } from '../../../server/pairing/fused/engine.ts'
import { LibraryEngine } from '../../../server/pairing/library/engine.ts'
import { DEVELOPMENT_SEED, deriveTrapdoor } from '../../../scripts/build/trapdoor.ts'
import { PAIRING_KINDS, createBatchVerifier } from '../../../server/pairing.ts'
import type { BatchVerifier, SubmittedProof } from '../../../server/pairing.ts'
import { forgeProof, rerandomise, shiftA, shiftB, shiftC } from '../../support/forgery.ts'
import { keys } from '../../support/tools.ts'
import type { AnyEngine } from './engines.ts'
import { COFACTOR_PRIMES, G2, pointOfOrder, somePoints, withB } from './twist.ts'

const KEYS = [keys['eligibility-1'].key, keys['eligibility-3'].key, keys.enrolment.key]
const [, , key] = KEYS as [VerificationKey, VerificationKey, VerificationKey]
const POOL = 12

/** Under all keys in turn: valid ones, and as many that are not, in different ways. */
let good: SubmittedProof[]
let bad: SubmittedProof[]

beforeAll(() => {
  good = Array.from({ length: POOL }, (_, i) => forged(i))
  bad = good.map((one, i) => {
    const shift = [shiftA, shiftB, shiftC][i % 3]!
    return { ...one, proof: shift(one.proof, BigInt(i + 1)) }
  })
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(PAIRING_KINDS)('by the %s engine', (kind) => {
  let verify: BatchVerifier

  const startWith = async (random: RandomBytes): Promise<BatchVerifier> =>
    await createBatchVerifier(random, [kind])

  beforeAll(async () => {
    verify = await startWith(systemRandom)
  })

  describe('a batch has the verdicts of the portable engine', () => {
    test('on every proof of the pool', () => {
      const sample = [...good.slice(0, 2), ...bad.slice(0, 4)]
      const expected = sample.map((one) => verifyGroth16(one.key, one.publicSignals, one.proof))
      expect(expected).toEqual(sample.map((_, i) => i < 2))
      expect(verify(sample)).toEqual(expected)
    })

    test.each([0, 1, 3, 4, 8, 9, 17, 64, 70])('if all %d are good, or all bad', (size) => {
      expect(verify(sized(good, size))).toEqual(Array.from({ length: size }, () => true))
      if (size > 9) return
      expect(verify(sized(bad, size))).toEqual(Array.from({ length: size }, () => false))
    })

    test('if one is bad, wherever it is', () => {
      for (const [size, positions] of [
        [4, [0, 1, 2, 3]],
        [19, [7, 8, 18]],
        [64, [0, 63]],
      ] as const) {
        for (const position of positions) {
          const batch = sized(good, size).with(position, bad[position % POOL]!)
          const refused = verify(batch).flatMap((verdict, i) => (verdict ? [] : [i]))
          expect(refused, `of ${size}`).toEqual([position])
        }
      }
    })

    test('whatever is good and bad, under whatever keys, however often', () => {
      const entry = fc.record({ index: fc.nat(POOL - 1), isGood: fc.boolean() })
      // Mostly good ones, too: there a bad one has others to hide behind.
      const rare = fc.record({ index: fc.nat(POOL - 1), isGood: fc.integer({ max: 9, min: 0 }) })
      const batches = fc.oneof(
        fc.array(entry, { maxLength: 8 }),
        fc.array(
          rare.map(({ index, isGood }) => ({ index, isGood: isGood > 0 })),
          { maxLength: 20 },
        ),
      )
      fc.assert(
        fc.property(batches, (batch) => {
          const submitted = batch.map(({ index, isGood }) => (isGood ? good : bad)[index]!)
          expect(verify(submitted)).toEqual(batch.map(({ isGood }) => isGood))
        }),
        { numRuns: 15 },
      )
    })

    test('if the public signals combine to the identity', () => {
      const [x, y] = key.inputs[0]!
      const minus = [x, CURVE_FIELD_ORDER - y] as const
      const vanishing: VerificationKey = { ...key, publicSignals: 1, inputs: [[x, y], minus] }
      const proofs = [1n, 2n].map((signal) => {
        const proof = forgeProof(vanishing, [signal], 5n, 7n)
        return { key: vanishing, publicSignals: [signal], proof }
      })
      const crossed = { ...proofs[0]!, proof: proofs[1]!.proof }
      const batch = [...proofs, crossed, good[0]!]
      expect(verify(batch)).toEqual([true, true, false, true])
      for (const one of batch) {
        const verdict = verifyGroth16(one.key, one.publicSignals, one.proof)
        expect(verify([one])).toEqual([verdict])
      }
    })
  })

  describe('errors that cancel each other', () => {
    /** Pairs of wrong proofs whose errors are opposite, where coefficients are as they say. */
    const pairs: Record<string, (weights: readonly [bigint, bigint]) => SubmittedProof[]> = {
      'in C': ([left, right]) => [
        changed(forged(2), shiftC, 11n * right),
        changed(forged(2), shiftC, -11n * left),
      ],
      'in C of proofs that look different': ([left, right]) => [
        changed(forged(2), shiftC, 11n * right),
        changed(forged(2), (proof, by) => shiftC(rerandomise(proof, 3n), by), -11n * left),
      ],
      'in A under the same B': ([left, right]) => [
        changed(forged(2), shiftA, right),
        changed(forged(2), shiftA, -left),
      ],
      'in B under the same A': ([left, right]) => [
        changed(forged(2), shiftB, right),
        changed(forged(2), shiftB, -left),
      ],
      'in A and B, rescaled': ([left, right]) => [
        changed(forged(2), shiftA, right),
        // An error in A is multiplied with B, which is 7 times the generator, and the other way round.
        changed(forged(2), shiftB, -7n * invert(multipleOfA(2)) * left),
      ],
      'in C under two keys': ([left, right]) => [
        changed(forged(2), shiftC, 11n * right),
        changed(forged(1), shiftC, -11n * left),
      ],
    }

    for (const [name, pairFor] of Object.entries(pairs)) {
      test(`${name} pass with coefficients that are equal, and not with random ones`, async () => {
        await expectCaught(pairFor([1n, 1n]), () => 9)
      })

      test(`${name} pass with coefficients that can be guessed, and not with random ones`, async () => {
        await expectCaught(pairFor([1n, 2n]), (call) => call)
      })
    }

    test('and are many, in a batch of 64', () => {
      const batch = sized(good, 64)
      for (const [i, one] of pairs['in C']!([1n, 1n]).entries()) batch[7 + 50 * i] = one
      for (const [i, one] of pairs['in A under the same B']!([1n, 1n]).entries())
        batch[20 + i] = one
      const refused = verify(batch).flatMap((verdict, i) => (verdict ? [] : [i]))
      expect(refused).toEqual([7, 20, 21, 57])
    })

    /** @param byte - The last of the bytes that the attacker's source gives on the n-th call. */
    async function expectCaught(
      pair: readonly SubmittedProof[],
      byte: (call: number) => number,
    ): Promise<void> {
      let calls = 0
      const foreseen = await startWith((length) => {
        calls += 1
        return new Uint8Array(length).with(length - 1, byte(calls))
      })
      expect(foreseen([...pair, good[0]!, good[1]!])).toEqual([true, true, true, true])
      expect(verify(pair)).toEqual([false, false])
      expect(verify([good[0]!, ...pair, good[1]!])).toEqual([true, false, false, true])
    }
  })

  describe('a B outside the subgroup', () => {
    const [start] = somePoints(1)

    test.each(COFACTOR_PRIMES)(
      'by a point of order %d is refused, alone and with its opposite',
      (prime) => {
        const small = pointOfOrder(prime, start!)
        const one = forged(3)
        const b = G2.BASE.multiplyUnsafe(7n)
        const shifted = [b.add(small), b.subtract(small)].map((point) => ({
          ...one,
          proof: withB(one.proof, point),
        }))
        expect(verify([shifted[0]!])).toEqual([false])
        expect(verify([good[0]!, ...shifted, one])).toEqual([true, false, false, true])
      },
    )

    test.each(COFACTOR_PRIMES)(
      'is refused where coefficients are equal, and B and -B have nothing but order %d',
      async (prime) => {
        const small = pointOfOrder(prime, start!)
        const { delta } = deriveTrapdoor(DEVELOPMENT_SEED)
        // Valid if e(A, B) were 1. It is not, but e(A, B) e(A, -B) is.
        const one = forged(2)
        const text = shiftC(one.proof, -7n * multipleOfA(2) * invert(delta))
        const pair = [small, small.negate()].map((b) => ({ ...one, proof: withB(text, b) }))
        const equal = await startWith((length) => new Uint8Array(length).fill(1))
        expect(equal([...pair, good[0]!, good[1]!])).toEqual([false, false, true, true])
      },
    )
  })

  test('points that are the identity are refused, and those around them judged', () => {
    const one = forged(4)
    const zeros = [
      [0, 32],
      [32, 96],
      [96, 128],
      [0, 128],
    ].map(([from, to]) => {
      const proof = toBase64url(fromBase64url(one.proof).fill(0, from, to))
      return { ...one, proof }
    })
    expect(verify([good[0]!, ...zeros, one])).toEqual([true, false, false, false, false, true])
  })

  describe('coefficients', () => {
    test('are drawn anew for each proof of each batch', async () => {
      const source = vi.fn<RandomBytes>(systemRandom)
      const watched = await startWith(source)
      const batch = good.slice(0, 5)
      watched(batch)
      watched(batch)
      const drawn = source.mock.results.map(({ value }) => toBase64url(value as Uint8Array))
      expect(drawn).toHaveLength(10)
      expect(new Set(drawn).size).toBe(10)
      expect(new Set(source.mock.calls.flat())).toEqual(new Set([16]))
    })

    test('come from the system, if from nowhere else', () => {
      const drawing = vi.spyOn(crypto, 'getRandomValues')
      verify(good.slice(0, 5))
      expect(drawing.mock.results.map(({ value }) => (value as Uint8Array).length)).toEqual([
        16, 16, 16, 16, 16,
      ])
    })

    test('are never zero: such a proof would not be checked', async () => {
      const mixed = [...good.slice(0, 3), bad[1]!]
      const zeros = await startWith((length) => new Uint8Array(length))
      expect(() => zeros(mixed)).toThrow()
      const short = await startWith(() => Uint8Array.of(1))
      expect(() => short(mixed)).toThrow()
    })

    test('are not needed for one proof', async () => {
      const source = vi.fn<RandomBytes>(systemRandom)
      const watched = await startWith(source)
      expect([watched([good[0]!]), watched([bad[0]!])]).toEqual([[true], [false]])
      expect(source).not.toHaveBeenCalled()
    })
  })

  describe('the work', () => {
    /** Final exponentiations, of which there is one for each equation that is checked. */
    function equationsFor(batch: readonly SubmittedProof[]): number {
      const { prototype } = kind === 'fused' ? FusedEngine : LibraryEngine
      const spy = vi.spyOn(prototype as AnyEngine, 'residue')
      verify(batch)
      const { length } = spy.mock.calls
      spy.mockRestore()
      return length
    }

    test('is one equation for good proofs, under whatever keys', () => {
      expect(equationsFor(good.slice(0, 1))).toBe(1)
      expect(equationsFor(sized(good, 64))).toBe(1)
    })

    test('is a few equations more for one bad one: halves, and the eight of its group', () => {
      for (const position of [0, 45]) {
        expect(equationsFor(sized(good, 64).with(position, bad[3]!))).toBeLessThanOrEqual(1 + 3 + 8)
      }
    })

    test('is one equation for each and one for each group of eight, if all are bad', () => {
      for (const size of [3, 4, 9]) {
        const groups = size < 4 ? 0 : Math.ceil(size / 8)
        expect(equationsFor(sized(bad, size)), String(size)).toBe(size + groups)
      }
    })
  })
})

/** Distinct for each index: B is 7 times the generator, A a few times. */
function forged(index: number): SubmittedProof {
  const circuit = KEYS[index % KEYS.length]!
  const publicSignals = Array.from(
    { length: circuit.publicSignals },
    (_, i) => BigInt(i) ** 50n % FIELD_ORDER,
  )
  return {
    key: circuit,
    publicSignals,
    proof: forgeProof(circuit, publicSignals, multipleOfA(index), 7n),
  }
}

function multipleOfA(index: number): bigint {
  return BigInt(index + 2)
}

function changed(
  one: SubmittedProof,
  change: (proof: string, by: bigint) => string,
  by: bigint,
): SubmittedProof {
  return { ...one, proof: change(one.proof, by) }
}

function sized(pool: readonly SubmittedProof[], size: number): SubmittedProof[] {
  return Array.from({ length: size }, (_, i) => pool[i % pool.length]!)
}
