import type { DatabaseSync } from 'node:sqlite'
import type { AcceptedRoot } from '../core/verify.ts'
import { inTransaction, openDatabase } from './sqlite.ts'
import type { DatabaseKind } from './sqlite.ts'
import type {
  Settlement,
  SettlementOutcome,
  StoredRequest,
  VerifierStore,
} from './verifier-store.ts'

type Row = Record<string, unknown>

/** Field elements are decimal texts, times integers, policies and schemas JSON. */
const STATE: DatabaseKind = {
  name: 'a verifier state',
  id: 0x7a_63_76_31,
  tables: `
    CREATE TABLE requests (
      id TEXT PRIMARY KEY, nonce TEXT NOT NULL, audience TEXT NOT NULL,
      policy TEXT NOT NULL, schemas TEXT NOT NULL,
      created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, answered_at BIGINT);
    CREATE TABLE names (
      scope TEXT NOT NULL, pseudonym TEXT NOT NULL, seen_at BIGINT NOT NULL,
      PRIMARY KEY (scope, pseudonym));
    CREATE TABLE trust_roots (
      list TEXT NOT NULL, root TEXT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (list, root));`,
}

/** A verifier's memory in one SQLite file, safe between processes and against their sudden end. */
export class SqliteVerifierStore implements VerifierStore {
  readonly #database: DatabaseSync

  /** @param path - Made if it does not exist. */
  constructor(path: string) {
    this.#database = openDatabase(path, STATE)
  }

  close(): void {
    this.#database.close()
  }

  addRequest(request: StoredRequest): Promise<void> {
    const { id, nonce, audience, policy, schemas, createdAt, expiresAt } = request
    const sql = 'INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, NULL)'
    const json = [JSON.stringify(policy), JSON.stringify(schemas)]
    this.#database.prepare(sql).run(id, nonce, audience, ...json, createdAt, expiresAt)
    return Promise.resolve()
  }

  findRequest(id: string): Promise<StoredRequest | undefined> {
    const row = this.#one('SELECT * FROM requests WHERE id = ?', id)
    return Promise.resolve(row && requestOf(row))
  }

  settle(settlement: Settlement): Promise<SettlementOutcome> {
    return Promise.resolve(inTransaction(this.#database, () => this.#settle(settlement)))
  }

  addTrustRoot(list: string, { root, madeAt }: AcceptedRoot): Promise<void> {
    const sql = `INSERT INTO trust_roots VALUES (?, ?, ?) ON CONFLICT (list, root) DO UPDATE
      SET made_at = excluded.made_at WHERE excluded.made_at < trust_roots.made_at`
    this.#database.prepare(sql).run(list, String(root), madeAt)
    return Promise.resolve()
  }

  trustRoots(list: string): Promise<readonly AcceptedRoot[]> {
    const sql = 'SELECT root, made_at FROM trust_roots WHERE list = ? ORDER BY made_at DESC'
    const rows = this.#database.prepare(sql).all(list)
    return Promise.resolve(
      rows.map((row) => ({ root: BigInt(String(row['root'])), madeAt: Number(row['made_at']) })),
    )
  }

  #settle({ requestId, now, name }: Settlement): SettlementOutcome {
    const isKnown =
      name !== undefined &&
      this.#one(
        'SELECT 1 FROM names WHERE scope = ? AND pseudonym = ?',
        String(name.scope),
        String(name.pseudonym),
      ) !== undefined
    const isOpen = 'SELECT 1 FROM requests WHERE id = ? AND answered_at IS NULL'
    if (this.#one(isOpen, requestId) === undefined) return 'nonce-used'
    if (isKnown && !name.isRepeatable) return 'pseudonym-used'
    this.#database.prepare('UPDATE requests SET answered_at = ? WHERE id = ?').run(now, requestId)
    if (name === undefined || isKnown) return isKnown ? 'returning' : 'accepted'
    const values = [String(name.scope), String(name.pseudonym), now]
    this.#database.prepare('INSERT INTO names VALUES (?, ?, ?)').run(...values)
    return 'accepted'
  }

  #one(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }
}

function requestOf(row: Row): StoredRequest {
  const answeredAt = row['answered_at']
  return {
    id: String(row['id']),
    nonce: String(row['nonce']),
    audience: String(row['audience']),
    policy: JSON.parse(String(row['policy'])) as unknown,
    schemas: JSON.parse(String(row['schemas'])) as unknown[],
    createdAt: Number(row['created_at']),
    expiresAt: Number(row['expires_at']),
    ...(answeredAt === null ? {} : { answeredAt: Number(answeredAt) }),
  }
}
