import type { Day } from '../../../core/dates.ts'
import type { Policy } from '../../../core/policy/policy.ts'
import { emptyMemory, judgeRequest, rememberAnswer } from '../../../client/guard/judge.ts'
import type { FindingCode, SiteMemory } from '../../../client/guard/judge.ts'
import { SCHEMAS, TODAY } from './support.ts'

// A site that wants to know a date of birth, knows the wallet's rules and remembers everything.
// Holders with the same answers so far are one group: what is asked next is the same for all.

/** A question, and for whom it holds. */
export interface Probe {
  readonly policy: () => Policy
  readonly holds: (birthDay: Day) => boolean
}

/** What a site knows of a group of holders. */
export interface Group {
  /** Dates of birth that agree with every answer, ascending. */
  readonly births: readonly Day[]
  readonly memory: SiteMemory
}

export interface Strategy {
  /** Questions for one group on one day, best first. */
  readonly probes: (group: Group, asOf: Day) => Iterable<Probe>
  /** Whether it asks even what it knows will get no answer. */
  readonly isNoisy: boolean
}

/** Whether a holder for whom the question holds answers, and what the wallet remembers then. */
export type Wallet = (probe: Probe, asOf: Day, memory: SiteMemory) => Verdict

interface Verdict {
  readonly isAnswered: boolean
  readonly asked: SiteMemory
  readonly answered: SiteMemory
}

/** From the beginning of the calendar to the first question. */
export const ALL_BIRTHS: readonly Day[] = Array.from({ length: TODAY + 1 }, (_, day) => day)

/** What a person who reads it does not accept: that the answer tells a birthday. */
const DECLINED: readonly FindingCode[] = ['COULD_NOT_BEFORE', 'CHANGES_LATER']

/** The wallet, and a person who accepts every other warning. */
export const guarded: Wallet = (probe, asOf, memory) =>
  judged(probe, asOf, memory, (codes) => !codes.some((code) => DECLINED.includes(code)))

/** The wallet, and a person who accepts everything. */
export const careless: Wallet = (probe, asOf, memory) => judged(probe, asOf, memory, () => true)

/** A wallet that answers whatever is asked. */
export const unguarded: Wallet = (_probe, _asOf, memory) => ({
  isAnswered: true,
  asked: memory,
  answered: memory,
})

/**
 * Lets a site ask on every day of a schedule, each time until nothing more is to be had.
 *
 * @param memory - What the wallet remembers of the site before.
 * @returns By date of birth: how many dates agree with everything that its holder answered.
 */
export function pursue(
  strategy: Strategy,
  wallet: Wallet,
  schedule: readonly Day[],
  memory: SiteMemory = emptyMemory,
): Int32Array {
  let groups: readonly Group[] = [{ births: ALL_BIRTHS, memory }]
  for (const asOf of schedule) {
    groups = groups.flatMap((group) => askGroup(group, strategy, wallet, asOf))
  }
  const sizes = new Int32Array(ALL_BIRTHS.length)
  for (const { births } of groups) for (const day of births) sizes[day] = births.length
  return sizes
}

function askGroup(group: Group, strategy: Strategy, wallet: Wallet, asOf: Day): Group[] {
  let { memory } = group
  if (group.births.length === 1) return [group]
  for (const probe of strategy.probes(group, asOf)) {
    const yes = group.births.filter((day) => probe.holds(day))
    const isTelling = yes.length > 0 && yes.length < group.births.length
    if (!isTelling && !strategy.isNoisy) continue
    const verdict = wallet(probe, asOf, memory)
    if (isTelling && verdict.isAnswered) {
      const no = group.births.filter((day) => !probe.holds(day))
      const groups = [
        { births: yes, memory: verdict.answered },
        { births: no, memory: verdict.asked },
      ]
      return strategy.isNoisy
        ? groups
        : groups.flatMap((one) => askGroup(one, strategy, wallet, asOf))
    }
    if (strategy.isNoisy) memory = yes.length > 0 ? verdict.answered : verdict.asked
  }
  return [{ births: group.births, memory }]
}

function judged(
  probe: Probe,
  asOf: Day,
  memory: SiteMemory,
  accepts: (codes: readonly FindingCode[]) => boolean,
): Verdict {
  const question = { policy: probe.policy(), schemas: SCHEMAS, asOf }
  const { findings, level, next } = judgeRequest(question, memory)
  const isAnswered = level !== 'refuse' && accepts(findings.map(({ code }) => code))
  return { isAnswered, asked: next, answered: isAnswered ? rememberAnswer(question, next) : next }
}

/** Numbers that look random and are the same on every run: mulberry32. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
