import { createHash, timingSafeEqual } from 'node:crypto'
import { toBase64url } from '../../core/bytes.ts'
import { shortCodeOf } from '../../core/short-code.ts'

/** Bytes of ids and nonces, and of tokens and codes: nobody guesses 128 bits, 192 leave room. */
const RANDOM_BYTES = 24
/** Bytes of a response code: 128 bits, the least OpenID4VP 1.0 asks for (section 13.3). */
const CODE_BYTES = 16

/** 32 characters of base64url. */
export function randomName(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))
}

/** For people to type; see core/short-code.ts. */
export function randomShortCode(): string {
  return shortCodeOf(crypto.getRandomValues(new Uint8Array(8)))
}

/**
 * The code that a wallet's answer earns: the same for the same answer, so that a reply that was lost
 * can be given again, and known to nobody who has not seen the answer. 22 characters of base64url.
 */
export function responseCodeOf(sessionId: string, answer: string): string {
  const hash = createHash('sha256').update(`zerocard/response-code/1 ${sessionId} ${answer}`)
  return toBase64url(hash.digest().subarray(0, CODE_BYTES))
}

/** What is kept of a random secret. It has enough bits that a slow hash would add nothing. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Compares in constant time. */
export function isSecret(given: string, hash: string | undefined): boolean {
  if (hash === undefined) return false
  return timingSafeEqual(Buffer.from(hashSecret(given), 'hex'), Buffer.from(hash, 'hex'))
}
