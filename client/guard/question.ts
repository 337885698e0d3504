import { toBase64url, canonicalJson, utf8 } from '../../core/bytes.ts'
import type { Day } from '../../core/dates.ts'
import { sha256 } from '../../core/hash.ts'
import { policyVocabulary } from '../../core/policy/attributes.ts'
import type { SchemaSource } from '../../core/policy/attributes.ts'
import { lowerPolicy } from '../../core/policy/lower.ts'
import type { Formula, RelationLiteral, ValueLiteral } from '../../core/policy/literal.ts'
import type { Policy } from '../../core/policy/policy.ts'
import { movingLimits } from './limits.ts'
import type { MovingLimit } from './limits.ts'
import { policySubjects } from './subject.ts'
import type { Subject, Subjects } from './subject.ts'

/** What a policy asks on one day, taken apart. Nothing in it depends on the holder. */
export interface Question {
  /** Equal for policies with the same rule over the same schemas, whatever they are called. */
  readonly id: string
  readonly asOf: Day
  readonly subjects: Subjects
  readonly formula: Formula
  readonly values: readonly ValueLiteral[]
  readonly relations: readonly RelationLiteral[]
  /** Limits that move with the day, by subject and day. */
  readonly moving: readonly MovingLimit[]
  /** Whether somebody for whom the rule holds keeps satisfying it by the mere passing of days. */
  readonly isLasting: boolean
}

/** @throws ZerocardError with `POLICY_INVALID` for a schema that is not in `schemas`. */
export function readQuestion(policy: Policy, schemas: SchemaSource, asOf: Day): Question {
  const vocabulary = policyVocabulary(policy.credentials, schemas)
  const subjects = policySubjects(vocabulary)
  const { formula } = lowerPolicy(policy, vocabulary, asOf)
  const literals = literalsOf(formula)
  const values = literals.filter((literal) => literal.kind === 'value')
  return {
    id: questionId(policy),
    asOf,
    subjects,
    formula,
    values,
    relations: literals.filter((literal) => literal.kind === 'relation'),
    moving: movingLimits(policy.where, subjects, asOf),
    isLasting: values.every((literal) => lasts(literal, subjects)),
  }
}

/** The one attribute that a literal is about; undefined for a sum. */
export function subjectOfLiteral(
  { quantity }: ValueLiteral,
  { bySelector }: Subjects,
): Subject | undefined {
  const [first, second] = quantity.weights
  return first === undefined || second !== undefined ? undefined : bySelector.get(first.attribute)
}

/** A text for a key that may be long. */
export function shortHash(text: string): string {
  return toBase64url(sha256(utf8(text)).subarray(0, 12))
}

function literalsOf(formula: Formula): (ValueLiteral | RelationLiteral)[] {
  return 'parts' in formula ? formula.parts.flatMap(literalsOf) : [formula]
}

/** "Born on or before a day that moves on" becomes true once and stays so. */
function lasts(literal: ValueLiteral, subjects: Subjects): boolean {
  return subjectOfLiteral(literal, subjects)?.type !== 'date' || literal.test === 'atMost'
}

function questionId({ credentials, where }: Policy): string {
  const schemas = Object.entries(credentials).map(([alias, { schema }]) => [alias, schema])
  return shortHash(canonicalJson([schemas, where ?? null]))
}
