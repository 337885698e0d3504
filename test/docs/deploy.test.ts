import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

describe('the container file', () => {
  const text = read('docs/deploy/Containerfile')
  const instructions = text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.trim().split(/\s+/))
  const of = (name: string): string[][] =>
    instructions.filter(([first]) => first === name).map(([, ...rest]) => rest)

  test('is well formed', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([])
    expect(validate(`${text}\nCOPPY a b`)).not.toEqual([])
  })

  test('runs as somebody who is not root, and says so last', () => {
    expect(of('USER').at(-1)).toEqual(['node'])
    const names = instructions.map(([name]) => name)
    expect(names.slice(names.lastIndexOf('USER')).includes('RUN')).toBe(false)
  })

  test('begins from images of exactly the pinned Node.js', () => {
    const version = packageJson.devDependencies.node
    expect(of('FROM').map(([image]) => image)).toEqual(
      Array.from({ length: 2 }, () => `docker.io/library/node:${version}-bookworm-slim`),
    )
  })

  test('takes only what is there, fetches nothing by itself, holds no secret', () => {
    const copied = of('COPY').filter(([first]) => first?.startsWith('--from') !== true)
    for (const source of copied.flatMap((words) => words.slice(0, -1))) {
      expect([source, existsSync(join(ROOT, source))]).toEqual([source, true])
    }
    expect(of('ADD')).toEqual([])
    expect(text).not.toMatch(/curl|wget|PASSPHRASE|DATABASE_URL|zct_/)
  })

  test('starts a program that exists, without a shell between it and the signals', () => {
    const entry = JSON.parse(of('ENTRYPOINT')[0]?.join(' ') ?? '') as string[]
    expect(entry[0]).toBe('node')
    expect(existsSync(join(ROOT, entry[1] ?? ''))).toBe(true)
  })
})

describe('the unit of systemd', () => {
  const text = read('docs/deploy/zerocard-verifier.service')
  const settings = new Map(
    text
      .split('\n')
      .filter((line) => /^[A-Z][A-Za-z]+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )

  test('runs an existing command as an account of its own', () => {
    expect(settings.get('User')).toBe('zerocard')
    const words = (settings.get('ExecStart') ?? '').split(' ')
    expect(existsSync(join(ROOT, words[1] ?? ''))).toBe(true)
    expect(words.slice(2, 4)).toEqual(['verifier', 'serve'])
  })

  test('gives more time to end than the service takes, and few rights', () => {
    expect(Number(settings.get('TimeoutStopSec'))).toBeGreaterThan(10)
    expect(settings.get('NoNewPrivileges')).toBe('yes')
    expect(settings.get('ProtectSystem')).toBe('strict')
    expect(settings.get('UMask')).toBe('0077')
  })
})
