import type { Component } from '../storage/migrate.ts'

/** An issuer's newest status document. Times are seconds since 1970-01-01 UTC. */
export interface TrustDocumentRow {
  readonly issuer: string
  /** RFC 7638 thumbprint of the key that signs the issuer's documents, base64url. */
  readonly key: string
  readonly epoch: number
  /** Compact JWS. */
  readonly document: string
  readonly issued_at: number
  readonly expires_at: number
  /** When it was last seen at its source. */
  readonly fetched_at: number
  /** JSON: the end of the issuer's log with this document in it; null if it was not followed. */
  readonly log: string | null
}

/** A status document that was ever seen. */
export interface SeenDocumentRow {
  readonly issuer: string
  readonly key: string
  readonly epoch: number
  /** What stands for it in its issuer's log. */
  readonly hash: string
  /** Compact JWS. */
  readonly document: string
  readonly seen_at: number
  /** 1 if it contradicts others of its issuer. */
  readonly is_refused: number
}

/** Evidence that an issuer has told two stories. */
export interface ForkRow {
  readonly issuer: string
  readonly key: string
  /** JSON. */
  readonly evidence: string
  readonly found_at: number
}

/** The issuers of a list that another operator keeps, as its newest signed list names them. */
export interface TrustSourceRow {
  readonly list: string
  /** The operator and its key, as configured; a list of another one says nothing of the order. */
  readonly operator: string
  readonly key: string
  readonly issued_at: number
  readonly expires_at: number
  /** JSON: `[{ issuer, jwk, schemas }]`. */
  readonly members: string
}

/** A list that was made here, and its signature. */
export interface TrustListRow {
  readonly list: string
  /** Grows by one with each change, also between processes. */
  readonly version: number
  readonly root: string
  /** Compact JWS. */
  readonly jws: string
  /** SHA-256 of everything the list was made from. */
  readonly sources: string
  /** JSON: names of the issuers that are in it. */
  readonly issuers: string
  /** The oldest status document's time. */
  readonly made_at: number
  readonly expires_at: number
  /** When those who judge proofs had taken it; it is offered to nobody before. */
  readonly accepted_at: number | null
}

/** The operator's signing key. */
export interface TrustKeyRow {
  readonly id: string
  /** Private JWK. */
  readonly jwk: string
  readonly created_at: number
}

export interface TrustTables {
  readonly trust_documents: TrustDocumentRow
  readonly trust_seen: SeenDocumentRow
  readonly trust_forks: ForkRow
  readonly trust_sources: TrustSourceRow
  readonly trust_lists: TrustListRow
  readonly trust_keys: TrustKeyRow
}

/** Steps of the tables, for a component that has them among its own. */
export const TRUST_TABLES: readonly (readonly string[])[] = [
  [
    `CREATE TABLE trust_documents (
      issuer TEXT NOT NULL, key TEXT NOT NULL, epoch BIGINT NOT NULL, document TEXT NOT NULL,
      issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, fetched_at BIGINT NOT NULL,
      PRIMARY KEY (issuer, key))`,
    `CREATE TABLE trust_sources (
      list TEXT PRIMARY KEY, operator TEXT NOT NULL, key TEXT NOT NULL, issued_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL, members TEXT NOT NULL)`,
    `CREATE TABLE trust_lists (
      list TEXT NOT NULL, version BIGINT NOT NULL, root TEXT NOT NULL, jws TEXT NOT NULL,
      sources TEXT NOT NULL, issuers TEXT NOT NULL, made_at BIGINT NOT NULL,
      expires_at BIGINT NOT NULL, accepted_at BIGINT, PRIMARY KEY (list, version))`,
    'CREATE INDEX trust_lists_by_root ON trust_lists (list, root)',
    'CREATE TABLE trust_keys (id TEXT PRIMARY KEY, jwk TEXT NOT NULL, created_at BIGINT NOT NULL)',
  ],
  [
    'ALTER TABLE trust_documents ADD COLUMN log TEXT',
    `CREATE TABLE trust_seen (
      issuer TEXT NOT NULL, key TEXT NOT NULL, epoch BIGINT NOT NULL, hash TEXT NOT NULL,
      document TEXT NOT NULL, seen_at BIGINT NOT NULL, is_refused INTEGER NOT NULL,
      PRIMARY KEY (issuer, key, hash))`,
    'CREATE INDEX trust_seen_by_hash ON trust_seen (hash)',
    'CREATE INDEX trust_seen_by_epoch ON trust_seen (issuer, key, epoch)',
    `CREATE TABLE trust_forks (
      issuer TEXT NOT NULL, key TEXT NOT NULL, evidence TEXT NOT NULL, found_at BIGINT NOT NULL,
      PRIMARY KEY (issuer, key))`,
  ],
]

/** The trust keeper's database. */
export const TRUST_COMPONENT: Component = {
  name: 'trust',
  title: 'a trust list database',
  // 'zctr'
  applicationId: 0x7a_63_74_72,
  migrations: TRUST_TABLES,
}
