import * as z from '../../core/zod.ts'
import { readWith } from '../../core/json.ts'
import { generateSigningKey } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { VerifierStore } from './store.ts'

const signingJwk = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
})

/** A key that signs, and its public half. */
export interface SigningKey {
  readonly jwk: PublicJwk
  readonly key: CryptoKey
}

/** Takes the key that is kept under a name, or makes one: the first of several processes does. */
export async function keptSigningKey(
  store: VerifierStore,
  name: string,
  now: number,
): Promise<SigningKey> {
  const { privateKey } = await generateSigningKey(true)
  const fresh = await crypto.subtle.exportKey('jwk', privateKey)
  const kept = await store.keepKey(name, fresh, now)
  const { d, ...jwk } = readWith(signingJwk, kept, 'DATABASE_INVALID', 'signing key')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', { ...jwk, d }, algorithm, false, ['sign'])
  return { jwk, key }
}
