import type { Component } from '../storage/migrate.ts'

/** Everything an issuer remembers. Field elements are decimal texts, times are seconds, days days. */
export interface IssuerTables {
  /** The issuer's name, what its keys are sealed with, the key of its nonces. */
  readonly issuer_settings: { readonly name: string; readonly value: string }
  readonly issuer_people: {
    readonly subject: string
    /** Of the one secret the person has now; null after a recovery. */
    readonly tag: string | null
  }
  /** Every tag that was ever seen, with its person. */
  readonly issuer_tags: {
    readonly tag: string
    readonly subject: string
    readonly retired_at: number | null
  }
  /** What the issuer knows of its people and is ready to sign. */
  readonly issuer_records: {
    readonly subject: string
    readonly schema: string
    /** JSON. */
    readonly attributes: string
    readonly valid_from: number | null
    readonly valid_until: number | null
    readonly updated_at: number
  }
  readonly issuer_credentials: {
    readonly commitment: string
    readonly subject: string
    readonly schema: string
    readonly key_id: string
    readonly message: string
    readonly revocation_id: number
    readonly valid_from: number
    readonly valid_until: number
    readonly issued_at: number
    readonly revoked_at: number | null
  }
  /** Public halves of the keys that sign credentials. */
  readonly issuer_keys: {
    readonly id: string
    readonly schema: string
    /** The schema itself, JSON: a key outlives the configuration it was made for. */
    readonly definition: string
    readonly x: string
    readonly y: string
    readonly status: string
    readonly created_at: number
    readonly changed_at: number
  }
  /** Private halves, encrypted. */
  readonly issuer_sealed_keys: {
    readonly id: string
    readonly purpose: string
    readonly sealed: string
  }
  readonly issuer_offers: {
    readonly id_hash: string
    readonly code_hash: string
    readonly tx_hash: string
    readonly subject: string
    readonly schema: string
    readonly created_at: number
    readonly expires_at: number
    readonly failures: number
    readonly exchanged_at: number | null
    /** The commitment that was signed for this offer. */
    readonly commitment: string | null
  }
  readonly issuer_access_tokens: {
    readonly token_hash: string
    readonly offer_hash: string
    readonly expires_at: number
  }
  readonly issuer_spent_nonces: { readonly nonce: string; readonly expires_at: number }
  readonly issuer_epochs: {
    readonly epoch: number
    readonly document: string
    /** Of the keys in it, with spaces between. */
    readonly key_ids: string
    /** JSON. */
    readonly statistics: string
    readonly issued_at: number
    readonly expires_at: number
    /** What stands for the document in the log; null in rows that were not put into it yet. */
    readonly leaf: string | null
    /** JSON: roots of the complete parts of the log with this document in it. */
    readonly peaks: string | null
  }
  /** Which sets of revoked numbers a document names. */
  readonly issuer_epoch_roots: { readonly epoch: number; readonly root: string }
  /** One part of a set; a part that covers several prefixes is there once. */
  readonly issuer_shards: {
    readonly root: string
    readonly first_prefix: number
    readonly last_prefix: number
    /** JSON. */
    readonly content: string
  }
  /** Sets that are published as a whole. */
  readonly issuer_sets: {
    readonly root: string
    /** JSON. */
    readonly content: string
  }
  readonly issuer_recoveries: {
    readonly id: string
    readonly subject: string
    readonly recovered_at: number
  }
}

export const ISSUER_COMPONENT: Component = {
  name: 'issuer',
  title: 'an issuer register',
  applicationId: 0x7a_63_69_32,
  migrations: [
    [
      'CREATE TABLE issuer_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)',
      'CREATE TABLE issuer_people (subject TEXT PRIMARY KEY, tag TEXT UNIQUE)',
      `CREATE TABLE issuer_tags (
        tag TEXT PRIMARY KEY, subject TEXT NOT NULL, retired_at BIGINT)`,
      'CREATE INDEX issuer_tags_by_subject ON issuer_tags (subject)',
      `CREATE TABLE issuer_records (
        subject TEXT NOT NULL, schema TEXT NOT NULL, attributes TEXT NOT NULL,
        valid_from INTEGER, valid_until INTEGER, updated_at BIGINT NOT NULL,
        PRIMARY KEY (subject, schema))`,
      `CREATE TABLE issuer_credentials (
        commitment TEXT PRIMARY KEY, subject TEXT NOT NULL, schema TEXT NOT NULL,
        key_id TEXT NOT NULL, message TEXT NOT NULL, revocation_id BIGINT NOT NULL,
        valid_from INTEGER NOT NULL, valid_until INTEGER NOT NULL,
        issued_at BIGINT NOT NULL, revoked_at BIGINT, UNIQUE (key_id, revocation_id))`,
      'CREATE INDEX issuer_credentials_by_subject ON issuer_credentials (subject)',
      'CREATE INDEX issuer_credentials_by_end ON issuer_credentials (key_id, valid_until)',
      'CREATE INDEX issuer_credentials_revoked ON issuer_credentials (key_id, revoked_at)',
      'CREATE INDEX issuer_credentials_by_time ON issuer_credentials (issued_at)',
      'CREATE INDEX issuer_credentials_by_revocation ON issuer_credentials (revoked_at)',
      `CREATE TABLE issuer_keys (
        id TEXT PRIMARY KEY, schema TEXT NOT NULL, definition TEXT NOT NULL,
        x TEXT NOT NULL, y TEXT NOT NULL, status TEXT NOT NULL,
        created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL)`,
      `CREATE TABLE issuer_sealed_keys (
        id TEXT PRIMARY KEY, purpose TEXT NOT NULL, sealed TEXT NOT NULL)`,
      `CREATE TABLE issuer_offers (
        id_hash TEXT PRIMARY KEY, code_hash TEXT NOT NULL UNIQUE, tx_hash TEXT NOT NULL,
        subject TEXT NOT NULL, schema TEXT NOT NULL, created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL, failures INTEGER NOT NULL, exchanged_at BIGINT,
        commitment TEXT)`,
      'CREATE INDEX issuer_offers_by_subject ON issuer_offers (subject)',
      'CREATE INDEX issuer_offers_by_end ON issuer_offers (expires_at)',
      `CREATE TABLE issuer_access_tokens (
        token_hash TEXT PRIMARY KEY, offer_hash TEXT NOT NULL, expires_at BIGINT NOT NULL)`,
      'CREATE INDEX issuer_access_tokens_by_end ON issuer_access_tokens (expires_at)',
      'CREATE INDEX issuer_access_tokens_by_offer ON issuer_access_tokens (offer_hash)',
      `CREATE TABLE issuer_spent_nonces (nonce TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)`,
      'CREATE INDEX issuer_spent_nonces_by_end ON issuer_spent_nonces (expires_at)',
      `CREATE TABLE issuer_epochs (
        epoch INTEGER PRIMARY KEY, document TEXT NOT NULL, key_ids TEXT NOT NULL,
        statistics TEXT NOT NULL,
        issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)`,
      'CREATE INDEX issuer_epochs_by_end ON issuer_epochs (expires_at)',
      `CREATE TABLE issuer_epoch_roots (
        epoch INTEGER NOT NULL, root TEXT NOT NULL, PRIMARY KEY (epoch, root))`,
      `CREATE TABLE issuer_shards (
        root TEXT NOT NULL, first_prefix INTEGER NOT NULL, last_prefix INTEGER NOT NULL,
        content TEXT NOT NULL, PRIMARY KEY (root, first_prefix))`,
      `CREATE TABLE issuer_recoveries (
        id TEXT PRIMARY KEY, subject TEXT NOT NULL, recovered_at BIGINT NOT NULL)`,
      'CREATE INDEX issuer_recoveries_by_subject ON issuer_recoveries (subject)',
    ],
    [
      'ALTER TABLE issuer_epochs ADD COLUMN leaf TEXT',
      'ALTER TABLE issuer_epochs ADD COLUMN peaks TEXT',
    ],
    ['CREATE TABLE issuer_sets (root TEXT PRIMARY KEY, content TEXT NOT NULL)'],
  ],
}
