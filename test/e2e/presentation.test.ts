import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from '../../core/bytes.ts'
import { FIELD_ORDER, invert } from '../../core/field.ts'
import { decodeProof, encodeProof, verifyGroth16 } from '../../core/groth16.ts'
import { CURVE_FIELD_ORDER } from '../../core/curve.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import { policyHash } from '../../core/policy/policy.ts'
import {
  fieldText,
  parsePresentation,
  presenterOf,
  signPresentation,
} from '../../core/presentation.ts'
import type { PresentationClaims } from '../../core/presentation.ts'
import { buildStatement, publicSignals } from '../../core/statement.ts'
import { verifyPresentation } from '../../core/verify.ts'
import type { Expectation } from '../../core/verify.ts'
import { prepareProof, presentProof } from '../../client/holder.ts'
import type { PreparedProof } from '../../client/holder.ts'
import { verdictOf } from '../support/refusal.ts'
import { acceptedKeys, keys, toolsWith } from '../support/tools.ts'
import {
  ADULT,
  NOW,
  PERSON,
  SCHEMAS,
  TODAY,
  TestIssuer,
  holderOf,
  policyOf,
  revocationsOf,
  trustIn,
} from '../support/world.ts'

const AUDIENCE = 'https://shop.example'
const SECRET = 0x5ec2e7n
/** Set in the first byte of a point whose y is the odd one of the two roots. */
const ODD_Y = 0x80
const policy = policyOf({
  where: {
    all: [
      { age: 'person.birthDate', atLeast: 18 },
      { attribute: 'person.isStudent', eq: false },
    ],
  },
  disclose: ['person.region'],
  once: { scope: 'welcome-gift' },
})

let prepared: PreparedProof
let honest: string
let expected: Expectation
let signals: bigint[]

beforeAll(async () => {
  const registry = await TestIssuer.create('https://registry.example', PERSON)
  const trust = await trustIn('registries', registry)
  const request = {
    policy,
    schemas: SCHEMAS,
    audience: AUDIENCE,
    asOf: TODAY,
    trust: { person: trust },
  }
  const holder = holderOf(SECRET, registry.issue(SECRET, ADULT))
  prepared = await prepareProof(holder, request, toolsWith(revocationsOf(registry)))
  honest = await presentProof(prepared, 'nonce-1', NOW)
  expected = {
    policy,
    schemas: SCHEMAS,
    audience: AUDIENCE,
    nonce: 'nonce-1',
    trust: { person: [{ root: trust.root, madeAt: NOW - 60 }] },
    keys: acceptedKeys,
    now: NOW,
  }
  const statement = buildStatement(policy, {
    ...request,
    trustRoots: { person: trust.root },
    presenter: await presenterOf(prepared.jwk),
    disclosed: prepared.disclosed ?? {},
  })
  signals = publicSignals(statement, prepared.pseudonym ?? 0n)
}, 120_000)

/** The honest presentation with other claims, signed again by its own one-time key. */
async function resigned(changes: Partial<PresentationClaims>): Promise<string> {
  const { jwk, privateKey, ...claims } = prepared
  return signPresentation(
    { ...claims, nonce: 'nonce-1', issuedAt: NOW, ...changes },
    jwk,
    privateKey,
  )
}

const verdict = (text: string, changes: Partial<Expectation> = {}) =>
  verdictOf(() => verifyPresentation(text, { ...expected, ...changes }))

describe('a presentation', () => {
  test('is accepted and says what was proven', async () => {
    const proven = await verifyPresentation(honest, expected)
    expect(proven).toMatchObject({
      policy: 'test@1',
      audience: AUDIENCE,
      asOf: TODAY,
      pseudonym: prepared.pseudonym,
      disclosed: { 'person.region': 'DE-BY' },
    })
  })

  test.each([
    ['another audience', { audience: 'https://other.example' }, 'AUDIENCE_MISMATCH'],
    ['another nonce', { nonce: 'nonce-2' }, 'NONCE_MISMATCH'],
    ['a later time than it may take', { now: NOW + 301 }, 'PRESENTATION_EXPIRED'],
    ['an earlier time than it was signed', { now: NOW - 301 }, 'PRESENTATION_EXPIRED'],
    ['keys that are not those', { keys: new Map() }, 'KEY_UNKNOWN'],
    ['no trust root', { trust: {} }, 'TRUST_ROOT_UNKNOWN'],
    [
      'another trust root',
      { trust: { person: [{ root: 1n, madeAt: NOW }] } },
      'TRUST_ROOT_UNKNOWN',
    ],
  ])('is refused for %s', async (_, changes, code) => {
    expect(await verdict(honest, changes)).toBe(code)
  })

  test('may have the time of a request that was made long before, and none before it', async () => {
    const late = { now: NOW + 3_000 }
    expect(await verdict(honest, { ...late, askedAt: NOW })).toBe('accepted')
    expect(await verdict(honest, { ...late, askedAt: NOW + 300 })).toBe('accepted')
    expect(await verdict(honest, { ...late, askedAt: NOW + 301 })).toBe('PRESENTATION_EXPIRED')
    expect(await verdict(honest, late)).toBe('PRESENTATION_EXPIRED')
    const early = { now: NOW - 301, askedAt: NOW - 400 }
    expect(await verdict(honest, early)).toBe('PRESENTATION_EXPIRED')
    // A verifier whose clock was set back has asked in the future.
    expect(await verdict(honest, { now: NOW, askedAt: NOW + 1_000 })).toBe('accepted')
  })

  test('is refused under a trust root older than the policy allows', async () => {
    const [known] = expected.trust['person'] ?? []
    const aged = (seconds: number) => ({
      person: [{ root: known?.root ?? 0n, madeAt: NOW - seconds }],
    })
    expect(await verdict(honest, { trust: aged(86_400) })).toBe('accepted')
    expect(await verdict(honest, { trust: aged(86_401) })).toBe('TRUST_ROOT_UNKNOWN')
  })

  test('is refused for another policy, also one that differs by one number', async () => {
    const other = policyOf({ ...policy, where: { age: 'person.birthDate', atLeast: 19 } })
    expect(await verdict(honest, { policy: other })).toBe('POLICY_MISMATCH')
  })

  test('is refused under the key of another circuit', async () => {
    const swapped = new Map([
      [keys['eligibility-1'].id, { circuit: 'enrolment', key: keys.enrolment.key }],
    ])
    expect(await verdict(honest, { keys: swapped })).toBe('KEY_UNKNOWN')
  })

  test('is good for its day and the next, and no other', async () => {
    const day = 86_400
    const later = (now: number) => ({
      now,
      trust: { person: [{ root: prepared.trustRoots[0] ?? 0n, madeAt: now }] },
    })
    for (const [days, code] of [
      [-1, 'DATE_REFUSED'],
      [0, 'accepted'],
      [1, 'PROOF_INVALID'],
      [2, 'DATE_REFUSED'],
    ] as const) {
      const now = NOW + days * day
      // Tomorrow the same proof is still of today; a claim of another day is not what was proven.
      const text = await resigned({ issuedAt: now, ...(days === 1 ? { asOf: TODAY + 1 } : {}) })
      expect(await verdict(text, later(now)), String(days)).toBe(code)
    }
    expect(await verdict(await resigned({ issuedAt: NOW + day }), later(NOW + day))).toBe(
      'accepted',
    )
  })
})

describe('a presentation that was altered', () => {
  test.each<[string, Partial<PresentationClaims>, string]>([
    ['another pseudonym', { pseudonym: 7n }, 'PROOF_INVALID'],
    ['another disclosed value', { disclosed: { 'person.region': 'DE-BE' } }, 'PROOF_INVALID'],
    [
      'a disclosed value of another type',
      { disclosed: { 'person.region': 5 } },
      'PRESENTATION_INVALID',
    ],
    [
      'more disclosed than asked',
      { disclosed: { 'person.region': 'DE-BY', 'person.personId': 'P-1' } },
      'PRESENTATION_INVALID',
    ],
    ['yesterday instead of today', { asOf: TODAY - 1 }, 'PROOF_INVALID'],
    ['no pseudonym', { pseudonym: 0n }, 'PRESENTATION_INVALID'],
  ])('is refused: %s', async (_, changes, code) => {
    expect(await verdict(await resigned(changes))).toBe(code)
  })

  test('is refused without a pseudonym or a disclosed value that the policy asks for', async () => {
    const { jwk, privateKey, pseudonym: _, ...nameless } = prepared
    const { disclosed: __, ...closed } = prepared
    const claims = { nonce: 'nonce-1', issuedAt: NOW }
    expect(await verdict(await signPresentation({ ...nameless, ...claims }, jwk, privateKey))).toBe(
      'PRESENTATION_INVALID',
    )
    expect(await verdict(await signPresentation({ ...closed, ...claims }, jwk, privateKey))).toBe(
      'PRESENTATION_INVALID',
    )
  })

  test('is refused with a disclosed path that only looks like those asked for', async () => {
    const joined = { 'person.region,person.personId': 'DE-BY' }
    const two = policyOf({ ...policy, disclose: ['person.region', 'person.personId'] })
    const hash = toBase64url(policyHash(two))
    const text = await resigned({ policy: hash, disclosed: joined })
    expect(await verdict(text, { policy: two })).toBe('PRESENTATION_INVALID')
  })

  test('is refused under another one-time key: the proof is bound to its own', async () => {
    const thief = await generateSigningKey()
    const jwk = await publicJwk(thief.publicKey)
    const { jwk: _, privateKey: __, ...claims } = prepared
    const stolen = await signPresentation(
      { ...claims, nonce: 'nonce-1', issuedAt: NOW },
      jwk,
      thief.privateKey,
    )
    expect(await verdict(stolen)).toBe('PROOF_INVALID')
  })

  test('is refused if payload, header or signature come from elsewhere', async () => {
    const [header = '', payload = '', signature = ''] = honest.split('.')
    const [, otherPayload = ''] = (await resigned({ issuedAt: NOW + 1 })).split('.')
    const flipped = fromBase64url(signature)
    flipped[5] = (flipped[5] ?? 0) ^ 1
    expect(await verdict([header, otherPayload, signature].join('.'))).toBe(
      'PRESENTATION_SIGNATURE_INVALID',
    )
    expect(await verdict([header, payload, toBase64url(flipped)].join('.'))).toBe(
      'PRESENTATION_SIGNATURE_INVALID',
    )
    const unsigned = toBase64url(new TextEncoder().encode('{"alg":"none"}'))
    expect(await verdict([unsigned, payload, ''].join('.'))).toBe('PRESENTATION_INVALID')
  })

  test('is refused in every other spelling', async () => {
    const claims = parsePresentation(honest).claims
    const pseudonym = claims.pseudonym ?? 0n
    const [header = '', payload = '', signature = ''] = honest.split('.')
    const rewritten = (from: string, to: string): string => {
      const text = new TextDecoder().decode(fromBase64url(payload))
      expect(text).toContain(from)
      return [
        header,
        toBase64url(new TextEncoder().encode(text.replace(from, to))),
        signature,
      ].join('.')
    }
    const shifted = fieldText(pseudonym) // 32 bytes; the same number plus the field's order needs as many
    const overflow = toBase64url(bytesOf(pseudonym + FIELD_ORDER))
    expect(await verdict(rewritten(shifted, overflow))).toBe('PRESENTATION_INVALID')
    expect(await verdict(rewritten(`"${shifted}"`, pseudonym.toString()))).toBe(
      'PRESENTATION_INVALID',
    )
    expect(await verdict(rewritten('"nonce-1"', '["nonce-1"]'))).toBe('PRESENTATION_INVALID')
    expect(await verdict(rewritten('{"aud"', '{"extra":1,"aud"'))).toBe('PRESENTATION_INVALID')
    expect(await verdict(`${honest}=`)).toBe('PRESENTATION_INVALID')
    expect(await verdict(` ${honest}`)).toBe('PRESENTATION_INVALID')
    expect(await verdict(`${honest}.`)).toBe('PRESENTATION_INVALID')
    expect(await verdict('x'.repeat(20_000))).toBe('PRESENTATION_INVALID')
  })
})

describe('the public signals', () => {
  test('are all bound: each changed by one makes the proof false', () => {
    const { key } = keys['eligibility-1']
    expect(verifyGroth16(key, signals, prepared.proof)).toBe(true)
    for (const [i, signal] of signals.entries()) {
      const changed = signals.with(i, (signal + 1n) % FIELD_ORDER)
      expect(verifyGroth16(key, changed, prepared.proof), `signal ${String(i)}`).toBe(false)
    }
  })

  test('are exactly as many as the key has, and canonical', () => {
    const { key } = keys['eligibility-1']
    const call = (changed: bigint[]) => () => verifyGroth16(key, changed, prepared.proof)
    expect(call(signals.slice(0, -1))).toThrow(TypeError)
    expect(call([...signals, 0n])).toThrow(TypeError)
    expect(call([])).toThrow(TypeError)
    expect(call(signals.with(1, (signals[1] ?? 0n) + FIELD_ORDER))).toThrow(TypeError)
    expect(call(signals.with(1, -1n))).toThrow(TypeError)
  })
})

describe('the proof', () => {
  const judge = (proof: string) => verifyGroth16(keys['eligibility-1'].key, signals, proof)

  test('can be re-randomised by anybody, so it must never name a presentation', async () => {
    const other = reRandomised(prepared.proof)
    expect(other).not.toBe(prepared.proof)
    expect(judge(other)).toBe(true)
    expect(await verdict(await resigned({ proof: other }))).toBe('accepted')
  })

  test('is refused with any bit changed', () => {
    const bytes = fromBase64url(prepared.proof)
    for (const bit of [0, 7, 8, 255, 256, 257, 263, 500, 767, 768, 769, 1023]) {
      const changed = bytes.slice()
      const at = Math.floor(bit / 8)
      changed[at] = (changed[at] ?? 0) ^ (0x80 >> (bit % 8))
      expect(judge(toBase64url(changed)), `bit ${String(bit)}`).toBe(false)
    }
  })

  test('is refused with coordinates that are not canonical, with the identity, and at other lengths', () => {
    const [proof, x] = withSecondForm(prepared.proof)
    const bytes = fromBase64url(proof)
    const withFirst = (value: bigint): Uint8Array => {
      const changed = bytes.slice()
      changed.set(bytesOf(value))
      changed[0] = (changed[0] ?? 0) | ((bytes[0] ?? 0) & ODD_Y)
      return changed
    }
    expect(judge(toBase64url(withFirst(x)))).toBe(true)
    expect(judge(toBase64url(withFirst(x + CURVE_FIELD_ORDER)))).toBe(false)
    expect(judge(toBase64url(withFirst(CURVE_FIELD_ORDER)))).toBe(false)
    expect(judge(toBase64url(withFirst(0n)))).toBe(false)
    expect(judge(toBase64url(new Uint8Array(128)))).toBe(false)
    expect(judge(toBase64url(bytes.subarray(1)))).toBe(false)
    expect(judge(toBase64url(new Uint8Array([...bytes, 0])))).toBe(false)
    expect(judge('')).toBe(false)
    expect(judge('é'.repeat(171))).toBe(false)
  })
})

/** (A, B, C) with another randomness: (k A, B / k, C) satisfies the same equation. */
function reRandomised(proof: string, k = 1_234_567n): string {
  const { a, b, c } = decodeProof(proof)
  const inverse = invert(k)
  const [pa, pb, pc] = [a.multiply(k).toAffine(), b.multiply(inverse).toAffine(), c.toAffine()]
  return encodeProof({
    a: [pa.x, pa.y],
    b: [
      [pb.x.c0, pb.x.c1],
      [pb.y.c0, pb.y.c1],
    ],
    c: [pc.x, pc.y],
  })
}

/** As good a proof whose first coordinate has room for the order of its field: one in three has. */
function withSecondForm(proof: string): [proof: string, x: bigint] {
  for (let k = 2n; ; k++) {
    const other = reRandomised(proof, k)
    const { x } = decodeProof(other).a.toAffine()
    if (x + CURVE_FIELD_ORDER < 1n << 254n) return [other, x]
  }
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
}
