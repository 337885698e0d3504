import { concatBytes, fromUtf8, toBase64url, utf8 } from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import * as z from '../../core/zod.ts'
import { storageFailed } from './record-store.ts'
import type { RecordChange } from './record-store.ts'
import { pad, seal, unpad, unseal } from './seal.ts'
import type { VaultKeys } from './vault-key.ts'

// A JSON document of a vault as it lies in the database: neither name nor content nor length can be
// read, and it is worth nothing under another name or in another vault.

export interface VaultRecord {
  readonly name: string
  readonly value: unknown
}

export interface VaultChange {
  readonly name: string
  /** Anything JSON has a form for. Undefined: the document is removed. */
  readonly value: unknown
}

type Bytes = Uint8Array<ArrayBuffer>

/** Far above a credential, a list of issuers or a prepared proof; what is larger is a mistake. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024

const recordJson = z.strictObject({ name: z.string(), value: z.unknown() })

/** The key of a record in the database: no name can be guessed and tried without the vault's key. */
export async function storedKey({ names }: VaultKeys, name: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', names, utf8(name))))
}

/**
 * The changes as the database gets them.
 *
 * @throws ZerocardError with `INPUT_TOO_LARGE` for a document above 16 MiB.
 * @throws TypeError for a value that JSON has no form for.
 */
export async function sealedChanges(
  keys: VaultKeys,
  changes: readonly VaultChange[],
): Promise<RecordChange[]> {
  return Promise.all(
    changes.map(async ({ name, value }) => {
      const key = await storedKey(keys, name)
      const sealed = value === undefined ? undefined : await sealRecord(keys, key, { name, value })
      return { key, value: sealed }
    }),
  )
}

/** @throws ZerocardError with `STORAGE_FAILED` if it is not as it was written, or not written here. */
export async function openRecord(
  keys: VaultKeys,
  key: string,
  sealed: Bytes,
): Promise<VaultRecord> {
  const padded = await unseal(keys.records, contextOf(key), sealed)
  const text = padded === undefined ? undefined : unpad(padded)
  if (text === undefined) throw storageFailed('a record of the wallet is damaged')
  const { name, value } = readWith(
    recordJson,
    JSON.parse(fromUtf8(text)),
    'STORAGE_FAILED',
    'record',
  )
  return { name, value }
}

async function sealRecord(
  { records }: VaultKeys,
  key: string,
  record: VaultRecord,
): Promise<Bytes> {
  const text = utf8(jsonText(record))
  if (text.length > MAX_RECORD_BYTES)
    throw new ZerocardError('INPUT_TOO_LARGE', 'a record of the wallet has at most 16 MiB')
  return seal(records, contextOf(key), pad(text))
}

function jsonText({ name, value }: VaultRecord): string {
  // Without this a function would silently become a record without a value.
  if ((JSON.stringify(value) as string | undefined) === undefined)
    throw new TypeError('JSON has no form for this value')
  return JSON.stringify({ name, value })
}

/** The vault is bound by the key of the seal, which is of one vault. */
function contextOf(key: string): Bytes {
  return concatBytes(utf8('zerocard/vault-record/1/'), utf8(key))
}
