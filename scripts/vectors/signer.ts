import { p256 } from '@noble/curves/nist.js'
import { fieldToBytes, integerFromBytes } from '../../core/field.ts'
import { concatBytes, fromBase64url, toBase64url, utf8 } from '../../core/bytes.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { seedBytes } from './kit.ts'

// ES256 with the nonces of RFC 6979, so that the same document always has the same signature; the
// platform's own never does.

const ORDER = p256.Point.CURVE().n

/** A P-256 key that everybody can make again. */
export class VectorSigner {
  readonly jwk: PublicJwk
  readonly #secret: Uint8Array

  constructor(name: string) {
    this.#secret = seedBytes(`P-256 ${name}`)
    const point = p256.getPublicKey(this.#secret, false)
    const [x, y] = [point.slice(1, 33), point.slice(33)].map(toBase64url)
    this.jwk = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }
  }

  /** A compact JWS around texts, which need not be JSON. */
  sign(header: string, payload: string | Uint8Array): string {
    const body = typeof payload === 'string' ? utf8(payload) : payload
    return this.seal(toBase64url(utf8(header)), toBase64url(body))
  }

  /** Signs the two parts as they stand, whatever they are. */
  seal(header: string, payload: string): string {
    const signed = `${header}.${payload}`
    return `${signed}.${toBase64url(p256.sign(utf8(signed), this.#secret, { lowS: false }))}`
  }
}

/** The same JWS with the other of its two valid signatures: (r, n - s). */
export function otherSignature(jws: string): string {
  return withSignature(jws, (r, s) => [r, ORDER - s])
}

/** The JWS with other numbers in its signature. */
export function withSignature(
  jws: string,
  change: (r: bigint, s: bigint) => readonly [bigint, bigint],
): string {
  const at = jws.lastIndexOf('.') + 1
  const bytes = fromBase64url(jws.slice(at))
  const pair = change(integerFromBytes(bytes.slice(0, 32)), integerFromBytes(bytes.slice(32)))
  return jws.slice(0, at) + toBase64url(concatBytes(...pair.map(bytes32)))
}

function bytes32(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(64, '0')
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

/** A text with the same letters but for spare bits of the last, which mean nothing. */
export function withSpareBits(base64url: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = letters.indexOf(base64url.slice(-1))
  return base64url.slice(0, -1) + (letters[last | 1] ?? '')
}

/** A field element's 43 characters. */
export const fieldCharacters = (value: bigint): string => toBase64url(fieldToBytes(value))

export const orderOfP256 = ORDER
