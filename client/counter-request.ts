import { checkCounterQuestion, readCounterQuestion } from '../core/counter.ts'
import type { CounterQuestion } from '../core/counter.ts'
import { ZerocardError } from '../core/errors.ts'
import type { PublicJwk } from '../core/jws.ts'
import { schemaHash } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import type { WalletHttp } from './http.ts'
import { readPolicy } from './presentation-request.ts'
import type { AskedRequest, WalletKnowledge } from './presentation-request.ts'
import { MAX_CLOCK_SKEW, fetchRequestKey } from './request-object.ts'

// A counter's question, checked as far as that goes without a network.

/** A question that was read from a code. */
export interface CounterRequest extends AskedRequest {
  /** Whether it is known that the host signed it; if not, anybody can have made it. */
  readonly isVerified: boolean
  /** Whether the verifier could be asked for its key just now. */
  readonly isOnline: boolean
  /** The key that signed, if it is verified. */
  readonly jwk?: PublicJwk
}

/** Keys of verifiers that were seen before, by their names in DID documents. */
export type KnownKeys = (kid: string) => PublicJwk | undefined

/**
 * Checks a question. Its signature is judged by the key that the host publishes now; without a
 * network by the one it published when the wallet saw it last; without either not at all.
 *
 * @param text - A compact JWS.
 * @throws ZerocardError with `REQUEST_INVALID`, `SESSION_EXPIRED`, `ADDRESS_REFUSED`, `KEY_UNKNOWN`,
 *   `POLICY_INVALID`, `SCHEMA_INVALID` for another schema than the holder's, or
 *   `POLICY_NOT_SATISFIED` if the holder has no credential of a schema.
 */
export async function openCounterQuestion(
  text: string,
  knowledge: WalletKnowledge,
  known: KnownKeys,
  http: WalletHttp,
): Promise<CounterRequest> {
  const { question, kid } = readCounterQuestion(text, knowledge.now, MAX_CLOCK_SKEW)
  const { audience, name, nonce, issuedAt, expiresAt } = question
  const { host } = http.address(audience)
  const schemas = schemasOf(question, knowledge)
  const meta = { ...question, trust: Object.fromEntries(question.trust) }
  const query = readPolicy(meta, schemas, knowledge.keys, http)
  const fetched = await keyOnline(audience, kid, http)
  const jwk = fetched ?? known(kid)
  if (jwk !== undefined) await checkCounterQuestion(text, jwk)
  return {
    verifier: { host, name },
    audience,
    nonce,
    ...query,
    askedAt: issuedAt,
    expiresAt,
    isVerified: jwk !== undefined,
    isOnline: fetched !== undefined,
    ...(jwk === undefined ? {} : { jwk }),
  }
}

/** @returns Undefined if nobody could be asked; another key than the one named is no answer. */
async function keyOnline(
  verifier: string,
  kid: string,
  http: WalletHttp,
): Promise<PublicJwk | undefined> {
  try {
    return await fetchRequestKey(verifier, kid, http)
  } catch (error) {
    if (error instanceof ZerocardError && error.code === 'FETCH_FAILED') return undefined
    throw error
  }
}

/** Whoever has a credential has its schema; a question only says which it means. */
function schemasOf(
  { schemas }: CounterQuestion,
  { schemas: known }: WalletKnowledge,
): ReadonlyMap<string, Schema> {
  return new Map(
    [...schemas].map(([id, hash]) => {
      const own = known?.get(id)
      if (own === undefined) {
        throw new ZerocardError('POLICY_NOT_SATISFIED', `there is no credential of ${id}`)
      }
      if (schemaHash(own) !== hash) {
        throw new ZerocardError('SCHEMA_INVALID', `the verifier has another ${id} than you`)
      }
      return [id, own] as const
    }),
  )
}
