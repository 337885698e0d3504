import { toBase64url } from '../../core/bytes.ts'
import { jwkThumbprint } from '../../core/jws.ts'
import type { PublicJwk } from '../../core/jws.ts'
import { openStatus } from '../../core/status.ts'
import type { TrustedIssuer } from '../../core/trust.ts'
import type { Database } from '../storage/database.ts'
import type { TrustDocumentRow, TrustTables } from './tables.ts'

/** An issuer as a list names it: the status document is found apart. */
export type Member = Omit<TrustedIssuer, 'status'>

/** What became of a document that was seen. */
export type RecordOutcome =
  /** Newer than all before, and kept. */
  | 'new'
  /** The one that is kept already. */
  | 'known'
  /** Refused: the issuer had a later epoch before. */
  | 'rollback'
  /** Refused: the issuer signed two different documents for one epoch. */
  | 'equivocation'

/** The newest status document of each issuer. An issuer with another document key is another one. */
export class TrustDocuments {
  readonly #database: Database<TrustTables>

  constructor(database: Database<TrustTables>) {
    this.#database = database
  }

  /**
   * Keeps a document if it is newer than all before, in whichever process they came.
   *
   * @throws ZerocardError with the codes of `openStatus`.
   */
  async record(
    { issuer, jwk }: Pick<Member, 'issuer' | 'jwk'>,
    text: string,
    now: number,
  ): Promise<{ readonly outcome: RecordOutcome; readonly epoch: number }> {
    const { epoch, issuedAt, expiresAt } = await openStatus(text, { issuer, jwk }, now)
    const key = await keyId(jwk)
    const times = { issued_at: issuedAt, expires_at: expiresAt, fetched_at: now }
    const row: TrustDocumentRow = { issuer, key, epoch, document: text, ...times }
    if ((await this.#insert(row)) || (await this.#replace(row))) return { outcome: 'new', epoch }
    const kept = await this.find({ issuer, jwk })
    // Nothing is ever taken away, so there is one.
    if (kept === undefined) throw new TypeError('a status document vanished')
    if (kept.epoch !== epoch) return { outcome: 'rollback', epoch }
    if (signedPart(kept.document) !== signedPart(text)) return { outcome: 'equivocation', epoch }
    await this.touch({ issuer, jwk }, now)
    return { outcome: 'known', epoch }
  }

  async find({
    issuer,
    jwk,
  }: Pick<Member, 'issuer' | 'jwk'>): Promise<TrustDocumentRow | undefined> {
    return this.#database.query
      .selectFrom('trust_documents')
      .selectAll()
      .where('issuer', '=', issuer)
      .where('key', '=', await keyId(jwk))
      .executeTakeFirst()
  }

  /** Notes that the source still has the document that is kept. */
  async touch({ issuer, jwk }: Pick<Member, 'issuer' | 'jwk'>, now: number): Promise<void> {
    await this.#database.query
      .updateTable('trust_documents')
      .set({ fetched_at: now })
      .where('issuer', '=', issuer)
      .where('key', '=', await keyId(jwk))
      .where('fetched_at', '<', now)
      .execute()
  }

  async #insert(row: TrustDocumentRow): Promise<boolean> {
    const inserted = await this.#database.query
      .insertInto('trust_documents')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('epoch')
      .executeTakeFirst()
    return inserted !== undefined
  }

  /** One statement, so that of two processes the later epoch wins. */
  async #replace({ issuer, key, epoch, ...changes }: TrustDocumentRow): Promise<boolean> {
    const updated = await this.#database.query
      .updateTable('trust_documents')
      .set({ epoch, ...changes })
      .where('issuer', '=', issuer)
      .where('key', '=', key)
      .where('epoch', '<', epoch)
      .returning('epoch')
      .executeTakeFirst()
    return updated !== undefined
  }
}

/** The name of a document key. */
export async function keyId(jwk: PublicJwk): Promise<string> {
  return toBase64url(await jwkThumbprint(jwk))
}

/** Without the signature: two signatures below one text say nothing different. */
function signedPart(jws: string): string {
  return jws.slice(0, jws.lastIndexOf('.'))
}
