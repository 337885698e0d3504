import type { Day } from '../dates.ts'
import { ZerocardError } from '../errors.ts'
import type { SentenceLine } from './asked.ts'
import { askedLines } from './asked.ts'
import type { PolicyAttribute, SchemaSource } from './attributes.ts'
import { findAttribute, policyVocabulary } from './attributes.ts'
import { lowerPolicy } from './lower.ts'
import type { Literal } from './literal.ts'
import type { Term } from './normal-form.ts'
import type { PhraseContext } from './phrase.ts'
import { attributeName } from './phrase.ts'
import { simplified } from './plan.ts'
import type { Policy } from './policy.ts'
import { pseudonymRule } from './policy.ts'
import { partsOf } from './rule.ts'
import type { Condition, Rule } from './rule.ts'
import type { ValueSet } from './value-set.ts'
import { isSingleValue, isSubset } from './value-set.ts'
import { capitalised, dayPhrase, numberPhrase, quotedText } from './wording.ts'

export type { SentenceLine } from './asked.ts'

/** A policy in plain English, in three groups; lines are whole sentences or headings of a list. */
export interface PolicySentence {
  /** What must be true for the answer to be yes. */
  readonly asked: readonly SentenceLine[]
  /** What the verifier learns from a yes. */
  readonly learned: readonly string[]
  /** What it does not learn. */
  readonly hidden: readonly string[]
}

const UNLESS_TOLD = ', unless what is stated above tells that'

/**
 * Says what a policy asks, what the verifier learns and what it does not. Made from the same tree
 * as the proof, for the holder to read before consenting.
 *
 * It speaks about the proof alone: what a verifier learns otherwise (a name typed into a form, an
 * address on the network) is not its subject. An attribute called `birthDate` is taken for the
 * holder's own, so that ages read as "you are"; titles and units are the schema's words.
 *
 * @param issuers - How many issuers each credential's trust list names, by alias, where known.
 */
export function policySentence(
  policy: Policy,
  schemas: SchemaSource,
  asOf: Day,
  issuers: Readonly<Record<string, number>> = {},
): PolicySentence {
  const vocabulary = policyVocabulary(policy.credentials, schemas)
  const context = { vocabulary, asOf }
  const terms = termsOf(policy, context)
  return {
    asked: askedLines(policy, schemas, context),
    learned: [
      `That all of this is true, on ${dayPhrase(asOf)}.`,
      ...disclosed(policy, context).map((name) => `The value of ${name}.`),
      ...pseudonymLines(policy),
      ...issuerLines(policy, issuers, true),
    ],
    hidden: [
      ...attributeLines(policy, terms, context),
      ...alternativeLines(policy, terms),
      ...issuerLines(policy, issuers, false),
      ...recognitionLines(policy, terms, context),
      'Anything else on your credentials.',
    ],
  }
}

/** The sentence as plain text, lists indented by two spaces a level. */
export function sentenceText({ asked, learned, hidden }: PolicySentence): string {
  const list = (lines: readonly string[]) => lines.map((line) => `  - ${line}`)
  return [
    'You prove:',
    ...asked.map(({ depth, text }) => `${'  '.repeat(depth + 1)}- ${text}`),
    'The verifier learns:',
    ...list(learned),
    'It does not learn:',
    ...list(hidden),
  ].join('\n')
}

function pseudonymLines(policy: Policy): string[] {
  const rule = pseudonymRule(policy)
  if (rule === undefined) return []
  const scope = quotedText(rule.scope)
  const where = rule.shared ? `with everyone who uses ${scope}` : `within ${scope}`
  const [alias = ''] = Object.keys(policy.credentials)
  const whose = rule.per === 'person' ? 'you' : `this credential (${alias})`
  if (rule.limit > 1) {
    const codes = `One of ${numberPhrase(BigInt(rule.limit))} codes that ${rule.per === 'person' ? 'you have' : `your credential (${alias}) has`} for ${scope}`
    return [`${codes}: it accepts each once, and can recognise a code that comes back, ${where}.`]
  }
  const use = rule.isRepeatable ? '' : ', and accepts it once'
  return [`A code that is always the same for ${scope}: it can recognise ${whose} ${where}${use}.`]
}

function issuerLines(
  { credentials }: Policy,
  issuers: Readonly<Record<string, number>>,
  isLearned: boolean,
): string[] {
  return Object.entries(credentials).flatMap(([alias, { trust }]) => {
    const count = Object.hasOwn(issuers, alias) ? issuers[alias] : undefined
    if ((count === 1) !== isLearned) return []
    const list = `the list ${quotedText(trust)}`
    if (isLearned) return [`Who issued your credential: ${list} names only one issuer.`]
    const unless = count === undefined ? ', unless it names only one' : ''
    return [`Which issuer on ${list} issued your credential${unless}.`]
  })
}

function disclosed(policy: Policy, { vocabulary }: PhraseContext): string[] {
  return policy.disclose.map((path) =>
    attributeName(findAttribute(vocabulary, path, path), vocabulary),
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
    const name = attributeName(attribute, context.vocabulary)
    return isValueHidden(attribute, policy, terms)
      ? `${capitalised(name).replace('Your', 'Your exact')}.`
      : `More about ${name} than stated above.`
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

function alternativeLines(policy: Policy, terms: readonly Term[] | undefined): string[] {
  if (terms === undefined || terms.length < 2) return []
  const isTold = terms.some(({ literals }) => literals.some(isJoint)) || policy.disclose.length > 0
  const unless = isTold ? UNLESS_TOLD : ''
  return [`Which of the alternatives applies to you${unless}.`]
}

function recognitionLines(
  policy: Policy,
  terms: readonly Term[] | undefined,
  context: PhraseContext,
): string[] {
  const rule = pseudonymRule(policy)
  const others = rule && rule.limit > 1 ? ['Which other codes are yours.'] : []
  if (rule?.shared) return [...others, 'Your codes in other scopes.']
  if (rule) {
    return [...others, 'Your codes elsewhere: this one is for this verifier and this scope only.']
  }
  const isAllHidden =
    policy.disclose.length === 0 &&
    hiddenAttributes(policy, context).every((one) => isValueHidden(one, policy, terms))
  const unless = isAllHidden ? '' : UNLESS_TOLD
  return [`Whether you come again: it cannot recognise you by this proof${unless}.`]
}
