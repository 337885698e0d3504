import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import type * as z from '../../core/zod.ts'
import { HEADER_KEY, readHeader, writeHeader } from './header.ts'
import type { Entrances, VaultHeader } from './header.ts'
import { exclusively } from './lock.ts'
import type { PrfSource } from './passkey.ts'
import { storageFailed } from './record-store.ts'
import type { RecordChange, RecordStore } from './record-store.ts'
import { openRecord, sealedChanges, storedKey } from './sealed-record.ts'
import type { VaultChange } from './sealed-record.ts'
import { PASSPHRASE_COST } from './stretch.ts'
import type { ScryptCost, StretchProgress } from './stretch.ts'
import {
  deriveKeys,
  generateVaultKey,
  keysBehind,
  openByPasskey,
  openByPassphrase,
  passkeyEntrance,
  passphraseEntrance,
  proveEntrances,
  vaultKeyOf,
} from './vault-key.ts'
import type { VaultKeys } from './vault-key.ts'

export type { VaultChange } from './sealed-record.ts'

export type VaultState = 'empty' | 'locked' | 'open'

export interface VaultOptions {
  /** For tests: anything below {@link PASSPHRASE_COST} gives the holder's secrets away. */
  readonly cost?: ScryptCost
}

/** Two tabs that change who can open the vault would undo each other's change. */
const HEADER_LOCK = 'zerocard/vault-header'

/**
 * JSON documents by name, sealed in a database under one random key, which a passphrase or a passkey
 * opens. Locked means that the key is not there: no stored flag says so.
 *
 * Nothing but the header is kept between calls, so what one tab writes another one reads. What reads
 * and then writes runs under `exclusively`. Whoever can write to the database can put back an older
 * copy of a record or of all, or remove records: that is not noticed.
 *
 * Every call throws ZerocardError with `STORAGE_FAILED` if the database fails or what is in it is
 * damaged; nothing is ever replaced because it cannot be read.
 */
export class Vault {
  readonly #store: RecordStore
  readonly #cost: ScryptCost
  #header: VaultHeader | undefined
  #keys: VaultKeys | undefined
  /** How often it was locked: an unlocking that began before that comes too late. */
  #locks = 0

  private constructor(store: RecordStore, cost: ScryptCost) {
    this.#store = store
    this.#cost = cost
  }

  static async open(store: RecordStore, options: VaultOptions = {}): Promise<Vault> {
    const vault = new Vault(store, options.cost ?? PASSPHRASE_COST)
    vault.#header = await vault.#storedHeader()
    return vault
  }

  get state(): VaultState {
    if (this.#keys !== undefined) return 'open'
    return this.#header === undefined ? 'empty' : 'locked'
  }

  get hasPasskey(): boolean {
    return this.#header?.passkey !== undefined
  }

  /**
   * Makes the vault and opens it.
   *
   * @param first - Documents that are there from the beginning: with them or not at all.
   * @throws ZerocardError with `CONFLICT` if there is one already, perhaps from another tab.
   * @throws TypeError for an empty passphrase.
   */
  async create(
    passphrase: string,
    first: readonly VaultChange[] = [],
    progress?: StretchProgress,
  ): Promise<void> {
    assertPassphrase(passphrase)
    await exclusively(HEADER_LOCK, async () => {
      this.#header = await this.#storedHeader()
      if (this.#header !== undefined)
        throw new ZerocardError('CONFLICT', 'there is a wallet in this browser already')
      await withWiped(generateVaultKey(), async (vaultKey) => {
        const id = crypto.getRandomValues(new Uint8Array(16))
        const keys = await deriveKeys(vaultKey, id)
        const entrance = await passphraseEntrance(vaultKey, passphrase, this.#cost, progress)
        const records = await sealedChanges(keys, first)
        await this.#writeHeader({ id, passphrase: entrance }, vaultKey, keys, records)
        this.#keys = keys
      })
    })
  }

  /**
   * Opens the vault. An open one stays open whatever comes out, so this is also how to ask for the
   * passphrase again.
   *
   * @throws ZerocardError with `UNLOCK_FAILED` for another passphrase.
   */
  async unlock(passphrase: string, progress?: StretchProgress): Promise<void> {
    const locks = this.#locks
    const header = await this.#presentHeader()
    const found = await openByPassphrase(header.passphrase, passphrase, progress)
    await this.#enter(header, found, locks)
  }

  /** @throws ZerocardError with `UNLOCK_FAILED` for another passkey or if there is none. */
  async unlockWithPasskey(prf: PrfSource): Promise<void> {
    const locks = this.#locks
    const header = await this.#presentHeader()
    if (header.passkey === undefined)
      throw new ZerocardError('UNLOCK_FAILED', 'no passkey opens this wallet')
    const found = await openByPasskey(header.passkey, await prf.evaluate(header.passkey))
    await this.#enter(header, found, locks)
  }

  lock(): void {
    this.#locks += 1
    this.#keys = undefined
  }

  /**
   * Works in a locked vault too. Who has a copy of the database from before opens that copy with the
   * old passphrase for ever.
   *
   * @throws ZerocardError with `UNLOCK_FAILED` if `old` is not the passphrase.
   * @throws TypeError for an empty passphrase.
   */
  async changePassphrase(old: string, next: string, progress?: StretchProgress): Promise<void> {
    assertPassphrase(next)
    await exclusively(HEADER_LOCK, async () => {
      const header = await this.#presentHeader()
      const found = await openByPassphrase(header.passphrase, old, half(progress, 0))
      await withWiped(found, async (vaultKey) => {
        const keys = await keysBehind(header, vaultKey)
        const entrance = await passphraseEntrance(vaultKey, next, this.#cost, half(progress, 0.5))
        await this.#writeHeader({ ...header, passphrase: entrance }, vaultKey, keys)
      })
    })
  }

  /**
   * Adds a second way in, in place of an earlier one.
   *
   * @throws ZerocardError with `LOCKED`, or what the source of the passkey throws.
   */
  async addPasskey(prf: PrfSource): Promise<void> {
    this.#openKeys()
    // Before the line: the person may take minutes.
    const secret = await prf.register()
    await this.#changeEntrances(async (header, vaultKey) => ({
      ...header,
      passkey: await passkeyEntrance(vaultKey, secret),
    }))
  }

  /** @throws ZerocardError with `LOCKED`. */
  async removePasskey(): Promise<void> {
    await this.#changeEntrances(({ id, passphrase }) => Promise.resolve({ id, passphrase }))
  }

  /**
   * A document, or undefined if there is none.
   *
   * @throws ZerocardError with `LOCKED`, or `STORAGE_FAILED` if it has not this shape.
   */
  async read<T>(name: string, shape: z.ZodMiniType<T>): Promise<T | undefined> {
    const keys = this.#openKeys()
    const key = await storedKey(keys, name)
    const sealed = await this.#store.get(key)
    if (sealed === undefined) return undefined
    const { value } = await openRecord(keys, key, sealed)
    return readWith(shape, value, 'STORAGE_FAILED', 'record')
  }

  /**
   * The documents whose names begin so, by name. Opens every record: names cannot be read otherwise.
   *
   * @throws ZerocardError with `LOCKED`, or `STORAGE_FAILED` if one of all records is damaged or one
   *   of these has not this shape.
   */
  async list<T>(
    prefix: string,
    shape: z.ZodMiniType<T>,
  ): Promise<readonly (readonly [string, T])[]> {
    const keys = this.#openKeys()
    const stored = (await this.#store.entries()).filter(([key]) => key !== HEADER_KEY)
    const records = await Promise.all(stored.map(([key, sealed]) => openRecord(keys, key, sealed)))
    return records
      .filter(({ name }) => name.startsWith(prefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, value }) => [name, readWith(shape, value, 'STORAGE_FAILED', 'record')] as const)
  }

  /**
   * All of the changes or none.
   *
   * @throws ZerocardError with `LOCKED`, `STORAGE_FULL`, or `INPUT_TOO_LARGE` above 16 MiB a document.
   * @throws TypeError for a value that JSON has no form for.
   */
  async write(changes: readonly VaultChange[]): Promise<void> {
    await this.#store.write(await sealedChanges(this.#openKeys(), changes))
  }

  /** Removes everything; the vault is empty then. */
  async destroy(): Promise<void> {
    this.lock()
    await this.#store.destroy()
    this.#header = undefined
  }

  async #enter(header: VaultHeader, found: Uint8Array<ArrayBuffer>, locks: number): Promise<void> {
    await withWiped(found, async (vaultKey) => {
      const keys = await keysBehind(header, vaultKey)
      if (locks !== this.#locks)
        throw new ZerocardError('LOCKED', 'the wallet was locked meanwhile')
      this.#keys = keys
      this.#header = header
    })
  }

  async #changeEntrances(
    change: (header: VaultHeader, vaultKey: Uint8Array<ArrayBuffer>) => Promise<Entrances>,
  ): Promise<void> {
    await exclusively(HEADER_LOCK, async () => {
      const keys = this.#openKeys()
      const header = await this.#presentHeader()
      await withWiped(await vaultKeyOf(header, keys), async (vaultKey) => {
        await this.#writeHeader(await change(header, vaultKey), vaultKey, keys)
      })
    })
  }

  async #writeHeader(
    entrances: Entrances,
    vaultKey: Uint8Array<ArrayBuffer>,
    keys: VaultKeys,
    records: readonly RecordChange[] = [],
  ): Promise<void> {
    const header = await proveEntrances(entrances, vaultKey, keys)
    await this.#store.write([{ key: HEADER_KEY, value: writeHeader(header) }, ...records])
    this.#header = header
  }

  /** Read each time: another tab may have changed the passphrase. */
  async #storedHeader(): Promise<VaultHeader | undefined> {
    const stored = await this.#store.get(HEADER_KEY)
    if (stored !== undefined) return readHeader(stored, this.#cost)
    // Taking this for an empty place would write over what is there.
    if ((await this.#store.entries()).length > 0)
      throw storageFailed('the beginning of the wallet is missing')
    return undefined
  }

  async #presentHeader(): Promise<VaultHeader> {
    const header = await this.#storedHeader()
    if (header === undefined) throw storageFailed('there is no wallet in this browser')
    return header
  }

  #openKeys(): VaultKeys {
    if (this.#keys === undefined) throw new ZerocardError('LOCKED', 'the wallet is locked')
    return this.#keys
  }
}

async function withWiped(
  secret: Uint8Array<ArrayBuffer>,
  use: (secret: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<void> {
  try {
    await use(secret)
  } finally {
    secret.fill(0)
  }
}

function assertPassphrase(passphrase: string): void {
  if (passphrase === '') throw new TypeError('a passphrase has at least one character')
}

/** Progress of one of two equal parts. */
function half(progress: StretchProgress | undefined, start: number): StretchProgress | undefined {
  return progress === undefined ? undefined : (fraction) => progress(start + fraction / 2)
}
