// Lists are ascending arrays and no Set: V8 hashes a bigint by its lowest 64 bits, which are the
// same for all short texts, so that a Set of them takes quadratic time.

/**
 * A set of integers: a list, or all between two bounds (inclusive) except some.
 * `low > high` is an empty set; lists are ascending, without repetition.
 */
export type ValueSet = ListedValues | RangeOfValues

interface ListedValues {
  readonly only: readonly bigint[]
}

interface RangeOfValues {
  readonly low: bigint
  readonly high: bigint
  readonly except: readonly bigint[]
}

export function rangeOf(low: bigint, high: bigint, except: readonly bigint[] = []): ValueSet {
  return withTightBounds({ low, high, except })
}

export function listOf(only: readonly bigint[]): ValueSet {
  return { only }
}

export function hasValue(set: ValueSet, value: bigint): boolean {
  if ('only' in set) return isListed(set.only, value)
  return value >= set.low && value <= set.high && !isListed(set.except, value)
}

export function isEmptySet(set: ValueSet): boolean {
  return 'only' in set ? set.only.length === 0 : set.low > set.high
}

/** True if exactly one value is in the set. */
export function isSingleValue(set: ValueSet): boolean {
  return 'only' in set ? set.only.length === 1 : set.low === set.high
}

export function intersection(a: ValueSet, b: ValueSet): ValueSet {
  if ('only' in a) return { only: a.only.filter((value) => hasValue(b, value)) }
  if ('only' in b) return intersection(b, a)
  return withTightBounds({
    low: a.low > b.low ? a.low : b.low,
    high: a.high < b.high ? a.high : b.high,
    except: mergedLists(a.except, b.except),
  })
}

export function isSubset(a: ValueSet, b: ValueSet): boolean {
  if ('only' in a) return a.only.every((value) => hasValue(b, value))
  if (a.low > a.high) return true
  if ('only' in b) return isRangeInList(a, b.only)
  if (a.low < b.low || a.high > b.high) return false
  return b.except.every((value) => !hasValue(a, value))
}

/** Ascending and without repetition. */
export function ascending(values: readonly bigint[]): bigint[] {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return sorted.filter((value, i) => value !== sorted[i - 1])
}

function mergedLists(a: readonly bigint[], b: readonly bigint[]): readonly bigint[] {
  if (a.length === 0) return b
  return b.length === 0 ? a : ascending([...a, ...b])
}

/** Binary search. */
function isListed(list: readonly bigint[], value: bigint): boolean {
  let from = 0
  let to = list.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((list[middle] ?? value) < value) from = middle + 1
    else to = middle
  }
  return list[from] === value
}

/** A range that fits in a list is no longer than the list and its own exceptions together. */
function isRangeInList(range: RangeOfValues, list: readonly bigint[]): boolean {
  const length = range.high - range.low + 1n
  if (length > BigInt(list.length + range.except.length)) return false
  for (let value = range.low; value <= range.high; value++) {
    if (!isListed(range.except, value) && !isListed(list, value)) return false
  }
  return true
}

/** Bounds that are exceptions move inwards, so that an empty range is seen to be empty. */
function withTightBounds({ low, high, except }: RangeOfValues): ValueSet {
  let tightLow = low
  let tightHigh = high
  while (tightLow <= high && isListed(except, tightLow)) tightLow++
  while (tightHigh >= tightLow && isListed(except, tightHigh)) tightHigh--
  return { low: tightLow, high: tightHigh, except }
}
