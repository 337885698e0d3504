import { describe, expect, test } from 'vitest'
import { fromBase64url, toHex } from '../../../core/bytes.ts'
import { assertPublicKey, publicKeyOf, verifyPoseidon } from '../../../core/eddsa.ts'
import { SealedVault } from '../../../server/issuer/sealed-vault.ts'
import { stretch, unseal } from '../../../server/issuer/seal.ts'
import { IssuerStore } from '../../../server/issuer/store.ts'
import { verdictOf } from '../../support/refusal.ts'
import { databaseKinds } from './databases.ts'

const NAME = 'https://registry.example'
const PASSPHRASE = 'correct horse battery staple'

describe.each(databaseKinds())('sealed keys in %s', (_, newUrl) => {
  test('sign, and are the same after a restart, with the one passphrase', async () => {
    const url = await newUrl()
    const store = await IssuerStore.open(url, NAME)
    const vault = await SealedVault.open(store, PASSPHRASE)
    const { id, key } = await vault.create()
    assertPublicKey(key)
    const { jwk } = await vault.documentKey()
    const signature = await vault.sign(id, 7n)
    expect(verifyPoseidon(key, 7n, signature)).toBe(true)

    const other = await IssuerStore.open(url, NAME)
    expect(await verdictOf(() => SealedVault.open(other, `${PASSPHRASE} `))).toBe('CONFIG_INVALID')
    const again = await SealedVault.open(other, PASSPHRASE)
    expect(await again.list()).toEqual([id])
    expect(await again.sign(id, 7n)).toEqual(signature)
    expect((await again.documentKey()).jwk).toEqual(jwk)
    expect(await verdictOf(() => again.sign('unknown', 7n))).toBe('KEY_INVALID')
    await store.close()
    await other.close()
  })

  test('are made once by two that start at once', async () => {
    const url = await newUrl()
    const stores = await Promise.all([IssuerStore.open(url, NAME), IssuerStore.open(url, NAME)])
    const vaults = await Promise.all(stores.map((store) => SealedVault.open(store, PASSPHRASE)))
    const [one, other] = await Promise.all(vaults.map((vault) => vault.documentKey()))
    expect(one!.jwk).toEqual(other!.jwk)
    await Promise.all(stores.map((store) => store.close()))
  })

  test('do not open when a bit is flipped, or under the name of another', async () => {
    const store = await IssuerStore.open(await newUrl(), NAME)
    const vault = await SealedVault.open(store, PASSPHRASE)
    const [one, two] = [await vault.create(), await vault.create()]
    const rows = await store.database.query.selectFrom('issuer_sealed_keys').selectAll().execute()
    const sealedOf = (id: string): string => rows.find((row) => row.id === id)!.sealed
    const write = (id: string, sealed: string) =>
      store.database.query
        .updateTable('issuer_sealed_keys')
        .set({ sealed })
        .where('id', '=', id)
        .execute()
    const first = sealedOf(one.id)
    await write(one.id, (first.startsWith('A') ? 'B' : 'A') + first.slice(1))
    expect(await verdictOf(() => vault.sign(one.id, 7n))).toBe('KEY_INVALID')
    await write(one.id, sealedOf(two.id))
    expect(await verdictOf(() => vault.sign(one.id, 7n))).toBe('KEY_INVALID')
    await write(one.id, first)
    expect(await verdictOf(() => vault.sign(one.id, 7n))).toBe('accepted')
    await store.close()
  })

  test('are nowhere in the database in clear', async () => {
    const store = await IssuerStore.open(await newUrl(), NAME)
    const vault = await SealedVault.open(store, PASSPHRASE)
    const { id, key } = await vault.create()
    await vault.documentKey()
    const settings = await store.database.query.selectFrom('issuer_settings').selectAll().execute()
    const rows = await store.database.query.selectFrom('issuer_sealed_keys').selectAll().execute()
    // The private key is read as the vault reads it, to know what must not be found.
    const sealing = JSON.parse(settings.find(({ name }) => name === 'sealing')!.value) as {
      salt: string
    }
    const kept = await stretch(PASSPHRASE, Buffer.from(sealing.salt, 'base64url'))
    const row = rows.find((one) => one.id === id)!
    const name = `zerocard/sealed-key/1/credentials/${id}`
    const privateKey = unseal(kept, name, row.sealed)
    expect(publicKeyOf(privateKey)).toEqual(key)
    const dump = JSON.stringify([settings, rows])
    const bytes = rows.map(({ sealed }) => toHex(fromBase64url(sealed))).join()
    for (const form of ['base64url', 'base64', 'hex'] as const) {
      expect(dump).not.toContain(privateKey.toString(form))
    }
    expect(bytes).not.toContain(privateKey.toString('hex'))
    expect(dump).not.toContain(PASSPHRASE)
    await store.close()
  })
})
