import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import { ZerocardError } from '../../core/errors.ts'
import type { IssuerQuery, IssuerStore, IssuerTransaction } from './store.ts'
import type { IssuerTables } from './tables.ts'

// Offers and the access tokens they are exchanged for. An offer's link holds its id, 256 random
// bits; the pre-authorized code follows from the id. The database has hashes of both, so who reads
// it can neither fetch an offer nor exchange one. The transaction code is hashed together with the
// pre-authorized code: a million guesses are of no use to whoever has only the hash.

/** An offer as it was made. All three texts are shown once. */
export interface NewOffer {
  readonly id: string
  /** Six digits for the person, sent by another way than the link. */
  readonly txCode: string
  /** Seconds since 1970-01-01 UTC. */
  readonly expiresAt: number
}

/** What an offer or a token is for. */
export interface OfferFacts {
  /** Names the offer in the database. */
  readonly hash: string
  readonly subject: string
  readonly schema: string
  readonly expiresAt: number
}

export interface AccessToken {
  readonly token: string
  readonly expiresIn: number
}

export const TX_CODE_LENGTH = 6
/** Wrong transaction codes before an offer is dead: one in 200,000 is guessed. */
export const MAX_FAILURES = 5
/** Seconds. */
export const ACCESS_TOKEN_LIFETIME = 600
const SECRET_BYTES = 32

/** What a token request is refused with; one error for all, so that nothing can be learnt from it. */
export class OfferRefused extends ZerocardError {
  constructor() {
    super('OFFER_INVALID', 'the code is not good: wrong, used, expired or tried too often')
  }
}

/** @param now - Seconds since 1970-01-01 UTC. */
export async function makeOffer(
  query: IssuerQuery,
  { subject, schema }: { readonly subject: string; readonly schema: string },
  now: number,
  lifetime: number,
): Promise<NewOffer> {
  const id = randomBytes(SECRET_BYTES).toString('base64url')
  const txCode = String(randomInt(10 ** TX_CODE_LENGTH)).padStart(TX_CODE_LENGTH, '0')
  const expiresAt = now + lifetime
  const code = preAuthorizedCode(id)
  await query
    .insertInto('issuer_offers')
    .values({
      id_hash: hashed(id),
      code_hash: hashed(code),
      tx_hash: txHash(code, txCode),
      subject,
      schema,
      created_at: now,
      expires_at: expiresAt,
      failures: 0,
      exchanged_at: null,
      commitment: null,
    })
    .execute()
  return { id, txCode, expiresAt }
}

/** The code that whoever has the link may have. */
export function preAuthorizedCode(id: string): string {
  return createHmac('sha256', id).update('zerocard/pre-authorized-code/1').digest('base64url')
}

/** The offer behind a link; undefined if it is unknown, expired or was exchanged. */
export async function findOffer(
  query: IssuerQuery,
  id: string,
  now: number,
): Promise<OfferFacts | undefined> {
  const row = await query
    .selectFrom('issuer_offers')
    .selectAll()
    .where('id_hash', '=', hashed(id))
    .where('expires_at', '>', now)
    .where('exchanged_at', 'is', null)
    .executeTakeFirst()
  return row && factsOf(row)
}

/**
 * Exchanges a pre-authorized code for an access token, once. Every try is counted before it is
 * judged.
 *
 * @throws OfferRefused (`OFFER_INVALID`).
 */
export async function exchange(
  store: IssuerStore,
  { code, txCode }: { readonly code: string; readonly txCode: string },
  now: number,
): Promise<AccessToken> {
  const token = randomBytes(SECRET_BYTES).toString('base64url')
  const isGood = await store.database.transact(async (transaction) => {
    const offer = await countTry(transaction, code, now)
    if (offer === undefined || !isEqual(offer.tx_hash, txHash(code, txCode))) return false
    await transaction
      .updateTable('issuer_offers')
      .set(({ eb }) => ({ exchanged_at: now, failures: eb('failures', '-', 1) }))
      .where('id_hash', '=', offer.id_hash)
      .execute()
    await transaction
      .insertInto('issuer_access_tokens')
      .values({
        token_hash: hashed(token),
        offer_hash: offer.id_hash,
        expires_at: now + ACCESS_TOKEN_LIFETIME,
      })
      .execute()
    return true
  })
  if (!isGood) throw new OfferRefused()
  return { token, expiresIn: ACCESS_TOKEN_LIFETIME }
}

/** What an access token is for; undefined if it is unknown or expired. */
export async function findAccess(
  query: IssuerQuery,
  token: string,
  now: number,
): Promise<OfferFacts | undefined> {
  const row = await query
    .selectFrom('issuer_access_tokens')
    .innerJoin('issuer_offers', 'issuer_offers.id_hash', 'issuer_access_tokens.offer_hash')
    .selectAll('issuer_offers')
    .where('issuer_access_tokens.token_hash', '=', hashed(token))
    .where('issuer_access_tokens.expires_at', '>', now)
    .executeTakeFirst()
  return row && factsOf(row)
}

/** Uses an offer for a commitment. @returns False if it is gone or was used for another one. */
export async function redeem(
  transaction: IssuerTransaction,
  hash: string,
  commitment: bigint,
): Promise<boolean> {
  const text = String(commitment)
  const row = await transaction
    .updateTable('issuer_offers')
    .set({ commitment: text })
    .where('id_hash', '=', hash)
    .where((row) => row.or([row('commitment', 'is', null), row('commitment', '=', text)]))
    .returning('id_hash')
    .executeTakeFirst()
  return row !== undefined
}

/** Takes back what was offered to a person. @returns How many offers that were. */
export async function withdrawOffers(
  transaction: IssuerTransaction,
  subject: string,
  schema?: string,
): Promise<number> {
  const offers = transaction.selectFrom('issuer_offers').select('id_hash')
  const own = offers.where('subject', '=', subject)
  const meant = schema === undefined ? own : own.where('schema', '=', schema)
  await transaction.deleteFrom('issuer_access_tokens').where('offer_hash', 'in', meant).execute()
  const gone = transaction.deleteFrom('issuer_offers').where('id_hash', 'in', meant)
  return (await gone.returning('id_hash').execute()).length
}

/** Takes back what was offered for a record and not granted yet. */
export async function withdrawUnused(
  transaction: IssuerTransaction,
  { subject, schema }: { readonly subject: string; readonly schema: string },
): Promise<void> {
  const unused = transaction
    .selectFrom('issuer_offers')
    .select('id_hash')
    .where('subject', '=', subject)
    .where('schema', '=', schema)
    .where('commitment', 'is', null)
  await transaction.deleteFrom('issuer_access_tokens').where('offer_hash', 'in', unused).execute()
  await transaction.deleteFrom('issuer_offers').where('id_hash', 'in', unused).execute()
}

/** Forgets what has expired. Offers stay as long as a token of theirs may be good. */
export async function sweepOffers(query: IssuerQuery, now: number): Promise<void> {
  await query.deleteFrom('issuer_access_tokens').where('expires_at', '<=', now).execute()
  await query
    .deleteFrom('issuer_offers')
    .where('expires_at', '<=', now - ACCESS_TOKEN_LIFETIME)
    .execute()
}

async function countTry(
  transaction: IssuerTransaction,
  code: string,
  now: number,
): Promise<{ readonly id_hash: string; readonly tx_hash: string } | undefined> {
  return transaction
    .updateTable('issuer_offers')
    .set(({ eb }) => ({ failures: eb('failures', '+', 1) }))
    .where('code_hash', '=', hashed(code))
    .where('expires_at', '>', now)
    .where('exchanged_at', 'is', null)
    .where('failures', '<', MAX_FAILURES)
    .returning(['id_hash', 'tx_hash'])
    .executeTakeFirst()
}

function hashed(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('base64url')
}

function txHash(code: string, txCode: string): string {
  return createHmac('sha256', code).update(txCode).digest('base64url')
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function factsOf(row: Selectable<IssuerTables['issuer_offers']>): OfferFacts {
  return {
    hash: row.id_hash,
    subject: row.subject,
    schema: row.schema,
    expiresAt: row.expires_at,
  }
}
