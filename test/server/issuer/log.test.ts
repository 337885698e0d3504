import { describe, expect, test } from 'vitest'
import { generatePrivateKey, publicKeyOf } from '../../../core/eddsa.ts'
import { generateSigningKey, publicJwk } from '../../../core/jws.ts'
import type { PublicJwk } from '../../../core/jws.ts'
import { logRoot } from '../../../core/log.ts'
import { readOldStatus } from '../../../core/status.ts'
import { LOG_TILE, compareStatus, openLog } from '../../../core/status-log.ts'
import { Publisher } from '../../../server/index.ts'
import { findEpoch, findTile, newestEpoch } from '../../../server/issuer/epochs.ts'
import { IssuerStore } from '../../../server/issuer/store.ts'
import { ISSUER_COMPONENT } from '../../../server/issuer/tables.ts'
import type { IssuerTables } from '../../../server/issuer/tables.ts'
import { openDatabase } from '../../../server/storage/database.ts'
import { verdictOf } from '../../support/refusal.ts'
import { NOW, PERSON } from '../../support/world.ts'
import { databaseKinds } from './databases.ts'

const NAME = 'https://registry.example'

async function publisherOf(store: IssuerStore): Promise<{ publisher: Publisher; jwk: PublicJwk }> {
  const { privateKey, publicKey } = await generateSigningKey()
  const keys = [{ key: publicKeyOf(generatePrivateKey()), schema: PERSON }]
  return {
    publisher: new Publisher({ store, keys, documentKey: privateKey }),
    jwk: await publicJwk(publicKey),
  }
}

/** Opens the log of a store by its newest document, from its last part alone. */
async function opened(store: IssuerStore, jwk: PublicJwk) {
  const { query } = store.database
  const { document, epoch } = (await newestEpoch(query))!
  const status = await readOldStatus(document, { issuer: NAME, jwk })
  const tile = (await findTile(query, Math.floor((epoch - 2) / LOG_TILE)))!
  return openLog({ text: document, status }, [tile])
}

describe.each(databaseKinds())('the log of an issuer in %s', (_, newUrl) => {
  test('has every document in its order, also of publishers that work at once', async () => {
    const store = await IssuerStore.open(await newUrl(), NAME)
    const { publisher, jwk } = await publisherOf(store)
    for (let i = 0; i < 4; i++) {
      await Promise.all([publisher.publish(NOW, 3600), publisher.publish(NOW, 3600)])
    }
    const log = await opened(store, jwk)
    expect(log.newest.status.epoch).toBe(8)
    for (let epoch = 1; epoch <= 8; epoch++) {
      const { document } = (await findEpoch(store.database.query, epoch))!
      const status = await readOldStatus(document, { issuer: NAME, jwk })
      expect(compareStatus(log, { text: document, status })).toBe('within')
    }
    await store.close()
  })

  test('is published in parts, each of which begins with what is before it', async () => {
    const store = await IssuerStore.open(await newUrl(), NAME)
    const { publisher, jwk } = await publisherOf(store)
    await publisher.publish(NOW, 3600)
    // As if there had been more than a part of documents.
    const { query } = store.database
    const row = await query.selectFrom('issuer_epochs').selectAll().executeTakeFirstOrThrow()
    for (let epoch = 2; epoch <= LOG_TILE + 2; epoch++) {
      await query
        .insertInto('issuer_epochs')
        .values({ ...row, epoch, leaf: null, peaks: null })
        .execute()
    }
    await publisher.publish(NOW, 3600)
    const [first, second] = [await findTile(query, 0), await findTile(query, 1)]
    expect(first!.leaves).toHaveLength(LOG_TILE)
    expect(first!.base.size).toBe(0)
    expect(second!.base.size).toBe(LOG_TILE)
    expect(second!.leaves).toHaveLength(3)
    expect(await findTile(query, 2)).toBeUndefined()
    const log = await opened(store, jwk)
    expect(log.newest.status.log).not.toBe(logRoot(second!.base))
    await store.close()
  })

  test('is not continued over an epoch that is not there', async () => {
    const store = await IssuerStore.open(await newUrl(), NAME)
    const { publisher } = await publisherOf(store)
    await publisher.publish(NOW, 3600)
    const { query } = store.database
    const row = await query.selectFrom('issuer_epochs').selectAll().executeTakeFirstOrThrow()
    const putBack = (epoch: number) =>
      query
        .insertInto('issuer_epochs')
        .values({ ...row, epoch, leaf: null, peaks: null })
        .execute()
    await putBack(2)
    await putBack(4)
    expect(await verdictOf(() => publisher.publish(NOW, 3600))).toBe('DATABASE_INVALID')
    expect((await newestEpoch(query))!.epoch).toBe(4)
    await putBack(3)
    expect((await publisher.publish(NOW, 3600)).status.epoch).toBe(5)
    await store.close()
  })

  test('takes in what an older program has published, with the next document', async () => {
    const url = await newUrl()
    const old = { ...ISSUER_COMPONENT, migrations: ISSUER_COMPONENT.migrations.slice(0, 1) }
    const before = await openDatabase<IssuerTables>(url, old)
    for (const epoch of [1, 2, 3]) {
      await before.query
        .insertInto('issuer_epochs')
        .values({
          epoch,
          document: `a.document-${epoch}.of-before`,
          key_ids: 'k',
          statistics: '[]',
          issued_at: NOW,
          expires_at: NOW + 60,
        })
        .execute()
    }
    await before.close()
    const store = await IssuerStore.open(url, NAME)
    expect(await findTile(store.database.query, 0)).toBeUndefined()
    const { publisher, jwk } = await publisherOf(store)
    expect((await publisher.publish(NOW, 3600)).status.epoch).toBe(4)
    expect((await opened(store, jwk)).window.leaves).toHaveLength(4)
    await store.close()
  })
})
