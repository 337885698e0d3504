import { beforeEach, describe, expect, test } from 'vitest'
import { memoryStore } from '../../../client/storage/memory-store.ts'
import { Vault } from '../../../client/storage/vault.ts'
import { Keep } from '../../../client/wallet/keep.ts'
import { nextUses, refused, spent } from '../../../client/wallet/uses.ts'
import { policyOf, TestIssuer, PERSON, ADULT } from '../../support/world.ts'
import { refusal, verdictOf } from '../../support/refusal.ts'

const IDENTITY = { phrase: 'words', isKept: false, createdAt: 1 }
const SHOP = 'https://shop.example'
const OFFICE = 'https://office.example'

let vault: Vault
let keep: Keep

beforeEach(async () => {
  vault = await Vault.open(memoryStore(), { cost: { N: 16, r: 8, p: 1 } })
  await vault.create('passphrase')
  keep = new Keep(vault)
})

describe('what is kept', () => {
  test('is there at once, and after it is read again', async () => {
    await keep.write([{ kind: 'identity', id: 'own', value: IDENTITY }])
    expect(keep.get('identity', 'own')).toEqual(IDENTITY)
    await keep.load()
    expect(keep.all('identity')).toEqual([['own', IDENTITY]])
  })

  test('is not taken back into the memory of a wallet that was locked meanwhile', async () => {
    await keep.write([{ kind: 'identity', id: 'own', value: IDENTITY }])
    const loading = verdictOf(() => keep.load())
    await Promise.resolve()
    keep.forget()
    expect([await loading, keep.all('identity')]).toEqual(['LOCKED', []])
    const writing = keep.write([
      { kind: 'identity', id: 'own', value: { ...IDENTITY, createdAt: 2 } },
    ])
    await Promise.resolve()
    keep.forget()
    await writing
    expect(keep.all('identity')).toEqual([])
    await keep.load()
    expect(keep.get('identity', 'own')?.createdAt).toBe(2)
  })

  test('is never what could not be read again, whoever it came from', async () => {
    await keep.write([{ kind: 'identity', id: 'own', value: IDENTITY }])
    for (const createdAt of [2 ** 53, -1, 1.5, Infinity, NaN]) {
      const value = { ...IDENTITY, createdAt }
      const changes = [
        { kind: 'identity', id: 'own', value: { ...IDENTITY, isKept: true } },
        { kind: 'identity', id: 'other', value },
      ] as const
      expect(await verdictOf(() => keep.write(changes))).toBe('STORAGE_FAILED')
    }
    await keep.load()
    expect(keep.all('identity')).toEqual([['own', IDENTITY]])
  })

  test('of another version is refused, not left out', async () => {
    await vault.write([{ name: 'future/1', value: {} }])
    expect(await verdictOf(() => keep.load())).toBe('STORAGE_FAILED')
    await vault.write([
      { name: 'future/1', value: undefined },
      { name: 'identity/own', value: { phrase: 1 } },
    ])
    expect(await verdictOf(() => keep.load())).toBe('STORAGE_FAILED')
  })
})

describe('codes of a scope that several verifiers share', () => {
  const policy = policyOf({ once: { scope: 'national', limit: 1, shared: true } })

  const next = async (audience: string) => {
    const issuer = await TestIssuer.create('https://registry.example', PERSON)
    const held = issuer.issue(5n, ADULT)
    return [...(nextUses(keep, policy, audience, [held])?.values() ?? [])][0]!
  }

  test('count for all of them once one has accepted it', async () => {
    await keep.write([spent(keep, policy, await next(SHOP))])
    for (const audience of [SHOP, OFFICE]) {
      expect(await verdictOf(() => next(audience))).toBe('USE_EXHAUSTED')
    }
  })

  test('are not lost at others when one says that it was used', async () => {
    await keep.write(refused(keep, policy, await next(SHOP)))
    expect(await verdictOf(() => next(SHOP))).toBe('USE_EXHAUSTED')
    expect((await next(OFFICE)).number).toBe(0)
  })

  test('that were shown where more are allowed are no obstacle where fewer are', async () => {
    const more = policyOf({ once: { scope: 'national', limit: 9, shared: true } })
    const { id } = await next(SHOP)
    await keep.write([{ kind: 'uses', id, value: { policy: more.id, spent: [], unsure: 7 } }])
    expect((await next(OFFICE)).number).toBe(0)
    expect(refusal(() => nextUses(keep, more, SHOP, []))).toBeUndefined()
  })
})
