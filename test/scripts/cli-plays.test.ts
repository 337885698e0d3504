import { afterAll, expect, test } from 'vitest'
import { Terminal } from '../support/cli.ts'

// Many real proofs: minutes. The stories in a browser play the same against the same services in
// every run; this is in the deep one.

const terminal = new Terminal()
afterAll(() => terminal.remove())

const PLAYS = process.env['ZEROCARD_DEEP'] === '1' ? ['demo', 'story'] : []

test.each(PLAYS)(
  'the %s comes out as it should',
  async (play) => {
    const result = await terminal.ok([play])
    expect(result).toMatchObject({ isAsExpected: true, findings: { leaks: 0 } })
  },
  900_000,
)

test('what is not known cannot be played', async () => {
  const { code, stderr } = await terminal.run(['demo', '--folder', terminal.path('nowhere'), '--x'])
  expect(code).toBe(2)
  expect(stderr).toContain('--x')
})
