import * as z from '../core/zod.ts'
import { readWith } from '../core/json.ts'
import type { Policy } from '../core/policy/policy.ts'
import { MAX_TRUST_LIST_BYTES, TRUST_LIST_TYP, openTrustList } from '../core/trust-list.ts'
import { jwkJson } from '../core/trust.ts'
import type { TrustList } from '../core/trust.ts'
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

/**
 * Fetches and opens the trust list of each credential name of a policy.
 *
 * @param addresses - Where each list is, by the name that the policy gives it.
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with the codes of `openTrustList` or {@link WalletHttp}.
 */
export async function fetchTrustLists(
  {
    policy,
    addresses,
  }: { readonly policy: Policy; readonly addresses: ReadonlyMap<string, string> },
  now: number,
  http: WalletHttp,
): Promise<Record<string, TrustList>> {
  const names = new Set(Object.values(policy.credentials).map(({ trust }) => trust))
  const lists = new Map<string, TrustList>()
  for (const name of names) {
    const url = addresses.get(name)
    if (url === undefined) throw new TypeError(`no address of the list ${name}`)
    lists.set(name, await fetchTrustList(name, url, now, http))
  }
  return Object.fromEntries(
    Object.entries(policy.credentials).map(([alias, { trust }]) => [
      alias,
      lists.get(trust) as TrustList,
    ]),
  )
}

async function fetchTrustList(
  name: string,
  url: string,
  now: number,
  http: WalletHttp,
): Promise<TrustList> {
  const operator = http.address(url).origin
  const document = await requestJson(http, {
    url: `${operator}/.well-known/zerocard-trust`,
    maxBytes: MAX_OPERATOR_BYTES,
    cache: 'default',
  })
  const { jwk } = readWith(operatorJson, document, 'TRUST_INVALID', 'operator of a trust list')
  const text = await http.request({
    url,
    types: LIST_TYPES,
    maxBytes: MAX_TRUST_LIST_BYTES,
    cache: 'default',
  })
  return openTrustList(text, { operator, jwk, name }, now)
}
