import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../scripts/assure/checks.ts'
import { isTitle, namedTests, unproven } from '../support/named-tests.ts'

// The document says of each threat what is done about it and which tests show that. Here is seen
// that all of them are there; that they ran is seen at the end of each run of all tests
// (test/support/named-tests-reporter.ts).

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DOCUMENT = readFileSync(join(ROOT, 'docs', 'threat-model.md'), 'utf8')
const NAMED = namedTests(DOCUMENT)

/** Of the plan that the tests were written by: from, to. */
const THREATS = numbers('T', [[1, 34]])
const NEGATIVE = numbers('N', [
  [1, 38],
  [40, 47],
  [50, 65],
])

describe('the threat model', () => {
  test('has a section for each threat, in order', () => {
    expect([...DOCUMENT.matchAll(/^### (T\d+) /gm)].map(([, id]) => id)).toEqual(THREATS)
  })

  test.each(THREATS)(
    'says of %s who wants what, what is done, what remains, and what shows it',
    (id) => {
      const section = sectionOf(id)
      for (const part of ['Attacker', 'Wants', 'Defence', 'Remains', 'Shown by']) {
        expect(section, part).toContain(`- **${part}:**`)
      }
      expect(namedTests(section).length + checksIn(section).length).toBeGreaterThan(0)
    },
  )

  test('has a row for each group of negative tests, in order, with what covers it', () => {
    const rows = [...DOCUMENT.matchAll(/^\| (N\d+) \|(.*)$/gm)]
    expect(rows.map(([, id]) => id)).toEqual(NEGATIVE)
    expect(NEGATIVE.length).toBe(62)
    for (const [, id, row = ''] of rows) {
      const isCovered = namedTests(row).length + checksIn(row).length > 0
      expect(isCovered || row.includes('**Not tested.**'), id).toBe(true)
    }
  })

  test('names no test in another form, which nobody would look for', () => {
    const mentioned = [...DOCUMENT.matchAll(/`(test\/[^`]*\.ts[^`]*)`/g)]
    expect(mentioned.length).toBe(NAMED.length)
    expect(NAMED.length).toBeGreaterThan(150)
  })

  test.each([...new Set(NAMED.map(({ file }) => file))])('names tests that are in %s', (file) => {
    expect(existsSync(join(ROOT, file))).toBe(true)
    const titles = titlesIn(file)
    const named = NAMED.filter((other) => other.file === file).flatMap((other) => other.titles)
    const unknown = named.filter((name) => !titles.some((title) => isTitle(title, name)))
    expect(unknown).toEqual([])
  })

  test('names checks of the assurance run that there are, and all of them', () => {
    expect(new Set(checksIn(DOCUMENT))).toEqual(new Set(CHECKS.map(({ id }) => id)))
  })

  test('knows the threats that checks say they speak to', () => {
    for (const { id, threats } of CHECKS) {
      for (const threat of threats) expect(THREATS, id).toContain(threat)
    }
  })
})

describe('a test that is named', () => {
  const named = namedTests('`test/a.test.ts › a group › with …` and `test/b.test.ts › x` (deep)')
  const ran = { titles: ['outer', 'a group', 'with a (case)'], hasRun: true }
  const run = (...tests: (typeof ran)[]) => new Map([['test/a.test.ts', tests]])

  test('is found by its groups and its title', () => {
    expect(unproven(named, run(ran), true)).toEqual([])
    expect(unproven(named, run({ ...ran, titles: ['a group', 'without'] }), true).length).toBe(1)
    expect(unproven(named, run({ ...ran, titles: ['with a (case)'] }), true).length).toBe(1)
  })

  test('has not run if one of its cases was skipped', () => {
    expect(unproven(named, run(ran, { ...ran, hasRun: false }), true).length).toBe(1)
  })

  test('is missed in a run of all files, and not in a run of some', () => {
    expect(unproven(named, new Map(), true)).toEqual(['test/a.test.ts did not run'])
    expect(unproven(named, new Map(), false)).toEqual([])
  })

  test('makes a run fail that has skipped it, or has it no more', () => {
    const { status, stderr } = runVitest('test/fixtures/named.config.ts')
    expect(stderr).toContain('a group › that is skipped: did not run')
    expect(stderr).toContain('a group › that was there: there is no such test')
    expect(stderr).not.toContain('with the case')
    expect(status).toBe(1)
  })
})

function numbers(letter: string, ranges: readonly (readonly [number, number])[]): string[] {
  return ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`),
  )
}

function sectionOf(id: string): string {
  const start = DOCUMENT.indexOf(`\n### ${id} `)
  const end = DOCUMENT.slice(start + 1).search(/\n#{2,3} /)
  return DOCUMENT.slice(start, end < 0 ? undefined : start + 1 + end)
}

function checksIn(text: string): string[] {
  return [...text.matchAll(/`([a-z]+\.[a-z-]+)`/g)].map(([, id = '']) => id).filter(isCheckName)
}

/** Names of files and the like have an ending that is no check's. */
function isCheckName(name: string): boolean {
  return /^(build|soundness|statement|verifying|keys|linking)\./.test(name)
}

/** Titles in a test file and in what it imports from beside it, with placeholders as written. */
function titlesIn(file: string): string[] {
  const path = join(ROOT, file)
  const source = readFileSync(path, 'utf8')
  const imports = [...source.matchAll(/from '(\.[^']+\.ts)'/g)].map(([, name = '']) =>
    join(dirname(path), name),
  )
  const own = [path, ...imports.filter((name) => name.includes(join(ROOT, 'test')))]
  return own.flatMap(titlesOfFile)
}

const known = new Map<string, string[]>()

function titlesOfFile(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  const titles =
    known.get(path) ?? titlesOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest))
  known.set(path, titles)
  return titles
}

/** First arguments of `test(…)`, `describe.each(…)(…)` and the like. */
function titlesOf(node: ts.Node): string[] {
  const titles: string[] = []
  const visit = (child: ts.Node): void => {
    const title = ts.isCallExpression(child) && isTestCall(child) ? child.arguments[0] : undefined
    if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text)
    if (title !== undefined && ts.isTemplateExpression(title)) titles.push(templateText(title))
    ts.forEachChild(child, visit)
  }
  visit(node)
  return titles
}

function isTestCall({ expression }: ts.CallExpression): boolean {
  let callee: ts.Expression = expression
  while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) {
    callee = callee.expression
  }
  return ts.isIdentifier(callee) && ['test', 'it', 'describe'].includes(callee.text)
}

function templateText({ head, templateSpans }: ts.TemplateExpression): string {
  return [head.text, ...templateSpans.map(({ literal }) => literal.text)].join('%s')
}

function runVitest(config: string) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
  )
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', config]
  return spawnSync(process.execPath, args, { cwd: ROOT, env, timeout: 60_000, encoding: 'utf8' })
}
