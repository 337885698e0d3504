import { scryptSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { seal, unseal } from '../../../client/storage/seal.ts'
import { PASSPHRASE_COST, stretch } from '../../../client/storage/stretch.ts'
import { utf8 } from '../../../core/bytes.ts'

const CONTEXT = utf8('context')

describe('the key of a passphrase', () => {
  const salt = new Uint8Array(32).fill(7)

  test('is the one that scrypt of another library makes, with at least what OWASP asks for', async () => {
    expect(PASSPHRASE_COST).toEqual({ N: 131_072, r: 8, p: 1 })
    let turns = 0
    const other = setInterval(() => turns++, 0)
    const told: number[] = []
    const key = await stretch('Cafe\u0301', salt, PASSPHRASE_COST, (part) => void told.push(part))
    clearInterval(other)
    // The page lives meanwhile: it gets a turn each frame or so, and hears how far it is.
    expect(turns).toBeGreaterThan(5)
    expect(told.length).toBeGreaterThan(100)
    expect(told.at(-1)).toBe(1)
    const { N, r, p } = PASSPHRASE_COST
    const secret = Uint8Array.from(scryptSync('Café', salt, 32, { N, r, p, maxmem: 256 * N * r }))
    const same = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt'])
    const sealed = await seal(key, CONTEXT, utf8('secret'))
    expect(await unseal(same, CONTEXT, sealed)).toEqual(utf8('secret'))
    expect(key.extractable).toBe(false)
  })

  test('is another one for another salt or passphrase', async () => {
    const cost = { N: 16, r: 8, p: 1 }
    const sealed = await seal(await stretch('a', salt, cost), CONTEXT, utf8('secret'))
    const open = async (passphrase: string, otherSalt: Uint8Array): Promise<boolean> =>
      (await unseal(await stretch(passphrase, otherSalt, cost), CONTEXT, sealed)) !== undefined
    expect(await open('a', salt)).toBe(true)
    expect(await open('b', salt)).toBe(false)
    expect(await open('a', new Uint8Array(32))).toBe(false)
  })
})
