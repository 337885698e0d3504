import { encodeAttribute } from './attribute.ts'
import type { AttributeValue } from './attribute.ts'
import type { Day } from './dates.ts'
import { isDay } from './dates.ts'
import { FIELD_ORDER, isField } from './field.ts'
import { compilePolicy } from './policy/compile.ts'
import type { Policy } from './policy/policy.ts'
import type { CompiledPolicy } from './policy/program.ts'
import { findAttribute, findSchema, policyVocabulary } from './policy/attributes.ts'
import { pseudonymRule } from './policy/policy.ts'
import { scopeField } from './pseudonym.ts'
import { schemaHash } from './schema.ts'
import type { Schema } from './schema.ts'
import { SUM_ATTRIBUTES } from './shapes.ts'
import type { CircuitShape } from './shapes.ts'
import { LOOKUP_SHAPE, SortedSet } from './sorted-set.ts'

// What a proof says, as the circuit's public signals. Holder and verifier build it here from the
// same policy; nothing of it is ever read from a message but what `PresentedFacts` names.

/** Digits of a weight's magnitude and of a credential's use; the same in circuits/program.circom. */
const WEIGHT_BITS = 32n
/** Operands are smaller than 2^154 in absolute value; the same in circuits/policy.circom. */
const OPERAND_LIMIT = 1n << 154n
/** Uses and limits have 16 digits; the same in circuits/pseudonym.circom. */
const MAX_LIMIT = 65_535

/** Schemas by id, as far as the caller knows them. */
export type Schemas = ReadonlyMap<string, Schema>

/** What varies between presentations of one policy. */
export interface StatementContext {
  readonly schemas: Schemas
  /** The day the proof speaks of. */
  readonly asOf: Day
  /** Trust root per credential name of the policy. */
  readonly trustRoots: Readonly<Record<string, bigint>>
  /** Who is shown the presentation: an origin or another fixed name. */
  readonly audience: string
  /** 248-bit thumbprint of the one-time key that signs the presentation. */
  readonly presenter: bigint
  /** Values of the attributes the policy asks to see, by path such as `person.photo`. */
  readonly disclosed?: Readonly<Record<string, AttributeValue>>
  /** For whoever builds many statements of one policy; each policy and its schemas has its own. */
  readonly memo?: ProgramMemo
}

/** What statements of one policy share on one day, by day. Nothing in it is about a holder. */
export type ProgramMemo = Map<Day, SharedProgram>

interface SharedProgram {
  /** Absent where disclosed values are part of it. */
  readonly compiled?: CompiledPolicy
  /** Making these takes most of the time that building a statement does. */
  readonly lookups: readonly SortedSet[]
}

/** Days to keep: a proof speaks of today or yesterday, and clocks differ. */
const MEMO_DAYS = 3

/** A statement ready to be proved or checked. */
export interface Statement {
  readonly policy: Policy
  readonly compiled: CompiledPolicy
  readonly context: StatementContext
  /** Sets of the look-ups, one for each of the shape's look-ups; unused ones are empty. */
  readonly lookups: readonly SortedSet[]
  /** 0 if the policy asks for no pseudonym. */
  readonly scope: bigint
  readonly limit: number
  readonly isPerCredential: boolean
}

/**
 * Builds the statement that answers a policy.
 *
 * @throws ZerocardError with `POLICY_TOO_LARGE`, `POLICY_INVALID` or `ATTRIBUTE_INVALID` (a
 *   disclosed value that does not fit its attribute).
 * @throws TypeError if the context misses a trust root or a disclosed value.
 */
export function buildStatement(policy: Policy, context: StatementContext): Statement {
  if (!isDay(context.asOf)) throw new TypeError('asOf is not a day')
  if (!isField(context.presenter)) throw new TypeError('presenter is not a field element')
  const { compiled, lookups } = programOf(policy, context)
  const naming = pseudonymRule(policy)
  return {
    policy,
    compiled,
    context,
    lookups,
    scope: naming === undefined ? 0n : scopeField(naming, context.audience),
    limit: naming?.limit ?? 1,
    isPerCredential: naming?.per === 'credential',
  }
}

/** The public signals in circuit order: the pseudonym (0 if there is none), then the inputs. */
export function publicSignals(statement: Statement, pseudonym: bigint): bigint[] {
  const inputs = publicInputs(statement)
  return [
    pseudonym,
    inputs.asOf,
    ...inputs.schemas,
    ...inputs.trustRoots,
    inputs.operandWord,
    inputs.weightWord,
    inputs.formulaWord,
    ...inputs.constants,
    ...inputs.lookupRoots,
    inputs.scope,
    inputs.limit,
    inputs.presenter,
  ]
}

/** The public inputs by the names they have in circuits/eligibility.circom. */
export interface PublicInputs {
  readonly asOf: bigint
  readonly schemas: readonly bigint[]
  readonly trustRoots: readonly bigint[]
  readonly operandWord: bigint
  readonly weightWord: bigint
  readonly formulaWord: bigint
  readonly constants: readonly bigint[]
  readonly lookupRoots: readonly bigint[]
  readonly scope: bigint
  readonly limit: bigint
  readonly presenter: bigint
}

/** Everything public but the pseudonym, which alone comes out of the proof. */
export function publicInputs(statement: Statement): PublicInputs {
  const { compiled, context, policy } = statement
  assertFilled(statement)
  const aliases = slotAliases(policy, compiled.shape)
  if (!Number.isInteger(statement.limit) || statement.limit < 1 || statement.limit > MAX_LIMIT) {
    throw new TypeError('limit out of range')
  }
  return {
    asOf: BigInt(context.asOf),
    schemas: aliases.map((alias) =>
      schemaHash(findSchema(context.schemas, policy.credentials[alias]?.schema ?? '', alias)),
    ),
    trustRoots: aliases.map((alias) => trustRootOf(context, alias)),
    operandWord: operandWord(compiled, statement.isPerCredential),
    weightWord: weightWord(compiled),
    formulaWord: formulaWord(compiled),
    constants: compiled.comparisons.map(({ constant }) => signedField(constant)),
    lookupRoots: statement.lookups.map(({ root }) => root),
    scope: statement.scope,
    limit: BigInt(statement.limit),
    presenter: context.presenter,
  }
}

/**
 * A program that leaves places empty would say something else: a term of zeros asks for nothing,
 * so everybody would satisfy it.
 */
function assertFilled({ compiled, lookups: sets }: Statement): void {
  const { shape, comparisons, lookups, terms, weights } = compiled
  const lengths = [
    [comparisons.length, shape.comparisons],
    [lookups.length, shape.lookups],
    [sets.length, shape.lookups],
    [terms.length, shape.terms],
    [weights.length, SUM_ATTRIBUTES],
  ]
  if (lengths.some(([has, needs]) => has !== needs)) {
    throw new TypeError('a program does not fill its circuit')
  }
}

/**
 * The credential of the policy that fills each slot of the circuit. A slot the policy leaves empty
 * repeats the first credential, so no circuit has a switch that turns a check off.
 */
export function slotAliases(policy: Policy, shape: CircuitShape): string[] {
  const aliases = Object.keys(policy.credentials)
  return Array.from({ length: shape.slots }, (_, slot) => aliases[slot] ?? (aliases[0] as string))
}

/** Digits of what is compared and looked up, as circuits/program.circom reads them. */
export function operandWord(
  { shape, comparisons, lookups }: CompiledPolicy,
  isPerCredential: boolean,
): bigint {
  const word = new DigitWriter()
  for (const { left, right, mask } of comparisons) {
    word.add(BigInt(left), shape.selectorBits)
    word.add(BigInt(right), shape.selectorBits)
    word.add(BigInt(mask), 3)
  }
  for (const { attribute } of lookups) word.add(BigInt(attribute), shape.selectorBits)
  word.add(isPerCredential ? 1n : 0n, 1)
  return word.value
}

/** Digits of the weighted sum. */
export function weightWord({ shape, weights }: CompiledPolicy): bigint {
  const word = new DigitWriter()
  for (const { attribute, times } of weights) {
    word.add(BigInt(attribute), shape.selectorBits)
    word.add(times < 0n ? -times : times, Number(WEIGHT_BITS))
    word.add(times < 0n ? 1n : 0n, 1)
  }
  return word.value
}

/** Digits of the conjunctions. */
export function formulaWord({ shape, terms }: CompiledPolicy): bigint {
  const word = new DigitWriter()
  for (const term of terms) word.add(term, shape.comparisons + 2 * shape.lookups)
  return word.value
}

/** Puts fields of digits one after another, the first field in the lowest digits. */
class DigitWriter {
  value = 0n
  #width = 0

  add(field: bigint, width: number): void {
    if (field < 0n || field >> BigInt(width) !== 0n)
      throw new TypeError('a field is too wide for its digits')
    this.value |= field << BigInt(this.#width)
    this.#width += width
    if (this.#width > 253) throw new TypeError('a program word is longer than the field')
  }
}

function signedField(value: bigint): bigint {
  if (value <= -OPERAND_LIMIT || value >= OPERAND_LIMIT)
    throw new TypeError('a constant is out of range')
  return value < 0n ? FIELD_ORDER + value : value
}

function trustRootOf({ trustRoots }: StatementContext, alias: string): bigint {
  const root = trustRoots[alias]
  if (root === undefined || !isField(root)) throw new TypeError(`no trust root for ${alias}`)
  return root
}

function programOf(
  policy: Policy,
  context: StatementContext,
): Pick<Statement, 'compiled' | 'lookups'> {
  const { schemas, asOf, memo } = context
  const shared = memo?.get(asOf)
  const disclosed = Object.fromEntries(
    policy.disclose.map((path) => [path, encodeDisclosed(policy, context, path)]),
  )
  const compiled = shared?.compiled ?? compilePolicy(policy, schemas, asOf, disclosed)
  const lookups =
    shared?.lookups ?? compiled.lookups.map(({ values }) => SortedSet.from(LOOKUP_SHAPE, values))
  if (memo !== undefined && shared === undefined) {
    if (memo.size >= MEMO_DAYS) memo.clear()
    memo.set(asOf, policy.disclose.length === 0 ? { compiled, lookups } : { lookups })
  }
  return { compiled, lookups }
}

function encodeDisclosed(policy: Policy, context: StatementContext, path: string): bigint {
  const value = context.disclosed?.[path]
  if (value === undefined) throw new TypeError(`no value for the disclosed ${path}`)
  const vocabulary = policyVocabulary(policy.credentials, context.schemas)
  return encodeAttribute(findAttribute(vocabulary, path, 'policy.disclose').type, value)
}
