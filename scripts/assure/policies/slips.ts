import type { Rule, SumCondition } from '../../../core/policy/rule.ts'

// Evaluators with one slip each, as a careless hand writes them. An evaluator with a slip is the
// right one given another rule, so each slip here says what rule it would have read.

export interface Slip {
  readonly fault: string
  /** What the slip makes of one node, whose parts it has been at already. */
  readonly change: (node: Rule) => Rule
}

export const SLIPS: readonly Slip[] = [
  {
    fault: 'an age is one year too high',
    change: (node) =>
      'age' in node && node.atLeast !== undefined ? { ...node, atLeast: node.atLeast + 1 } : node,
  },
  {
    fault: 'under an age includes the birthday',
    change: (node) =>
      'age' in node && node.under !== undefined ? { ...node, under: node.under + 1 } : node,
  },
  {
    fault: 'the other rule for 29 February',
    change: (node) =>
      'age' in node ? { ...node, leapDay: node.leapDay === 'mar1' ? 'feb28' : 'mar1' } : node,
  },
  { fault: '< is read as <=', change: (node) => withOperator(node, 'lt', 'lte') },
  { fault: '<= is read as <', change: (node) => withOperator(node, 'lte', 'lt') },
  { fault: '> is read as >=', change: (node) => withOperator(node, 'gt', 'gte') },
  { fault: '>= is read as >', change: (node) => withOperator(node, 'gte', 'gt') },
  { fault: '= is read as <=', change: (node) => withOperator(node, 'eq', 'lte') },
  { fault: 'AND is OR', change: (node) => ('all' in node ? { any: node.all } : node) },
  { fault: 'OR is AND', change: (node) => ('any' in node ? { all: node.any } : node) },
  { fault: 'NOT is dropped', change: (node) => ('not' in node ? node.not : node) },
  {
    fault: 'one fewer of n is enough',
    change: (node) =>
      'of' in node && node.atLeast > 1 ? { ...node, atLeast: node.atLeast - 1 } : node,
  },
  { fault: 'in a set means not in it', change: (node) => withOperator(node, 'in', 'notIn') },
  { fault: 'not in a set means in it', change: (node) => withOperator(node, 'notIn', 'in') },
  { fault: 'a range ends before its end', change: withoutEnd },
  {
    fault: 'a prefix has to be all of the text',
    change: (node) => withOperator(node, 'prefix', 'eq'),
  },
  { fault: 'weights lose their signs', change: withoutSigns },
  { fault: 'a sum forgets its last part', change: withoutLastPart },
  { fault: 'a day counted from today is one too late', change: withLaterDay },
]

/** The rule that an evaluator with the slip works on. */
export function rewritten(rule: Rule, { change }: Slip): Rule {
  const inner = (parts: readonly Rule[]): Rule[] =>
    parts.map((part) => rewritten(part, { fault: '', change }))
  if ('all' in rule) return change({ all: inner(rule.all) })
  if ('any' in rule) return change({ any: inner(rule.any) })
  if ('not' in rule) return change({ not: rewritten(rule.not, { fault: '', change }) })
  if ('of' in rule) return change({ ...rule, of: inner(rule.of) })
  return change(rule)
}

function withOperator(node: Rule, from: string, to: string): Rule {
  if (!Object.hasOwn(node, from)) return node
  const entries = Object.entries(node).map(([name, value]: [string, unknown]) => [
    name === from ? to : name,
    value,
  ])
  return Object.fromEntries(entries) as Rule
}

function withoutEnd(node: Rule): Rule {
  if (!('attribute' in node) || node.between === undefined) return node
  const { attribute, between } = node
  return {
    all: [
      { attribute, gte: between[0] },
      { attribute, lt: between[1] },
    ],
  }
}

function withoutSigns(node: Rule): Rule {
  if (!('sum' in node)) return node
  return { ...node, sum: node.sum.map((part) => ({ ...part, times: Math.abs(part.times) })) }
}

function withoutLastPart(node: Rule): Rule {
  if (!('sum' in node)) return node
  const shorter: SumCondition = { ...node, sum: node.sum.slice(0, -1) }
  return shorter
}

function withLaterDay(node: Rule): Rule {
  if (!('attribute' in node)) return node
  const entries = Object.entries(node).map(([name, value]: [string, unknown]) => [
    name,
    isRelative(value) ? { today: value.today + 1 } : value,
  ])
  return Object.fromEntries(entries) as Rule
}

function isRelative(value: unknown): value is { readonly today: number } {
  return typeof value === 'object' && value !== null && 'today' in value
}
