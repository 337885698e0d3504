import { MAX_ATTRIBUTE } from '../attribute.ts'
import type { Day } from '../dates.ts'
import { ZerocardError } from '../errors.ts'
import type { CircuitShape } from '../shapes.ts'
import { ALWAYS, EQUAL, constantSelector, shapeForCredentials } from '../shapes.ts'
import type { AllocatedLiteral, Allocation } from './allocate.ts'
import { paddedWeights } from './allocate.ts'
import type { PolicyVocabulary, SchemaSource } from './attributes.ts'
import { findAttribute, policyVocabulary } from './attributes.ts'
import { lowerPolicy } from './lower.ts'
import type { PolicyUse, Use } from './plan.ts'
import { measureUse, planProgram } from './plan.ts'
import type { Policy } from './policy.ts'
import type { Comparison, CompiledPolicy, Lookup } from './program.ts'
import { policyInvalid } from './strict-json.ts'

export type { PolicyUse, Use } from './plan.ts'
export type { Comparison, CompiledPolicy, Lookup, Weight } from './program.ts'
export { evaluateCompiled } from './program.ts'

/**
 * Translates a policy into the circuit's public program for one day. The same policy, schemas,
 * day and disclosed values always give the same program: holder and verifier each make their own.
 *
 * @param asOf - The day of proof, which ages and relative dates count from.
 * @param disclosed - The encoded values of the attributes in `policy.disclose`, by path.
 * @throws ZerocardError with `POLICY_INVALID` for a policy nobody can satisfy,
 * `POLICY_TOO_LARGE` for one that does not fit the circuit, saying what it needs and what there
 * is, `ATTRIBUTE_INVALID` if the disclosed values are not exactly those asked for.
 */
export function compilePolicy(
  policy: Policy,
  schemas: SchemaSource,
  asOf: Day,
  disclosed: Readonly<Record<string, bigint>> = {},
): CompiledPolicy {
  const shape = policyShape(policy)
  const vocabulary = policyVocabulary(policy.credentials, schemas)
  const disclosures = discloseComparisons(policy, vocabulary, shape, disclosed)
  const allocation = planPolicy(policy, vocabulary, asOf, shape)
  const use = measureUse(allocation, shape, policy.disclose.length)
  if (!use.isFitting) throw tooLarge(policy, use)
  return assemble(allocation, disclosures, shape)
}

/**
 * Measures a policy against its circuit; disclosed values are not needed for that.
 *
 * @throws ZerocardError with `POLICY_INVALID` for a policy nobody can satisfy, and with
 * `POLICY_TOO_LARGE` only if it is too large to be measured.
 */
export function policyUse(policy: Policy, schemas: SchemaSource, asOf: Day): PolicyUse {
  const shape = policyShape(policy)
  const vocabulary = policyVocabulary(policy.credentials, schemas)
  const allocation = planPolicy(policy, vocabulary, asOf, shape)
  return measureUse(allocation, shape, policy.disclose.length)
}

/** The circuit that proves a policy. */
export function policyShape(policy: Policy): CircuitShape {
  return shapeForCredentials(Object.keys(policy.credentials).length)
}

function planPolicy(
  policy: Policy,
  vocabulary: PolicyVocabulary,
  asOf: Day,
  shape: CircuitShape,
): Allocation {
  const { formula, opposite } = lowerPolicy(policy, vocabulary, asOf)
  const allocation = planProgram(formula, opposite, shape, policy.disclose.length)
  if (allocation.terms.length === 0) {
    throw policyInvalid('policy.where', 'contradicts itself: nobody can satisfy it')
  }
  return allocation
}

function tooLarge(policy: Policy, use: PolicyUse): ZerocardError {
  const parts = [
    describeUse(use.comparisons, 'comparisons'),
    describeUse(use.lookups, 'look-ups'),
    describeUse(use.terms, 'alternatives'),
    describeUse(use.sums, 'weighted sums'),
  ]
  return new ZerocardError(
    'POLICY_TOO_LARGE',
    `policy ${policy.id} does not fit ${use.circuit}: needs ${parts.join(', ')}`,
  )
}

function describeUse({ needs, has }: Use, name: string): string {
  return `${String(needs)} of ${String(has)} ${name}`
}

function discloseComparisons(
  policy: Policy,
  vocabulary: PolicyVocabulary,
  shape: CircuitShape,
  disclosed: Readonly<Record<string, bigint>>,
): Comparison[] {
  const unasked = Object.keys(disclosed).find((path) => !policy.disclose.includes(path))
  if (unasked !== undefined) throw disclosureInvalid(unasked, 'not asked for')
  return policy.disclose.map((path, i) => {
    const { selector } = findAttribute(vocabulary, path, `policy.disclose[${String(i)}]`)
    const constant = Object.hasOwn(disclosed, path) ? disclosed[path] : undefined
    if (constant === undefined) throw disclosureInvalid(path, 'missing')
    if (constant < 0n || constant >= MAX_ATTRIBUTE) throw disclosureInvalid(path, 'out of range')
    return { left: selector, right: constantSelector(shape), mask: EQUAL, constant }
  })
}

function disclosureInvalid(path: string, message: string): ZerocardError {
  return new ZerocardError('ATTRIBUTE_INVALID', `disclosed ${JSON.stringify(path)}: ${message}`)
}

/** Disclosures come after the comparisons of the rule and must hold in every term. */
function assemble(
  { comparisons, lookups, sums, terms }: Allocation,
  disclosures: readonly Comparison[],
  shape: CircuitShape,
): CompiledPolicy {
  const always = disclosures.map((_, i) => ({ comparison: comparisons.length + i }))
  const masks = terms.map((term) => termMask([...term, ...always], shape))
  return {
    shape,
    comparisons: padded([...comparisons, ...disclosures], shape.comparisons, {
      left: 0,
      right: constantSelector(shape),
      mask: ALWAYS,
      constant: 0n,
    }),
    weights: paddedWeights(sums[0] ?? []),
    lookups: padded<Lookup>(lookups, shape.lookups, { attribute: 0, values: [] }),
    terms: padded(masks, shape.terms, masks[0] ?? 0n),
  }
}

function termMask(literals: readonly AllocatedLiteral[], shape: CircuitShape): bigint {
  return literals.reduce((mask, literal) => mask | (1n << BigInt(literalBit(literal, shape))), 0n)
}

function literalBit(literal: AllocatedLiteral, { comparisons }: CircuitShape): number {
  if ('comparison' in literal) return literal.comparison
  return comparisons + 2 * literal.lookup + (literal.isFound ? 0 : 1)
}

function padded<T>(items: readonly T[], length: number, filling: T): T[] {
  return [...items, ...Array<T>(length - items.length).fill(filling)]
}
