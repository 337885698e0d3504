import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from 'jose'
import { ZerocardError } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.ts'
import { parseStrictJson } from './json-members.ts'

// Compact JSON Web Signatures with ES256 only (RFC 7515, RFC 7518). Besides jwe.ts the only
// file that knows jose.

/** A public P-256 key; nothing else is ever put into a header or a document. */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

/** A coordinate of such a key: 32 bytes in base64url, of which one text stands for one number. */
export const COORDINATE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

/** Makes a P-256 key pair that can sign; by default nobody can read the private key back. */
export async function generateSigningKey(extractable = false): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, extractable, [
    'sign',
    'verify',
  ])
}

/** The private half as base64url of PKCS #8, for whoever keeps it sealed. */
export async function exportSigningKey(key: CryptoKey): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.exportKey('pkcs8', key)))
}

/** What {@link exportSigningKey} wrote, as a key that nobody can read back. */
export async function importSigningKey(pkcs8: string): Promise<CryptoKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return crypto.subtle.importKey('pkcs8', fromBase64url(pkcs8), algorithm, false, ['sign'])
}

/** The public half as a JWK with exactly the members RFC 7638 hashes. */
export async function publicJwk(key: CryptoKey): Promise<PublicJwk> {
  const { x, y } = await crypto.subtle.exportKey('jwk', key)
  if (x === undefined || y === undefined) throw new TypeError('not an elliptic curve key')
  return { kty: 'EC', crv: 'P-256', x, y }
}

/** RFC 7638 thumbprint (SHA-256) as 32 bytes. */
export async function jwkThumbprint(jwk: PublicJwk): Promise<Uint8Array> {
  return fromBase64url(await calculateJwkThumbprint({ ...jwk }, 'sha256'))
}

/** Signs a JSON payload. */
export async function signJws(
  header: Record<string, unknown> & { typ: string },
  payload: unknown,
  privateKey: CryptoKey,
): Promise<string> {
  return new CompactSign(utf8(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', ...header })
    .sign(privateKey)
}

/**
 * Checks a signature and gives the payload back, parsed.
 *
 * @param code - The code of the error to throw when anything about the message is wrong.
 */
export async function verifyJws(
  text: string,
  jwk: PublicJwk,
  typ: string,
  code: ErrorCode,
): Promise<unknown> {
  try {
    assertCanonical(text)
    const key = await importJWK({ ...jwk }, 'ES256')
    const { payload, protectedHeader } = await compactVerify(text, key, { algorithms: ['ES256'] })
    if (protectedHeader.typ !== typ) throw new ZerocardError(code, `the document is not a ${typ}`)
    return parseStrictJson(fromUtf8(payload))
  } catch (cause) {
    if (cause instanceof ZerocardError && cause.code === code) throw cause
    throw new ZerocardError(code, `the signature of the ${typ} does not verify`, { cause })
  }
}

/**
 * Reads header and payload without believing them.
 *
 * @throws ZerocardError with the given code if the text is not a compact JWS with JSON inside.
 */
export function readJws(text: string, code: ErrorCode): { header: unknown; payload: unknown } {
  try {
    const [header, payload] = assertCanonical(text)
    return { header, payload: parseStrictJson(fromUtf8(fromBase64url(payload))) }
  } catch (cause) {
    throw new ZerocardError(code, 'not a compact JSON Web Signature', { cause })
  }
}

/**
 * jose reads base64url with padding, spaces and other spare bits, and does not mind repeated members:
 * one signed message would have many texts.
 *
 * @returns The header, parsed, and the payload as it stands in the text.
 */
function assertCanonical(text: string): [header: unknown, payload: string] {
  const [header, payload, signature, ...rest] = text.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    throw new SyntaxError('not three parts')
  }
  // Whole groups have one text each, so of a long payload only the last has to be decoded.
  if (!/^[A-Za-z0-9_-]*$/.test(payload)) throw new SyntaxError('not base64url')
  fromBase64url(payload.slice(4 * Math.floor(payload.length / 4)))
  fromBase64url(signature)
  return [parseStrictJson(fromUtf8(fromBase64url(header))), payload]
}
