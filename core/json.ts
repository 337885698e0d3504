import * as z from './zod.ts'
import { ZerocardError } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { parseField } from './field.ts'
import { MAX_DEPTH, repeatedMember } from './json-members.ts'

/** A field element as a canonical decimal, turned into a number. */
export const decimal = z.pipe(
  z.string().check(z.maxLength(77), z.regex(/^(0|[1-9][0-9]*)$/)),
  z.transform((text: string, context): bigint => {
    try {
      return parseField(text)
    } catch {
      context.issues.push({ code: 'custom', message: 'not a canonical field element', input: text })
      return z.NEVER
    }
  }),
)

/** A point as two field elements. */
export const point = z.strictObject({ x: decimal, y: decimal })

/**
 * Reads data from outside with a schema.
 *
 * @param what - Name of the document, the first part of the path in messages.
 * @throws ZerocardError with `code`; the message names the first member that is wrong, and never
 *   repeats its value.
 */
export function readWith<T extends z.ZodMiniType>(
  schema: T,
  data: unknown,
  code: ErrorCode,
  what: string,
): z.output<T> {
  const result = schema.safeParse(data)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = [what, ...(issue?.path ?? []).map(String)].join('.')
  const detail =
    issue?.code === 'unrecognized_keys'
      ? `unknown ${issue.keys.join(', ')}`
      : (issue?.message ?? 'invalid')
  throw new ZerocardError(code, `${path}: ${detail}`)
}

/**
 * Text as JSON, without repeated members and not deeper than any message.
 *
 * @throws ZerocardError with `code` and the place of the mistake where the engine tells it.
 */
export function parseJson(text: string, code: ErrorCode, what: string): unknown {
  const json = parsed(text, code, what)
  const found = repeatedMember(text, MAX_DEPTH)
  if (found === undefined) return json
  const problem = found === 'too-deep' ? 'nested too deeply' : 'a member twice, or __proto__'
  throw new ZerocardError(code, `${what}: ${problem}`)
}

function parsed(text: string, code: ErrorCode, what: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    const place = /position \d+( \(line \d+ column \d+\))?/.exec(String(cause))?.[0]
    throw new ZerocardError(
      code,
      `${what}: not JSON${place === undefined ? '' : `, at ${place}`}`,
      { cause },
    )
  }
}
