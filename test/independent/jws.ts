import { createPublicKey, verify } from 'node:crypto'
import { literal, members, parseJson } from './json.ts'
import type { Members } from './json.ts'
import { base64url, bytesOf, hash, textOf, utf8 } from './numbers.ts'
import { must, refuse, slips } from './refused.ts'

// Compact JWS with ES256 (RFC 7515, RFC 7518).

export interface Jws {
  readonly header: Members
  readonly payload: unknown
  readonly isSignedBy: (jwk: unknown) => boolean
}

export function readJws(text: unknown, longest: number): Jws {
  must(typeof text === 'string' && text.length <= longest, 'too long')
  const parts = text.split('.')
  must(parts.length === 3, 'not three parts')
  const [head, body, signature] = parts.map(bytesOf)
  const header = parseJson(textOf(head ?? refuse('empty')))
  must(header instanceof Map, 'the header is no object')
  return {
    header: header as Members,
    payload: parseJson(textOf(body ?? refuse('empty'))),
    isSignedBy: (jwk) =>
      slips('signature unchecked') ||
      isSigned(utf8(parts.slice(0, 2).join('.')), signature ?? refuse('empty'), jwk),
  }
}

/** A signed document of a kind: its payload. */
export function openJws(text: unknown, jwk: unknown, typ: string, longest: number): unknown {
  const { header, payload, isSignedBy } = readJws(text, longest)
  literal(header.get('alg'), 'ES256')
  must(!header.has('crit') && !header.has('b64'), 'a header that is not understood')
  must(header.get('typ') === typ || slips('typ not compared'), 'a document of another kind')
  must(isSignedBy(jwk), 'the signature is wrong')
  return payload
}

/** A P-256 key and nothing besides. */
export function readJwk(json: unknown): Members {
  const jwk = members(json, 'kty crv x y')
  literal(jwk.get('kty'), 'EC')
  literal(jwk.get('crv'), 'P-256')
  for (const name of ['x', 'y']) must(bytesOf(jwk.get(name)).length === 32, 'not 32 bytes')
  return jwk
}

/** RFC 7638. */
export function thumbprint(jwk: Members): Uint8Array {
  const [x, y] = [jwk.get('x') as string, jwk.get('y') as string]
  return hash(utf8(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })))
}

const verdicts = new Map<string, boolean>()

function isSigned(data: Uint8Array, signature: Uint8Array, jwk: unknown): boolean {
  const key = readJwk(jwk)
  const name = base64url(hash(data, signature, thumbprint(key)))
  const verdict = verdicts.get(name) ?? isSignedNow(data, signature, key)
  verdicts.set(name, verdict)
  return verdict
}

function isSignedNow(data: Uint8Array, signature: Uint8Array, key: Members): boolean {
  try {
    const publicKey = createPublicKey({ key: Object.fromEntries(key), format: 'jwk' })
    return verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  } catch {
    return false
  }
}
