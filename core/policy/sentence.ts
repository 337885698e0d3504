import type { Day } from '../dates.ts'
import { ZerocardError } from '../errors.ts'
import type { SentenceLine } from './asked.ts'
import { askedLines } from './asked.ts'
import type { PolicyAttribute, SchemaSource } from './attributes.ts'
import { findAttribute } from './attributes.ts'
import { lowerPolicy } from './lower.ts'
import type { Literal } from './literal.ts'
import type { Term } from './normal-form.ts'
import type { Language } from './languages/languages.ts'
import { phraseBook } from './languages/languages.ts'
import type { PhraseContext } from './phrase.ts'
import { attributeName, dayPhrase, phraseContext } from './phrase.ts'
import { simplified } from './plan.ts'
import type { Policy } from './policy.ts'
import { pseudonymRule } from './policy.ts'
import { partsOf } from './rule.ts'
import type { Condition, Rule } from './rule.ts'
import type { ValueSet } from './value-set.ts'
import { isSingleValue, isSubset } from './value-set.ts'
import { quotedText } from './wording.ts'

export type { SentenceLine } from './asked.ts'

/** A policy in plain words, in three groups; lines are whole sentences or headings of a list. */
export interface PolicySentence {
  /** What must be true for the answer to be yes. */
  readonly asked: readonly SentenceLine[]
  /** What the verifier learns from a yes. */
  readonly learned: readonly string[]
  /** What it does not learn. */
  readonly hidden: readonly string[]
}

/**
 * Says what a policy asks, what the verifier learns and what it does not. Made from the same tree
 * as the proof, for the holder to read before consenting.
 *
 * It speaks about the proof alone: what a verifier learns otherwise (a name typed into a form, an
 * address on the network) is not its subject. An attribute called `birthDate` is taken for the
 * holder's own, so that ages read as "you are"; titles and units are the schema's words, in the
 * language if the schema has them in it.
 *
 * @param issuers - How many issuers of its trust list can have signed each credential, by alias, where
 *   known: see `listedIssuers`.
 * @returns The same lines in the same order in every language.
 * @throws TypeError for a language without sentences.
 */
export function policySentence(
  policy: Policy,
  schemas: SchemaSource,
  asOf: Day,
  issuers: Readonly<Record<string, number>> = {},
  language: Language = 'en',
): PolicySentence {
  const context = phraseContext(policy, schemas, asOf, language)
  const terms = termsOf(policy, context)
  const { book } = context
  return {
    asked: askedLines(policy, context),
    learned: [
      book.learned.allTrue(dayPhrase(asOf, book)),
      ...disclosed(policy, context).map(book.learned.value),
      ...pseudonymLines(policy, context),
      ...issuerLines(policy, issuers, true, context),
    ],
    hidden: [
      ...attributeLines(policy, terms, context),
      ...alternativeLines(policy, terms, context),
      ...issuerLines(policy, issuers, false, context),
      ...recognitionLines(policy, terms, context),
      book.hidden.anythingElse,
    ],
  }
}

/** The sentence as plain text, lists indented by two spaces a level. */
export function sentenceText(
  { asked, learned, hidden }: PolicySentence,
  language: Language = 'en',
): string {
  const { groups } = phraseBook(language)
  const list = (lines: readonly string[]) => lines.map((line) => `  - ${line}`)
  return [
    groups.asked,
    ...asked.map(({ depth, text }) => `${'  '.repeat(depth + 1)}- ${text}`),
    groups.learned,
    ...list(learned),
    groups.hidden,
    ...list(hidden),
  ].join('\n')
}

function pseudonymLines(policy: Policy, { book }: PhraseContext): string[] {
  const rule = pseudonymRule(policy)
  if (rule === undefined) return []
  const [alias] = Object.keys(policy.credentials)
  const code = {
    scope: quotedText(rule.scope),
    limit: rule.limit > 1 ? book.parts.number(BigInt(rule.limit)) : undefined,
    credential: rule.per === 'credential' ? alias : undefined,
    isShared: rule.shared,
    isAcceptedOnce: !rule.isRepeatable,
  }
  return [book.learned.code(code)]
}

function issuerLines(
  { credentials }: Policy,
  issuers: Readonly<Record<string, number>>,
  isLearned: boolean,
  { book }: PhraseContext,
): string[] {
  return Object.entries(credentials).flatMap(([alias, { trust }]) => {
    const count = Object.hasOwn(issuers, alias) ? issuers[alias] : undefined
    if ((count === 1) !== isLearned) return []
    const list = quotedText(trust)
    return isLearned ? book.learned.issuer(list) : book.hidden.issuer(list, count !== undefined)
  })
}

function disclosed(policy: Policy, context: PhraseContext): string[] {
  return policy.disclose.map((path) =>
    attributeName(findAttribute(context.vocabulary, path, path), context),
  )
}

function hiddenAttributes(policy: Policy, { vocabulary }: PhraseContext): PolicyAttribute[] {
  const paths = policy.where ? mentioned(policy.where) : []
  return [...new Set(paths)]
    .filter((path) => !policy.disclose.includes(path))
    .map((path) => findAttribute(vocabulary, path, path))
}

function mentioned(rule: Rule): string[] {
  if ('not' in rule) return mentioned(rule.not)
  const parts = partsOf(rule)
  if (parts) return parts.flatMap(mentioned)
  if ('age' in rule) return [rule.age]
  if ('sum' in rule) return rule.sum.map(({ attribute }) => attribute)
  const { attribute, ...operands } = rule as Extract<Condition, { attribute: string }>
  return [attribute, ...Object.values(operands).flatMap(referenced)]
}

function referenced(operand: unknown): string[] {
  const isReference = typeof operand === 'object' && operand !== null && 'attribute' in operand
  return isReference ? [String(operand.attribute)] : []
}

/** Undefined for a policy too large to be analysed: then nothing is promised that needs it. */
function termsOf(policy: Policy, { vocabulary, asOf }: PhraseContext): readonly Term[] | undefined {
  const { formula, opposite } = lowerPolicy(policy, vocabulary, asOf)
  try {
    return simplified(formula, opposite)
  } catch (error) {
    if (error instanceof ZerocardError && error.code === 'POLICY_TOO_LARGE') return undefined
    throw error
  }
}

function attributeLines(
  policy: Policy,
  terms: readonly Term[] | undefined,
  context: PhraseContext,
): string[] {
  return hiddenAttributes(policy, context).map((attribute) => {
    const { hidden } = context.book
    const name = attributeName(attribute, context)
    return isValueHidden(attribute, policy, terms) ? hidden.value(name) : hidden.moreAbout(name)
  })
}

/**
 * True only if at least two values of the attribute are sure to be possible. If values are
 * disclosed, or attributes compared with each other, the verifier may see that some alternatives
 * are out of the question: then every single one must leave two values.
 */
function isValueHidden(
  { selector }: PolicyAttribute,
  { disclose }: Policy,
  terms: readonly Term[] | undefined,
): boolean {
  if (terms === undefined) return false
  const literals = terms.flatMap((term) => term.literals)
  if (literals.some((literal) => isJoint(literal) && selectorsOf(literal).includes(selector))) {
    return false
  }
  const possible = terms.map(({ values }) => values.get(String(selector)))
  const isOpen = (set: ValueSet | undefined) => set === undefined || !isSingleValue(set)
  if (disclose.length > 0 || literals.some(isJoint)) return possible.every(isOpen)
  const [first] = possible
  return possible.some((set) => isOpen(set) || (set && first && !isSubset(set, first)))
}

/** About more than one attribute. */
function isJoint(literal: Literal): boolean {
  return selectorsOf(literal).length > 1
}

function selectorsOf(literal: Literal): number[] {
  return literal.kind === 'relation'
    ? [literal.left, literal.right]
    : literal.quantity.weights.map(({ attribute }) => attribute)
}

function alternativeLines(
  policy: Policy,
  terms: readonly Term[] | undefined,
  { book }: PhraseContext,
): string[] {
  if (terms === undefined || terms.length < 2) return []
  const isTold = terms.some(({ literals }) => literals.some(isJoint)) || policy.disclose.length > 0
  return [book.hidden.alternative(isTold)]
}

function recognitionLines(
  policy: Policy,
  terms: readonly Term[] | undefined,
  context: PhraseContext,
): string[] {
  const { hidden } = context.book
  const rule = pseudonymRule(policy)
  const others = rule && rule.limit > 1 ? [hidden.otherCodes] : []
  if (rule?.shared) return [...others, hidden.codesInOtherScopes]
  if (rule) return [...others, hidden.codesElsewhere]
  const isAllHidden =
    policy.disclose.length === 0 &&
    hiddenAttributes(policy, context).every((one) => isValueHidden(one, policy, terms))
  return [hidden.comingAgain(!isAllHidden)]
}
