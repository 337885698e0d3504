import { pino } from 'pino'
import type { DestinationStream, Logger } from 'pino'

export type { Logger } from 'pino'

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What is written about a finished request. No address, no URL, no body: those could tell who. */
export interface RequestLine {
  readonly requestId: string
  readonly method: string
  /** The route's pattern, never the path that was asked for. */
  readonly route: string
  readonly status: number
  readonly ms: number
  /** The error code of a refusal. */
  readonly code?: string
  /** The name of the operator's token. */
  readonly caller?: string
}

/** JSON lines on standard output, or wherever `destination` leads. */
export function createLogger(
  service: string,
  level: LogLevel,
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    // Of an error only what it says and where; its cause may quote what came from outside.
    serializers: { err: briefError },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

function briefError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error ? { code: String(error.code) } : {}
  return { type: error.name, ...code, message: error.message, stack: error.stack }
}
