import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('a run of tests fails if one of them fails', () => {
  const args = ['run', '--config', 'test/fixtures/failing.config.ts']
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
  )
  const { status, stdout } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', ...args],
    { cwd: ROOT, env, timeout: 60_000, encoding: 'utf8' },
  )
  expect(stdout).toContain('test/fixtures/failing.ts')
  expect(status).toBe(1)
})
