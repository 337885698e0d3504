import * as z from '../core/zod.ts'
import { ZerocardError } from '../core/errors.ts'
import { readWith } from '../core/json.ts'
import { parseShortCode } from '../core/short-code.ts'
import { isLoopback, requestJson } from './http.ts'
import type { WalletHttp } from './http.ts'
import { readRequestLink } from './request-link.ts'

// The invitation to answer a verifier, typed: for a phone that cannot scan, or a person who cannot.

/** What somebody typed. */
export interface TypedCode {
  /** The verifier's origin. */
  readonly verifier: string
  /** Nine letters. */
  readonly code: string
}

const codeJson = z.object({ walletLink: z.string().check(z.maxLength(8 * 1024)) })

/** Longer is no host and code. */
const MAX_LENGTH = 300

/** A host, then at least one space, then a code in any grouping. */
const TYPED =
  /^(?:https:\/\/)?([a-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-f:]+\](?::[0-9]{1,5})?)\/?\s+(.+)$/i

/**
 * Reads what a page shows to be typed: `shop.example ABCD-EFGH-J`.
 *
 * @throws ZerocardError with `INPUT_INVALID`, also for a mistyped code.
 */
export function readShortCode(text: string): TypedCode {
  const [, host = '', code = ''] = TYPED.exec(text.slice(0, MAX_LENGTH).trim()) ?? []
  if (!URL.canParse(`https://${host}`)) {
    throw new ZerocardError(
      'INPUT_INVALID',
      'expected a host and a code, like shop.example ABCD-EFGH-J',
    )
  }
  return { verifier: originOf(host), code: parseShortCode(code) }
}

/**
 * Asks the verifier for the link behind a code.
 *
 * @returns The link; it leads to that verifier's own question.
 * @throws ZerocardError with `NOT_FOUND` if there is no such question now, `REQUEST_INVALID` or
 *   `ADDRESS_REFUSED` for a link that leads elsewhere, or the codes of {@link WalletHttp}.
 */
export async function resolveShortCode(typed: TypedCode, http: WalletHttp): Promise<string> {
  const { verifier, code } = typed
  const json = await requestJson(http, { url: `${verifier}/v1/codes/${code}` })
  const { walletLink } = readWith(codeJson, json, 'FETCH_FAILED', `the answer of ${verifier}`)
  if (readRequestLink(walletLink).verifier === verifier) return walletLink
  throw new ZerocardError('ADDRESS_REFUSED', `${verifier} leads to a question of somebody else`)
}

/** Nobody types a scheme: `http` can be meant only on this machine. */
function originOf(host: string): string {
  const url = new URL(`https://${host}`)
  return isLoopback(url) ? new URL(`http://${host}`).origin : url.origin
}
