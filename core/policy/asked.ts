import type { Day } from '../dates.ts'
import type { SchemaSource } from './attributes.ts'
import { findSchema } from './attributes.ts'
import type { PhraseContext } from './phrase.ts'
import { phrase } from './phrase.ts'
import type { Policy } from './policy.ts'
import { partsOf } from './rule.ts'
import type { Condition, Rule } from './rule.ts'
import { capitalised, dayPhrase, plainText, quotedText } from './wording.ts'

export interface SentenceLine {
  /** How deep in the tree of alternatives: 0 for what must hold in any case. */
  readonly depth: number
  readonly text: string
}

/** The credentials a policy asks for and its rule, as lines of a nested list. */
export function askedLines(
  policy: Policy,
  schemas: SchemaSource,
  context: PhraseContext,
): SentenceLine[] {
  const credentials = credentialLines(policy, schemas, context.asOf)
  return policy.where ? [...credentials, ...topLines(policy.where, context)] : credentials
}

function credentialLines(policy: Policy, schemas: SchemaSource, asOf: Day): SentenceLine[] {
  const credentials = Object.entries(policy.credentials)
  const lines = credentials.map(([alias, { schema, trust }]) => {
    const title = plainText(findSchema(schemas, schema, alias).title)
    const name = credentials.length === 1 ? title : `${title} (${alias})`
    return `You hold a credential “${name}”, signed by an issuer on the list ${quotedText(trust)} and valid on ${dayPhrase(asOf)}.`
  })
  const all = credentials.length === 1 ? 'It is' : 'None of them is'
  const revoked = credentials.length === 1 ? 'not revoked' : 'revoked'
  const age = durationPhrase(policy.freshness)
  return [
    ...lines,
    ...(credentials.length === 1 ? [] : ['They all belong to one and the same holder.']),
    `${all} ${revoked}, according to a list at most ${age} old.`,
  ].map((text) => ({ depth: 0, text }))
}

/** What must hold in any case needs no heading. */
function topLines(rule: Rule, context: PhraseContext): SentenceLine[] {
  return 'all' in rule
    ? rule.all.flatMap((part) => topLines(part, context))
    : ruleLines(rule, true, 0, context)
}

function ruleLines(
  rule: Rule,
  isPositive: boolean,
  depth: number,
  context: PhraseContext,
): SentenceLine[] {
  if ('not' in rule) return ruleLines(rule.not, !isPositive, depth, context)
  const parts = partsOf(rule)
  if (parts === undefined) {
    return [{ depth, text: sentence(phrase(rule as Condition, isPositive, context)) }]
  }
  const [only, second] = parts
  if (only && !second) return ruleLines(only, isPositive, depth, context)
  return [
    { depth, text: heading(rule, parts.length, isPositive) },
    ...parts.flatMap((part) => ruleLines(part, true, depth + 1, context)),
  ]
}

function heading(rule: Rule, size: number, isPositive: boolean): string {
  if ('all' in rule) return isPositive ? 'All of these:' : 'Not all of these:'
  if ('any' in rule) return isPositive ? 'At least one of these:' : 'None of these:'
  const count = 'of' in rule ? String(rule.atLeast) : ''
  return `${isPositive ? 'At least' : 'Fewer than'} ${count} of these ${String(size)}:`
}

function durationPhrase(freshness: string): string {
  const count = freshness.slice(0, -1)
  const unit = { m: 'minute', h: 'hour', d: 'day' }[freshness.slice(-1)] ?? ''
  return `${count} ${unit}${count === '1' ? '' : 's'}`
}

function sentence(clause: string): string {
  return `${capitalised(clause)}.`
}
