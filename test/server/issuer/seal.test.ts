import { scryptSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal, SCRYPT, stretch, unseal } from '../../../server/issuer/seal.ts'
import { refusal } from '../../support/refusal.ts'

// Other tests stretch passphrases quickly (test/support/quick-scrypt.ts); this file as it is done.

const PASSPHRASE = 'Caf\u00e9, correct horse battery staple'

test('a passphrase is stretched by scrypt at the cost that OWASP asks for', async () => {
  const salt = Buffer.alloc(32, 7)
  const cost = { N: 131_072, r: 8, p: 1 }
  expect(SCRYPT).toEqual(cost)
  const expected = scryptSync(PASSPHRASE, salt, 32, { ...cost, maxmem: 2 ** 28 })
  // Keyboards compose letters differently.
  expect(await stretch(PASSPHRASE.normalize('NFD'), salt)).toEqual(expected)
})

test('a sealed secret opens under its own name, and every flipped bit is seen', () => {
  const key = Buffer.alloc(32, 1)
  const secret = Buffer.from('secret')
  const sealed = seal(key, 'a', secret)
  expect(unseal(key, 'a', sealed)).toEqual(secret)
  expect(refusal(() => unseal(key, 'b', sealed))).toBe('KEY_INVALID')
  expect(refusal(() => unseal(key, 'a', ''))).toBe('KEY_INVALID')
  expect(seal(key, 'a', secret)).not.toBe(sealed)
  const bytes = Buffer.from(sealed, 'base64url')
  for (let i = 0; i < bytes.length * 8; i++) {
    const changed = Buffer.from(bytes)
    changed[i >> 3]! ^= 1 << (i & 7)
    expect(refusal(() => unseal(key, 'a', changed.toString('base64url')))).toBe('KEY_INVALID')
  }
})
