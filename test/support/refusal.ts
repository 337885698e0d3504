import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'

/** The code an action is refused with; undefined if it is not. Any other error is passed on. */
export function refusal(action: () => unknown): ErrorCode | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof ZerocardError) return error.code
    throw error
  }
}

/** The code a promise is refused with, or `accepted`. Any other error is passed on. */
export async function verdictOf(action: () => Promise<unknown>): Promise<ErrorCode | 'accepted'> {
  try {
    await action()
    return 'accepted'
  } catch (error) {
    if (error instanceof ZerocardError) return error.code
    throw error
  }
}
