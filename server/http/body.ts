import { repeatedMember } from '../../core/json-members.ts'
import { ZerocardError } from '../../core/errors.ts'

/** Bytes of a request body, by default. The largest honest one is a presentation, encrypted. */
export const MAX_BODY_BYTES = 16 * 1024

/** Levels of arrays and objects in a JSON body. */
const MAX_DEPTH = 32

/**
 * Reads a JSON body: no member twice, since two readers could see two messages in it, and no
 * deeper than any message is.
 *
 * @throws ZerocardError with `INPUT_INVALID`.
 */
export function parseJsonBody(text: string): unknown {
  const found = repeatedMember(text, MAX_DEPTH)
  if (found === 'too-deep') throw invalid('the body is nested too deeply')
  try {
    const json = JSON.parse(text) as unknown
    if (found !== undefined) throw invalid('the body has a member twice')
    return json
  } catch (cause) {
    if (cause instanceof ZerocardError) throw cause
    throw invalid('the body is not JSON', cause)
  }
}

/**
 * Reads a form (application/x-www-form-urlencoded): every name once.
 *
 * @throws ZerocardError with `INPUT_INVALID`.
 */
export function parseFormBody(text: string): Record<string, string> {
  const entries = [...new URLSearchParams(text)]
  const names = new Set(entries.map(([name]) => name))
  if (names.size !== entries.length) throw invalid('the form has a field twice')
  return Object.fromEntries(entries)
}

function invalid(message: string, cause?: unknown): ZerocardError {
  return new ZerocardError('INPUT_INVALID', message, cause === undefined ? undefined : { cause })
}
