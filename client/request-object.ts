import { ZerocardError } from '../core/errors.ts'
import type { EncryptionJwk } from '../core/jwe.ts'
import { readWith } from '../core/json.ts'
import { readJws, verifyJws } from '../core/jws.ts'
import type { PublicJwk } from '../core/jws.ts'
import {
  REQUEST_TYP,
  didDocumentJson,
  didOf,
  requestHeaderJson,
  requestKeyJson,
  requestObjectJson,
  responseKeyJson,
} from '../core/openid.ts'
import type { output } from '../core/zod.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'
import type { RequestLink } from './request-link.ts'

// A verifier's signed request (RFC 9101). It is believed if the host that the holder is shown
// signed it for this wallet, just now.

export type RequestObject = output<typeof requestObjectJson>

/** Seconds by which a verifier's clock may be ahead. */
export const MAX_CLOCK_SKEW = 300

/**
 * Checks the signature of a request object by the key in the verifier's DID document, then that it
 * is for this wallet and not out of date.
 *
 * @param walletNonce - What the request was asked for with.
 * @param now - Seconds since 1970-01-01 UTC.
 * @throws ZerocardError with `REQUEST_INVALID`, `SESSION_EXPIRED`, `ADDRESS_REFUSED` if the answer
 *   is to go to another host, or the codes of {@link WalletHttp}.
 */
export async function openRequestObject(
  text: string,
  link: RequestLink,
  walletNonce: string,
  now: number,
  http: WalletHttp,
): Promise<{ readonly request: RequestObject; readonly kid: string; readonly jwk: PublicJwk }> {
  const { kid } = readWith(
    requestHeaderJson,
    readJws(text, 'REQUEST_INVALID').header,
    'REQUEST_INVALID',
    'request header',
  )
  const jwk = await fetchRequestKey(link.verifier, kid, http)
  const payload = await verifyJws(text, jwk, REQUEST_TYP, 'REQUEST_INVALID')
  const request = readWith(requestObjectJson, payload, 'REQUEST_INVALID', 'request')
  if (request.client_id !== link.clientId) {
    throw invalid('the request is of another verifier than the link')
  }
  if (request.wallet_nonce !== walletNonce) throw invalid('the request was made for another wallet')
  if (http.address(request.response_uri).origin !== link.verifier) {
    throw new ZerocardError('ADDRESS_REFUSED', 'the answer would go to another host')
  }
  if (request.iat > now + MAX_CLOCK_SKEW) throw invalid('the request is from the future')
  if (now >= request.exp) throw new ZerocardError('SESSION_EXPIRED', 'the request has expired')
  return { request, kid, jwk }
}

/**
 * The key that the answer is encrypted for.
 *
 * @returns Undefined if the verifier asks for an answer in the clear.
 * @throws ZerocardError with `REQUEST_INVALID` if there is none that can be used.
 */
export function encryptionKeyOf(request: RequestObject): EncryptionJwk | undefined {
  if (request.response_mode === 'direct_post') return undefined
  const { jwks, encrypted_response_enc_values_supported: methods } = request.client_metadata
  if (methods?.includes('A256GCM') !== true) throw invalid('the verifier does not read A256GCM')
  for (const key of jwks?.keys ?? []) {
    const result = responseKeyJson.safeParse(key)
    if (result.success) return result.data
  }
  throw invalid('the verifier names no key to encrypt the answer for')
}

/**
 * The verification method of this name in the verifier's did:web document.
 *
 * @throws ZerocardError with `REQUEST_INVALID` if there is none, or the codes of {@link WalletHttp}.
 */
export async function fetchRequestKey(
  verifier: string,
  kid: string,
  http: WalletHttp,
): Promise<PublicJwk> {
  const did = didOf(verifier)
  if (!kid.startsWith(`${did}#`)) throw invalid('the request is signed by somebody else')
  const json = await requestJson(http, {
    url: `${verifier}/.well-known/did.json`,
    types: ['application/json', 'application/did+json', 'application/did+ld+json'],
  })
  const document = readWith(didDocumentJson, json, 'REQUEST_INVALID', 'did document')
  if (document.id !== did) throw invalid('the DID document is of somebody else')
  const methods = document.verificationMethod.filter(({ id }) => id === kid)
  if (methods.length !== 1) throw invalid('the verifier does not publish the key of the request')
  return readWith(requestKeyJson, methods[0], 'REQUEST_INVALID', 'request key').publicKeyJwk
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('REQUEST_INVALID', message)
}
