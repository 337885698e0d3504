import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

// Services and the town as an operator starts and ends them.

const MAIN = fileURLToPath(new URL('../../scripts/zerocard/main.ts', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'zerocard-serve-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  /** Lines of standard output. */
  readonly lines: string[]
  readonly errors: string[]
  readonly ended: Promise<number | null>
}

function run(args: readonly string[], environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, lines, errors, ended }
}

/** Stands behind the last line of a process that has ended. */
const OVER = 'OVER'

async function eventOf({ lines, ended }: Run): Promise<Record<string, unknown>> {
  void ended.then(() => lines.push(OVER))
  for (;;) {
    const line = lines.find((text) => text.includes('"event":"listening"'))
    if (line !== undefined) return JSON.parse(line) as Record<string, unknown>
    if (lines.includes(OVER)) throw new Error(`ended: ${lines.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function config(name: string, json: object): string {
  const path = join(folder, `${name}.json`)
  writeFileSync(path, JSON.stringify(json))
  return path
}

const common = {
  displayName: 'Test',
  baseUrl: 'http://127.0.0.1:4999',
  listen: '127.0.0.1:0',
  log: 'warn',
}
const issuer = {
  ...common,
  database: 'sqlite:i.sqlite',
  schemas: [`${EXAMPLES}schemas/person.json`],
}

describe('a service', () => {
  test('says where it listens, works, and ends when it is told to', async () => {
    const path = config('issuer', issuer)
    const started = run(['issuer', 'serve', '--config', path, '--json'], {
      ZEROCARD_KEY_PASSPHRASE: 'for this test',
    })
    const { url } = await eventOf(started)
    expect((await fetch(`${String(url)}/livez`)).status).toBe(200)
    started.child.kill('SIGTERM')
    expect(await started.ended).toBe(0)
    expect(statSync(join(folder, 'i.sqlite')).mode & 0o777).toBe(0o600)
  })

  test('whose keys are sealed with another passphrase does not start, in one line', async () => {
    const path = config('issuer', issuer)
    const started = run(['issuer', 'serve', '--config', path], { ZEROCARD_KEY_PASSPHRASE: 'other' })
    expect(await started.ended).toBe(1)
    expect(
      started.errors.filter((line) => line.startsWith('zerocard: CONFIG_INVALID')),
    ).toHaveLength(1)
  })

  test.each([
    [
      'issuer',
      { ...issuer, listen: 'nowhere', colour: 1, baseUrl: 'x' },
      ['listen', 'colour', 'baseUrl'],
    ],
    [
      'verifier',
      { ...common, database: 'x', policies: [] },
      ['database', 'policies', 'schemas', 'trust'],
    ],
    ['trust', { ...common, database: 'sqlite:t.sqlite', trust: { a: {} } }, ['trust.a']],
  ])('%s: a wrong configuration is told with every mistake', async (kind, json, places) => {
    const path = config(`wrong-${kind}`, json)
    const { ended, errors } = run([kind, 'serve', '--config', path], {
      ZEROCARD_KEY_PASSPHRASE: 'x',
    })
    expect(await ended).toBe(1)
    const line = errors.find((text) => text.startsWith('zerocard: CONFIG_INVALID')) ?? ''
    for (const place of places) expect(line).toContain(place)
    expect(errors.join('\n')).not.toContain('    at ')
  })

  test('in production refuses development keys, http, and to be without tokens', async () => {
    const path = config('production', issuer)
    const { ended, errors } = run(['issuer', 'serve', '--config', path], {
      ZEROCARD_ENV: 'production',
      ZEROCARD_KEY_PASSPHRASE: 'x',
    })
    expect(await ended).toBe(1)
    expect(errors.at(-1)).toMatch(/^zerocard: (CONFIG_INVALID|KEY_FORGEABLE): /)
  })
})

test('a town comes up whole, and goes whole', async () => {
  const town = run([
    'town',
    '--json',
    '--folder',
    join(folder, 'town'),
    '--port',
    '4640',
    '--people',
    '50',
  ])
  const { services } = (await eventOf(town)) as { services: { name: string; origin: string }[] }
  expect(services.map(({ name }) => name)).toEqual([
    'civil-registry',
    'tax-office',
    'health-board',
    'northern-registry',
    'trust-list',
    'verifier',
  ])
  for (const { origin } of services) {
    expect((await fetch(`${origin}/livez`)).status).toBe(200)
    expect((await fetch(`${origin}/openapi.json`)).status).toBe(200)
    expect((await fetch(`${origin}/metrics`)).status).toBe(401)
  }
  expect(statSync(join(folder, 'town', 'town.json')).mode & 0o777).toBe(0o600)
  const second = run(['town', '--folder', join(folder, 'other'), '--port', '4640'])
  expect(await second.ended).toBe(1)
  expect(second.errors.join('\n')).toContain('is in use by another program')
  town.child.kill('SIGINT')
  expect(await town.ended).toBe(0)
  for (const { origin } of services) await expect(fetch(`${origin}/livez`)).rejects.toThrow()
})
