import * as z from '../../core/zod.ts'
import { fromBase64url, toBase64url, utf8 } from '../../core/bytes.ts'
import { decryptJwe, encryptJwe, encryptionJwkJson, generateEncryptionKey } from '../../core/jwe.ts'
import type { DecryptionJwk } from '../../core/jwe.ts'
import { parseJson, readWith } from '../../core/json.ts'

// Disclosed values rest encrypted to a key pair made with the session. Its private half is kept
// under a key derived from the session's token, of which only a hash is known here: whoever has the
// database and not the token reads nothing.

/** Name of the key in the sealed message. */
const KEY_NAME = 'result'
/** Bytes of an AES-GCM nonce (SP 800-38D, section 8.2). */
const NONCE_BYTES = 12
const PURPOSE = utf8('zerocard/session-result/1')

const resultKeyJson = z.strictObject({ publicJwk: encryptionJwkJson, wrapped: z.string() })

/**
 * Makes the key pair of a session.
 *
 * @returns What to keep of it, as text.
 */
export async function createResultKey(sessionId: string, token: string): Promise<string> {
  const { publicJwk, privateJwk } = await generateEncryptionKey(KEY_NAME)
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const key = await wrappingKey(sessionId, token)
  const plain = utf8(JSON.stringify(privateJwk))
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain))
  const wrapped = `${toBase64url(iv)}.${toBase64url(sealed)}`
  return JSON.stringify({ publicJwk, wrapped })
}

/** Encrypts a result so that only the session's token opens it. */
export async function sealResult(resultKey: string, result: unknown): Promise<string> {
  return encryptJwe(result, readKey(resultKey).publicJwk)
}

/** Opens what {@link sealResult} made. Rejects if the token is another. */
export async function openResult(
  resultKey: string,
  sealed: string,
  sessionId: string,
  token: string,
): Promise<unknown> {
  const [iv = '', wrapped = ''] = readKey(resultKey).wrapped.split('.')
  const key = await wrappingKey(sessionId, token)
  const algorithm = { name: 'AES-GCM', iv: fromBase64url(iv) }
  const plain = await crypto.subtle.decrypt(algorithm, key, fromBase64url(wrapped))
  const privateJwk = JSON.parse(new TextDecoder().decode(plain)) as DecryptionJwk
  return decryptJwe(sealed, privateJwk, 'DATABASE_INVALID')
}

async function wrappingKey(sessionId: string, token: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', utf8(token), 'HKDF', false, ['deriveKey'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: utf8(sessionId), info: PURPOSE }
  const kind = { name: 'AES-GCM', length: 256 }
  return crypto.subtle.deriveKey(derivation, secret, kind, false, ['encrypt', 'decrypt'])
}

function readKey(text: string): z.output<typeof resultKeyJson> {
  const json = parseJson(text, 'DATABASE_INVALID', 'result key')
  return readWith(resultKeyJson, json, 'DATABASE_INVALID', 'result key')
}
