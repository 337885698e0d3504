import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { Terminal, errorCode } from '../support/cli.ts'

const ELEMENT = fileURLToPath(new URL('../../artifacts/web/zero-card.js', import.meta.url))
const terminal = new Terminal()
afterAll(() => terminal.remove())

test('the tag of the element names the file that is served, by its hash', async () => {
  const hash = createHash('sha384').update(readFileSync(ELEMENT)).digest('base64')
  const tag = await terminal.ok(['element', '--origin', 'https://shop.example'])
  expect(tag).toMatchObject({ integrity: `sha384-${hash}` })
  expect(tag['src']).toMatch(/^https:\/\/shop\.example\/zerocard\/zero-card\.js\?v=/)
  expect(tag['html']).toContain(`integrity="sha384-${hash}" crossorigin="anonymous"`)
})

test('there is no tag of a file that is not there, nor for an address that is no origin', async () => {
  const missing = await terminal.run(['element', '--file', terminal.path('none.js')])
  expect([missing.code, errorCode(missing)]).toEqual([1, 'INPUT_INVALID'])
  const path = await terminal.run(['element', '--origin', 'https://shop.example/x'])
  expect([path.code, errorCode(path)]).toEqual([2, 'USAGE'])
})
