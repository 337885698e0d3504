import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import type { Database } from '../storage/database.ts'
import type { TrustTables } from './tables.ts'

/** What an operator signs its lists with. */
export interface OperatorKey {
  readonly jwk: PublicJwk
  readonly privateKey: CryptoKey
}

const ID = 'operator'

/** The operator's key, made by whichever process comes first. */
export async function readOperatorKey(
  { query }: Database<TrustTables>,
  now: number,
): Promise<OperatorKey> {
  const stored = query.selectFrom('trust_keys').select('jwk').where('id', '=', ID)
  let row = await stored.executeTakeFirst()
  if (row === undefined) {
    await query
      .insertInto('trust_keys')
      .values({ id: ID, jwk: await newKey(), created_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    row = await stored.executeTakeFirstOrThrow()
  }
  const jwk = JSON.parse(row.jwk) as JsonWebKey
  const { d: _, ...open } = jwk
  return {
    jwk: await publicJwk(await importKey({ ...open, key_ops: ['verify'] }, true, ['verify'])),
    privateKey: await importKey(jwk, false, ['sign']),
  }
}

async function newKey(): Promise<string> {
  const { privateKey } = await generateSigningKey(true)
  return JSON.stringify(await crypto.subtle.exportKey('jwk', privateKey))
}

function importKey(
  jwk: JsonWebKey,
  extractable: boolean,
  usages: readonly ('sign' | 'verify')[],
): Promise<CryptoKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  return crypto.subtle.importKey('jwk', jwk, algorithm, extractable, [...usages])
}
