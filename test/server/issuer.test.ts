import { describe, expect, test } from 'vitest'
import { checkCredential } from '../../core/credential.ts'
import { issuerSigner } from '../../core/credential.ts'
import { generatePrivateKey, publicKeyOf } from '../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import { REVOCATION_SHAPE, parseShard, proveFromShard, shardPrefix } from '../../core/sorted-set.ts'
import { openStatus } from '../../core/status.ts'
import { Issuer, MemoryIssuerStore, SHARDS, makePublication, shardsOf } from '../../server/index.ts'
import type { Application } from '../../server/index.ts'
import { verdictOf } from '../support/refusal.ts'
import { keys } from '../support/tools.ts'
import { ADULT, NOW, PERSON, TODAY } from '../support/world.ts'

// The proofs themselves are tested elsewhere; here the issuer's judge believes what it is told.

const NAME = 'https://registry.example'
const privateKey = generatePrivateKey()
const signer = issuerSigner(NAME, privateKey, publicKeyOf(privateKey))

function newIssuer(
  isBelieving = true,
  store = new MemoryIssuerStore(),
): { issuer: Issuer; store: MemoryIssuerStore } {
  const options = {
    issuer: NAME,
    keys: [{ schema: PERSON, signer }],
    store,
    enrolmentKey: keys.enrolment.key,
  }
  return { issuer: new Issuer({ ...options, verifyProof: () => isBelieving }), store }
}

function application(change: Partial<Application> = {}, commitment = 11n, tag = 5n): Application {
  return {
    subject: 'P1',
    schema: 'person/1',
    attributes: ADULT,
    validFrom: TODAY,
    validUntil: TODAY + 365,
    request: { commitment, tag, proof: 'proof' },
    nonce: 'n',
    ...change,
  }
}

const grant = async (issuer: Issuer, wish: Application) => issuer.issue(await issuer.check(wish))

describe('an issuer', () => {
  test('signs what it was asked to, under a random number', async () => {
    const { issuer, store } = newIssuer()
    const credential = await grant(issuer, application())
    checkCredential(credential, PERSON)
    expect(credential).toMatchObject({ issuer: NAME, attributes: ADULT, commitment: 11n })
    expect(await store.tagOf('P1')).toBe(5n)
    const numbers = new Set<bigint>()
    for (let i = 0n; i < 20n; i++)
      numbers.add((await grant(issuer, application({}, 100n + i))).revocationId)
    expect(numbers.size).toBe(20)
    expect([...numbers].some((number) => number >> 32n !== 0n)).toBe(true)
  })

  test('gives the same credential for the same application', async () => {
    const { issuer } = newIssuer()
    expect(await grant(issuer, application())).toEqual(await grant(issuer, application()))
  })

  test.each<[string, string, Application]>([
    [
      'a commitment that was used for other values',
      'ENROLMENT_INVALID',
      application({ attributes: { ...ADULT, householdSize: 4 } }),
    ],
    [
      'a commitment that was used for other days',
      'ENROLMENT_INVALID',
      application({ validUntil: TODAY + 1 }),
    ],
    ['a commitment that somebody else used', 'ENROLMENT_INVALID', application({ subject: 'P2' })],
    ['another secret of a known person', 'ENROLMENT_INVALID', application({}, 12n, 6n)],
    ['the secret of another person', 'ENROLMENT_INVALID', application({ subject: 'P2' }, 12n)],
    ['an attribute that is missing', 'ATTRIBUTE_INVALID', application({ attributes: {} }, 12n)],
    ['days in the wrong order', 'CREDENTIAL_INVALID', application({ validUntil: TODAY - 1 }, 12n)],
    ['a schema without a key', 'CREDENTIAL_INVALID', application({ schema: 'income/1' }, 12n)],
  ])('refuses %s', async (_, code, wish) => {
    const { issuer, store } = newIssuer()
    await grant(issuer, application())
    expect(await verdictOf(() => issuer.check(wish))).toBe(code)
    expect(await store.listBySubject('P2')).toEqual([])
  })

  test('refuses a request without a proof that holds', async () => {
    const { issuer, store } = newIssuer(false)
    expect(await verdictOf(() => issuer.check(application()))).toBe('ENROLMENT_INVALID')
    expect(await store.tagOf('P1')).toBeUndefined()
  })

  test('refuses what became wrong between check and issue', async () => {
    const { issuer } = newIssuer()
    const [first, second] = [
      await issuer.check(application()),
      await issuer.check(application({}, 12n, 6n)),
    ]
    await issuer.issue(first)
    expect(await verdictOf(() => issuer.issue(second))).toBe('ENROLMENT_INVALID')
  })
})

test('a publication is signed, and its shards prove who is revoked and who is not', async () => {
  const { issuer, store } = newIssuer()
  const [good, bad] = [
    await grant(issuer, application()),
    await grant(issuer, application({}, 12n)),
  ]
  await store.revoke('person/1', bad.revocationId, NOW)
  const documentKey = await generateSigningKey()
  const publisher = {
    issuer: NAME,
    keys: [{ key: signer.key, schema: PERSON }],
    store,
    documentKey: documentKey.privateKey,
  }
  const { document, sets, status } = await makePublication(publisher, NOW, 3600)
  const opened = await openStatus(
    document,
    { issuer: NAME, jwk: await publicJwk(documentKey.publicKey) },
    NOW,
  )
  expect(opened).toEqual(status)
  expect(opened).toMatchObject({ epoch: 1, expiresAt: NOW + 3600, keys: [{ revoked: 1 }] })
  const root = opened.keys[0]!.revocationRoot
  const shards = new Map(shardsOf(sets.get('person/1')!))
  expect(shards.size).toBe(SHARDS)
  for (const { revocationId } of [good, bad]) {
    const shard = shards.get(shardPrefix(REVOCATION_SHAPE, revocationId))
    const proof = proveFromShard(
      REVOCATION_SHAPE,
      root,
      parseShard(JSON.parse(JSON.stringify(shard))),
      revocationId,
    )
    expect(proof.found).toBe(revocationId === bad.revocationId)
  }
  expect((await makePublication(publisher, NOW, 3600)).status.epoch).toBe(2)
})
