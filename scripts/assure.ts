import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ZerocardError } from '../core/errors.ts'
import { ENTRIES, askedFor } from './assure/checks.ts'
import type { Entry } from './assure/checks.ts'
import type { Scope } from './assure/check.ts'
import { reportJson, reportText, verdictOf } from './assure/run/report.ts'
import type { Section } from './assure/run/report.ts'
import { ResultStore } from './assure/run/results.ts'
import { runChecks } from './assure/run/run.ts'
import type { Watcher } from './assure/run/run.ts'
import { PUBLIC, writeJson, writeWhole } from './zerocard/files.ts'
import { progressBar } from './zerocard/progress.ts'

// Tries to refute what zerocard promises, shows that it would notice, and writes a report.

const HELP = `usage: npm run assure -- [OPTION]...

Tries to refute what zerocard promises: a second witness, a forged proof, a replay, a link between
two visits. Writes artifacts/assurance/report.md and report.json. A run that is stopped (Ctrl-C) goes
on where it was. Takes about an hour on two cores.

  --only PREFIX    only checks whose name begins so, such as "soundness." (several times: any of them)
  --list           name the checks and what they claim, also those that are done only by name
  --part           the smaller part that npm test does
  --fresh          do again what was done before
  --workers N      processes at once; default one per core
  --json           print the report as JSON

Exit code 0: nothing found. 1: something was found, a seeded fault was missed, or a check did not
run. 2: a wrong call. 130: stopped.`

const FOLDER = fileURLToPath(new URL('../artifacts/assurance/', import.meta.url))

/** Without a terminal, a line is written at most so often. */
const QUIET_MS = 60_000

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      part: { type: 'boolean' },
      fresh: { type: 'boolean' },
      workers: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return say(HELP)
  const entries = askedFor(values.only)
  if (entries.length === 0) throw new TypeError(`no check begins with ${String(values.only)}`)
  if (values.list === true) {
    const listed = values.only === undefined ? ENTRIES : entries
    return say(listed.map(lineOf).join('\n'))
  }
  const scope: Scope = values.part === true ? 'part' : 'whole'
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  mkdirSync(FOLDER, { recursive: true })
  const sections = await runChecks(entries, {
    scope,
    workers: workersOf(values.workers),
    store: new ResultStore(FOLDER),
    isFresh: values.fresh === true,
    signal: stop.signal,
    watcher: watcher(),
  })
  write(sections, scope, values.json === true)
  if (stop.signal.aborted) {
    console.error('assure: stopped; the same command goes on from here')
    return 130
  }
  return sections.every((section) => verdictOf(section) === 'passed') ? 0 : 1
}

function lineOf({ check: { id, claim }, isOnRequest = false }: Entry): string {
  return `${id.padEnd(28)}${claim}${isOnRequest ? ' (only by its whole name)' : ''}`
}

function workersOf(text: string | undefined): number {
  if (text === undefined) return availableParallelism()
  if (!/^[1-9][0-9]?$/.test(text)) throw new TypeError('--workers: expected a number from 1 to 99')
  return Number(text)
}

function write(sections: readonly Section[], scope: Scope, isJson: boolean): void {
  const circumstances = { date: new Date(), scope }
  const [text, json] = [join(FOLDER, 'report.md'), join(FOLDER, 'report.json')]
  writeWhole(text, `${reportText(sections, circumstances)}\n`, PUBLIC)
  writeJson(json, reportJson(sections, circumstances), PUBLIC)
  if (isJson) say(JSON.stringify(reportJson(sections, circumstances)))
  else say(summary(sections, relative(process.cwd(), text)))
}

function summary(sections: readonly Section[], path: string): string {
  const lines = sections.flatMap((section) => [
    `${verdictOf(section).padEnd(14)}${section.check.id}`,
    ...[...section.errors, ...(section.conclusion?.faults ?? [])].map((text) => `    ${text}`),
  ])
  return [...lines, '', `The report is in ${path}`].join('\n')
}

function watcher(): Watcher {
  const bar = progressBar(process.stderr)
  let saidAt = performance.now()
  return {
    at: (done, all, what, left) => {
      const rest = left === undefined ? '' : `, about ${minutes(left)} left`
      bar.update(all === 0 ? 1 : done / all, `${what}${rest}`)
      if (done === all || process.stderr.isTTY || performance.now() - saidAt < QUIET_MS) return
      saidAt = performance.now()
      console.error(`assure: ${String(Math.floor(done))} of ${String(all)} done, at ${what}${rest}`)
    },
    finished: (section) => {
      bar.clear()
      console.error(`assure: ${section.check.id}: ${verdictOf(section)}`)
    },
  }
}

function minutes(seconds: number): string {
  return seconds < 90 ? `${String(Math.ceil(seconds))} s` : `${String(Math.ceil(seconds / 60))} min`
}

function say(text: string): 0 {
  console.log(text)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  const words = error instanceof Error ? error.message : String(error)
  console.error(`assure: ${error instanceof ZerocardError ? `${error.code}: ` : ''}${words}`)
  process.exitCode = error instanceof TypeError ? 2 : 1
}
