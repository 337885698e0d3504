import { describe, expect, test } from 'vitest'
import { checkCredential } from '../../../core/credential.ts'
import { issuerSigner } from '../../../core/credential.ts'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import {
  REVOCATION_SHAPE,
  parseShard,
  proveFromShard,
  shardPrefix,
} from '../../../core/sorted-set.ts'
import { openStatus } from '../../../core/status.ts'
import { Issuer, IssuerStore, Publisher, SHARDS, keyIdOf, shardsOf } from '../../../server/index.ts'
import type { Application, IssuerKey, IssuerOptions } from '../../../server/index.ts'
import { verdictOf } from '../../support/refusal.ts'
import { keys as circuitKeys } from '../../support/tools.ts'
import { ADULT, NOW, PERSON, TODAY } from '../../support/world.ts'

// The proofs themselves are tested elsewhere; here the issuer's judge believes what it is told.

const NAME = 'https://registry.example'
const privateKey = generatePrivateKey()
const signer = issuerSigner(NAME, privateKey, publicKeyOf(privateKey))

async function newIssuer(
  isBelieving = true,
  keys: IssuerOptions['keys'] = [{ schema: PERSON, signer }],
): Promise<{ issuer: Issuer; store: IssuerStore }> {
  const store = await IssuerStore.open('sqlite::memory:', NAME)
  const options = {
    issuer: NAME,
    keys,
    store,
    enrolmentKey: circuitKeys.enrolment.key,
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

const grant = async (issuer: Issuer, wish: Application) =>
  issuer.issue(await issuer.check(wish), NOW)

describe('an issuer', () => {
  test('signs what it was asked to, under a random number', async () => {
    const { issuer, store } = await newIssuer()
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
    const { issuer } = await newIssuer()
    expect(await grant(issuer, application())).toEqual(await grant(issuer, application()))
  })

  test('gives it to two that ask at the same time', async () => {
    const { issuer, store } = await newIssuer()
    const wish = await issuer.check(application())
    const [one, other] = await Promise.all([issuer.issue(wish, NOW), issuer.issue(wish, NOW)])
    expect(one).toEqual(other)
    expect(await store.listBySubject('P1')).toHaveLength(1)
  })

  test('signs with the key that is not retired, and repeats what the other one signed', async () => {
    const newer = generatePrivateKey()
    const key = { schema: PERSON, signer: issuerSigner(NAME, newer, publicKeyOf(newer)) }
    const keys: IssuerKey[] = [{ schema: PERSON, signer }]
    const { issuer } = await newIssuer(true, () => Promise.resolve(keys))
    const first = await grant(issuer, application())
    keys.splice(0, 1, { schema: PERSON, signer, isRetired: true }, key)
    expect(await grant(issuer, application())).toEqual(first)
    expect((await grant(issuer, application({}, 12n))).key).toEqual(key.signer.key)
    keys.splice(0, 1)
    expect(await verdictOf(() => grant(issuer, application()))).toBe('CREDENTIAL_INVALID')
  })

  test('has one key that signs for a schema', async () => {
    const key = { schema: PERSON, signer }
    await expect(newIssuer(true, [key, key])).rejects.toThrow(TypeError)
    await expect(newIssuer(true, [key, { ...key, isRetired: true }])).resolves.toBeDefined()
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
    const { issuer, store } = await newIssuer()
    await grant(issuer, application())
    expect(await verdictOf(() => issuer.check(wish))).toBe(code)
    expect(await store.listBySubject('P2')).toEqual([])
  })

  test('refuses a request without a proof that holds', async () => {
    const { issuer, store } = await newIssuer(false)
    expect(await verdictOf(() => issuer.check(application()))).toBe('ENROLMENT_INVALID')
    expect(await store.tagOf('P1')).toBeUndefined()
  })

  test('refuses what became wrong between check and issue', async () => {
    const { issuer } = await newIssuer()
    const [first, second] = [
      await issuer.check(application()),
      await issuer.check(application({}, 12n, 6n)),
    ]
    await issuer.issue(first, NOW)
    expect(await verdictOf(() => issuer.issue(second, NOW))).toBe('ENROLMENT_INVALID')
  })
})

test('a publication is signed, and its shards prove who is revoked and who is not', async () => {
  const { issuer, store } = await newIssuer()
  const [good, bad] = [
    await grant(issuer, application()),
    await grant(issuer, application({}, 12n)),
  ]
  await store.revoke(keyIdOf(signer.key), bad.revocationId, NOW)
  const documentKey = await generateSigningKey()
  const publisher = new Publisher({
    keys: [{ key: signer.key, schema: PERSON }],
    store,
    documentKey: documentKey.privateKey,
  })
  const { document, sets, status } = await publisher.publish(NOW, 3600)
  const opened = await openStatus(
    document,
    { issuer: NAME, jwk: await publicJwk(documentKey.publicKey) },
    NOW,
  )
  expect(opened).toEqual(status)
  expect(opened).toMatchObject({ epoch: 1, expiresAt: NOW + 3600, keys: [{ revoked: 1 }] })
  const root = opened.keys[0]!.revocationRoot
  const shards = new Map(shardsOf(sets.get(root)!))
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
  expect((await publisher.publish(NOW, 3600)).status.epoch).toBe(2)
})
