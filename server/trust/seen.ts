import { WITNESSED_DOCUMENTS, signWitness } from '../../core/witness-log.ts'
import type { WitnessedIssuer } from '../../core/witness-log.ts'
import type { Database } from '../storage/database.ts'
import type { OperatorKey } from './operator-key.ts'
import type { TrustTables } from './tables.ts'

// What this operator has seen of the issuers, for everybody to compare with what they were shown.

/** Issuers of one statement. */
const MAX_ISSUERS = 2_048

/** Says what was seen, the same to everybody, for a short while. */
export class SeenLog {
  readonly #database: Database<TrustTables>
  readonly #operator: string
  readonly #key: OperatorKey
  #last: { readonly madeAt: number; readonly jws: string } | undefined

  constructor(database: Database<TrustTables>, operator: string, key: OperatorKey) {
    this.#database = database
    this.#operator = operator
    this.#key = key
  }

  /** The signed statement. @param maxAge - Seconds for which an earlier one serves. */
  async statement(now: number, maxAge: number): Promise<string> {
    const last = this.#last
    if (last !== undefined && now - last.madeAt < maxAge && now >= last.madeAt) return last.jws
    const statement = { witness: this.#operator, issuedAt: now, issuers: await this.#issuers() }
    const jws = await signWitness(statement, this.#key.privateKey)
    this.#last = { madeAt: now, jws }
    return jws
  }

  /** A document by what stands for it in its issuer's log. */
  async document(hash: string): Promise<string | undefined> {
    const row = await this.#database.query
      .selectFrom('trust_seen')
      .select('document')
      .where('hash', '=', hash)
      .limit(1)
      .executeTakeFirst()
    return row?.document
  }

  /** What was found against issuers, as evidence that everybody can check. */
  async forks(): Promise<readonly unknown[]> {
    const rows = await this.#database.query
      .selectFrom('trust_forks')
      .select('evidence')
      .orderBy('found_at', 'desc')
      .limit(100)
      .execute()
    return rows.map(({ evidence }) => JSON.parse(evidence) as unknown)
  }

  async #issuers(): Promise<readonly WitnessedIssuer[]> {
    const rows = await this.#database.query
      .selectFrom('trust_seen')
      .innerJoin('trust_documents', (join) =>
        join
          .onRef('trust_documents.issuer', '=', 'trust_seen.issuer')
          .onRef('trust_documents.key', '=', 'trust_seen.key'),
      )
      .select(['trust_seen.issuer', 'trust_seen.key', 'trust_seen.epoch', 'hash', 'seen_at'])
      .where('is_refused', '=', 0)
      .where((row) => {
        const newest = row.ref('trust_documents.epoch')
        return row('trust_seen.epoch', '>', row(newest, '-', WITNESSED_DOCUMENTS))
      })
      .orderBy('trust_seen.issuer')
      .orderBy('trust_seen.key')
      .orderBy('trust_seen.epoch')
      .execute()
    const groups = Map.groupBy(rows, ({ issuer, key }) => `${issuer} ${key}`)
    return [...groups.values()].slice(0, MAX_ISSUERS).flatMap((group) => {
      const [first] = group
      if (first === undefined) return []
      const documents = group.map(({ epoch, hash, seen_at: seenAt }) => ({ epoch, hash, seenAt }))
      return [{ issuer: first.issuer, key: first.key, documents }]
    })
  }
}
