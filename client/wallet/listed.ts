import { ZerocardError } from '../../core/errors.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { WHOLE_SET_SIZE } from '../../core/sorted-set.ts'
import type { TrustLeaf, TrustList } from '../../core/trust.ts'
import type { WalletHttp } from '../http.ts'
import { fetchWholeSet, httpRevocations, wholeSetAddress } from '../revocations.ts'
import { shuffled } from './chance.ts'
import type { WalletEnvironment } from './environment.ts'
import { keptCredentials } from './holding.ts'
import type { Keep } from './keep.ts'
import { keptShards } from './standing.ts'
import type { IssuerWord } from './standing.ts'
import { nothing } from './watch.ts'

// Revocations that are needed and not there yet. A wallet that asked its own issuer alone for an answer
// would show whose card is used, to that issuer and, by the time, to the verifier.

/** Sets that are asked for at once, at most: of longer lists the own cards' alone. */
const MAX_SETS = 16

/**
 * Asks all issuers of a policy's lists for their revocations, in no order, unless the wallet has done
 * so before. Whether it does depends on the lists that were answered under, not on what it holds or
 * has fetched for its own cards. Of large lists, nobody is asked here.
 *
 * @returns Whether that was all: whoever is asked once more, because nothing came or nothing that can be
 *   read, has the wallet's card. It is told when what the own cards need is there, or cannot be had.
 */
export async function askListed(
  keep: Keep,
  { http, clock }: Pick<WalletEnvironment, 'http' | 'clock'>,
  policy: Policy,
  trust: Readonly<Record<string, TrustList>>,
): Promise<boolean> {
  const leaves = leavesFor(policy, trust).filter((leaf) => hasAddress(leaf, http))
  if (!isHiding(leaves)) return false
  const own = new Set(keptCredentials(keep).map(({ held }) => held.credential.issuer))
  const cache = keptShards(keep, clock, true)
  const isNew = (leaf: TrustLeaf): boolean =>
    keep.get('shard', wholeSetAddress(leaf, http))?.isListed !== true
  const asked = shuffled(leaves.filter(isNew)).map((leaf) => ({
    leaf,
    // What is missing in the end is missed where it is used.
    done: fetchWholeSet(leaf, http, cache).catch(() => undefined),
  }))
  await Promise.all(asked.flatMap(({ leaf, done }) => (own.has(leaf.issuer) ? [done] : [])))
  return true
}

/**
 * Whether all issuers of a list are asked after a consent. Ahead of time none is asked then for what
 * only the list has named: whoever makes lists could name another set to each visitor, and an issuer
 * would hear of it from the wallets alone that have its card.
 */
export function isAskedTogether(list: TrustList, schema: string, http: WalletHttp): boolean {
  const leaves = list.leaves.filter((leaf) => leaf.schema === schema)
  return isHiding(distinct(leaves).filter((leaf) => hasAddress(leaf, http)))
}

/**
 * Asks an issuer for the revocations under all keys that it publishes, in no order: those of some
 * keys alone would show, each time, under which of them the wallet has cards.
 *
 * @returns Whether that was all, as for a list.
 */
export async function askPublished(
  keep: Keep,
  { http, clock }: Pick<WalletEnvironment, 'http' | 'clock'>,
  { from: { issuer }, status: { keys } }: IssuerWord,
): Promise<boolean> {
  const leaves = distinct(keys.map((key) => ({ issuer, ...key })))
  if (!isFew(leaves)) return false
  const revocations = httpRevocations(http, keptShards(keep, clock))
  // About any number: of sets of this size the whole is asked for.
  for (const leaf of shuffled(leaves)) await revocations(leaf, 0n).catch(nothing)
  return true
}

function leavesFor(
  { credentials }: Policy,
  trust: Readonly<Record<string, TrustList>>,
): readonly TrustLeaf[] {
  return distinct(
    Object.entries(credentials).flatMap(([alias, { schema }]) =>
      (trust[alias]?.leaves ?? []).filter((leaf) => leaf.schema === schema),
    ),
  )
}

function distinct(leaves: readonly TrustLeaf[]): readonly TrustLeaf[] {
  return [...new Map(leaves.map((one) => [`${one.issuer} ${one.revocationRoot}`, one])).values()]
}

/** Names that a wallet does not go to are of nobody whose card can be used. */
function hasAddress(leaf: TrustLeaf, http: WalletHttp): boolean {
  try {
    wholeSetAddress(leaf, http)
    return true
  } catch (error) {
    if (error instanceof ZerocardError) return false
    throw error
  }
}

/** Of one issuer there is nothing to hide. */
function isHiding(leaves: readonly TrustLeaf[]): boolean {
  const issuers = new Set(leaves.map(({ issuer }) => issuer))
  return issuers.size > 1 && isFew(leaves)
}

function isFew(leaves: readonly TrustLeaf[]): boolean {
  const revoked = leaves.reduce((sum, leaf) => sum + leaf.revoked, 0)
  return leaves.length <= MAX_SETS && revoked <= WHOLE_SET_SIZE
}
