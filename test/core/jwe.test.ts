import { CompactEncrypt, importJWK } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '../../core/bytes.ts'
import { MAX_JWE_BYTES, decryptJwe, encryptJwe, generateEncryptionKey } from '../../core/jwe.ts'
import type { DecryptionJwk, EncryptionJwk } from '../../core/jwe.ts'
import { verdictOf } from '../support/refusal.ts'

const PAYLOAD = { vp_token: { eligibility: ['…'] }, state: 's' }

let publicJwk: EncryptionJwk
let privateJwk: DecryptionJwk

beforeAll(async () => {
  ;({ publicJwk, privateJwk } = await generateEncryptionKey('k1'))
})

async function verdict(text: string, key = privateJwk) {
  return verdictOf(() => decryptJwe(text, key, 'PRESENTATION_INVALID'))
}

/** A message as another implementation would make it, with any header. */
async function foreign(
  header: Readonly<Record<string, unknown>>,
  plaintext = utf8(JSON.stringify(PAYLOAD)),
): Promise<string> {
  const { kty, crv, x, y } = publicJwk
  const alg = (header['alg'] as string | undefined) ?? 'ECDH-ES'
  return new CompactEncrypt(plaintext)
    .setProtectedHeader({ alg, enc: 'A256GCM', kid: 'k1', ...header })
    .encrypt(await importJWK({ kty, crv, x, y }, alg))
}

describe('an encrypted message', () => {
  test('is opened by the holder of the key', async () => {
    const text = await encryptJwe(PAYLOAD, publicJwk)
    expect(await decryptJwe(text, privateJwk, 'PRESENTATION_INVALID')).toEqual(PAYLOAD)
    expect(text.split('.')).toHaveLength(5)
    expect(await encryptJwe(PAYLOAD, publicJwk)).not.toBe(text)
  })

  test('may come from another implementation, with 128 bits and descriptions', async () => {
    expect(await verdict(await foreign({ enc: 'A128GCM' }))).toBe('accepted')
    expect(await verdict(await foreign({ apu: 'YQ', apv: 'Yg', typ: 'JWE' }))).toBe('accepted')
  })

  test('names only the public half of the key', () => {
    expect(Object.keys(publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  test('cannot be made for a key that is no point', async () => {
    const off = { ...publicJwk, y: toBase64url(new Uint8Array(32)) }
    expect(await verdictOf(() => encryptJwe(PAYLOAD, off))).toBe('KEY_INVALID')
  })
})

describe('a message is refused', () => {
  test('with any part changed', async () => {
    const text = await encryptJwe(PAYLOAD, publicJwk)
    for (const part of [2, 3, 4]) {
      const parts = text.split('.')
      const bytes = fromBase64url(parts[part]!)
      bytes[0]! ^= 1
      parts[part] = toBase64url(bytes)
      expect(await verdict(parts.join('.'))).toBe('PRESENTATION_INVALID')
    }
  })

  test('for another key, by name or in fact', async () => {
    const other = await generateEncryptionKey('k1')
    expect(await verdict(await encryptJwe(PAYLOAD, other.publicJwk))).toBe('PRESENTATION_INVALID')
    expect(await verdict(await foreign({ kid: 'k2' }))).toBe('PRESENTATION_INVALID')
    expect(await verdict(await foreign({ kid: undefined }))).toBe('PRESENTATION_INVALID')
  })

  test('with another algorithm', async () => {
    for (const header of [
      { alg: 'ECDH-ES+A256KW' },
      { enc: 'A192GCM' },
      { enc: 'A256CBC-HS512' },
    ]) {
      expect(await verdict(await foreign(header))).toBe('PRESENTATION_INVALID')
    }
    const direct = await new CompactEncrypt(utf8('{}'))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: 'k1' })
      .encrypt(new Uint8Array(32))
    expect(await verdict(direct)).toBe('PRESENTATION_INVALID')
  })

  test('that is compressed, however small', async () => {
    expect(await verdict(await foreign({ zip: 'DEF' }))).toBe('PRESENTATION_INVALID')
  })

  test('whose sender used a point off the curve', async () => {
    const parts = (await encryptJwe(PAYLOAD, publicJwk)).split('.')
    const header = JSON.parse(atob(parts[0]!)) as { epk: { y: string } }
    header.epk.y = toBase64url(new Uint8Array(32))
    const text = [toBase64url(utf8(JSON.stringify(header))), ...parts.slice(1)].join('.')
    expect(await verdict(text)).toBe('PRESENTATION_INVALID')
  })

  test('without JSON inside', async () => {
    expect(await verdict(await foreign({}, utf8('vp_token=1')))).toBe('PRESENTATION_INVALID')
    expect(await verdict(await foreign({}, Uint8Array.of(0x22, 0xff, 0x22)))).toBe(
      'PRESENTATION_INVALID',
    )
  })

  test('in another serialization, or none', async () => {
    for (const text of ['', '....', 'a.b.c', '{}', 'e30.e30.e30.e30.e30']) {
      expect(await verdict(text)).toBe('PRESENTATION_INVALID')
    }
  })

  test('over the size limit, even if it could be opened', async () => {
    const large = await encryptJwe('x'.repeat(MAX_JWE_BYTES), publicJwk)
    expect(await verdict(large)).toBe('PRESENTATION_INVALID')
    const fits = await encryptJwe('x'.repeat(MAX_JWE_BYTES / 2), publicJwk)
    expect(await verdict(fits)).toBe('accepted')
  })
})
