import { ZerocardError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { fieldText } from '../core/presentation.ts'
import { REVOCATION_SHAPE, parseShard, proveFromShard, shardPrefix } from '../core/sorted-set.ts'
import type { SetProof } from '../core/sorted-set.ts'
import type { TrustLeaf } from '../core/trust.ts'
import type { WalletHttp } from './http.ts'
import type { RevocationSource } from './holder.ts'

// Whether a credential is revoked, from the shards its issuer publishes. The issuer sees that
// somebody asked for one of 64 shards; a shard once read need not be asked for again.

/** Where a wallet keeps shards: texts by their address. A shard never changes. */
export interface ShardCache {
  readonly get: (url: string) => Promise<string | undefined>
  readonly set: (url: string, text: string) => Promise<void>
}

/** Bytes of a full shard: 512 buckets of 119 numbers, 13 digits and 3 signs each. */
const MAX_SHARD_BYTES = 1024 * 1024

/**
 * A source over HTTP. What it says was checked against the root of the trust list, so neither the
 * issuer's server nor the cache is believed.
 *
 * @returns A source that throws ZerocardError with `SET_INVALID` if a shard is not of its root, and
 *   the codes of {@link WalletHttp}.
 */
export function httpRevocations(http: WalletHttp, cache?: ShardCache): RevocationSource {
  return async (leaf, revocationId) => {
    const url = shardAddress(http, leaf, revocationId)
    const kept = await cache?.get(url)
    const known = kept === undefined ? undefined : fromCache(kept, leaf, revocationId)
    if (known !== undefined) return known
    const text = await http.request({
      url,
      types: ['application/json'],
      maxBytes: MAX_SHARD_BYTES,
    })
    const proof = proveFrom(text, leaf, revocationId)
    await cache?.set(url, text)
    return proof
  }
}

function shardAddress(http: WalletHttp, leaf: TrustLeaf, revocationId: bigint): string {
  if (http.address(leaf.issuer).origin !== leaf.issuer) {
    throw new ZerocardError('ADDRESS_REFUSED', 'the name of an issuer is not an origin')
  }
  const prefix = shardPrefix(REVOCATION_SHAPE, revocationId)
  return `${leaf.issuer}/status/shards/${fieldText(leaf.revocationRoot)}/${prefix}`
}

/** What was kept may be damaged; then it is fetched again. */
function fromCache(text: string, leaf: TrustLeaf, revocationId: bigint): SetProof | undefined {
  try {
    return proveFrom(text, leaf, revocationId)
  } catch (error) {
    if (error instanceof ZerocardError) return undefined
    throw error
  }
}

function proveFrom(text: string, leaf: TrustLeaf, revocationId: bigint): SetProof {
  const shard = parseShard(parseJson(text, 'SET_INVALID', 'shard'))
  return proveFromShard(REVOCATION_SHAPE, leaf.revocationRoot, shard, revocationId)
}
