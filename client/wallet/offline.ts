import { ZerocardError } from '../../core/errors.ts'
import { openTrustList } from '../../core/trust-list.ts'
import type { RevocationSource } from '../holder.ts'
import { httpRevocations } from '../revocations.ts'
import { listedAt } from '../selection.ts'
import { fetchTrustList } from '../trust-lists.ts'
import type { KeptTrustList, TrustListCache } from '../trust-lists.ts'
import type { Change } from './documents.ts'
import type { WalletEnvironment } from './environment.ts'
import { keptCredentials } from './holding.ts'
import type { KeptCredential } from './holding.ts'
import type { Keep } from './keep.ts'
import { keptShards } from './standing.ts'
import { provingTools } from './tools.ts'
import { noteLists } from './watch.ts'

// What a wallet keeps so that it can answer at a counter without a network: lists of issuers, and
// the parts of the issuers' revocations below exactly these lists.

/** Characters of a list that is kept: a phone has room for a few of the largest that are usual. */
const MAX_KEPT = 4 * 1024 * 1024
/** Lists that are kept; those that were fetched longest ago go first. */
const MAX_LISTS = 12

/** Seconds after which a list that nobody renewed is given up: its verifier is not asked again. */
const FORGET_AFTER = 30 * 86_400

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
    set: (url, list) => keep.write(listChanges(new Map([[url, list]]), clock())),
  }
}

/** What keeps lists that were fetched, but for those that are too large. */
export function listChanges(fetched: FetchedLists, now: number): Change[] {
  return [...fetched]
    .filter(([, { text }]) => text.length <= MAX_KEPT)
    .map(([url, { jwk, text }]) => ({
      kind: 'list',
      id: url,
      value: { jwk, text, fetchedAt: now },
    }))
}

/** Revocations as far as they are kept; nobody is asked. It throws `FETCH_FAILED` for others. */
export function keptRevocations(keep: Keep, { http, clock }: WalletEnvironment): RevocationSource {
  const nobody = { ...http, request: () => Promise.reject(unasked()) }
  return httpRevocations(nobody, keptShards(keep, clock))
}

/**
 * Fetches the lists that are kept anew, and what belongs to them. What cannot be had now is left for
 * the next time.
 *
 * @throws ZerocardError with `LOCKED` or the codes of the vault.
 */
export async function renewLists(
  keep: Keep,
  environment: WalletEnvironment,
  signal?: AbortSignal,
): Promise<void> {
  const { clock } = environment
  const held = keptCredentials(keep)
  const lists = keep.all('list').sort(([, a], [, b]) => b.fetchedAt - a.fetchedAt)
  for (const [i, [url, { fetchedAt }]] of lists.entries()) {
    if (signal?.aborted === true) return
    if (i >= MAX_LISTS || clock() - fetchedAt > FORGET_AFTER) {
      await keep.write([{ kind: 'list', id: url, value: undefined }])
    } else await renewList(url, keep, environment, held).catch(unlessOfVault)
  }
}

async function renewList(
  url: string,
  keep: Keep,
  environment: WalletEnvironment,
  kept: readonly KeptCredential[],
): Promise<void> {
  const { http, clock } = environment
  const operator = http.address(url).origin
  const fetched = await fetchTrustList(operator, url, http)
  const list = await openTrustList(fetched.text, { operator, jwk: fetched.jwk }, clock())
  await keep.write(listChanges(new Map([[url, fetched]]), clock()))
  await noteLists(keep, environment, [list], clock())
  const { revocations } = provingTools(keep, environment)
  for (const { held, schema } of kept) {
    const leaf = list.leaves[listedAt(held, schema, list)]
    if (leaf !== undefined) await revocations(leaf, held.credential.revocationId)
  }
}

/** What an operator or an issuer does not give now is asked for again. */
function unlessOfVault(error: unknown): void {
  const isOfVault =
    !(error instanceof ZerocardError) || ['LOCKED', 'STORAGE_FAILED'].includes(error.code)
  if (isOfVault) throw error
}

function unasked(): ZerocardError {
  return new ZerocardError('FETCH_FAILED', 'nobody is asked without a network')
}
