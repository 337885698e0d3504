import { ZerocardError } from '../errors.ts'
import * as z from '../zod.ts'

/** Names longer than this are cut in messages. */
const SHOWN_NAME_LENGTH = 40

/**
 * Reads a value by its zod shape.
 *
 * @param at - Where the value is, like `policy.where.all[0]`; the message starts with the place.
 * @throws ZerocardError with `POLICY_INVALID`.
 */
export function readStrict<T>(shape: z.ZodMiniType<T>, value: unknown, at: string): T {
  const result = z.safeParse(shape, value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw policyInvalid(at + (issue?.path ?? []).map(pathStep).join(''), describeIssue(issue))
}

/** A refusal of a policy, naming the place. */
export function policyInvalid(at: string, message: string, cause?: unknown): ZerocardError {
  const options = cause === undefined ? undefined : { cause }
  return new ZerocardError('POLICY_INVALID', `${at}: ${message}`, options)
}

/** A name from outside, fit for a message. */
export function quoted(name: string): string {
  return JSON.stringify(name.slice(0, SHOWN_NAME_LENGTH))
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pathStep(step: PropertyKey): string {
  if (typeof step === 'number') return `[${String(step)}]`
  const name = String(step)
  return /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? `.${name}` : `[${quoted(name)}]`
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : `expected ${articled(issue.expected)}`
    case 'unrecognized_keys':
      return `unknown member ${issue.keys.map(quoted).join(', ')}`
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`
    case 'invalid_format':
      return 'is not of the expected form'
    case 'invalid_key':
      return 'is not a name: a lower-case letter, then letters and digits'
    case 'too_small':
      return `expected at least ${String(issue.minimum)}${sizeUnit(issue.origin)}`
    case 'too_big':
      return `expected at most ${String(issue.maximum)}${sizeUnit(issue.origin)}`
    case 'custom':
      return issue.message
    default:
      return 'invalid'
  }
}

function articled(expected: string): string {
  return expected === 'int'
    ? 'an integer'
    : /^[aeiou]/.test(expected)
      ? `an ${expected}`
      : `a ${expected}`
}

function sizeUnit(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' ? ' items' : ''
}
