import type { Day } from '../../core/dates.ts'
import { birthDayCutoff } from '../../core/dates.ts'
import type { ValueLiteral } from '../../core/policy/literal.ts'
import { partsOf } from '../../core/policy/rule.ts'
import type {
  AgeCondition,
  AttributeCondition,
  ConstantOperand,
  Operand,
  Rule,
} from '../../core/policy/rule.ts'
import type { Subjects } from './subject.ts'

/** A limit that a rule states relative to the day of proof. */
export interface MovingLimit {
  /** Key of the subject. */
  readonly subject: string
  /** The last day on the lower side. */
  readonly at: number
  /** The same on every day, like `age 18`. */
  readonly by: string
  /** Of an age. */
  readonly years?: number
}

/**
 * Where the answer of a literal changes: the last value on the lower side, each time. Values that
 * nothing can be above or below of are left out.
 */
export function literalLimits({ test, values, quantity }: ValueLiteral): bigint[] {
  const [value = 0n] = values
  const limits =
    test === 'atMost' ? [value] : test === 'atLeast' ? [value - 1n] : listLimits(values)
  return limits.filter((limit) => limit >= quantity.low && limit < quantity.high)
}

/** Every limit of a rule that moves with the day. */
export function movingLimits(
  rule: Rule | undefined,
  subjects: Subjects,
  asOf: Day,
): readonly MovingLimit[] {
  if (rule === undefined) return []
  const parts = 'not' in rule ? [rule.not] : partsOf(rule)
  if (parts) return parts.flatMap((part) => movingLimits(part, subjects, asOf))
  if ('age' in rule) return ageLimits(rule, subjects, asOf)
  return 'attribute' in rule ? relativeLimits(rule, subjects, asOf) : []
}

/** Neighbouring values of a list have no limit between them. */
function listLimits(values: readonly bigint[]): bigint[] {
  const starts = values.filter((value, i) => values[i - 1] !== value - 1n)
  const ends = values.filter((value, i) => values[i + 1] !== value + 1n)
  return [...starts.map((value) => value - 1n), ...ends]
}

function ageLimits(
  { age, atLeast, under, leapDay }: AgeCondition,
  { byPath }: Subjects,
  asOf: Day,
): MovingLimit[] {
  const subject = byPath.get(age)?.key ?? age
  const kind = leapDay === 'mar1' ? 'age' : 'age (28 February)'
  return [atLeast, under]
    .filter((years) => years !== undefined)
    .map((years) => ({
      subject,
      at: birthDayCutoff(asOf, years, leapDay),
      by: `${kind} ${String(years)}`,
      years,
    }))
}

function relativeLimits(
  condition: AttributeCondition,
  { byPath }: Subjects,
  asOf: Day,
): MovingLimit[] {
  const { attribute, eq, ne, lt, lte, gt, gte, between } = condition
  const subject = byPath.get(attribute)?.key ?? attribute
  const below = [eq, ne, lt, gte, between?.[0]].flatMap(relativeDays).map((days) => days - 1)
  const above = [eq, ne, lte, gt, between?.[1]].flatMap(relativeDays)
  return [...below, ...above].map((days) => ({
    subject,
    at: asOf + days,
    by: `today ${String(days)}`,
  }))
}

function relativeDays(operand: Operand | ConstantOperand | undefined): number[] {
  return typeof operand === 'object' && 'today' in operand ? [operand.today] : []
}
