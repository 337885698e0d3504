import { isoFromDay } from '../../core/dates.ts'
import type { Day } from '../../core/dates.ts'
import type { Finding } from './finding.ts'
import { isImplied } from './known.ts'
import { literalLimits } from './limits.ts'
import type { MovingLimit } from './limits.ts'
import { MAX_LIMITS, isInWindow } from './memory.ts'
import type { AskedLimit, SiteMemory } from './memory.ts'
import { subjectOfLiteral } from './question.ts'
import type { Question } from './question.ts'
import { OWN_BIRTH } from './subject.ts'
import type { Subject } from './subject.ts'
import { USUAL_AGES } from './usual-ages.ts'

// Why no site gets below a year. Every answer is a function of which limits lie before the date
// of birth, so all answers together tell at most between which two neighbouring limits it lies.
// Limits that can still tell something are therefore kept a year apart, and away from the ends of
// the calendar. Whether one is let through depends on questions and on whether they were answered,
// both of which the site knows: that there is no answer tells it nothing.
//
// "18 or older" is another limit on each day. Where the earlier answer already decides the later
// one, it may be repeated freely. Where it does not, an answer would tell that the birthday was in
// between, and the person decides; by default there is no answer until a year has gone by.

/** Days that lie between two limits, at least. */
export const MIN_DISTANCE = 365

/**
 * Different limits of one date of birth in a year. All examples of this project together ask for
 * six ages and one date; a transport operator has about as many fares.
 */
export const MAX_LIMITS_A_YEAR = 8

/** What a part of the guard found, and what it wants to remember. */
export interface Step {
  readonly findings: readonly Finding[]
  readonly memory: SiteMemory
}

/** A limit of a question that can still tell something, beside what was asked before. */
interface OpenLimit {
  readonly at: number
  readonly by: string
  readonly years?: number
  readonly verdict: 'asked' | 'new' | 'narrows' | 'moved'
  /** The nearest earlier limit that moves like this one. */
  readonly chain?: AskedLimit
}

/** Judges what a question asks of dates of birth. What is remembered is remembered unanswered, too. */
export function judgeBirthDates(question: Question, memory: SiteMemory): Step {
  return birthSubjects(question).reduce<Step>(
    (step, subject) => {
      const { findings, memory: next } = judgeSubject(subject, question, step.memory)
      return { findings: [...step.findings, ...findings], memory: next }
    },
    { findings: [], memory },
  )
}

/** What an answer tells beyond the question: limits that have moved, and the date between two. */
export function rememberBirthAnswer(question: Question, memory: SiteMemory): SiteMemory {
  const moved = birthSubjects(question).flatMap((subject) =>
    openLimits(subject, question, memory)
      .filter(({ verdict }) => verdict === 'moved')
      .map((limit) => ({ subject, limit })),
  )
  const limits = moved.reduce(
    (all, { subject, limit }) => withMoved(all, subject, limit, question.asOf),
    memory.limits,
  )
  return { ...memory, limits: limits.slice(-MAX_LIMITS) }
}

function judgeSubject(subject: Subject, question: Question, memory: SiteMemory): Step {
  const limits = openLimits(subject, question, memory)
  if (
    isCrowded(subject, limits, question, memory) ||
    limits.some(({ verdict }) => verdict === 'narrows')
  ) {
    return { findings: [{ code: 'NARROWS', level: 'refuse', path: subject.path }], memory }
  }
  const next = { ...memory, limits: withAsked(memory.limits, subject, limits, question.asOf) }
  // Limits are kept all the same: that the site knows one person's answer is no reason to tell it
  // another's, if there are cards of two in the wallet.
  const open = isImplied(question, memory) ? [] : limits
  const findings = [
    ...open.flatMap((limit) => movedFinding(subject, limit, question, memory)),
    ...open.flatMap((limit) => unusualFinding(subject, limit, question, memory)),
    ...budgetFinding(subject, question.asOf, next),
  ]
  return { findings, memory: next }
}

/** One for each date of birth, under the first of its names. */
function birthSubjects(question: Question): Subject[] {
  const found = question.values
    .map((literal) => subjectOfLiteral(literal, question.subjects))
    .filter((subject) => subject !== undefined)
    .filter(({ isBirth }) => isBirth)
  return [...new Map(found.reverse().map((subject) => [subject.key, subject])).values()]
}

function openLimits(subject: Subject, question: Question, memory: SiteMemory): OpenLimit[] {
  if (isDecided(question, memory)) return []
  const all = question.values
    .filter((literal) => subjectOfLiteral(literal, question.subjects)?.key === subject.key)
    .flatMap((literal) => literalLimits(literal).map(Number))
  return [...new Set(all)]
    .filter((at) => at < question.asOf)
    .sort((a, b) => a - b)
    .map((at) => openLimit(at, subject, question, memory))
}

/** An answer once given stays true: to give it again tells nothing. */
function isDecided({ id, asOf, isLasting }: Question, { answered }: SiteMemory): boolean {
  return isLasting && answered.some(({ question, since }) => question === id && since <= asOf)
}

function openLimit(
  at: number,
  subject: Subject,
  question: Question,
  memory: SiteMemory,
): OpenLimit {
  const moving = movingAt(at, subject, question)
  const limit = {
    at,
    by: moving?.by ?? `on ${String(at)}`,
    ...(moving?.years === undefined ? {} : { years: moving.years }),
  }
  const asked = memory.limits.filter((one) => one.subject === subject.key)
  if (asked.some(({ from, to }) => at === from || at === to)) return { ...limit, verdict: 'asked' }
  if (asked.every((one) => distance(at, one) >= MIN_DISTANCE)) return { ...limit, verdict: 'new' }
  const [chain] = asked
    .filter(({ by }) => moving !== undefined && by === moving.by)
    .sort((a, b) => distance(at, a) - distance(at, b))
  return chain ? { ...limit, verdict: 'moved', chain } : { ...limit, verdict: 'narrows' }
}

/** An age first: a site may say the same as an age and as a number of days. */
function movingAt(at: number, { key }: Subject, { moving }: Question): MovingLimit | undefined {
  const there = moving.filter((limit) => limit.subject === key && limit.at === at)
  return there.find(({ years }) => years !== undefined) ?? there[0]
}

function distance(at: number, { from, to }: AskedLimit): number {
  return Math.max(from - at, at - to, 0)
}

/**
 * Births are not before the calendar and not after today. Whoever was asked before was born before,
 * but a child whose card is in the same wallet may be younger.
 */
function isCrowded(
  { key }: Subject,
  limits: readonly OpenLimit[],
  { asOf }: Question,
  { first = asOf }: SiteMemory,
): boolean {
  const days = limits.map(({ at }) => at)
  const borders = [-1, ...days, asOf]
  const isNear = borders.some((at, i) => i > 0 && at - (borders[i - 1] ?? 0) < MIN_DISTANCE)
  const isNearFirst = days.some((at) => at < first && first - at < MIN_DISTANCE)
  return limits.length > 0 && (isNear || (key === OWN_BIRTH && isNearFirst))
}

function movedFinding(
  { path, key }: Subject,
  { verdict, chain }: OpenLimit,
  question: Question,
  memory: SiteMemory,
): Finding[] {
  if (verdict !== 'moved' || chain === undefined) return []
  const before = memory.answered.find((one) => one.question === question.id)
  const isProven = key === OWN_BIRTH && memory.known !== undefined && memory.known.after >= chain.to
  const code = before !== undefined || isProven ? 'CHANGES_LATER' : 'COULD_NOT_BEFORE'
  return [{ code, level: 'warn', path, value: isoFromDay(before?.since ?? chain.since) }]
}

/** Said once: after an answer, the same question tells nothing that it has not told. */
function unusualFinding(
  { path }: Subject,
  { at, years }: OpenLimit,
  question: Question,
  memory: SiteMemory,
): Finding[] {
  if (memory.answered.some((one) => one.question === question.id)) return []
  if (years === undefined) {
    return [{ code: 'UNUSUAL_DATE', level: 'warn', path, value: isoFromDay(at) }]
  }
  return USUAL_AGES.has(years) ? [] : [{ code: 'UNUSUAL_AGE', level: 'warn', path, value: years }]
}

function budgetFinding({ key, path }: Subject, asOf: Day, { limits }: SiteMemory): Finding[] {
  const recent = limits.filter(({ subject, last }) => subject === key && isInWindow(last, asOf))
  const count = new Set(recent.map(({ by }) => by)).size
  const isSpent = count > MAX_LIMITS_A_YEAR || limits.length > MAX_LIMITS
  return isSpent ? [{ code: 'BUDGET_SPENT', level: 'refuse', path }] : []
}

function withAsked(
  limits: readonly AskedLimit[],
  { key }: Subject,
  open: readonly OpenLimit[],
  asOf: Day,
): AskedLimit[] {
  const isAskedNow = (limit: AskedLimit): boolean =>
    limit.subject === key && open.some(({ at }) => at === limit.from || at === limit.to)
  const added = open
    .filter(({ verdict }) => verdict === 'new')
    .map(({ at, by }) => ({ subject: key, from: at, to: at, by, since: asOf, last: asOf }))
  const kept = limits.map((limit) => (isAskedNow(limit) ? { ...limit, last: asOf } : limit))
  return [...kept, ...added]
}

/** The limit's neighbourhood grows with it, so that a year of daily answers is one entry. */
function withMoved(
  limits: readonly AskedLimit[],
  { key }: Subject,
  { at, by, chain }: OpenLimit,
  asOf: Day,
): AskedLimit[] {
  if (chain === undefined || distance(at, chain) >= MIN_DISTANCE) {
    return [...limits, { subject: key, from: at, to: at, by, since: asOf, last: asOf }]
  }
  return limits.map((limit) =>
    limit.subject === key && limit.by === by && limit.from === chain.from
      ? { ...limit, from: Math.min(limit.from, at), to: Math.max(limit.to, at), last: asOf }
      : limit,
  )
}
