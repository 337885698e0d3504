import { ZerocardError } from '../../core/errors.ts'

/** The error of a call that its caller has stopped. */
export function aborted(): ZerocardError {
  return new ZerocardError('ABORTED', 'stopped on request')
}

/** @throws ZerocardError with `ABORTED` if the signal says so. */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted()
}

/**
 * Waits for a promise, or for the signal if that is sooner; the work goes on unseen then.
 *
 * @throws ZerocardError with `ABORTED`; else what the promise throws.
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(aborted())
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await Promise.race([promise, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
