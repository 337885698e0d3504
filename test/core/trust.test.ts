import { beforeAll, describe, expect, test } from 'vitest'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import { signStatus } from '../../core/status.ts'
import type { StatusDocument } from '../../core/status.ts'
import { buildTrust, issuerLeaf, openTrust, trustToJson } from '../../core/trust.ts'
import type { TrustedIssuer } from '../../core/trust.ts'
import { poseidon } from '../../core/hash.ts'
import { TestLog } from '../support/test-log.ts'
import { verdictOf } from '../support/refusal.ts'
import { NOW, PERSON, TestIssuer, trustIn } from '../support/world.ts'

let registry: TestIssuer
let other: TestIssuer
let listing: TrustedIssuer

beforeAll(async () => {
  registry = await TestIssuer.create('https://registry.example', PERSON)
  other = await TestIssuer.create('https://other.example', PERSON)
  listing = await registry.listing()
})

const built = (issuers: readonly TrustedIssuer[], now = NOW) =>
  verdictOf(() => buildTrust('registries', issuers, now))

describe('a trust list', () => {
  test('leads from each leaf to its root', async () => {
    const trust = await trustIn('registries', registry, other)
    for (const [i, leaf] of trust.leaves.entries()) {
      let node = issuerLeaf(leaf)
      for (const children of trust.path(i)) {
        expect(children).toContain(node)
        node = poseidon(children)
      }
      expect(node).toBe(trust.root)
    }
  })

  test('has one root, in whatever order its issuers are named', async () => {
    const both = await Promise.all([registry.listing(), other.listing()])
    const [forth, back] = [
      await buildTrust('a', both, NOW),
      await buildTrust('a', both.toReversed(), NOW),
    ]
    expect(forth.root).toBe(back.root)
  })

  test('trusts an issuer for the schemas it names and no others', async () => {
    const trust = await buildTrust('registries', [{ ...listing, schemas: ['income/1'] }], NOW)
    expect(trust.leaves).toEqual([])
    expect(trust.root).not.toBe((await buildTrust('registries', [listing], NOW)).root)
  })

  test('is published and opened again', async () => {
    const trust = await trustIn('registries', registry)
    const json: unknown = JSON.parse(JSON.stringify(trustToJson(trust)))
    expect((await openTrust(json, NOW)).root).toBe(trust.root)
  })

  test('is refused with another root, an unknown member or a schema more', async () => {
    const json = trustToJson(await trustIn('registries', registry))
    const opened = (changes: object) => verdictOf(() => openTrust({ ...json, ...changes }, NOW))
    expect(await opened({})).toBe('accepted')
    expect(await opened({ root: '5' })).toBe('TRUST_INVALID')
    expect(await opened({ extra: 1 })).toBe('TRUST_INVALID')
    expect(await opened({ issuers: [{ ...listing, schemas: ['other/1'] }] })).toBe('TRUST_INVALID')
  })

  test('refuses an issuer that is named twice', async () => {
    expect(await built([listing, listing])).toBe('TRUST_INVALID')
  })

  test("refuses a document signed by another issuer's key, or of another issuer", async () => {
    const foreign = await other.listing()
    expect(await built([{ ...listing, jwk: foreign.jwk }])).toBe('STATUS_INVALID')
    expect(await built([{ ...foreign, issuer: listing.issuer }])).toBe('STATUS_INVALID')
  })

  test('refuses a document outside its time', async () => {
    expect(await built([listing], NOW + 86_399)).toBe('accepted')
    expect(await built([listing], NOW + 86_400)).toBe('STATUS_STALE')
    expect(await built([listing], NOW - 300)).toBe('accepted')
    expect(await built([listing], NOW - 301)).toBe('STATUS_STALE')
  })

  test('refuses a key that is no sound key', async () => {
    const documentKey = await generateSigningKey()
    const status: StatusDocument = {
      issuer: 'https://rogue.example',
      epoch: 1,
      issuedAt: NOW,
      expiresAt: NOW + 60,
      log: new TestLog().before(1),
      keys: [
        {
          key: { x: 0n, y: 1n },
          schema: 'person/1',
          schemaHash: 1n,
          revocationRoot: 2n,
          revoked: 0,
        },
      ],
    }
    const rogue = {
      issuer: status.issuer,
      jwk: await publicJwk(documentKey.publicKey),
      schemas: ['person/1'],
      status: await signStatus(status, documentKey.privateKey),
    }
    expect(await built([rogue])).toBe('KEY_INVALID')
  })
})
