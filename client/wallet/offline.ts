import { ZerocardError } from '../../core/errors.ts'
import { openTrustList } from '../../core/trust-list.ts'
import type { TrustLeaf } from '../../core/trust.ts'
import type { RevocationSource } from '../holder.ts'
import type { WalletHttp } from '../http.ts'
import type { AskedRequest } from '../openid4vp.ts'
import { httpRevocations } from '../revocations.ts'
import { listedAt } from '../selection.ts'
import { fetchTrustList } from '../trust-lists.ts'
import type { KeptTrustList, TrustListCache } from '../trust-lists.ts'
import type { Change, DocumentOf } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { keptCredentials } from './holding.ts'
import type { Keep } from './keep.ts'
import { isAskedTogether } from './listed.ts'
import { keptShards } from './standing.ts'
import { noteLists } from './watch.ts'

// What a wallet keeps so that it can answer at a counter without a network: lists of issuers, and
// the issuers' revocations below exactly these lists.

/** Characters of a list that is kept: a phone has room for a few of the largest that are usual. */
const MAX_KEPT = 4 * 1024 * 1024
/** Lists that are kept; those that were used longest ago go first. */
const MAX_LISTS = 12

/** Seconds after the last answer under a list until it is given up, as a plan is. */
const FORGET_AFTER = 60 * 86_400

/** Lists that were fetched, not kept yet. */
export type FetchedLists = Map<string, KeptTrustList>

/** Fetches without a thought for keeping: what came is remembered in `fetched`. */
export function rememberLists(fetched: FetchedLists): TrustListCache {
  return {
    get: () => undefined,
    set: (url, list) => {
      fetched.set(url, list)
      return Promise.resolve()
    },
  }
}

/** Lists in the vault. */
export function keptLists(keep: Keep, clock: () => number): TrustListCache {
  return {
    get: (url) => keep.get('list', url),
    set: (url, list) => keep.write(fetchedList(keep, url, list, clock())),
  }
}

/** The lists of an answer: from now on they are renewed ahead of time. */
export function answeredLists(
  keep: Keep,
  { trustUrls }: Pick<AskedRequest, 'trustUrls'>,
  fetched: FetchedLists,
  now: number,
): readonly Change[] {
  return [...new Set(trustUrls.values())].flatMap((url) => {
    const list = fetched.get(url)
    const value = list === undefined ? keep.get('list', url) : { ...list, fetchedAt: now }
    return value === undefined ? [] : keptList(url, { ...value, answeredAt: now })
  })
}

/** Renewing a list is not using it: its operator would be asked for ever. */
function fetchedList(keep: Keep, url: string, list: KeptTrustList, now: number): readonly Change[] {
  const { answeredAt } = keep.get('list', url) ?? {}
  const used = answeredAt === undefined ? {} : { answeredAt }
  return keptList(url, { ...list, ...used, fetchedAt: now })
}

function keptList(url: string, value: DocumentOf<'list'>): readonly Change[] {
  return value.text.length > MAX_KEPT ? [] : [{ kind: 'list', id: url, value }]
}

/** Revocations as far as they are kept; nobody is asked. It throws `FETCH_FAILED` for others. */
export function keptRevocations(keep: Keep, { http, clock }: WalletEnvironment): RevocationSource {
  return httpRevocations(unasked(http), keptShards(keep, clock))
}

/** No way to the network: whoever is to be asked is not there. */
export function unasked(http: WalletHttp): WalletHttp {
  return { ...http, request: () => Promise.reject(nobody()) }
}

/**
 * Addresses of kept lists that are asked for again; those that nobody uses are given up. Without an
 * answer nobody is: a question at a counter is read from any link.
 */
export async function listsToRenew(keep: Keep, now: number): Promise<readonly string[]> {
  const usedAt = ({ fetchedAt, answeredAt }: DocumentOf<'list'>): number => answeredAt ?? fetchedAt
  const lists = keep.all('list').toSorted(([, a], [, b]) => usedAt(b) - usedAt(a))
  const used = lists.slice(0, MAX_LISTS).filter(([, list]) => now - usedAt(list) <= FORGET_AFTER)
  const old = lists.filter((one) => !used.includes(one))
  await keep.write(old.map(([id]) => ({ kind: 'list', id, value: undefined })))
  // An address with a query could carry the name of a visitor.
  return used
    .filter(([id, { answeredAt }]) => answeredAt !== undefined && new URL(id).search === '')
    .map(([id]) => id)
}

/**
 * Fetches a list that is kept anew; nobody but its operator is asked.
 *
 * @returns Where the wallet's credentials are in it, as far as their revocations are not kept and are
 *   not asked for with those of all others.
 * @throws ZerocardError with the codes of `fetchTrustList`, `openTrustList` or the vault.
 */
export async function renewList(
  url: string,
  keep: Keep,
  environment: WalletEnvironment,
): Promise<readonly UnknownStanding[]> {
  const { http, clock } = environment
  const operator = http.address(url).origin
  const fetched = await fetchTrustList(operator, url, http)
  const list = await openTrustList(fetched.text, { operator, jwk: fetched.jwk }, clock())
  await keep.write(fetchedList(keep, url, fetched, clock()))
  await noteLists(keep, environment, [list], clock())
  const known = keptRevocations(keep, environment)
  const unknown: UnknownStanding[] = []
  for (const { held, schema } of keptCredentials(keep)) {
    const leaf = list.leaves[listedAt(held, schema, list)]
    if (leaf === undefined || isAskedTogether(list, schema.id, http)) continue
    const { revocationId } = held.credential
    const isKnown = await known(leaf, revocationId).then(() => true, isElsewhere)
    if (!isKnown) unknown.push({ leaf, revocationId })
  }
  return unknown
}

/** A credential whose revocations, below this root, have to be asked for. */
export interface UnknownStanding {
  readonly leaf: TrustLeaf
  readonly revocationId: bigint
}

/** What is kept and wrong is not asked for again. */
function isElsewhere(error: unknown): boolean {
  if (error instanceof ZerocardError) return error.code !== 'FETCH_FAILED'
  throw error
}

function nobody(): ZerocardError {
  return new ZerocardError('FETCH_FAILED', 'nobody is asked without a network')
}
