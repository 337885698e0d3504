import { ZerocardError } from '../core/errors.ts'
import { clientIdOf } from '../core/openid.ts'
import { isLoopback } from './http.ts'
import { linkParameters } from './link.ts'

// The invitation to answer a verifier: a link or a QR code. Whatever it says, the wallet talks to
// the host that it names to the holder, and to no other.

/** Where to get a verifier's request. */
export interface RequestLink {
  /** The verifier's origin. */
  readonly verifier: string
  readonly clientId: string
  readonly requestUri: string
}

/**
 * Reads a link: `openid4vp://authorize?…`, or a wallet's own address with the same parameters.
 *
 * @throws ZerocardError with `REQUEST_INVALID`; `ADDRESS_REFUSED` if the request is not at the
 *   verifier that the link names.
 */
export function readRequestLink(text: string): RequestLink {
  const parameters = linkParameters(text, 'openid4vp:', 'REQUEST_INVALID')
  const clientId = parameters.get('client_id')
  const requestUri = parameters.get('request_uri')
  if (clientId === undefined || requestUri === undefined) {
    throw new ZerocardError('REQUEST_INVALID', 'the link holds no request')
  }
  if (parameters.get('request_uri_method') !== 'post') {
    // Only a request that was asked for with a wallet's own nonce is known to be new.
    throw new ZerocardError('REQUEST_INVALID', 'expected a request that is asked for by POST')
  }
  if (!URL.canParse(requestUri)) {
    throw new ZerocardError('REQUEST_INVALID', 'the address of the request is not a URL')
  }
  return { verifier: verifierOf(clientId, new URL(requestUri)), clientId, requestUri }
}

/** A DID has no scheme: `http` can be meant only on this machine. */
function verifierOf(clientId: string, requestUri: URL): string {
  if (!clientId.startsWith('decentralized_identifier:did:web:')) {
    throw new ZerocardError('REQUEST_INVALID', 'the verifier does not name itself by did:web')
  }
  const isPlain = requestUri.protocol === 'http:' && isLoopback(requestUri)
  if (!isPlain && requestUri.protocol !== 'https:') {
    throw new ZerocardError('ADDRESS_REFUSED', 'the request is not at an https address')
  }
  if (clientIdOf(requestUri.origin) !== clientId) {
    throw new ZerocardError('ADDRESS_REFUSED', 'the request is not at the verifier that it names')
  }
  return requestUri.origin
}
