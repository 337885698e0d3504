import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from '../../core/zod.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import {
  REVOCATION_SHAPE,
  WHOLE_SET_SIZE,
  openSet,
  parseShard,
  proveFromShard,
  shardPrefix,
} from '../../core/sorted-set.ts'
import type { SetProof, SortedSet } from '../../core/sorted-set.ts'
import type { TrustLeaf, TrustList } from '../../core/trust.ts'
import type { RevocationSource } from '../../client/holder.ts'
import { shardsOf } from '../../server/issuer/epochs.ts'
import type { Publication } from '../../server/issuer/publisher.ts'
import {
  PUBLIC,
  ensureFolder,
  isFolder,
  makeFolder,
  readJson,
  readText,
  removeUnfinished,
  writeJson,
  writeWhole,
} from './files.ts'
import { ISSUER_FILE, schemaFileName } from './issuer-folder.ts'
import { issuerToJson, parseIssuerFile } from './messages.ts'
import type { IssuerFile } from './messages.ts'

// What an issuer publishes, as static files:
//   issuer.json                      its public keys and schemas
//   current.json                     which epoch is the newest
//   epoch-000001/status.jws          the signed status document
//   epoch-000001/person-1/all.json   the revoked numbers; of a larger set than WHOLE_SET_SIZE
//   epoch-000001/person-1/12.json    one of 64 shards, so that nobody has to fetch all of them

const POINTER = 'current.json'
const STATUS = 'status.jws'
const WHOLE = 'all'
const POINTER_FORMAT = 'zerocard-current/1'

const pointerShape = z.strictObject({
  format: z.literal(POINTER_FORMAT, `expected ${POINTER_FORMAT}`),
  epoch: z.int().check(z.positive()),
  status: z.string(),
})

/**
 * Adds an epoch: its folder appears whole, then the pointer is switched. Readers see the old epoch
 * or the new one, and old epochs stay for trust lists that still use them.
 */
export async function writePublication(
  folder: string,
  file: IssuerFile,
  publication: Publication,
): Promise<void> {
  const { epoch } = publication.status
  ensureFolder(folder, PUBLIC)
  removeUnfinished(folder)
  writeJson(join(folder, ISSUER_FILE), issuerToJson(file), PUBLIC)
  await makeFolder(join(folder, epochName(epoch)), PUBLIC, (inside) => {
    writeWhole(join(inside, STATUS), publication.document, PUBLIC)
    for (const { schema, revocationRoot } of publication.status.keys) {
      const set = publication.sets.get(revocationRoot)
      if (set === undefined) throw new TypeError('a publication has the sets of its keys')
      ensureFolder(join(inside, schemaFileName(schema)), PUBLIC)
      for (const [name, content] of partsOf(set)) {
        writeWhole(partPath(inside, schema, name), JSON.stringify(content), PUBLIC)
      }
    }
  })
  if (epoch > (currentEpoch(folder) ?? 0)) {
    const pointer = { format: POINTER_FORMAT, epoch, status: `${epochName(epoch)}/${STATUS}` }
    writeJson(join(folder, POINTER), pointer, PUBLIC)
  }
}

/** The newest status document of a folder; undefined if nothing was published there. */
export function readCurrentStatus(folder: string): string | undefined {
  const epoch = currentEpoch(folder)
  return epoch === undefined ? undefined : readText(join(folder, epochName(epoch), STATUS)).trim()
}

/**
 * Proofs of revocation from published folders, of the epochs that the trust lists were made from.
 *
 * @throws ZerocardError with `INPUT_INVALID` if a folder is none, or, when a proof is asked for, if
 *   the revocations are not in any of them; `SET_INVALID` if they do not belong to the trust list.
 */
export function publishedRevocations(
  folders: readonly string[],
  trust: Iterable<TrustList>,
): RevocationSource {
  const lists = [...trust]
  const byIssuer = new Map(folders.map((folder) => [publisherOf(folder), folder]))
  return (leaf, revocationId) => {
    const epochs = lists
      .flatMap(({ statuses }) => statuses)
      .filter(
        ({ issuer, keys }) =>
          issuer === leaf.issuer &&
          keys.some(
            (key) => key.revocationRoot === leaf.revocationRoot && key.schema === leaf.schema,
          ),
      )
      .map(({ epoch }) => epoch)
    const folder = byIssuer.get(leaf.issuer)
    if (folder === undefined) {
      throw new ZerocardError(
        'INPUT_INVALID',
        `none of the folders of --shards is published by ${leaf.issuer}`,
      )
    }
    const paths = epochs.map((epoch) =>
      partPath(join(folder, epochName(epoch)), leaf.schema, partName(leaf, revocationId)),
    )
    const path = paths.find((candidate) => existsSync(candidate)) ?? paths[0] ?? folder
    return Promise.resolve(readJson(path, (json) => proveFrom(json, leaf, revocationId)))
  }
}

/** Which file somebody reads, or fetches, says nothing about a credential unless the set is large. */
function partName({ revoked }: TrustLeaf, revocationId: bigint): string {
  return revoked <= WHOLE_SET_SIZE ? WHOLE : String(shardPrefix(REVOCATION_SHAPE, revocationId))
}

function* partsOf(set: SortedSet): Generator<readonly [name: string, content: object]> {
  if (set.size <= WHOLE_SET_SIZE) yield [WHOLE, set.publish()]
  else for (const [prefix, shard] of shardsOf(set)) yield [String(prefix), shard]
}

function proveFrom(json: unknown, leaf: TrustLeaf, revocationId: bigint): SetProof {
  const { revoked, revocationRoot: root } = leaf
  if (revoked <= WHOLE_SET_SIZE) return openSet(REVOCATION_SHAPE, root, json)(revocationId)
  return proveFromShard(REVOCATION_SHAPE, root, parseShard(json), revocationId)
}

function publisherOf(folder: string): string {
  if (!isFolder(folder)) throw new ZerocardError('INPUT_INVALID', `${folder}: no such folder`)
  return readJson(join(folder, ISSUER_FILE), parseIssuerFile).issuer
}

function currentEpoch(folder: string): number | undefined {
  const path = join(folder, POINTER)
  if (!existsSync(path)) return undefined
  return readJson(path, (json) => readWith(pointerShape, json, 'INPUT_INVALID', 'current')).epoch
}

function epochName(epoch: number): string {
  return `epoch-${String(epoch).padStart(6, '0')}`
}

function partPath(epochFolder: string, schema: string, name: string): string {
  return join(epochFolder, schemaFileName(schema), `${name}.json`)
}
