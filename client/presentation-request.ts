import { toBase64url } from '../core/bytes.ts'
import type { Day } from '../core/dates.ts'
import { ZerocardError } from '../core/errors.ts'
import type { EncryptionJwk } from '../core/jwe.ts'
import { REQUEST_MEDIA_TYPE } from '../core/openid.ts'
import { policyShape } from '../core/policy/compile.ts'
import { parsePolicy } from '../core/policy/policy.ts'
import type { Policy } from '../core/policy/policy.ts'
import type { Language } from '../core/policy/languages/languages.ts'
import { policySentence } from '../core/policy/sentence.ts'
import type { PolicySentence } from '../core/policy/sentence.ts'
import { parseSchema, schemaHash } from '../core/schema.ts'
import type { Schema } from '../core/schema.ts'
import type { Schemas } from '../core/statement.ts'
import type { TrustList } from '../core/trust.ts'
import type { CircuitKeys } from './holder.ts'
import type { WalletHttp } from './http.ts'
import type { RequestLink } from './request-link.ts'
import { encryptionKeyOf, openRequestObject } from './request-object.ts'
import type { RequestObject } from './request-object.ts'
import { fetchTrustLists } from './trust-lists.ts'

// What a verifier asks, fetched and checked, and said in words before anybody consents.

/** A verifier's request, checked: what a consent screen needs and what an answer is made from. */
export interface PresentationRequest {
  /** Who asks. The host is proven, the name is what the host calls itself. */
  readonly verifier: { readonly host: string; readonly name: string }
  /** The verifier's origin, which the presentation is bound to. */
  readonly audience: string
  readonly nonce: string
  readonly policy: Policy
  readonly schemas: Schemas
  /** Addresses of the trust lists, by the names that the policy gives them. */
  readonly trustUrls: ReadonlyMap<string, string>
  readonly responseUri: string
  /** Absent if the verifier wants the answer in the clear, inside TLS. */
  readonly encryptionJwk?: EncryptionJwk
  readonly state: string
  /** Seconds since 1970-01-01 UTC. */
  readonly expiresAt: number
}

/** What the wallet knows already, and does not take from a request. */
export interface WalletKnowledge {
  /** The wallet's own verification keys. */
  readonly keys: CircuitKeys
  /** Schemas of credentials that it keeps: their wording counts, not the verifier's. */
  readonly schemas?: Schemas
  /** The holder's clock, seconds since 1970-01-01 UTC. */
  readonly now: number
}

/** Bytes of a request: a policy may name 4096 values. */
const MAX_REQUEST_BYTES = 256 * 1024

/**
 * Gets the request behind a link and checks all of it. Nothing of the holder is sent.
 *
 * @throws ZerocardError with `REQUEST_INVALID` if it is not the verifier's, not for this wallet or
 *   not of the one form that is answered; `ADDRESS_REFUSED`; `SESSION_EXPIRED`; `KEY_UNKNOWN` if
 *   the verifier accepts none of the wallet's keys; `POLICY_INVALID`, `SCHEMA_INVALID`; the codes of
 *   {@link WalletHttp}.
 */
export async function fetchRequest(
  link: RequestLink,
  knowledge: WalletKnowledge,
  http: WalletHttp,
): Promise<PresentationRequest> {
  const walletNonce = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const text = await http.request({
    url: link.requestUri,
    types: [REQUEST_MEDIA_TYPE],
    body: new URLSearchParams({ wallet_nonce: walletNonce }),
    maxBytes: MAX_REQUEST_BYTES,
  })
  const request = await openRequestObject(text, link, walletNonce, knowledge.now, http)
  const key = encryptionKeyOf(request)
  return {
    verifier: { host: new URL(link.verifier).host, name: request.client_metadata.client_name },
    audience: link.verifier,
    nonce: request.nonce,
    ...readQuery(request, knowledge, http),
    responseUri: request.response_uri,
    ...(key === undefined ? {} : { encryptionJwk: key }),
    state: request.state,
    expiresAt: request.exp,
  }
}

/**
 * The request in words: what is asked, what the verifier learns and what not.
 *
 * @param trust - The lists, if they have been fetched: one that names a single issuer tells which.
 */
export function requestSentence(
  { policy, schemas }: PresentationRequest,
  asOf: Day,
  trust?: Readonly<Record<string, TrustList>>,
  language: Language = 'en',
): PolicySentence {
  const sizes = Object.entries(trust ?? {}).map(([alias, { leaves }]) => {
    const id = policy.credentials[alias]?.schema
    const issuers = leaves.filter(({ schema }) => schema === id).map(({ issuer }) => issuer)
    return [alias, new Set(issuers).size] as const
  })
  return policySentence(policy, schemas, asOf, Object.fromEntries(sizes), language)
}

/** Fetches the trust lists that a request names, by credential name of its policy. */
export async function fetchRequestTrust(
  { policy, trustUrls }: PresentationRequest,
  now: number,
  http: WalletHttp,
): Promise<Record<string, TrustList>> {
  return fetchTrustLists({ policy, addresses: trustUrls }, now, http)
}

function readQuery(
  request: RequestObject,
  { keys, schemas: known }: WalletKnowledge,
  http: WalletHttp,
): Pick<PresentationRequest, 'policy' | 'schemas' | 'trustUrls'> {
  const [query] = request.dcql_query.credentials
  if (query === undefined) throw new TypeError('a request without a query was let through')
  const { meta } = query
  const schemas = new Map(
    meta.schemas.map((json) => {
      const schema = familiarSchema(parseSchema(json), known)
      return [schema.id, schema] as const
    }),
  )
  const policy = parsePolicy(meta.policy, schemas)
  if (!meta.circuits.includes(keys[policyShape(policy).name].id)) {
    throw new ZerocardError('KEY_UNKNOWN', 'the verifier does not accept proofs of this wallet')
  }
  const trustUrls = new Map<string, string>()
  for (const { trust } of Object.values(policy.credentials)) {
    const url = Object.hasOwn(meta.trust, trust) ? meta.trust[trust] : undefined
    if (url === undefined) {
      throw new ZerocardError('REQUEST_INVALID', `the request does not say where ${trust} is`)
    }
    trustUrls.set(trust, http.address(url).href)
  }
  return { policy, schemas, trustUrls }
}

/**
 * A schema's titles are not part of its hash: a verifier could call a birth date a favourite
 * colour. Of a schema that the wallet knows, its own wording is shown.
 */
function familiarSchema(schema: Schema, known: Schemas | undefined): Schema {
  const own = known?.get(schema.id)
  if (own === undefined) return schema
  if (schemaHash(own) !== schemaHash(schema)) {
    throw new ZerocardError('SCHEMA_INVALID', `the verifier has another ${schema.id} than you`)
  }
  return own
}
