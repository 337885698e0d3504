import { ZerocardError } from '../../core/errors.ts'
import { readOfferLink } from '../credential-offer.ts'

/** What a link, a pasted text or a QR code is for. */
export type LinkKind = 'offer' | 'request' | 'counter'

/**
 * Tells an offer from a request without following either.
 *
 * @throws ZerocardError with `REQUEST_INVALID` for a text that is neither.
 */
export function kindOf(text: string): LinkKind {
  if (isOffer(text)) return 'offer'
  const trimmed = text.trim()
  if (/[?&#]client_id=/.test(trimmed)) return 'request'
  throw new ZerocardError('REQUEST_INVALID', 'this is no link for a wallet')
}

function isOffer(text: string): boolean {
  try {
    readOfferLink(text)
    return true
  } catch (error) {
    if (error instanceof ZerocardError) return false
    throw error
  }
}
