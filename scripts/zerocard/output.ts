import { CommanderError } from 'commander'
import { ZerocardError } from '../../core/errors.ts'
import type { ErrorCode } from '../../core/errors.ts'
import { InputProblems } from '../../server/input-problems.ts'
import { systemReason } from './files.ts'

/** What a command has found out: for people, and for programs with `--json`. */
export interface Result {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export const EXIT_OK = 0
const EXIT_FAILURE = 1
export const EXIT_USAGE = 2
const EXIT_REFUSED = 3

/** The codes that say a presentation was looked at and is not accepted. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PRESENTATION_INVALID',
  'PRESENTATION_SIGNATURE_INVALID',
  'PRESENTATION_EXPIRED',
  'AUDIENCE_MISMATCH',
  'NONCE_MISMATCH',
  'NONCE_USED',
  'POLICY_MISMATCH',
  'KEY_UNKNOWN',
  'DATE_REFUSED',
  'TRUST_ROOT_UNKNOWN',
  'PSEUDONYM_USED',
  'PROOF_INVALID',
])

/** Everything that is not shown as itself, but for the end of a line. */
const DECEPTIVE = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** A text without line ends and other control characters. */
export const ONE_LINE = /^[^\p{Cc}\u2028\u2029]*$/u

/** An error as it is told: never with a stack, never over more than one line. */
export interface Failure {
  readonly exitCode: number
  readonly line: string
  readonly json: Readonly<Record<string, unknown>>
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommanderError) return failure(EXIT_USAGE, 'USAGE', usageMessage(error))
  if (!(error instanceof ZerocardError)) return describeOther(error)
  const exitCode =
    error.code === 'USAGE' ? EXIT_USAGE : REFUSALS.has(error.code) ? EXIT_REFUSED : EXIT_FAILURE
  const problems = error instanceof InputProblems ? { problems: error.problems } : {}
  return failure(exitCode, error.code, error.message, problems)
}

function describeOther(error: unknown): Failure {
  const reason = systemReason(error)
  const path = error instanceof Error && 'path' in error ? `${String(error.path)}: ` : ''
  if (reason !== undefined) return failure(EXIT_FAILURE, 'INPUT_INVALID', path + reason)
  const isDatabase = error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
  if (isDatabase) return failure(EXIT_FAILURE, 'INPUT_INVALID', `a state file: ${error.message}`)
  return failure(EXIT_FAILURE, 'INTERNAL', `a mistake in zerocard itself: ${String(error)}`)
}

/**
 * A text for a terminal. Names from outside may be in it: no control character and none that turns
 * the direction of writing gets through, so nothing can look like something else.
 */
export function printable(text: string): string {
  return text.replace(DECEPTIVE, '\uFFFD')
}

/** {@link printable} for a value from outside, which must not make lines of its own. */
export function printableValue(value: string | number | boolean): string {
  return printable(String(value).replaceAll('\n', '\uFFFD'))
}

/** Writes everything and waits until it is out. A reader that has gone away is no error. */
export function writeOut(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => {
      resolve()
    })
  })
}

/** Like `1 key` and `2 keys`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}

function failure(exitCode: number, code: string, message: string, more: object = {}): Failure {
  const text = printable(message.replaceAll('\n', ' ')).trim()
  const verdict = exitCode === EXIT_REFUSED ? { accepted: false } : {}
  return {
    exitCode,
    line: `zerocard: ${code}: ${text}\n`,
    json: { ...verdict, error: { code, message: text, ...more } },
  }
}

function usageMessage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'expected a command; see --help'
  return `${message.replace(/^error: /, '')}; see --help`
}
