import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { settingOf } from './store.ts'
import type { IssuerQuery, IssuerStore, IssuerTransaction } from './store.ts'

/** Seconds from fetching a nonce to using it: slow phones take a while to make a proof. */
export const NONCE_LIFETIME = 300

/** Bytes: random ones, the end as a big-endian number, the beginning of an HMAC-SHA-256. */
const RANDOM_BYTES = 16
const TIME_BYTES = 6
const MAC_BYTES = 16

/**
 * Challenges for wallets. One that was given out is not remembered, so asking for a million costs
 * nothing; one that was used is, until its time is over.
 */
export class Nonces {
  readonly #key: Buffer

  private constructor(key: Buffer) {
    this.#key = key
  }

  /** All processes of an issuer have the same key. */
  static async open(store: IssuerStore): Promise<Nonces> {
    const make = (): string => randomBytes(32).toString('base64url')
    const key = await settingOf(store.database.query, 'nonce-key', make)
    return new Nonces(Buffer.from(key, 'base64url'))
  }

  /** @param now - Seconds since 1970-01-01 UTC. */
  make(now: number): string {
    const body = Buffer.alloc(RANDOM_BYTES + TIME_BYTES, randomBytes(RANDOM_BYTES))
    body.writeUIntBE(now + NONCE_LIFETIME, RANDOM_BYTES, TIME_BYTES)
    return Buffer.concat([body, this.#mac(body)]).toString('base64url')
  }

  /** Until when a nonce is good, seconds since 1970-01-01 UTC; undefined if it is not. */
  expiryOf(nonce: string, now: number): number | undefined {
    const bytes = Buffer.from(nonce, 'base64url')
    const isWhole = bytes.length === RANDOM_BYTES + TIME_BYTES + MAC_BYTES
    if (!isWhole || bytes.toString('base64url') !== nonce) return undefined
    const body = bytes.subarray(0, -MAC_BYTES)
    if (!timingSafeEqual(this.#mac(body), bytes.subarray(-MAC_BYTES))) return undefined
    const expiresAt = body.readUIntBE(RANDOM_BYTES, TIME_BYTES)
    return expiresAt > now ? expiresAt : undefined
  }

  #mac(body: Buffer): Buffer {
    const hmac = createHmac('sha256', this.#key).update('zerocard/c-nonce/1').update(body)
    return hmac.digest().subarray(0, MAC_BYTES)
  }
}

/** @returns False if it was used before. */
export async function spendNonce(
  transaction: IssuerTransaction,
  nonce: string,
  expiresAt: number,
): Promise<boolean> {
  const row = await transaction
    .insertInto('issuer_spent_nonces')
    .values({ nonce, expires_at: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning('nonce')
    .executeTakeFirst()
  return row !== undefined
}

export async function isSpent(query: IssuerQuery, nonce: string): Promise<boolean> {
  const row = await query
    .selectFrom('issuer_spent_nonces')
    .select('nonce')
    .where('nonce', '=', nonce)
    .executeTakeFirst()
  return row !== undefined
}

/** Forgets nonces whose time is over: they are refused for that. */
export async function sweepNonces(query: IssuerQuery, now: number): Promise<void> {
  await query
    .deleteFrom('issuer_spent_nonces')
    .where('expires_at', '<=', now - CLOCK_DIFFERENCE)
    .execute()
}

/** Seconds by which the clock of another process may be behind the one that sweeps. */
const CLOCK_DIFFERENCE = 300
