import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import * as z from '../../core/zod.ts'
import {
  assertFitForProduction,
  commonShape,
  databaseUrl,
  durationText,
  isProduction,
  readConfig,
  readSecret,
} from '../../server/config.ts'
import type { ConfigProblems } from '../../server/config.ts'
import { refusal } from '../support/refusal.ts'

const folder = mkdtempSync(join(tmpdir(), 'zerocard-config-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const shape = z.strictObject({ ...commonShape, every: z._default(durationText, 3600) })
const GOOD = {
  baseUrl: 'https://shop.example',
  listen: '127.0.0.1:4001',
  database: 'sqlite:state.sqlite',
}
const TOKEN = { name: 'clerk', roles: ['site'], sha256: 'a'.repeat(64) }

function file(json: unknown): string {
  const path = join(folder, `${crypto.randomUUID()}.json`)
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}

function problemsOf(json: unknown, environment: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(file(json), shape, environment)
    return []
  } catch (error) {
    return (error as ConfigProblems).problems
  }
}

describe('a configuration', () => {
  test('is the file with defaults filled in', () => {
    expect(readConfig(file({ ...GOOD, every: '2h', tokens: [TOKEN] }), shape, {})).toEqual({
      ...GOOD,
      listen: { host: '127.0.0.1', port: 4001 },
      every: 7200,
      tokens: [TOKEN],
      trustProxy: false,
      log: 'info',
      limits: { requestsPerMinute: 1200, failuresPerMinute: 20 },
    })
  })

  test('takes what the environment says before the file', () => {
    const environment = {
      DATABASE_URL: 'postgres://a/b',
      ZEROCARD_LISTEN: '[::1]:80',
      ZEROCARD_TRUST_PROXY: '1',
      ZEROCARD_LOG: '',
    }
    expect(readConfig(file(GOOD), shape, environment)).toMatchObject({
      database: 'postgres://a/b',
      listen: { host: '::1', port: 80 },
      trustProxy: 1,
      log: 'info',
    })
  })

  test('that is wrong in several places is told all of them', () => {
    const wrong = { ...GOOD, baseUrl: 'https://shop.example/path', listen: '4001', colour: 'red' }
    const problems = problemsOf(wrong)
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'baseUrl',
      'listen',
      'unknown member colour',
    ])
  })

  test.each([
    ['a base URL with a path', { baseUrl: 'https://a.example/b' }, 'baseUrl'],
    ['a base URL with a slash', { baseUrl: 'https://a.example/' }, 'baseUrl'],
    ['a base URL with a password', { baseUrl: 'https://a:b@a.example' }, 'baseUrl'],
    ['a base URL of another kind', { baseUrl: 'ftp://a.example' }, 'baseUrl'],
    ['another database', { database: 'mysql://a' }, 'database'],
    ['a time without a unit', { every: '60' }, 'every'],
    ['a time of nothing', { every: '0m' }, 'every'],
    [
      'a token in place of its hash',
      { tokens: [{ ...TOKEN, sha256: 'zct_x' }] },
      'tokens.0.sha256',
    ],
    ['a token without roles', { tokens: [{ ...TOKEN, roles: [] }] }, 'tokens.0.roles'],
    ['a level nobody knows', { log: 'loud' }, 'log'],
    ['fewer proxies than none', { trustProxy: -1 }, 'trustProxy'],
    ['half a proxy', { trustProxy: 0.5 }, 'trustProxy'],
    ['proxies without an address', { trustProxy: 'the one in front' }, 'trustProxy'],
    ['proxies of a network that there is not', { trustProxy: '10.0.0.0/99' }, 'trustProxy'],
    ['a limit below nothing', { limits: { requestsPerMinute: -1 } }, 'limits.requestsPerMinute'],
  ])('with %s is refused, by its place', (_, change, place) => {
    expect(problemsOf({ ...GOOD, ...change }).map((line) => line.split(':')[0])).toEqual([place])
  })

  test.each([2, '10.0.0.1', 'loopback, 2001:db8::/32'])('may have proxies: %s', (trustProxy) => {
    expect(readConfig(file({ ...GOOD, trustProxy }), shape, {})).toMatchObject({ trustProxy })
  })

  test('names the variable that is wrong', () => {
    expect(problemsOf(GOOD, { ZEROCARD_LISTEN: 'nowhere' })).toEqual([
      'ZEROCARD_LISTEN (environment): expected HOST:PORT',
    ])
  })

  test('never repeats a value: it may be a secret', () => {
    const problems = problemsOf(GOOD, { DATABASE_URL: 'mysql://user:hidden-word@host' })
    expect(problems).toHaveLength(1)
    expect(problems.join()).not.toContain('hidden-word')
  })

  test.each([['[]'], ['{'], ['"a"'], ['null']])('that is %s is refused', (text) => {
    expect(refusal(() => readConfig(file(text), shape, {}))).toBe('CONFIG_INVALID')
  })

  test('that is not there is refused', () => {
    expect(refusal(() => readConfig(join(folder, 'none.json'), shape, {}))).toBe('CONFIG_INVALID')
  })
})

describe('production', () => {
  const config = readConfig(file({ ...GOOD, tokens: [TOKEN] }), shape, {})

  test('is what the environment says, and nothing else by accident', () => {
    expect(isProduction({})).toBe(false)
    expect(isProduction({ ZEROCARD_ENV: 'development' })).toBe(false)
    expect(isProduction({ ZEROCARD_ENV: 'production' })).toBe(true)
    expect(refusal(() => isProduction({ ZEROCARD_ENV: 'Production' }))).toBe('CONFIG_INVALID')
  })

  test('needs https, a token, and to know its proxies', () => {
    const check = (change: object): string | undefined =>
      refusal(() => assertFitForProduction('config.json', { ...config, ...change }))
    expect(check({})).toBeUndefined()
    expect(check({ baseUrl: 'http://shop.example' })).toBe('CONFIG_INVALID')
    expect(check({ tokens: [] })).toBe('CONFIG_INVALID')
    expect(check({ trustProxy: true })).toBe('CONFIG_INVALID')
    expect(check({ trustProxy: 1 })).toBeUndefined()
  })
})

describe('a secret', () => {
  const path = file('from-file\n')

  test('comes from a variable or from the file it names', () => {
    expect(readSecret({ SECRET: 'direct' }, 'SECRET')).toBe('direct')
    expect(readSecret({ SECRET_FILE: path }, 'SECRET')).toBe('from-file')
  })

  test.each([
    ['is nowhere', {}],
    ['is in both', { SECRET: 'a', SECRET_FILE: path }],
    ['is empty', { SECRET: '' }],
    ['is in a file that is not there', { SECRET_FILE: join(folder, 'none') }],
  ])('that %s is refused', (_, environment) => {
    expect(refusal(() => readSecret(environment, 'SECRET'))).toBe('CONFIG_INVALID')
  })
})

test('a path of a database is beside its configuration file', () => {
  expect(databaseUrl('/etc/zerocard/shop.json', 'sqlite:state.sqlite')).toBe(
    'sqlite:/etc/zerocard/state.sqlite',
  )
  expect(databaseUrl('/etc/zerocard/shop.json', 'sqlite:/var/state')).toBe('sqlite:/var/state')
  expect(databaseUrl('/etc/zerocard/shop.json', 'sqlite::memory:')).toBe('sqlite::memory:')
  expect(databaseUrl('/etc/zerocard/shop.json', 'postgres://a/b')).toBe('postgres://a/b')
})
