import { randomBytes } from 'node:crypto'
import * as z from '../../core/zod.ts'
import { generatePrivateKey, publicKeyOf, signPoseidon } from '../../core/eddsa.ts'
import type { Signature } from '../../core/eddsa.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { generateSigningKey, publicJwk } from '../../core/jws.ts'
import { SCRYPT, seal, stretch, unseal } from './seal.ts'
import { keyIdOf } from './issued.ts'
import { settingOf } from './store.ts'
import type { IssuerStore } from './store.ts'
import type { DocumentKey, KeyVault, VaultKey } from './vault.ts'

type Purpose = 'credentials' | 'documents'

/** How keys are sealed, kept beside them; the canary shows whether a passphrase is the right one. */
const sealing = z.strictObject({
  kdf: z.literal('scrypt'),
  N: z.literal(SCRYPT.N),
  r: z.literal(SCRYPT.r),
  p: z.literal(SCRYPT.p),
  salt: z.string(),
  canary: z.string(),
})

const SEALING_SETTING = 'sealing'
const CANARY = 'zerocard/canary/1'
const SALT_BYTES = 32
/** There is one. */
const DOCUMENT_KEY_ID = 'document'

/** Private keys in the issuer's database, encrypted under a passphrase. */
export class SealedVault implements KeyVault {
  readonly #store: IssuerStore
  readonly #key: Buffer
  /** Opened ones: a key never changes. */
  readonly #open = new Map<string, Uint8Array>()

  private constructor(store: IssuerStore, key: Buffer) {
    this.#store = store
    this.#key = key
  }

  /** @throws ZerocardError with `CONFIG_INVALID` if the keys were sealed with another passphrase. */
  static async open(store: IssuerStore, passphrase: string): Promise<SealedVault> {
    const known = await store.database.query
      .selectFrom('issuer_settings')
      .select('value')
      .where('name', '=', SEALING_SETTING)
      .executeTakeFirst()
    const begun = known === undefined ? await beginSealing(store, passphrase) : undefined
    const text = known?.value ?? begun?.text ?? ''
    const { salt, canary } = readWith(sealing, JSON.parse(text), 'DATABASE_INVALID', 'sealing')
    // Another process may have begun first, with a salt of its own.
    const key =
      begun?.salt === salt ? begun.key : await stretch(passphrase, Buffer.from(salt, 'base64url'))
    try {
      unseal(key, CANARY, canary)
    } catch (cause) {
      throw new ZerocardError(
        'CONFIG_INVALID',
        'the passphrase is not the one that the keys in this database were sealed with',
        { cause },
      )
    }
    return new SealedVault(store, key)
  }

  async create(): Promise<VaultKey> {
    const privateKey = generatePrivateKey()
    const key = publicKeyOf(privateKey)
    const id = keyIdOf(key)
    await this.#write(id, 'credentials', privateKey)
    return { id, key }
  }

  async list(): Promise<readonly string[]> {
    const rows = await this.#store.database.query
      .selectFrom('issuer_sealed_keys')
      .select('id')
      .where('purpose', '=', 'credentials')
      .orderBy('id')
      .execute()
    return rows.map(({ id }) => id)
  }

  async sign(id: string, message: bigint): Promise<Signature> {
    return signPoseidon(await this.#read(id, 'credentials'), message)
  }

  async documentKey(): Promise<DocumentKey> {
    if (!(await this.#has(DOCUMENT_KEY_ID))) {
      const { privateKey } = await generateSigningKey(true)
      const bytes = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey))
      await this.#write(DOCUMENT_KEY_ID, 'documents', bytes)
    }
    return documentKeyOf(await this.#read(DOCUMENT_KEY_ID, 'documents'))
  }

  async #has(id: string): Promise<boolean> {
    const row = await this.#store.database.query
      .selectFrom('issuer_sealed_keys')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst()
    return row !== undefined
  }

  /** Of two that write the document key at once, the first is kept. */
  async #write(id: string, purpose: Purpose, secret: Uint8Array): Promise<void> {
    await this.#store.database.query
      .insertInto('issuer_sealed_keys')
      .values({ id, purpose, sealed: seal(this.#key, nameOf(id, purpose), secret) })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }

  async #read(id: string, purpose: Purpose): Promise<Uint8Array> {
    const open = this.#open.get(id)
    if (open !== undefined) return open
    const row = await this.#store.database.query
      .selectFrom('issuer_sealed_keys')
      .select('sealed')
      .where('id', '=', id)
      .where('purpose', '=', purpose)
      .executeTakeFirst()
    if (row === undefined) throw new ZerocardError('KEY_INVALID', `there is no key ${id}`)
    const secret = unseal(this.#key, nameOf(id, purpose), row.sealed)
    this.#open.set(id, secret)
    return secret
  }
}

/** @returns What stands in the database from now on, and the key under the salt drawn here. */
async function beginSealing(
  store: IssuerStore,
  passphrase: string,
): Promise<{ readonly text: string; readonly salt: string; readonly key: Buffer }> {
  const bytes = randomBytes(SALT_BYTES)
  const key = await stretch(passphrase, bytes)
  const canary = seal(key, CANARY, randomBytes(SALT_BYTES))
  const salt = bytes.toString('base64url')
  const own = JSON.stringify({ kdf: 'scrypt', ...SCRYPT, salt, canary })
  const text = await settingOf(store.database.query, SEALING_SETTING, () => own)
  return { text, salt, key }
}

function nameOf(id: string, purpose: Purpose): string {
  return `zerocard/sealed-key/1/${purpose}/${id}`
}

async function documentKeyOf(pkcs8: Uint8Array): Promise<DocumentKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const bytes = Uint8Array.from(pkcs8)
  const readable = await crypto.subtle.importKey('pkcs8', bytes, algorithm, true, ['sign'])
  const privateKey = await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
  // Of a private key's JWK only the public members are taken.
  return { jwk: await publicJwk(readable), privateKey }
}
