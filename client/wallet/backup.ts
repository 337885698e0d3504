import { parseCredential } from '../../core/credential.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { parseSchema } from '../../core/schema.ts'
import * as z from '../../core/zod.ts'
import { secretFromPhrase } from '../phrase.ts'
import { openBackup, sealBackup } from '../storage/backup.ts'
import type { ScryptCost } from '../storage/stretch.ts'
import { DOCUMENTS } from './documents.ts'
import type { Change, DocumentOf, Kind } from './documents.ts'
import type { Keep } from './keep.ts'

// A backup holds what cannot be made again. Prepared proofs and what others publish are left out:
// a proof restored on two devices would be shown twice.

const KINDS = [
  'credential',
  'pending',
  'history',
  'uses',
  'site',
  'plan',
  'log',
  'fork',
] as const satisfies Kind[]

const FORMAT = 'zerocard-wallet-backup/1'

const contentJson = z.strictObject({
  format: z.literal(FORMAT),
  /** Seconds since 1970-01-01 UTC. */
  madeAt: z.int().check(z.nonnegative()),
  identity: DOCUMENTS.identity,
  documents: z
    .array(z.tuple([z.string().check(z.maxLength(500)), z.unknown()]))
    .check(z.maxLength(20_000)),
})

export type BackupContent = z.output<typeof contentJson>

/** @returns An encrypted file. */
export function backupOf(
  keep: Keep,
  identity: DocumentOf<'identity'> & { readonly backedUpAt: number },
  passphrase: string,
  cost?: ScryptCost,
): Promise<Uint8Array<ArrayBuffer>> {
  const documents = KINDS.flatMap((kind) =>
    keep.all(kind).map(([id, value]) => [`${kind}/${id}`, value] as const),
  )
  const content = { format: FORMAT, madeAt: identity.backedUpAt, identity, documents }
  return sealBackup(content, passphrase, cost === undefined ? {} : { cost })
}

/**
 * Opens a backup, and reads all of it before anything is replaced by it.
 *
 * @throws ZerocardError with `BACKUP_INVALID` for another file or a damaged one, `UNLOCK_FAILED` for
 *   another passphrase.
 */
export async function contentOf(
  file: Uint8Array<ArrayBuffer>,
  passphrase: string,
  cost?: ScryptCost,
): Promise<BackupContent> {
  const content = readWith(
    contentJson,
    await openBackup(file, passphrase, cost === undefined ? {} : { cost }),
    'BACKUP_INVALID',
    'backup',
  )
  try {
    secretFromPhrase(content.identity.phrase)
  } catch (cause) {
    throw new ZerocardError('BACKUP_INVALID', 'the backup holds no phrase', { cause })
  }
  for (const change of documentsOf(content)) assertReadable(change)
  return content
}

/** What would be kept and could never be read again is refused whole. */
function assertReadable({ kind, value }: Change): void {
  try {
    if (kind !== 'credential' || value === undefined) return
    parseCredential(value.credential)
    parseSchema(value.schema)
  } catch (cause) {
    throw new ZerocardError('BACKUP_INVALID', 'the backup holds a card that cannot be read', {
      cause,
    })
  }
}

/** The backup as changes of an empty wallet. @throws ZerocardError with `BACKUP_INVALID`. */
export function documentsOf({ identity, documents }: BackupContent): readonly Change[] {
  const changes = documents.map(([name, value]): Change => {
    const at = name.indexOf('/')
    const kind = KINDS.find((known) => known === name.slice(0, at))
    if (kind === undefined) {
      throw new ZerocardError('BACKUP_INVALID', 'the backup holds something unknown')
    }
    const read: unknown = readWith(DOCUMENTS[kind], value, 'BACKUP_INVALID', kind)
    return { kind, id: name.slice(at + 1), value: read } as Change
  })
  return [{ kind: 'identity', id: 'own', value: identity }, ...changes]
}
