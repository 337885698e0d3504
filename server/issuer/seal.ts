import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import type { ScryptOptions } from 'node:crypto'
import { ZerocardError } from '../../core/errors.ts'

// Secrets at rest: AES-256-GCM under a key that scrypt makes of a passphrase.

/** 128 MiB and a third of a second for each guess (OWASP's first choice for scrypt). */
export const SCRYPT = { N: 2 ** 17, r: 8, p: 1 } as const

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
/** As NIST SP 800-38D recommends for GCM: 96 random bits, a tag of 128. */
const IV_BYTES = 12
const TAG_BYTES = 16

/** The key behind a passphrase. */
export async function stretch(passphrase: string, salt: Buffer): Promise<Buffer> {
  const { N, r, p } = SCRYPT
  const options: ScryptOptions = { N, r, p, maxmem: 2 * 128 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/**
 * Encrypts a secret.
 *
 * @param name - What it is: a sealed text is worth nothing under another name.
 * @returns Base64url.
 */
export function seal(key: Buffer, name: string, secret: Uint8Array): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(name, 'utf8'))
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
}

/** @throws ZerocardError with `KEY_INVALID` if one bit is not as it was, or the key is another. */
export function unseal(key: Buffer, name: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  try {
    const iv = bytes.subarray(0, IV_BYTES)
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(name, 'utf8'))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    const sealed = bytes.subarray(IV_BYTES, -TAG_BYTES)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } catch (cause) {
    throw new ZerocardError('KEY_INVALID', `${name}: the sealed secret is damaged`, { cause })
  }
}
