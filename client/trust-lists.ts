import * as z from '../core/zod.ts'
import { readWith } from '../core/json.ts'
import type { Policy } from '../core/policy/policy.ts'
import { MAX_TRUST_LIST_BYTES, TRUST_LIST_TYP, openTrustList } from '../core/trust-list.ts'
import { jwkJson } from '../core/trust.ts'
import type { TrustList } from '../core/trust.ts'
import { ZerocardError } from '../core/errors.ts'
import type { PublicJwk } from '../core/jws.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'

// The lists of issuers that a proof is made under. Whoever operates a list chose its issuers; what
// it says of their keys is checked against the issuers' own signatures.

/** Media types of a signed list. */
const LIST_TYPES = ['application/jwt', `application/${TRUST_LIST_TYP}`] as const

/** Bytes of an operator's description, which names the issuers of all its lists. */
const MAX_OPERATOR_BYTES = 1024 * 1024

/** What an operator says of itself, as far as a wallet needs it: its name is its origin. */
const operatorJson = z.object({ jwk: jwkJson })

/** A list as it was fetched, with the key that its operator had then. */
export interface KeptTrustList {
  readonly jwk: PublicJwk
  readonly text: string
}

/** Where a wallet keeps lists, by their address, for when there is no network. */
export interface TrustListCache {
  readonly get: (url: string) => KeptTrustList | undefined
  /** Told of every list that was fetched and is good. */
  readonly set: (url: string, list: KeptTrustList) => Promise<void>
}

/**
 * Fetches and opens the trust list of each credential name of a policy.
 *
 * @param addresses - Where each list is, by the name that the policy gives it.
 * @param now - Seconds since 1970-01-01 UTC.
 * @param kept - Has what counts where there is no network: a list is good for as long as it says.
 * @throws ZerocardError with the codes of `openTrustList` or {@link WalletHttp}.
 */
export async function fetchTrustLists(
  {
    policy,
    addresses,
  }: { readonly policy: Policy; readonly addresses: ReadonlyMap<string, string> },
  now: number,
  http: WalletHttp,
  kept?: TrustListCache,
): Promise<Record<string, TrustList>> {
  const names = new Set(Object.values(policy.credentials).map(({ trust }) => trust))
  const lists = new Map<string, TrustList>()
  for (const name of names) {
    const url = addresses.get(name)
    if (url === undefined) throw new TypeError(`no address of the list ${name}`)
    lists.set(name, await openList(name, url, now, http, kept))
  }
  return Object.fromEntries(
    Object.entries(policy.credentials).map(([alias, { trust }]) => [
      alias,
      lists.get(trust) as TrustList,
    ]),
  )
}

async function openList(
  name: string,
  url: string,
  now: number,
  http: WalletHttp,
  kept: TrustListCache | undefined,
): Promise<TrustList> {
  const operator = http.address(url).origin
  const fetched = await fetchTrustList(operator, url, http).catch(unreachable)
  const { jwk, text } = fetched instanceof ZerocardError ? keptAt(url, kept, fetched) : fetched
  const list = await openTrustList(text, { operator, jwk, name }, now)
  if (!(fetched instanceof ZerocardError)) await kept?.set(url, fetched)
  return list
}

/**
 * Fetches a list with its operator's key; neither is judged yet.
 *
 * @param operator - The origin of the address.
 * @throws ZerocardError with `TRUST_INVALID` or the codes of {@link WalletHttp}.
 */
export async function fetchTrustList(
  operator: string,
  url: string,
  http: WalletHttp,
): Promise<KeptTrustList> {
  const document = await requestJson(http, {
    url: `${operator}/.well-known/zerocard-trust`,
    maxBytes: MAX_OPERATOR_BYTES,
  })
  const { jwk } = readWith(operatorJson, document, 'TRUST_INVALID', 'operator of a trust list')
  const text = await http.request({
    url,
    types: LIST_TYPES,
    maxBytes: MAX_TRUST_LIST_BYTES,
  })
  return { jwk, text }
}

/** A network that is down is no answer; what a service says is one. */
function unreachable(error: unknown): ZerocardError {
  if (error instanceof ZerocardError && error.code === 'FETCH_FAILED') return error
  throw error
}

/** One that is too old is as good as none. */
function keptAt(
  url: string,
  kept: TrustListCache | undefined,
  cause: ZerocardError,
): KeptTrustList {
  const list = kept?.get(url)
  if (list === undefined) throw cause
  return list
}
