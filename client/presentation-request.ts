import { toBase64url } from '../core/bytes.ts'
import type { Day } from '../core/dates.ts'
import { ZerocardError } from '../core/errors.ts'
import type { EncryptionJwk } from '../core/jwe.ts'
import type { PublicJwk } from '../core/jws.ts'
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
import { listedIssuers } from '../core/trust.ts'
import type { TrustList } from '../core/trust.ts'
import type { CircuitKeys } from './holder.ts'
import type { WalletHttp } from './http.ts'
import type { RequestLink } from './request-link.ts'
import { encryptionKeyOf, openRequestObject } from './request-object.ts'
import type { RequestObject } from './request-object.ts'
import { fetchTrustLists } from './trust-lists.ts'
import type { TrustListCache } from './trust-lists.ts'

// What a verifier asks, fetched and checked, and said in words before anybody consents.

/** What is asked and by whom, checked: what a consent screen needs and an answer is made from. */
export interface AskedRequest {
  /** Who asks. The host is proven, the name is what the host calls itself. */
  readonly verifier: { readonly host: string; readonly name: string }
  /** Host of the page that asks in the verifier's name, as the verifier says; absent for its own. */
  readonly page?: string
  /** The verifier's origin, which the presentation is bound to. */
  readonly audience: string
  readonly nonce: string
  readonly policy: Policy
  readonly schemas: Schemas
  /** Addresses of the trust lists, by the names that the policy gives them. */
  readonly trustUrls: ReadonlyMap<string, string>
  /** As the verifier says, seconds since 1970-01-01 UTC: the time that the answer repeats. */
  readonly askedAt: number
  /** Seconds since 1970-01-01 UTC. */
  readonly expiresAt: number
}

/** A verifier's request, with where the answer goes. */
export interface PresentationRequest extends AskedRequest {
  /** The key that signed it, by its name in the verifier's DID document. */
  readonly signedBy: { readonly kid: string; readonly jwk: PublicJwk }
  readonly responseUri: string
  /** Absent if the verifier wants the answer in the clear, inside TLS. */
  readonly encryptionJwk?: EncryptionJwk
  readonly state: string
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
  const { request, ...signedBy } = await openRequestObject(
    text,
    link,
    walletNonce,
    knowledge.now,
    http,
  )
  const key = encryptionKeyOf(request)
  return {
    verifier: { host: new URL(link.verifier).host, name: request.client_metadata.client_name },
    ...askingPage(request),
    audience: link.verifier,
    nonce: request.nonce,
    ...readQuery(request, knowledge, http),
    signedBy,
    responseUri: request.response_uri,
    ...(key === undefined ? {} : { encryptionJwk: key }),
    state: request.state,
    askedAt: request.iat,
    expiresAt: request.exp,
  }
}

/**
 * The request in words: what is asked, what the verifier learns and what not.
 *
 * @param trust - The lists, if they have been fetched: one that names a single issuer tells which.
 */
export function requestSentence(
  { policy, schemas }: AskedRequest,
  asOf: Day,
  trust?: Readonly<Record<string, TrustList>>,
  language: Language = 'en',
): PolicySentence {
  const sizes = Object.entries(trust ?? {}).map(([alias, list]) => {
    const id = policy.credentials[alias]?.schema ?? ''
    return [alias, listedIssuers(list, id).length] as const
  })
  return policySentence(policy, schemas, asOf, Object.fromEntries(sizes), language)
}

/**
 * Fetches the trust lists that a request names, by credential name of its policy.
 *
 * @param kept - As in {@link fetchTrustLists}.
 */
export async function fetchRequestTrust(
  { policy, trustUrls }: AskedRequest,
  now: number,
  http: WalletHttp,
  kept?: TrustListCache,
): Promise<Record<string, TrustList>> {
  return fetchTrustLists({ policy, addresses: trustUrls }, now, http, kept)
}

/** What a question says besides its schemas, whichever way it came. */
interface PolicyQuestion {
  readonly policy: unknown
  readonly trust: Readonly<Record<string, string>>
  readonly circuits: readonly string[]
}

/**
 * Reads the policy of a question, with where its trust lists are.
 *
 * @throws ZerocardError with `POLICY_INVALID`, `KEY_UNKNOWN`, `REQUEST_INVALID` or `ADDRESS_REFUSED`.
 */
export function readPolicy(
  { policy: json, trust, circuits }: PolicyQuestion,
  schemas: Schemas,
  keys: CircuitKeys,
  http: WalletHttp,
): Pick<AskedRequest, 'policy' | 'schemas' | 'trustUrls'> {
  const policy = parsePolicy(json, schemas)
  if (!circuits.includes(keys[policyShape(policy).name].id)) {
    throw new ZerocardError('KEY_UNKNOWN', 'the verifier does not accept proofs of this wallet')
  }
  const trustUrls = new Map<string, string>()
  for (const { trust: name } of Object.values(policy.credentials)) {
    const url = Object.hasOwn(trust, name) ? trust[name] : undefined
    if (url === undefined) {
      throw new ZerocardError('REQUEST_INVALID', `the request does not say where ${name} is`)
    }
    trustUrls.set(name, http.address(url).href)
  }
  return { policy, schemas, trustUrls }
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
  const read = readPolicy(meta, schemas, keys, http)
  assertUsed(schemas, read.policy)
  return read
}

/** Of a schema that no answer needs, a wallet that knows it must not behave in another way. */
function assertUsed(schemas: Schemas, { credentials }: Policy): void {
  const used = new Set(Object.values(credentials).map(({ schema }) => schema))
  const unused = [...schemas.keys()].find((id) => !used.has(id))
  if (unused !== undefined) {
    throw new ZerocardError('REQUEST_INVALID', `the policy does not use the schema ${unused}`)
  }
}

/** To be shown and nothing else: nothing is sent there. */
function askingPage(request: RequestObject): Pick<AskedRequest, 'page'> {
  const page = request.dcql_query.credentials[0]?.meta.page
  return page === undefined ? {} : { page: new URL(page).host }
}

/**
 * A schema's titles are not part of its hash: a verifier could call a birth date a favourite
 * colour. Of a schema that the wallet knows, its own wording is shown. If the verifier means another
 * one by the name, no credential serves it; that comes out when credentials are chosen, because a
 * request that was dropped here would show that there is one.
 */
function familiarSchema(schema: Schema, known: Schemas | undefined): Schema {
  const own = known?.get(schema.id)
  return own === undefined || schemaHash(own) !== schemaHash(schema) ? schema : own
}
