import type { Json, Scope, Unit } from '../check.ts'
import type { Entry } from '../checks.ts'
import { doAll } from './crew.ts'
import type { Section } from './report.ts'
import type { ResultStore, UnitResult } from './results.ts'
import { sourcesDigest } from './sources.ts'

/** How a run goes, for whoever watches. */
export interface Watcher {
  /** @param left - Estimated seconds, once there is something to estimate from. */
  at(done: number, all: number, what: string, left: number | undefined): void
  finished(section: Section): void
}

export interface RunOptions {
  readonly scope: Scope
  readonly workers: number
  readonly store: ResultStore
  /** Do also what was done before. */
  readonly isFresh: boolean
  readonly signal: AbortSignal
  readonly watcher: Watcher
}

/** The units of a check, with the results that there are. */
interface Job {
  readonly entry: Entry
  readonly digest: string
  readonly units: readonly Unit[]
  readonly results: Map<string, UnitResult>
  readonly errors: string[]
}

interface Task {
  readonly job: Job
  readonly unit: Unit
}

/**
 * Does what is missing of the checks, and concludes. Cut short by the signal, it returns the
 * sections as far as they are; the next run goes on there.
 */
export async function runChecks(
  entries: readonly Entry[],
  options: RunOptions,
): Promise<Section[]> {
  const jobs = await Promise.all(entries.map((entry) => prepare(entry, options)))
  const tasks = jobs.flatMap((job) =>
    job.units.filter(({ name }) => !job.results.has(name)).map((unit) => ({ job, unit })),
  )
  try {
    await doTasks(tasks, options)
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
  return jobs.map((job) => sectionOf(job, options.scope))
}

async function prepare(entry: Entry, { scope, store, isFresh }: RunOptions): Promise<Job> {
  const { check, file, reads } = entry
  if (isFresh) store.forget(check.id)
  const digest = sourcesDigest(file, reads)
  const units = (await check.plan(scope)) as readonly Unit[]
  assertNames(check.id, units)
  const results = new Map<string, UnitResult>()
  for (const { name } of units) {
    const known = store.read(check.id, digest, nameOf(scope, name))
    if (known !== undefined) results.set(name, known)
  }
  return { entry, digest, units, results, errors: [] }
}

async function doTasks(tasks: readonly Task[], options: RunOptions): Promise<void> {
  const { watcher, store, scope, workers, signal } = options
  const start = performance.now()
  const shares = new Map<number, number>()
  let done = 0
  const tell = (index: number): void => {
    const { job, unit } = tasks[index] as Task
    const work = done + [...shares.values()].reduce((sum, share) => sum + share, 0)
    const rate = work / (performance.now() - start)
    const left = work < 1 ? undefined : (tasks.length - work) / rate / 1000
    watcher.at(work, tasks.length, `${job.entry.check.id} ${unit.name}`, left)
  }
  const end = (index: number): void => {
    shares.delete(index)
    done++
    tell(index)
    const { job } = tasks[index] as Task
    if (job.results.size + job.errors.length === job.units.length) {
      watcher.finished(sectionOf(job, scope))
    }
  }
  const orders = tasks.map(({ job: { entry }, unit }) => ({
    check: entry.check.id,
    file: entry.file,
    input: unit.input,
  }))
  await doAll(
    orders,
    workers,
    {
      done: (index, result) => {
        const { job, unit } = tasks[index] as Task
        store.write(job.entry.check.id, job.digest, nameOf(scope, unit.name), result)
        job.results.set(unit.name, result)
        end(index)
      },
      failed: (index, words) => {
        const { job, unit } = tasks[index] as Task
        job.errors.push(`${unit.name}: ${words}`)
        end(index)
      },
      advanced: (index, share) => {
        shares.set(index, share)
        tell(index)
      },
    },
    signal,
  )
}

function sectionOf({ entry: { check }, units, results, errors }: Job, scope: Scope): Section {
  const known = units.map(({ name }) => results.get(name))
  const isWhole = known.every((result) => result !== undefined)
  return {
    check,
    units: units.length,
    seconds: known.reduce((sum, result) => sum + (result?.seconds ?? 0), 0),
    conclusion: isWhole
      ? check.conclude(
          known.map(({ result }): Json => result),
          scope,
        )
      : undefined,
    errors,
  }
}

/** A unit may be smaller in a part, so each scope keeps its own results. */
function nameOf(scope: Scope, unit: string): string {
  return `${scope}-${unit}`
}

function assertNames(check: string, units: readonly Unit[]): void {
  const names = units.map(({ name }) => name)
  const wrong = names.find((name) => !/^[A-Za-z0-9-]+$/.test(name))
  if (wrong !== undefined) throw new TypeError(`${check}: ${wrong} is no name for a unit`)
  if (new Set(names).size < names.length) throw new TypeError(`${check}: two units have one name`)
}
