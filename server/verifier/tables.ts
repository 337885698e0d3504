import type { Component } from '../storage/migrate.ts'

// The tables of a verifier. Times are seconds since 1970-01-01 UTC, field elements decimals, tokens
// and codes the hex of their SHA-256. There is no column for a proof, an address or an attribute in
// clear.

export interface VerifierTables {
  readonly verifier_policies: PolicyRow
  readonly verifier_sessions: SessionRow
  readonly verifier_uses: UseRow
  readonly verifier_bans: BanRow
  readonly verifier_trust_roots: TrustRootRow
  readonly verifier_trust_sources: TrustSourceRow
  readonly verifier_keys: KeyRow
  readonly verifier_deliveries: DeliveryRow
  readonly verifier_counts: CountRow
}

export interface PolicyRow {
  readonly id: string
  /** Over the policy and the schemas it speaks of. */
  readonly hash: string
  readonly policy: string
  readonly schemas: string
  /** When it was first asked; from then on it does not change. */
  readonly used_at: number | null
}

export interface SessionRow {
  readonly id: string
  readonly token_hash: string | null
  readonly nonce: string
  readonly audience: string
  readonly policy: string
  readonly policy_hash: string
  readonly flow: string
  readonly return_to: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly answered_at: number | null
  /** When it is over: `answered_at`, else `expires_at`. */
  readonly ends_at: number
  readonly status: string
  readonly attempts: number
  readonly error: string | null
  readonly response_code_hash: string | null
  readonly as_of: number | null
  readonly pseudonym: string | null
  readonly is_returning: number | null
  /** Disclosed values, encrypted to `result_key`. */
  readonly result: string | null
  /** Public half, and the private half under a key that only the session's token gives. */
  readonly result_key: string | null
  /** The private half, in clear: it opens the answer on its way, and is forgotten with it. */
  readonly encryption_key: string | null
  /** Of the page that began it by itself. */
  readonly page_origin: string | null
  readonly challenge: string | null
  /** For people to type; leads to the question and to nothing else. */
  readonly short_code: string | null
}

export interface UseRow {
  readonly scope: string
  readonly pseudonym: string
  readonly seen_at: number
}

export interface BanRow {
  readonly id: string
  readonly policy: string
  readonly scope: string
  readonly pseudonym: string
  readonly until: number | null
  readonly reason: string
  readonly created_at: number
}

export interface TrustRootRow {
  readonly list: string
  readonly root: string
  readonly made_at: number
}

/** What a list was configured as when its roots were accepted. */
export interface TrustSourceRow {
  readonly list: string
  /** SHA-256, hex. */
  readonly source: string
}

export interface KeyRow {
  readonly id: string
  /** A private key as JWK, in clear. It signs requests and nothing else. */
  readonly jwk: string
  readonly created_at: number
}

export interface DeliveryRow {
  readonly id: string
  readonly target: string
  readonly body: string
  readonly attempts: number
  readonly next_at: number
  readonly created_at: number
  readonly done_at: number | null
}

/** Sessions that are gone, by the day they began. */
export interface CountRow {
  readonly day: number
  readonly policy: string
  readonly outcome: string
  readonly sessions: number
}

export const VERIFIER_COMPONENT: Component = {
  name: 'verifier',
  title: "a verifier's state",
  applicationId: 0x7a_63_76_32,
  migrations: [
    [
      `CREATE TABLE verifier_policies (
        id TEXT PRIMARY KEY, hash TEXT NOT NULL, policy TEXT NOT NULL, schemas TEXT NOT NULL,
        used_at BIGINT)`,
      `CREATE TABLE verifier_sessions (
        id TEXT PRIMARY KEY, token_hash TEXT, nonce TEXT NOT NULL, audience TEXT NOT NULL,
        policy TEXT NOT NULL, policy_hash TEXT NOT NULL, flow TEXT NOT NULL, return_to TEXT,
        created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, answered_at BIGINT,
        ends_at BIGINT NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, error TEXT,
        response_code_hash TEXT, as_of BIGINT, pseudonym TEXT, is_returning INTEGER, result TEXT,
        result_key TEXT, encryption_key TEXT)`,
      `CREATE INDEX verifier_sessions_ends ON verifier_sessions (status, ends_at)`,
      `CREATE TABLE verifier_uses (
        scope TEXT NOT NULL, pseudonym TEXT NOT NULL, seen_at BIGINT NOT NULL,
        PRIMARY KEY (scope, pseudonym))`,
      `CREATE INDEX verifier_uses_seen ON verifier_uses (seen_at)`,
      `CREATE TABLE verifier_bans (
        id TEXT PRIMARY KEY, policy TEXT NOT NULL, scope TEXT NOT NULL, pseudonym TEXT NOT NULL,
        until BIGINT, reason TEXT NOT NULL, created_at BIGINT NOT NULL, UNIQUE (scope, pseudonym))`,
      `CREATE TABLE verifier_trust_roots (
        list TEXT NOT NULL, root TEXT NOT NULL, made_at BIGINT NOT NULL, PRIMARY KEY (list, root))`,
      `CREATE TABLE verifier_keys (
        id TEXT PRIMARY KEY, jwk TEXT NOT NULL, created_at BIGINT NOT NULL)`,
      `CREATE TABLE verifier_deliveries (
        id TEXT PRIMARY KEY, target TEXT NOT NULL, body TEXT NOT NULL, attempts BIGINT NOT NULL,
        next_at BIGINT NOT NULL, created_at BIGINT NOT NULL, done_at BIGINT)`,
      `CREATE INDEX verifier_deliveries_next ON verifier_deliveries (done_at, next_at)`,
      `CREATE TABLE verifier_counts (
        day BIGINT NOT NULL, policy TEXT NOT NULL, outcome TEXT NOT NULL, sessions BIGINT NOT NULL,
        PRIMARY KEY (day, policy, outcome))`,
    ],
    ['CREATE TABLE verifier_trust_sources (list TEXT PRIMARY KEY, source TEXT NOT NULL)'],
    [
      'ALTER TABLE verifier_sessions ADD COLUMN page_origin TEXT',
      'ALTER TABLE verifier_sessions ADD COLUMN challenge TEXT',
      'ALTER TABLE verifier_sessions ADD COLUMN short_code TEXT',
      'CREATE UNIQUE INDEX verifier_sessions_code ON verifier_sessions (short_code)',
    ],
  ],
}
