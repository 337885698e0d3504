import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { namedTests } from '../support/named-tests.ts'
import { DEFENCES } from './defences.ts'

// That each test is red without its defence is seen in the deep run (without.test.ts). Here: that
// what is taken away there is still what the code says, and that no group is forgotten.

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENT = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')

describe('a defence that is taken away in the deep run', () => {
  test.each(DEFENCES)('$group: $without', ({ group, file, text, instead, tests }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(text)).toHaveLength(2)
    expect(instead).not.toBe(text)
    const row = DOCUMENT.split('\n').find((line) => line.startsWith(`| ${group} |`))!
    const documented = namedTests(row).map((one) => one.file)
    for (const name of tests) expect(documented).toContain(name.split(' › ')[0])
  })
})

test('every group of negative tests has one', () => {
  const rows = [...DOCUMENT.matchAll(/^\| (N\d+) \|/gm)].map(([, group]) => group)
  expect(rows).toHaveLength(62)
  const tried = new Set<string>(DEFENCES.map(({ group }) => group))
  expect(rows.filter((group) => !tried.has(group!))).toEqual([])
})
