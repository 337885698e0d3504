import { ZerocardError } from '../../core/errors.ts'
import type { Problem } from './problem.ts'

/**
 * An error of a route that speaks OAuth, with the specification's own code: RFC 6749 section 5.2,
 * OpenID4VCI 1.0 sections 6.3 and 8.3.1, OpenID4VP 1.0 section 8.5.
 */
export class OauthError extends ZerocardError {
  readonly error: string

  constructor(error: string, cause: ZerocardError) {
    super(cause.code, cause.message, { cause })
    this.error = error
  }
}

/** The body of an error answer as OAuth has it, with our code beside it. */
export function oauthErrorOf(
  error: unknown,
  { status, code, detail }: Problem,
): Readonly<Record<string, string>> {
  return { error: nameOf(error, status), error_description: plainAscii(detail), code }
}

/**
 * The status of an error that has a name of a specification: 400 for all of them but `invalid_token`
 * (RFC 6749 section 5.2, RFC 6750 section 3.1, OpenID4VCI 1.0 section 8.3.1).
 */
export function oauthStatusOf(error: unknown, { status }: Problem): number {
  if (!(error instanceof OauthError) || status >= 500) return status
  return error.error === 'invalid_token' ? 401 : 400
}

function nameOf(error: unknown, status: number): string {
  if (error instanceof OauthError) return error.error
  if (status === 401) return 'invalid_token'
  if (status === 503) return 'temporarily_unavailable'
  return status >= 500 ? 'server_error' : 'invalid_request'
}

/** error_description may hold printable ASCII without quotes and backslashes (RFC 6749, 5.2). */
function plainAscii(text: string): string {
  return text.replace(/[^ !#-[\]-~]/g, '?')
}
