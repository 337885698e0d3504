import {
  concatBytes,
  equalBytes,
  fromBase64url,
  fromUtf8,
  toBase64url,
  utf8,
} from '../../core/bytes.ts'
import { ZerocardError } from '../../core/errors.ts'
import { sha256 } from '../../core/hash.ts'
import { readWith } from '../../core/json.ts'
import * as z from '../../core/zod.ts'
import { pad, seal, unpad, unseal } from './seal.ts'
import { PASSPHRASE_COST, SALT_BYTES, costJson, stretch } from './stretch.ts'
import type { ScryptCost, StretchProgress } from './stretch.ts'

// A file that holds everything and can lie anywhere:
//
//   {"cost":{"N":131072,"p":1,"r":8},"format":"zerocard-backup","kdf":"scrypt","salt":"…","version":1}\n
//   IV (12 bytes), AES-256-GCM of the padded JSON, its tag (16 bytes)
//   SHA-256 of everything before (32 bytes)
//
// The key is scrypt's of the passphrase and the salt; the first line is the seal's additional data.
// The hash protects nothing: it tells a damaged file from a wrong passphrase.

export interface BackupOptions {
  /** For tests: anything below {@link PASSPHRASE_COST} gives the holder's secrets away. */
  readonly cost?: ScryptCost
  readonly progress?: StretchProgress
}

/** Some hundred credentials and years of history are below a tenth of this. */
export const MAX_BACKUP_BYTES = 16 * 1024 * 1024

const HASH_BYTES = 32
const NEWLINE = 0x0a
const MAX_HEADER_BYTES = 512

const headerJson = (least: ScryptCost) =>
  z.strictObject({
    format: z.literal('zerocard-backup'),
    version: z.literal(1),
    kdf: z.literal('scrypt'),
    cost: costJson(least),
    salt: z.string().check(z.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/)),
  })

/**
 * Seals JSON under a passphrase.
 *
 * @throws ZerocardError with `INPUT_TOO_LARGE` above 16 MiB.
 * @throws TypeError for an empty passphrase, or content that JSON has no form for.
 */
export async function sealBackup(
  content: unknown,
  passphrase: string,
  options: BackupOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (passphrase === '') throw new TypeError('a passphrase has at least one character')
  const text = JSON.stringify(content) as string | undefined
  if (text === undefined) throw new TypeError('JSON has no form for this content')
  const { N, r, p } = options.cost ?? PASSPHRASE_COST
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
  const head = headLine({ N, r, p }, salt)
  const padded = pad(utf8(text))
  if (padded.length + MAX_HEADER_BYTES > MAX_BACKUP_BYTES)
    throw new ZerocardError('INPUT_TOO_LARGE', 'a backup has at most 16 MiB')
  const key = await stretch(passphrase, salt, { N, r, p }, options.progress)
  const file = concatBytes(head, await seal(key, head, padded))
  return concatBytes(file, sha256(file))
}

/**
 * What {@link sealBackup} sealed, as JSON of whatever shape.
 *
 * @throws ZerocardError with `BACKUP_INVALID` for every other file, `UNLOCK_FAILED` for another
 *   passphrase. A file that was altered on purpose, its hash too, is not told from the latter.
 */
export async function openBackup(
  file: Uint8Array<ArrayBuffer>,
  passphrase: string,
  options: BackupOptions = {},
): Promise<unknown> {
  const { head, body } = partsOf(file)
  const { cost, salt } = readHead(head, options.cost ?? PASSPHRASE_COST)
  const key = await stretch(passphrase, fromBase64url(salt), cost, options.progress)
  const padded = await unseal(key, head, body)
  if (padded === undefined)
    throw new ZerocardError('UNLOCK_FAILED', 'this passphrase does not open the backup')
  const text = unpad(padded)
  if (text === undefined) throw invalid('a backup of another program')
  return jsonOf(text)
}

function headLine(cost: ScryptCost, salt: Uint8Array): Uint8Array<ArrayBuffer> {
  const { N, r, p } = cost
  const head = {
    cost: { N, p, r },
    format: 'zerocard-backup',
    kdf: 'scrypt',
    salt: toBase64url(salt),
    version: 1,
  }
  return utf8(`${JSON.stringify(head)}\n`)
}

function partsOf(file: Uint8Array<ArrayBuffer>): {
  head: Uint8Array<ArrayBuffer>
  body: Uint8Array<ArrayBuffer>
} {
  if (file.length > MAX_BACKUP_BYTES) throw invalid('a backup has at most 16 MiB')
  const end = file.subarray(0, MAX_HEADER_BYTES).indexOf(NEWLINE) + 1
  const content = file.subarray(0, -HASH_BYTES)
  if (end === 0 || content.length < end) throw invalid('this is no backup of a zerocard wallet')
  if (!equalBytes(sha256(content), file.subarray(-HASH_BYTES)))
    throw invalid('the backup is damaged or incomplete')
  return { head: content.subarray(0, end), body: content.subarray(end) }
}

function readHead(
  head: Uint8Array,
  least: ScryptCost,
): { readonly cost: ScryptCost; readonly salt: string } {
  return readWith(headerJson(least), jsonOf(head), 'BACKUP_INVALID', 'backup')
}

function jsonOf(text: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(text)) as unknown
  } catch (cause) {
    throw new ZerocardError('BACKUP_INVALID', 'this is no backup of a zerocard wallet', { cause })
  }
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('BACKUP_INVALID', message)
}
