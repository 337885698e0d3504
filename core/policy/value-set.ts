/**
 * A set of integers: a list, or all between two bounds (inclusive) except some.
 * `low > high` is an empty set; a list has no repetition.
 */
export type ValueSet = ListedValues | RangeOfValues

interface ListedValues {
  readonly only: ReadonlySet<bigint>
}

interface RangeOfValues {
  readonly low: bigint
  readonly high: bigint
  readonly except: ReadonlySet<bigint>
}

const NONE: ReadonlySet<bigint> = new Set()

export function rangeOf(low: bigint, high: bigint, except: ReadonlySet<bigint> = NONE): ValueSet {
  return withTightBounds({ low, high, except })
}

export function listOf(only: ReadonlySet<bigint>): ValueSet {
  return { only }
}

export function hasValue(set: ValueSet, value: bigint): boolean {
  if ('only' in set) return set.only.has(value)
  return value >= set.low && value <= set.high && !set.except.has(value)
}

export function isEmptySet(set: ValueSet): boolean {
  return 'only' in set ? set.only.size === 0 : set.low > set.high
}

/** True if exactly one value is in the set. */
export function isSingleValue(set: ValueSet): boolean {
  return 'only' in set ? set.only.size === 1 : set.low === set.high
}

export function intersection(a: ValueSet, b: ValueSet): ValueSet {
  if ('only' in a) return { only: new Set([...a.only].filter((value) => hasValue(b, value))) }
  if ('only' in b) return intersection(b, a)
  return withTightBounds({
    low: a.low > b.low ? a.low : b.low,
    high: a.high < b.high ? a.high : b.high,
    except: a.except.size === 0 ? b.except : new Set([...a.except, ...b.except]),
  })
}

export function isSubset(a: ValueSet, b: ValueSet): boolean {
  if ('only' in a) return [...a.only].every((value) => hasValue(b, value))
  if (a.low > a.high) return true
  if ('only' in b) return isRangeInList(a, b.only)
  if (a.low < b.low || a.high > b.high) return false
  return [...b.except].every((value) => !hasValue(a, value))
}

/** A range that fits in a list is no longer than the list and its own exceptions together. */
function isRangeInList(range: RangeOfValues, list: ReadonlySet<bigint>): boolean {
  const length = range.high - range.low + 1n
  if (length > BigInt(list.size + range.except.size)) return false
  for (let value = range.low; value <= range.high; value++) {
    if (!range.except.has(value) && !list.has(value)) return false
  }
  return true
}

/** Bounds that are exceptions move inwards, so that an empty range is seen to be empty. */
function withTightBounds({ low, high, except }: RangeOfValues): ValueSet {
  let tightLow = low
  let tightHigh = high
  while (tightLow <= high && except.has(tightLow)) tightLow++
  while (tightHigh >= tightLow && except.has(tightHigh)) tightHigh--
  return { low: tightLow, high: tightHigh, except }
}
