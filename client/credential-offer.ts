import { ZerocardError } from '../core/errors.ts'
import { parseJson, readWith } from '../core/json.ts'
import { PRE_AUTHORIZED_GRANT, offerJson } from '../core/openid.ts'
import { requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'
import { linkParameters } from './link.ts'

// The invitation to get a credential: a link or a QR code from an issuer.

/** What a link holds: the offer itself, or where it is. */
export type OfferLink = { readonly offer: CredentialOffer } | { readonly uri: string }

/** An invitation to get one credential. Whoever has it and the transaction code can redeem it. */
export interface CredentialOffer {
  /** The issuer's name: its origin. */
  readonly issuer: string
  /** What is offered, such as `person-1`. */
  readonly configuration: string
  /** A secret that can be redeemed once. */
  readonly code: string
  /** Absent if no transaction code is needed. */
  readonly txCode?: {
    readonly inputMode: 'numeric' | 'text'
    readonly length?: number
    readonly description?: string
  }
}

/**
 * Reads a link: `openid-credential-offer://?…`, or a wallet's own address with the same parameters.
 *
 * @throws ZerocardError with `OFFER_INVALID`.
 */
export function readOfferLink(text: string): OfferLink {
  const parameters = linkParameters(text, 'openid-credential-offer:', 'OFFER_INVALID')
  const value = parameters.get('credential_offer')
  const uri = parameters.get('credential_offer_uri')
  if (value !== undefined && uri === undefined) {
    return { offer: parseOffer(parseJson(value, 'OFFER_INVALID', 'offer')) }
  }
  if (uri !== undefined && value === undefined) return { uri }
  throw invalid('the link holds no offer')
}

/**
 * Gets the offer behind a link, from the issuer that it names.
 *
 * @throws ZerocardError with `OFFER_INVALID` or the codes of {@link WalletHttp}.
 */
export async function fetchOffer(link: OfferLink, http: WalletHttp): Promise<CredentialOffer> {
  const offer =
    'offer' in link ? link.offer : parseOffer(await requestJson(http, { url: link.uri }))
  if (http.address(offer.issuer).origin !== offer.issuer) {
    throw invalid('an issuer is named by its origin')
  }
  if ('uri' in link && http.address(link.uri).origin !== offer.issuer) {
    throw invalid(`the offer names ${offer.issuer}, and is from somebody else`)
  }
  return offer
}

function parseOffer(json: unknown): CredentialOffer {
  const offer = readWith(offerJson, json, 'OFFER_INVALID', 'offer')
  const grant = offer.grants[PRE_AUTHORIZED_GRANT]
  return {
    issuer: offer.credential_issuer,
    configuration: offer.credential_configuration_ids[0] ?? '',
    code: grant['pre-authorized_code'],
    ...(grant.tx_code === undefined ? {} : { txCode: txCodeOf(grant.tx_code) }),
  }
}

function txCodeOf({
  input_mode: inputMode,
  length,
  description,
}: {
  readonly input_mode: 'numeric' | 'text'
  readonly length?: number | undefined
  readonly description?: string | undefined
}): NonNullable<CredentialOffer['txCode']> {
  return {
    inputMode,
    ...(length === undefined ? {} : { length }),
    ...(description === undefined ? {} : { description }),
  }
}

function invalid(message: string): ZerocardError {
  return new ZerocardError('OFFER_INVALID', message)
}
