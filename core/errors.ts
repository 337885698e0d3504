/**
 * Everything that can be wrong with data from outside, as one closed list.
 * A wrong call (a bug of the caller) is a `TypeError` instead.
 */
export const ERROR_CODES = [
  'FIELD_INVALID',
  'ENCODING_INVALID',
  'SCHEMA_INVALID',
  'ATTRIBUTE_INVALID',
  'KEY_INVALID',
  'SIGNATURE_INVALID',
  'CREDENTIAL_INVALID',
  'CREDENTIAL_EXPIRED',
  'CREDENTIAL_NOT_YET_VALID',
  'CREDENTIAL_REVOKED',
  'HOLDER_MISMATCH',
  'ENROLMENT_INVALID',
  'SET_INVALID',
  'SET_FULL',
  'STATUS_INVALID',
  'STATUS_STALE',
  'TRUST_INVALID',
  'LOG_FORKED',
  'LOG_UNWITNESSED',
  'ISSUER_UNTRUSTED',
  'POLICY_INVALID',
  'POLICY_TOO_LARGE',
  'POLICY_NOT_SATISFIED',
  'PHRASE_INVALID',
  'PRESENTATION_INVALID',
  'PRESENTATION_SIGNATURE_INVALID',
  'PRESENTATION_EXPIRED',
  'AUDIENCE_MISMATCH',
  'NONCE_MISMATCH',
  'NONCE_USED',
  'POLICY_MISMATCH',
  'KEY_UNKNOWN',
  'KEY_FORGEABLE',
  'DATE_REFUSED',
  'TRUST_ROOT_UNKNOWN',
  'PSEUDONYM_USED',
  'PROOF_INVALID',
  'PROVING_FAILED',
  'USE_EXHAUSTED',
  'ARTIFACT_INVALID',
  'INPUT_INVALID',
  'CONFIG_INVALID',
  'DATABASE_INVALID',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT',
  'INPUT_TOO_LARGE',
  'MEDIA_TYPE',
  'RATE_LIMITED',
  'OVERLOADED',
  'UNAVAILABLE',
  'SESSION_EXPIRED',
  'PSEUDONYM_BANNED',
  'OFFER_INVALID',
  'REQUEST_INVALID',
  'RECOVERY_LIMITED',
  'FETCH_FAILED',
  'ADDRESS_REFUSED',
  'LOCKED',
  'UNLOCK_FAILED',
  'STORAGE_FAILED',
  'STORAGE_FULL',
  'BACKUP_INVALID',
  'ABORTED',
  'BUDGET_SPENT',
  'CONSENT_STALE',
  'USAGE',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Whether a code from outside, such as a service's answer, is one of the list. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(code)
}

/**
 * The one error of this project. `code` is for programs and never changes its meaning;
 * `message` is for people, says what was expected and what came, and holds no secret.
 */
export class ZerocardError extends Error {
  override readonly name = 'ZerocardError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
