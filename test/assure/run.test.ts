import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Unit } from '../../scripts/assure/check.ts'
import { ENTRIES, askedFor } from '../../scripts/assure/checks.ts'
import type { Entry } from '../../scripts/assure/checks.ts'
import { hasPassed, missedAims } from '../../scripts/assure/run/in-process.ts'
import { reportJson, reportText, verdictOf } from '../../scripts/assure/run/report.ts'
import type { Section } from '../../scripts/assure/run/report.ts'
import { ResultStore } from '../../scripts/assure/run/results.ts'
import { runChecks } from '../../scripts/assure/run/run.ts'
import { sourcesDigest } from '../../scripts/assure/run/sources.ts'
import { countingCheck } from './fixtures/checks.ts'

const FIXTURES = fileURLToPath(new URL('./fixtures/checks.ts', import.meta.url))

let folder: string
let log: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zerocard-assure-test-'))
  log = join(folder, 'log')
  writeFileSync(log, '')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** The counting check with a unit for each deed, numbered from 1. */
function entry(...deeds: ('work' | 'throw' | 'exit' | 'wait')[]): Entry {
  const plan = (): Unit[] =>
    deeds.map((deed, i) => ({ name: `u${String(i)}`, input: { log, number: i + 1, deed } }))
  return { check: { ...countingCheck, plan }, file: FIXTURES, reads: [] }
}

async function run(
  entries: Entry[],
  signal = new AbortController().signal,
  isFresh = false,
  onWork: () => void = () => undefined,
): Promise<Section> {
  const store = new ResultStore(join(folder, 'results'))
  const watcher = { at: onWork, finished: () => undefined }
  const sections = await runChecks(entries, {
    ...{ scope: 'whole', workers: 2, store, isFresh, signal, watcher },
  })
  return sections[0]!
}

function done(): number[] {
  const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
  return lines.map(Number).sort()
}

describe('a run', () => {
  test('does every unit and concludes from all results', async () => {
    const section = await run([entry('work', 'work', 'work')])
    expect(verdictOf(section)).toBe('passed')
    expect(section.conclusion?.figures[0]?.value).toBe(6)
    expect(done()).toEqual([1, 2, 3])
  })

  test('does not do again what was done, unless asked to', async () => {
    await run([entry('work', 'work', 'work')])
    expect(verdictOf(await run([entry('work', 'work', 'work')]))).toBe('passed')
    expect(done()).toEqual([1, 2, 3])
    await run([entry('work', 'work', 'work')], undefined, true)
    expect(done()).toEqual([1, 1, 2, 2, 3, 3])
  })

  test('fails if an aim is missed', async () => {
    expect(verdictOf(await run([entry('work', 'work')]))).toBe('FAILED')
  })

  test.each(['throw', 'exit'] as const)(
    'in which a unit ends by %s does the others and has not passed',
    async (deed) => {
      const section = await run([entry(deed, 'work', 'work', 'work')])
      expect(verdictOf(section)).toBe('FAILED')
      expect(section.errors).toHaveLength(1)
      expect(section.conclusion).toBeUndefined()
      expect(done()).toEqual([1, 2, 3, 4])
    },
  )

  test('that is stopped keeps what is finished and goes on there', async () => {
    const stop = new AbortController()
    const section = await run([entry('wait', 'work', 'work', 'wait')], stop.signal, false, () => {
      if (done().length === 4) stop.abort()
    })
    expect(verdictOf(section)).toBe('not finished')
    expect(verdictOf(await run([entry('work', 'work', 'work', 'work')]))).toBe('passed')
    expect(done()).toEqual([1, 1, 2, 3, 4, 4])
  })

  test('refuses units of one name', async () => {
    const twice = (): Unit[] => ['a', 'a'].map((name) => ({ name, input: null }))
    const double = { ...entry(), check: { ...countingCheck, plan: twice } }
    await expect(run([double])).rejects.toThrow(TypeError)
  })
})

describe('what was done counts no more', () => {
  test('once a file that the check imports has changed', () => {
    const [outer, inner] = [join(folder, 'outer.ts'), join(folder, 'inner.ts')]
    writeFileSync(outer, "import './inner.ts'")
    writeFileSync(inner, 'one')
    const before = sourcesDigest(outer)
    expect(sourcesDigest(outer)).toBe(before)
    writeFileSync(outer, "import './inner.ts'\n")
    expect(sourcesDigest(outer)).not.toBe(before)
  })

  test('and once another file has changed that the check says it reads', () => {
    expect(sourcesDigest(FIXTURES, ['README.md'])).not.toBe(sourcesDigest(FIXTURES))
  })
})

describe('a check', () => {
  const clean = { figures: [], faults: [], seeded: [], notes: [] }

  test('passes if nothing was found, all seeded faults were seen and all aims reached', () => {
    expect(hasPassed(clean)).toBe(true)
    expect(hasPassed({ ...clean, seeded: [{ fault: 'x', wasSeen: true }] })).toBe(true)
  })

  test.each([
    ['a fault', { faults: ['x'] }],
    ['a seeded fault that was not seen', { seeded: [{ fault: 'x', wasSeen: false }] }],
    ['too small a figure', { figures: [{ name: 'x', value: 1, aim: { atLeast: 2 } }] }],
    ['too large a figure', { figures: [{ name: 'x', value: 3, aim: { atMost: 2 } }] }],
    ['a figure that is no number', { figures: [{ name: 'x', value: NaN, aim: { atMost: 2 } }] }],
  ])('does not pass with %s', (_, more) => {
    expect(hasPassed({ ...clean, ...more })).toBe(false)
  })

  test('that missed an aim names the figure', () => {
    const figures = [{ name: 'x', value: 1, aim: { atLeast: 2 } }]
    expect(missedAims([...figures, { name: 'y', value: 1 }])).toEqual(figures)
  })
})

describe('the list of checks', () => {
  test('has each name once, and each check is exported by the file it names', async () => {
    expect(new Set(ENTRIES.map(({ check }) => check.id)).size).toBe(ENTRIES.length)
    for (const { check, file } of ENTRIES) {
      expect(Object.values((await import(file)) as object), check.id).toContain(check)
    }
  })

  test('is done as it is asked for, and what takes too long by its whole name only', () => {
    const named = (...prefixes: string[]): string[] =>
      askedFor(prefixes.length === 0 ? undefined : prefixes).map(({ check }) => check.id)
    const dear = 'verifying.libraries'
    expect(named()).toEqual(ENTRIES.map(({ check }) => check.id).filter((id) => id !== dear))
    expect(named('verifying.')).toEqual(named().filter((id) => id.startsWith('verifying.')))
    expect(named('verifying.', 'keys.').length).toBe(named('verifying.').length + 1)
    expect(named(dear)).toEqual([dear])
    expect(named('nothing')).toEqual([])
  })
})

describe('the report', () => {
  const circumstances = { date: new Date(0), scope: 'whole' }
  const section = (faults: string[]): Section => ({
    check: countingCheck,
    units: 1,
    seconds: 2,
    conclusion: { figures: [], faults, seeded: [{ fault: 'seed', wasSeen: true }], notes: ['n'] },
    errors: [],
  })

  test('says what was found and how to see it again', () => {
    const text = reportText([section(['something bad'])], circumstances)
    expect(text).toContain('something bad')
    expect(text).toContain('seen: seed')
    expect(text).toContain('npm run assure -- --fresh --only fixture.counting')
    expect(text).toContain('fixture.counting: FAILED')
  })

  test('as JSON has passed only if every check has', () => {
    expect(reportJson([section([])], circumstances)).toMatchObject({ passed: true })
    expect(reportJson([section([]), section(['x'])], circumstances)).toMatchObject({
      passed: false,
    })
  })
})
