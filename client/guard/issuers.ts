import type { Day } from '../../core/dates.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { listedIssuers } from '../../core/trust.ts'
import type { TrustList } from '../../core/trust.ts'
import type { Step } from './birth-dates.ts'
import type { Finding } from './finding.ts'
import { MAX_ISSUER_SETS } from './memory.ts'
import type { AskedIssuers, SiteMemory } from './memory.ts'
import { shortHash } from './question.ts'

// A proof hides its issuer among those on the list. A site that asks under one list after another
// finds out which it is, however the lists are called, so different sets of issuers are counted.
// Whoever makes a list can invent issuers: how many there are is the most that can be said.

/** Different sets of issuers for one schema in a year: lists of two operators, each changing once. */
export const MAX_ISSUER_LISTS = 4

/** Up to here, the number of issuers is mentioned. */
const FEW_ISSUERS = 4

/** Trust lists by the names of the policy's credentials. */
export type TrustLists = Readonly<Record<string, TrustList>>

interface Listed {
  readonly alias: string
  readonly schema: string
  /** Origins, one for each key that signs documents. */
  readonly issuers: readonly string[]
  /** Short hashes of their names with their keys, in order. */
  readonly names: readonly string[]
}

/** Judges who may have issued: how many they are, and how that has changed. */
export function judgeIssuers(
  policy: Policy,
  trust: TrustLists,
  asOf: Day,
  memory: SiteMemory,
): Step {
  return listsOf(policy, trust).reduce<Step>(
    (step, listed) => {
      const { findings, memory: next } = judgeListed(listed, asOf, step.memory)
      return { findings: [...step.findings, ...findings], memory: next }
    },
    { findings: [], memory },
  )
}

/** After an answer, a list with more issuers tells nothing more. */
export function rememberIssuersAnswer(
  policy: Policy,
  trust: TrustLists,
  memory: SiteMemory,
): SiteMemory {
  const now = listsOf(policy, trust)
  const issuers = memory.issuers.map((set) => {
    const isNow = now.some((listed) => isSameSet(set, listed))
    return isNow ? { ...set, isAnswered: true } : set
  })
  return { ...memory, issuers }
}

function judgeListed(listed: Listed, asOf: Day, memory: SiteMemory): Step {
  const before = memory.issuers.filter(({ schema }) => schema === listed.schema)
  const same = before.find((set) => isSameSet(set, listed))
  const findings = sizeFindings(listed)
  if (same) {
    const issuers = memory.issuers.map((set) => (set === same ? { ...set, last: asOf } : set))
    // Who did not accept it the first time has not accepted it the second time.
    const isOpen = !same.isAnswered && isNarrower(listed, before)
    return {
      findings: isOpen ? [...findings, narrower(listed)] : findings,
      memory: { ...memory, issuers },
    }
  }
  if (before.some((set) => set.isAnswered && isWithin(set.names, listed.names))) {
    return { findings, memory }
  }
  const { schema, names } = listed
  const issuers = [...memory.issuers, { schema, names, isAnswered: false, last: asOf }]
  return {
    findings: [...findings, ...changeFindings(listed, before, issuers.length)],
    memory: { ...memory, issuers },
  }
}

function sizeFindings({ alias, issuers }: Listed): Finding[] {
  const [only, second] = issuers
  if (only === undefined || issuers.length > FEW_ISSUERS) return []
  return second === undefined
    ? [{ code: 'SINGLE_ISSUER', level: 'note', path: alias, value: only }]
    : [{ code: 'FEW_ISSUERS', level: 'note', path: alias, value: issuers.length }]
}

function changeFindings(listed: Listed, before: readonly AskedIssuers[], total: number): Finding[] {
  const isSpent = before.length >= MAX_ISSUER_LISTS || total > MAX_ISSUER_SETS
  return [
    ...(isNarrower(listed, before) ? [narrower(listed)] : []),
    ...(isSpent ? [{ code: 'BUDGET_SPENT', level: 'refuse', path: listed.alias } as const] : []),
  ]
}

function isNarrower({ names }: Listed, before: readonly AskedIssuers[]): boolean {
  return before.some(
    (set) => !isWithin(set.names, names) && set.names.some((name) => names.includes(name)),
  )
}

function narrower({ alias, names }: Listed): Finding {
  return { code: 'LIST_NARROWED', level: 'warn', path: alias, value: names.length }
}

function listsOf({ credentials }: Policy, trust: TrustLists): Listed[] {
  return Object.entries(credentials).flatMap(([alias, { schema }]) => {
    const list = Object.hasOwn(trust, alias) ? trust[alias] : undefined
    if (list === undefined) return []
    const issuers = listedIssuers(list, schema).map(({ issuer }) => issuer)
    const names = namesOf(list, schema)
    return names.length === 0 ? [] : [{ alias, schema, issuers, names }]
  })
}

/** The same names with other keys are other issuers: their holders can answer, or others can. */
function namesOf({ issuers, leaves }: TrustList, schema: string): string[] {
  const jwks = new Map(issuers.map(({ issuer, jwk }) => [issuer, jwk]))
  const names = leaves
    .filter((leaf) => leaf.schema === schema)
    .map(({ issuer, key }) => {
      const jwk = jwks.get(issuer)
      return shortHash([issuer, jwk?.x, jwk?.y, String(key.x), String(key.y)].join(' '))
    })
  return [...new Set(names)].sort()
}

function isSameSet(set: AskedIssuers, { schema, names }: Listed): boolean {
  return set.schema === schema && set.names.join() === names.join()
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  const all = new Set(outer)
  return inner.every((name) => all.has(name))
}
