import { ZerocardError } from '../../core/errors.ts'

export function failed(message: string): ZerocardError {
  return new ZerocardError('FETCH_FAILED', message)
}

export function refused(message: string): ZerocardError {
  return new ZerocardError('ADDRESS_REFUSED', message)
}

/**
 * The error that callers get: with the origin, and with nothing that came from there. An error of
 * the system is told by its code only, since some of them carry bytes of the answer.
 */
export function failureAt({ protocol, host }: URL, error: unknown): ZerocardError {
  const isOwn = error instanceof ZerocardError && CODES.has(error.code)
  const { code, message } = isOwn ? error : failed(`cannot be fetched from${reasonOf(error)}`)
  return new ZerocardError(code, `${protocol}//${host} ${message}`)
}

const CODES: ReadonlySet<string> = new Set(['FETCH_FAILED', 'ADDRESS_REFUSED'])

function reasonOf(error: unknown): string {
  const isCoded = error instanceof Error && 'code' in error
  return isCoded && typeof error.code === 'string' ? ` (${error.code})` : ''
}
