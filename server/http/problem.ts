import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { InputProblems } from '../input-problems.ts'
import type { InputProblem } from '../input-problems.ts'

/** What a refused request is told; see RFC 9457. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly detail: string
  /** To find the request in the log. */
  readonly requestId: string
  /** Every mistake in a table, by line and column. */
  readonly problems?: readonly InputProblem[]
}

/** Media type of problems (RFC 9457, section 6.1). */
export const PROBLEM_TYPE = 'application/problem+json'

/** Mistakes told of one table. */
const MAX_PROBLEMS = 1000

const REFUSED = 422
const BAD = 400

/** HTTP statuses of errors whose cause is the request; all others are 500 and tell no details. */
const STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  INPUT_INVALID: BAD,
  FIELD_INVALID: BAD,
  ENCODING_INVALID: BAD,
  ATTRIBUTE_INVALID: BAD,
  SCHEMA_INVALID: BAD,
  POLICY_INVALID: BAD,
  POLICY_TOO_LARGE: BAD,
  PRESENTATION_INVALID: BAD,
  CREDENTIAL_INVALID: BAD,
  OFFER_INVALID: BAD,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  PSEUDONYM_BANNED: 403,
  NOT_FOUND: 404,
  NONCE_USED: 409,
  PSEUDONYM_USED: 409,
  CONFLICT: 409,
  SESSION_EXPIRED: 410,
  INPUT_TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  ENROLMENT_INVALID: REFUSED,
  PRESENTATION_SIGNATURE_INVALID: REFUSED,
  PRESENTATION_EXPIRED: REFUSED,
  AUDIENCE_MISMATCH: REFUSED,
  NONCE_MISMATCH: REFUSED,
  POLICY_MISMATCH: REFUSED,
  KEY_UNKNOWN: REFUSED,
  DATE_REFUSED: REFUSED,
  TRUST_ROOT_UNKNOWN: REFUSED,
  PROOF_INVALID: REFUSED,
  RATE_LIMITED: 429,
  RECOVERY_LIMITED: 429,
  OVERLOADED: 503,
  UNAVAILABLE: 503,
}

/** Seconds after which it makes sense to come back, for 503. */
export const RETRY_AFTER = 2

/** What the outside is told of an error. Errors that are bugs or troubles of our own tell nothing. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = error instanceof ZerocardError ? error : fromExpress(error)
  const status = known === undefined ? undefined : STATUSES[known.code]
  if (known === undefined || status === undefined) {
    return problem(500, 'INTERNAL', 'something went wrong here; nothing was changed', requestId)
  }
  const told = problem(status, known.code, known.message, requestId)
  return known instanceof InputProblems
    ? { ...told, problems: known.problems.slice(0, MAX_PROBLEMS) }
    : told
}

function problem(status: number, code: string, detail: string, requestId: string): Problem {
  return {
    type: `urn:zerocard:error:${code}`,
    title: TITLES[status] ?? '',
    status,
    code,
    detail,
    requestId,
  }
}

/** What express and its body parsers say against a request before a route sees it. */
function fromExpress(error: unknown): ZerocardError | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  const options = { cause: error }
  switch (error.status) {
    case 400:
      return new ZerocardError('INPUT_INVALID', 'the request cannot be read', options)
    case 404:
      return new ZerocardError('NOT_FOUND', 'there is nothing at this address', options)
    case 413:
      return new ZerocardError('INPUT_TOO_LARGE', 'the request is too large', options)
    case 415:
      return new ZerocardError('MEDIA_TYPE', 'the body has an encoding that is not read', options)
    default:
      return undefined
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}
