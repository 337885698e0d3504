import type { PhraseContext } from './phrase.ts'
import { dayPhrase, phrase, titleOf } from './phrase.ts'
import type { Policy } from './policy.ts'
import { partsOf } from './rule.ts'
import type { Condition, Rule } from './rule.ts'
import { quotedName, quotedText } from './wording.ts'

export interface SentenceLine {
  /** How deep in the tree of alternatives: 0 for what must hold in any case. */
  readonly depth: number
  readonly text: string
}

const TIME_UNITS = { m: 'minutes', h: 'hours', d: 'days' } as const

/** The credentials a policy asks for and its rule, as lines of a nested list. */
export function askedLines(policy: Policy, context: PhraseContext): SentenceLine[] {
  const credentials = credentialLines(policy, context).map((text) => ({ depth: 0, text }))
  return policy.where ? [...credentials, ...topLines(policy.where, context)] : credentials
}

function credentialLines({ credentials, freshness }: Policy, context: PhraseContext): string[] {
  const { asOf, book, titles } = context
  const phrases = book.credentials
  const held = Object.entries(credentials).map(([alias, { trust }]) => {
    const name = quotedName(titleOf(titles.get(alias) ?? '', alias, context))
    return phrases.held(name, quotedText(trust), dayPhrase(asOf, book))
  })
  const isOnlyOne = held.length === 1
  const unit = TIME_UNITS[freshness.slice(-1) as keyof typeof TIME_UNITS]
  return [
    ...held,
    ...(isOnlyOne ? [] : [phrases.sameHolder]),
    phrases.notRevoked(isOnlyOne, Number(freshness.slice(0, -1)), unit),
  ]
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
  const { book } = context
  const parts = partsOf(rule)
  if (parts === undefined) {
    const clause = phrase(rule as Condition, isPositive, context)
    return [{ depth, text: book.parts.sentence(clause) }]
  }
  const [only, second] = parts
  if (only && !second) return ruleLines(only, isPositive, depth, context)
  return [
    { depth, text: heading(rule, parts.length, isPositive, context) },
    ...parts.flatMap((part) => ruleLines(part, true, depth + 1, context)),
  ]
}

function heading(
  rule: Rule,
  size: number,
  isPositive: boolean,
  { book: { headings } }: PhraseContext,
): string {
  if ('all' in rule) return isPositive ? headings.all : headings.notAll
  if ('any' in rule) return isPositive ? headings.any : headings.none
  const count = 'of' in rule ? rule.atLeast : 0
  return isPositive ? headings.atLeast(count, size) : headings.fewerThan(count, size)
}
