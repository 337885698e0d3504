import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import {
  enrolmentSignals,
  enrolmentTag,
  holderCommitment,
  issuerScope,
} from '../../core/enrolment.ts'
import { decodeProof, verifyGroth16 } from '../../core/groth16.ts'
import type { ProofVerifier } from '../../core/groth16.ts'
import { requestCredential } from '../../client/holder.ts'
import { PAIRING_KINDS, createBatchVerifier, createPairingVerifier } from '../../server/pairing.ts'
import type { BatchVerifier, SubmittedProof } from '../../server/pairing.ts'
import { forgeProof, rerandomise, shiftC } from '../support/forgery.ts'
import { refusal } from '../support/refusal.ts'
import { keys, prover } from '../support/tools.ts'
import { startEngines } from './pairing/engines.ts'
import type { Engines } from './pairing/engines.ts'
import { somePoints, withB } from './pairing/twist.ts'

const ISSUER = { issuer: 'https://registry.example', nonce: 'challenge' }
const { key } = keys.enrolment

let engines: Engines
let proof: string
let signals: bigint[]

beforeAll(async () => {
  engines = await startEngines()
  const verify = await createPairingVerifier()
  const { request } = await requestCredential(42n, ISSUER, { prover, keys, verifyProof: verify })
  proof = request.proof
  signals = enrolmentSignals(request, ISSUER.issuer, ISSUER.nonce)
}, 60_000)

describe.each(PAIRING_KINDS)('the %s engine', (kind) => {
  let verify: ProofVerifier

  beforeAll(async () => {
    verify = await createPairingVerifier([kind])
  })

  test('accepts what the portable engine accepts', async () => {
    expect(await verify(key, signals, proof)).toBe(true)
    expect(verifyGroth16(key, signals, proof)).toBe(true)
  })

  test('refuses each public signal changed by one', async () => {
    for (const [i, signal] of signals.entries()) {
      expect(await verify(key, signals.with(i, signal + 1n), proof), String(i)).toBe(false)
    }
  })

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

  test('calls public signals of the wrong number a mistake of the caller', () => {
    expect(() => verify(key, signals.slice(1), proof)).toThrow(TypeError)
    expect(() => verify(key, [...signals, 0n], proof)).toThrow(TypeError)
  })
})

describe('both engines', () => {
  let verifiers: readonly ProofVerifier[]

  beforeAll(async () => {
    verifiers = await Promise.all(PAIRING_KINDS.map((kind) => createPairingVerifier([kind])))
  })

  /** Of each engine, after comparing it with the portable one, which takes longest. */
  async function verdictOn(text: string, label: string): Promise<boolean> {
    const expected = verifyGroth16(key, signals, text)
    const verdicts: boolean[] = []
    for (const verify of verifiers) verdicts.push(await verify(key, signals, text))
    expect(verdicts, label).toEqual(PAIRING_KINDS.map(() => expected))
    return expected
  }

  // Tens of thousands more are tried by `npm run assure`.
  test('has the same verdict as the portable engine on every mutated proof', async () => {
    const bytes = fromBase64url(proof)
    for (let bit = 0; bit < bytes.length * 8; bit += 13) {
      const changed = bytes.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7))
      expect(await verdictOn(toBase64url(changed), `bit ${String(bit)}`)).toBe(false)
    }
    expect(await verdictOn(proof, 'unchanged')).toBe(true)
  }, 60_000)

  test('refuses a B outside the subgroup that is on the curve', async () => {
    // Almost every point of the twist is outside: its cofactor has 254 bits.
    for (const point of somePoints(8)) {
      const text = withB(proof, point)
      expect(await verdictOn(text, 'a point outside')).toBe(false)
      // And not because the equation does not hold, which nobody can know of such a point.
      for (const kind of PAIRING_KINDS)
        expect(engines[kind].readProofs([text])).toEqual([undefined])
      expect(refusal(() => decodeProof(text))).toBe('PROOF_INVALID')
    }
  })
})

test.each(PAIRING_KINDS)('a second %s verifier leaves the first one as it was', async (kind) => {
  const first = await createPairingVerifier([kind])
  expect(await first(key, signals, proof)).toBe(true)
  const second = await createPairingVerifier([kind])
  expect(await second(keys['eligibility-1'].key, someSignals(17), good(1, 17).proof)).toBe(true)
  expect(await first(key, signals, proof)).toBe(true)
})

describe.each(PAIRING_KINDS)('the batch verifier by the %s engine', (kind) => {
  let verify: ProofVerifier
  let verifyBatch: BatchVerifier

  beforeAll(async () => {
    verify = await createPairingVerifier([kind])
    verifyBatch = await createBatchVerifier(undefined, [kind])
  })

  /** Each verdict of the batch, after comparing it with the verdict on the proof alone. */
  async function verdictsOn(submitted: readonly SubmittedProof[]): Promise<boolean[]> {
    const verdicts = verifyBatch(submitted)
    for (const [i, one] of submitted.entries()) {
      expect(await verify(one.key, one.publicSignals, one.proof), String(i)).toBe(verdicts[i])
    }
    return verdicts
  }

  test('accepts valid proofs, made by a prover or forged', async () => {
    const batch = [{ key, publicSignals: signals, proof }, ...goodOnes(6)]
    expect(await verdictsOn(batch)).toEqual(batch.map(() => true))
  })

  test('has no verdicts on no proofs', () => {
    expect(verifyBatch([])).toEqual([])
  })

  test('judges one proof', async () => {
    expect(await verdictsOn([good(1)])).toEqual([true])
    expect(await verdictsOn([bad(1)])).toEqual([false])
  })

  test.each([3, 4, 9])('finds a bad one among %d, wherever it is', async (size) => {
    const valid = goodOnes(size)
    for (let position = 0; position < size; position++) {
      const batch = valid.with(position, bad(position))
      expect(await verdictsOn(batch)).toEqual(batch.map((_, i) => i !== position))
    }
  })

  test('finds every combination of good and bad among four', async () => {
    const choices = [0, 1, 2, 3].map((i) => ({ valid: good(i), invalid: bad(i) }))
    for (let pattern = 0; pattern < 16; pattern++) {
      const isGood = choices.map((_, i) => ((pattern >> i) & 1) === 1)
      const batch = choices.map(({ valid, invalid }, i) => (isGood[i] === true ? valid : invalid))
      expect(await verdictsOn(batch)).toEqual(isGood)
    }
  })

  test('refuses all of many bad ones', async () => {
    const batch = [1, 2, 3, 4, 5, 6, 7].map((i) => bad(i))
    expect(await verdictsOn(batch)).toEqual(batch.map(() => false))
  })

  test('refuses a public signal changed by one', async () => {
    const wrong = { ...good(1), publicSignals: someSignals(4).with(2, 0n) }
    const batch = [good(0), wrong, good(2), good(3)]
    expect(await verdictsOn(batch)).toEqual([true, false, true, true])
  })

  test('refuses public signals swapped between two proofs', async () => {
    const [one, other] = [good(1), { ...good(2), publicSignals: [9n, 8n, 7n, 6n] }]
    const valid = { ...other, proof: forgeProof(key, other.publicSignals) }
    expect(await verdictsOn([one, valid, good(3), good(4)])).toEqual([true, true, true, true])
    const swapped = [
      { ...one, publicSignals: valid.publicSignals },
      { ...valid, publicSignals: one.publicSignals },
      ...[good(3), good(4)],
    ]
    expect(await verdictsOn(swapped)).toEqual([false, false, true, true])
  })

  test('accepts a proof, the same again, and the same re-randomised', async () => {
    const one = good(1)
    const other = { ...one, proof: rerandomise(one.proof, 12345n) }
    expect(await verdictsOn([one, one, { ...one }, other])).toEqual([true, true, true, true])
    expect(await verdictsOn([one, bad(1), bad(1), one])).toEqual([true, false, false, true])
  })

  test('judges each proof under its own key', async () => {
    const batch = [good(1), good(1, 17), bad(2), good(2, 17), bad(3, 17), good(3)]
    expect(await verdictsOn(batch)).toEqual([true, true, false, true, false, true])
    const otherKey = { ...key, inputs: key.inputs.toReversed() }
    const underOther = { ...good(1), key: otherKey }
    const underTwo = [underOther, good(1), underOther, good(2)]
    expect(await verdictsOn(underTwo)).toEqual([false, true, false, true])
  })

  test('refuses malformed proofs and judges those around them', async () => {
    const outside = fromBase64url(proof).fill(0, 32, 96)
    outside[95] = 1
    const malformed = ['', '!'.repeat(171), toBase64url(new Uint8Array(128)), toBase64url(outside)]
    const batch = [
      good(1),
      ...malformed.map((text) => ({ ...good(1), proof: text })),
      bad(2),
      good(3),
    ]
    expect(await verdictsOn(batch)).toEqual([true, false, false, false, false, false, true])
    expect(await verdictsOn(batch.slice(1, 5))).toEqual([false, false, false, false])
  })

  test('calls wrong public signals of anyone a mistake of the caller', () => {
    const short = { ...good(1), publicSignals: [1n] }
    expect(() => verifyBatch([good(0), short])).toThrow(TypeError)
    expect(() => verifyBatch([{ ...short, proof: '' }])).toThrow(TypeError)
  })
})

/** Distinct for each index; 4 signals are those of `enrolment`, 17 those of `eligibility-1`. */
function good(index: number, count: 4 | 17 = 4): SubmittedProof {
  const circuit = count === 4 ? key : keys['eligibility-1'].key
  const publicSignals = someSignals(count)
  const proof = forgeProof(circuit, publicSignals, BigInt(index + 2), 7n)
  return { key: circuit, publicSignals, proof }
}

function bad(index: number, count: 4 | 17 = 4): SubmittedProof {
  const one = good(index, count)
  return { ...one, proof: shiftC(one.proof, BigInt(index + 1)) }
}

function goodOnes(count: number): SubmittedProof[] {
  return Array.from({ length: count }, (_, i) => good(i))
}

function someSignals(count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => BigInt(i) ** 50n)
}

test('the tag of an application is the one everybody can recompute who knows the secret', () => {
  expect(signals[0]).toBe(enrolmentTag(42n, issuerScope(ISSUER.issuer)))
  expect(signals[1]).not.toBe(holderCommitment(42n, 0n))
})
