import { ZerocardError } from '../../core/errors.ts'
import { readCounterLink } from '../counter-link.ts'
import { readOfferLink } from '../credential-offer.ts'
import type { WalletHttp } from '../http.ts'
import { readRequestLink } from '../request-link.ts'
import type { RequestLink } from '../request-link.ts'
import { readShortCode, resolveShortCode } from '../short-code.ts'

/** What a link, a pasted text or a QR code is for. */
export type LinkKind = 'offer' | 'request' | 'counter'

/**
 * Tells offers, requests and questions of counters apart without following any.
 *
 * @throws ZerocardError with `REQUEST_INVALID` for a text that is none.
 */
export function kindOf(text: string): LinkKind {
  if (isReadBy(readOfferLink, text)) return 'offer'
  if (isReadBy(readCounterLink, text)) return 'counter'
  const trimmed = text.trim()
  if (/[?&#]client_id=/.test(trimmed) || isReadBy(readShortCode, trimmed)) return 'request'
  throw new ZerocardError('REQUEST_INVALID', 'this is no link for a wallet')
}

/**
 * The request behind a link, or behind a host and a code that somebody typed.
 *
 * @throws ZerocardError with the codes of `readRequestLink` and `resolveShortCode`.
 */
export async function requestLinkOf(text: string, http: WalletHttp): Promise<RequestLink> {
  if (!isReadBy(readShortCode, text)) return readRequestLink(text)
  return readRequestLink(await resolveShortCode(readShortCode(text), http))
}

function isReadBy(read: (text: string) => unknown, text: string): boolean {
  try {
    read(text)
    return true
  } catch (error) {
    if (error instanceof ZerocardError) return false
    throw error
  }
}
