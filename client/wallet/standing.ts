import { canonicalJson } from '../../core/bytes.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { readStatus } from '../../core/status.ts'
import type { StatusIssuer } from '../../core/status.ts'
import { jwkJson } from '../../core/trust.ts'
import * as z from '../../core/zod.ts'
import type { HeldCredential, IssuerKnowledge } from '../holder.ts'
import { requestJson } from '../http.ts'
import type { WalletHttp } from '../http.ts'
import { httpRevocations } from '../revocations.ts'
import type { ShardCache } from '../revocations.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'

// Whether credentials are still good, asked ahead of time and for all of them: if the shard of a
// credential were fetched only when somebody asks for a proof, its issuer and a verifier could
// compare their clocks.

const issuerJson = z.object({ issuer: z.string(), jwk: jwkJson })

/** Media types of a status document. */
const STATUS_TYPES = ['application/jwt'] as const
/** As in docs/protocol.md. */
const MAX_STATUS_BYTES = 64 * 1024
const MAX_ISSUER_BYTES = 256 * 1024

/** Keeps the newest shard of each issuer and prefix. */
export function keptShards(keep: Keep, clock: () => number): ShardCache {
  return {
    get: (url) => Promise.resolve(keep.get('shard', url)?.text),
    set: async (url, text) => {
      const older = keep.all('shard').filter(([id]) => placeOf(id) === placeOf(url))
      const removals = older.map(([id]): Change => ({ kind: 'shard', id, value: undefined }))
      const value = { text, fetchedAt: clock() }
      await keep.write([...removals, { kind: 'shard', id: url, value }])
    },
  }
}

/** `ISSUER/status/shards/ROOT/PREFIX` without the root. */
function placeOf(url: string): string {
  const parts = url.split('/')
  return [...parts.slice(0, -2), parts.at(-1)].join('/')
}

/** What an issuer says of a credential and of itself. */
export interface Standing {
  readonly isRevoked: boolean
  /** As of now: the key that the issuer's origin names is the one that counts. */
  readonly origin: Required<IssuerKnowledge>
}

/**
 * Asks an issuer's newest status document and shard about a credential.
 *
 * @param note - Told of the document, whatever it says of the credential.
 * @throws ZerocardError with the codes of `readStatus`, {@link WalletHttp} and `httpRevocations`;
 *   `ISSUER_UNTRUSTED` if the issuer no longer publishes the key of the credential.
 */
export async function askStanding(
  { credential }: HeldCredential,
  http: WalletHttp,
  shards: ShardCache,
  now: number,
  note: (from: StatusIssuer, text: string) => Promise<void> = () => Promise.resolve(),
): Promise<Standing> {
  const { issuer } = credential
  const json = await requestJson(http, {
    url: `${issuer}/.well-known/zerocard-issuer`,
    maxBytes: MAX_ISSUER_BYTES,
  })
  const { jwk } = readWith(issuerJson, json, 'FETCH_FAILED', 'issuer document')
  const text = await http.request({
    url: `${issuer}/status`,
    types: STATUS_TYPES,
    maxBytes: MAX_STATUS_BYTES,
  })
  const { keys, epoch } = await readStatus(text.trim(), { issuer, jwk }, now)
  await note({ issuer, jwk }, text.trim())
  const { x, y } = credential.key
  const own = keys.find(({ key }) => key.x === x && key.y === y)
  if (own === undefined) {
    throw new ZerocardError('ISSUER_UNTRUSTED', `${issuer} no longer publishes this key`)
  }
  const revocations = httpRevocations(http, shards)
  const { found } = await revocations({ issuer, ...own }, credential.revocationId)
  const { revocationRoot } = own
  return { isRevoked: found, origin: { jwk, status: { epoch, revocationRoot } } }
}

/** A credential's document, with how it stands. @returns Undefined if that is in it already. */
export function withStanding(
  document: DocumentOf<'credential'>,
  { isRevoked, origin: { jwk, status } }: Standing,
): DocumentOf<'credential'> | undefined {
  const { epoch, revocationRoot } = status
  const origin = { jwk, status: { epoch, revocationRoot: String(revocationRoot) } }
  const isSame = canonicalJson(origin) === canonicalJson(document.origin ?? null)
  return isSame && isRevoked === (document.isRevoked === true)
    ? undefined
    : { ...document, isRevoked, origin }
}

/** How a credential stands on a day, by its own dates and by what its issuer last said. */
export function standingOf(
  { credential }: HeldCredential,
  isRevoked: boolean,
  now: number,
): 'valid' | 'expired' | 'not-yet' | 'revoked' {
  const day = dayFromUnixSeconds(now)
  if (isRevoked) return 'revoked'
  if (day < credential.validFrom) return 'not-yet'
  return day > credential.validUntil ? 'expired' : 'valid'
}
