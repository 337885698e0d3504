import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import {
  enrolmentSignals,
  enrolmentTag,
  holderCommitment,
  issuerScope,
} from '../../core/enrolment.ts'
import { verifyGroth16 } from '../../core/groth16.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { requestCredential } from '../../client/holder.ts'
import { createPairingVerifier } from '../../server/pairing.ts'
import { keys, prover } from '../support/tools.ts'

const ISSUER = { issuer: 'https://registry.example', nonce: 'challenge' }
const { key } = keys.enrolment

let verify: ProofVerifier
let proof: string
let signals: bigint[]

beforeAll(async () => {
  verify = await createPairingVerifier()
  const { request } = await requestCredential(42n, ISSUER, { prover, keys, verifyProof: verify })
  proof = request.proof
  signals = enrolmentSignals(request, ISSUER.issuer, ISSUER.nonce)
}, 60_000)

describe('the pairing engine', () => {
  test('accepts what the portable engine accepts', async () => {
    expect(await verify(key, signals, proof)).toBe(true)
    expect(verifyGroth16(key, signals, proof)).toBe(true)
  })

  test('refuses each public signal changed by one', async () => {
    for (const [i, signal] of signals.entries()) {
      expect(await verify(key, signals.with(i, signal + 1n), proof), String(i)).toBe(false)
    }
  })

  test('has the same verdict as the portable engine on every mutated proof', async () => {
    const bytes = fromBase64url(proof)
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))
      const text = toBase64url(changed)
      const verdict = await verify(key, signals, text)
      expect(verdict, `bit ${String(bit)}`).toBe(verifyGroth16(key, signals, text))
      expect(verdict).toBe(false)
    }
  }, 60_000)

  test.each([
    ['all zero', toBase64url(new Uint8Array(128))],
    ['all ones', toBase64url(new Uint8Array(128).fill(255))],
    ['too short', toBase64url(new Uint8Array(127))],
    ['not base64url', '!'.repeat(171)],
    ['nothing', ''],
  ])('refuses a proof that is %s', async (_, text) => {
    expect(await verify(key, signals, text)).toBe(false)
    expect(verifyGroth16(key, signals, text)).toBe(false)
  })

  test('refuses a B outside the subgroup that is on the curve', async () => {
    // Almost every point of the twist is outside: its cofactor has 254 bits. Any x that has a y will do.
    for (let x = 1; x < 40; x++) {
      const changed = fromBase64url(proof)
      changed.fill(0, 32, 96)
      changed[95] = x
      const text = toBase64url(changed)
      expect(await verify(key, signals, text)).toBe(false)
      expect(verifyGroth16(key, signals, text)).toBe(false)
    }
  })

  test('calls public signals of the wrong number a mistake of the caller', () => {
    expect(() => verify(key, signals.slice(1), proof)).toThrow(TypeError)
    expect(() => verify(key, [...signals, 0n], proof)).toThrow(TypeError)
  })
})

test('the tag of an application is the one everybody can recompute who knows the secret', () => {
  expect(signals[0]).toBe(enrolmentTag(42n, issuerScope(ISSUER.issuer)))
  expect(signals[1]).not.toBe(holderCommitment(42n, 0n))
})
