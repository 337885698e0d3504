import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, importJWK } from 'jose'
import * as z from './zod.ts'
import { fromUtf8, utf8 } from './bytes.ts'
import { ZerocardError } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { readWith } from './json.ts'
import { parseStrictJson } from './json-members.ts'
import type { PublicJwk } from './jws.ts'

// Compact JSON Web Encryption (RFC 7516) in the one form that answers to verifiers have: ECDH-ES
// on P-256 with the agreed key used directly, AES-GCM. Besides jws.ts the only file that knows jose.

/** A verifier's key for one request, as it stands in `client_metadata.jwks`. */
export interface EncryptionJwk extends PublicJwk {
  readonly use: 'enc'
  readonly alg: 'ECDH-ES'
  readonly kid: string
}

/** The half that opens answers: {@link EncryptionJwk} with the private number. */
export interface DecryptionJwk extends EncryptionJwk {
  readonly d: string
}

/** Longer texts are refused unread: bodies of the wire protocol are no longer. */
export const MAX_JWE_BYTES = 16 * 1024

const coordinate = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))
const keyName = z.string().check(z.minLength(1), z.maxLength(200))

/** The header as far as it matters; members that only describe, such as `apu`, are let pass. */
const headerJson = z.object({
  alg: z.literal('ECDH-ES'),
  enc: z.enum(['A256GCM', 'A128GCM']),
  kid: keyName,
  epk: z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate }),
  // Compression lets the length of a message tell of its content, and a short one become a long one.
  zip: z.optional(z.undefined()),
  crit: z.optional(z.undefined()),
})

/** A key in the form that stands in requests; members of other specifications are left out. */
export const encryptionJwkJson = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  use: z.literal('enc'),
  alg: z.literal('ECDH-ES'),
  kid: keyName,
  x: coordinate,
  y: coordinate,
})

/**
 * Makes a key pair for the answers to one request.
 *
 * @param kid - Its name, which every answer repeats.
 */
export async function generateEncryptionKey(
  kid: string,
): Promise<{ publicJwk: EncryptionJwk; privateJwk: DecryptionJwk }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (x === undefined || y === undefined || d === undefined) {
    throw new TypeError('not an elliptic curve key')
  }
  const publicJwk = { kty: 'EC', crv: 'P-256', use: 'enc', alg: 'ECDH-ES', kid, x, y } as const
  return { publicJwk, privateJwk: { ...publicJwk, d } }
}

/**
 * Encrypts a JSON payload for the holder of a key, under a key made for this message.
 *
 * @throws ZerocardError with `KEY_INVALID` if the key is not a point of the curve.
 */
export async function encryptJwe(payload: unknown, key: EncryptionJwk): Promise<string> {
  const { kty, crv, x, y } = key
  const text = utf8(JSON.stringify(payload))
  try {
    return await new CompactEncrypt(text)
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid })
      .encrypt(await importJWK({ kty, crv, x, y }, 'ECDH-ES'))
  } catch (cause) {
    throw new ZerocardError('KEY_INVALID', 'the encryption key cannot be used', { cause })
  }
}

/**
 * Opens a message and gives the payload back, parsed.
 *
 * @param text - Compact JWE, named after the key (`kid`), without compression, at most
 *   {@link MAX_JWE_BYTES} long.
 * @param code - The code of the error to throw when anything about the message is wrong.
 */
export async function decryptJwe(
  text: string,
  key: DecryptionJwk,
  code: ErrorCode,
): Promise<unknown> {
  if (typeof text !== 'string' || text.length > MAX_JWE_BYTES) {
    throw new ZerocardError(code, 'the encrypted message is too large')
  }
  assertHeader(text, key.kid, code)
  const { kty, crv, x, y, d } = key
  const privateKey = await importJWK({ kty, crv, x, y, d }, 'ECDH-ES')
  try {
    const { plaintext } = await compactDecrypt(text, privateKey, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM', 'A128GCM'],
      maxDecompressedLength: 0,
    })
    return parseStrictJson(fromUtf8(plaintext))
  } catch (cause) {
    throw new ZerocardError(code, 'the encrypted message cannot be opened', { cause })
  }
}

function assertHeader(text: string, kid: string, code: ErrorCode): void {
  const header = readWith(headerJson, protectedHeader(text, code), code, 'encrypted message')
  if (header.kid !== kid) {
    throw new ZerocardError(code, 'the message is encrypted for another key')
  }
}

function protectedHeader(text: string, code: ErrorCode): unknown {
  try {
    return decodeProtectedHeader(text)
  } catch (cause) {
    throw new ZerocardError(code, 'not a compact encrypted message', { cause })
  }
}
