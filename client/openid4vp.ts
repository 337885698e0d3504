import { toBase64url } from '../core/bytes.ts'
import { dayFromUnixSeconds } from '../core/dates.ts'
import { ZerocardError } from '../core/errors.ts'
import { encryptJwe } from '../core/jwe.ts'
import type { EncryptionJwk } from '../core/jwe.ts'
import { readWith } from '../core/json.ts'
import { QUERY_ID, answeredJson } from '../core/openid.ts'
import { policyHash } from '../core/policy/policy.ts'
import type { TrustList } from '../core/trust.ts'
import { prepareProof, presentProof } from './holder.ts'
import type { Holder, PreparedProof, ProvingTools } from './holder.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'
import type { AskedRequest, PresentationRequest } from './presentation-request.ts'
import type { ProofProgress } from './prover.ts'

export { fetchRequest, fetchRequestTrust, requestSentence } from './presentation-request.ts'
export type { AskedRequest, PresentationRequest, WalletKnowledge } from './presentation-request.ts'
export { readRequestLink } from './request-link.ts'
export type { RequestLink } from './request-link.ts'

// Answering a verifier: OpenID for Verifiable Presentations 1.0 with one query of one policy.

/** What an answer is proved with. */
export interface Proving {
  readonly holder: Holder
  readonly tools: ProvingTools
  readonly now: number
  /** As in `ProofRequest`. */
  readonly use?: number
  readonly progress?: ProofProgress
  readonly signal?: AbortSignal
}

/** How an exchange ended; in a same-device flow, where the browser is to go now. */
export interface Answered {
  readonly redirectUri?: string
}

/**
 * Makes the proof that answers a request: the slow part, which may run while the holder still
 * reads. Nothing is sent to the verifier.
 *
 * @throws ZerocardError with the codes of `prepareProof`.
 */
export async function prepareAnswer(
  request: Pick<AskedRequest, 'policy' | 'schemas' | 'audience'>,
  trust: Readonly<Record<string, TrustList>>,
  { holder, tools, now, use = 0, progress, signal }: Proving,
): Promise<PreparedProof> {
  const { policy, schemas, audience } = request
  const asOf = dayFromUnixSeconds(now)
  const wanted = { policy, schemas, audience, asOf, trust, use }
  return prepareProof(holder, wanted, tools, progress, signal)
}

/**
 * Signs the prepared proof for this request and sends it.
 *
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with `SESSION_EXPIRED` if it is too late; the verifier's code if it refuses,
 *   such as `PSEUDONYM_USED`; the codes of {@link WalletHttp}.
 * @throws TypeError if the proof was made for another request.
 */
export async function answerRequest(
  request: PresentationRequest,
  prepared: PreparedProof,
  now: number,
  http: WalletHttp,
): Promise<Answered> {
  const presentation = await signAnswer(request, prepared, now)
  return sendAnswer(request, await sealAnswer(request, presentation), http)
}

/**
 * The first part of {@link answerRequest}: the presentation.
 *
 * @throws ZerocardError with `SESSION_EXPIRED`.
 * @throws TypeError if the proof was made for another request.
 */
export async function signAnswer(
  request: AskedRequest,
  prepared: PreparedProof,
  now: number,
): Promise<string> {
  if (
    prepared.audience !== request.audience ||
    prepared.policy !== toBase64url(policyHash(request.policy))
  ) {
    throw new TypeError('the proof was made for another request')
  }
  if (now >= request.expiresAt) {
    throw new ZerocardError('SESSION_EXPIRED', 'the request has expired')
  }
  // Clocks of devices differ by seconds that stay the same: one visit would be known by another.
  return presentProof(prepared, request.nonce, request.askedAt)
}

/** An answer as it travels: the members of a form. */
export type SealedAnswer = Readonly<Record<string, string>>

/** The second part: encrypted for the verifier, if it asks for that. Another one each time. */
export async function sealAnswer(
  { state, encryptionJwk }: PresentationRequest,
  presentation: string,
): Promise<SealedAnswer> {
  const answer = { vp_token: { [QUERY_ID]: [presentation] }, state }
  return answerForm(answer, encryptionJwk)
}

/**
 * The last part. In a same-device flow a verifier that has accepted an answer, and whose word got
 * lost, says the same again to the very same form.
 *
 * @throws ZerocardError with the verifier's code or those of {@link WalletHttp}.
 */
export async function sendAnswer(
  request: PresentationRequest,
  sealed: SealedAnswer,
  http: WalletHttp,
): Promise<Answered> {
  return send(request, sealed, http)
}

/**
 * Tells the verifier that there will be no answer. There is one such message, whether the holder
 * did not want to or could not: which of the two it was would be an answer.
 *
 * @throws ZerocardError with the codes of {@link WalletHttp}.
 */
export async function refuseRequest(
  request: PresentationRequest,
  http: WalletHttp,
): Promise<Answered> {
  return send(request, { error: 'access_denied', state: request.state }, http)
}

async function answerForm(
  answer: { readonly vp_token: object; readonly state: string },
  key: EncryptionJwk | undefined,
): Promise<Record<string, string>> {
  if (key !== undefined) return { response: await encryptJwe(answer, key) }
  return { vp_token: JSON.stringify(answer.vp_token), state: answer.state }
}

async function send(
  { responseUri }: PresentationRequest,
  form: Readonly<Record<string, string>>,
  http: WalletHttp,
): Promise<Answered> {
  const json = await requestJson(http, { url: responseUri, body: new URLSearchParams(form) })
  const { redirect_uri: uri } = readWith(answeredJson, json, 'FETCH_FAILED', 'verifier answer')
  return uri === undefined ? {} : { redirectUri: http.address(uri).href }
}
