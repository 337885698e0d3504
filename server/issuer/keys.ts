import type { Selectable } from 'kysely'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import type { Point } from '../../core/eddsa.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { IssuerKey } from './issuer.ts'
import { holdLock } from './store.ts'
import type { IssuerQuery, IssuerStore, IssuerTransaction } from './store.ts'
import type { IssuerTables } from './tables.ts'
import type { KeyVault, VaultKey } from './vault.ts'

/**
 * What a key is good for. `active`: signs, one key a schema. `retired`: signs no more, what it
 * signed stays good to its end. `revoked`: given up, and all that it signed with it.
 */
export type KeyStatus = 'active' | 'retired' | 'revoked'

/** Keys that fit into a status document of {@link MAX_STATUS_BYTES}, with room for long names. */
const MAX_PUBLISHED = 100

/** A key of an issuer. Times are seconds since 1970-01-01 UTC. */
export interface KeyFacts {
  readonly id: string
  readonly schema: Schema
  readonly key: Point
  readonly status: KeyStatus
  readonly createdAt: number
  /** When the status was last changed. */
  readonly changedAt: number
}

/** The keys an issuer signs credentials with, of all times. Private halves are in the vault. */
export class IssuerKeys {
  readonly #store: IssuerStore
  readonly #vault: KeyVault

  constructor(store: IssuerStore, vault: KeyVault) {
    this.#store = store
    this.#vault = vault
  }

  /**
   * Makes a key for every schema that has none.
   *
   * @throws ZerocardError with `CONFIG_INVALID` if a schema is not the one its keys were made for.
   */
  async ensure(schemas: readonly Schema[], now: number): Promise<void> {
    const keys = await this.list()
    for (const schema of schemas) {
      const active = keys.find(({ schema: { id }, status }) => id === schema.id && isActive(status))
      if (active === undefined) await this.#replace(schema, now, undefined, undefined)
      else if (schemaHash(active.schema) !== schemaHash(schema)) {
        throw new ZerocardError(
          'CONFIG_INVALID',
          `schemas: ${schema.id} is not the schema that its key was made for; a changed schema needs a new id`,
        )
      }
    }
  }

  /** Oldest first. */
  async list(query: IssuerQuery = this.#store.database.query): Promise<readonly KeyFacts[]> {
    const rows = await query
      .selectFrom('issuer_keys')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(factsOf)
  }

  /** The keys that a status document of this moment names: all whose credentials are good. */
  async published(query: IssuerQuery, now: number): Promise<readonly KeyFacts[]> {
    const today = dayFromUnixSeconds(now)
    const living = await query
      .selectFrom('issuer_keys')
      .select('id')
      .where('status', '=', 'retired')
      .where((row) =>
        row.exists(
          row
            .selectFrom('issuer_credentials')
            .select('issuer_credentials.key_id')
            .whereRef('issuer_credentials.key_id', '=', 'issuer_keys.id')
            .where('issuer_credentials.valid_until', '>=', today),
        ),
      )
      .execute()
    const ids = new Set(living.map(({ id }) => id))
    return (await this.list(query)).filter(({ id, status }) => isActive(status) || ids.has(id))
  }

  /** For {@link Issuer}: the keys that sign, and those that only repeat. */
  async signing(): Promise<readonly IssuerKey[]> {
    const keys = (await this.list()).filter(({ status }) => status !== 'revoked')
    return keys.map(({ id, schema, key, status }) => ({
      schema,
      signer: { key, sign: (message) => this.#vault.sign(id, message) },
      isRetired: !isActive(status),
    }))
  }

  /** Makes a new key for a schema; the one before is retired. */
  async rotate(schema: Schema, now: number): Promise<VaultKey> {
    const published = await this.published(this.#store.database.query, now)
    if (published.length >= MAX_PUBLISHED) {
      throw new ZerocardError(
        'CONFLICT',
        'no document has room for one key more: wait until old credentials have ended',
      )
    }
    return this.#replace(schema, now, 'retired', undefined)
  }

  /**
   * Gives a key up: nothing it signed is good any more. If it was the active one, there is a new
   * key in its place.
   *
   * @throws ZerocardError with `NOT_FOUND`.
   */
  async giveUp(id: string, now: number): Promise<void> {
    const key = (await this.list()).find((one) => one.id === id)
    if (key === undefined) throw new ZerocardError('NOT_FOUND', 'there is no such key')
    if (isActive(key.status)) await this.#replace(key.schema, now, 'revoked', id)
    // Also if it was retired meanwhile.
    await this.#store.database.query
      .updateTable('issuer_keys')
      .set({ status: 'revoked', changed_at: now })
      .where('id', '=', id)
      .where('status', '!=', 'revoked')
      .execute()
  }

  /**
   * Puts a new key in the place of the active one.
   *
   * @param fate - What becomes of the old one; undefined: if there is one, it stays instead.
   * @param only - Replace this key only: if another is active, nothing is done.
   */
  async #replace(
    schema: Schema,
    now: number,
    fate: 'retired' | 'revoked' | undefined,
    only: string | undefined,
  ): Promise<VaultKey> {
    const made = await this.#vault.create()
    return this.#store.database.transact(async (transaction) => {
      await holdLock(transaction)
      const active = await activeKey(transaction, schema.id)
      const stays = fate === undefined || (only !== undefined && active?.id !== only)
      if (active !== undefined && stays) return { id: active.id, key: active.key }
      await transaction
        .updateTable('issuer_keys')
        .set({ status: fate ?? 'retired', changed_at: now })
        .where('schema', '=', schema.id)
        .where('status', '=', 'active')
        .execute()
      await transaction
        .insertInto('issuer_keys')
        .values(rowOf(made, schema, now))
        .execute()
      return made
    })
  }
}

async function activeKey(
  transaction: IssuerTransaction,
  schema: string,
): Promise<KeyFacts | undefined> {
  const row = await transaction
    .selectFrom('issuer_keys')
    .selectAll()
    .where('schema', '=', schema)
    .where('status', '=', 'active')
    .executeTakeFirst()
  return row && factsOf(row)
}

function isActive(status: KeyStatus): boolean {
  return status === 'active'
}

function rowOf(
  { id, key }: VaultKey,
  schema: Schema,
  now: number,
): Selectable<IssuerTables['issuer_keys']> {
  return {
    id,
    schema: schema.id,
    definition: JSON.stringify(schema),
    x: String(key.x),
    y: String(key.y),
    status: 'active',
    created_at: now,
    changed_at: now,
  }
}

function factsOf(row: Selectable<IssuerTables['issuer_keys']>): KeyFacts {
  return {
    id: row.id,
    schema: parseSchema(JSON.parse(row.definition)),
    key: { x: BigInt(row.x), y: BigInt(row.y) },
    status: row.status as KeyStatus,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  }
}
