import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import express from 'express'
import * as z from '../core/zod.ts'
import { ZerocardError } from '../core/errors.ts'
import { DEFAULT_LIMITS } from './http/limits.ts'
import { LOG_LEVELS } from './http/log.ts'

// A service is configured by one JSON file, and by environment variables where a value is secret or
// differs between machines. Everything wrong is found at the start, and all of it at once.

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Variables every service reads; they win over the file. */
export const COMMON_VARIABLES = {
  DATABASE_URL: 'database',
  ZEROCARD_BASE_URL: 'baseUrl',
  ZEROCARD_LISTEN: 'listen',
  ZEROCARD_TRUST_PROXY: 'trustProxy',
  ZEROCARD_LOG: 'log',
} as const

/** Several mistakes in a configuration, one line each in the message. */
export class ConfigProblems extends ZerocardError {
  readonly problems: readonly string[]

  constructor(path: string, problems: readonly string[]) {
    super('CONFIG_INVALID', `${path}: ${problems.join('; ')}`)
    this.problems = problems
  }
}

const token = z.strictObject({
  name: z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'expected a short plain name')),
  roles: z.array(z.string()).check(z.minLength(1, 'expected at least one role')),
  sha256: z
    .string()
    .check(
      z.regex(/^[0-9a-f]{64}$/, 'expected what `zerocard token` printed, never the token itself'),
    ),
})

/** `HOST:PORT`, like `127.0.0.1:4001` or `[::1]:4001`. */
const listenAddress = z.pipe(
  z.string().check(z.regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):[0-9]{1,5}$/, 'expected HOST:PORT')),
  z.transform((text: string) => {
    const at = text.lastIndexOf(':')
    return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) }
  }),
)

/** `false`, a number of proxies, or addresses of proxies (express' `trust proxy`). */
const proxies = z.union(
  [z.boolean(), z.int().check(z.nonnegative()), z.string().check(z.refine(areAddresses))],
  'expected a number of proxies, or their addresses',
)

function areAddresses(text: string): boolean {
  try {
    express().set('trust proxy', text)
    return true
  } catch {
    return false
  }
}

/** Seconds, from texts like `90s`, `10m`, `24h`, `7d`. */
export const durationText = z.pipe(
  z.string().check(z.regex(/^[1-9][0-9]{0,5}[smhd]$/, 'expected a time like 90s, 10m, 24h or 7d')),
  z.transform((text: string) => Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? 1)),
)

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Members of every service's configuration; spread them into its own shape. */
export const commonShape = {
  /** How the world reaches this service: an origin, without a path. */
  baseUrl: z
    .string()
    .check(
      z.refine((text) => originOf(text) === text, 'expected an origin like https://shop.example'),
    ),
  listen: listenAddress,
  database: z
    .string()
    .check(z.regex(/^(sqlite:.+|postgres(ql)?:\/\/.+)$/, 'expected sqlite:PATH or postgres://…')),
  trustProxy: z._default(proxies, false),
  log: z._default(z.enum(LOG_LEVELS), 'info'),
  tokens: z._default(z.array(token), []),
  limits: z._default(
    z.strictObject({
      requestsPerMinute: z._default(
        z.int().check(z.nonnegative()),
        DEFAULT_LIMITS.requestsPerMinute,
      ),
      failuresPerMinute: z._default(
        z.int().check(z.nonnegative()),
        DEFAULT_LIMITS.failuresPerMinute,
      ),
    }),
    DEFAULT_LIMITS,
  ),
}

export type CommonConfig = {
  readonly [K in keyof typeof commonShape]: z.output<(typeof commonShape)[K]>
}

/**
 * Reads a configuration file and the variables that stand above it.
 *
 * @param variables - Names of variables, each with the member of the file it replaces.
 * @throws ConfigProblems (`CONFIG_INVALID`) naming every value that is wrong.
 */
export function readConfig<T extends z.ZodMiniType>(
  path: string,
  shape: T,
  environment: Environment,
  variables: Readonly<Record<string, string>> = COMMON_VARIABLES,
): z.output<T> {
  const file = readFile(path)
  const overrides = Object.entries(variables).flatMap(([name, member]) => {
    const value = environment[name]
    return value === undefined || value === '' ? [] : [[member, plainValue(value)] as const]
  })
  const sources = new Map(Object.entries(variables).map(([name, member]) => [member, name]))
  const set = new Set(overrides.map(([member]) => member))
  const result = shape.safeParse({ ...file, ...Object.fromEntries(overrides) })
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => {
    const place = issue.path.map(String).join('.')
    const name = set.has(place) ? `${sources.get(place) ?? place} (environment)` : place
    const what =
      issue.code === 'unrecognized_keys' ? `unknown member ${issue.keys.join(', ')}` : issue.message
    return name === '' ? what : `${name}: ${what}`
  })
  throw new ConfigProblems(path, problems)
}

/**
 * What must hold where real people are served, beyond the form of the configuration.
 *
 * @throws ConfigProblems (`CONFIG_INVALID`).
 */
export function assertFitForProduction(path: string, config: CommonConfig): void {
  const problems: string[] = []
  if (!config.baseUrl.startsWith('https://')) problems.push('baseUrl: must be https in production')
  if (config.tokens.length === 0) problems.push('tokens: at least one operator token is needed')
  if (config.database === 'sqlite::memory:') {
    problems.push('database: must outlive the process in production')
  }
  if (config.trustProxy === true) {
    problems.push('trustProxy: expected the number or the addresses of the proxies, not true')
  }
  if (problems.length > 0) throw new ConfigProblems(path, problems)
}

/** Paths in a configuration file are relative to the file. */
export function besideConfig(configPath: string, path: string): string {
  return resolve(dirname(configPath), path)
}

/** `sqlite:PATH` with the path relative to the configuration file; other URLs as they are. */
export function databaseUrl(configPath: string, url: string): string {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path === undefined || path === ':memory:') return url
  return `sqlite:${besideConfig(configPath, path)}`
}

/**
 * A secret from the environment: the value of `NAME`, or the content of the file that `NAME_FILE`
 * points to.
 *
 * @throws ZerocardError with `CONFIG_INVALID` if neither or both are there.
 */
export function readSecret(environment: Environment, name: string): string {
  const value = environment[name]
  const path = environment[`${name}_FILE`]
  if ((value === undefined) === (path === undefined)) {
    throw new ZerocardError('CONFIG_INVALID', `expected ${name} or ${name}_FILE, one of them`)
  }
  const secret = value ?? readText(path ?? '').replace(/\r?\n$/, '')
  if (secret === '') throw new ZerocardError('CONFIG_INVALID', `${name}: is empty`)
  return secret
}

/** Whether this is production: real people, no development keys, no defaults. */
export function isProduction(environment: Environment): boolean {
  const value = environment['ZEROCARD_ENV'] ?? 'development'
  if (value === 'production') return true
  if (value === 'development') return false
  throw new ZerocardError('CONFIG_INVALID', 'ZEROCARD_ENV: expected production or development')
}

function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { origin, protocol } = new URL(text)
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined
}

function readFile(path: string): Record<string, unknown> {
  try {
    const json = JSON.parse(readText(path)) as unknown
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json }
    throw new ZerocardError('CONFIG_INVALID', `${path}: expected a JSON object`)
  } catch (cause) {
    if (cause instanceof ZerocardError) throw cause
    throw new ZerocardError('CONFIG_INVALID', `${path}: not JSON`, { cause })
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ZerocardError('CONFIG_INVALID', `${path}: cannot be read`, { cause })
  }
}

/** A variable as JSON would have it, where it is a number or a truth value. */
function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^(0|[1-9][0-9]{0,8})$/.test(text) ? Number(text) : text
}
