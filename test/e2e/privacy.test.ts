import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url } from '../../core/bytes.ts'
import { fieldToBytes } from '../../core/field.ts'
import { encodeAttributes } from '../../core/schema.ts'
import { prepareProof, presentProof } from '../../client/holder.ts'
import type { HeldCredential } from '../../client/holder.ts'
import { toolsWith } from '../support/tools.ts'
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
import { claimsOf } from './stories/secrets.ts'

// What leaves the wallet is searched as bytes, in every form a value could take.

const SECRET = 0x1234567890abcdef1234567890abcdefn
const NONCES = ['first-visit-nonce-0001', 'other-visit-nonce-0002']
/** Bytes, as many as a revocation number has. A run of four is the same by chance, once in 70,000. */
const RUN = 5
/** Characters of a number: five digits stand in base64url by chance. */
const SHORTEST = 6
/** Bytes of a number: a revocation number has no more. */
const SHORTEST_BYTES = 5

let held: HeldCredential
let visits: string[]

beforeAll(async () => {
  const registry = await TestIssuer.create('https://registry.example', PERSON)
  held = registry.issue(SECRET, { ...ADULT, personId: 'P-77-UNIQUE', region: 'DE-UNIQ' })
  const request = {
    policy: policyOf({ where: { age: 'person.birthDate', atLeast: 18 } }),
    schemas: SCHEMAS,
    audience: 'https://shop.example',
    asOf: TODAY,
    trust: { person: await trustIn('registries', registry) },
  }
  const prepare = () =>
    prepareProof(holderOf(SECRET, held), request, toolsWith(revocationsOf(registry)))
  const prepared = [await prepare(), await prepare()]
  visits = await Promise.all(
    prepared.map((proof, i) => presentProof(proof, NONCES[i] ?? '', NOW + i)),
  )
}, 120_000)

describe('what leaves the wallet', () => {
  test('contains nothing of the credential, in no encoding', () => {
    const { credential, blinding } = held
    const { signature, key } = credential
    const numbers = {
      secret: SECRET,
      blinding,
      commitment: credential.commitment,
      revocationId: credential.revocationId,
      'signature.r8.x': signature.r8.x,
      'signature.r8.y': signature.r8.y,
      'signature.s': signature.s,
      'issuer.x': key.x,
      'issuer.y': key.y,
      ...Object.fromEntries(
        encodeAttributes(PERSON, credential.attributes).map((value, i) => [
          `attribute ${String(i)}`,
          value,
        ]),
      ),
    }
    const everything = visits.flatMap(layers)
    for (const [name, value] of Object.entries(numbers)) {
      for (const form of formsOf(value)) {
        expect(
          everything.some((layer) => layer.includes(form)),
          `${name} as ${form.toString('hex')}`,
        ).toBe(false)
      }
    }
    for (const text of ['P-77-UNIQUE', 'DE-UNIQ', '1990-05-17', 'registry.example']) {
      expect(
        everything.some((layer) => layer.includes(text)),
        text,
      ).toBe(false)
    }
  })

  test('the search finds what is there', () => {
    const everything = visits.flatMap(layers)
    expect(everything.some((layer) => layer.includes('https://shop.example'))).toBe(true)
    expect(everything.some((layer) => layer.includes(NONCES[0] ?? '?'))).toBe(true)
  })

  test('two visits share nothing but what the verifier chose and the day', () => {
    const [first, second] = visits.map(claimsOf)
    const shared = Object.keys(first ?? {}).filter((name) => first?.[name] === second?.[name])
    expect(shared.sort()).toEqual([
      'alg',
      'asOf',
      'aud',
      'circuit',
      'crv',
      'kty',
      'policy',
      'trust',
      'typ',
    ])
    const own = (claims: Record<string, string> | undefined) =>
      Object.entries(claims ?? {}).filter(([name]) => ![...shared, 'iat', 'nonce'].includes(name))
    // Not even a run of a few bytes of key, signature or proof is the same in both.
    for (const [name, value] of own(first)) {
      for (const [other, text] of own(second)) {
        expect(commonRun(bytesOf(value), bytesOf(text)), `${name} and ${other}`).toBeLessThan(RUN)
      }
    }
  })

  test('two visits are of one size', () => {
    expect(new Set(visits.map((visit) => visit.length)).size).toBe(1)
  })
})

/** The text itself and everything inside it that is encoded. */
function layers(visit: string): Buffer[] {
  const parts = visit.split('.').map((part) => Buffer.from(fromBase64url(part)))
  const values = Object.values(claimsOf(visit)).map(bytesOf)
  return [Buffer.from(visit), ...parts, ...values]
}

function bytesOf(value: string): Buffer {
  return /^[A-Za-z0-9_-]{40,}$/.test(value) ? Buffer.from(value, 'base64url') : Buffer.from(value)
}

/** Ways to write a number that are long enough to mean something. */
function formsOf(value: bigint): Buffer[] {
  const bytes = Buffer.from(fieldToBytes(value))
  const short = bytes.subarray(bytes.findIndex((byte) => byte !== 0))
  const forms = [bytes, Buffer.from(bytes).reverse(), short, Buffer.from(short).reverse()]
  const texts = [
    value.toString(),
    value.toString(16),
    bytes.toString('base64url'),
    short.toString('base64url'),
  ]
  return [
    ...forms.filter(({ length }) => length >= SHORTEST_BYTES),
    ...texts.filter(({ length }) => length >= SHORTEST).map((text) => Buffer.from(text)),
  ]
}

/** Length of the longest run of bytes that stands in both. */
function commonRun(a: Buffer, b: Buffer): number {
  for (let length = RUN; length > 0; length--) {
    for (let i = 0; i + length <= a.length; i++) {
      if (b.includes(a.subarray(i, i + length))) return length
    }
  }
  return 0
}
