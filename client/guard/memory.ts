import * as z from '../../core/zod.ts'
import type { Day } from '../../core/dates.ts'

/** What is counted is counted over this many days: a year. */
export const WINDOW_DAYS = 365

/** Limits of birth dates kept of one site; years apart, so more than a lifetime holds. */
export const MAX_LIMITS = 128
/** Questions kept of one site, all attributes together. */
export const MAX_PREDICATES = 256
/** Answered questions kept of one site; of a forgotten one, the wallet is only more careful. */
const MAX_ANSWERED = 64
/** Issuer sets kept of one site, all schemas together. */
export const MAX_ISSUER_SETS = 24

const day = z.int()
const short = z.string().check(z.maxLength(300))

const limitShape = z.strictObject({
  subject: short,
  from: day,
  to: day,
  by: short,
  since: day,
  last: day,
})
const predicateShape = z.strictObject({ subject: short, key: short, last: day })
const answeredShape = z.strictObject({ question: short, since: day, last: day })
const issuersShape = z.strictObject({
  schema: short,
  names: z.array(short).check(z.maxLength(512)),
  isAnswered: z.boolean(),
  last: day,
})

/** The JSON form, for whoever keeps it. */
export const siteMemoryShape = z.strictObject({
  times: z.int().check(z.nonnegative()),
  first: z.exactOptional(day),
  last: day,
  limits: z.array(limitShape).check(z.maxLength(MAX_LIMITS)),
  predicates: z.array(predicateShape).check(z.maxLength(MAX_PREDICATES)),
  answered: z.array(answeredShape).check(z.maxLength(MAX_ANSWERED)),
  issuers: z.array(issuersShape).check(z.maxLength(MAX_ISSUER_SETS)),
  known: z.exactOptional(z.strictObject({ after: day, until: day })),
  isOfSeveral: z.exactOptional(z.literal(true)),
})

/**
 * A limit of a birth date that a site asked for: the last day on its lower side. One that moves
 * with the day of proof covers all days from the first to the last that an answer spoke of.
 */
export interface AskedLimit {
  /** Which birth date. */
  readonly subject: string
  readonly from: number
  readonly to: number
  /** What the limit was computed from, like `age 18`. */
  readonly by: string
  /** When it was asked for first and last. */
  readonly since: Day
  readonly last: Day
}

/** A question about something else than a birth date, which is only counted. */
export interface AskedPredicate {
  readonly subject: string
  readonly key: string
  readonly last: Day
}

/** A question that the site got an answer to. */
export interface AnsweredQuestion {
  readonly question: string
  readonly since: Day
  readonly last: Day
}

/** Issuers that the site accepted a schema of at one time, by short hashes of names and keys. */
export interface AskedIssuers {
  readonly schema: string
  readonly names: readonly string[]
  readonly isAnswered: boolean
  readonly last: Day
}

/**
 * What one site has asked before, as far as it counts. Holds what the site knows itself (its
 * questions, and whether it got an answer) and nothing of the holder's attributes.
 */
export interface SiteMemory {
  /** Questions in the last year or since a pause of one. */
  readonly times: number
  /** When the site asked first of all: the holder was born by then. */
  readonly first?: Day
  readonly last: Day
  readonly limits: readonly AskedLimit[]
  readonly predicates: readonly AskedPredicate[]
  readonly answered: readonly AnsweredQuestion[]
  readonly issuers: readonly AskedIssuers[]
  /** What answers have proven of the holder's own birth date: after one day, until another. */
  readonly known?: { readonly after: number; readonly until: number }
  /** Answers were of more than one person, so that nothing will ever be known of one. */
  readonly isOfSeveral?: true
}

export const emptyMemory: SiteMemory = {
  times: 0,
  last: 0,
  limits: [],
  predicates: [],
  answered: [],
  issuers: [],
}

/**
 * Forgets what is too old to count. Limits of birth dates stay: a birth date does not change, so a
 * site that waits must not begin anew.
 */
export function prunedMemory(memory: SiteMemory, asOf: Day): SiteMemory {
  const isRecent = ({ last }: { readonly last: Day }): boolean => isInWindow(last, asOf)
  return {
    ...memory,
    times: isInWindow(memory.last, asOf) ? memory.times : 0,
    predicates: memory.predicates.filter(isRecent),
    answered: memory.answered.filter(isRecent).slice(-MAX_ANSWERED),
    issuers: memory.issuers.filter(isRecent),
  }
}

export function isInWindow(last: Day, asOf: Day): boolean {
  return last > asOf - WINDOW_DAYS
}

/** With a question marked as answered; the longest ago asked is the first in the list. */
export function withAnswered(memory: SiteMemory, question: string, asOf: Day): SiteMemory {
  const before = memory.answered.find((one) => one.question === question)
  const others = memory.answered.filter((one) => one !== before)
  const entry = { question, since: before?.since ?? asOf, last: asOf }
  return { ...memory, answered: [...others, entry].slice(-MAX_ANSWERED) }
}
