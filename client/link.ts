import { ZerocardError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'

/** Longer links are refused unread; a QR code holds less. */
const MAX_LINK_LENGTH = 8 * 1024

/**
 * The parameters of a link that opens a wallet.
 *
 * @param scheme - The scheme that any wallet answers to. A wallet's own `https` address, or `http`
 *   in development, serves as well: whoever follows it is in the wallet already.
 * @throws ZerocardError with `code` for another link, or one with a parameter twice.
 */
export function linkParameters(
  text: string,
  scheme: string,
  code: ErrorCode,
): ReadonlyMap<string, string> {
  const trimmed = text.trim()
  if (trimmed.length > MAX_LINK_LENGTH || !URL.canParse(trimmed)) {
    throw new ZerocardError(code, 'this is not a link')
  }
  const { protocol, search, hash } = new URL(trimmed)
  if (![scheme, 'https:', 'http:'].includes(protocol)) {
    throw new ZerocardError(code, `expected a link that begins with ${scheme}// or https://`)
  }
  if (search !== '' && hash !== '') {
    throw new ZerocardError(code, 'the link has parameters in two places')
  }
  // Behind a # they do not reach the host of the wallet's page.
  const given = new URLSearchParams(search === '' ? hash.slice(1) : search)
  const parameters = new Map(given)
  if (parameters.size !== [...given].length) {
    throw new ZerocardError(code, 'the link has a parameter twice')
  }
  return parameters
}
