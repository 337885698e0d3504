import type { DatabaseSync } from 'node:sqlite'
import type { IssuedCredential, IssuerStore, RecordOutcome } from './issuer-store.ts'
import { inTransaction, openDatabase } from './sqlite.ts'
import type { DatabaseKind } from './sqlite.ts'

type Row = Record<string, unknown>

/** Field elements are decimal texts; revocation numbers, days and seconds are integers. */
const REGISTER: DatabaseKind = {
  name: 'an issuer register',
  id: 0x7a_63_69_31,
  tables: `
    CREATE TABLE people (subject TEXT PRIMARY KEY, tag TEXT NOT NULL UNIQUE);
    CREATE TABLE issued (
      commitment TEXT PRIMARY KEY, subject TEXT NOT NULL, schema TEXT NOT NULL,
      message TEXT NOT NULL, revocation_id BIGINT NOT NULL,
      valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL, revoked_at BIGINT,
      UNIQUE (schema, revocation_id));
    CREATE INDEX issued_by_subject ON issued (subject);
    CREATE TABLE epochs (epoch INTEGER PRIMARY KEY);`,
}

/** An issuer's memory in one SQLite file, safe between processes and against their sudden end. */
export class SqliteIssuerStore implements IssuerStore {
  readonly #database: DatabaseSync

  /** @param path - Made if it does not exist. */
  constructor(path: string) {
    this.#database = openDatabase(path, REGISTER)
  }

  close(): void {
    this.#database.close()
  }

  tagOf(subject: string): Promise<bigint | undefined> {
    const row = this.#one('SELECT tag FROM people WHERE subject = ?', subject)
    return Promise.resolve(row && BigInt(String(row['tag'])))
  }

  subjectOf(tag: bigint): Promise<string | undefined> {
    const row = this.#one('SELECT subject FROM people WHERE tag = ?', String(tag))
    return Promise.resolve(row && String(row['subject']))
  }

  findByCommitment(commitment: bigint): Promise<IssuedCredential | undefined> {
    const row = this.#one('SELECT * FROM issued WHERE commitment = ?', String(commitment))
    return Promise.resolve(row && issuedOf(row))
  }

  findByNumber(schema: string, revocationId: bigint): Promise<IssuedCredential | undefined> {
    const sql = 'SELECT * FROM issued WHERE schema = ? AND revocation_id = ?'
    const row = this.#one(sql, schema, revocationId)
    return Promise.resolve(row && issuedOf(row))
  }

  listBySubject(subject: string): Promise<readonly IssuedCredential[]> {
    const sql = 'SELECT * FROM issued WHERE subject = ? ORDER BY valid_from, commitment'
    return Promise.resolve(this.#database.prepare(sql).all(subject).map(issuedOf))
  }

  record(issued: IssuedCredential, tag: bigint): Promise<RecordOutcome> {
    return Promise.resolve(inTransaction(this.#database, () => this.#record(issued, tag)))
  }

  revoke(schema: string, revocationId: bigint, now: number): Promise<boolean> {
    const sql = `UPDATE issued SET revoked_at = ?
      WHERE schema = ? AND revocation_id = ? AND revoked_at IS NULL RETURNING subject`
    return Promise.resolve(this.#one(sql, now, schema, revocationId) !== undefined)
  }

  revokedNumbers(schema: string): Promise<readonly bigint[]> {
    const sql = `SELECT revocation_id FROM issued
      WHERE schema = ? AND revoked_at IS NOT NULL ORDER BY revocation_id`
    const rows = this.#database.prepare(sql).all(schema)
    return Promise.resolve(rows.map((row) => BigInt(Number(row['revocation_id']))))
  }

  nextEpoch(): Promise<number> {
    const sql = 'INSERT INTO epochs SELECT coalesce(max(epoch), 0) + 1 FROM epochs RETURNING epoch'
    return Promise.resolve(Number(this.#one(sql)?.['epoch']))
  }

  #record(issued: IssuedCredential, tag: bigint): RecordOutcome {
    const known = this.#one('SELECT tag FROM people WHERE subject = ?', issued.subject)
    if (known !== undefined && known['tag'] !== String(tag)) return 'tag-differs'
    if (known === undefined) {
      const sql = 'INSERT INTO people VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING subject'
      if (this.#one(sql, issued.subject, String(tag)) === undefined) return 'tag-taken'
    }
    const outcome = this.#insert(issued)
    if (outcome !== 'recorded' && known === undefined) {
      this.#database.prepare('DELETE FROM people WHERE subject = ?').run(issued.subject)
    }
    return outcome
  }

  #insert({
    commitment,
    subject,
    schema,
    message,
    revocationId,
    validFrom,
    validUntil,
  }: IssuedCredential): RecordOutcome {
    const values = [
      String(commitment),
      subject,
      schema,
      String(message),
      revocationId,
      validFrom,
      validUntil,
    ]
    const sql = `INSERT INTO issued VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
      ON CONFLICT DO NOTHING RETURNING commitment`
    if (this.#one(sql, ...values) !== undefined) return 'recorded'
    const row = this.#one('SELECT 1 FROM issued WHERE commitment = ?', String(commitment))
    return row === undefined ? 'number-taken' : 'commitment-taken'
  }

  #one(sql: string, ...values: readonly (string | number | bigint)[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }
}

function issuedOf(row: Row): IssuedCredential {
  const revokedAt = row['revoked_at']
  return {
    subject: String(row['subject']),
    schema: String(row['schema']),
    commitment: BigInt(String(row['commitment'])),
    message: BigInt(String(row['message'])),
    revocationId: BigInt(Number(row['revocation_id'])),
    validFrom: Number(row['valid_from']),
    validUntil: Number(row['valid_until']),
    ...(revokedAt === null ? {} : { revokedAt: Number(revokedAt) }),
  }
}
