import type { Day } from '../../core/dates.ts'
import type { SchemaSource } from '../../core/policy/attributes.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { judgeBirthDates, rememberBirthAnswer } from './birth-dates.ts'
import { judgeBudget } from './budget.ts'
import { worstLevel } from './finding.ts'
import type { Finding, FindingLevel } from './finding.ts'
import { judgeIssuers, rememberIssuersAnswer } from './issuers.ts'
import type { TrustLists } from './issuers.ts'
import { rememberKnown } from './known.ts'
import { emptyMemory, prunedMemory, siteMemoryShape, withAnswered } from './memory.ts'
import type { SiteMemory } from './memory.ts'
import { readQuestion } from './question.ts'

export { FINDING_CODES } from './finding.ts'
export type { Finding, FindingCode, FindingLevel } from './finding.ts'
export { emptyMemory, siteMemoryShape }
export type { SiteMemory, TrustLists }

// Judging a question before anybody answers it. The judgement depends on the question and on what
// the site knows already, never on the holder's attributes: a refusal is no answer.

/** What a site asks, as the wallet read and checked it. */
export interface AskedQuestion {
  readonly policy: Policy
  readonly schemas: SchemaSource
  /** The opened trust lists, once they are there. */
  readonly trust?: TrustLists
  /** Today, by the holder's own clock. */
  readonly asOf: Day
}

export interface Judgement {
  readonly findings: readonly Finding[]
  /** The worst of the findings; `note` if there are none. */
  readonly level: FindingLevel
  /** What to remember, whether there will be an answer or not. */
  readonly next: SiteMemory
}

/**
 * Judges what a site asks, by what it has asked before.
 *
 * @param memory - What was remembered of the same site, by its host.
 * @throws ZerocardError with `POLICY_INVALID` for a schema that is not in `schemas`.
 */
export function judgeRequest(asked: AskedQuestion, memory: SiteMemory): Judgement {
  const { policy, schemas, trust = {}, asOf } = asked
  const before = prunedMemory(memory, asOf)
  const question = readQuestion(policy, schemas, asOf)
  const dates = judgeBirthDates(question, before)
  const others = judgeBudget(question, dates.memory)
  const issuers = judgeIssuers(policy, trust, asOf, others.memory)
  const findings = distinct([
    ...dates.findings,
    ...others.findings,
    ...issuers.findings,
    ...notes(policy, before),
  ])
  const level = worstLevel(findings)
  // What is never answered tells nothing, so it takes nothing from later questions.
  const next = level === 'refuse' ? before : issuers.memory
  const first = Math.min(before.first ?? asOf, asOf)
  return { findings, level, next: { ...next, times: before.times + 1, first, last: asOf } }
}

/**
 * What to remember in addition, once the answer was sent.
 *
 * @param memory - With the question in it, as {@link judgeRequest} left it.
 */
export function rememberAnswer(asked: AskedQuestion, memory: SiteMemory): SiteMemory {
  const { policy, schemas, trust = {}, asOf } = asked
  const question = readQuestion(policy, schemas, asOf)
  const withLimits = rememberBirthAnswer(question, memory)
  const withSpan = rememberKnown(question, withLimits)
  const withIssuers = rememberIssuersAnswer(policy, trust, withSpan)
  return withAnswered(withIssuers, question.id, asOf)
}

function notes({ disclose, recognise, once }: Policy, { times }: SiteMemory): Finding[] {
  return [
    ...disclose.map((path): Finding => ({ code: 'DISCLOSES', level: 'note', path })),
    ...(recognise ? [{ code: 'RECOGNISES', level: 'note' } as const] : []),
    ...(once?.shared === true
      ? [{ code: 'SHARED_SCOPE', level: 'note', value: once.scope } as const]
      : []),
    ...(times > 0 ? [{ code: 'ASKED_BEFORE', level: 'note', value: times } as const] : []),
  ]
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()]
}
