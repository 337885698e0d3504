import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../../../core/bytes.ts'
import { CURVE_FIELD_ORDER } from '../../../../core/curve.ts'
import { FIELD_ORDER } from '../../../../core/field.ts'
import { verifyGroth16 } from '../../../../core/groth16.ts'
import type { ProofVerifier } from '../../../../core/groth16.ts'
import type { VerificationKey } from '../../../../core/groth16-key.ts'
import { createBatchVerifier, createPairingVerifier } from '../../../../server/pairing.ts'
import type { BatchVerifier, SubmittedProof } from '../../../../server/pairing.ts'
import { systemRandom } from '../../../../server/pairing/coefficients.ts'
import { forgeProof, shiftA, shiftB, shiftC } from '../../../support/forgery.ts'
import { keys } from '../../../support/tools.ts'

// One engine for all verifiers of a process: what one of them was asked must not be seen by others.

const { key } = keys.enrolment
const signals = [1n, 2n, 3n, 4n]
const good = forgeProof(key, signals)
const bad = shiftC(good, 1n)

let verify: ProofVerifier
let verifyMany: BatchVerifier
let verifyOthers: BatchVerifier

beforeAll(async () => {
  verify = await createPairingVerifier(['fused'])
  verifyMany = await createBatchVerifier(systemRandom, ['fused'])
  verifyOthers = await createBatchVerifier(systemRandom, ['fused'])
})

const submitted = (proof: string, under = key): SubmittedProof => ({
  ...{ key: under, publicSignals: signals, proof },
})

describe('a batch', () => {
  test('of the same proof has the same verdict for each, from one to 65', () => {
    for (const size of [1, 2, 5, 65]) {
      const all = Array.from({ length: size }, () => submitted(good))
      expect(new Set(verifyMany(all)), String(size)).toEqual(new Set([true]))
      const last = [...all.slice(1), submitted(bad)]
      expect(verifyMany(last).indexOf(false), String(size)).toBe(size - 1)
    }
  })

  test('of bad proofs that are the same has none that passes', () => {
    for (const shift of [shiftA, shiftB, shiftC]) {
      const all = Array.from({ length: 5 }, () => submitted(shift(good, 3n)))
      expect(new Set(verifyMany(all))).toEqual(new Set([false]))
    }
  })

  test('of proofs with opposite points is judged one by one', () => {
    // The other y of A, B, C, or of several: errors that are opposite would cancel each other.
    const flipped = [[0], [32], [96], [0, 32], [0, 96], [32, 96], [0, 32, 96]].map((places) => {
      const bytes = fromBase64url(good)
      for (const place of places) bytes[place] = bytes[place]! ^ 0x80
      return toBase64url(bytes)
    })
    const expected = flipped.map((proof) => verifyGroth16(key, signals, proof))
    // e(-A, -B) is e(A, B).
    expect(expected).toEqual([false, false, false, true, false, false, false])
    expect(verifyMany(flipped.map((proof) => submitted(proof)))).toEqual(expected)
    expect(flipped.map((proof) => verify(key, signals, proof))).toEqual(expected)
  })
})

describe('a key with a point outside its group', () => {
  const [x, y] = key.inputs[1]!
  const broken: Record<string, VerificationKey> = {
    'of G1': { ...key, inputs: key.inputs.with(1, [x, (y + 1n) % CURVE_FIELD_ORDER]) },
    alpha: { ...key, alpha: [0n, 0n] },
    beta: { ...key, beta: [key.beta[0], [0n, 0n]] },
    gamma: { ...key, gamma: [key.gamma[1], key.gamma[0]] },
    delta: { ...key, delta: [key.delta[0], key.gamma[1]] },
  }

  test.each(Object.entries(broken))('%s makes its batch fail, and no other', (_, wrong) => {
    const all = [submitted(good), submitted(bad), submitted(good), submitted(good)]
    for (let i = 0; i < 2; i++) {
      expect(() => verifyMany([...all, submitted(good, wrong)])).toThrow('outside its group')
      expect(verifyMany(all)).toEqual([true, false, true, true])
      expect(verifyOthers(all)).toEqual([true, false, true, true])
    }
  })
})

test('verdicts on edges of public signals are those of the portable engine', () => {
  for (const edge of [0n, 16n, 1n << 253n, FIELD_ORDER - 1n]) {
    const all = [edge, edge, edge, edge]
    const proof = forgeProof(key, all)
    expect(verifyGroth16(key, all, proof)).toBe(true)
    expect(verify(key, all, proof)).toBe(true)
    for (let i = 0; i < all.length; i++) {
      const other = all.with(i, (edge + 1n) % FIELD_ORDER)
      expect(verify(key, other, proof)).toBe(false)
    }
  }
})
