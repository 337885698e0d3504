import { ZerocardError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { fieldText } from '../core/presentation.ts'
import {
  MAX_SET_BYTES,
  REVOCATION_SHAPE,
  WHOLE_SET_SIZE,
  openSet,
  parseShard,
  proveFromShard,
  shardPrefix,
} from '../core/sorted-set.ts'
import type { SetProof } from '../core/sorted-set.ts'
import type { TrustLeaf } from '../core/trust.ts'
import type { WalletHttp } from './http.ts'
import type { RevocationSource } from './holder.ts'

// Whether a credential is revoked, from what its issuer publishes. Up to a size that is the same for
// everybody the whole set is asked for, so that the question says nothing about the credential. Of a
// larger one the issuer sees that somebody asked for one of 64 shards. What was read once need not
// be asked for again.

/** Where a wallet keeps what was published: texts by their address. They never change. */
export interface RevocationCache {
  readonly get: (url: string) => Promise<string | undefined>
  /** @param place - What the text is about; later there will be others of the same place. */
  readonly set: (url: string, text: string, place: string) => Promise<void>
}

/** Bytes of a full shard: 512 buckets of 119 numbers, 13 digits and 3 signs each. */
const MAX_SHARD_BYTES = 1024 * 1024

/** What is published that a proof for one number can be made from. */
interface Publication {
  readonly url: string
  readonly place: string
  readonly maxBytes: number
  /** @throws ZerocardError with `SET_INVALID` for what is not to be kept. */
  readonly open: (text: string) => (revocationId: bigint) => SetProof
}

/**
 * A source over HTTP. What it says was checked against the root of the trust list, so neither the
 * issuer's server nor the cache is believed.
 *
 * @returns A source that throws ZerocardError with `SET_INVALID` if what is published is not of its
 *   root, and the codes of {@link WalletHttp}.
 */
export function httpRevocations(http: WalletHttp, cache?: RevocationCache): RevocationSource {
  return async (leaf, revocationId) => {
    const { url, place, maxBytes, open } = publicationFor(leaf, revocationId, http)
    const kept = await cache?.get(url)
    const known = kept === undefined ? undefined : fromCache(kept, open)
    if (known !== undefined) return known(revocationId)
    const text = await http.request({ url, types: ['application/json'], maxBytes })
    const prove = open(text)
    // Before the proof: an issuer must not see by another request whose part of a set is wrong.
    await cache?.set(url, text, place)
    return prove(revocationId)
  }
}

/**
 * Fetches a set, as everybody does whatever they hold, and keeps it for whoever may need it: it is
 * judged when it is used.
 *
 * @throws ZerocardError with the codes of {@link WalletHttp}.
 */
export async function fetchWholeSet(
  leaf: TrustLeaf,
  http: WalletHttp,
  cache: RevocationCache,
): Promise<void> {
  const url = wholeSetAddress(leaf, http)
  const text = await http.request({ url, types: ['application/json'], maxBytes: MAX_SET_BYTES })
  await cache.set(url, text, placeOf(leaf))
}

/** @throws ZerocardError with `ADDRESS_REFUSED`. */
export function wholeSetAddress({ issuer, revocationRoot }: TrustLeaf, http: WalletHttp): string {
  if (http.address(issuer).origin !== issuer) {
    throw new ZerocardError('ADDRESS_REFUSED', 'the name of an issuer is not an origin')
  }
  return `${issuer}/status/sets/${fieldText(revocationRoot)}`
}

function placeOf({ issuer, key }: TrustLeaf): string {
  return `${issuer} ${String(key.x)} ${String(key.y)}`
}

function publicationFor(leaf: TrustLeaf, revocationId: bigint, http: WalletHttp): Publication {
  const { issuer, revocationRoot: root } = leaf
  const url = wholeSetAddress(leaf, http)
  const place = placeOf(leaf)
  if (leaf.revoked <= WHOLE_SET_SIZE) {
    return { url, place, maxBytes: MAX_SET_BYTES, open: (text) => openWhole(root, text) }
  }
  const prefix = shardPrefix(REVOCATION_SHAPE, revocationId)
  return {
    url: `${issuer}/status/shards/${fieldText(root)}/${String(prefix)}`,
    place: `${place} ${String(prefix)}`,
    maxBytes: MAX_SHARD_BYTES,
    open: (text) => openShard(root, text, revocationId),
  }
}

/** What was kept may be damaged; then it is fetched again. */
function fromCache(text: string, open: Publication['open']): ReturnType<typeof open> | undefined {
  try {
    return open(text)
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function openWhole(root: bigint, text: string): (revocationId: bigint) => SetProof {
  return openSet(REVOCATION_SHAPE, root, parseJson(text, 'SET_INVALID', 'set'))
}

function openShard(root: bigint, text: string, revocationId: bigint): () => SetProof {
  const shard = parseShard(parseJson(text, 'SET_INVALID', 'shard'))
  const proof = proveFromShard(REVOCATION_SHAPE, root, shard, revocationId)
  return () => proof
}
