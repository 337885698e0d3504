import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import * as z from '../../core/zod.ts'
import type { Vault, VaultChange } from '../storage/vault.ts'
import { DOCUMENTS } from './documents.ts'
import type { Change, DocumentOf, Kind } from './documents.ts'

type Documents = ReadonlyMap<string, unknown>

/**
 * What is in the vault, as documents by kind. An open wallet has all of it in memory; what counts is
 * what the vault has, so another tab's changes are read again before anything is decided by them.
 */
export class Keep {
  readonly #vault: Vault
  #documents: Documents = new Map()
  #turn: Promise<void> = Promise.resolve()
  /** Raised when everything is forgotten: what was on its way then comes too late. */
  #generation = 0

  constructor(vault: Vault) {
    this.#vault = vault
  }

  /** @throws ZerocardError with `LOCKED` or `STORAGE_FAILED`. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const generation = this.#generation
      const entries = await this.#vault.list('', z.unknown())
      this.#assertSame(generation)
      this.#documents = new Map(entries.map(([name, value]) => [name, checked(name, value)]))
    })
  }

  /** Nothing stays in memory. */
  forget(): void {
    this.#generation += 1
    this.#documents = new Map()
  }

  get<K extends Kind>(kind: K, id: string): DocumentOf<K> | undefined {
    return this.#documents.get(`${kind}/${id}`) as DocumentOf<K> | undefined
  }

  all<K extends Kind>(kind: K): (readonly [string, DocumentOf<K>])[] {
    const prefix = `${kind}/`
    return [...this.#documents]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value as DocumentOf<K>])
  }

  /**
   * All of the changes are made, or none.
   *
   * @throws as the vault's `write`; `STORAGE_FAILED` for what {@link load} would refuse: some of it
   *   comes from services, and none of them may keep a wallet from being opened.
   */
  write(changes: readonly Change[]): Promise<void> {
    return this.#inTurn(async () => {
      const all = changes.map(named)
      for (const { name, value } of all) if (value !== undefined) checked(name, asRead(value))
      const generation = this.#generation
      await this.#vault.write(all)
      // It is written; a locked wallet does not look at it.
      if (generation !== this.#generation) return
      const documents = new Map(this.#documents)
      for (const { name, value } of all) {
        if (value === undefined) documents.delete(name)
        else documents.set(name, value)
      }
      this.#documents = documents
    })
  }

  #assertSame(generation: number): void {
    if (generation === this.#generation) return
    throw new ZerocardError('LOCKED', 'the wallet was locked meanwhile')
  }

  /** What was read before a change must not take its place. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(action)
    this.#turn = mine.catch(() => undefined)
    return mine
  }
}

/** A change as the vault knows it. */
export function named({ kind, id, value }: Change): VaultChange {
  return { name: `${kind}/${id}`, value }
}

/** What a value is after it was written and read: a member without a value is none. */
function asRead(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}

function checked(name: string, value: unknown): unknown {
  const kind = name.slice(0, name.indexOf('/'))
  if (!Object.hasOwn(DOCUMENTS, kind)) {
    throw new ZerocardError('STORAGE_FAILED', 'the wallet holds something of another version')
  }
  return readWith(DOCUMENTS[kind as Kind], value, 'STORAGE_FAILED', kind)
}
