import type { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { credentialToJson, parseCredential } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import { parseSchema, schemaHash } from '../../core/schema.ts'
import type { Schema } from '../../core/schema.ts'
import type { HeldCredential } from '../../client/holder.ts'
import { generatePhrase, secretFromPhrase } from '../../client/phrase.ts'
import { inTransaction, openDatabase } from '../../server/sqlite.ts'
import type { DatabaseKind } from '../../server/sqlite.ts'
import { SECRET, isFolder, makeFolder, named, readText, writeWhole } from './files.ts'
import { issuerToJson, parseIssuerFile } from './messages.ts'
import type { IssuerFile } from './messages.ts'

/** Field elements are decimal texts; credentials, issuers and schemas are JSON. */
const WALLET: DatabaseKind = {
  name: 'a wallet',
  id: 0x7a_63_77_31,
  tables: `
    CREATE TABLE requests (
      commitment TEXT PRIMARY KEY, issuer TEXT NOT NULL, blinding TEXT NOT NULL,
      made_at BIGINT NOT NULL);
    CREATE TABLE credentials (
      commitment TEXT PRIMARY KEY, blinding TEXT NOT NULL, credential TEXT NOT NULL);
    CREATE TABLE issuers (issuer TEXT PRIMARY KEY, file TEXT NOT NULL);
    CREATE TABLE schemas (id TEXT PRIMARY KEY, schema TEXT NOT NULL);
    CREATE TABLE uses (
      scope TEXT NOT NULL, per TEXT NOT NULL, use INTEGER NOT NULL,
      policy TEXT NOT NULL, audience TEXT NOT NULL, shown_at BIGINT NOT NULL,
      PRIMARY KEY (scope, per, use));`,
}

/** A pseudonym that was shown. */
export interface ShownUse {
  /** The policy's scope as the circuit knows it. */
  readonly scope: bigint
  /** 0 for the person's; the credential's commitment for one of a credential. */
  readonly per: bigint
  readonly use: number
  readonly policy: string
  readonly audience: string
  /** Seconds since 1970-01-01 UTC. */
  readonly shownAt: number
}

type Row = Record<string, unknown>

const PHRASE_FILE = 'phrase.txt'
const STATE_FILE = 'wallet.sqlite'

/**
 * Makes a wallet: a folder with the phrase in one file and everything else in another. It appears
 * whole or not at all.
 *
 * @param restored - The phrase of an earlier wallet; by default a new one.
 * @returns The phrase.
 * @throws ZerocardError with `PHRASE_INVALID`, or `INPUT_INVALID` if the folder exists.
 */
export async function createWallet(folder: string, restored?: string): Promise<string> {
  const phrase = (restored ?? generatePhrase())
    .normalize('NFKD')
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .join(' ')
  secretFromPhrase(phrase)
  await makeFolder(folder, SECRET, (inside) => {
    writeWhole(join(inside, PHRASE_FILE), `${phrase}\n`, SECRET)
    openDatabase(join(inside, STATE_FILE), WALLET).close()
  })
  return phrase
}

/** A holder's files. What it gives out is checked when it comes in. */
export class Wallet {
  /** The holder's secret. */
  readonly secret: bigint
  readonly #database: DatabaseSync

  private constructor(secret: bigint, database: DatabaseSync) {
    this.secret = secret
    this.#database = database
  }

  /** @throws ZerocardError with `INPUT_INVALID` or `PHRASE_INVALID`. */
  static open(folder: string): Wallet {
    if (!isFolder(folder)) throw new ZerocardError('INPUT_INVALID', `${folder}: no such folder`)
    const path = join(folder, PHRASE_FILE)
    const phrase = readText(path)
    const secret = named(path, () => secretFromPhrase(phrase))
    return new Wallet(secret, openDatabase(join(folder, STATE_FILE), WALLET))
  }

  close(): void {
    this.#database.close()
  }

  /**
   * Keeps what an issuer says of itself.
   *
   * @throws ZerocardError with `INPUT_INVALID` if the issuer is known with other keys, or a schema
   *   is known with another meaning.
   */
  learnIssuer(file: IssuerFile): void {
    inTransaction(this.#database, () => {
      const known = this.findIssuer(file.issuer)
      if (known !== undefined && !isSameIssuer(known, file)) {
        throw new ZerocardError('INPUT_INVALID', `the wallet knows ${file.issuer} with other keys`)
      }
      const sql =
        'INSERT INTO issuers VALUES (?, ?) ON CONFLICT (issuer) DO UPDATE SET file = excluded.file'
      this.#run(sql, file.issuer, JSON.stringify(issuerToJson(file)))
      file.schemas.forEach((schema) => {
        this.#learnSchema(schema)
      })
    })
  }

  findIssuer(issuer: string): IssuerFile | undefined {
    const row = this.#one('SELECT file FROM issuers WHERE issuer = ?', issuer)
    return row && parseIssuerFile(JSON.parse(String(row['file'])))
  }

  schemas(): ReadonlyMap<string, Schema> {
    const rows = this.#all('SELECT schema FROM schemas ORDER BY id')
    const schemas = rows.map((row) => parseSchema(JSON.parse(String(row['schema']))))
    return new Map(schemas.map((schema) => [schema.id, schema]))
  }

  /** Keeps the blinding of a request until the credential comes. */
  addRequest(commitment: bigint, issuer: string, blinding: bigint, now: number): void {
    this.#run(
      'INSERT INTO requests VALUES (?, ?, ?, ?)',
      String(commitment),
      issuer,
      String(blinding),
      now,
    )
  }

  /** What was kept for a commitment; undefined if this wallet did not ask, or has the credential. */
  findRequest(
    commitment: bigint,
  ): { readonly issuer: string; readonly blinding: bigint } | undefined {
    const row = this.#one('SELECT * FROM requests WHERE commitment = ?', String(commitment))
    return row && { issuer: String(row['issuer']), blinding: BigInt(String(row['blinding'])) }
  }

  /** Puts a credential in the place of its request, both or neither. */
  addCredential({ credential, blinding }: HeldCredential): void {
    const commitment = String(credential.commitment)
    inTransaction(this.#database, () => {
      this.#run('DELETE FROM requests WHERE commitment = ?', commitment)
      const json = JSON.stringify(credentialToJson(credential))
      this.#run('INSERT INTO credentials VALUES (?, ?, ?)', commitment, String(blinding), json)
    })
  }

  findCredential(commitment: bigint): HeldCredential | undefined {
    const row = this.#one('SELECT * FROM credentials WHERE commitment = ?', String(commitment))
    return row && heldOf(row)
  }

  /** In the order they came. */
  credentials(): HeldCredential[] {
    return this.#all('SELECT * FROM credentials ORDER BY rowid').map(heldOf)
  }

  /** The uses of a scope that were shown, ascending. */
  shownUses(scope: bigint, per: bigint): number[] {
    const sql = 'SELECT use FROM uses WHERE scope = ? AND per = ? ORDER BY use'
    return this.#all(sql, String(scope), String(per)).map((row) => Number(row['use']))
  }

  allShownUses(): ShownUse[] {
    return this.#all('SELECT * FROM uses ORDER BY shown_at, scope, use').map((row) => ({
      scope: BigInt(String(row['scope'])),
      per: BigInt(String(row['per'])),
      use: Number(row['use']),
      policy: String(row['policy']),
      audience: String(row['audience']),
      shownAt: Number(row['shown_at']),
    }))
  }

  /** Marks a use as shown; false if it was before. */
  markShown({ scope, per, use, policy, audience, shownAt }: ShownUse): boolean {
    const sql = 'INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING use'
    const values = [String(scope), String(per), use, policy, audience, shownAt]
    return this.#one(sql, ...values) !== undefined
  }

  #learnSchema(schema: Schema): void {
    const row = this.#one('SELECT schema FROM schemas WHERE id = ?', schema.id)
    const known = row && parseSchema(JSON.parse(String(row['schema'])))
    if (known !== undefined && schemaHash(known) !== schemaHash(schema)) {
      throw new ZerocardError(
        'INPUT_INVALID',
        `the wallet knows the schema ${schema.id} with another meaning`,
      )
    }
    this.#run(
      'INSERT INTO schemas VALUES (?, ?) ON CONFLICT DO NOTHING',
      schema.id,
      JSON.stringify(schema),
    )
  }

  #one(sql: string, ...values: readonly (string | number)[]): Row | undefined {
    return this.#database.prepare(sql).get(...values)
  }

  #all(sql: string, ...values: readonly string[]): Row[] {
    return this.#database.prepare(sql).all(...values)
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.#database.prepare(sql).run(...values)
  }
}

function heldOf(row: Row): HeldCredential {
  return {
    credential: parseCredential(JSON.parse(String(row['credential']))),
    blinding: BigInt(String(row['blinding'])),
  }
}

/** A later file of an issuer may have more keys, but none of the known ones changed. */
function isSameIssuer(known: IssuerFile, file: IssuerFile): boolean {
  const isKept = ({ schema, key }: IssuerFile['keys'][number]): boolean =>
    file.keys.some(
      (other) => other.schema === schema && other.key.x === key.x && other.key.y === key.y,
    )
  return known.jwk.x === file.jwk.x && known.jwk.y === file.jwk.y && known.keys.every(isKept)
}
