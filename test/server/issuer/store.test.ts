import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey } from '../../../core/jws.ts'
import { REVOCATION_SHAPE, SortedSet, openSet } from '../../../core/sorted-set.ts'
import { findSet, findShard, listEpochs, newestEpoch } from '../../../server/issuer/epochs.ts'
import { keyIdOf } from '../../../server/issuer/issued.ts'
import type { IssuedCredential } from '../../../server/issuer/issued.ts'
import { Nonces, isSpent, spendNonce, sweepNonces } from '../../../server/issuer/nonces.ts'
import { exchange, findAccess, findOffer, makeOffer } from '../../../server/issuer/offers.ts'
import { preAuthorizedCode, redeem, sweepOffers } from '../../../server/issuer/offers.ts'
import { register } from '../../../server/issuer/people.ts'
import { Publisher } from '../../../server/issuer/publisher.ts'
import { recover } from '../../../server/issuer/recovery.ts'
import { revoke } from '../../../server/issuer/revocation.ts'
import { IssuerStore } from '../../../server/issuer/store.ts'
import { verdictOf } from '../../support/refusal.ts'
import { ADULT, NOW, PERSON } from '../../support/world.ts'
import { databaseKinds } from './databases.ts'

const NAME = 'https://registry.example'
const LARGE = 2n ** 253n
const KEY = publicKeyOf(generatePrivateKey())
const KEY_ID = keyIdOf(KEY)
const OTHER_KEY_ID = keyIdOf(publicKeyOf(generatePrivateKey()))
const DAY = 86_400
const TERMS = { recoverAfter: 30 * DAY, offerLifetime: 3600 }
const documentKey = (await generateSigningKey()).privateKey

function issued(change: Partial<IssuedCredential> = {}): IssuedCredential {
  return {
    subject: 'P1',
    schema: 'person/1',
    keyId: KEY_ID,
    commitment: LARGE,
    message: LARGE + 1n,
    revocationId: 2n ** 40n - 1n,
    validFrom: 46_000,
    validUntil: 46_365,
    issuedAt: NOW,
    ...change,
  }
}

describe.each(databaseKinds())("an issuer's memory in %s", (_, newUrl) => {
  let url: string
  let store: IssuerStore
  let other: IssuerStore
  beforeEach(async () => {
    url = await newUrl()
    store = await IssuerStore.open(url, NAME)
    other = await IssuerStore.open(url, NAME)
  })
  afterEach(async () => {
    await store.close()
    await other.close()
  })

  const query = (): IssuerStore['database']['query'] => store.database.query
  const record = (change: Partial<IssuedCredential>, tag = 5n, on = store) =>
    on.record(issued(change), tag)
  const publisherOn = (on: IssuerStore): Publisher =>
    new Publisher({ store: on, keys: [{ key: KEY, schema: PERSON }], documentKey })

  test('gives back what was recorded, also after it was closed', async () => {
    expect(await record({})).toBe('recorded')
    await store.close()
    store = await IssuerStore.open(url, NAME)
    expect(await store.tagOf('P1')).toBe(5n)
    expect(await store.ownerOf(5n)).toEqual({ subject: 'P1', isRetired: false })
    expect(await store.findByCommitment(LARGE)).toEqual(issued())
    expect(await store.listByNumber('person/1', 2n ** 40n - 1n)).toEqual([issued()])
    expect(await store.listBySubject('P1')).toEqual([issued()])
    expect(await store.listByNumber('income/1', 2n ** 40n - 1n)).toEqual([])
    expect(await store.tagOf('P2')).toBeUndefined()
  })

  test('belongs to one issuer', async () => {
    expect(await verdictOf(() => IssuerStore.open(url, 'https://tax.example'))).toBe(
      'DATABASE_INVALID',
    )
    expect(await verdictOf(async () => (await IssuerStore.open(url, NAME)).close())).toBe(
      'accepted',
    )
  })

  test.each([
    ['tag-differs', { commitment: 1n, revocationId: 1n }, 6n],
    ['tag-taken', { subject: 'P2', commitment: 1n, revocationId: 1n }, 5n],
    ['commitment-taken', { subject: 'P2', revocationId: 1n }, 6n],
    ['number-taken', { subject: 'P2', commitment: 1n }, 6n],
  ] as const)('refuses with %s and changes nothing', async (outcome, second, tag) => {
    await record({})
    expect(await record(second, tag)).toBe(outcome)
    expect(await store.tagOf('P2')).toBeUndefined()
    expect(await store.ownerOf(6n)).toBeUndefined()
    expect(await store.findByCommitment(1n)).toBeUndefined()
    expect(await store.listBySubject('P1')).toEqual([issued()])
  })

  test('a person may have several credentials, a number may serve two keys', async () => {
    await record({})
    expect(await record({ commitment: 1n, keyId: OTHER_KEY_ID })).toBe('recorded')
    expect(await store.listBySubject('P1')).toHaveLength(2)
    const order = { number: 2n ** 40n - 1n, schema: 'person/1' }
    expect(await verdictOf(() => revoke(store, order, NOW))).toBe('CONFLICT')
    expect(await revoke(store, { ...order, keyId: OTHER_KEY_ID }, NOW)).toHaveLength(1)
  })

  test('what fails alongside undoes the record', async () => {
    const failing = store.record(issued(), 5n, () => Promise.reject(new Error('on purpose')))
    await expect(failing).rejects.toThrow('on purpose')
    expect(await store.findByCommitment(LARGE)).toBeUndefined()
    expect(await store.tagOf('P1')).toBeUndefined()
  })

  test('of many requests for one person with different secrets one is recorded', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_unused, i) =>
        record(
          { commitment: BigInt(i + 1), revocationId: BigInt(i) },
          BigInt(i + 1),
          i % 2 === 0 ? store : other,
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'tag-differs')).toHaveLength(11)
    expect(await store.listBySubject('P1')).toHaveLength(1)
  })

  test('of many people with one secret one is recorded', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_unused, i) =>
        record(
          { subject: `P${i}`, commitment: BigInt(i + 1), revocationId: BigInt(i) },
          5n,
          i % 2 === 0 ? store : other,
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'recorded')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'tag-taken')).toHaveLength(11)
  })

  test('revokes once', async () => {
    await record({ revocationId: 10n })
    expect(await store.revoke(KEY_ID, 10n, 100)).toBe(true)
    expect(await store.revoke(KEY_ID, 10n, 200)).toBe(false)
    expect(await store.revoke(KEY_ID, 11n, 100)).toBe(false)
    expect(await store.revoke(OTHER_KEY_ID, 10n, 100)).toBe(false)
    expect((await store.findByCommitment(LARGE))?.revokedAt).toBe(100)
  })

  test('revokes what a person has, of one schema or all', async () => {
    await record({ commitment: 1n, revocationId: 1n })
    await record({ commitment: 2n, revocationId: 2n, schema: 'income/1' })
    expect(await revoke(store, { subject: 'P1', schema: 'income/1' }, NOW)).toHaveLength(1)
    expect(await revoke(store, { subject: 'P1' }, NOW)).toMatchObject([{ commitment: 1n }])
    expect(await revoke(store, { subject: 'P1' }, NOW)).toEqual([])
    expect(await verdictOf(() => revoke(store, { subject: 'P2' }, NOW))).toBe('NOT_FOUND')
  })

  describe('recovery', () => {
    const person = { subject: 'P1', schema: 'person/1' }
    beforeEach(async () => {
      await register(query(), PERSON, [{ subject: 'P1', attributes: ADULT }], NOW)
      await record({})
    })

    test('revokes, retires the tag for ever, and lets a new one in', async () => {
      const before = await makeOffer(query(), person, NOW, 3600)
      const { revoked, offer } = await recover(store, person, NOW, TERMS)
      expect(revoked).toBe(1)
      expect((await store.findByCommitment(LARGE))?.revokedAt).toBe(NOW)
      expect(await store.ownerOf(5n)).toEqual({ subject: 'P1', isRetired: true })
      expect(await record({ commitment: 1n, revocationId: 1n }, 5n)).toBe('tag-retired')
      expect(await record({ subject: 'P2', commitment: 1n, revocationId: 1n }, 5n)).toBe(
        'tag-taken',
      )
      expect(await record({ commitment: 1n, revocationId: 1n }, 6n)).toBe('recorded')
      expect(await findOffer(query(), before.id, NOW)).toBeUndefined()
      expect(await findOffer(query(), offer.id, NOW)).toMatchObject(person)
    })

    test('is limited, and a limited one changes nothing', async () => {
      await recover(store, person, NOW, TERMS)
      await record({ commitment: 1n, revocationId: 1n }, 6n)
      const open = await makeOffer(query(), person, NOW, 3600)
      const again = (now: number) => verdictOf(() => recover(store, person, now, TERMS))
      expect(await again(NOW + 30 * DAY - 1)).toBe('RECOVERY_LIMITED')
      expect(await store.tagOf('P1')).toBe(6n)
      expect((await store.findByCommitment(1n))?.revokedAt).toBeUndefined()
      expect(await findOffer(query(), open.id, NOW)).toBeDefined()
      expect(await again(NOW + 30 * DAY)).toBe('accepted')
    })

    test('is for people who have a record and a secret', async () => {
      const of = (subject: string) =>
        verdictOf(() => recover(store, { subject, schema: 'person/1' }, NOW, TERMS))
      await register(query(), PERSON, [{ subject: 'P2', attributes: ADULT }], NOW)
      expect(await of('P2')).toBe('CONFLICT')
      expect(await of('P3')).toBe('NOT_FOUND')
    })

    test('happens once, however many ask for it at once', async () => {
      const outcomes = await Promise.all(
        [store, other, store, other].map((on) => verdictOf(() => recover(on, person, NOW, TERMS))),
      )
      expect(outcomes.sort()).toEqual([
        'RECOVERY_LIMITED',
        'RECOVERY_LIMITED',
        'RECOVERY_LIMITED',
        'accepted',
      ])
    })
  })

  describe('an offer', () => {
    const person = { subject: 'P1', schema: 'person/1' }
    const wrong = (txCode: string): string => (txCode === '000000' ? '000001' : '000000')

    test('is exchanged once, with its transaction code', async () => {
      const { id, txCode } = await makeOffer(query(), person, NOW, 3600)
      const code = preAuthorizedCode(id)
      const tries = await Promise.all(
        [store, other, store, other].map((on) =>
          verdictOf(() => exchange(on, { code, txCode }, NOW)),
        ),
      )
      expect(tries.filter((verdict) => verdict === 'accepted')).toHaveLength(1)
      expect(tries.filter((verdict) => verdict === 'OFFER_INVALID')).toHaveLength(3)
    })

    test('is dead after five wrong codes, also at once', async () => {
      const { id, txCode } = await makeOffer(query(), person, NOW, 3600)
      const code = preAuthorizedCode(id)
      const guess = (text: string, on = store) =>
        verdictOf(() => exchange(on, { code, txCode: text }, NOW))
      await Promise.all(
        Array.from({ length: 5 }, (_unused, i) =>
          guess(wrong(txCode), i % 2 === 0 ? store : other),
        ),
      )
      expect(await guess(txCode)).toBe('OFFER_INVALID')
    })

    test('is good after four wrong codes, and not for another code', async () => {
      const { id, txCode } = await makeOffer(query(), person, NOW, 3600)
      const code = preAuthorizedCode(id)
      for (let i = 0; i < 4; i++) {
        expect(await verdictOf(() => exchange(store, { code, txCode: wrong(txCode) }, NOW))).toBe(
          'OFFER_INVALID',
        )
      }
      expect(await verdictOf(() => exchange(store, { code: id, txCode }, NOW))).toBe(
        'OFFER_INVALID',
      )
      expect(await verdictOf(() => exchange(store, { code, txCode }, NOW))).toBe('accepted')
    })

    test('ends, as its token does', async () => {
      const { id, txCode, expiresAt } = await makeOffer(query(), person, NOW, 3600)
      const code = preAuthorizedCode(id)
      expect(await findOffer(query(), id, expiresAt)).toBeUndefined()
      expect(await verdictOf(() => exchange(store, { code, txCode }, expiresAt))).toBe(
        'OFFER_INVALID',
      )
      const { token } = await exchange(store, { code, txCode }, expiresAt - 1)
      await sweepOffers(query(), expiresAt + 500)
      expect(await findAccess(query(), token, expiresAt + 500)).toMatchObject(person)
      expect(await findAccess(query(), token, expiresAt + 599)).toBeUndefined()
      expect(await findAccess(query(), `${token}x`, NOW)).toBeUndefined()
      await sweepOffers(query(), expiresAt + 600)
      expect(await query().selectFrom('issuer_offers').selectAll().execute()).toEqual([])
      expect(await query().selectFrom('issuer_access_tokens').selectAll().execute()).toEqual([])
    })

    test('is for one commitment', async () => {
      const { id } = await makeOffer(query(), person, NOW, 3600)
      const { hash } = (await findOffer(query(), id, NOW))!
      const use = (commitment: bigint, on = store) =>
        on.database.transact((transaction) => redeem(transaction, hash, commitment))
      const both = await Promise.all([use(1n), use(2n, other)])
      expect(both.filter(Boolean)).toHaveLength(1)
      const winner = both[0] ? 1n : 2n
      expect(await use(winner)).toBe(true)
      expect(await use(3n - winner)).toBe(false)
    })
  })

  test('a nonce is good once and for its time, for all processes of the issuer', async () => {
    const [nonces, same] = [await Nonces.open(store), await Nonces.open(other)]
    const nonce = nonces.make(NOW)
    const expiresAt = same.expiryOf(nonce, NOW)
    expect(expiresAt).toBe(NOW + 300)
    expect(same.expiryOf(nonce, NOW + 300)).toBeUndefined()
    const spend = (on: IssuerStore) =>
      on.database.transact((transaction) => spendNonce(transaction, nonce, expiresAt!))
    const spent = await Promise.all([store, other, store, other].map(spend))
    expect(spent.filter(Boolean)).toHaveLength(1)
    await sweepNonces(query(), expiresAt!)
    expect(await isSpent(query(), nonce)).toBe(true)
    await sweepNonces(query(), expiresAt! + 300)
    expect(await isSpent(query(), nonce)).toBe(false)
  })

  test('a nonce that was not given out is not good', async () => {
    const nonces = await Nonces.open(store)
    const nonce = nonces.make(NOW)
    for (const [i, character] of Array.from(nonce).entries()) {
      const changed = nonce.slice(0, i) + (character === 'A' ? 'B' : 'A') + nonce.slice(i + 1)
      expect(nonces.expiryOf(changed, NOW)).toBeUndefined()
    }
    for (const text of ['', 'x', `${nonce}=`, `${nonce}A`, nonce.slice(1)]) {
      expect(nonces.expiryOf(text, NOW)).toBeUndefined()
    }
  })

  describe('publishing', () => {
    test('counts epochs from 1, also with two publishers at once', async () => {
      const publishers = [publisherOn(store), publisherOn(other)]
      await Promise.all(
        Array.from({ length: 8 }, (_unused, i) => publishers[i % 2]!.publish(NOW, 3600)),
      )
      const epochs = await listEpochs(query())
      expect(epochs.map(({ epoch }) => epoch)).toEqual([8, 7, 6, 5, 4, 3, 2, 1])
    })

    test('makes an epoch once, if several find that it is due', async () => {
      const made = await Promise.all(
        [store, other, store, other].map((on) =>
          publisherOn(on).publishIf((newest) => newest === undefined, NOW, 3600),
        ),
      )
      expect(made.filter((publication) => publication !== undefined)).toHaveLength(1)
      expect(await listEpochs(query())).toHaveLength(1)
    })

    test('never makes an older document the newest', async () => {
      await publisherOn(store).publish(NOW, 3600)
      await publisherOn(other).publish(NOW - 100, 3600)
      expect(await newestEpoch(query())).toMatchObject({ epoch: 2, issuedAt: NOW })
    })

    test('names exactly what is revoked, whoever revoked it', async () => {
      const [publisher, late] = [publisherOn(store), publisherOn(other)]
      for (let i = 1n; i <= 30n; i++) await record({ commitment: i, revocationId: i * 7n })
      await publisher.publish(NOW, 3600)
      const revoked: bigint[] = []
      // The last ones carry a time from long before, as from a machine whose clock is behind.
      for (let i = 1n; i <= 20n; i++) {
        await (i % 2n === 0n ? store : other).revoke(KEY_ID, i * 7n, i < 15n ? NOW : NOW - 9999)
        revoked.push(i * 7n)
        if (i % 5n !== 0n) continue
        const { root } = SortedSet.from(REVOCATION_SHAPE, revoked)
        for (const one of [publisher, late]) {
          const { status } = await one.publish(NOW, 3600)
          expect(status.keys[0]).toMatchObject({
            revocationRoot: root,
            revoked: revoked.length,
          })
        }
      }
    })

    test('keeps sets while a document names them, and a week longer', async () => {
      await record({ revocationId: 10n })
      const publisher = publisherOn(store)
      const root = (await publisher.publish(NOW, 3600)).status.keys[0]!.revocationRoot
      await store.revoke(KEY_ID, 10n, NOW)
      const ends = NOW + 3600 + 7 * DAY
      await publisher.publish(ends - 1, 3600)
      expect(await findShard(query(), root, 63)).toBeDefined()
      expect(await findSet(query(), root)).toBeDefined()
      const { revocationRoot } = (await publisher.publish(ends, 3600)).status.keys[0]!
      expect(await findShard(query(), root, 63)).toBeUndefined()
      expect(await findSet(query(), root)).toBeUndefined()
      expect(await findSet(query(), revocationRoot)).toBeDefined()
      expect(await findShard(query(), revocationRoot, 0)).toBeDefined()
    })

    test('a set that has not changed is neither made nor written again', async () => {
      const publisher = publisherOn(store)
      const first = await publisher.publish(NOW, 3600)
      await query().updateTable('issuer_shards').set({ content: 'as it was' }).execute()
      await query().updateTable('issuer_sets').set({ content: 'as it was' }).execute()
      const second = await publisher.publish(NOW + 60, 3600)
      const { revocationRoot } = second.status.keys[0]!
      expect(second.sets.get(revocationRoot)).toBe(first.sets.get(revocationRoot))
      expect(await findShard(query(), revocationRoot, 0)).toBe('as it was')
      expect(await findSet(query(), revocationRoot)).toBe('as it was')
    })

    test('publishes a set from before it was published whole with the next document', async () => {
      const publisher = publisherOn(store)
      const root = (await publisher.publish(NOW, 3600)).status.keys[0]!.revocationRoot
      await query().deleteFrom('issuer_sets').execute()
      await publisher.publish(NOW + 60, 3600)
      const set = JSON.parse((await findSet(query(), root)) ?? '{}') as unknown
      expect(openSet(REVOCATION_SHAPE, root, set)(10n).found).toBe(false)
    })
  })
})
