import { FaultyProcess } from './faulty-process.ts'
import type { Answer, Attempt, Lane } from './lane.ts'
import type { FaultPoint, ServiceStart } from '../support/faulty-service.ts'

/** What came of many deaths. */
export interface KillCount {
  /** Operations that were cut at a step, each a `kill -9` of its service. */
  readonly kills: number
  /** The steps there are in all operations, and how many of them were cut at. */
  readonly steps: number
  readonly stepsCut: number
}

/** A lane with the steps of its operation, in the order in which they are to be cut. */
interface Course {
  readonly lane: Lane
  readonly points: readonly FaultPoint[]
}

/**
 * Does the operations of all lanes at once, first without harm and then `rounds` times; each of
 * these times every service is killed at a step of its own, started again on the same database and
 * checked.
 */
export async function killAtEveryStep(lanes: readonly Lane[], rounds: number): Promise<KillCount> {
  let current = FaultyProcess.spawn()
  let addresses = await current.start(lanes.map(({ service }) => service))
  await Promise.all(lanes.map((lane, i) => lane.begin?.(addresses[i]!) ?? Promise.resolve()))
  // Twice, since a process that has just started reads a key more than one that has checked.
  await measure(lanes, current, addresses)
  const courses = await measure(lanes, current, addresses)
  let kills = 0
  const cut = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const points = courses.map(({ points }) => points[round % points.length]!)
    const attempts = await prepareAll(lanes, addresses)
    // Loads while the other one dies.
    const next = FaultyProcess.spawn()
    await current.arm(points)
    const answers = await performAll(attempts, current)
    await current.ended
    for (const [i, answer] of answers.entries()) {
      assertCut(lanes[i]!, points[i]!, answer)
      kills++
      cut.add(`${i} ${points[i]!}`)
    }
    current = next
    addresses = await current.start(lanes.map(({ service }) => service))
    await checkAll(courses, attempts, addresses, answers, points)
  }
  await current.kill()
  const steps = courses.reduce((sum, { points }) => sum + points.length, 0)
  return { kills, steps, stepsCut: cut.size }
}

/** Nobody is harmed: what is checked after a death holds without one, and all steps are counted. */
async function measure(
  lanes: readonly Lane[],
  process: FaultyProcess,
  addresses: readonly string[],
): Promise<Course[]> {
  const attempts = await prepareAll(lanes, addresses)
  await process.arm(lanes.map(() => null))
  const answers = await Promise.all(attempts.map(({ perform }) => perform()))
  const courses = await Promise.all(
    lanes.map(async (lane, i) => ({ lane, points: inOrder(await process.statements(i)) })),
  )
  await checkAll(courses, attempts, addresses, answers, [])
  return courses
}

function prepareAll(lanes: readonly Lane[], addresses: readonly string[]): Promise<Attempt[]> {
  return Promise.all(lanes.map(({ prepare }, i) => prepare(addresses[i]!)))
}

/** @returns What the clients got; undefined where the service died. */
function performAll(
  attempts: readonly Attempt[],
  process: FaultyProcess,
): Promise<(Answer | undefined)[]> {
  return Promise.all(
    attempts.map(async ({ perform }, i) => {
      try {
        const answer = await perform()
        await process.finish(i)
        return answer
      } catch {
        return undefined
      }
    }),
  )
}

async function checkAll(
  courses: readonly Course[],
  attempts: readonly Attempt[],
  addresses: readonly string[],
  answers: readonly (Answer | undefined)[],
  points: readonly FaultPoint[],
): Promise<void> {
  await Promise.all(
    attempts.map(async ({ check }, i) => {
      try {
        await check(addresses[i]!, answers[i])
      } catch (cause) {
        const { lane } = courses[i]!
        const when = points[i] === undefined ? 'unharmed' : `cut at ${points[i]}`
        throw new Error(`${lane.name}, ${when}: ${String(cause)}`, { cause })
      }
    }),
  )
}

/**
 * Starts services for the first time, each on a database of its own, and kills each at its step.
 *
 * @returns The process in which they have started again, and their addresses.
 */
export async function killAtFirstStart(
  services: readonly ServiceStart[],
): Promise<{ readonly process: FaultyProcess; readonly addresses: readonly string[] }> {
  const first = FaultyProcess.spawn()
  const process = FaultyProcess.spawn()
  const started = await first.start(services).catch(() => undefined)
  if (started !== undefined) throw new Error('started although it was to be cut')
  await first.ended
  const again = services.map(({ at: _, ...service }) => service)
  return { process, addresses: await process.start(again) }
}

/**
 * After the answer, between the last two changes, around commits and before the answer first, where
 * most can go wrong; then the others, far apart from each other.
 */
function inOrder(statements: readonly string[]): FaultPoint[] {
  const changes = statements.flatMap((word, i) => (CHANGES.has(word) ? [i + 1] : []))
  const commits = statements.flatMap((word, i) => (word === 'commit' ? [i + 1] : []))
  const before = commits.map((at) => at - 1)
  // Of what is no transaction, the last but one change is done and the last is not.
  const between = changes.slice(-2, -1)
  const first = [...new Set<FaultPoint>(['answered', ...between, ...commits, ...before, 'answer'])]
  const others = statements.map((_, i) => i + 1).filter((at) => !first.includes(at))
  return [...first, ...spread(others)]
}

const CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'delete'])

/** The middle, then the middles of both halves, and so on. */
function spread(values: readonly number[]): number[] {
  const queue = [values]
  const order: number[] = []
  for (const part of queue) {
    if (part.length === 0) continue
    const middle = part.length >> 1
    order.push(part[middle]!)
    queue.push(part.slice(0, middle), part.slice(middle + 1))
  }
  return order
}

/** An answer that comes while a statement is held was given too early. */
function assertCut({ name }: Lane, point: FaultPoint, answer: Answer | undefined): void {
  const isAnswered = answer !== undefined
  if (isAnswered === (point === 'answered')) return
  throw new Error(`${name}, cut at ${point}: ${isAnswered ? 'was answered' : 'was not answered'}`)
}
