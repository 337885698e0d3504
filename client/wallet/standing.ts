import { canonicalJson } from '../../core/bytes.ts'
import { dayFromUnixSeconds } from '../../core/dates.ts'
import { ZerocardError } from '../../core/errors.ts'
import { readWith } from '../../core/json.ts'
import { readStatus } from '../../core/status.ts'
import type { StatusDocument, StatusIssuer } from '../../core/status.ts'
import { jwkJson } from '../../core/trust.ts'
import * as z from '../../core/zod.ts'
import type { HeldCredential, IssuerKnowledge, RevocationSource } from '../holder.ts'
import { requestJson } from '../http.ts'
import type { WalletHttp } from '../http.ts'
import type { RevocationCache } from '../revocations.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { Keep } from './keep.ts'

// Whether credentials are still good, asked ahead of time and for all of them: if revocations were
// fetched only when somebody asks for a proof, issuer and verifier could compare their clocks.

const issuerJson = z.object({ issuer: z.string(), jwk: jwkJson })

/** Media types of a status document. */
const STATUS_TYPES = ['application/jwt'] as const
/** As in docs/protocol.md. */
const MAX_STATUS_BYTES = 64 * 1024
const MAX_ISSUER_BYTES = 256 * 1024

/**
 * Roots of one key whose revocations are kept: the issuer's newest, and those that lists of several
 * verifiers still have.
 */
const KEPT_ROOTS = 4
/** Sets that are kept in all of either kind: whoever makes lists decides what they name. */
const KEPT = 64

/**
 * Keeps the newest of each place. What was asked for as `askListed` does counts apart, and stays so:
 * if what is fetched for the own cards could put it out, their issuers would be asked again, alone.
 *
 * @param isListed - Whether what is kept from now on is asked for in that way.
 */
export function keptShards(keep: Keep, clock: () => number, isListed = false): RevocationCache {
  return {
    get: (url) => Promise.resolve(keep.get('shard', url)?.text),
    set: async (url, text, place) => {
      const before = keep.get('shard', url)
      const listed = isListed || before?.isListed === true
      const others = keep
        .all('shard')
        .filter(([id, other]) => id !== url && (other.isListed === true) === listed)
        .toSorted(([, a], [, b]) => b.fetchedAt - a.fetchedAt)
      const same = others.filter(([, other]) => other.place === place).slice(KEPT_ROOTS - 1)
      // Without a place it is of an older wallet, which kept one of each.
      const nameless = others.filter(([, other]) => other.place === undefined)
      const old = new Set([...same, ...nameless, ...others.slice(KEPT - 1)].map(([id]) => id))
      const removals = [...old].map((id): Change => ({ kind: 'shard', id, value: undefined }))
      const fetchedAt = before?.isListed === true ? before.fetchedAt : clock()
      const value = { text, place, ...(listed ? { isListed: listed } : {}), fetchedAt }
      await keep.write([...removals, { kind: 'shard', id: url, value }])
    },
  }
}

/** What an issuer says of itself: the same to everybody. */
export interface IssuerWord {
  readonly from: StatusIssuer
  /** The newest status document, as it was signed, and what it says. */
  readonly text: string
  readonly status: StatusDocument
}

/** What an issuer says of a credential and of itself. */
export interface Standing {
  readonly isRevoked: boolean
  /** As of now: the key that the issuer's origin names is the one that counts. */
  readonly origin: Required<IssuerKnowledge>
}

/**
 * Asks an issuer for its newest status document.
 *
 * @throws ZerocardError with the codes of `readStatus` or {@link WalletHttp}.
 */
export async function askIssuer(
  issuer: string,
  http: WalletHttp,
  now: number,
): Promise<IssuerWord> {
  const json = await requestJson(http, {
    url: `${issuer}/.well-known/zerocard-issuer`,
    maxBytes: MAX_ISSUER_BYTES,
  })
  const { jwk } = readWith(issuerJson, json, 'FETCH_FAILED', 'issuer document')
  const fetched = await http.request({
    url: `${issuer}/status`,
    types: STATUS_TYPES,
    maxBytes: MAX_STATUS_BYTES,
  })
  const [text, from] = [fetched.trim(), { issuer, jwk }]
  return { from, text, status: await readStatus(text, from, now) }
}

/**
 * How a credential stands by its issuer's newest document.
 *
 * @throws ZerocardError with the codes of the revocations; `ISSUER_UNTRUSTED` if the issuer no longer
 *   publishes the key of the credential.
 */
export async function standingBy(
  { from: { issuer, jwk }, status: { keys, epoch } }: IssuerWord,
  { credential }: HeldCredential,
  revocations: RevocationSource,
): Promise<Standing> {
  const { x, y } = credential.key
  const own = keys.find(({ key }) => key.x === x && key.y === y)
  if (own === undefined) {
    throw new ZerocardError('ISSUER_UNTRUSTED', `${issuer} no longer publishes this key`)
  }
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
